"""The words a canvas may use and the geometry they stand for: nine locations, offsets and areas on a 90 × 90 grid.

The tables are the single source of the names: the system prompt, the parser, the grammar and the trained models read
them from here. x grows to the right, y downwards. Knows nothing of canvases, text or pictures.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

from PIL import ImageColor

MethodName = Literal["score", "couple", "multidiffusion", "bounded", "mask", "guided", "grounded", "plain"]
"""How the regions of a canvas share a picture; :mod:`omost_pipeline.renderer.regions` says what each does."""

METHODS: tuple[MethodName, ...] = get_args(MethodName)

GRID = 90
"""Side of the square grid that boxes are given on, in grid units."""

LOCATIONS: MappingProxyType[str, tuple[int, int]] = MappingProxyType(
    {
        "in the center": (45, 45),
        "on the left": (15, 45),
        "on the right": (75, 45),
        "on the top": (45, 15),
        "on the bottom": (45, 75),
        "on the top-left": (15, 15),
        "on the top-right": (75, 15),
        "on the bottom-left": (15, 75),
        "on the bottom-right": (75, 75),
    }
)
"""Location name → centre (x, y) in grid units."""

OFFSETS: MappingProxyType[str, tuple[int, int]] = MappingProxyType(
    {
        "no offset": (0, 0),
        "slightly to the left": (-10, 0),
        "slightly to the right": (10, 0),
        "slightly to the upper": (0, -10),
        "slightly to the lower": (0, 10),
        "slightly to the upper-left": (-10, -10),
        "slightly to the upper-right": (10, -10),
        "slightly to the lower-left": (-10, 10),
        "slightly to the lower-right": (10, 10),
    }
)
"""Offset name → displacement (dx, dy) of the centre in grid units."""

AREAS: MappingProxyType[str, tuple[int, int]] = MappingProxyType(
    {
        "a small square area": (50, 50),
        "a small vertical area": (40, 60),
        "a small horizontal area": (60, 40),
        "a medium-sized square area": (60, 60),
        "a medium-sized vertical area": (50, 80),
        "a medium-sized horizontal area": (80, 50),
        "a large square area": (70, 70),
        "a large vertical area": (60, 90),
        "a large horizontal area": (90, 60),
    }
)
"""Area name → (width, height) in grid units."""

Rgb = tuple[int, int, int]
"""sRGB, 0…255 each."""

_NAVY_BLUE = (0, 0, 128)


def _css_colors() -> dict[str, tuple[int, int, int]]:
    colors: dict[str, tuple[int, int, int]] = {}
    for name in ImageColor.colormap:
        red, green, blue = ImageColor.getrgb(name)[:3]
        colors[name] = (red, green, blue)
    colors["navyblue"] = _NAVY_BLUE
    return colors


COLORS: MappingProxyType[str, Rgb] = MappingProxyType(_css_colors())
"""HTML colour name → sRGB (0…255): the CSS names, and ``navyblue``, which the Omost models also write."""


@dataclass(frozen=True)
class Box:
    """A rectangle on the grid: 0 ≤ left < right ≤ 90, 0 ≤ top < bottom ≤ 90."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top


def box(location: str, offset: str, area: str) -> Box:
    """The box of three vocabulary names: centre + offset ± half the size, clipped to the grid.

    Raises:
        KeyError: if a name is not in its table.
    """
    x, y = LOCATIONS[location]
    dx, dy = OFFSETS[offset]
    width, height = AREAS[area]
    left, top = x + dx - width // 2, y + dy - height // 2
    return Box(max(left, 0), max(top, 0), min(left + width, GRID), min(top + height, GRID))
