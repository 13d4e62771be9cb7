"""Scenes and regions in the order in which they are read → one canvas.

A reply may hold its canvas in several pieces of code, or first a draft and then the canvas that is meant; it may hold
too many regions, and rectangles whose unit only all of them together tell. Knows no text.
"""

from __future__ import annotations

from dataclasses import dataclass

from omost_pipeline.canvas.boxes import CELLS, Rectangle, Unit, box_of, common_unit, on_grid
from omost_pipeline.canvas.elements import Canvas, Correction, GlobalDescription, Region, placed_at
from omost_pipeline.canvas.fields import excerpt, nearest_regions

_PER_CENT = 100.0
"""No larger number means anything but pixels."""


@dataclass(frozen=True)
class _Read:
    region: Region
    rectangle: Rectangle | None
    line: int


class Assembly:
    """Takes elements, gives the canvas so far. ``area`` is the piece of code in which something stands."""

    def __init__(self, size: tuple[float, float] | None = None) -> None:
        """``size``: the picture's width and height in pixels, where they are known."""
        self._size = size
        self.scene: GlobalDescription | None = None
        self.scene_area = 0
        self.begun = False
        self._read: list[_Read] = []
        self._again = False  # whether another canvas begins with the next scene
        self._stale = 0  # regions that belong to the scene before the present one
        self._before: tuple[GlobalDescription, list[_Read]] | None = None
        self._canvas: Canvas | None = None

    @property
    def canvas(self) -> Canvas | None:
        """The elements complete so far; None before the global description."""
        if self._canvas is None and self.scene is not None:
            self._canvas = Canvas(self.scene, self._kept()[0])
        return self._canvas

    @property
    def regions(self) -> tuple[Region, ...]:
        """The regions so far, without a scene, too."""
        return self._kept()[0] if self.canvas is None else self.canvas.regions

    def begin(self) -> None:
        """``canvas = Canvas()``: the first, or another one, which takes the first one's place once it has a scene."""
        self._again = self.begun
        self.begun = True

    def set_scene(self, scene: GlobalDescription, area: int) -> None:
        """The later scene holds; it begins another canvas where a canvas begins before it, or a piece of code."""
        if self.scene is not None and (self._again or area > self.scene_area):
            self._stale = len(self._read)
            self._before = (self.scene, list(self._read)) if self._again else None
        self.scene, self.scene_area, self._again = scene, area, False
        self._canvas = None

    def add_region(self, region: Region, rectangle: Rectangle | None, line: int, area: int) -> None:
        """One more region. Behind a scene that began another canvas the regions before that are gone."""
        if self._stale and area == self.scene_area:
            del self._read[: self._stale]
            self._stale, self._before = 0, None
        self._read.append(_Read(region, rectangle, line))
        self._canvas = None

    def finish(self, cut: bool) -> tuple[Correction, ...]:
        """Nothing more comes; tells what became of regions in other units and of those that are too many."""
        if self._stale and self._before is not None:
            if cut:  # the text ended before the other canvas had a region
                self.scene, self._read = self._before
            else:
                del self._read[: self._stale]
            self._stale, self._canvas = 0, None
        unit = self._unit()
        moved = [
            Correction(each.line, "bbox", excerpt(list(each.rectangle.numbers)), on_grid(box_of(each.rectangle, unit)))
            for each in self._read
            if each.rectangle is not None and (unit != CELLS or box_of(each.rectangle, unit) is None)
        ]
        return (*moved, *self._kept()[1])

    def _unit(self) -> Unit:
        rectangles = [each.rectangle for each in self._read if each.rectangle is not None]
        in_pixels = max((number for each in rectangles for number in each.numbers), default=0.0) > _PER_CENT
        return Unit(*self._size) if self._size is not None and in_pixels else common_unit(rectangles)

    def _kept(self) -> tuple[tuple[Region, ...], tuple[Correction, ...]]:
        unit = self._unit()
        regions = [_placed(each, unit) for each in self._read]
        kept, lost = nearest_regions(regions)
        notes = [
            Correction(self._read[number].line, "region", excerpt(regions[number].description), "nothing")
            for number in lost
        ]
        return tuple(regions[number] for number in kept), tuple(notes)


def _placed(read: _Read, unit: Unit) -> Region:
    place = None if read.rectangle is None else box_of(read.rectangle, unit)
    return read.region if place is None else placed_at(read.region, place)
