"""What an edit moves, resizes or adds among things that were spread out, in a box that fits among them.

An edit writes Omost's words, whose boxes are half the picture; among many things each of a third of that, they would
cover the half of them. So what has moved keeps its size, what grows grows by a quarter, and what came is as large as
the others; each stands as near to where it is wanted as the others leave room.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from math import ceil, sqrt
from statistics import median

import numpy as np
import numpy.typing as npt

from omost_pipeline.canvas.elements import Canvas, Region, in_names
from omost_pipeline.canvas.identity import match_regions
from omost_pipeline.canvas.vocabulary import GRID, LOCATIONS, OFFSETS, Box
from omost_pipeline.world.behind import box_behind
from omost_pipeline.world.boxed import at, told_apart
from omost_pipeline.world.kinds import SIZES
from omost_pipeline.world.scenes import visible_share
from omost_pipeline.world.spread import (
    BEHIND,
    CROWD,
    MANY,
    carried_at,
    flies,
    is_at,
    is_in_front,
    said_parts,
    size_of,
    spread,
)
from omost_pipeline.world.stage import NO_OFFSET, head_of

_STEP = 1.25
"""How many times larger something is, along each side, that is a size up."""

_BESIDE = 10.0
"""How far from where it is wanted something may as well be, in grid units, as have a quarter of it covered."""

_AT_MOST = 14
"""How far from there it is at most."""

_STILL_SEEN = 0.6
"""Share of a thing that is to be seen beside one that has moved there; else it makes room, and goes where that was."""

_SCALES = (1.0, 0.8, 0.65, 0.5)
"""How large, beside those of its name, one more of them is, if it finds no room otherwise."""

_COVERED = 0.4
"""Share of the smaller of two boxes that may be in both without hiding what is in it."""

_BEHIND_OTHERS = 0.4
"""How much it counts that something is behind others, beside that it has its feet in the air."""

_YIELDING = 0.1
"""How much it counts to be in the way of others where those make room."""


def fitted(canvas: Canvas, before: Canvas, words: str) -> Canvas:
    """The canvas with what has changed its place, or came, in boxes that fit among those of ``before``.

    A canvas of which nothing, or hardly anything, was spread out stays as it is, unless a crowd came.
    """
    if not before.regions:
        return spread(canvas, words)
    is_crowded = len(canvas.regions) - len(before.regions) >= CROWD
    spread_out = sum(each.free_box is not None for each in before.regions)
    if spread_out < min(MANY - 1, len(before.regions)) and not is_crowded:
        return canvas
    most = GRID / ceil(sqrt(len(canvas.regions) + 1)) if is_crowded else GRID
    regions = list(canvas.regions)
    stays = {each for each in regions if each in before.regions or each.free_box is not None}
    was = {new: before.regions[old] for old, new in match_regions(in_names(before).regions, in_names(canvas).regions)}
    for number, each in enumerate(regions):
        if each not in stays:  # its box is that of its words
            others = [other for other in regions if other in stays]
            old = was.get(number)
            regions[number] = now = told_apart(_fitted(each, old, others, words.lower(), most), others)
            stays.add(now)
            moved = old is not None and old.location != now.location and not is_in_front(words.lower())
            if moved and old is not None and old.free_box is not None:
                regions = [_out_of_the_way(other, now, old.free_box, regions) for other in regions]
    return replace(canvas, regions=tuple(regions))


def with_one_more(canvas: Canvas, like: Region) -> Canvas:
    """The canvas with another of a thing that is there, where it and all others are to be seen."""
    regions = list(canvas.regions)
    one = _somewhere(replace(like, offset=NO_OFFSET, free_box=None), like.box, regions)
    regions.insert(regions.index(like) + 1, one)
    return replace(canvas, regions=tuple(regions))


def unstacked(canvas: Canvas, before: Canvas) -> Canvas:
    """The canvas in which nothing that came stands exactly where another of its name does."""
    regions = list(canvas.regions)
    more = Counter(map(head_of, canvas.regions)) - Counter(map(head_of, before.regions))
    other_than_before = Counter(head_of(each) for each in canvas.regions if each not in before.regions)
    for number, each in enumerate(regions):
        others = regions[:number] + regions[number + 1 :]
        alike = [other for other in others if head_of(other) == head_of(each) and other.box == each.box]
        came = each not in before.regions and other_than_before[head_of(each)] <= more[head_of(each)]
        if came and alike:
            regions[number] = _somewhere(each, each.box, others)
    return replace(canvas, regions=tuple(regions))


def _somewhere(thing: Region, size: Box, others: Sequence[Region]) -> Region:
    """A thing of that size, or smaller, where it and the others are to be seen."""
    for scale in _SCALES:
        box = _room(thing, size.width * scale, size.height * scale, (None, None), others, _BEHIND_OTHERS, lift=1.0)
        nearer = [each for each in others if each.box.bottom > box.bottom]
        covered = all(_shared(box, each.box) <= _COVERED for each in others if each not in nearer)
        stands = flies(thing) or box.bottom >= BEHIND - 1
        if covered and stands and visible_share(box, [each.box for each in nearer]) >= _STILL_SEEN:
            break
    before = [each.distance_to_viewer for each in nearer if _shared(box, each.box) > 0]
    distance = max([thing.distance_to_viewer, *(each + 1 for each in before)])
    return told_apart(at(replace(thing, distance_to_viewer=distance), box), others)


def _shared(one: Box, other: Box) -> float:
    """The share of the smaller of two boxes that is in both."""
    across = min(one.right, other.right) - max(one.left, other.left)
    down = min(one.bottom, other.bottom) - max(one.top, other.top)
    return max(across, 0) * max(down, 0) / min(one.width * one.height, other.width * other.height)


def _out_of_the_way(thing: Region, moved: Region, left: Box, regions: Sequence[Region]) -> Region:
    """A thing where it was, or, if it and what has ``moved`` would hide each other, where that has ``left`` room."""
    step = thing.distance_to_viewer - moved.distance_to_viewer
    if thing is moved or thing.free_box is None:
        return thing
    behind = thing if step >= 0 else moved
    if visible_share(behind.box, [moved.box if behind is thing else thing.box]) >= _STILL_SEEN:
        return thing
    others = [each for each in regions if each is not thing]
    wanted = (left.left + left.right) / 2, (left.top + left.bottom) / 2
    return told_apart(at(thing, _room(thing, thing.box.width, thing.box.height, wanted, others)), others)


def _fitted(thing: Region, was: Region | None, others: Sequence[Region], words: str, most: float) -> Region:
    in_front = is_in_front(words)
    held = next((box for each in others if (box := carried_at(thing, each, in_front=in_front)) is not None), None)
    if held is not None:
        return at(thing, held)
    near = next((each for each in others if in_front and each != was and is_at(each, thing)), None)
    if near is not None and flies(thing) <= flies(near):
        boxes = [each.box for each in others if each != near]
        return at(thing, box_behind(*_size_beside(thing, was, others, most), near.box, boxes))
    if was is not None and was.free_box is not None:
        if (thing.location, thing.offset) == (was.location, was.offset):
            steps = SIZES.index(_size(thing)) - SIZES.index(_size(was))
            return at(thing, grown(was.free_box, steps), was.location, was.offset)
        width, height = was.free_box.width, was.free_box.height
        return at(thing, _room(thing, width, height, _wanted(thing, was), others, _YIELDING))
    width, height = _size_beside(thing, was, others, most)
    named = said_parts(words) & set(re.findall(r"[a-z]+", thing.location))
    return at(thing, _room(thing, width, height, _wanted(thing, None) if named else (None, None), others))


def _size_beside(thing: Region, was: Region | None, others: Sequence[Region], most: float) -> tuple[float, float]:
    """The width and height that a thing had, or has beside others, of a scale of ``most`` at most."""
    if was is not None and was.free_box is not None:
        return was.free_box.width, was.free_box.height
    scale = min(median(_scale(other) for other in others), most)
    width, height = size_of(thing)
    return min(width * scale, GRID), min(height * scale, GRID)


def _size(thing: Region) -> str:
    return thing.area.split()[1]


def _scale(thing: Region) -> float:
    """Grid units of a usual thing's side, by one that is there."""
    width, height = size_of(thing)
    return float((thing.box.width * thing.box.height / width / height) ** 0.5)


