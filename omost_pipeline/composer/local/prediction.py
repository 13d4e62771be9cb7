"""What comes next, judged by what has been written before: prediction by partial matching over token ids.

The longest run of tokens that has been seen before says what followed it; where that may be wrong, shorter runs have
their say, and in the end what is frequent at all (Cleary and Witten 1984). How far each length is to be trusted is
counted on the way, so that the probabilities are honest ones. Knows only token ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

LONGEST = 4
"""Tokens of the longest run that is looked up."""

_SEEN_ENOUGH = 4
_LITTLE = 0.001
"""Shares of a guess below which nothing is looked up any more."""


class Trust:
    """How often a kind of guess held, from a first opinion onwards."""

    def __init__(self) -> None:
        self._counts: dict[tuple[int, ...], list[float]] = {}

    def rate(self, kind: tuple[int, ...], opinion: float) -> float:
        """The share of guesses of this ``kind`` that held; ``opinion`` where there were none yet."""
        count = self._counts.get(kind)
        return opinion if count is None else count[0] / count[1]

    def learn(self, kind: tuple[int, ...], opinion: float, held: bool) -> None:
        """Count one guess."""
        count = self._counts.get(kind)
        if count is None:
            count = self._counts[kind] = [opinion * 3.0, 3.0]
        count[0] = count[0] * 0.995 + held
        count[1] = count[1] * 0.995 + 1.0


class _Followers:
    """How often each token came after one run."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts: dict[int, float] = {}
        self.total = 0.0

    def add(self, token: int, weight: float) -> None:
        self.counts[token] = self.counts.get(token, 0.0) + weight
        self.total += weight

    def without(self, taken: set[int]) -> float:
        """The total of those that are not ``taken``."""
        return self.total - sum(self.counts[token] for token in taken & self.counts.keys())


class NextTokens:
    """Counts of what followed each run of up to :data:`LONGEST` tokens, the empty one too."""

    def __init__(self) -> None:
        self._after: dict[tuple[int, ...], _Followers] = {}
        self._trust = Trust()

    def learn(self, run: tuple[int, ...], token: int, weight: float = 1.0) -> None:
        """``token`` came after ``run``, of which the last :data:`LONGEST` tokens count."""
        known = False
        for length in range(min(len(run), LONGEST), -1, -1):
            before = run[len(run) - length :]
            after = self._after.get(before)
            if after is None:
                after = self._after[before] = _Followers()
            elif not known:
                known = token in after.counts
                self._trust.learn(_kind(length, after), _opinion(length), known)
            after.add(token, weight)

    def guesses(
        self, run: tuple[int, ...], left: float, least: float = _LITTLE, without: Iterable[int] = ()
    ) -> list[tuple[int, float]]:
        """What may follow ``run``: tokens and probabilities that share ``left``, none of them in ``without``.

        Leaves out what has a lower probability than ``least``.
        """
        found: list[tuple[int, float]] = []
        taken = set(without)
        for length in range(min(len(run), LONGEST), -1, -1):
            after = self._after.get(run[len(run) - length :])
            if after is None or (total := after.without(taken)) <= 0.0:
                continue
            held = left * self._trust.rate(_kind(length, after), _opinion(length))
            share = held / total
            enough = least / share
            found += [
                (token, count * share)
                for token, count in after.counts.items()
                if count >= enough and token not in taken
            ]
            left -= held
            if left < least:
                break
            taken.update(after.counts)
        return found


def _kind(length: int, after: _Followers) -> tuple[int, ...]:
    return length, min(len(after.counts), _SEEN_ENOUGH), min(int(after.total), 6)


def _opinion(length: int) -> float:
    return 0.4 + 0.1 * min(length, 4)


def last(run: Sequence[int]) -> tuple[int, ...]:
    """The end of ``run`` that :class:`NextTokens` looks at."""
    return tuple(run[-LONGEST:])
