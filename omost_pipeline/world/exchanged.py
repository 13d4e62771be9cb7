"""Two things of a canvas exchanged, as "swap the cat and the dog" and "swap their colours" have it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from omost_pipeline.canvas.elements import Canvas, Region
from omost_pipeline.world.kinds import COLORS
from omost_pipeline.world.lexicon import css
from omost_pipeline.world.stage import painted

_SWAPS = r"\b(?:swap|switch|trade|exchange)"
_PLACES = re.compile(rf"(?:{_SWAPS}|\bchange)\b.*\b(?:places|positions|spots)\b")
_TWO = re.compile(rf"{_SWAPS} $")
_COLORS_OF = re.compile(rf"{_SWAPS} (?:the )?colou?rs? (?:of|between) $")
_COLORS = re.compile(r"(?:'s?)? colou?rs?\b")
_BOTH = re.compile(
    rf"{_SWAPS} (?:them|the two|both|their (?:places|positions|colou?rs)|places|positions|colou?rs)[.!]*$"
)
_AND = (" and ", " with ", " for ")


def exchanged(before: Canvas, said: str, named: Sequence[tuple[int, int, Region]]) -> Canvas | None:
    """The canvas with two things exchanged, if the words ask for that; ``named`` are they, and where the words do."""
    if not named and len(before.regions) == 2 and _BOTH.search(said):
        one, other = before.regions
        return _colors(before, one, other) if "colo" in said else _places(before, one, other)
    if len(named) != 2:
        return None
    (start, end, one), (then, _, other) = named
    first, between, last = said[:start], said[end:then], said[named[1][1] :]
    if (_COLORS_OF.search(first) and between in _AND) or (
        _TWO.search(first) and between.removeprefix("'s") in _AND and _COLORS.match(last)
    ):
        return _colors(before, one, other)
    two = _TWO.search(first) and between in _AND
    return _places(before, one, other) if two or _PLACES.search(said) else None


def where(thing: Region, other: Region) -> Region:
    """A thing at the place of another one."""
    return replace(thing, location=other.location, offset=other.offset, free_box=other.free_box)


def _places(before: Canvas, one: Region, other: Region) -> Canvas:
    there = {one: where(one, other), other: where(other, one)}
    return replace(before, regions=tuple(there.get(each, each) for each in before.regions))


def _colors(before: Canvas, one: Region, other: Region) -> Canvas | None:
    """None where a colour has no name."""
    first, second = _color_of(one), _color_of(other)
    if first is None or second is None:
        return None
    there = {one: _painted_as(one, second, other), other: _painted_as(other, first, one)}
    return replace(before, regions=tuple(there.get(each, each) for each in before.regions))


def _color_of(thing: Region) -> str | None:
    """The colour that a thing is described with, else the one that it is drawn in."""
    names = sorted(COLORS, key=len, reverse=True)
    described = (each for each in names if f" {each} " in thing.description.lower())
    return next(described, next((each for each in names if css(each) == thing.color), None))


def _painted_as(thing: Region, color: str, like: Region) -> Region:
    return replace(painted(thing, color), color=like.color, free_rgb=like.free_rgb)
