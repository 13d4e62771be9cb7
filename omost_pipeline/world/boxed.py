"""A thing in a box of any size, and the words that are nearest to that: a language model is told no others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import hypot

from omost_pipeline.canvas.elements import Region
from omost_pipeline.canvas.vocabulary import LOCATIONS, OFFSETS, Box
from omost_pipeline.world.stage import NO_OFFSET


def at(thing: Region, place: Box, location: str = "", offset: str = NO_OFFSET) -> Region:
    """A thing in a box, with a location's name, or the nearest one; how large it is called stays."""
    nearest = location or min(LOCATIONS, key=lambda name: _away(place, *LOCATIONS[name]))
    return replace(thing, location=nearest, offset=offset, free_box=place)


def told_apart(thing: Region, others: Sequence[Region]) -> Region:
    """A thing with the offset that is nearest to its box, too, where another has its location: names are all that a
    language model is told."""
    if all((each.location, each.offset) != (thing.location, thing.offset) for each in others):
        return thing
    x, y = LOCATIONS[thing.location]
    taken = {each.offset for each in others if each.location == thing.location}
    free = [(dx, dy, name) for name, (dx, dy) in OFFSETS.items() if name not in taken or len(taken) == len(OFFSETS)]
    *_, offset = min(free, key=lambda each: _away(thing.box, x + each[0], y + each[1]))
    return replace(thing, offset=offset)


def _away(place: Box, x: float, y: float) -> float:
    return hypot((place.left + place.right) / 2 - x, (place.top + place.bottom) / 2 - y)
