"""What changed from one canvas to another: region by region, and whether the scene did.

Language models reword everything when one thing changes: the other regions' sentences name the new thing, and so does
the scene. Words that merely follow from a change elsewhere leave a region, and the scene, unchanged. Pure and
symmetric; the order of regions does not matter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from omost_pipeline.canvas.colors import is_color_word
from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region, is_held_as
from omost_pipeline.canvas.identity import match_regions
from omost_pipeline.canvas.wording import content_words, head_of, plain_words, texts_of, thing_words

_EXACT = 0.01  # cells within which two boxes are one
_TAG = 3  # content words of what is no sentence


class ChangeKind(StrEnum):
    """One way in which a region differs."""

    ADDED = "added"
    REMOVED = "removed"
    REDESCRIBED = "redescribed"
    RECOLORED = "recolored"
    MOVED = "moved"
    RESIZED = "resized"
    NEARER = "nearer"
    FARTHER = "farther"


@dataclass(frozen=True)
class RegionChange:
    """One thing in both canvases; ``before`` or ``after`` is None where it is not there. No ``kinds``: unchanged."""

    before: Region | None
    after: Region | None
    kinds: frozenset[ChangeKind] = frozenset()


@dataclass(frozen=True)
class Difference:
    """The things of two canvases, those of the second in its order and then those that are gone; and the scene."""

    regions: tuple[RegionChange, ...]
    scene: bool = False
    """Whether the scene itself is another one, which changes the whole picture."""

    @property
    def changed(self) -> tuple[RegionChange, ...]:
        return tuple(each for each in self.regions if each.kinds)

    def with_anew(self, numbers: Collection[int]) -> Difference:
        """The same, with regions of the second canvas, by their numbers, redescribed as what they are."""
        return replace(
            self,
            regions=tuple(
                replace(each, kinds=each.kinds | {ChangeKind.REDESCRIBED}) if number in numbers and each.after else each
                for number, each in enumerate(self.regions)
            ),
        )

    @property
    def nothing(self) -> bool:
        """Whether both canvases show the same."""
        return not (self.scene or self.changed)


@dataclass(frozen=True)
class _Named:
    """Words that a change put into texts or took out of them; ``things`` are those that name what changed."""

    words: frozenset[str] = frozenset()
    things: frozenset[str] = frozenset()

    def __or__(self, other: _Named) -> _Named:
        return _Named(self.words | other.words, self.things | other.things)


_Pair = tuple[Region | None, Region | None]


def difference(before: Canvas, after: Canvas) -> Difference:
    """What changed from ``before`` to ``after``."""
    pairs = _pairs(before.regions, after.regions)
    sources = [_named(one, other) for one, other in pairs]
    named = _union(sources)
    scene = before.scene.rgb != after.scene.rgb or not _follows(before.scene, after.scene, named)
    scene = scene or not is_held_as(before.scene, after.scene)
    if scene:
        named |= _scene_words(before.scene, after.scene)
    changes = []
    for number, (one, other) in enumerate(pairs):
        elsewhere = named if not sources[number].things else _union(sources[:number] + sources[number + 1 :])
        changes.append(RegionChange(one, other, _kinds(one, other, elsewhere, bool(sources[number].things))))
    return Difference(tuple(changes), scene)


def _pairs(before: Sequence[Region], after: Sequence[Region]) -> list[_Pair]:
    matched = {other: one for one, other in match_regions(before, after)}
    pairs: list[_Pair] = [
        (before[matched[number]] if number in matched else None, region) for number, region in enumerate(after)
    ]
    kept = set(matched.values())
    return [*pairs, *((region, None) for number, region in enumerate(before) if number not in kept)]


def _named(one: Region | None, other: Region | None) -> _Named:
    """What a region's own change puts into words: nothing where the thing is still called the same."""
    if one is None or other is None:
        region = one or other
        assert region is not None
        head = head_of(region.description)
        return _Named(_all_words(region), frozenset((head,)) if head else frozenset())
    if thing_words(one.description) == thing_words(other.description):
        return _Named(_colors(one) | _colors(other)) if one.rgb != other.rgb else _Named()
    things = thing_words(one.description) ^ thing_words(other.description)
    return _Named(_all_words(one) ^ _all_words(other) | things, things)


