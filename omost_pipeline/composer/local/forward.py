"""A causal model's forward pass, with the keys and values of what it has read (batch of one).

Works on token ids and positions; :class:`~.decoding.Memory` knows which tokens stand at them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import torch
from transformers import DynamicCache, PreTrainedModel
from transformers.cache_utils import DynamicLayer

from omost_pipeline.composer.local.small_llama import SmallLlama, is_small_llama
from omost_pipeline.composer.local.tree import TokenTree, seen_by
from omost_pipeline.cpu_threads import is_small


class Forward(Protocol):
    """A model that reads tokens, and what it remembers of them by position."""

    def read(self, start: int, ids: Sequence[int], tree: TokenTree) -> torch.Tensor:
        """Read ``ids`` from position ``start`` on, which is where memory ends, and every branch of ``tree`` after them.

        Returns the logits (1 + nodes, vocabulary) of what comes after ``ids`` and after each node. The nodes are
        remembered in their order.
        """
        ...

    def move(self, positions: Sequence[int], to: int) -> None:
        """Remember at ``to`` and the positions behind it what is remembered at ``positions``, all of them later."""
        ...

    def crop(self, length: int) -> None:
        """Forget everything from position ``length`` on."""
        ...


def forward_of(model: PreTrainedModel) -> Forward:
    """The fastest way to run ``model``."""
    return SmallLlama(model) if is_small(model) and is_small_llama(model) else AnyForward(model)


class AnyForward:
    """Calls a transformers model of any kind."""

    def __init__(self, model: PreTrainedModel) -> None:
        self._model = model
        self._cache = DynamicCache()

    @torch.inference_mode()
    def read(self, start: int, ids: Sequence[int], tree: TokenTree) -> torch.Tensor:
        device = self._model.device
        extra: dict[str, torch.Tensor] = {}
        if not tree.is_chain:  # a causal mask does for a chain, and is the faster one
            places = [*range(start, start + len(ids)), *(start + len(ids) + depth for depth in tree.depths())]
            extra["position_ids"] = torch.tensor([places], device=device)
            hidden = torch.where(seen_by(start, len(ids), tree), 0.0, -3e4)  # a half-precision number too
            extra["attention_mask"] = hidden[None, None].to(device, self._model.dtype)  # 1 × 1 × new × all tokens
        read = torch.tensor([[*ids, *tree.tokens]], device=device)  # 1 × tokens
        output: Any = self._model(
            input_ids=read, past_key_values=self._cache, use_cache=True, logits_to_keep=1 + len(tree), **extra
        )
        logits: torch.Tensor = output.logits[0]
        return logits

    @torch.inference_mode()
    def move(self, positions: Sequence[int], to: int) -> None:
        kept = torch.tensor(positions)
        for layer in self._cache.layers:
            assert isinstance(layer, DynamicLayer)  # what a plain DynamicCache is made of
            assert layer.keys is not None
            assert layer.values is not None
            kept = kept.to(layer.keys.device)  # a model may lie on several
            for stored in (layer.keys, layer.values):
                stored[..., to : to + len(positions), :] = stored[..., kept, :]

    @torch.inference_mode()
    def crop(self, length: int) -> None:
        if length == 0:
            self._cache = DynamicCache()
        elif (surplus := self._cache.get_seq_length() - length) > 0:
            self._cache.crop(-surplus)
