"""Regions that meet inside attention, in one call of the model: score manipulation, plain masks and decomposition.

``score`` gives a pixel one softmax over the tokens of all regions it lies in (omost-facts §4), as ``mask`` does without
the published scale of a region's scores. ``couple`` gives each region a softmax of its own, and the pixel their mean,
weighted by strength: in joint attention the mix of a base and a regional prompt (Chen et al. 2024). ``guided`` masks
nothing: all words are seen everywhere, and steps on the latent (:mod:`gradients`) put each region's into its box.
``plain`` has no regions: each pixel reads all words, as where the ComfyUI port makes a plain prompt of a canvas.
"""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor

from omost_pipeline.renderer.regions.options import RegionSharing
from omost_pipeline.renderer.regions.protocol import everywhere, shared
from omost_pipeline.renderer.regions.spans import View


class Together:
    """All regions in one call."""

    def __init__(self, view: View, sharing: RegionSharing) -> None:
        self._views = (everywhere(view, sharing) if view[0].method == "guided" else shared(view, sharing),)

    def views(self, timestep: float) -> tuple[View, ...]:  # noqa: ARG002  # it sees the same at every step
        return self._views

    def merged(self, predictions: Tensor) -> Tensor:
        return predictions


class Plain(Together):
    """All words everywhere, in one call; boxes and what was said about them count for nothing."""

    def __init__(self, view: View) -> None:
        self._views = (tuple(replace(span, box=None, seen=None, strength=1.0) for span in view),)
