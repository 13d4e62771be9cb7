"""A first canvas of many things, spread out so that each can be seen, as large as the room allows.

What flies is above, what stands on the ground stands in two rows: the farther behind, the nearer in front, and nobody's
feet in the air. Omost's own words know no box smaller than half the picture but where an edge cuts it, so the boxes
are free ones, with the nearest words beside them for whoever edits them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from omost_pipeline.canvas.elements import Canvas, Region
from omost_pipeline.canvas.vocabulary import GRID, LOCATIONS, Box
from omost_pipeline.world.boxed import at, told_apart
from omost_pipeline.world.kinds import BACKGROUNDS, MORE_BACKGROUNDS, Shape, kind_of, place_for
from omost_pipeline.world.relations import Rest
from omost_pipeline.world.resting import in_order, resting, with_resting
from omost_pipeline.world.stage import NEAREST, NO_OFFSET, Hold, head_of

MANY = 4
"""From so many things on a first canvas is spread out."""

BEHIND = 62
"""How far down the feet of the farther row are, in grid units: on the ground of every background."""

_AIR = 34
"""Height of one row in the sky above two rows on the ground."""

_BEHIND_AIR = 8
"""How far the farther row may reach into the air above it, which is behind it, or beside."""

_IN_FRONT = 36
"""Height of the nearer row at most: it covers of the farther one hardly more than its feet."""

_CLOSE = 1.07
"""How much larger boxes are than the room beside each other: things do not fill them."""

_STRETCHED = 1.25
"""How far a thing may be drawn out of its shape, to fill its room."""

_ALIKE = 1.35
"""How many times larger things are drawn than those of another row on the ground, at most."""

_ROUND: dict[Shape, tuple[float, float]] = {"square": (1.0, 1.0), "vertical": (0.85, 1.25), "horizontal": (1.3, 0.95)}
"""Shape → width and height of a thing of usual size."""

_LARGE = frozenset(
    "elephant giraffe horse cow camel bear whale dinosaur tyrannosaurus dragon rhino unicorn bus truck train ship "
    "barn tractor airplane rainbow".split()
)
_LITTLE = frozenset(
    "mouse bee ant ladybug spider snail chick frog squirrel hedgehog crab butterfly baby key ring coin cherry "
    "strawberry snowflake raindrop".split()
)
_AFLOAT = frozenset(each.description for each in (BACKGROUNDS["sea"], BACKGROUNDS["space"], MORE_BACKGROUNDS["sky"]))
"""Scenes in which nobody stands on anything."""

_LARGEST = 72
"""Grid units of a usual thing's side at most, where there are few."""

CROWD = 5
"""So many things of a name are all over the canvas."""

_WHERE = {
    "left": "left|beside|next to|near",
    "right": "right|beside|next to|near",
    "top": "top|upper|above|over|below|under|beneath|underneath|on",
    "bottom": "bottom|lower|above|over|below|under|beneath|underneath|on",
    "center": "center|centre|middle|between",
}
"""Part of a location's name → words by which somebody may have asked for it."""

_HOLDS: dict[tuple[str, bool], Hold] = {
    ("slightly to the upper", True): "wearing",
    ("slightly to the right", True): "holding",
    ("slightly to the upper", False): "riding",
}
"""Offset by which the world has something carried, and whether it is small (a rider is not) → how it is carried."""

_AT: dict[Hold | None, Box] = {
    "wearing": Box(0.2, -0.35, 0.8, 0.2),
    "holding": Box(0.85, 0.2, 1.45, 0.8),
    "riding": Box(0.15, -0.65, 0.85, 0.3),
    None: Box(0.55, 0.5, 1.15, 1.15),
}
"""Where something is beside who carries it, or stands behind it, in parts of their box."""


