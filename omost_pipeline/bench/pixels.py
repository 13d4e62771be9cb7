"""What two pictures have in common, counted in pixels, and what drawing them ends with."""

from __future__ import annotations

import math
from collections.abc import Generator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.renderer.keep.earlier import Earlier
from omost_pipeline.renderer.protocol import Rendered, Step

Pixels = NDArray[np.float64]
Where = NDArray[np.bool_]
"""[H, W]: which pixels count."""


def last(drawing: Generator[Step | Rendered, None, None]) -> Rendered:
    """What a whole drawing comes to."""
    *_, end = drawing
    assert isinstance(end, Rendered)
    return end


def begun_with(canvas: Canvas, drawn: Rendered) -> Earlier:
    """What an edit of one drawn picture begins with: its latents, or its layers."""
    return Earlier(canvas, drawn.images[0], b"".join(drawn.remains), layers=b"".join(drawn.layers))


def pixels(picture: Image.Image) -> Pixels:
    """[H, W, 3] of 0…255."""
    return np.asarray(picture, dtype=np.float64)


def inside_of(edited: Rendered) -> Where:
    """Where an edit may have changed its picture: everywhere where it was drawn whole."""
    if edited.mask is None:
        width, height = edited.images[0].size
        return np.full((height, width), edited.whole is not None)
    return np.asarray(edited.mask) > 0


def same(one: Pixels, other: Pixels, where: Where) -> float:
    """The share of pixels that are identical."""
    return float((one == other).all(-1)[where].mean()) if where.any() else 1.0


def psnr(one: Pixels, other: Pixels, where: Where) -> float:
    """Peak signal to noise in dB; 99 where nothing differs."""
    error = float(np.square(one - other)[where].mean()) if where.any() else 0.0
    return 10 * math.log10(255**2 / error) if error else 99.0


def seam(edited: Pixels, whole: Pixels, inside: Where) -> float:
    """The mean step across the mask's edge, over that of the whole drawing at the same place."""
    steps: list[tuple[float, float]] = []
    for axis in (0, 1):
        crossing = np.diff(inside.astype(np.int8), axis=axis) != 0
        if crossing.any():
            pair = [np.abs(np.diff(each, axis=axis)).mean(-1)[crossing].sum() for each in (edited, whole)]
            steps.append((float(pair[0]), float(pair[1])))
    ours, theirs = (sum(each[number] for each in steps) for number in (0, 1))
    return ours / theirs if theirs else 1.0
