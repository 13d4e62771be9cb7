"""Multi-diffusion (Bar-Tal et al. 2023): a call of the UNet for each region, merged pixel by pixel.

In its call a region stands in its box before the background, and no other region is in the picture.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from omost_pipeline.renderer.regions.options import RegionSharing
from omost_pipeline.renderer.regions.protocol import alone, shared
from omost_pipeline.renderer.regions.spans import View

_EVEN = RegionSharing("average", global_strength=1, region_strength=1)
"""How a region and the background share a call of their own."""


class MultiDiffusion:
    """A mean of predictions, each weighted by its region's strength where the region is seen."""

    def __init__(self, view: View, sharing: RegionSharing, cells: tuple[int, int], device: torch.device) -> None:
        """For latents of ``cells`` (height, width)."""
        self._views = alone(view, _EVEN, [[number] for number in range(1, len(view))])
        masks = torch.stack([span.strength * span.mask for span in shared(view, sharing)])
        weights = interpolate(masks[:, None], cells, mode="area")
        self._weights = (weights / weights.sum(0)).to(device)  # [V, 1, h, w]

    def views(self, timestep: float) -> tuple[View, ...]:  # noqa: ARG002  # it sees the same at every step
        return self._views

    def merged(self, predictions: Tensor) -> Tensor:
        return (predictions * self._weights).sum(0, keepdim=True)
