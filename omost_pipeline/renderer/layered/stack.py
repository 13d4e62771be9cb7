"""A picture as layers: the scene alone, then each thing with its alpha, far to near; together they are the picture.

A layer keeps what was drawn, whole, and how it was changed since: moved, scaled, in another colour. So nothing is lost
however often it changes, not even what lies beyond the picture's edge meanwhile. Pure numpy; knows no model, no file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from PIL import Image

from omost_pipeline.canvas.vocabulary import GRID, Box, Rgb
from omost_pipeline.renderer.layered.matte import Pixels, over
from omost_pipeline.renderer.layered.palette import turned

_OPAQUE, _CUT = 128, 0.5
"""Alpha from which a pixel at the picture's edge may go on beyond it, and the share of a side of such from which it was
cut off there: less are feet."""

_LARGEST = 2.0
"""How many times as large as it was drawn a layer can become before it is to be drawn anew."""

_FEWEST = 16
"""Pixels with an alpha from which something was drawn at all."""


@dataclass(frozen=True)
class Pose:
    """What became of a layer since it was drawn: how far its middle has moved, in pixels, and how it was scaled.

    ``wider`` and ``taller``: its region's box now, as shares of the one that it was drawn in.
    """

    right: float = 0.0
    down: float = 0.0
    across: float = 1.0
    along: float = 1.0
    wider: float = 1.0
    taller: float = 1.0

    @classmethod
    def read(cls, numbers: Sequence[float]) -> Pose:
        """From a file; older ones know the first four numbers alone, and had boxes in the same proportions."""
        known = [float(each) for each in numbers]
        return cls(*known, *known[2:4]) if len(known) == 4 else cls(*known)


@dataclass(frozen=True)
class Placed:
    """A layer as it is seen: ``pixels`` [h, w, 4] whose upper left corner may lie outside the picture."""

    pixels: Pixels
    left: int
    top: int


@dataclass(frozen=True)
class Layer:
    """A thing as it was drawn: ``pixels`` [h, w, 4] at ``left`` and ``top``; and its pose and colours since.

    ``colors``: its region's colour when it was drawn, and now.
    """

    pixels: Pixels
    left: int
    top: int
    colors: tuple[Rgb, Rgb]
    pose: Pose = field(default_factory=Pose)

    @classmethod
    def of(cls, whole: Pixels, rgb: Rgb) -> Layer:
        """What has an alpha of a layer of the picture's size [H, W, 4]."""
        seen = whole[..., 3] > 0
        if not seen.any():
            return cls(np.zeros((1, 1, 4), np.uint8), 0, 0, (rgb, rgb))
        rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
        top, left = int(rows[0]), int(columns[0])
        return cls(whole[top : rows[-1] + 1, left : columns[-1] + 1].copy(), left, top, (rgb, rgb))

    @property
    def is_empty(self) -> bool:
        """Whether nothing of the thing was drawn."""
        return int((self.pixels[..., 3] > 0).sum()) < _FEWEST

    @property
    def is_too_large(self) -> bool:
        """Whether it would be seen that it was drawn smaller."""
        return max(self.pose.across, self.pose.along) > _LARGEST

    def at(self, before: Box, after: Box, size: tuple[int, int]) -> Layer:
        """Moved as its region's box moved, on a picture of a size (width, height), and as large as fits into the box.

        It keeps its proportions: a box that is only wider, or is cut off by the picture's edge, stretches nothing.
        """
        old, (height, width) = self.pose, self.pixels.shape[:2]
        wider, taller = old.wider * after.width / before.width, old.taller * after.height / before.height
        zoom = min(wider, taller) / min(old.wider, old.taller)
        unit = size[0] / GRID, size[1] / GRID
        right = _carried(self.left + width / 2 + old.right, _middle(before, unit)[0], _middle(after, unit)[0], zoom)
        down = _carried(self.top + height / 2 + old.down, _middle(before, unit)[1], _middle(after, unit)[1], zoom)
        pose = Pose(old.right + right, old.down + down, old.across * zoom, old.along * zoom, wider, taller)
        return replace(self, pose=pose)

    def colored(self, rgb: Rgb) -> Layer:
        """In another colour."""
        return replace(self, colors=(self.colors[0], rgb))

    @property
    def frame(self) -> tuple[int, int, int, int]:
        """Where it is seen, in pixels: left, top, width and height."""
        height, width = self.pixels.shape[:2]
        wide, high = max(round(width * self.pose.across), 1), max(round(height * self.pose.along), 1)
        left = round(self.left + self.pose.right + (width - wide) / 2)
        return left, round(self.top + self.pose.down + (height - high) / 2), wide, high

    def placed(self) -> Placed:
        """As it is seen."""
        pixels = self.pixels if self.colors[0] == self.colors[1] else turned(self.pixels, *self.colors)
        left, top, width, height = self.frame
        if (height, width) != pixels.shape[:2]:
            soft = Image.fromarray(pixels).convert("RGBa").resize((width, height), Image.Resampling.LANCZOS)
            pixels = np.asarray(soft.convert("RGBA"))
        return Placed(pixels, left, top)

    def is_cut(self, size: tuple[int, int]) -> bool:
        """Whether a side shows where the picture's edge cut it off when it was drawn: the rest of it is not known."""
        alpha, seen = self.pixels[..., 3] >= _OPAQUE, self.placed()
        first, last = ((alpha[at].mean() >= _CUT, alpha[:, at].mean() >= _CUT) for at in (0, -1))
        height, width = alpha.shape
        right, bottom = seen.left + seen.pixels.shape[1], seen.top + seen.pixels.shape[0]
        return bool(
            (self.left == 0 and seen.left > 0 and first[1])
            or (self.top == 0 and seen.top > 0 and first[0])
            or (self.left + width == size[0] and right < size[0] and last[1])
            or (self.top + height == size[1] and bottom < size[1] and last[0])
        )


