"""Boxes as pixels: region masks at any size, and the coarse colour image that can serve as an initial latent.

Everything here is omost-facts §2 in numpy and Pillow; knows no torch and no models.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.canvas.vocabulary import GRID, Box

BLUR_RADIUS = 40
"""Radius of the mean filter over the coarse colour image, in grid units."""

_COVER = 0.7  # how much of a region's colour stands over what is below it


def region_mask(box: Box, height: int, width: int) -> NDArray[np.bool_]:
    """Which of height × width pixels have their centre in the box.

    For a box of whole cells that is its mask on the grid, resized as ``interpolate(mode="nearest-exact")`` does.
    At a coarse level a mask may be empty; the caller decides what that means.
    """
    rows, columns = _centers(height), _centers(width)
    inside_rows = (box.top <= rows) & (rows < box.bottom)
    inside_columns = (box.left <= columns) & (columns < box.right)
    mask: NDArray[np.bool_] = inside_rows[:, None] & inside_columns[None, :]
    return mask


def coarse_color_image(canvas: Canvas) -> Image.Image:
    """The canvas's colours on the 90 × 90 grid (RGB): the global colour, then far to near 0.7 of each region's."""
    return Image.fromarray(_coarse_colors(canvas).round().astype(np.uint8))


def initial_color_image(canvas: Canvas, width: int, height: int) -> Image.Image:
    """The coarse colours blurred (mean filter, reflect padding) and resized to width × height pixels (RGB)."""
    blurred = _mean_filter(_mean_filter(_coarse_colors(canvas), 0), 1)
    image = Image.fromarray(blurred.round().clip(0, 255).astype(np.uint8))
    return image.resize((width, height), Image.Resampling.BILINEAR)


def _centers(size: int) -> NDArray[np.float32]:
    """Where on the grid the centre of each of ``size`` pixels lies."""
    scale = np.float64(np.float32(GRID) / np.float32(size))  # in the precisions that torch uses, or ties differ
    centers: NDArray[np.float32] = ((np.arange(size) + 0.5) * scale).astype(np.float32)
    return np.minimum(centers, np.nextafter(np.float32(GRID), np.float32(0)))


def _coarse_colors(canvas: Canvas) -> NDArray[np.float64]:
    colors = np.full((GRID, GRID, 3), canvas.scene.rgb, dtype=np.float64)
    for region in canvas.far_to_near():
        inside = region_mask(region.box, GRID, GRID)
        colors[inside] = _COVER * np.array(region.rgb) + (1 - _COVER) * colors[inside]
    return colors


def _mean_filter(colors: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    """The mean over ``2 · BLUR_RADIUS + 1`` neighbours along one axis; the border row is not repeated ("reflect")."""
    padding = [(0, 0)] * colors.ndim
    padding[axis] = (BLUR_RADIUS, BLUR_RADIUS)
    padded = np.pad(colors, padding, mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * BLUR_RADIUS + 1, axis=axis)
    mean: NDArray[np.float64] = windows.mean(axis=-1)
    return mean