@dataclass(frozen=True)
class _Group:
    """A thing and what it carries or what stands in front of it: their numbers, and their boxes in its usual size."""

    boxes: dict[int, Box]
    sky: bool
    distance: float
    across: int | None
    """−1, 0 or 1: where somebody said that it is, from left to right."""

    @property
    def box(self) -> Box:
        every = self.boxes.values()
        return Box(
            min(each.left for each in every),
            min(each.top for each in every),
            max(each.right for each in every),
            max(each.bottom for each in every),
        )


@dataclass(frozen=True)
class _Row:
    """Groups beside each other, all feet or, in the air, middles on one level."""

    groups: Sequence[_Group]
    top: float
    bottom: float

    @property
    def scale(self) -> float:
        """Grid units of a usual thing's side at most."""
        return min(self.across, self.down)

    @property
    def across(self) -> float:
        """As many of them as there is room for beside each other."""
        return GRID / sum(each.box.width for each in self.groups)

    @property
    def down(self) -> float:
        """As many as there is room for from top to bottom."""
        return (self.bottom - self.top) / max(each.box.height for each in self.groups)


def spread(canvas: Canvas, words: str) -> Canvas:
    """The canvas with its many things where each can be seen; ``words`` asked for them, and may say where.

    A canvas of few things, none of which the words have on, in or under another, or with a free box, stays as it is.
    """
    rests = resting(canvas.regions, words)
    is_few = len(canvas.regions) < MANY
    if (is_few and not rests) or any(each.free_box is not None for each in canvas.regions):
        return canvas
    canvas = replace(canvas, regions=in_order(canvas.regions, rests, words))
    groups = list(_groups(canvas.regions, words.lower(), rests))
    afloat = canvas.scene.description in _AFLOAT or all(each.sky for each in groups)
    rows = _afloat(groups) if afloat else _on_ground(groups)
    standing = [row for row in rows if afloat or not row.groups[0].sky]
    most = min(min(row.scale for row in standing) * _ALIKE, _LARGEST if is_few else GRID)
    places = dict(place for row in rows for place in _placed(row, most, hangs=afloat))
    regions = list[Region]()
    for number, each in enumerate(canvas.regions):
        regions.append(told_apart(at(each, places[number]), regions))
    return replace(canvas, regions=tuple(regions))


def in_a_row(canvas: Canvas, words: str) -> Canvas:
    """The canvas with its things beside each other, in the order of their places, as :func:`spread` has one row."""
    groups = [replace(each, across=None) for each in _groups(canvas.regions, words.lower())]
    groups.sort(key=lambda each: min(LOCATIONS[canvas.regions[number].location][0] for number in each.boxes))
    row = _Row(groups, 4, GRID - 2)
    places = dict(_placed(row, row.scale * _ALIKE, hangs=False))
    return replace(canvas, regions=tuple(at(each, places[number]) for number, each in enumerate(canvas.regions)))


def in_a_row_by_size(canvas: Canvas, words: str) -> Canvas:
    """A first canvas with its two or three things in a row, where some are large or small and would hide each other.

    Others, and those that stand in front of each other or that are carried, stay as they are.
    """
    regions = canvas.regions
    sizes, places = ({each.area.split()[1] for each in regions}, {each.location for each in regions})
    anywhere = all(each.offset == NO_OFFSET and each.free_box is None for each in regions)
    anywhere = anywhere and places <= {"in the center", "on the left", "on the right"}
    if len(regions) not in (2, 3) or len(places) < len(regions) or not anywhere or sizes == {"medium-sized"}:
        return canvas
    return in_a_row(canvas, words)


def carried_at(near: Region, far: Region, *, in_front: bool) -> Box | None:
    """Where something is that another thing has at its body, or, if it may be ``in_front``, behind it; else None."""
    if not is_at(near, far):
        return None
    hold = _hold(near)
    if hold is None and (not in_front or near.offset != NO_OFFSET or far.offset != NO_OFFSET):
        return None
    return _whole(_part(far.box, _AT[hold]))


def _part(box: Box, part: Box) -> Box:
    """What a box in parts of another one is."""
    left, right = (box.left + box.width * edge for edge in (part.left, part.right))
    top, bottom = (box.top + box.height * edge for edge in (part.top, part.bottom))
    return Box(left, top, right, bottom)


