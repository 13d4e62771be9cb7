"""What is on, in or under something is where it would be: a cat on the seat of a sofa, an apple in a basket.

Each thing is as large beside the other as goes with it (:mod:`sizes`). Knows no wording (see :mod:`relations`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from omost_pipeline.canvas.elements import Canvas, Region, placed_at
from omost_pipeline.canvas.vocabulary import GRID, Box
from omost_pipeline.world.kinds import glyphs, kind_of
from omost_pipeline.world.relations import Manner, Rest, related
from omost_pipeline.world.sizes import aspect, metres
from omost_pipeline.world.stage import NEAREST, head_of

_SEAT = 0.14
"""Share of a thing's height, from its top, at which the feet are of what is on it, if nothing else is known."""

_SEATS = {
    **dict.fromkeys(("sofa", "bed", "chair"), 0.62),
    **dict.fromkeys(("boat", "sailboat", "canoe", "ship", "island"), 0.8),
    **dict.fromkeys(("horse", "cow", "camel", "unicorn", "dragon", "dinosaur", "bicycle", "motorcycle"), 0.38),
    **dict.fromkeys(("tree", "palm", "pine", "branch"), 0.5),
    **dict.fromkeys(("cloud", "moon", "elephant", "planet", "bridge", "hill", "mountain"), 0.25),
}
_INTO = frozenset("box basket bucket cup bowl nest bag backpack gift treasure hat vase pot bathtub cage jar".split())
"""What is open at the top, so that what is in it stands behind its wall and out of it."""

_RIMS = {"basket": 0.22, "nest": 0.22, "box": 0.12, "car": 0.08}
"""Share of a thing's height, from its top, at which its wall begins: a basket's handle is above it."""

_AT_FOOT = frozenset("house tent castle igloo hut church tower temple school factory cave".split())
_WALL = 0.5
"""How much farther from the viewer than that what is in something is."""

_BEINGS = ("person", "creature", "animal", "bird")
_SEEN = 0.62
"""Share of a thing's height that stands out of what it is in."""

_LEAST, _MOST = 0.36, 0.7
"""How large a thing is beside what it is on, at least and at most, as shares of the root of its area."""

_BESIDE = 1.2
"""How wide all that rests on one thing may be together, in parts of its width: they may meet."""

_ASIDE = 0.16
"""How far beside the middle of a tree, in parts of its width, who is under it stands, so that the trunk is seen."""


def resting(regions: Sequence[Region], words: str) -> list[Rest]:
    """Which things the words have on, in or under which others, where that means that they rest there."""
    heads = [head_of(each) for each in regions]
    return [each for each in related(heads, words) if _may_rest(heads[each.thing], each.manner, heads[each.other])]


def with_resting(boxes: Mapping[int, Box], regions: Sequence[Region], rests: Sequence[Rest]) -> dict[int, Box]:
    """The boxes of some things, by their numbers, as their drawings fill them, and those of what rests on them."""
    found = dict(boxes)
    for number in [each.other for each in rests if each.other in found]:
        found[number] = filled(boxes[number], head_of(regions[number]))
    for each in _from_below(rests):
        if each.other in found:
            beside = [other.thing for other in rests if other.other == each.other]
            thing, other = (head_of(regions[number]) for number in (each.thing, each.other))
            there = found[each.other], beside.index(each.thing), len(beside)
            found[each.thing] = box_at(thing, each.manner, other, *there)
    return found


def _from_below(rests: Sequence[Rest]) -> Iterator[Rest]:
    """Each before those that rest on its thing."""
    left = list(rests)
    while left:
        upon = {each.thing for each in left}
        yield from (each for each in left if each.other not in upon)
        left = [each for each in left if each.other in upon]


def in_order(regions: Sequence[Region], rests: Sequence[Rest], words: str) -> tuple[Region, ...]:
    """The things, each nearer to the viewer than what it is on or under, and behind the wall of what it is in.

    What others rest on is no smaller than usual unless the words say so.
    """
    found, may_be_small = list(regions), re.search(r"\b(?:small|tiny|little)\b", words.lower()) is not None
    for each in _from_below(rests):
        there = found[each.other].distance_to_viewer
        if _is_behind(each.manner, head_of(found[each.other])):
            distance = there + _WALL
        else:
            distance = max(there - 1, NEAREST)
            found[each.other] = replace(found[each.other], distance_to_viewer=max(there, NEAREST + 0.5))
        found[each.thing] = replace(found[each.thing], distance_to_viewer=distance)
        area = found[each.other].area
        if not may_be_small:
            found[each.other] = replace(found[each.other], area=area.replace("small", "medium-sized"))
    return tuple(found)


def filled(box: Box, noun: str) -> Box:
    """What the drawing of a thing fills of a box: it keeps its shape, and stands in the middle."""
    shape = aspect(noun)
    width, height = min(box.width, box.height * shape), min(box.height, box.width / shape)
    x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    return Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)