@dataclass(frozen=True)
class Stack:
    """The scene alone [H, W, 3], and the layers of the canvas's regions, far to near."""

    background: Pixels
    layers: tuple[Layer, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.background.shape[1], self.background.shape[0]

    def picture(self) -> Image.Image:
        """What all of them show together."""
        pixels = self.background
        for layer in self.layers:
            pixels = before(layer.placed(), pixels)
        return Image.fromarray(pixels)


def alone_together(layers: Sequence[Layer], size: tuple[int, int]) -> Image.Image:
    """RGBA: layers, far to near, on a picture of a size (width, height) on which nothing is behind them."""
    whole = Image.new("RGBA", size)
    for layer in layers:
        seen, one = layer.placed(), Image.new("RGBA", size)
        one.paste(Image.fromarray(seen.pixels), (seen.left, seen.top))
        whole.alpha_composite(one)
    return whole


def before(layer: Placed, behind: Pixels) -> Pixels:
    """[H, W, 3]: a layer before what is behind it; the rest of it to the pixel as it was."""
    height, width = layer.pixels.shape[:2]
    top, left = max(layer.top, 0), max(layer.left, 0)
    bottom, right = min(layer.top + height, behind.shape[0]), min(layer.left + width, behind.shape[1])
    whole = behind.copy()
    if top < bottom and left < right:
        inside = layer.pixels[top - layer.top : bottom - layer.top, left - layer.left : right - layer.left]
        whole[top:bottom, left:right] = over(inside, behind[top:bottom, left:right])
    return whole


def _middle(box: Box, unit: tuple[float, float]) -> tuple[float, float]:
    """The middle of a box, in pixels of which so many are a cell of the grid, across and down."""
    return (box.left + box.right) / 2 * unit[0], (box.top + box.bottom) / 2 * unit[1]


def _carried(point: float, before: float, after: float, zoom: float) -> float:
    """How far a point moves with a box that is zoomed, whose middle was ``before`` and is ``after``."""
    return after + (point - before) * zoom - point
