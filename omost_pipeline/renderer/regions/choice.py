"""Which method an option means, and what the regions of a canvas ask for of their own."""

from __future__ import annotations

from dataclasses import replace

import torch

from omost_pipeline.canvas.vocabulary import MethodName
from omost_pipeline.renderer.regions.bounded import LAST_ALONE, Bounded
from omost_pipeline.renderer.regions.mixed import Mixed, Part
from omost_pipeline.renderer.regions.multidiffusion import MultiDiffusion
from omost_pipeline.renderer.regions.options import RegionOptions
from omost_pipeline.renderer.regions.protocol import Method
from omost_pipeline.renderer.regions.spans import View
from omost_pipeline.renderer.regions.together import Plain, Together


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

    def of(name: MethodName, own: View) -> Method:
        named, sharing = (replace(own[0], method=name), *own[1:]), replace(options, method=name).sharing
        if name == "multidiffusion":
            return MultiDiffusion(named, sharing, cells, device)
        if name in ("bounded", "grounded"):
            return Bounded(named, sharing, cells, device, last_alone)
        return Plain(named) if name == "plain" else Together(named, sharing)

    asked = [span.method or options.method for span in view[1:]]
    names = sorted(set(asked), key=lambda name: (name != options.method, name)) or [options.method]
    if len(names) == 1:
        return of(names[0], view)
    parts = []
    for name in names:
        numbers = [number for number, wanted in enumerate(asked, start=1) if wanted == name]
        parts.append(Part(of(name, (view[0], *(view[number] for number in numbers))), numbers))
    return Mixed(view, parts, options.overlap or "overlay", cells, device)
