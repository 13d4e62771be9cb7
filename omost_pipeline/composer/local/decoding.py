"""Token by token: sampling, and the decoding loop with speculative decoding.

Works on token ids only; knows no text, tokenizer, chat or canvas.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch

from omost_pipeline.composer.local.drafts import Drafts
from omost_pipeline.composer.local.grammar import Rules
from omost_pipeline.composer.local.kv_cache import NO_DRAFT, KvCache
from omost_pipeline.composer.local.tree import ROOT, TokenTree
from omost_pipeline.cpu_threads import threads_for


@dataclass(frozen=True)
class Sampling:
    """How tokens are chosen. ``temperature`` 0 always takes the likeliest token and draws nothing."""

    temperature: float
    top_p: float
    seed: int


def sample(logits: torch.Tensor, sampling: Sampling, generator: torch.Generator) -> int:
    """One token id from ``logits`` (vocabulary,), by nucleus sampling (Holtzman et al. 2020, section 3.1).

    The nucleus is the smallest set of likeliest tokens whose probabilities add up to ``top_p`` or more. ``generator``
    lives on the CPU wherever the logits are, so that a seed means the same on every device.
    """
    if sampling.temperature == 0.0:
        return int(logits.argmax().item())
    probabilities, tokens = _probabilities(logits, sampling).sort(descending=True, stable=True)
    reached = probabilities.cumsum(dim=-1)
    nucleus = (reached - probabilities < sampling.top_p).sum().clamp(min=1)  # how many tokens
    point = _point(generator) * reached[nucleus - 1]
    rank = torch.searchsorted(reached, point, right=True).clamp(max=nucleus - 1)
    return int(tokens[rank].item())


def alone_in_nucleus(logits: torch.Tensor, sampling: Sampling) -> list[int | None]:
    """For each row of ``logits`` (rows × vocabulary) the one token that can be drawn, or None where there are more.

    It stays the one where rules forbid some others: its share can only grow.
    """
    if sampling.temperature == 0.0:
        return list(logits.argmax(dim=-1).tolist())
    shares, tokens = _probabilities(logits, sampling).max(dim=-1)
    pairs = zip(shares.tolist(), tokens.tolist(), strict=True)
    return [token if share >= sampling.top_p else None for share, token in pairs]


def _point(generator: torch.Generator) -> float:
    return torch.rand((), generator=generator, dtype=torch.float64).item()


def _probabilities(logits: torch.Tensor, sampling: Sampling) -> torch.Tensor:
    return torch.softmax(logits.float() / sampling.temperature, dim=-1)


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

    def __init__(self, cache: KvCache, sampling: Sampling, rules: Rules | None = None) -> None:
        self._cache = cache
        self._sampling = sampling
        self._rules = rules
        self._generator = torch.Generator().manual_seed(sampling.seed)
        self._logits = torch.empty(0)
        self._alone: list[int | None] = []

    def read(self, ids: Sequence[int], tree: TokenTree) -> None:
        self._logits = self._cache.read(ids, tree)
        self._alone = alone_in_nucleus(self._logits, self._sampling)

    def choose(self, node: int) -> int:
        rules, token = self._rules, self._alone[node + 1]
        if token is not None and (rules is None or rules.allows(token)):
            if self._sampling.temperature:
                _point(self._generator)  # for nothing, so that what is drawn later does not hang on rounding here
            return token
        logits = self._logits[node + 1]
        if rules is not None:
            allowed = rules.allowed()[: len(logits)].to(logits.device)
            logits = logits.masked_fill(~allowed, -torch.inf)
        return sample(logits, self._sampling, self._generator)

    def keep(self, path: Sequence[int]) -> None:
        self._cache.keep(path)


def decode(
    cache: KvCache,
    prompt: Sequence[int],
    sampling: Sampling,
    stop: Collection[int],
    limit: int,
    drafts: Drafts | None = None,
    rules: Rules | None = None,
) -> Generator[int, None, None]:
    """Yield up to ``limit`` token ids that follow ``prompt`` (at least one id), ending before the first of ``stop``.

    What ``cache`` already holds of the prompt is not read again. ``drafts`` must have read the prompt; they change the
    time alone. ``rules`` say what may be written. Closing the generator leaves the cache valid.
    """
    cache.rewind(min(cache.shared_prefix(prompt), len(prompt) - 1))  # the last token is read anew, for its logits
    reader = ModelReader(cache, sampling, rules)
    forced = rules.forced()[:limit] if rules else []
    unread = [*prompt[len(cache) :], *forced]
    yield from forced
    if drafts:
        drafts.extend(forced)
    left = limit - len(forced)
    cache.pace.rest()
    while left > 0:
        cache.pace.start()
        tree = drafts.propose(cache.pace.cost(left)) if drafts else NO_DRAFT
        if not cache.allows(len(unread), tree):
            tree = NO_DRAFT
        with threads_for(small=cache.small):
            reader.read(unread, tree)
            run, path = walk(reader, tree, stop, left, rules)
            reader.keep(path)
        cache.pace.stop(len(unread) + len(tree))
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
