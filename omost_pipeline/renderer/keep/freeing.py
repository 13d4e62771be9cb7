"""An edit while it is drawn: outside the mask the earlier latents, inside it what the model makes, more with time.

Outside, the estimate of the clean picture is the earlier one, whatever the model says; so any sampler keeps it there at
every noise level, noised as the picture itself began. The mask widens with time (differential diffusion, Levin and
Fried 2023): its inner cells are free from the beginning, those at its rim only when the picture's coarse shapes are
decided, so that they take up what lies outside. Pure tensors; knows no model and no family.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from omost_pipeline.renderer.keep.masks import Mask, depths
from omost_pipeline.renderer.sampling import Denoiser, Nudge

_LAST = 0.35
"""Share of the steps after which the outermost cells are free."""


@dataclass(frozen=True)
class Freeing:
    """When each cell becomes free: ``since`` [1, 1, h, w] is the share of the steps after which, above 1 never."""

    since: Tensor

    @classmethod
    def of(cls, mask: Mask, device: torch.device, rim: int) -> Freeing:
        """From the mask [h, w], whose outermost ``rim`` cells become free one after the other, the outermost last."""
        deep = depths(mask, rim + 1)
        if not (deep > rim).any():  # too thin for such a rim
            rim = max(int(deep.max()) - 1, 0)
        since = torch.from_numpy(_LAST * np.clip(rim + 1 - deep, 0, None) / max(rim, 1)).float()
        since[torch.from_numpy(~mask)] = 2.0
        return cls(since[None, None].to(device))

    def free(self, progress: float) -> Tensor:
        """[1, 1, h, w] bool: the cells that are free at a share of the steps."""
        return self.since <= progress


def known_at_start(earlier: Tensor, freeing: Freeing, strength: float) -> Tensor:
    """What is known of the picture at the first noise level [1, C, h, w]: nothing in free cells, unless less is to
    change there."""
    nothing = freeing.free(0.0) if strength >= 1 else torch.zeros_like(freeing.since, dtype=torch.bool)
    return torch.where(nothing, torch.zeros_like(earlier), earlier)


def keeping(denoise: Denoiser, earlier: Tensor, freeing: Freeing, sigmas: Sequence[float]) -> Denoiser:
    """The denoiser that leaves ``earlier`` [1, C, h, w] in cells that are not free at its step of ``sigmas``."""
    steps = {sigma: number / max(len(sigmas) - 1, 1) for number, sigma in enumerate(sigmas)}

    def kept(x: Tensor, sigma: float) -> Tensor:
        return torch.where(freeing.free(steps[sigma]), denoise(x, sigma), earlier)

    return kept


def within(mask: Mask, nudge: Nudge) -> Nudge:
    """What moves the cells of the mask [h, w] alone."""
    free = torch.from_numpy(mask)

    def moved(x: Tensor, sigma: float) -> Tensor:
        return torch.where(free.to(x.device), nudge(x, sigma), x)

    return moved