def grown(box: Box, steps: int) -> Box:
    """A box so many sizes larger, about the middle of its foot, moved into the picture."""
    times = _STEP**steps
    width, height = min(round(box.width * times), GRID), min(round(box.height * times), GRID)
    left = min(max(round((box.left + box.right - width) / 2), 0), GRID - width)
    top = max(box.bottom - height, 0)
    return Box(left, top, left + width, top + height)


def _wanted(thing: Region, was: Region | None) -> tuple[float | None, float | None]:
    """The middle that an edit means: "to the left" says nothing of how high, nor "to the top" of how far left."""
    (x, y), (dx, dy) = LOCATIONS[thing.location], OFFSETS[thing.offset]
    middle = GRID // 2
    if was is None:
        return (x if x != middle else None), (y if y != middle else None)
    across = (was.box.left + was.box.right) / 2 if x == middle and y != middle else x + dx
    down = (was.box.top + was.box.bottom) / 2 if y == middle and x != middle else y + dy
    return across, down


def _room(
    thing: Region,
    width: float,
    height: float,
    wanted: tuple[float | None, float | None],
    others: Sequence[Region],
    weight: float = 1.0,
    lift: float = 6.0,
) -> Box:
    """The box, in whole units, where a thing is least in the others' way and nearest to where it is wanted.

    ``weight`` is how much the others count, ``lift`` how many cells off the ground cost as much as that.
    """
    wide, high = max(round(width), 1), max(round(height), 1)
    lefts, tops = np.arange(GRID - wide + 1)[:, None], np.arange(GRID - high + 1)[None, :]
    costs: npt.NDArray[np.floating] = np.zeros((GRID - wide + 1, GRID - high + 1))
    for other in others:
        box = other.box
        across = np.minimum(lefts + wide, box.right) - np.maximum(lefts, box.left)
        down = np.minimum(tops + high, box.bottom) - np.maximum(tops, box.top)
        shared = np.maximum(across, 0) * np.maximum(down, 0) / min(wide * high, box.width * box.height)
        costs += weight * (4 * shared + 30 * np.maximum(shared - 0.2, 0) ** 2)
    x, y = wanted
    if x is not None:
        costs = costs + _far(lefts + wide / 2 - min(max(x, wide / 2), GRID - wide / 2))
    if y is not None:
        costs = costs + _far(tops + high / 2 - min(max(y, high / 2), GRID - high / 2))
    elif flies(thing):
        costs = costs + tops / 30
    else:
        costs = costs + (np.maximum(BEHIND - tops - high, 0) / lift) ** 2
    left, top = np.unravel_index(int(np.argmin(costs)), costs.shape)
    return Box(int(left), int(top), int(left) + wide, int(top) + high)


def _far(apart: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """What it costs to be so far from where one is wanted."""
    found: npt.NDArray[np.floating] = (apart / _BESIDE) ** 2 + np.where(np.abs(apart) > _AT_MOST, 100.0, 0.0)
    return found
