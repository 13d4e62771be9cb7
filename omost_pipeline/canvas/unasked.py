"""What an edit took along though nobody had named it: asked for a green dragon, a model paints the knight green, too.

Looks are taken back, colours and words, things that went, and the same thing written twice; where things stand may
follow from what was asked for. And only where the words leave no doubt: they name something that did change, every
thing that they speak of is on one of the canvases, and nothing in them may mean anything else. Made for English, as
:mod:`wording` is; in other languages nothing is named.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from omost_pipeline.canvas.difference import ChangeKind, RegionChange, difference
from omost_pipeline.canvas.elements import NOTHING, Canvas, Correction, Region
from omost_pipeline.canvas.fields import MAX_REGIONS, MISSING
from omost_pipeline.canvas.wording import content_words, phrases_after, plain_words, texts_of, words_of

_TAKEN_BACK = frozenset((ChangeKind.RECOLORED, ChangeKind.REDESCRIBED, ChangeKind.REMOVED))

_MANY = frozenset(
    "all any both each either else every everybody everyone everything except likewise match matching other "
    "others rest same similar swap exchange too also whole it its he him his she her hers they them their theirs one "
    "ones those these style drawn painted look looks".split()
)
"""Words that may mean things which are not named."""

_THE = frozenset("the that this my your".split())
"""Words before things that are there; without one the words may be another language's, which calls a dragon so, too."""

_PLACES = frozenset(
    "left right top bottom middle center centre corner edge side front back background foreground sky ground horizon "
    "picture image scene canvas distance end air viewer camera".split()
)
"""What one speaks of without meaning a thing of the canvas."""


def without_unasked(before: Canvas, after: Canvas, words: str) -> tuple[Canvas, tuple[Correction, ...]]:
    """``after`` with what of ``before`` ``words`` did not ask to be otherwise, and what was taken back."""
    found = difference(before, after).regions  # those of ``after`` first, in their order, then those that are gone
    room = max(MAX_REGIONS, len(after.regions))  # for what is to come back
    taken = [number for number in _unasked(found, before, after, words) if number < room]
    order = [number for number in range(len(after.regions)) if number not in taken or found[number].before is not None]
    for number in taken:
        if number >= len(after.regions):
            order.insert(_behind_whom(number, order, found, before), number)
    regions = tuple(_restored(found[number]) if number in taken else after.regions[number] for number in order)
    return replace(after, regions=regions), tuple(note for number in taken for note in _notes(found[number]))


def _behind_whom(number: int, order: Sequence[int], found: Sequence[RegionChange], before: Canvas) -> int:
    """Where in ``order`` a thing belongs that was gone: behind the last of those that it was written behind."""
    numbers = {id(each.before): at for at, each in enumerate(found) if each.before is not None}
    place = [id(region) for region in before.regions].index(id(found[number].before))
    earlier = [numbers[id(region)] for region in before.regions[:place]]
    return next((order.index(each) + 1 for each in reversed(earlier) if each in order), 0)


def _unasked(found: Sequence[RegionChange], before: Canvas, after: Canvas, words: str) -> Iterator[int]:
    """The numbers of the changes that nobody asked for."""
    known = frozenset[str]().union(_PLACES, *map(_words_of, (*before.regions, *after.regions)))
    spoken_of = phrases_after(words, _THE)
    clear = bool(spoken_of) and all(map(known.intersection, spoken_of))
    if not clear or words_of(words) & _MANY:
        return
    said = content_words(words)
    changed = [number for number, each in enumerate(found) if each.kinds]
    unnamed = [number for number in changed if not said & _changed_words(found[number])]
    if len(unnamed) < len(changed):
        stays = [each.after for each in found if not each.kinds]
        for number in unnamed:
            twin = found[number].before is None and found[number].after in stays
            if twin or found[number].kinds & _TAKEN_BACK:
                yield number


def _changed_words(change: RegionChange) -> frozenset[str]:
    return frozenset[str]().union(*(_words_of(each) for each in (change.before, change.after) if each is not None))


def _words_of(region: Region) -> frozenset[str]:
    """The words that may mean a region: any that it is described with, but for colours."""
    return plain_words(" ".join(texts_of(region)))


def _restored(change: RegionChange) -> Region:
    """The thing as it was, where it is now if it is still there."""
    was, now = change.before, change.after
    assert was is not None
    if now is None:
        return was
    return replace(
        was,
        location=now.location,
        offset=now.offset,
        area=now.area,
        distance_to_viewer=now.distance_to_viewer,
        free_box=now.free_box,
    )


def _notes(change: RegionChange) -> Iterator[Correction]:
    """What was taken back of a change, in one note at most: the words tell of a colour, too."""
    was, now = (None if each is None else each.description.rstrip(".") for each in (change.before, change.after))
    if change.before is None or change.after is None:
        yield Correction(0, "region", now or MISSING, was or NOTHING)
    elif was != now:
        yield Correction(0, "description", str(now), str(was))
    elif change.before.color != change.after.color:
        yield Correction(0, "color", change.after.color, change.before.color)
