"""SDXL in the loop that every family shares: what its UNet reads, its noise levels, its sizes.

Knows neither files (see :mod:`weights`) nor how attention or the sampler work inside.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from PIL.Image import Image
from torch import Tensor

from omost_pipeline.canvas.control import KINDS, read_control
from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region, sub_prompt
from omost_pipeline.canvas.vocabulary import GRID, Box
from omost_pipeline.cpu_threads import threads_for
from omost_pipeline.errors import OptionsError, RendererError
from omost_pipeline.failures import explained
from omost_pipeline.memory import Placement
from omost_pipeline.renderer.keep.edit import Edit
from omost_pipeline.renderer.keep.masks import Mask
from omost_pipeline.renderer.keep.outlines import NOISY, found_outlines
from omost_pipeline.renderer.keep.windows import Window, canvas_in
from omost_pipeline.renderer.layered.alpha_head import AlphaHead
from omost_pipeline.renderer.layered.matte import Pixels
from omost_pipeline.renderer.loop import RegionalRenderer, cut
from omost_pipeline.renderer.offload import HostCopy
from omost_pipeline.renderer.options import SizeLimits
from omost_pipeline.renderer.prompts import negative_first, tags_first
from omost_pipeline.renderer.protocol import RenderOptions
from omost_pipeline.renderer.recipe import Sampler
from omost_pipeline.renderer.regions.negatives import own_negatives, where_they_hold
from omost_pipeline.renderer.regions.options import USUAL_GROUNDING, RegionOptions
from omost_pipeline.renderer.regions.spans import box_shares
from omost_pipeline.renderer.sampling import Denoiser, Nudge
from omost_pipeline.renderer.sdxl import attention
from omost_pipeline.renderer.sdxl.controls import ControlNet, Led, Steered
from omost_pipeline.renderer.sdxl.grounding import Grounded, Grounding
from omost_pipeline.renderer.sdxl.guidance import Frame, Guidance
from omost_pipeline.renderer.sdxl.pictures import PictureAdapter, Pictured, Shown
from omost_pipeline.renderer.sdxl.schedule import Schedule
from omost_pipeline.renderer.sdxl.text_encoder import EncodedText, TextEncoder
from omost_pipeline.renderer.sdxl.vae import Vae
from omost_pipeline.renderer.subprompts import conditions, plain_condition


@dataclass(frozen=True)
class SdxlParts:
    """A loaded checkpoint. ``device`` is where parts work; how much of them is there meanwhile says ``placement``.

    ``preview``: [C + 1, 3], the map to RGB that :mod:`preview` fitted to the VAE.
    """

    text: TextEncoder
    unet: UNet2DConditionModel
    vae: Vae
    schedule: Schedule
    preview: Tensor
    device: torch.device
    placement: Placement = Placement.WHOLE
    adapter: PictureAdapter | None = None
    controlnet: ControlNet | None = None
    grounding: Grounding | None = None
    alpha_head: AlphaHead | None = None


@dataclass(frozen=True)
class Texts:
    """The negative and the positive text, the pictures that elements are to look like, what leads shapes, and what
    stands in which box."""

    negative: EncodedText
    positive: EncodedText
    pictured: Pictured | None = None
    steered: Steered | None = None
    grounded: Grounded | None = None

    @property
    def left_out(self) -> tuple[str, ...]:
        """Sub-prompts that were too many."""
        return self.positive.left_out


class SdxlRenderer(RegionalRenderer[Texts, Guidance]):
    """Draws canvases with an SDXL model."""

    def __init__(self, parts: SdxlParts, sampler: Sampler) -> None:
        self._parts = parts
        super().__init__(
            parts.unet, parts.text.encoders, parts.vae, parts.preview, parts.device, parts.placement, sampler
        )
        self._known: Mapping[str, Image] = {}
        if parts.adapter is not None and parts.placement is not Placement.WHOLE:
            self._away[parts.adapter.encoder] = HostCopy(parts.adapter.encoder, parts.device)
        if parts.controlnet is not None and parts.placement is Placement.PARTS:
            self._away[parts.controlnet.model] = HostCopy(parts.controlnet.model, parts.device)
        self._unwanted = lru_cache(maxsize=4)(self._encode_unwanted)
        attention.install(parts.unet)

    def referring(self, pictures: Mapping[str, Image]) -> SdxlRenderer:
        """As :class:`~omost_pipeline.renderer.protocol.Referring`."""
        other = copy(self)
        other._known = dict(pictures)  # noqa: SLF001 - of its own kind
        return other

    @torch.inference_mode()
    def thing_of(self, region: Region, drawn: Pixels, bare: Pixels) -> Pixels | None:
        """As :class:`~omost_pipeline.renderer.small.Enlarging`."""
        head = self._parts.alpha_head
        if head is None:
            return None
        short = f"{self._device} has too little memory to cut out what was drawn: choose a smaller size."
        explaining = explained(RendererError, "The renderer could not cut out what it drew", short)
        with explaining, threads_for(small=self._small):
            return head.thing(drawn, bare, region.box, self.meaning(region))

    @torch.inference_mode()
    def meaning(self, region: Region) -> Tensor:
        """[1, W]: what a region's description comes to, in one vector."""
        with self._encoding():
            return self._parts.text.averaged([sub_prompt(region.description)])

    def _held(self, canvas: Canvas, options: RenderOptions) -> RenderOptions:
        for element in canvas.elements:
            if element.reference and self._parts.adapter is None:
                raise OptionsError(
                    f"{element.description[:40]!r} is to look like {element.reference[:40]!r}, which takes an IP-"
                    "Adapter: name one in models.ip_adapter, or leave its reference empty."
                )
            if element.reference and element.reference not in self._known:
                raise OptionsError(
                    f"{element.description[:40]!r} is to look like {element.reference[:40]!r}, and no picture of that "
                    "name is known: bring one, or leave its reference empty."
                )
        for element in canvas.elements:
            if element.control:
                self._check_control(element)
        options = super()._held(canvas, options)
        grounds = options.regions.grounds([region.method for region in canvas.regions])
        if grounds and self._parts.grounding is None:
            raise OptionsError(
                "The region method 'grounded', and render.grounding with any other, need a model that was trained for "
                "grounding tokens: name an adapter in models.grounding, or choose another method."
            )
        return options

    def _check_control(self, element: GlobalDescription | Region) -> None:
        net, control = self._parts.controlnet, read_control(element.control)
        what = f"{element.description[:40]!r} is to follow {element.control[:60]!r}"
        if control is None:
            raise OptionsError(
                f"{what}, which is not known: write a kind ({', '.join(KINDS)}), the picture's name, and if you like a "
                "strength up to 2 and 'until' a share of the steps, as in 'pose cat-1 0.8 until 0.6'."
            )
        if net is None:
            raise OptionsError(
                f"{what}, which takes a ControlNet for SDXL: name one in models.controlnet, or leave its control empty."
            )
        if control.kind not in net.kinds:
            raise OptionsError(f"{what}; the ControlNet here is for {', '.join(sorted(net.kinds))}.")
        if control.picture not in self._known:
            raise OptionsError(f"{what}, and no picture of that name is known: bring one, or leave its control empty.")

    @cached_property
    def sizes(self) -> SizeLimits:
        """The sides this model can draw."""
        native = self._native * self._parts.vae.cell
        return SizeLimits.of_model(native, self._parts.vae.cell, len(self._parts.unet.config["block_out_channels"]))

    @property
    def _native(self) -> int:
        return int(self._parts.unet.config["sample_size"])

    @property
    def _channels(self) -> int:
        return int(self._parts.unet.config["in_channels"])

    def _outlines(
        self, options: RenderOptions, latents: Tensor, canvas: Canvas, edit: Edit | None = None
    ) -> dict[Region, Mask]:
        if not canvas.regions:
            return {}
        schedule = self._parts.schedule
        sigma = schedule.sigmas[round(NOISY * (len(schedule.sigmas) - 1))]
        texts = self._encode(tags_first(canvas, options.prompts), options)
        x = latents.to(texts.positive.hidden.device) + sigma * cut(self._noise(options.seed, options), edit)
        with self._working(self._parts.unet):
            size, frame = (x.shape[-1] * self._cell, x.shape[-2] * self._cell), self._frame(options, edit)
            guidance = Guidance.of(texts.negative, texts.positive, 1.0, *size, x, options.regions, frame)
            time = schedule.timestep(sigma)
            predictions, calls = guidance.apart(self._parts.unet, schedule.model_input(x, sigma), time)
        return found_outlines(predictions, canvas.far_to_near(), calls)

    def _encode(self, canvas: Canvas, options: RenderOptions) -> Texts:
        text = self._parts.text
        with self._encoding():
            far_to_near = replace(canvas, regions=canvas.far_to_near())  # the order region methods go by
            positive = text.encode([conditions(far_to_near, options.regions.extra_prompt)])
            said = ", ".join(each for each in (canvas.scene.negative.strip(), options.negative_prompt) if each)
            unwanted = self._unwanted(negative_first(said, options.prompts), *own_negatives(canvas))
            view = where_they_hold(unwanted.spans[0], canvas, options.regions.sharing.overlap)
            grounded = self._grounded(far_to_near, options.regions)
            words = Texts(replace(unwanted, spans=(view,)), positive, grounded=grounded)
        return replace(words, pictured=self._pictured(far_to_near))

    @contextmanager
    def _encoding(self) -> Iterator[None]:
        """Have the text encoders on the device meanwhile."""
        with ExitStack() as there:
            for encoder in self._parts.text.encoders:
                there.enter_context(self._working(encoder))
            yield

    def _grounded(self, far_to_near: Canvas, options: RegionOptions) -> Grounded | None:
        regions = far_to_near.regions
        numbers = options.grounded([region.method for region in regions])
        if not numbers or self._parts.grounding is None:
            return None
        chosen = [regions[number - 1] for number in numbers]
        words = self._parts.text.pooled([sub_prompt(region.description) for region in chosen])
        boxes = torch.tensor([box_shares(region.box) for region in chosen]).to(words)
        share = USUAL_GROUNDING if options.grounding is None else options.grounding
        return Grounded(self._parts.grounding, words, boxes, tuple(numbers), (1 - share) * 1000)

    def _pictured(self, far_to_near: Canvas) -> Pictured | None:
        wanted = [(number, each.reference) for number, each in enumerate(far_to_near.elements) if each.reference]
        adapter = self._parts.adapter
        if not wanted or adapter is None:
            return None
        with self._working(adapter.encoder):
            tokens = {name: adapter.tokens(self._known[name]) for name in {name for _, name in wanted}}
        return Pictured(adapter, tuple(Shown(number, tokens[name]) for number, name in wanted))

    def _steered(self, words: Texts, canvas: Canvas, window: Window | None) -> Texts:
        net = self._parts.controlnet
        if net is None or not any(element.control for element in canvas.elements):
            return words
        regions = [
            region
            for region in canvas.far_to_near()
            if window is None or canvas_in(replace(canvas, regions=(region,)), window).regions
        ]
        led = []
        elements: tuple[GlobalDescription | Region, ...] = (canvas.scene, *regions)
        for number, element in enumerate(elements):
            if (control := read_control(element.control)) is not None:
                box = element.box if isinstance(element, Region) else Box(0, 0, GRID, GRID)
                led.append(Led(number, box, control, self._known[control.picture]))
        return replace(words, steered=Steered(net, tuple(led))) if led else words

    def _beside(self, words: Texts) -> AbstractContextManager[object]:
        return self._working(words.steered.net.model) if words.steered is not None else nullcontext()

    def _encode_unwanted(self, prompt: str, *own: tuple[str, Box]) -> EncodedText:
        """A negative prompt, and those of boxes of their own; kept, because they seldom change."""
        return self._parts.text.encode([[plain_condition(prompt), *(plain_condition(*each) for each in own)]])

    def _predictions(self, words: Texts, options: RenderOptions, like: Tensor, edit: Edit | None) -> Guidance:
        size = like.shape[-1] * self._cell, like.shape[-2] * self._cell
        frame = self._frame(options, edit)
        texts = words.negative, words.positive, options.guidance
        more = words.pictured, words.steered
        return Guidance.of(*texts, *size, like, options.regions, frame, *more, grounded=words.grounded)

    def _levels(self, options: RenderOptions, strength: float, like: Tensor) -> list[float]:  # noqa: ARG002  # SDXL's are the same at every size
        return self._parts.schedule.levels(self._sampler, options.steps, strength)

    def _noised(self, clean: Tensor, noise: Tensor, level: float) -> Tensor:
        return clean + level * noise

    def _frame(self, options: RenderOptions, edit: Edit | None) -> Frame | None:
        """Where in the whole picture the window lies."""
        if edit is None or edit.window.is_whole:
            return None
        left, top = edit.window.left * self._cell, edit.window.top * self._cell
        return Frame(options.width, options.height, left, top)

    def _nudge(self, predictions: Guidance) -> Nudge:
        schedule, unet = self._parts.schedule, self._parts.unet

        def nudged(x: Tensor, sigma: float) -> Tensor:
            z = schedule.model_input(x, sigma)
            moved = predictions.nudged(unet, z, schedule.timestep(sigma))
            return x if moved is z else x + (moved - z) * (sigma**2 + 1) ** 0.5

        return nudged

    def _denoiser(self, predictions: Guidance) -> Denoiser:
        schedule, unet = self._parts.schedule, self._parts.unet

        def denoise(x: Tensor, sigma: float) -> Tensor:
            output = predictions.output(unet, schedule.model_input(x, sigma), schedule.timestep(sigma))
            return schedule.denoised(x, sigma, output)

        return denoise
