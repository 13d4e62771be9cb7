"""What the model predicts for one picture at each step: one pass for each view that the region method asks for.

What stays the same between steps (words, places, masks) is held here for one rendering. Which words are seen where, and
in how many passes, is a region method's matter (:mod:`regions`). Knows no schedule, no VAE and no canvas.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from diffusers.models.transformers.transformer_flux2 import Flux2Transformer2DModel
from torch import Tensor

from omost_pipeline.renderer.flux2.attention import Read
from omost_pipeline.renderer.flux2.joint import Joint
from omost_pipeline.renderer.flux2.text import EncodedText
from omost_pipeline.renderer.regions.bounded import strangers
from omost_pipeline.renderer.regions.choice import method_for
from omost_pipeline.renderer.regions.options import RegionOptions, RegionSharing
from omost_pipeline.renderer.regions.protocol import Method, alone
from omost_pipeline.renderer.regions.spans import View

_EVEN = RegionSharing("average", global_strength=1, region_strength=1)
"""How a region and the background share a pass of their own."""


@dataclass(frozen=True)
class Pass:
    """What one pass reads, and who sees what in it."""

    read: Read
    joint: Joint

    def output(self, transformer: Flux2Transformer2DModel, latents: Tensor, time: float) -> Tensor:
        """The prediction [1, C, h, w] in float32."""
        return self.read.output(transformer, latents, time, self.joint)


@dataclass
class Predictions:
    """Predictions for one picture. ``cells``: the latent's height and width.

    Where a method draws regions alone at first, it does so down to the time ``last_alone``.
    """

    transformer: Flux2Transformer2DModel
    text: EncodedText
    read: Read
    cells: tuple[int, int]
    options: RegionOptions
    last_alone: float

    def __post_init__(self) -> None:
        device = self.text.hidden.device
        self._method: Method = method_for(self.options, self.text.spans, self.cells, device, 1000 * self.last_alone)
        self._views: tuple[View, ...] = ()
        self._passes: tuple[Pass, ...] = ()

    @classmethod
    def of(
        cls,
        transformer: Flux2Transformer2DModel,
        text: EncodedText,
        latents: Tensor,
        options: RegionOptions,
        last_alone: float = 0.5,
    ) -> Predictions:
        """For latents [1, C, h, w]."""
        cells = (latents.shape[-2], latents.shape[-1])
        return cls(
            transformer, text, Read.of(transformer, text.hidden, text.places, *cells), cells, options, last_alone
        )

    def anew(self) -> Predictions:
        """For another picture of the same rendering: with the same words."""
        return replace(self)

    def apart(self, latents: Tensor, time: float) -> tuple[Tensor, list[int]]:
        """Predictions [1 + V, C, h, w] of the bare background and of regions before it, and which pass shows each."""
        view = self.text.spans
        groups = strangers(view)
        passes = [self._pass(each) for each in alone(view, _EVEN, groups)]
        shown = {number: call for call, group in enumerate(groups, start=1) for number in group}
        predictions = torch.cat([each.output(self.transformer, latents, time) for each in passes])
        return predictions, [shown[number] for number in range(1, len(view))]

    def output(self, latents: Tensor, time: float) -> Tensor:
        """The prediction [1, C, h, w] in float32. Steps are asked for in their order."""
        views = self._method.views(1000 * time)
        if views is not self._views:
            self._views, self._passes = views, tuple(self._pass(view) for view in views)
        outputs = [each.output(self.transformer, latents, time) for each in self._passes]
        return self._method.merged(torch.cat(outputs))

    def _pass(self, view: View) -> Pass:
        """The words that some pixel sees in the view, and the mask."""
        present = [bool(span.mask.any()) for span in view]
        joint = Joint.of(
            [span for span, there in zip(view, present, strict=True) if there],
            *self.cells,
            self.text.hidden.device,
            apart=view[0].method == "couple",
            scaled=view[0].method == "score",
        )
        if all(present):
            return Pass(self.read, joint)
        counts = torch.tensor([span.tokens for span in view])
        kept = torch.tensor(present).repeat_interleave(counts).nonzero()[:, 0].to(self.text.hidden.device)
        return Pass(self.read.part(kept, int(counts.sum())), joint)
