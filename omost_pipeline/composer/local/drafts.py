"""Guesses of what a reply goes on with, made from the conversation and from earlier canvases.

The likeliest nodes first, as many as are worth what checking them costs. Knows only token ids; a wrong guess costs
time and never changes what is written.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count

from omost_pipeline.composer.local.alignment import Alignment, Place
from omost_pipeline.composer.local.prediction import NextTokens, Trust, last
from omost_pipeline.composer.local.tree import ROOT, TokenTree, depth_first

_UNLIKELY = 0.001
"""Nodes less likely than this are never worth their trouble."""

_EARLIER = 0.5
"""What earlier canvases count for, beside the conversation itself."""


@dataclass(frozen=True)
class Cost:
    """What a draft may cost: at most ``nodes`` tokens, each for ``node`` of what a pass of one token takes."""

    nodes: int = 128
    node: float = 0.002


class Drafts:
    """Learns a conversation as it grows and guesses how it goes on."""

    def __init__(self, earlier: Iterable[Sequence[int]] = (), never: Iterable[int] = ()) -> None:
        """``earlier``: whole canvases to begin with. ``never``: what is not worth a guess, as the end of a reply."""
        self._never = frozenset(never)
        self._following = NextTokens()
        self._alignment = Alignment()
        self._trust = Trust()
        for canvas in earlier:
            self.extend(canvas, _EARLIER)

    def __len__(self) -> int:
        return len(self._alignment.tokens)

    def extend(self, tokens: Iterable[int], weight: float = 1.0) -> None:
        """The text goes on with ``tokens``, whoever wrote them."""
        alignment = self._alignment
        for token in tokens:
            self._judge(token)
            self._following.learn(last(alignment.tokens), token, weight)
            alignment.append(token)

    def follow(self, run: Sequence[int]) -> None:
        """The text, which ends in ``run``, goes along what came after the ``run`` before this one, if there was one.

        So does an edit, with the canvas before it.
        """
        self._alignment.follow(run)

    def propose(self, cost: Cost) -> TokenTree:
        """The guesses worth checking: best first, while a node's chance is worth its share of the pass."""
        tokens: list[int] = []
        parents: list[int] = []
        number = count()
        waiting: list[tuple[float, int, int, int, tuple[int, ...], Place]] = []
        run, place, node, chance, gained = last(self._alignment.tokens), self._alignment.place, ROOT, 1.0, 1.0
        least = max(_UNLIKELY, cost.node / (1.0 + cost.node * cost.nodes))  # below it no node is ever worth its share
        while len(tokens) < cost.nodes:
            for token, share in self._guesses(run, place, least / chance):
                heapq.heappush(waiting, (-chance * share, next(number), node, token, run, place))
            if not waiting:
                break
            negative, _, parent, token, run, place = heapq.heappop(waiting)
            chance = -negative
            if chance * (1.0 + cost.node * len(tokens)) < cost.node * gained:
                break
            gained += chance
            node = len(tokens)
            tokens.append(token)
            parents.append(parent)
            run = last((*run, token))
            place = self._alignment.step(place, token)
        return depth_first(tokens, parents)

    def _guesses(self, run: tuple[int, ...], place: Place, least: float) -> list[tuple[int, float]]:
        token, replaced = self._alignment.expected(place)
        found: list[tuple[int, float]] = []
        left = 1.0
        if replaced is not None:
            share = self._trust.rate(_REPLACED, 0.8)
            found.append((replaced, share))
            left -= share
        if token is not None and token != replaced:
            share = left * self._trust.rate(_along(place), _opinion(place))
            found.append((token, share))
            left -= share
        if left >= least:
            found += self._following.guesses(run, left, least, [token for token, _ in found])
        return [guess for guess in found if guess[0] not in self._never]

    def _judge(self, token: int) -> None:
        place = self._alignment.place
        expected, replaced = self._alignment.expected(place)
        if replaced is not None:
            self._trust.learn(_REPLACED, 0.8, token == replaced)
        if expected is not None and (replaced is None or token != replaced):
            self._trust.learn(_along(place), _opinion(place), token == expected)


_REPLACED = (-1,)


def _along(place: Place) -> tuple[int, ...]:
    return min(place.matched, 8) if place.matched < 8 else min(place.matched.bit_length() + 5, 12), bool(place.script)


def _opinion(place: Place) -> float:
    return 1.0 - 1.0 / (2.0 + place.matched)
