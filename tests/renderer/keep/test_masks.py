"""What an edit may change: outlines and boxes, less what stands before them, and the window around it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from omost_pipeline.canvas.difference import difference
from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region, placed_at
from omost_pipeline.canvas.vocabulary import GRID, Box
from omost_pipeline.renderer.keep.masks import (
    Cells,
    Mask,
    change_mask,
    comes_again,
    covered_cells,
    depths,
    filled,
    grown,
    reached,
    settled_mask,
    unchanged_cells,
    without_holes,
)
from omost_pipeline.renderer.keep.windows import canvas_in, window_around

CELLS = Cells(18, 18)
"""Five grid units a side each."""
BASE = Region("on the left", "no offset", "a small square area", 5.0, "A house.", color="red")
HOUSE = placed_at(BASE, Box(10, 10, 50, 60))
DOG = replace(placed_at(BASE, Box(30, 30, 80, 80)), description="A dog.", distance_to_viewer=2.0)
MEADOW = GlobalDescription("A meadow.")
CANVAS = Canvas(MEADOW, (HOUSE, DOG))


def mask_of(after: Canvas, outlines: dict[Region, Mask] | None = None) -> Mask:
    return change_mask(difference(CANVAS, after), outlines or {}, CELLS, 1)


def cells_of(*box: int) -> Mask:
    return covered_cells(Box(*box), CELLS)


def test_nothing_and_everything() -> None:
    assert not mask_of(CANVAS).any()
    assert mask_of(replace(CANVAS, scene=GlobalDescription("A beach."))).all()


def test_without_outlines_boxes_and_a_margin_may_change() -> None:
    blue = Canvas(MEADOW, (replace(HOUSE, color="blue"), DOG))
    assert (mask_of(blue) == cells_of(5, 5, 55, 65)).all()
    moved = Canvas(MEADOW, (placed_at(HOUSE, Box(50, 10, 90, 60)), DOG))
    assert (mask_of(moved) == (cells_of(5, 5, 55, 65) | cells_of(45, 5, 90, 65))).all()
    gone = Canvas(MEADOW, (DOG,))
    assert (mask_of(gone) == cells_of(5, 5, 55, 65)).all()


def test_an_outline_counts_in_a_boxs_place_where_the_shape_stays() -> None:
    outlines = {HOUSE: cells_of(20, 20, 40, 50)}
    blue = Canvas(MEADOW, (replace(HOUSE, color="blue"), DOG))
    assert (mask_of(blue, outlines) == cells_of(15, 15, 45, 55)).all()
    castle = Canvas(MEADOW, (replace(HOUSE, description="A castle."), DOG))
    assert (mask_of(castle, outlines) == cells_of(5, 5, 55, 65)).all(), "the castle may fill its box"


def test_what_a_nearer_thing_covers_stays_and_what_a_farther_one_covers_does_not() -> None:
    outlines = {DOG: cells_of(30, 30, 80, 80), HOUSE: cells_of(10, 10, 50, 60)}
    blue = Canvas(MEADOW, (replace(HOUSE, color="blue"), DOG))
    assert not (mask_of(blue, outlines) & grown(outlines[DOG], -1)).any()
    black = Canvas(MEADOW, (HOUSE, replace(DOG, color="black")))
    assert (mask_of(black, outlines) == cells_of(25, 25, 85, 85)).all()


def test_a_thing_that_comes_nearer_changes_the_picture_only_where_it_passes_another() -> None:
    nearer = Canvas(MEADOW, (replace(HOUSE, distance_to_viewer=1.0), DOG))
    assert (mask_of(nearer) == cells_of(25, 25, 55, 65)).all(), "where both boxes meet, and a margin"
    outlines = {DOG: cells_of(40, 40, 80, 80)}
    assert (mask_of(nearer, outlines) == cells_of(35, 35, 55, 65)).all(), "the dog covered no more of the house"
    assert not mask_of(Canvas(MEADOW, (replace(HOUSE, distance_to_viewer=4.0), DOG))).any(), "it passed nothing"


def test_what_a_farther_thing_covers_is_as_it_was_where_the_changed_one_did_not_come() -> None:
    house = cells_of(10, 10, 50, 60)
    outlines = {HOUSE: house, DOG: cells_of(60, 60, 80, 80)}
    cat = replace(DOG, description="A cat.")
    found = difference(CANVAS, Canvas(MEADOW, (HOUSE, cat)))
    mask = change_mask(found, outlines, CELLS, 1)
    assert (mask & house).any(), "the cat may fill its box"
    assert comes_again(found) == (cat,)
    unchanged = unchanged_cells(found, outlines, CELLS)
    come = cells_of(60, 30, 80, 80)
    settled = settled_mask(mask, unchanged, come)
    assert not (settled & house).any()
    assert (settled == mask & ~house).all(), "all else is as it was drawn"
    everywhere = settled_mask(mask, unchanged, cells_of(30, 30, 80, 80))
    assert (everywhere == mask & ~(house & ~cells_of(30, 30, 80, 80))).all(), "what it covers is the cat's"


def test_a_thing_that_keeps_its_shape_takes_back_nothing() -> None:
    found = difference(CANVAS, Canvas(MEADOW, (replace(HOUSE, color="blue"), DOG)))
    assert comes_again(found) == ()
    behind = unchanged_cells(found, {DOG: cells_of(30, 30, 80, 80), HOUSE: cells_of(10, 10, 40, 40)}, CELLS)
    assert not (behind & cells_of(10, 10, 45, 45)).any(), "what the house covered is open"


MASKS = st.builds(
    lambda left, top, width, height: covered_cells(Box(left, top, min(left + width, 90), min(top + height, 90)), CELLS),
    st.integers(0, 85),
    st.integers(0, 85),
    st.integers(1, 90),
    st.integers(1, 90),
)


@given(MASKS, st.sampled_from([1, 2, 4]), st.integers(0, 4), st.sampled_from([1, 4, 8]))
def test_a_window_holds_the_mask_and_its_surroundings(mask: Mask, unit: int, context: int, smallest: int) -> None:
    window = window_around(mask, unit, context, smallest)
    assert mask[window.rows, window.columns].sum() == mask.sum()
    around = grown(mask, context)
    assert around[window.rows, window.columns].sum() == around.sum()
    for side in (window.size.height, window.size.width):
        assert side == 18 or (side % unit == 0 and side >= smallest)


@given(MASKS, st.integers(0, 89), st.integers(0, 89), st.integers(1, 90), st.integers(1, 90))
def test_in_a_window_boxes_lie_where_they_lie_in_the_picture(
    mask: Mask, left: int, top: int, right: int, bottom: int
) -> None:
    box = Box(left, top, max(right, left + 1), max(bottom, top + 1))
    window = window_around(mask, 2, 1, 4)
    seen = canvas_in(Canvas(MEADOW, (placed_at(BASE, box),)), window)
    whole = covered_cells(box, CELLS)[window.rows, window.columns]
    if not seen.regions:
        assert not whole.any()
        return
    [region] = seen.regions
    inside = covered_cells(region.box, window.size)
    assert 0 <= region.box.left < region.box.right <= GRID
    assert (inside & whole).sum() == whole.sum()
    assert inside.sum() <= grown(whole, 1).sum()


def test_depths_count_from_what_is_outside_and_not_from_the_pictures_edge() -> None:
    mask = np.ones((1, 6), dtype=np.bool_)
    mask[0, 0] = False
    assert depths(mask, 4).tolist() == [[0, 1, 2, 3, 4, 4]]


FLAGS = st.lists(st.lists(st.booleans(), min_size=9, max_size=9), min_size=7, max_size=7).map(np.array)


@given(FLAGS, FLAGS)
def test_what_is_reached_goes_from_neighbour_to_neighbour(start: Mask, free: Mask) -> None:
    found, waiting = set[tuple[int, int]](), [tuple(each) for each in np.argwhere(start & free)]
    while waiting:
        row, column = waiting.pop()
        inside = 0 <= row < free.shape[0] and 0 <= column < free.shape[1]
        if inside and free[row, column] and (row, column) not in found:
            found.add((row, column))
            waiting += [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)]
    assert set(map(tuple, np.argwhere(reached(start, free)))) == found


def test_a_thing_has_no_holes_and_what_a_ring_goes_around_is_not_the_rings() -> None:
    thing, belly = cells_of(20, 20, 60, 60), cells_of(35, 35, 45, 45)
    assert (without_holes(thing & ~belly) == thing).all()
    ring = thing & ~grown(thing, -2)
    assert (without_holes(ring) == ring).all()
    assert (filled(ring) == thing).all()
    at_edge = cells_of(0, 20, 20, 60) & ~cells_of(0, 30, 10, 50)
    assert (filled(at_edge) == at_edge).all(), "the picture's edge closes nothing in"
