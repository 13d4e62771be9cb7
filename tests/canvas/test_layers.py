"""Boxes, masks and colours on the 90 × 90 grid."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region
from omost_pipeline.canvas.layers import coarse_color_image, initial_color_image, region_mask
from omost_pipeline.canvas.vocabulary import AREAS, GRID, LOCATIONS, OFFSETS, Box, box

BOXES = [box(*names) for names in product(LOCATIONS, OFFSETS, AREAS)]


def region(location: str, area: str, distance: float, color: str) -> Region:
    return Region(location, "no offset", area, distance, "A thing", color=color)


def test_all_729_boxes_lie_on_the_grid_and_hold_something() -> None:
    assert len(BOXES) == 729
    for one in BOXES:
        assert 0 <= one.left < one.right <= GRID
        assert 0 <= one.top < one.bottom <= GRID


def test_boxes_are_centre_plus_offset_plus_minus_half_the_size_clipped() -> None:
    assert box("in the center", "no offset", "a small square area") == Box(20, 20, 70, 70)
    assert box("in the center", "slightly to the upper-left", "a medium-sized vertical area") == Box(10, 0, 60, 75)
    assert box("on the bottom-right", "slightly to the lower-right", "a small horizontal area") == Box(55, 65, 90, 90)


def test_a_mask_on_the_grid_is_the_box_itself() -> None:
    for one in BOXES:
        mask = region_mask(one, GRID, GRID)
        assert mask.sum() == one.width * one.height
        assert mask[one.top : one.bottom, one.left : one.right].all()


@pytest.mark.parametrize(
    "size", [(1, 1), (3, 2), (9, 7), (18, 14), (24, 24), (36, 28), (72, 56), (144, 112), (90, 200)]
)
def test_masks_are_resized_as_torch_resizes_nearest_exact(size: tuple[int, int]) -> None:
    torch = pytest.importorskip("torch")
    for one in BOXES[::37]:
        grid = torch.zeros(1, 1, GRID, GRID)
        grid[..., one.top : one.bottom, one.left : one.right] = 1
        expected = torch.nn.functional.interpolate(grid, size=size, mode="nearest-exact")[0, 0].bool().numpy()
        assert np.array_equal(region_mask(one, *size), expected)


def test_coarse_colours_lay_seven_tenths_of_the_nearer_over_the_farther() -> None:
    near = region("in the center", "a small square area", 1.0, "white")
    far = region("on the left", "a large vertical area", 5.0, "red")
    pixels = np.asarray(coarse_color_image(Canvas(GlobalDescription("x", color="black"), (near, far))))
    assert pixels.shape == (GRID, GRID, 3)
    assert pixels.dtype == np.uint8
    assert pixels[80, 80].tolist() == [0, 0, 0]
    assert pixels[5, 5].tolist() == [178, 0, 0]
    assert pixels[45, 60].tolist() == [178, 178, 178]
    assert pixels[45, 30].tolist() == [232, 178, 178]


def test_of_two_equally_far_regions_the_later_written_is_nearer() -> None:
    one, other = (region("in the center", "a small square area", 1.0, name) for name in ("white", "red"))
    pixels = np.asarray(coarse_color_image(Canvas(GlobalDescription("x", color="black"), (one, other))))
    assert pixels[45, 45].tolist() == [232, 54, 54]


def test_initial_colours_are_the_mean_of_their_neighbourhood_reflected_at_the_border() -> None:
    left = region("on the left", "a large vertical area", 1.0, "white")
    canvas = Canvas(GlobalDescription("x", color="black"), (left,))
    coarse = np.asarray(coarse_color_image(canvas), dtype=float)[..., 0]
    blurred = np.asarray(initial_color_image(canvas, GRID, GRID))[..., 0]
    assert abs(blurred[45, 45] - coarse[5:86, 5:86].mean()) <= 1
    reflected = np.concatenate((coarse[:, 40:0:-1], coarse[:, :41]), axis=1)
    assert abs(blurred[45, 0] - reflected[5:86].mean()) <= 1


def test_initial_colours_of_one_colour_stay_that_colour_at_any_size() -> None:
    image = initial_color_image(Canvas(GlobalDescription("x", color="tomato")), 64, 128)
    assert image.size == (64, 128)
    assert image.getcolors() == [(64 * 128, (255, 99, 71))]