def is_at(near: Region, far: Region) -> bool:
    """The world has whoever is carried, and whoever is in front, in the other's place, a step nearer."""
    there = near.location == far.location and (far.offset == NO_OFFSET or far.free_box is not None)
    return there and near.distance_to_viewer == max(far.distance_to_viewer - 1, NEAREST)


def _hold(near: Region) -> Hold | None:
    return _HOLDS.get((near.offset, near.area.startswith("a small ")))


def size_of(thing: Region) -> tuple[float, float]:
    """Width and height of a thing beside others, where a person's are 1."""
    name, kind = head_of(thing), kind_of(head_of(thing))
    size = {"small": 0.8, "large": 1.3}.get(thing.area.split()[1], 1.0)
    if name in _LARGE:
        size *= 1.2
    elif name in _LITTLE:
        size *= 0.85
    elif kind.habitat == "ground":
        size *= min(0.82 + 0.06 * kind.distance, 1.2)
    width, height = _ROUND[_shape(thing)]
    return size * width, size * height


def flies(thing: Region) -> bool:
    """Whether a thing belongs in the sky."""
    return kind_of(head_of(thing)).habitat == "sky"


def _shape(thing: Region) -> Shape:
    words = thing.area.split()
    return "vertical" if "vertical" in words else "horizontal" if "horizontal" in words else "square"


def _on_ground(groups: Sequence[_Group]) -> list[_Row]:
    """Rows in the air, and one or two on the ground."""
    air = [each for each in groups if each.sky]
    ground = sorted((each for each in groups if not each.sky), key=lambda each: -each.distance)
    high = len(air) > 4
    if len(ground) < 3:
        level = 4 if not air else 54 if high else 46
        return [*_in_air(air, level, high=high), _Row(ground, level, GRID - 2)]
    half = len(ground) // 2
    level = 0 if not air else _AIR + 10 if high else _AIR
    back, front = ground[:half], ground[half:]
    return [
        *_in_air(air, level, high=high),
        _Row(back, level - _BEHIND_AIR if air else 4, BEHIND),
        _Row(front, GRID - _IN_FRONT, GRID),
    ]


def _in_air(groups: Sequence[_Group], level: int, *, high: bool) -> Iterator[_Row]:
    """One row, or two where there are many, above a level."""
    cut = len(groups) // 2 if high else 0
    rows = [each for each in (groups[:cut], groups[cut:]) if each]
    for number, each in enumerate(rows):
        yield _Row(each, number * level / len(rows), (number + 1) * level / len(rows))


def _afloat(groups: Sequence[_Group]) -> list[_Row]:
    """As many rows over the whole picture as let things be largest."""
    found = list[_Row]()
    for count in range(1, len(groups) + 1):
        cuts = [round(number * len(groups) / count) for number in range(count + 1)]
        edges = [number * GRID / count for number in range(count + 1)]
        rows = [
            _Row(groups[one:other], max(top - 2, 0), min(bottom + 2, GRID))
            for (one, other), (top, bottom) in zip(pairwise(cuts), pairwise(edges), strict=True)
        ]
        if not found or min(row.scale for row in rows) > min(row.scale for row in found):
            found = rows
    return found