def _may_rest(thing: str, manner: Manner, other: str) -> bool:
    """Whether what the words say of two kinds of things means that one rests at the other, and is not worn or far."""
    what, where = _group(thing), _group(other)
    if manner == "under":
        return where in ("plant", "furniture", "") and kind_of(other).habitat == "ground"
    if manner == "on":
        return what != "clothing" or where not in _BEINGS
    return where not in ("clothing", "weather", *_BEINGS)


def _is_behind(manner: Manner, other: str) -> bool:
    """Whether what is in something stands farther from the viewer than that."""
    return manner == "in" and other not in _SEATS and (other in _INTO or _group(other) in ("vehicle", "aircraft"))


def box_at(thing: str, manner: Manner, other: str, there: Box, number: int = 0, count: int = 1) -> Box:
    """The box of a thing that is on, in or under another whose drawing fills ``there``, in the same units.

    It is that ``number`` of so many beside each other.
    """
    ratio = min(max((metres(thing) / metres(other)) ** 0.5, _LEAST), _MOST)
    side, shape = ratio * (there.width * there.height) ** 0.5, aspect(thing) ** 0.5
    side *= min(1.0, _BESIDE * there.width / (count * side * shape))
    width, height = side * shape, side / shape
    middle = there.left + there.width * (0.5 + 0.8 * ((number + 0.5) / count - 0.5))
    if manner == "under":
        foot = there.bottom + 0.03 * there.height
        middle += _ASIDE * there.width if _group(other) == "plant" and count == 1 else 0
    elif _is_behind(manner, other):
        foot = there.top + _RIMS.get(other, 0.0) * there.height + (1 - _SEEN) * height
    elif manner == "in" and other in _AT_FOOT:
        foot = there.bottom + 0.03 * there.height
    else:
        foot = there.top + _SEATS.get(other, _SEAT) * there.height
    return Box(middle - width / 2, foot - height, middle + width / 2, foot)


def _group(noun: str) -> str:
    """The class of a kind; of the small world's as of those that are like it, empty if it is none."""
    known = glyphs().get(noun)
    return _GROUPS.get(noun, "") if known is None else known.group


_GROUPS = {
    **dict.fromkeys(("cat", "dog", "fish"), "animal"),
    **dict.fromkeys(("bird", "butterfly"), "bird"),
    **dict.fromkeys(("tree", "flower", "mushroom"), "plant"),
    **dict.fromkeys(("car", "boat"), "vehicle"),
    **dict.fromkeys(("house", "castle"), "building"),
    **dict.fromkeys(("sun", "moon", "star", "cloud", "rainbow"), "weather"),
    **dict.fromkeys(("balloon", "rocket"), "aircraft"),
    "snowman": "person",
}


def in_its_stead(canvas: Canvas, before: Canvas) -> Canvas:
    """The canvas in which what stands in for another thing, in the box of its own that this had, is as far away.

    Else an owl, which belongs in the sky, would be hidden by the tree that the bird was in.
    """
    gone = {each.free_box: each for each in before.regions if each.free_box is not None and each not in canvas.regions}

    def as_far(region: Region) -> Region:
        old = None if region.free_box is None else gone.get(region.free_box)
        if old is None or head_of(old) == head_of(region):
            return region
        return replace(region, distance_to_viewer=old.distance_to_viewer)

    return replace(canvas, regions=tuple(map(as_far, canvas.regions)))


def set_down(canvas: Canvas, before: Canvas, words: str) -> Canvas:
    """The canvas after an edit that puts something on, in or under what stays; any other stays as it is.

    What was there once, and was put there, is not there twice.
    """
    had = [head_of(each) for each in before.regions]
    again = {each.thing for each in resting(canvas.regions, words) if _is_again(each.thing, canvas.regions, had, words)}
    regions = [each for number, each in enumerate(canvas.regions) if number not in again]
    stood = {(head_of(each), each.location, each.offset) for each in before.regions}
    for each in resting(regions, words):
        thing, other = regions[each.thing], regions[each.other]
        if (head_of(thing), thing.location, thing.offset) in stood or other not in before.regions:
            continue
        box = box_at(head_of(thing), each.manner, head_of(other), filled(other.box, head_of(other)))
        there = other.distance_to_viewer
        distance = there + _WALL if _is_behind(each.manner, head_of(other)) else max(there - 1, NEAREST)
        small = replace(thing, area=f"a small {thing.area.rsplit(' ', 2)[1]} area", distance_to_viewer=distance)
        regions[each.thing] = placed_at(small, _on_grid(box))
    return replace(canvas, regions=tuple(regions))


def _is_again(number: int, regions: Sequence[Region], had: Sequence[str], words: str) -> bool:
    """Whether a thing is a second one of what "the ball" names, where only one was there."""
    head = head_of(regions[number])
    is_second = head in map(head_of, regions[:number])
    return is_second and had.count(head) == 1 and re.search(rf"\bthe (?:[\w-]+ )?{head}\b", words.lower()) is not None


def _on_grid(box: Box) -> Box:
    """A box in whole units, moved onto the grid."""
    width, height = min(round(box.width), GRID), min(round(box.height), GRID)
    left, top = min(max(round(box.left), 0), GRID - width), min(max(round(box.top), 0), GRID - height)
    return Box(left, top, left + width, top + height)
