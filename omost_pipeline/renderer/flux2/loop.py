"""FLUX.2-klein in the loop that every family shares: what it reads, its noise levels, its sizes, and what it refuses.

Knows neither files (see :mod:`weights`) nor how attention or the sampler work inside.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from diffusers.models.transformers.transformer_flux2 import Flux2Transformer2DModel
from torch import Tensor

from omost_pipeline.canvas.elements import Canvas, Region
from omost_pipeline.errors import OptionsError
from omost_pipeline.memory import Placement
from omost_pipeline.renderer.flux2.attention import install
from omost_pipeline.renderer.flux2.predictions import Predictions
from omost_pipeline.renderer.flux2.schedule import Schedule
from omost_pipeline.renderer.flux2.sizes import sizes_with
from omost_pipeline.renderer.flux2.text import EncodedText, TextEncoder
from omost_pipeline.renderer.flux2.vae import Vae
from omost_pipeline.renderer.keep.edit import Edit
from omost_pipeline.renderer.keep.masks import Mask
from omost_pipeline.renderer.keep.outlines import NOISY, found_outlines
from omost_pipeline.renderer.loop import RegionalRenderer, cut
from omost_pipeline.renderer.options import SizeLimits
from omost_pipeline.renderer.prompts import tags_first
from omost_pipeline.renderer.protocol import RenderOptions
from omost_pipeline.renderer.sampling import Denoiser
from omost_pipeline.renderer.spec import DEFAULT_NEGATIVE_PROMPT
from omost_pipeline.renderer.subprompts import conditions

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Flux2Parts:
    """A loaded checkpoint. ``device`` is where parts work; how much of them is there meanwhile says ``placement``.

    ``preview``: [C + 1, 3], the map to RGB that :mod:`preview` fitted to the VAE.
    """

    text: TextEncoder
    transformer: Flux2Transformer2DModel
    vae: Vae
    schedule: Schedule
    preview: Tensor
    device: torch.device
    placement: Placement = Placement.WHOLE
    packed: bool = False
    """Whether the transformer's weights are in a form that cannot come and go."""


class Flux2Renderer(RegionalRenderer[EncodedText, Predictions]):
    """Draws canvases with a FLUX.2-klein model."""

    def __init__(self, parts: Flux2Parts) -> None:
        self._parts = parts
        models = parts.transformer, [parts.text.model]
        super().__init__(*models, parts.vae, parts.preview, parts.device, parts.placement, "euler")
        for part, stays in ((parts.text.model, parts.text.stays), (parts.transformer, parts.packed)):
            if stays:
                self._away.pop(part, None)
        install(parts.transformer)

    @cached_property
    def sizes(self) -> SizeLimits:
        """The sides this model can draw."""
        return sizes_with(self._native * self._cell, self._cell)

    @property
    def _native(self) -> int:
        return self._parts.vae.native

    @property
    def _channels(self) -> int:
        return self._parts.vae.channels

    def _check(self, options: RenderOptions, *, finished: bool = False) -> None:
        super()._check(options, finished=finished)
        guidances = [options.guidance] + ([options.highres.guidance] if options.highres is not None else [])
        for guidance in guidances:
            if guidance not in (None, 1.0):
                raise OptionsError(
                    f"guidance is {guidance:g}; this model is distilled and draws without guidance: leave it at 1."
                )
        if options.negative_prompt not in ("", DEFAULT_NEGATIVE_PROMPT):
            raise OptionsError(
                f"A negative prompt ({options.negative_prompt[:40]!r}) works by guidance, and this model is distilled "
                "and draws without: say in the canvas what is to be there instead."
            )

    def _held(self, canvas: Canvas, options: RenderOptions) -> RenderOptions:
        options = super()._held(canvas, options)
        for element in canvas.elements:
            if element.control or element.reference:
                what = (
                    f"follow {element.control[:60]!r}" if element.control else f"look like {element.reference[:40]!r}"
                )
                raise OptionsError(
                    f"{element.description[:40]!r} is to {what}; FLUX.2 draws from words alone here: take an SDXL "
                    "renderer, or leave its control and its reference empty."
                )
        if options.regions.guided([region.method for region in canvas.regions]) or options.regions.method == "guided":
            raise OptionsError(
                "Gradient steps (the region method 'guided', or gradients) follow cross-attention, and this model has "
                "none: choose another region method, and leave gradients at 0."
            )
        if options.regions.grounds([region.method for region in canvas.regions]):
            raise OptionsError(
                "Grounding tokens (the region method 'grounded', or grounding) are for Stable Diffusion's UNets: "
                "choose another region method, and leave grounding at 0."
            )
        return options

    def _outlines(
        self, options: RenderOptions, latents: Tensor, canvas: Canvas, edit: Edit | None = None
    ) -> dict[Region, Mask]:
        if not canvas.regions:
            return {}
        words = self._encode(tags_first(canvas, options.prompts), options)
        x = self._noised(latents.to(self._device), cut(self._noise(options.seed, options), edit), NOISY)
        with self._working(self._parts.transformer):
            predictions = Predictions.of(self._parts.transformer, words, x, options.regions)
            differences, calls = predictions.apart(x, NOISY)
        return found_outlines(differences, canvas.far_to_near(), calls)

    def _encode(self, canvas: Canvas, options: RenderOptions) -> EncodedText:
        if unheeded := [each.negative for each in canvas.elements if each.negative]:
            logger.warning("this model draws without guidance; not heeded: not to show %r", unheeded[0][:40])
        with self._working(self._parts.text.model):
            far_to_near = replace(canvas, regions=canvas.far_to_near())  # the order region methods go by
            return self._parts.text.encode(conditions(far_to_near, options.regions.extra_prompt)).on(self._device)

    def _predictions(
        self,
        words: EncodedText,
        options: RenderOptions,
        like: Tensor,
        edit: Edit | None,  # noqa: ARG002  # a window is a picture of its own
    ) -> Predictions:
        levels = self._parts.schedule.levels(options.steps, like.shape[-1] * like.shape[-2])
        return Predictions.of(self._parts.transformer, words, like, options.regions, levels[(options.steps - 1) // 2])

    def _levels(self, options: RenderOptions, strength: float, like: Tensor) -> list[float]:
        return self._parts.schedule.levels(options.steps, like.shape[-1] * like.shape[-2], strength)

    def _noised(self, clean: Tensor, noise: Tensor, level: float) -> Tensor:
        return self._parts.schedule.noised(clean, noise, level)

    def _denoiser(self, predictions: Predictions) -> Denoiser:
        def denoise(x: Tensor, level: float) -> Tensor:
            return self._parts.schedule.denoised(x, level, predictions.output(x, level))

        return denoise