def _placed(row: _Row, most: float, *, hangs: bool) -> Iterator[tuple[int, Box]]:
    """The things of a row with their boxes, of a scale of ``most`` at most, side by side."""
    total, scale = len(row.groups), min(row.across, row.down, most)
    wide = min(scale * _STRETCHED, most)
    across, down = min(wide, row.across), min(wide, row.down)
    if total > 1:
        across *= _CLOSE
    across, down = min(across, down * _STRETCHED), min(down, across * _STRETCHED)
    order = sorted(
        row.groups,
        key=lambda each: (2 * row.groups.index(each) + 1) / total - 1 if each.across is None else each.across,
    )
    room = GRID - across * sum(each.box.width for each in order)
    x, gap = (room / total / 2, room / total) if room > 0 or total == 1 else (0.0, room / (total - 1))
    if total == 1 and (side := order[0].across):
        x = min(max(x + side * GRID / 3, 0), room)
    for group in order:
        box = group.box
        foot = row.bottom - ((row.bottom - row.top - down * box.height) / 2 if hangs or group.sky else 0)
        for number, each in group.boxes.items():
            left, right = (x + across * (edge - box.left) for edge in (each.left, each.right))
            top, bottom = (foot + down * (edge - box.bottom) for edge in (each.top, each.bottom))
            yield number, _whole(Box(left, top, right, bottom))
        x += across * box.width + gap


def _whole(box: Box) -> Box:
    """The box in whole units, on the grid."""
    x, y = (min(max(round(edge), 0), GRID - 1) for edge in (box.left, box.top))
    return Box(x, y, max(min(round(box.right), GRID), x + 1), max(min(round(box.bottom), GRID), y + 1))


def _groups(regions: Sequence[Region], words: str, rests: Sequence[Rest] = ()) -> Iterator[_Group]:
    """Each thing that is on its own, with those that belong at it, and that rest there."""
    resting = {each.thing for each in rests}
    bonds = {near: bond for near, bond in _bonds(regions, words) if near not in resting}
    roots = [number for number in range(len(regions)) if number not in bonds and number not in resting]
    said = _said(regions, words)
    for root in roots:
        boxes = with_resting({root: Box(0, 0, *size_of(regions[root]))}, regions, rests)
        left = dict(bonds)  # which may be several deep: a rider's horse stands before a castle
        while ready := [near for near, (far, _) in left.items() if far in boxes]:
            for near in ready:
                far, how = left.pop(near)
                boxes |= with_resting({near: _part(boxes[far], _AT[how])}, regions, rests)
        place = said.get(root) if len(boxes) == 1 or not resting else None
        sky = flies(regions[root]) if place is None or place[1] == 0 else place[1] < 0
        distance = regions[root].distance_to_viewer if place is None or place[1] < 1 else 0.0
        yield _Group(boxes, sky, distance, None if place is None else place[0])


def _bonds(regions: Sequence[Region], words: str) -> Iterator[tuple[int, tuple[int, Hold | None]]]:
    """Who is carried by whom, and who stands in front of whom."""
    fronts, bound = is_in_front(words), set[int]()
    for near, one in enumerate(regions):
        hold = _hold(one)
        for far, other in sorted(enumerate(regions), key=lambda each: abs(each[0] - near)):
            free = far != near and far not in bound and near not in bound
            if free and is_at(one, other) and (hold is not None or (fronts and one.offset == NO_OFFSET)):
                bound |= {near} if hold is not None else {near, far}
                yield near, (far, hold)
                break


def is_in_front(words: str) -> bool:
    """Whether words in small letters have something in front of something."""
    return re.search(r"\b(?:front|behind)\b", words) is not None


def said_parts(words: str) -> set[str]:
    """The parts of locations' names that words in small letters may ask for."""
    return {part for part, names in _WHERE.items() if re.search(rf"\b(?:{names})\b", words)}


def _said(regions: Sequence[Region], words: str) -> dict[int, tuple[int, int]]:
    """The things of which the words say where they are: column and row, −1, 0 or 1."""
    spoken, heads = said_parts(words), Counter(map(head_of, regions))
    found, taken = dict[int, tuple[int, int]](), set[str]()
    for number, each in enumerate(regions):
        if heads[head_of(each)] >= CROWD:  # whose places are nobody's wish
            continue
        usual = each.location == place_for(kind_of(head_of(each)).habitat, taken)
        if not usual and spoken & set(re.findall(r"[a-z]+", each.location)):
            x, y = LOCATIONS[each.location]
            found[number] = (x - GRID // 2) // 30, (y - GRID // 2) // 30
        taken.add(each.location)
    return found
