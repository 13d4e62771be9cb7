"""What each region of a picture really covers: where its words make a difference to what the model would draw.

The picture's latents are made noisy once and predicted with the bare background and with each region before it; where a
region's prediction differs is its outline. Pure tensors; a family makes the predictions.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from omost_pipeline.canvas.elements import Region
from omost_pipeline.renderer.keep.masks import Cells, Mask, covered_cells, grown

NOISY = 0.55
"""How far up in time the picture is made noisy: shapes show there, and what they are is still open."""

_SURE = 0.2
"""Share of a region's largest difference from which a cell is its own."""


def found_outlines(predictions: Tensor, regions: Sequence[Region], calls: Sequence[int]) -> dict[Region, Mask]:
    """[1 + V, C, h, w], the background's prediction and then each call's → what each region covers in its box.

    ``calls`` is the call (1 … V) that shows a region. One whose outline would be empty is left out.
    """
    cells = Cells(*predictions.shape[-2:])
    found: dict[Region, Mask] = {}
    for region, call in zip(regions, calls, strict=True):
        box = torch.from_numpy(covered_cells(region.box, cells))
        difference = (predictions[call] - predictions[0]).square().mean(0).sqrt().cpu() * box
        largest = float(difference.max())
        inside: Mask = (difference > _SURE * largest).numpy() if largest > 0 else cells.none
        if inside.any():
            found[region] = without_holes(inside)
    return found


def without_holes(mask: Mask) -> Mask:
    """The mask closed: gaps and dents of a cell are filled."""
    return np.logical_or(mask, grown(grown(np.pad(mask, 1), 1), -1)[1:-1, 1:-1])
