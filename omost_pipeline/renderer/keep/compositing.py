"""The earlier pixels put back: outside the mask every one is what it was, and inside the edit is faded in.

A decoder sees the whole picture at once, so that even unchanged latents come out a little different beside changed
ones; composited latents alone do not keep a picture. Pure numpy on pixels; knows no model.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from omost_pipeline.renderer.keep.masks import Mask
from omost_pipeline.renderer.keep.windows import Window

_Pixels = NDArray[np.float32]

_FAINTEST = 12
"""Pixels outside the mask that suffice to tell how a decoded window differs in tone."""


def put_back(earlier: Image.Image, drawn: Image.Image, mask: Mask, window: Window, feather: int) -> Image.Image:
    """``earlier`` with ``drawn``, the picture of the window, inside the mask [h, w] of cells.

    Over ``feather`` pixels inside the mask's edge it fades in. Where a decoded window has another tone than the earlier
    picture outside the mask, the drawn pixels are corrected by the difference there.
    """
    side = earlier.width // window.cells.width
    frame = (window.left * side, window.top * side, window.right * side, window.bottom * side)
    before = np.asarray(earlier.convert("RGB").crop(frame), dtype=np.float32)
    after = np.asarray(drawn.convert("RGB"), dtype=np.float32)
    inside = pixels_of(mask, side)
    alpha = fading(inside, feather)[frame[1] : frame[3], frame[0] : frame[2], None]
    toned = after + _tone(before, after, alpha)
    mixed = np.where(alpha > 0, before + alpha * (toned - before), before)
    whole = np.asarray(earlier.convert("RGB")).copy()
    whole[frame[1] : frame[3], frame[0] : frame[2]] = mixed.round().clip(0, 255).astype(np.uint8)
    return Image.fromarray(whole)


def differing(one: Image.Image, other: Image.Image) -> NDArray[np.bool_]:
    """[H, W]: the pixels in which two pictures of a size are not the same."""
    found: NDArray[np.bool_] = (np.asarray(one.convert("RGB")) != np.asarray(other.convert("RGB"))).any(-1)
    return found


def pixels_of(mask: Mask, side: int) -> NDArray[np.bool_]:
    """A mask of cells as one of pixels."""
    return mask.repeat(side, 0).repeat(side, 1)


def fading(inside: NDArray[np.bool_], feather: int) -> NDArray[np.float32]:
    """[H, W] of 0…1: 0 outside, rising over ``feather`` pixels inwards; the picture's own edge is no edge."""
    alpha: _Pixels = inside.astype(np.float32)
    if feather < 1 or inside.all():
        return alpha
    outside = ~inside
    near = np.zeros(inside.shape, dtype=np.float32)
    for _ in range(feather):
        outside = _spread(outside)
        near += outside
    faded: _Pixels = alpha * (1 - near / np.float32(feather + 1))
    return faded


def _tone(before: _Pixels, after: _Pixels, alpha: _Pixels) -> _Pixels:
    """[3]: what to add to the drawn window so that its mean outside the mask is the earlier picture's."""
    outside = alpha[..., 0] == 0
    if outside.sum() < _FAINTEST:
        return np.zeros(3, dtype=np.float32)
    tone: NDArray[np.float32] = np.median(before[outside] - after[outside], axis=0).astype(np.float32)
    return tone


def _spread(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The mask and its four neighbours on each side."""
    found = mask.copy()
    found[1:] |= mask[:-1]
    found[:-1] |= mask[1:]
    found[:, 1:] |= mask[:, :-1]
    found[:, :-1] |= mask[:, 1:]
    return found
