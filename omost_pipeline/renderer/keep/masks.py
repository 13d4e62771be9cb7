"""What an edit may change on a picture, cell by cell: what changed things covered and where they come, and a margin.

Where an outline is known, what a thing really covered counts, else its box. What nearer unchanged things cover stays,
but for a margin, because outlines are not that exact. Pure numpy on the latent's grid of cells; knows no model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from omost_pipeline.canvas.difference import Difference, Kind, RegionChange
from omost_pipeline.canvas.elements import Region
from omost_pipeline.canvas.vocabulary import GRID, Box

Mask = NDArray[np.bool_]
"""[h, w], a cell of the latent each."""

Outlines = Mapping[Region, Mask]
"""What regions of the earlier canvas really covered, as far as that is known."""

_IN_PLACE = frozenset((Kind.RECOLORED,))
"""Changes that keep a thing's shape: its outline is all that may change."""


@dataclass(frozen=True)
class Cells:
    """The size of a latent."""

    height: int
    width: int

    @property
    def all(self) -> Mask:
        return np.ones((self.height, self.width), dtype=np.bool_)

    @property
    def none(self) -> Mask:
        return np.zeros((self.height, self.width), dtype=np.bool_)


def change_mask(found: Difference, outlines: Outlines, cells: Cells, margin: int = 1) -> Mask:
    """[h, w]: the cells that a difference may change; all of them where the scene changed."""
    if found.scene:
        return cells.all
    mask = cells.none
    for change in found.changed:
        nearer = [
            outlines[before]
            for before, kinds in ((other.before, other.kinds) for other in found.regions)
            if before is not None and not kinds and before in outlines and _stands_before(before, change)
        ]
        stays = np.logical_or.reduce([cells.none, *(grown(each, -margin) for each in nearer)])
        mask |= _reach(change, outlines, cells, margin) & ~stays
    return mask


def covered_cells(box: Box, cells: Cells) -> Mask:
    """[h, w]: every cell that a box touches."""
    rows = _touched(box.top, box.bottom, cells.height)
    columns = _touched(box.left, box.right, cells.width)
    mask: Mask = rows[:, None] & columns[None, :]
    return mask


def grown(mask: Mask, by: int) -> Mask:
    """The mask and all cells within ``by`` of it, diagonals included; shrunk where ``by`` is negative."""
    if by < 0:
        return ~grown(~mask, -by)
    for _ in range(by):
        padded = np.pad(mask, 1)
        rows = padded[:-2] | padded[1:-1] | padded[2:]
        mask = rows[:, :-2] | rows[:, 1:-1] | rows[:, 2:]
    return mask


def depths(mask: Mask, most: int) -> NDArray[np.int64]:
    """[h, w]: how many cells, up to ``most``, each cell of the mask lies from what is outside; 0 there.

    The picture's edge is no outside.
    """
    found = mask.astype(np.int64)
    for by in range(1, most):
        found += ~grown(~mask, by)
    return found * mask


def kept_share(mask: Mask) -> float:
    """How much of the picture stays, 0…1."""
    return float(1 - mask.mean())


def _reach(change: RegionChange, outlines: Outlines, cells: Cells, margin: int) -> Mask:
    mask = cells.none
    before, after = change.before, change.after
    if before is not None:
        mask |= outlines[before] if before in outlines else covered_cells(before.box, cells)
    if after is not None and not (before in outlines and change.kinds <= _IN_PLACE):
        mask |= covered_cells(after.box, cells)
    return grown(mask, margin)


def _stands_before(unchanged: Region, change: RegionChange) -> bool:
    """Whether an unchanged thing is nearer than a changed one, in both canvases."""
    things = (each for each in (change.before, change.after) if each is not None)
    return unchanged.distance_to_viewer < min(each.distance_to_viewer for each in things)


def _touched(start: float, end: float, count: int) -> Mask:
    edges = np.arange(count + 1) * GRID / count
    touched: Mask = (edges[:-1] < end) & (edges[1:] > start)
    return touched
