"""The part of a picture worth computing, a window around what changes with enough around it, and the canvas in it.

Pure; knows cells and boxes, and no model.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from omost_pipeline.canvas.elements import Canvas, Region
from omost_pipeline.canvas.vocabulary import GRID, Box
from omost_pipeline.renderer.keep.masks import Cells, Mask

_WHOLE = 0.8
"""Share of a picture from which a window saves too little to be worth its missing surroundings."""


@dataclass(frozen=True)
class Window:
    """Cells from ``top`` to before ``bottom`` and from ``left`` to before ``right``, of a latent of ``cells``."""

    left: int
    top: int
    right: int
    bottom: int
    cells: Cells

    @property
    def size(self) -> Cells:
        return Cells(self.bottom - self.top, self.right - self.left)

    @property
    def is_whole(self) -> bool:
        return self.size == self.cells

    @property
    def rows(self) -> slice:
        return slice(self.top, self.bottom)

    @property
    def columns(self) -> slice:
        return slice(self.left, self.right)


def window_around(mask: Mask, unit: int, context: int, smallest: int) -> Window:
    """The smallest window that holds the mask with ``context`` cells on each side, as far as the picture reaches.

    Its sides are multiples of ``unit`` cells, ``smallest`` or more; it is the whole picture where it saves little, or
    where nothing is masked.
    """
    cells = Cells(*mask.shape)
    whole = Window(0, 0, cells.width, cells.height, cells)
    if not mask.any():
        return whole
    top, bottom = _span(np.flatnonzero(mask.any(1)), cells.height, unit, context, smallest)
    left, right = _span(np.flatnonzero(mask.any(0)), cells.width, unit, context, smallest)
    window = Window(left, top, right, bottom, cells)
    saved = window.size.height * window.size.width
    return window if saved < _WHOLE * cells.height * cells.width else whole


def canvas_in(canvas: Canvas, window: Window) -> Canvas:
    """The canvas as the window shows it: boxes on the window's own grid, without the regions that lie outside."""
    if window.is_whole:
        return canvas
    seen = ((region, _box_in(region.box, window)) for region in canvas.regions)
    return Canvas(canvas.scene, tuple(_at(region, place) for region, place in seen if place is not None))


def _span(
    found: np.ndarray[tuple[int], np.dtype[np.int64]], count: int, unit: int, context: int, smallest: int
) -> tuple[int, int]:
    first, last = max(int(found[0]) - context, 0), min(int(found[-1]) + 1 + context, count)
    length = min(-(-max(last - first, smallest) // unit) * unit, count)
    start = min(max((first + last - length) // 2, 0), count - length)
    return start, start + length


def _at(region: Region, place: Box) -> Region:
    return replace(region, free_box=place)


def _box_in(box: Box, window: Window) -> Box | None:
    left, right = (_inside(x, window.cells.width, window.left, window.right) for x in (box.left, box.right))
    top, bottom = (_inside(y, window.cells.height, window.top, window.bottom) for y in (box.top, box.bottom))
    return Box(left, top, right, bottom) if left < right and top < bottom else None


def _inside(edge: float, count: int, start: int, end: int) -> float:
    return min(max((edge * count / GRID - start) * GRID / (end - start), 0.0), float(GRID))
