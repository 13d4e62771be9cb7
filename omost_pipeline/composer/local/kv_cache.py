"""A causal model's KV cache of one run of tokens: what was read is not read again.

Works on token ids only; knows no text, tokenizer, chat or canvas.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from copy import copy
from itertools import takewhile
from typing import Self

import torch
from transformers import PreTrainedModel

from omost_pipeline.composer.local.abilities import Abilities
from omost_pipeline.composer.local.forward import Forward, forward_of
from omost_pipeline.composer.local.pace import Pace
from omost_pipeline.composer.local.tree import TokenTree
from omost_pipeline.cpu_threads import is_small

NO_DRAFT = TokenTree()


class KvCache:
    """A causal model with its keys and values for the tokens it has read so far (batch of one).

    A failed :meth:`read` forgets everything, so the cache is never half filled.
    """

    def __init__(self, model: PreTrainedModel) -> None:
        self.small = model.device.type == "cpu" and is_small(model)
        """Whether one thread is best."""
        self._forward = forward_of(model)
        self._tokens: list[int] = []
        self._tree = NO_DRAFT
        self._switch = _frequency_switch(model)
        self.pace = Pace(model.device.type)
        self.passes = 0
        """Forward passes so far."""

    def __len__(self) -> int:
        return len(self._tokens)

    @property
    def abilities(self) -> Abilities:
        """What the model can do."""
        return self._forward.abilities

    @property
    def nbytes(self) -> int:
        """Bytes that the cache takes."""
        return self._forward.nbytes

    def shared_prefix(self, ids: Sequence[int]) -> int:
        """How many of the first ``ids`` are the first tokens in the cache."""
        return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(self._tokens, ids, strict=False)))

    def usable_prefix(self, ids: Sequence[int]) -> int:
        """How many of the first ``ids`` need not be read again; the last of them always is, for its logits."""
        return self._kept(min(self.shared_prefix(ids), len(ids) - 1))

    def rewind(self, length: int) -> None:
        """Keep at most the first ``length`` tokens; none where the model cannot take tokens back."""
        if length < len(self._tokens):
            length = self._kept(length)
            self._forward.crop(length)
            del self._tokens[length:]

    def _kept(self, length: int) -> int:
        """How many tokens stay in the cache if at most ``length`` should."""
        if length >= len(self._tokens):
            return len(self._tokens)
        if not self.abilities.rewinds:
            return 0
        # Keys of a long run were turned by other frequencies than a short one needs.
        return 0 if len(self._tokens) > self._switch >= length else length

    def advance(self, ids: Sequence[int]) -> torch.Tensor:
        """Read ``ids`` (at least one) behind the tokens in the cache; the logits (vocabulary,) of what comes next."""
        return self.read(ids, NO_DRAFT)[0]

    def read(self, ids: Sequence[int], tree: TokenTree) -> torch.Tensor:
        """Read ``ids`` (at least one) and then every branch of ``tree``, in one pass.

        Returns the logits (1 + nodes, vocabulary) of what comes after ``ids`` and after each node. :meth:`keep` must
        follow before anything else where the tree has nodes.
        """
        if len(self._tokens) <= self._switch < len(self._tokens) + len(ids):
            ids = [*self._tokens, *ids]
            self.clear()
        try:
            logits = self._forward.read(len(self._tokens), ids, tree)
        except BaseException:
            self.clear()
            raise
        self.passes += 1
        self._tokens.extend(ids)
        self._tree = tree
        return logits

    def allows(self, count: int, tree: TokenTree) -> bool:
        """Whether ``tree`` may be read behind ``count`` new tokens: the model can, and its frequencies do not switch
        within it."""
        if len(tree) and not (self.abilities.rewinds and (self.abilities.branches or tree.is_chain)):
            return False
        end = len(self._tokens) + count
        return end > self._switch or end + max(tree.depths(), default=0) + 1 <= self._switch

    def keep(self, path: Sequence[int]) -> None:
        """Of the tree read last, keep the nodes of ``path``, from the root down, and forget the rest."""
        nodes, self._tree = self._tree, NO_DRAFT
        start = len(self._tokens)
        if list(path) != list(range(len(path))):
            self._forward.move([start + node for node in path], start)
        self._tokens.extend(nodes.tokens[node] for node in path)
        if len(path) < len(nodes):
            self._forward.crop(len(self._tokens))

    def clear(self) -> None:
        """Forget everything."""
        self._forward.crop(0)
        self._tokens = []
        self._tree = NO_DRAFT

    def fork(self, length: int) -> Self:
        """Another cache for the same model, which has read the first ``length`` of the tokens here, or none of them."""
        length = self._kept(length)
        other = copy(self)
        other._take_over(self._forward.fork(length), self._tokens[:length])  # noqa: SLF001  # one of its own class
        return other

    def _take_over(self, forward: Forward, tokens: list[int]) -> None:
        self._forward, self._tokens, self._tree, self.passes = forward, tokens, NO_DRAFT, 0

    def offload(self) -> None:
        """Keep keys and values in the computer's memory until :meth:`fetch`; reads nothing meanwhile."""
        self._forward.offload()

    def fetch(self) -> None:
        """Bring keys and values back to the model's device."""
        self._forward.fetch()


def _frequency_switch(model: PreTrainedModel) -> float:
    """Tokens beyond which a LongRoPE model (Phi-3 128k) turns *all* its keys by other frequencies; else infinity."""
    config = model.config.get_text_config(decoder=True)
    rope = getattr(config, "rope_parameters", None) or {}
    if rope.get("rope_type") != "longrope":
        return math.inf
    return float(rope.get("original_max_position_embeddings") or config.original_max_position_embeddings)
