"""How much a guess costs on this device, measured on the way: a pass's seconds against those of a token in it.

A GPU reads eighty tokens in the time of one; a CPU does not. Knows nothing of models and guesses but their number.
"""

from __future__ import annotations

import time

from omost_pipeline.composer.local.drafts import Cost

_MOST_NODES = 128
_OPINIONS = {"cuda": 0.002}
_OPINION = 0.04
_FADE = 0.97
_COLD = 3
"""Passes at a reply's beginning that say nothing about guesses: they read a prompt, or weights from far away."""


class Pace:
    """A straight line through passes: seconds = start + token · tokens, old passes fading."""

    def __init__(self, device: str) -> None:
        self._opinion = _OPINIONS.get(device, _OPINION)
        self._clock = time.thread_time if device == "cpu" else time.perf_counter  # no matter what else a CPU does
        self._sums = (0.0, 0.0, 0.0, 0.0, 0.0)  # weight, tokens, seconds, tokens², tokens · seconds
        self._started = 0.0
        self._cold = 0

    def rest(self) -> None:
        """A reply begins; who knows what else has run since the last one."""
        self._cold = _COLD

    def start(self) -> None:
        """A pass, with the guessing before it, begins."""
        self._started = self._clock()

    def stop(self, tokens: int) -> None:
        """The pass has read so many ``tokens``."""
        seconds = self._clock() - self._started
        if self._cold:
            self._cold -= 1
            return
        new = (1.0, float(tokens), seconds, float(tokens * tokens), tokens * seconds)
        self._sums = tuple(_FADE * old + value for old, value in zip(self._sums, new, strict=True))  # type: ignore[assignment]  # five again

    def cost(self, left: int) -> Cost:
        """What a guess costs, for a reply that has room for ``left`` more tokens."""
        return Cost(min(_MOST_NODES, 4 * left), self._node())

    def _node(self) -> float:
        weight, tokens, seconds, squares, products = self._sums
        spread = weight * squares - tokens * tokens
        if weight < 4.0 or spread < 1.0:
            return self._opinion
        token = (weight * products - tokens * seconds) / spread
        start = (seconds - token * tokens) / weight
        if token <= 0.0:
            return self._opinion / 4
        if start <= 0.0:
            return 0.5
        return min(max(token / start, 0.0002), 0.5)
