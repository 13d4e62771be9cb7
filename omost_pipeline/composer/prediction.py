"""What comes next, judged by what has been written before: prediction by partial matching over token ids.

The longest run of tokens that has been seen before says what followed it; where that may be wrong, shorter runs have
their say (Cleary and Witten 1984). How far each length is to be trusted is counted on the way, so that the
probabilities are honest ones. Knows only token ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

LONGEST = 5
"""Tokens of the longest run that is looked up."""

_MOST_FOLLOWERS = 40  # what followed a common token a hundred times over is no guess
_SEEN_ENOUGH = 4


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


class NextTokens:
    """Counts of what followed each run of up to :data:`LONGEST` tokens."""

    def __init__(self) -> None:
        self._after: list[dict[tuple[int, ...], dict[int, float]]] = [{} for _ in range(LONGEST + 1)]
        self._trust = Trust()

    def learn(self, run: tuple[int, ...], token: int, weight: float = 1.0) -> None:
        """``token`` came after ``run``, of which the last :data:`LONGEST` tokens count."""
        known = False
        for length in range(min(len(run), LONGEST), 0, -1):
            before = run[-length:]
            after = self._after[length].get(before)
            if after is None:
                self._after[length][before] = {token: weight}
                continue
            if not known:
                known = token in after
                self._trust.learn(_kind(length, after), _opinion(length), known)
            after[token] = after.get(token, 0.0) + weight

    def guesses(self, run: tuple[int, ...], left: float, without: Iterable[int] = ()) -> list[tuple[int, float]]:
        """What may follow ``run``: tokens and probabilities that share ``left``, none of them in ``without``."""
        found: list[tuple[int, float]] = []
        taken = set(without)
        for length in range(min(len(run), LONGEST), 0, -1):
            after = self._after[length].get(run[-length:])
            if after is None:
                continue
            fresh = [(token, count) for token, count in after.items() if token not in taken]
            if not fresh:
                continue
            held = left * self._trust.rate(_kind(length, after), _opinion(length))
            if len(fresh) > _MOST_FOLLOWERS:
                fresh = sorted(fresh, key=_count, reverse=True)[:_MOST_FOLLOWERS]
            share = held / sum(after.values())
            found += [(token, count * share) for token, count in fresh]
            taken.update(after)
            left -= held
            if left < 0.01:
                break
        return found


def _count(follower: tuple[int, float]) -> float:
    return follower[1]


def _kind(length: int, after: dict[int, float]) -> tuple[int, ...]:
    return length, min(len(after), _SEEN_ENOUGH), min(int(sum(after.values())), 6)


def _opinion(length: int) -> float:
    return 0.4 + 0.1 * min(length, 4)


def last(run: Sequence[int]) -> tuple[int, ...]:
    """The end of ``run`` that :class:`NextTokens` looks at."""
    return tuple(run[-LONGEST:])
