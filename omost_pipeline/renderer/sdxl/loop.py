"""The visible loop: a canvas through an SDXL model, one denoising step at a time.

Text once, masks once, noise from the seed, then guided steps and the decoder. Knows neither files (see :mod:`weights`)
nor how attention or the sampler work inside.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial
from hashlib import blake2b

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from PIL.Image import Image
from torch import Tensor, nn

from omost_pipeline.canvas.elements import Canvas, Region
from omost_pipeline.canvas.layers import initial_color_image
from omost_pipeline.cpu_threads import is_small, threads_for
from omost_pipeline.errors import RendererError
from omost_pipeline.failures import explained
from omost_pipeline.memory import Placement
from omost_pipeline.renderer.highres import enlarged, second_pass
from omost_pipeline.renderer.initial import Start
from omost_pipeline.renderer.keep.earlier import FEWEST_STEPS, Earlier, Whole
from omost_pipeline.renderer.keep.edit import Edit, pack, plan_edit, unpack
from omost_pipeline.renderer.keep.freeing import Freeing, keeping, start_from
from omost_pipeline.renderer.keep.masks import Mask
from omost_pipeline.renderer.keep.outlines import NOISY, found_outlines
from omost_pipeline.renderer.keep.windows import canvas_in
from omost_pipeline.renderer.offload import HostCopy
from omost_pipeline.renderer.options import SizeLimits, check
from omost_pipeline.renderer.preview import preview_image
from omost_pipeline.renderer.prompts import negative_first, tags_first
from omost_pipeline.renderer.protocol import Rendered, RenderOptions, Step
from omost_pipeline.renderer.recipe import Sampler
from omost_pipeline.renderer.sampling import Denoiser, Estimate, sample
from omost_pipeline.renderer.sdxl import attention
from omost_pipeline.renderer.sdxl.guidance import Frame, Guidance
from omost_pipeline.renderer.sdxl.schedule import Schedule
from omost_pipeline.renderer.sdxl.text_encoder import EncodedText, TextEncoder
from omost_pipeline.renderer.sdxl.vae import Vae
from omost_pipeline.renderer.spec import LARGEST_SEED
from omost_pipeline.renderer.subprompts import conditions, plain_condition

logger = logging.getLogger(__name__)

_LEAST_WINDOW = 0.75
"""Side of the smallest window, as a share of the side a model was trained at: smaller pictures come out less well."""


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


class SdxlRenderer:
    """Draws canvases with an SDXL model. Blocks; use it from one thread at a time."""

    def __init__(self, parts: SdxlParts, sampler: Sampler) -> None:
        self._parts, self._sampler = parts, sampler
        self._small = parts.device.type == "cpu" and is_small(parts.unet)
        self._away = _away(parts)
        self._unwanted = lru_cache(maxsize=4)(self._encode_unwanted)
        attention.install(parts.unet)

    @property
    def size_unit(self) -> int:
        """Pixels that must divide both sides of a picture."""
        return self.sizes.unit

    @cached_property
    def sizes(self) -> SizeLimits:
        """The sides this model can draw."""
        config = self._parts.unet.config
        native = int(config["sample_size"]) * self._parts.vae.cell
        return SizeLimits.of_model(native, self._parts.vae.cell, len(config["block_out_channels"]))

    @property
    def _cell(self) -> int:
        """Pixels along a latent cell's side."""
        return self._parts.vae.cell

    def render(
        self, canvas: Canvas, options: RenderOptions, picture: Image | None = None
    ) -> Generator[Step | Rendered, None, None]:
        """Yield one :class:`Step` for each denoising step and last one :class:`Rendered`.

        Each picture of a batch has steps of its own, and so has what is made larger.

        Raises:
            OptionsError: at once, if an option is out of its range, or the picture cannot be made larger.
            RendererError: while drawing, if the model fails.
            MemoryShortError: while drawing, if the device's memory does not suffice.
            DeviceLostError: while drawing, if the device fails; only a new process can draw again.
        """
        check(options, self.sizes, finished=picture is not None)
        larger = second_pass(options, options.highres, self.sizes, picture) if options.highres is not None else None
        return self._render(canvas, options, larger, picture)

    def edit(self, canvas: Canvas, options: RenderOptions, earlier: Earlier) -> Generator[Step | Rendered, None, None]:
        """As :meth:`render`, with every pixel of an earlier picture kept that the canvas does not change.

        Raises:
            OptionsError, RendererError, MemoryShortError, DeviceLostError: as :meth:`render`.
        """
        check(options, self.sizes)
        if options.highres is not None:
            larger = second_pass(options, options.highres, self.sizes, None)
            return self._render(canvas, options, larger, None, Whole.LARGER)
        return self._edit(canvas, options, earlier)

    @torch.inference_mode()  # as below
    def _edit(self, canvas: Canvas, options: RenderOptions, earlier: Earlier) -> Generator[Step | Rendered, None, None]:
        clock = _Clock()
        explaining = explained(RendererError, "The renderer could not draw", self._short(options))
        with explaining, clock.measure("encode"), threads_for(small=self._small):
            edit = self._plan(earlier, canvas, options)
        if isinstance(edit, Whole):
            yield from self._render(canvas, options, None, None, edit)
            return
        if edit.is_nothing:
            seeds = tuple(options.seed + i for i in range(options.images))
            yield Rendered(
                (earlier.picture,) * options.images, seeds, kept=1.0, remains=(earlier.remains,) * len(seeds)
            )
            return
        fewer = max(round(options.steps * earlier.options.steps), min(FEWEST_STEPS, options.steps))
        yield from self._render(canvas, replace(options, steps=fewer), None, None, edit, clock)

    @torch.inference_mode()
    def picture_of(self, remains: bytes) -> Image:
        """The picture of what was kept for edits, decoded anew: nearly the one it was kept of, if this model drew it.

        Raises:
            RendererError: if nothing of it can be decoded, or another model drew it.
        """
        latents = unpack(remains, self.mark)
        if isinstance(latents, Whole):
            raise RendererError(f"these latents cannot be decoded ({latents}).")
        with self._working(self._parts.vae.model):
            return self._parts.vae.decode_pictures(latents.to(self._parts.device))[0]

    def _plan(self, earlier: Earlier, canvas: Canvas, options: RenderOptions) -> Edit | Whole:
        unit = self.sizes.unit // self._cell
        size = options.width, options.height
        outlines = partial(self._outlines, options)
        smallest = round(_LEAST_WINDOW * int(self._parts.unet.config["sample_size"]))
        return plan_edit(earlier, canvas, size, self.mark, smallest, unit, outlines)

    def _settled(self, edit: Edit, canvas: Canvas, options: RenderOptions, drawn: Tensor) -> Edit:
        """The edit of the window [1, C, h, w] that was drawn, with what of it the changed things really cover."""
        if edit.is_settled:
            return edit
        seen = {region: canvas_in(replace(canvas, regions=(region,)), edit.window).regions for region in edit.come}
        placed = replace(canvas, regions=tuple(each for regions in seen.values() for each in regions))
        found = self._outlines(options, drawn, placed, edit)
        return edit.settled({one: found[each] for one, regions in seen.items() for each in regions if each in found})

    def _outlines(
        self, options: RenderOptions, latents: Tensor, canvas: Canvas, edit: Edit | None = None
    ) -> dict[Region, Mask]:
        """What the regions of a finished picture cover, or those of an edit's window."""
        if not canvas.regions:
            return {}
        schedule = self._parts.schedule
        sigma = schedule.sigmas[round(NOISY * (len(schedule.sigmas) - 1))]
        _, positive = texts = self._encode(tags_first(canvas, options.prompts), options)
        x = latents.to(positive.hidden.device) + sigma * _cut(self._noise(options.seed, options), edit)
        size = x.shape[-1] * self._cell, x.shape[-2] * self._cell
        with self._working(self._parts.unet):
            guidance = Guidance.of(*texts, 1.0, *size, x, options.regions, self._frame(options, edit))
            time = schedule.timestep(sigma)
            predictions, calls = guidance.apart(self._parts.unet, schedule.model_input(x, sigma), time)
        return found_outlines(predictions, canvas.far_to_near(), calls)

    @torch.inference_mode()  # on a generator this holds only while it runs, not for its consumer
    def _render(
        self,
        canvas: Canvas,
        options: RenderOptions,
        larger: RenderOptions | None,
        picture: Image | None,
        edit: Edit | Whole | None = None,
        clock: _Clock | None = None,
    ) -> Generator[Step | Rendered, None, None]:
        seeds = tuple(options.seed + i for i in range(options.images))
        clock = clock or _Clock()
        part = edit if isinstance(edit, Edit) else None
        passes = [each for each in (options if picture is None else None, larger) if each is not None]
        steps = _Steps(sum(each.steps * len(seeds) for each in passes))
        images: tuple[Image, ...] = (picture,) if picture is not None else ()
        latents: Tensor | None = None
        with explained(RendererError, "The renderer could not draw", self._short(options)):
            with clock.measure("encode"), threads_for(small=self._small):
                shown = canvas if part is None else canvas_in(canvas, part.window)
                texts = self._encode(tags_first(shown, options.prompts), options)
            for each in passes:
                with clock.measure("encode"), threads_for(small=self._small):
                    start = self._start(canvas, each, images) if part is None else None
                latents = yield from self._denoise_all(texts, seeds, each, start, clock, steps, part)
                with clock.measure("decode"), threads_for(small=self._small), self._working(self._parts.vae.model):
                    images = self._parts.vae.decode_pictures(latents)
        assert latents is not None
        if part is not None:
            with clock.measure("denoise"), threads_for(small=self._small):
                settled = [self._settled(part, canvas, options, each[None]) for each in latents]
            with clock.measure("decode"):
                images = tuple(own.put_back(image) for own, image in zip(settled, images, strict=True))
                latents = torch.cat([own.whole(each[None]) for own, each in zip(settled, latents, strict=True)])
            part = part.of_all(settled)
        remains = tuple(pack(each[None], self.mark) for each in latents) if larger is None else ()
        kept, mask = (part.kept, part.mask_image(self._cell)) if part is not None else (0.0, None)
        why = edit if isinstance(edit, Whole) else None
        left_out = texts[1].left_out
        if left_out:
            logger.warning("a canvas says too much for one picture: %d sub-prompts are left out", len(left_out))
        yield Rendered(images, seeds, dict(clock.seconds), remains, kept, mask, why, left_out)

    def _short(self, options: RenderOptions) -> str:
        return (
            f"{self._parts.device} has too little memory for {options.width} × {options.height} pixels: "
            "choose a smaller size, or close other programs that use it."
        )

    def _encode(self, canvas: Canvas, options: RenderOptions) -> tuple[EncodedText, EncodedText]:
        """The negative and the positive text."""
        text = self._parts.text
        with self._working(text.text_encoder), self._working(text.text_encoder_2):
            far_to_near = replace(canvas, regions=canvas.far_to_near())  # the order region methods go by
            positive = text.encode([conditions(far_to_near, options.regions.extra_prompt)])
            return self._unwanted(negative_first(options.negative_prompt, options.prompts)), positive

    def _encode_unwanted(self, prompt: str) -> EncodedText:
        """A negative prompt; kept, because it seldom changes."""
        return self._parts.text.encode([[plain_condition(prompt)]])

    def _start(self, canvas: Canvas, options: RenderOptions, images: tuple[Image, ...]) -> Start | None:
        """What a pass begins with: the images of the pass before, the canvas's colours, or nothing."""
        if images:
            assert options.highres is not None, "it is the pass that makes pictures larger"
            pictures, strength = [enlarged(image, options) for image in images], options.highres.denoise
        elif options.initial_strength is not None:
            pictures = [initial_color_image(canvas, options.width, options.height)]
            strength = options.initial_strength
        else:
            return None
        with self._working(self._parts.vae.model):
            return Start(self._parts.vae.encode_pictures(pictures), strength)

    def _denoise_all(
        self,
        texts: tuple[EncodedText, EncodedText],
        seeds: tuple[int, ...],
        options: RenderOptions,
        start: Start | None,
        clock: _Clock,
        steps: _Steps,
        edit: Edit | None = None,
    ) -> Generator[Step, None, Tensor]:
        """Denoise the seeds; returns the clean latents [n, C, h, w].

        One after another: in a batch, sums round differently, and a picture would not be quite what it is alone.
        """
        clean: list[Tensor] = []
        with self._working(self._parts.unet):
            with clock.measure("denoise"):
                like = _cut(self._noise(seeds[0], options), edit)
                size = like.shape[-1] * self._cell, like.shape[-2] * self._cell
                frame = self._frame(options, edit)
                guidance = Guidance.of(*texts, options.guidance, *size, like, options.regions, frame)
            for number, seed in enumerate(seeds):
                own = start.of(number) if start is not None else None
                if edit is None:
                    estimates = self._denoise(guidance.anew(), seed, options, own)
                else:
                    estimates = self._denoise_part(guidance.anew(), seed, options, edit)
                for _ in range(options.steps):
                    with clock.measure("denoise"), threads_for(small=self._small):
                        estimate = next(estimates)
                    seen = (*clean, estimate.denoised)
                    yield steps.taken(partial(_preview, seen, self._parts.preview, len(seeds)))
                clean.append(estimate.x)
        return torch.cat(clean)

    def _denoise(
        self, guidance: Guidance, seed: int, options: RenderOptions, start: Start | None
    ) -> Generator[Estimate, None, None]:
        """The steps of one picture."""
        sigmas = self._parts.schedule.levels(self._sampler, options.steps, start.strength if start is not None else 1.0)
        x = self._noise(seed, options) * sigmas[0]
        x = x + start.latents.to(x.device) if start is not None else x
        return sample(self._sampler, self._denoiser(guidance), x, sigmas, partial(self._noise, seed, options))

    def _denoise_part(
        self, guidance: Guidance, seed: int, options: RenderOptions, edit: Edit
    ) -> Generator[Estimate, None, None]:
        """The steps of what changes in one picture, in its window."""
        strength = edit.earlier.options.strength
        sigmas = self._parts.schedule.levels(self._sampler, options.steps, strength)
        noise = _cut(self._noise(seed, options), edit)
        before = _cut(edit.latents.to(noise.device), edit)
        freeing = Freeing.of(edit.mask[edit.window.rows, edit.window.columns], noise.device, edit.rim)
        x = start_from(before, noise, sigmas[0], freeing, strength)
        denoiser = keeping(self._denoiser(guidance), before, freeing, sigmas)
        again = partial(self._noise, seed, options)
        return sample(self._sampler, denoiser, x, sigmas, lambda step: _cut(again(step), edit))

    def _frame(self, options: RenderOptions, edit: Edit | None) -> Frame | None:
        """Where in the whole picture the window lies."""
        if edit is None or edit.window.is_whole:
            return None
        left, top = edit.window.left * self._cell, edit.window.top * self._cell
        return Frame(options.width, options.height, left, top)

    @cached_property
    def mark(self) -> str:
        """Tells this model's latents from another's: by its VAE and its text encoders, which are never away."""
        parts = self._parts
        decoder = parts.vae.model.decoder
        ends = [decoder.conv_in.weight, decoder.conv_out.weight]
        ends += [list(encoder.parameters())[-1] for encoder in (parts.text.text_encoder, parts.text.text_encoder_2)]
        digest = blake2b(digest_size=12)
        for weight in ends:
            digest.update(weight.detach().float().cpu().numpy().tobytes())
        return digest.hexdigest()

    def _noise(self, seed: int, options: RenderOptions, step: int = 0) -> Tensor:
        """Unit noise [1, C, h, w]. Made on the CPU, so that a seed means the same picture on every device."""
        cell = self._parts.vae.cell
        shape = (int(self._parts.unet.config["in_channels"]), options.height // cell, options.width // cell)
        generator = torch.Generator().manual_seed(seed + step * (LARGEST_SEED + 1))
        return torch.randn(1, *shape, generator=generator).to(self._parts.device)

    def _denoiser(self, guidance: Guidance) -> Denoiser:
        schedule, unet = self._parts.schedule, self._parts.unet

        def denoise(x: Tensor, sigma: float) -> Tensor:
            output = guidance.output(unet, schedule.model_input(x, sigma), schedule.timestep(sigma))
            return schedule.denoised(x, sigma, output)

        return denoise

    @contextmanager
    def _working(self, part: nn.Module) -> Iterator[None]:
        """Have a part on the device meanwhile, if it is not there always or comes layer by layer."""
        with self._away[part].on_device() if part in self._away else nullcontext():
            yield


def _away(parts: SdxlParts) -> dict[nn.Module, HostCopy]:
    """The parts that are on the device only while they work. LAYERS' UNet comes layer by layer of itself."""
    if parts.placement is Placement.WHOLE:
        return {}
    modules: list[nn.Module] = [parts.text.text_encoder, parts.text.text_encoder_2, parts.vae.model]
    if parts.placement is Placement.PARTS:
        modules.append(parts.unet)
    return {module: HostCopy(module, parts.device) for module in modules}


@torch.inference_mode()
def _preview(latents: Sequence[Tensor], to_rgb: Tensor, places: int) -> Image:
    """The estimates [1, C, h, w] so far as one small picture."""
    return preview_image(torch.cat(list(latents)), to_rgb, places)


def _cut(latents: Tensor, edit: Edit | None) -> Tensor:
    """What of latents [n, C, h, w] lies in an edit's window; all of them without one."""
    return latents if edit is None else latents[..., edit.window.rows, edit.window.columns]


class _Clock:
    """Adds up wall-clock seconds by part, leaving out what the consumer does between steps."""

    def __init__(self) -> None:
        self.seconds = {"encode": 0.0, "denoise": 0.0, "decode": 0.0}

    @contextmanager
    def measure(self, part: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[part] += time.perf_counter() - start


class _Steps:
    """Counts the steps of a whole rendering."""

    def __init__(self, total: int) -> None:
        self._taken, self._total = 0, total

    def taken(self, preview: Callable[[], Image]) -> Step:
        """One more step is done."""
        self._taken += 1
        return Step(self._taken, self._total, preview)
