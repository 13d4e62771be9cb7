"""Edges of boxes on another whole-numbered scale ↔ edges on the grid. Knows no form and no canvas.

A cell of the grid is no whole number of thousandths or pixels, so it goes to the nearest one; read back, a number that
is the nearest one to a whole cell means that cell. So whole cells come back exactly, and so does every number.
"""

from __future__ import annotations

from dataclasses import astuple

from omost_pipeline.canvas.vocabulary import GRID, Box

Edges = tuple[int, int, int, int]
"""Left, top, right, bottom."""


def edges_of(place: Box, across: int, down: int) -> tuple[Edges, bool]:
    """The box in whole numbers, and whether each edge is one that reads back as it was.

    A sliver keeps the width of one step, so that every box stays one.
    """
    left, right = _span(place.left, place.right, across)
    top, bottom = _span(place.top, place.bottom, down)
    edges = left, top, right, bottom
    back = box_at(edges, across, down)
    return edges, back is not None and astuple(back) == astuple(place)


def box_at(edges: tuple[float, float, float, float], across: float, down: float) -> Box | None:
    """The box on the grid of four numbers, clipped to the picture; None if nothing is left of it."""
    left, right = sorted((_cells(edges[0], across), _cells(edges[2], across)))
    top, bottom = sorted((_cells(edges[1], down), _cells(edges[3], down)))
    return Box(left, top, right, bottom) if left < right and top < bottom else None


def _span(low: float, high: float, side: int) -> tuple[int, int]:
    first, last = round(low * side / GRID), round(high * side / GRID)
    if first < last:
        return first, last
    return (first, first + 1) if first < side else (side - 1, side)


def _cells(value: float, side: float) -> float:
    value = min(max(value, 0.0), side)
    cell = round(value * GRID / side)
    if side >= GRID and round(cell * side / GRID) == value:
        return cell
    return round(value * GRID / side, 9)
