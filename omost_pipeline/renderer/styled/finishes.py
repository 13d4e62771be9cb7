"""A finished picture in another style: pure functions of its pixels, each of which depends on its neighbourhood alone.

So where two pictures are the same, they are the same in a style, but for a few pixels around what differs. Lengths go
with the picture's size: a style looks the same at 256 pixels and at 1024. Knows no model.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Finish = Callable[[Image.Image], Image.Image]
"""RGB to RGB, of the same size."""

_Field = NDArray[np.floating[Any]]

_UNIT = 256
"""The side of a picture at which lengths here are pixels."""

_CELLS = 64
"""Pixels of pixel art along its longer side."""

_LEVELS = 8
"""Of each channel in pixel art."""

_PAPER = np.array([252, 249, 240], np.float32)
_INK = np.array([28, 26, 34], np.float32)


def finish_of(tags: str) -> Finish | None:
    """The style that a scene's tags ask for; None where they name none of these."""
    said = tags.lower()
    return next((finish for words, finish in FINISHES.items() if re.search(words, said)), None)


def pixelated(image: Image.Image) -> Image.Image:
    """Large pixels of few colours, dark where a thing begins."""
    longest = max(image.size)
    small = tuple(max(round(side * _CELLS / longest), 1) for side in image.size)
    cells = np.asarray(image.resize((small[0], small[1]), Image.Resampling.BOX), np.float32)
    outlined = cells * (1 - 0.45 * np.clip(_slope(cells) / 90 - 0.35, 0, 1))[..., None]
    levels = np.round(outlined / 255 * (_LEVELS - 1))
    return _image(levels * 255 / (_LEVELS - 1)).resize(image.size, Image.Resampling.NEAREST)


def inked(image: Image.Image) -> Image.Image:
    """Black outlines and hatching over a light wash (differences of Gaussians: Winnemöller 2012)."""
    unit = _unit(image)
    grey = image.convert("L")
    fine, coarse = (_blurred(grey, sigma * unit) for sigma in (0.8, 1.9))
    lines = np.clip((coarse - fine - 2.0) / 9, 0, 1)
    wash = _PAPER + (np.asarray(image.filter(ImageFilter.GaussianBlur(1.2 * unit)), np.float32) - _PAPER) * 0.38
    rows, columns = np.indices(grey.size[::-1])
    strokes = [np.abs((rows * up + columns) / unit % 6 - 3) < 0.8 for up in (1, -1)]
    for stroke, darkest in zip(strokes, (105, 60), strict=True):
        shade = np.clip((darkest - coarse) / 40, 0, 1) * stroke
        lines = np.maximum(lines, 0.75 * shade)
    return _image(wash + (_INK - wash) * lines[..., None])


def watercolored(image: Image.Image) -> Image.Image:
    """Soft washes with darker edges on grained paper."""
    unit = _unit(image)
    size = _odd(2.5 * unit)
    soft = image.filter(ImageFilter.MedianFilter(size)).filter(ImageFilter.GaussianBlur(0.7 * unit))
    pixels = _shaken(np.asarray(soft, np.float32), 2.2 * unit)
    density = -np.log(np.clip(pixels, 4, 255) / 255) * 0.72
    edge = np.clip(_slope(pixels) / (110 / unit), 0, 1)
    blotches, grain = _noise(image.size, 20), _noise(image.size, 128)
    density *= (1 + 0.45 * edge + 0.22 * blotches + 0.13 * grain)[..., None]
    return _image(np.exp(-density) * _PAPER * (1 - 0.02 * np.abs(grain))[..., None])


def flattened(image: Image.Image) -> Image.Image:
    """Clear areas of one colour each."""
    size = _odd(2.5 * _unit(image))
    soft = image.filter(ImageFilter.MedianFilter(size)).filter(ImageFilter.MedianFilter(size))
    pixels = np.asarray(soft, np.float32)
    light = pixels.mean(-1, keepdims=True)
    banded = (np.round(light / 255 * 6) * 255 / 6).clip(24, 250)
    return _image(banded + (pixels - light) * 1.25)


FINISHES: MappingProxyType[str, Finish] = MappingProxyType(
    {
        r"pixel|voxel|\b8.?bit|\blego|mosaic|cross.stitch|embroider|knit": pixelated,
        r"\bink|line art|line drawing|sketch|pencil|etching|engraving|woodcut|linocut|manga|comic|charcoal|blueprint|"
        r"tattoo|marker": inked,
        r"water.?colou?r|gouache|pastel|paint|\boil\b|impressionis|expressionis|fresco|chalk|crayon|storybook|"
        r"illustration|ukiyo|block ?print|baroque|fairy": watercolored,
        r"\bflat|vector|\bicon|sticker|poster|print|paper|collage|pop art|cartoon|anime|deco|nouveau|minimal|felt|"
        r"origami|stained glass|cubis|low poly|graffiti|isometric": flattened,
    }
)
"""Words of tags (a regular expression) → the style nearest to them; the first that fits is taken."""


def _unit(image: Image.Image) -> float:
    return max(image.size) / _UNIT


def _odd(length: float) -> int:
    """The size of a median filter about so long to each side, which is odd."""
    return 2 * max(round(length / 2), 1) + 1


def _blurred(grey: Image.Image, sigma: float) -> _Field:
    return np.asarray(grey.filter(ImageFilter.GaussianBlur(sigma)), np.float32)


def _slope(pixels: _Field) -> _Field:
    """[H, W]: how much a pixel differs from those below it and to its right, by its strongest channel."""
    down = np.abs(np.diff(pixels, axis=0, append=pixels[-1:])).max(-1)
    right = np.abs(np.diff(pixels, axis=1, append=pixels[:, -1:])).max(-1)
    found: _Field = np.maximum(down, right)
    return found


@lru_cache(maxsize=16)
def _noise(size: tuple[int, int], cells: int, seed: int = 1) -> _Field:
    """[H, W], about -1 to 1: the same at every place of every picture of a size, of ``cells`` bumps a side."""
    coarse = np.random.default_rng(seed).uniform(-1, 1, (cells, cells)).astype(np.float32)
    return np.asarray(Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC))


def _shaken(pixels: _Field, most: float) -> _Field:
    """[H, W, 3]: every pixel from up to ``most`` pixels away, as a hand shakes."""
    height, width = pixels.shape[:2]
    rows, columns = np.indices((height, width))
    up, along = (_noise((width, height), 32, seed) * most for seed in (2, 3))
    shaken: _Field = pixels[
        np.clip(np.round(rows + up), 0, height - 1).astype(np.intp),
        np.clip(np.round(columns + along), 0, width - 1).astype(np.intp),
    ]
    return shaken


def _image(pixels: _Field) -> Image.Image:
    return Image.fromarray(np.clip(np.round(pixels), 0, 255).astype(np.uint8))
