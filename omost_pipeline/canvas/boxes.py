"""Rectangles as people and programs write them → boxes on the grid, and the names that stand nearest to a box.

A rectangle comes as four numbers, a mapping or a text, in cells of the grid, parts of one, per cent or pixels; which,
only all rectangles of a canvas together can tell. Knows no canvas.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from fractions import Fraction
from functools import cache
from itertools import product

from omost_pipeline.canvas.vocabulary import AREAS, GRID, LOCATIONS, OFFSETS, Box, box

Names = tuple[str, str, str]
"""Location, offset and area."""

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)")
_PICTURES = (256, 384, 512, 640, 768, 832, 896, 1024, 1152, 1216, 1280, 1344, 1536, 1920, 2048)
"""Sides that pictures have, in pixels."""
_PARTNERS = {1152: 896, 1216: 832, 1344: 768, 1536: 640, 1280: 720, 1920: 1080}
"""The other side of a picture that is no square, by the longer one."""
_CORNERS = (("left", "top", "right", "bottom"), ("x1", "y1", "x2", "y2"), ("xmin", "ymin", "xmax", "ymax"))
_EXTENTS = (("x", "y", "width", "height"), ("x", "y", "w", "h"), ("left", "top", "width", "height"))


@dataclass(frozen=True)
class Rectangle:
    """Four numbers as they were written: the upper left corner, and width and height, or the lower right ``corner``."""

    numbers: tuple[float, float, float, float]
    corner: bool = False


@dataclass(frozen=True)
class Unit:
    """What a canvas's rectangles count in: ``across`` and ``down`` are the whole picture's sides."""

    across: float
    down: float
    corners: bool = False
    """Whether the last two numbers are a corner after all."""


CELLS = Unit(GRID, GRID)
SIDES = frozenset(name for names in (*_CORNERS, *_EXTENTS) for name in names)
"""Names under which a rectangle's numbers stand each by itself."""


def read_rectangle(value: object) -> Rectangle | None:
    """The rectangle that ``value`` says; None if it says none."""
    if isinstance(value, Mapping):
        return _by_name({str(key).lower(): number for key, number in value.items()})
    if isinstance(value, str):
        value = [float(each) for each in _NUMBER.findall(value[:200])]
    if not isinstance(value, Sequence) or len(value) != 4 or not all(map(_is_number, value)):
        return None
    x, y, width, height = map(float, value)
    return Rectangle((x, y, width, height))


def by_corners(value: object) -> object:
    """Four numbers that are known to be two corners, as a value that says so; anything else as it is."""
    if isinstance(value, str):
        value = [float(each) for each in _NUMBER.findall(value[:200])]
    flat = isinstance(value, Sequence) and len(value) == 4
    return dict(zip(_CORNERS[0], value, strict=True)) if flat and isinstance(value, Sequence) else value


def common_unit(rectangles: Sequence[Rectangle]) -> Unit:
    """What all these count in: parts of one, cells, per cent, or pixels of the smallest usual picture around them."""
    most = max((number for each in rectangles for number in each.numbers), default=0.0)
    side = next((side for side in (1.0, float(GRID), 100.0) if most <= side), 0.0)
    reach = [_reach(each) for each in rectangles]
    across, down = max((x for x, _ in reach), default=0.0), max((y for _, y in reach), default=0.0)
    corners = side > 0 and max(across, down) > side * 1.001 and all(_are_corners(each) for each in rectangles)
    if side and (corners or max(across, down) <= side * 1.25):  # a little beyond the edge is a slip
        return Unit(side, side, corners)
    if side and max(across, down) <= 100:
        return Unit(100, 100)
    return Unit(*_picture(across, down))


def box_of(rectangle: Rectangle, unit: Unit = CELLS) -> Box | None:
    """The box on the grid, clipped to it; None if nothing is left of it."""
    x, y, third, fourth = (Fraction(str(number)) for number in rectangle.numbers)  # .1 + .2 are .3
    if not (rectangle.corner or unit.corners):
        third, fourth = x + third, y + fourth
    left, right = (_cells(each, unit.across) for each in (x, third))
    top, bottom = (_cells(each, unit.down) for each in (y, fourth))
    return Box(left, top, right, bottom) if left < right and top < bottom else None


def on_grid(place: Box | None) -> str:
    """A box in words, for corrections."""
    if place is None:
        return "nothing"
    left, top, right, bottom = (f"{edge:.4g}" for edge in astuple(place))
    return f"{left} to {right} across and {top} to {bottom} down, of {GRID}"


@cache
def nearest_names(place: Box) -> Names:
    """The names whose box has most in common with ``place``; of several those with the smallest offset.

    Where boxes overlap equally (not at all, for a sliver), the centres' distance decides.
    """
    return max(_boxes(), key=lambda names: (_likeness(_boxes()[names], place), -_apart(_boxes()[names], place)))


def _cells(value: Fraction, side: float) -> float:
    cells = float(min(max(value * GRID / Fraction(side), Fraction(0)), Fraction(GRID)))
    if side != GRID:
        cells = round(cells, 9)  # a ninth or a third as a float is not quite one
    return int(cells) if cells.is_integer() else cells


def _by_name(numbers: Mapping[str, object]) -> Rectangle | None:
    for names, corner in (*((each, True) for each in _CORNERS), *((each, False) for each in _EXTENTS)):
        values = [numbers.get(name) for name in names]
        if (found := read_rectangle(values)) is not None:
            return Rectangle(found.numbers, corner)
    return None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _reach(rectangle: Rectangle) -> tuple[float, float]:
    x, y, third, fourth = rectangle.numbers
    return (third, fourth) if rectangle.corner else (x + third, y + fourth)


def _are_corners(rectangle: Rectangle) -> bool:
    x, y, right, bottom = rectangle.numbers
    return x < right and y < bottom


def _picture(across: float, down: float) -> tuple[float, float]:
    """Width and height of the usual picture that goes as far: a square, unless something says that it is none."""
    reach = max(across, down)
    longer = next((side for side in _PICTURES if reach <= side), reach)
    other = min(across, down)
    partner = _PARTNERS.get(int(longer), 0)
    if other <= partner:
        shorter: float = partner
    else:
        shorter = other if other in _PICTURES and other * 2 > longer else longer
    return (longer, shorter) if across >= down else (shorter, longer)


@cache
def _boxes() -> dict[Names, Box]:
    """Location, offset and area → box; of names for the same box, those with the smallest offset come first."""
    return {
        (location, offset, area): box(location, offset, area)
        for offset, location, area in product(OFFSETS, LOCATIONS, AREAS)
    }


def _likeness(known: Box, place: Box) -> float:
    """What two boxes share over what they cover together, 0…1."""
    height = min(known.bottom, place.bottom) - max(known.top, place.top)
    width = min(known.right, place.right) - max(known.left, place.left)
    shared = max(height, 0) * max(width, 0)
    return shared / (known.width * known.height + place.width * place.height - shared)


def _apart(known: Box, place: Box) -> float:
    across = known.left + known.right - place.left - place.right
    down = known.top + known.bottom - place.top - place.bottom
    return math.hypot(across, down)
