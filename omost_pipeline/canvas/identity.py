"""Which region of one canvas is which of another: the same thing, whatever order both are written in.

Things are known by what they are called; of several called alike by the rest of their words and by where they stand.
What stands in another's place, under another name, is that other one redescribed. Symmetric and without regard to
order: comparing the other way round, or shuffled, gives the same pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from omost_pipeline.canvas.elements import Region
from omost_pipeline.canvas.vocabulary import Box
from omost_pipeline.canvas.wording import content_words, head_of, plain_words, texts_of

_ALIKE = 0.25  # shared words, of all words of two regions, that make them one thing
_IN_PLACE = 0.6  # what two boxes share, of what they cover together, for one thing to stand in another's place

Pair = tuple[int, int]
_Score = Callable[[Region, Region], float | None]


def match_regions(before: Sequence[Region], after: Sequence[Region]) -> tuple[Pair, ...]:
    """Pairs of numbers of regions that are the same thing, by the first number."""
    pairs = list(_best(before, after, range(len(before)), range(len(after)), _by_words))
    left = [number for number in range(len(before)) if number not in {one for one, _ in pairs}]
    right = [number for number in range(len(after)) if number not in {other for _, other in pairs}]
    return tuple(sorted([*pairs, *_best(before, after, left, right, _by_place)]))


def shared_area(one: Box, other: Box) -> float:
    """What two boxes share over what they cover together, 0…1."""
    across = min(one.right, other.right) - max(one.left, other.left)
    down = min(one.bottom, other.bottom) - max(one.top, other.top)
    shared = max(across, 0) * max(down, 0)
    return shared / (one.width * one.height + other.width * other.height - shared)


def _best(
    before: Sequence[Region], after: Sequence[Region], left: Sequence[int], right: Sequence[int], score: _Score
) -> Iterator[Pair]:
    """Pairs, the likeliest first, each region in one at most; their content decides between equals, not their place."""
    candidates: list[tuple[float, list[str], Pair]] = []
    for one in left:
        for other in right:
            points = score(before[one], after[other])
            if points is not None:
                candidates.append((-points, sorted((repr(before[one]), repr(after[other]))), (one, other)))
    taken_left: set[int] = set()
    taken_right: set[int] = set()
    for _, _, (one, other) in sorted(candidates):
        if one not in taken_left and other not in taken_right:
            taken_left.add(one)
            taken_right.add(other)
            yield one, other


def _by_words(one: Region, other: Region) -> float | None:
    """How surely two regions tell of one thing; None if they do not."""
    if one == other:
        return 10.0
    described, all_words = _overlap(_described(one), _described(other)), _overlap(_all_words(one), _all_words(other))
    same_head = bool(head_of(one.description)) and head_of(one.description) == head_of(other.description)
    if not (same_head or one.description == other.description or all_words >= _ALIKE):
        return None
    points = described + 0.5 * all_words + shared_area(one.box, other.box) + 0.3 * (one.rgb == other.rgb)
    return points + 1.0 * same_head + 2.0 * (one.description == other.description and bool(one.description))


def _by_place(one: Region, other: Region) -> float | None:
    shared = shared_area(one.box, other.box)
    return shared + 0.3 * (one.rgb == other.rgb) if shared >= _IN_PLACE else None


def _described(region: Region) -> frozenset[str]:
    return plain_words(region.description)


def _all_words(region: Region) -> frozenset[str]:
    return content_words(" ".join(texts_of(region)))


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one or other else 0.0
