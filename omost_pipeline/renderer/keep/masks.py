"""What an edit may change on a picture, cell by cell: what changed things covered and where they come, and a margin.

Where an outline is known, what a thing really covered counts, else its box. What nearer unchanged things cover stays,
but for a margin, because outlines are not that exact; so does what farther ones cover, if the changed thing does not
come there after all (:func:`settled_mask`). Pure numpy on the latent's grid of cells; knows no model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from omost_pipeline.canvas.difference import ChangeKind, Difference, RegionChange
from omost_pipeline.canvas.elements import Region
from omost_pipeline.canvas.vocabulary import GRID, Box

Mask = NDArray[np.bool_]
"""[h, w], a cell of the latent each."""

Outlines = Mapping[Region, Mask]
"""What regions of the earlier canvas really covered, as far as that is known."""

_IN_PLACE = frozenset((ChangeKind.RECOLORED,))
"""Changes that keep a thing's shape: its outline is all that may change."""

IN_ORDER = frozenset((ChangeKind.NEARER, ChangeKind.FARTHER))
"""Changes that show only where a thing and another one that it passes cover each other."""

_HOLES = 0.25
"""Share of a thing that it may close in at most for that to be holes in what was found of it."""


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
        reach = _passed(change, found, outlines, cells) if change.kinds <= IN_ORDER else _reach(change, outlines, cells)
        mask |= grown(reach, margin) & ~stays
    return mask


def comes_again(found: Difference) -> tuple[Region, ...]:
    """The changed things, as they now are, that may cover less than they are free to."""
    return tuple(change.after for change in found.changed if change.after is not None and not change.kinds <= _IN_PLACE)


def unchanged_cells(found: Difference, outlines: Outlines, cells: Cells, margin: int = 1) -> Mask:
    """[h, w]: what unchanged things cover, but where changed ones were, and a margin around those."""
    mask, left = cells.none, cells.none
    for change in found.regions:
        if change.before is not None:
            if change.kinds:
                left |= _before(change.before, outlines, cells)
            elif change.before in outlines:
                mask |= outlines[change.before]
    return mask & ~grown(left, margin)


def settled_mask(mask: Mask, unchanged: Mask, come: Mask) -> Mask:
    """The mask without cells of unchanged things to which the changed ones, drawn by now, did not ``come``.

    Without a margin: outlines are wide rather than narrow, and beside what came the unchanged thing is drawn less well.
    """
    return mask & ~(unchanged & ~come)


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


def reached(start: Mask, free: Mask) -> Mask:
    """[h, w]: the free cells that can be reached from the first ones over free ones, side by side."""
    found, rows, columns = start & free, _runs(free), _runs(free.T)
    while True:
        wider = _filled_runs(found, rows) & free
        wider = _filled_runs(wider.T, columns).T & free
        if (wider == found).all():
            return found
        found = wider


def filled(mask: Mask) -> Mask:
    """The mask and what it closes in on all sides; the picture's edge closes nothing in."""
    free = np.pad(~mask, 1, constant_values=True)
    outside = np.zeros_like(free)
    outside[0] = True
    return ~reached(outside, free)[1:-1, 1:-1]


def without_holes(mask: Mask) -> Mask:
    """The mask of one thing, which attention finds in patches, with its holes; what a ring goes around is no hole."""
    whole = filled(mask)
    return whole if (whole & ~mask).sum() <= _HOLES * mask.sum() else mask


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


def _reach(change: RegionChange, outlines: Outlines, cells: Cells) -> Mask:
    mask = cells.none
    before, after = change.before, change.after
    if before is not None:
        mask |= _before(before, outlines, cells)
    if after is not None and not (before in outlines and change.kinds <= _IN_PLACE):
        mask |= covered_cells(after.box, cells)
    return mask


def _before(region: Region, outlines: Outlines, cells: Cells) -> Mask:
    return outlines[region] if region in outlines else covered_cells(region.box, cells)


def _passed(change: RegionChange, found: Difference, outlines: Outlines, cells: Cells) -> Mask:
    """Where a thing that only came nearer, or went farther, meets those that it passed."""
    mask = cells.none
    assert change.before is not None, "it was there before"
    for other in found.regions:
        if other.before is not None and other is not change and _passes(change, other):
            pair = change.before, other.before
            hidden, nearer = pair if ChangeKind.NEARER in change.kinds else pair[::-1]
            mask |= covered_cells(hidden.box, cells) & _before(nearer, outlines, cells)
    return mask


def _passes(change: RegionChange, other: RegionChange) -> bool:
    """Whether two things of both canvases stand in another order than before."""
    if change.after is None or change.before is None or other.after is None or other.before is None:
        return False
    before = change.before.distance_to_viewer - other.before.distance_to_viewer
    after = change.after.distance_to_viewer - other.after.distance_to_viewer
    return (before > 0, before < 0) != (after > 0, after < 0)


def _stands_before(unchanged: Region, change: RegionChange) -> bool:
    """Whether an unchanged thing is nearer than a changed one, in both canvases."""
    things = (each for each in (change.before, change.after) if each is not None)
    return unchanged.distance_to_viewer < min(each.distance_to_viewer for each in things)


def _runs(free: Mask) -> NDArray[np.intp]:
    """[h, w]: a number for each run of free cells in a row, and for the cell before it; no other row has it."""
    height, width = free.shape
    runs: NDArray[np.intp] = (~free).cumsum(1) + np.arange(height)[:, None] * (width + 1)
    return runs


def _filled_runs(found: Mask, runs: NDArray[np.intp]) -> Mask:
    """The runs in which there is any cell found."""
    holds = np.zeros(runs.max() + 1, np.bool_)
    holds[runs[found]] = True
    spread: Mask = holds[runs]
    return spread


def _touched(start: float, end: float, count: int) -> Mask:
    edges = np.arange(count + 1) * GRID / count
    touched: Mask = (edges[:-1] < end) & (edges[1:] > start)
    return touched
