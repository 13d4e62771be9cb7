"""A thing in another colour: what has its colour turns to the new one, lighter and darker as it was.

In OKLab (Ottosson 2020), where distances are as people see them. What has other colours (a white eye, a green leaf)
keeps them. Pure numpy.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from omost_pipeline.canvas.vocabulary import Rgb
from omost_pipeline.renderer.layered.matte import Pixels

_Values = NDArray[np.float64]

_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)

_HUE, _LIGHT = 0.09, 0.30
"""How far, in hue and in lightness, a colour may be from the thing's and still turn with it, mostly."""

_OPAQUE = 128

_ALIKE = 0.06
"""Hues that are no farther apart, along either axis, are counted as one."""


def main_color(pixels: Pixels) -> Rgb | None:
    """The colour that most of [h, w, 4] is in, whatever its lightness; None where nothing is."""
    body = pixels[..., 3] >= _OPAQUE
    if not body.any():
        return None
    lab = _lab(pixels[body][..., :3] / 255.0)
    hues = np.round(lab[:, 1:] / _ALIKE)
    each, counts = np.unique(hues, axis=0, return_counts=True)
    around = (np.abs(each[:, None] - each[None]).max(-1) <= 1) @ counts
    own = lab[np.abs(hues - each[around.argmax()]).max(-1) <= 1]
    red, green, blue = (_rgb(np.median(own, axis=0)) * 255).round().clip(0, 255).astype(int).tolist()
    return red, green, blue


def turned(pixels: Pixels, old: Rgb, new: Rgb) -> Pixels:
    """[h, w, 4] whose colour was ``old`` as what is ``new``; alpha as it was."""
    lab = _lab(pixels[..., :3] / 255.0)
    body = pixels[..., 3] >= _OPAQUE
    if not body.any():
        return pixels
    own = _nearest(lab[body], _lab(np.array(old) / 255.0))
    apart = lab - own
    hue, light = np.square(apart[..., 1:]).sum(-1) / _HUE**2, np.square(apart[..., 0]) / _LIGHT**2
    share = np.exp(-hue - light)[..., None]
    colors = _rgb(lab + share * (_lab(np.array(new) / 255.0) - own))
    return np.dstack(((colors * 255).round().clip(0, 255).astype(np.uint8), pixels[..., 3]))


def _nearest(colors: _Values, named: _Values) -> _Values:
    """[3]: the colour that is the thing's own among [n, 3], the median of the third that is nearest to its name."""
    distance = np.square(colors - named).sum(-1)
    near = colors[distance <= np.quantile(distance, 1 / 3)]
    found: _Values = np.median(near, axis=0)
    return found


def _lab(rgb: _Values) -> _Values:
    """sRGB of 0…1 as OKLab."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    found: _Values = np.cbrt(linear @ _TO_CONES.T) @ _TO_LAB.T
    return found


def _rgb(lab: _Values) -> _Values:
    """OKLab as sRGB, out of 0…1 where there is no such colour."""
    linear = (lab @ np.linalg.inv(_TO_LAB).T) ** 3 @ np.linalg.inv(_TO_CONES).T
    low = linear.clip(0)
    return np.where(low <= 0.0031308, low * 12.92, 1.055 * low ** (1 / 2.4) - 0.055)
