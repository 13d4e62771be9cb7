"""Drawings that need no vector set."""

from __future__ import annotations

import numpy as np

from omost_pipeline.training.glyphs import Rgba
from omost_pipeline.world.drawing import Rgb

RED: Rgb = (220, 30, 30)


class Blocks:
    """Every drawing is a plain block, red unless another colour is asked for."""

    def sprite(self, name: str, color: Rgb | None = None) -> Rgba:
        block = np.full((20, 40, 4), 255, np.uint8)
        block[..., :3] = color or RED
        return block
