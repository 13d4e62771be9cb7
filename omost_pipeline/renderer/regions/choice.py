"""Which method an option means."""

from __future__ import annotations

import torch

from omost_pipeline.renderer.regions.bounded import LAST_ALONE, Bounded
from omost_pipeline.renderer.regions.multidiffusion import MultiDiffusion
from omost_pipeline.renderer.regions.options import RegionOptions
from omost_pipeline.renderer.regions.protocol import Method
from omost_pipeline.renderer.regions.spans import View
from omost_pipeline.renderer.regions.together import Together


def method_for(
    options: RegionOptions,
    view: View,
    cells: tuple[int, int],
    device: torch.device,
    last_alone: float = LAST_ALONE,
) -> Method:
    """The method for one picture of latents of ``cells`` (height, width).

    ``last_alone`` is the timestep down to which ``bounded`` draws regions alone.
    """
    if options.method == "multidiffusion":
        return MultiDiffusion(view, options.sharing, cells, device)
    if options.method == "bounded":
        return Bounded(view, options.sharing, cells, device, last_alone)
    return Together(view, options.sharing, apart=options.method == "couple")
