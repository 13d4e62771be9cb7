"""The visible loop: a canvas through an SDXL model, one denoising step at a time.

Text once, masks once, noise from the seed, then guided steps and the decoder. Knows neither files (see :mod:`weights`)
nor how attention or the sampler work inside.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from PIL.Image import Image
from torch import Tensor, nn

from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.errors import MemoryShortError
from omost_pipeline.renderer import attention
from omost_pipeline.renderer.guidance import Guidance
from omost_pipeline.renderer.options import SizeLimits, check
from omost_pipeline.renderer.preview import pixels_per_cell, preview_image, to_image
from omost_pipeline.renderer.renderer import Rendered, RenderOptions, Step
from omost_pipeline.renderer.sampling import Denoiser, Schedule, sample_dpmpp_2m
from omost_pipeline.renderer.subprompts import conditions, plain_condition
from omost_pipeline.renderer.text_encoder import EncodedText, TextEncoder
from omost_pipeline.threads import is_small, threads_for

_CELLS_AT_ONCE = 16_384
"""Latent cells denoised in one batch: one SDXL picture of a megapixel, or several smaller ones."""


@dataclass(frozen=True)
class SdxlParts:
    """A loaded checkpoint. ``device`` is where parts work; with ``hop`` each one is there only while it works.

    ``preview``: [C + 1, 3], the map to RGB that :mod:`preview` fitted to the VAE.
    """

    text: TextEncoder
    unet: UNet2DConditionModel
    vae: AutoencoderKL
    schedule: Schedule
    preview: Tensor
    device: torch.device
    hop: bool = False


class SdxlRenderer:
    """Draws canvases with an SDXL model. Blocks; use it from one thread at a time."""

    def __init__(self, parts: SdxlParts) -> None:
        self._parts = parts
        self._small = parts.device.type == "cpu" and is_small(parts.unet)
        attention.install(parts.unet)

    @property
    def size_unit(self) -> int:
        """Pixels that must divide both sides of a picture."""
        return self.sizes.unit

    @cached_property
    def sizes(self) -> SizeLimits:
        """The sides this model can draw."""
        config = self._parts.unet.config
        native = int(config["sample_size"]) * self._cell
        return SizeLimits.of_model(native, self._cell, len(config["block_out_channels"]))

    @cached_property
    def _cell(self) -> int:
        """Pixels along a latent cell's side."""
        return pixels_per_cell(self._parts.vae)

    def render(self, canvas: Canvas, options: RenderOptions) -> Generator[Step | Rendered, None, None]:
        """Yield one :class:`Step` for each denoising step and last one :class:`Rendered`.

        Many or large pictures are denoised in several batches, each with steps of its own.

        Raises:
            OptionsError: at once, if an option is out of its range.
            MemoryShortError: while drawing, if the device's memory does not suffice.
        """
        check(options, self.sizes)
        return self._render(canvas, options)

    @torch.inference_mode()  # on a generator this holds only while it runs, not for its consumer
    def _render(self, canvas: Canvas, options: RenderOptions) -> Generator[Step | Rendered, None, None]:
        seeds = tuple(options.seed + i for i in range(options.images))
        clock = _Clock()
        try:
            with clock.measure("encode"), threads_for(small=self._small):
                texts = self._encode(canvas, options.negative_prompt)
            batches = _batches(seeds, options.width * options.height // self._cell**2)
            latents: list[Tensor] = []
            with self._working(self._parts.unet):
                for batch in batches:
                    result = yield from self._denoise(texts, batch, options, clock, len(latents), len(batches))
                    latents.append(result)
            with clock.measure("decode"), threads_for(small=self._small):
                images = self._decode(torch.cat(latents))
        except torch.OutOfMemoryError as error:
            raise MemoryShortError(
                f"{self._parts.device} has too little memory for {options.width} × {options.height} pixels: "
                "choose a smaller size, or close other programs that use it."
            ) from error
        yield Rendered(images, seeds, dict(clock.seconds))

    def _encode(self, canvas: Canvas, negative_prompt: str) -> tuple[EncodedText, EncodedText]:
        """The negative and the positive text."""
        text = self._parts.text
        with self._working(text.text_encoder), self._working(text.text_encoder_2):
            negative = text.encode([[plain_condition(negative_prompt)]])
            return negative, text.encode([conditions(canvas)])

    def _denoise(
        self,
        texts: tuple[EncodedText, EncodedText],
        seeds: tuple[int, ...],
        options: RenderOptions,
        clock: _Clock,
        batch: int,
        batches: int,
    ) -> Generator[Step, None, Tensor]:
        """Denoise one batch of seeds; returns its clean latents [n, C, h, w]."""
        sigmas = self._parts.schedule.karras(options.steps)
        with clock.measure("denoise"):
            x = self._noise(seeds, options) * sigmas[0]
            guidance = Guidance.of(*texts, options.guidance, options.width, options.height, x)
        steps = sample_dpmpp_2m(self._denoiser(guidance), x, sigmas)
        for number in range(1, options.steps + 1):
            with clock.measure("denoise"), threads_for(small=self._small):
                estimate = next(steps)
                preview = preview_image(estimate.denoised[0], self._parts.preview)
            yield Step(batch * options.steps + number, batches * options.steps, preview)
        return estimate.x

    def _noise(self, seeds: tuple[int, ...], options: RenderOptions) -> Tensor:
        """Unit noise [n, C, h, w]. Made on the CPU, so that a seed means the same picture on every device."""
        shape = (int(self._parts.unet.config["in_channels"]), options.height // self._cell, options.width // self._cell)
        noise = [torch.randn(shape, generator=torch.Generator().manual_seed(seed)) for seed in seeds]
        return torch.stack(noise).to(self._parts.device)

    def _denoiser(self, guidance: Guidance) -> Denoiser:
        schedule, unet = self._parts.schedule, self._parts.unet

        def denoise(x: Tensor, sigma: float) -> Tensor:
            output = guidance.output(unet, schedule.model_input(x, sigma), schedule.timestep(sigma))
            return schedule.denoised(x, sigma, output)

        return denoise

    def _decode(self, latents: Tensor) -> tuple[Image, ...]:
        """Latents [n, C, h, w] to pictures, one by one: the decoder is what needs most memory."""
        vae = self._parts.vae
        with self._working(vae):
            scaled = (latents / float(vae.config["scaling_factor"])).to(vae.dtype)
            return tuple(to_image(vae.decode(one[None], return_dict=False)[0][0]) for one in scaled)

    @contextmanager
    def _working(self, part: nn.Module) -> Iterator[None]:
        """Have a part on the device meanwhile; a part that hops goes back to the CPU after."""
        if not self._parts.hop:
            yield
            return
        try:
            part.to(self._parts.device)
            yield
        finally:
            part.to("cpu")


class _Clock:
    """Adds up wall-clock seconds by part, leaving out what the consumer does between steps."""

    def __init__(self) -> None:
        self.seconds = {"encode": 0.0, "denoise": 0.0, "decode": 0.0}

    @contextmanager
    def measure(self, part: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[part] += time.perf_counter() - start


def _batches(seeds: tuple[int, ...], cells: int) -> list[tuple[int, ...]]:
    """Seeds in order, as many at once as their latent cells allow."""
    size = max(_CELLS_AT_ONCE // cells, 1)
    return [seeds[start : start + size] for start in range(0, len(seeds), size)]
