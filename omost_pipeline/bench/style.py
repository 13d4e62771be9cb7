"""How pictures look, whatever they show: their mean colour, and how much of them is edges. Knows no model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import dist
from typing import TypedDict

import numpy as np
from PIL import Image

_GRAY = (0.299, 0.587, 0.114)


@dataclass(frozen=True)
class Look:
    """One picture's mean colour, 0…255, and the mean square of its brightness's gradient."""

    color: tuple[float, float, float]
    energy: float


class Style(TypedDict):
    """How far a method's pictures look other than those they are compared with, seed by seed.

    ``color``: the mean distance of mean colours, of 255 each. ``structure``: gradient energy as a multiple.
    """

    method: str
    color: float
    structure: float


def look_of(picture: Image.Image) -> Look:
    """How a picture looks."""
    pixels = np.asarray(picture.convert("RGB"), dtype=float)
    red, green, blue = pixels.mean((0, 1)).tolist()
    brightness = pixels @ np.array(_GRAY)
    down, across = np.diff(brightness, axis=0), np.diff(brightness, axis=1)
    return Look((red, green, blue), float((down**2).mean() + (across**2).mean()))


def style_of(method: str, looks: Sequence[Look], others: Sequence[Look]) -> Style:
    """How a method's pictures look beside others of the same seeds."""
    distances = [dist(one.color, other.color) for one, other in zip(looks, others, strict=True)]
    energy = sum(look.energy for look in looks) / max(sum(look.energy for look in others), 1e-9)
    return {"method": method, "color": sum(distances) / len(distances), "structure": energy}
