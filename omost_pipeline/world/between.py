"""What stands between two things: "a house between two trees", "put the dog between the cat and the mouse".

A small model puts it beside them. Where the words leave no doubt who is meant, it is in the middle, and they at its
sides. Knows no model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from omost_pipeline.canvas.elements import Canvas, Region
from omost_pipeline.canvas.numbers import SEVERAL
from omost_pipeline.canvas.vocabulary import GRID, Box
from omost_pipeline.canvas.wording import LONGEST
from omost_pipeline.world.boxed import at
from omost_pipeline.world.requests import plural
from omost_pipeline.world.spread import in_a_row, spread
from omost_pipeline.world.stage import NEAREST, NO_OFFSET, head_of

_SIDES = ("on the left", "on the right")
_ROOM = 0.8
"""Share of the way from the middle of one thing to that of the other which what is between them takes, at most."""

_LEAST = GRID // 4
"""How wide it is at least, even if it covers something of them then."""

_LOOKS = r"(?:(?!(?:and|or|between|with)\b)[\w-]+ ){0,2}"
_THE = r"(?:an?|the|my|one|another)"


def set_between(canvas: Canvas, words: str) -> Canvas | None:
    """A first canvas with what its words have between two others in their middle; None where they have nothing so.

    Three things stand in a row; of more, those two that would have it the other way stand in each other's place.
    """
    found = next(_meant(canvas, words), None)
    if found is None:
        return None
    middle, flanks = found
    if len(canvas.regions) > len((middle, *flanks)):
        return _exchanged(spread(canvas, words), middle, flanks)
    places = {middle: "in the center", **dict(zip(flanks, _SIDES, strict=True))}
    regions = (replace(each, location=places[number], offset=NO_OFFSET) for number, each in enumerate(canvas.regions))
    return in_a_row(replace(canvas, regions=tuple(regions)), words)


def _exchanged(canvas: Canvas, middle: int, flanks: tuple[int, int]) -> Canvas:
    regions = list(canvas.regions)
    left, right = sorted(flanks, key=lambda number: _across(regions[number]))
    here, one, other = (_across(regions[number]) for number in (middle, left, right))
    if one < here < other:
        return canvas
    between = left if here < one else right
    if here in (one, other):  # one above the other
        regions[middle] = _moved_to(regions[middle], (one + other) / 2)
    else:
        regions[middle] = _moved_to(regions[middle], _across(regions[between]))
        regions[between] = _moved_to(regions[between], here)
    return replace(canvas, regions=tuple(regions))


def _across(thing: Region) -> float:
    """Where the middle of a thing is, from left to right."""
    return (thing.box.left + thing.box.right) / 2


def _moved_to(thing: Region, across: float) -> Region:
    box = thing.box
    left = round(min(max(across - box.width / 2, 0), GRID - box.width))
    return at(thing, Box(left, box.top, left + box.width, box.bottom))


def moved_between(canvas: Canvas, before: Canvas, words: str) -> Canvas:
    """The canvas after an edit that puts something between two things that were there; any other stays as it is."""
    for middle, flanks in _meant(canvas, words):
        if all(canvas.regions[number] in before.regions for number in flanks):
            regions = list(canvas.regions)
            regions[middle] = _in_the_middle(regions[middle], *(regions[number] for number in flanks))
            return replace(canvas, regions=tuple(regions))
    return canvas


def _in_the_middle(thing: Region, one: Region, other: Region) -> Region:
    """A thing between two, no wider than the room there, and in front of them where it covers them."""
    here, there = one.box, other.box
    across = abs(_across(one) - _across(other))
    width = min(thing.box.width, max(across * _ROOM, _LEAST))
    height = thing.box.height * width / thing.box.width
    x, y = (_across(one) + _across(other)) / 2, (here.top + here.bottom + there.top + there.bottom) / 4
    left, top = round(min(max(x - width / 2, 0), GRID - width)), round(min(max(y - height / 2, 0), GRID - height))
    box = Box(left, top, left + round(width), top + round(height))
    nearest = min(one.distance_to_viewer, other.distance_to_viewer)
    covers = any(box.left < each.right and each.left < box.right for each in (here, there))
    distance = min(thing.distance_to_viewer, max(nearest - 1, NEAREST)) if covers else thing.distance_to_viewer
    return replace(at(thing, box), distance_to_viewer=distance)


def _meant(canvas: Canvas, words: str) -> Iterator[tuple[int, tuple[int, int]]]:
    """The numbers of what is between, and of those that it is between, where each can be nothing else."""
    said = words.lower()
    if "between" not in said or len(said) > LONGEST:
        return
    heads = [head_of(each) for each in canvas.regions]
    thing = "|".join(sorted(map(re.escape, set(heads)), key=len, reverse=True))
    things = "|".join(sorted(map(re.escape, {plural(each) for each in heads}), key=len, reverse=True))
    two = (
        rf"(?:(?:the )?(?:(?:{SEVERAL}|both) )?{_LOOKS}(?P<both>{things})\b|"
        rf"{_THE} {_LOOKS}(?P<one>{thing}) and (?:{_THE} )?{_LOOKS}(?P<other>{thing})\b|(?P<them>them|the two|both))"
    )
    forms = (
        rf"\b(?P<what>{thing}) (?:(?!and\b)[\w-]+ ){{0,3}}between {two}",
        rf"\bbetween {two},? (?:(?:there )?(?:is|stands|sits|lies) )?{_THE} {_LOOKS}(?P<what>{thing})\b",
    )
    for form in forms:
        for found in re.finditer(form, said):
            if (numbers := _numbers(found.groupdict(), heads)) is not None:
                yield numbers


def _numbers(told: dict[str, str | None], heads: list[str]) -> tuple[int, tuple[int, int]] | None:
    middles = [number for number, head in enumerate(heads) if head == told["what"]]
    others = [number for number in range(len(heads)) if number not in middles]
    if told["both"] is not None:
        flanks = [number for number in others if plural(heads[number]) == told["both"]]
    elif told["them"] is not None:
        flanks = others
    else:
        flanks = [number for name in ("one", "other") for number in others if heads[number] == told[name]]
    return (middles[0], (flanks[0], flanks[1])) if len(middles) == 1 and len(flanks) == 2 else None
