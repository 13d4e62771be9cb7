"""Token by token: the model's memory of a run of tokens, sampling, and the decoding loop.

Works on token ids only; knows no text, tokenizer, chat or canvas.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Generator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Protocol

import torch
from transformers import DynamicCache, PreTrainedModel
from transformers.cache_utils import DynamicLayer

from omost_pipeline.composer.drafts import Drafts
from omost_pipeline.composer.grammar import Rules
from omost_pipeline.composer.pace import Pace
from omost_pipeline.composer.tree import ROOT, TokenTree
from omost_pipeline.threads import is_small, threads_for

NO_GUESSES = TokenTree()


@dataclass(frozen=True)
class Sampling:
    """How tokens are chosen. ``temperature`` 0 always takes the likeliest token and draws nothing."""

    temperature: float
    top_p: float
    seed: int


def sample(logits: torch.Tensor, temperature: float, top_p: float, generator: torch.Generator) -> int:
    """One token id from ``logits`` (vocabulary,), by nucleus sampling (Holtzman et al. 2020, section 3.1).

    The nucleus is the smallest set of likeliest tokens whose probabilities add up to ``top_p`` or more. ``generator``
    lives on the CPU wherever the logits are, so that a seed means the same on every device.
    """
    if temperature == 0.0:
        return int(logits.argmax().item())
    probabilities, tokens = torch.softmax(logits.float() / temperature, dim=-1).sort(descending=True, stable=True)
    reached = probabilities.cumsum(dim=-1)
    nucleus = (reached - probabilities < top_p).sum().clamp(min=1)  # how many tokens
    point = torch.rand((), generator=generator, dtype=torch.float64).item() * reached[nucleus - 1]
    rank = torch.searchsorted(reached, point, right=True).clamp(max=nucleus - 1)
    return int(tokens[rank].item())


class Memory:
    """A causal model and its keys and values for the tokens it has read so far (batch of one).

    Owns the key-value cache. A failed :meth:`read` forgets everything, so the memory is never half filled.
    """

    def __init__(self, model: PreTrainedModel) -> None:
        self._model = model
        self._tokens: list[int] = []
        self._cache = DynamicCache()
        self._tree = NO_GUESSES
        self._switch = _frequency_switch(model)
        self._small = model.device.type == "cpu" and is_small(model)
        self.device = model.device.type

    def __len__(self) -> int:
        return len(self._tokens)

    def shared_prefix(self, ids: Sequence[int]) -> int:
        """How many of the first ``ids`` are the first tokens in memory."""
        return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(self._tokens, ids, strict=False)))

    def rewind(self, length: int) -> None:
        """Keep at most the first ``length`` tokens."""
        if len(self._tokens) > self._switch >= length:
            length = 0  # keys of a long run were turned by other frequencies than a short one needs
        if length < len(self._tokens):
            self._cache.crop(length - len(self._tokens))
            del self._tokens[length:]
        if not self._tokens:
            self.clear()

    def advance(self, ids: Sequence[int]) -> torch.Tensor:
        """Read ``ids`` (at least one) after the tokens in memory; the logits (vocabulary,) of what comes next."""
        return self.read(ids, NO_GUESSES)[0]

    def read(self, ids: Sequence[int], tree: TokenTree) -> torch.Tensor:
        """Read ``ids`` (at least one) and then every branch of ``tree``, in one pass.

        Returns the logits (1 + nodes, vocabulary) of what comes after ``ids`` and after each node. :meth:`keep` must
        follow before anything else where the tree has nodes.
        """
        if len(self._tokens) <= self._switch < len(self._tokens) + len(ids):
            ids = [*self._tokens, *ids]
            self.clear()
        try:
            logits = self._forward(ids, tree)
        except BaseException:
            self.clear()
            raise
        self._tokens.extend(ids)
        self._tree = tree
        return logits

    def allows(self, count: int, tree: TokenTree) -> bool:
        """Whether a tree may follow ``count`` new tokens without reaching the point where frequencies switch."""
        end = len(self._tokens) + count
        return end > self._switch or end + max(tree.depths(), default=0) + 1 <= self._switch

    @torch.inference_mode()
    def keep(self, path: Sequence[int]) -> None:
        """Of the tree read last, remember the nodes of ``path``, from the root down, and forget the rest."""
        nodes, self._tree = self._tree, NO_GUESSES
        if list(path) != list(range(len(path))):
            kept = torch.tensor([len(self._tokens) + node for node in path], device=self._model.device)
            room = slice(len(self._tokens), len(self._tokens) + len(path))
            for layer in self._cache.layers:
                assert isinstance(layer, DynamicLayer)  # what a plain DynamicCache is made of
                assert layer.keys is not None
                assert layer.values is not None
                for stored in (layer.keys, layer.values):
                    stored[..., room, :] = stored[..., kept, :]
        if len(path) < len(nodes):
            self._cache.crop(len(path) - len(nodes))
        self._tokens.extend(nodes.tokens[node] for node in path)

    def clear(self) -> None:
        self._tokens = []
        self._cache = DynamicCache()
        self._tree = NO_GUESSES

    @torch.inference_mode()
    def _forward(self, ids: Sequence[int], tree: TokenTree) -> torch.Tensor:
        device = self._model.device
        extra: dict[str, torch.Tensor] = {}
        if not tree.is_chain:  # a causal mask does for a chain, and is the faster one
            start = len(self._tokens)
            places = [*range(start, start + len(ids)), *(start + len(ids) + depth for depth in tree.depths())]
            extra["position_ids"] = torch.tensor([places], device=device)
            extra["attention_mask"] = _tree_mask(start, len(ids), tree).to(device, self._model.dtype)
        read = torch.tensor([[*ids, *tree.tokens]], device=device)  # 1 × tokens
        with threads_for(small=self._small):
            output = self._model(
                input_ids=read, past_key_values=self._cache, use_cache=True, logits_to_keep=1 + len(tree), **extra
            )
        logits: torch.Tensor = output.logits[0]
        return logits


def _tree_mask(start: int, count: int, tree: TokenTree) -> torch.Tensor:
    """What is added to attention scores, 1 × 1 × new × all tokens: 0 where a token sees another, else very little."""
    new = count + len(tree)
    seen = torch.zeros(new, start + new, dtype=torch.bool)
    seen[:, :start] = True
    seen[:count, start : start + count] = torch.ones(count, count, dtype=torch.bool).tril()
    seen[count:, start : start + count] = True
    seen[count:, start + count :] = tree.ancestry()
    return torch.where(seen, 0.0, -3e4)[None, None]  # a half-precision number too


def _frequency_switch(model: PreTrainedModel) -> float:
    """Tokens beyond which a LongRoPE model (Phi-3 128k) turns *all* its keys by other frequencies; else infinity."""
    rope = getattr(model.config, "rope_parameters", None) or {}
    if rope.get("rope_type") != "longrope":
        return math.inf
    return float(rope.get("original_max_position_embeddings") or model.config.original_max_position_embeddings)


class Reader(Protocol):
    """Who says what comes next: a model, or a recording of one."""

    def read(self, ids: Sequence[int], tree: TokenTree) -> None:
        """Read ``ids`` and every branch of ``tree``: one forward pass."""
        ...

    def choose(self, node: int) -> int:
        """The token that comes after ``node`` of the tree read last, or after ``ids`` for ``ROOT``."""
        ...

    def keep(self, path: Sequence[int]) -> None:
        """These nodes came true."""
        ...


class ModelReader:
    """Draws from a model, within the rules if there are any.

    Follows Leviathan et al. 2023 in that drafts never change the distribution; since they are single tokens here and no
    distribution of their own, it is enough to draw from the model at every node and to go on where the draw is a child.
    """

    def __init__(self, memory: Memory, sampling: Sampling, rules: Rules | None = None) -> None:
        self._memory = memory
        self._sampling = sampling
        self._rules = rules
        self._generator = torch.Generator().manual_seed(sampling.seed)
        self._logits = torch.empty(0)

    def read(self, ids: Sequence[int], tree: TokenTree) -> None:
        self._logits = self._memory.read(ids, tree)

    def choose(self, node: int) -> int:
        logits = self._logits[node + 1]
        if self._rules is not None:
            allowed = self._rules.allowed()[: len(logits)].to(logits.device)
            logits = logits.masked_fill(~allowed, -torch.inf)
        return sample(logits, self._sampling.temperature, self._sampling.top_p, self._generator)

    def keep(self, path: Sequence[int]) -> None:
        self._memory.keep(path)


def decode(
    memory: Memory,
    prompt: Sequence[int],
    sampling: Sampling,
    stop: Collection[int],
    limit: int,
    drafts: Drafts | None = None,
    rules: Rules | None = None,
) -> Generator[int, None, None]:
    """Yield up to ``limit`` token ids that follow ``prompt`` (at least one id), ending before the first of ``stop``.

    What ``memory`` already holds of the prompt is not read again. ``drafts`` must have read the prompt; they change the
    time alone. ``rules`` say what may be written. Closing the generator leaves the memory valid.
    """
    memory.rewind(min(memory.shared_prefix(prompt), len(prompt) - 1))  # the last token is read anew, for its logits
    reader = ModelReader(memory, sampling, rules)
    pace = Pace(memory.device) if drafts else None
    forced = rules.forced()[:limit] if rules else []
    unread = [*prompt[len(memory) :], *forced]
    yield from forced
    if drafts:
        drafts.extend(forced)
    left = limit - len(forced)
    while left > 0:
        if pace:
            pace.start()
        tree = drafts.propose(pace.cost(left)) if drafts and pace else NO_GUESSES
        if not memory.allows(len(unread), tree):
            tree = NO_GUESSES
        reader.read(unread, tree)
        run, path = walk(reader, tree, stop, left, rules)
        reader.keep(path)
        if pace:
            pace.stop(len(unread) + len(tree))
        unread = run[len(path) :]
        left -= len(run)
        if drafts:
            drafts.extend(run)
        yield from run
        if not unread or (rules and rules.ended):
            return


def walk(
    reader: Reader, tree: TokenTree, stop: Collection[int], limit: int, rules: Rules | None = None
) -> tuple[list[int], list[int]]:
    """Follow the reader's choices down the tree it has read.

    Returns up to ``limit`` tokens, and the nodes that hold the first of them. As many tokens as nodes mean the end: a
    token of ``stop`` or, one short of the tree's end, the limit.
    """
    children = tree.children()
    run: list[int] = []
    path: list[int] = []
    node: int | None = ROOT
    while node is not None and len(run) < limit:
        token = reader.choose(node)
        if token in stop:
            break
        chosen = [token]
        if rules:
            rules.read(chosen)
            chosen += rules.forced()
        for token in chosen[: limit - len(run)]:
            run.append(token)
            node = None if node is None else children.get((node, token))
            if node is not None:
                path.append(node)
        if rules and rules.ended:
            break
    return run, path