def _scene_words(one: GlobalDescription, other: GlobalDescription) -> _Named:
    return _Named(_all_words(one) ^ _all_words(other), plain_words(one.description) ^ plain_words(other.description))


def _union(named: Sequence[_Named]) -> _Named:
    whole = _Named()
    for each in named:
        whole |= each
    return whole


def _kinds(one: Region | None, other: Region | None, elsewhere: _Named, renamed: bool) -> frozenset[ChangeKind]:
    if one is None:
        return frozenset((ChangeKind.ADDED,))
    if other is None:
        return frozenset((ChangeKind.REMOVED,))
    kinds = {*_place(one, other), *_wording(one, other, elsewhere, renamed)}
    if one.distance_to_viewer != other.distance_to_viewer:
        kinds.add(ChangeKind.NEARER if other.distance_to_viewer < one.distance_to_viewer else ChangeKind.FARTHER)
    return frozenset(kinds)


def _place(one: Region, other: Region) -> set[ChangeKind]:
    a, b = one.box, other.box
    if max(abs(a.left - b.left), abs(a.top - b.top), abs(a.right - b.right), abs(a.bottom - b.bottom)) < _EXACT:
        return set()
    if one.free_box is None and other.free_box is None:  # at an edge boxes are clipped; what was meant are the names
        moved = (one.location, one.offset) != (other.location, other.offset)
        resized = one.area != other.area
    else:
        moved = abs(a.left + a.right - b.left - b.right) + abs(a.top + a.bottom - b.top - b.bottom) > _EXACT
        resized = abs(a.width - b.width) + abs(a.height - b.height) > _EXACT
    return {kind for kind, found in ((ChangeKind.MOVED, moved), (ChangeKind.RESIZED, resized)) if found}


def _wording(one: Region, other: Region, elsewhere: _Named, renamed: bool) -> set[ChangeKind]:
    """Whether the thing is told differently, or in another colour."""
    kinds: set[ChangeKind] = set()
    colors = thing_words(one.description) ^ thing_words(other.description)
    only_colors = bool(colors) and all(map(is_color_word, colors))
    if one.rgb != other.rgb or only_colors:
        kinds.add(ChangeKind.RECOLORED)
        elsewhere |= _Named(_colors(one) | _colors(other))
    if (renamed and not only_colors) or not is_held_as(one, other) or not _follows(one, other, elsewhere):
        kinds.add(ChangeKind.REDESCRIBED)
    return kinds


def _follows(one: GlobalDescription | Region, other: GlobalDescription | Region, elsewhere: _Named) -> bool:
    """Whether two elements say the same but for what follows from changes elsewhere.

    Texts are the same if they are without the words that changed elsewhere. Those left over must name what changed; of
    a tag any of its words may do so.
    """
    left, right = (
        Counter((content_words(text) - elsewhere.words, text) for text in texts_of(each)) for each in (one, other)
    )
    first = Counter(words for words, _ in left.elements() if words)
    second = Counter(words for words, _ in right.elements() if words)
    if first == second:
        return True
    if not elsewhere.things:
        return False
    lone = {*(first - second), *(second - first)}
    return all(_names_change(text, elsewhere) for words, text in (*left, *right) if words in lone)


def _names_change(text: str, elsewhere: _Named) -> bool:
    words = content_words(text)
    return bool(words & elsewhere.things) or (len(words) <= _TAG and bool(words & elsewhere.words))


def _all_words(element: GlobalDescription | Region) -> frozenset[str]:
    return content_words(" ".join(texts_of(element)))


def _colors(region: Region) -> frozenset[str]:
    return frozenset(word for word in _all_words(region) if is_color_word(word)) | content_words(region.color)
