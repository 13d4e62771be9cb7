"""Where something stands behind another thing so that both can be seen: half beside it, its foot a little higher."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import product

from omost_pipeline.canvas.elements import Region
from omost_pipeline.canvas.vocabulary import AREAS, GRID, LOCATIONS, OFFSETS, Box

_FARTHER = 3
"""How much higher than what it is behind its foot is, in grid units."""


def named_behind(thing: Region, near: Region, others: Iterable[Region]) -> Region:
    """The thing, at the place with a name where half of it is seen beside ``near`` and it is least in others' way."""
    boxes, foot = [each.box for each in others], near.box.bottom - _FARTHER
    width, height = AREAS[thing.area]

    def cost(there: Region) -> float:
        box = there.box
        cut = 1 - box.width * box.height / (width * height)
        crowded = sum(_covered(box, other) for other in boxes)
        return 60 * abs(_covered(box, near.box) - 0.5) + 2 * abs(box.bottom - foot) + 60 * cut + 40 * crowded

    places = product(LOCATIONS, OFFSETS)
    return min((replace(thing, location=location, offset=offset) for location, offset in places), key=cost)


def box_behind(width: float, height: float, near: Box, others: Iterable[Box]) -> Box:
    """The box of that size, in whole units, half beside ``near`` on the side that is free, or freer."""
    wide, high, boxes = min(round(width), GRID), min(round(height), GRID), list(others)
    top = max(round(near.bottom) - _FARTHER - high, 0)

    def at(middle: float) -> Box:
        left = round(middle - wide / 2)
        return Box(left, top, left + wide, top + high)

    def cost(box: Box) -> float:
        outside = max(-box.left, box.right - GRID, 0) / wide
        return 2 * outside + sum(_covered(box, other) for other in boxes)

    best = min((at(near.left), at(near.right)), key=cost)
    left = min(max(best.left, 0), GRID - wide)
    return Box(left, top, left + wide, top + high)


def _covered(box: Box, by: Box) -> float:
    """Share of a box that another covers."""
    across = min(box.right, by.right) - max(box.left, by.left)
    down = min(box.bottom, by.bottom) - max(box.top, by.top)
    return max(across, 0) * max(down, 0) / (box.width * box.height)
