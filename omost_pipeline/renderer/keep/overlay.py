"""What an edit may change, to look at: the picture with what is kept dimmed, and a line around the rest.

Pure pictures; knows no model.
"""

from __future__ import annotations

import io
import json
from dataclasses import asdict

import numpy as np
from PIL import Image, ImageFilter
from PIL.PngImagePlugin import PngInfo

from omost_pipeline.canvas.difference import difference
from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.renderer.keep.earlier import KeepOptions, Recomposed
from omost_pipeline.renderer.keep.masks import Cells, change_mask

_CELLS = 96
"""Along the longer side, of a mask that is made before anything is drawn."""

_RECOMPOSED = "recomposed"
_DIMMED = 0.35
_EDGE = (255, 64, 160)


def overlay(picture: Image.Image, mask: Image.Image) -> Image.Image:
    """The picture with what is black in the mask dimmed and gray, and the edge of what is white drawn."""
    white = mask.convert("L").resize(picture.size, Image.Resampling.NEAREST)
    bright = picture.convert("RGB")
    dim = Image.blend(Image.new("RGB", picture.size), bright.convert("L").convert("RGB"), _DIMMED)
    shown = Image.composite(bright, dim, white)
    width = max(1, round(max(picture.size) / 256)) * 2 + 1
    edge = white.filter(ImageFilter.MaxFilter(width))
    inside = np.asarray(white) > 0
    line = (np.asarray(edge) > 0) & ~inside
    pixels = np.asarray(shown).copy()
    pixels[line] = _EDGE
    return Image.fromarray(pixels)


def expected_mask(
    before: Canvas, after: Canvas, size: tuple[int, int], options: KeepOptions, again: tuple[int, ...] = ()
) -> Image.Image:
    """What an edit of a picture of a size may change, as far as boxes tell: what really is covered shows in drawing."""
    scale = _CELLS / max(size)
    cells = Cells(max(round(size[1] * scale), 1), max(round(size[0] * scale), 1))
    found = difference(before, after).with_anew(again)
    mask = change_mask(found, {}, cells, options.margin_of(max(cells.height, cells.width)))
    return Image.fromarray(mask).convert("L").resize(size, Image.Resampling.NEAREST)


def packed_mask(mask: bytes, recomposed: Recomposed | None = None) -> bytes:
    """A mask's picture file as a small PNG in black and white, with what was drawn of a picture in layers."""
    file, told = io.BytesIO(), PngInfo()
    if recomposed is not None:
        told.add_itxt(_RECOMPOSED, json.dumps(asdict(recomposed)))
    with Image.open(io.BytesIO(mask)) as image:
        image.convert("1", dither=Image.Dither.NONE).save(file, format="PNG", optimize=True, pnginfo=told)
    return file.getvalue()


def recomposed_of(mask: bytes) -> Recomposed | None:
    """What :func:`packed_mask` was told of layers."""
    with Image.open(io.BytesIO(mask)) as image:
        told = image.info.get(_RECOMPOSED)
    if told is None:
        return None
    read = json.loads(told)
    gone = read.get("gone", ())  # older masks have it in "changed"
    scene, restyled = bool(read["scene"]), bool(read.get("restyled"))
    return Recomposed(tuple(read["changed"]), tuple(read["drawn"]), scene, tuple(gone), restyled)
