"""A whole denoising step of a full-size SDXL UNet as this project takes it, against one with naive attention.

The UNet is SDXL's in every size and its weights are random, which costs the same: no model is downloaded. Both ways
use the same weights: ours as the renderer calls it, the naive one by two calls of the UNet with the formula as it reads
(:mod:`naive`). Where there is a GPU, whole pictures are timed on it as well, also compiled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from types import MappingProxyType
from typing import NotRequired, TypedDict

import torch
from accelerate import init_empty_weights
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Tensor, nn

from omost_pipeline.bench.naive import example_spans, install_naive
from omost_pipeline.bench.timing import seconds
from omost_pipeline.renderer.regions.spans import Span
from omost_pipeline.renderer.sdxl.attention import install
from omost_pipeline.renderer.sdxl.guidance import Guidance
from omost_pipeline.renderer.sdxl.text_encoder import EncodedText

SDXL: Mapping[str, object] = MappingProxyType(
    {
        "sample_size": 128,
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        "block_out_channels": (320, 640, 1280),
        "layers_per_block": 2,
        "transformer_layers_per_block": (1, 2, 10),
        "attention_head_dim": (5, 10, 20),  # heads, whatever the library calls them
        "cross_attention_dim": 2048,
        "use_linear_projection": True,
        "addition_embed_type": "text_time",
        "addition_time_embed_dim": 256,
        "projection_class_embeddings_input_dim": 2816,
    }
)
"""SDXL's UNet, in diffusers' words: 2.6 billion numbers, 4.8 GiB in 16 bits."""

_CELL = 8
"""Pixels along a latent cell."""

_STRENGTH = 5.0
_TIMESTEP = 500.0
_STEPS = 25
"""What a picture takes unless it is asked for otherwise."""


class Pictured(TypedDict):
    """Wall-clock seconds of a picture's 25 steps on a GPU, after one picture to warm up."""

    side: int
    compiled: bool
    seconds: float


class Report(TypedDict):
    """``ratio``: naive step / ours, medians of alternating steps. ``seconds``: one step of ours (see :mod:`timing`).

    ``pictures`` are timed on a GPU alone; ``note`` says so where there is none.
    """

    device: str
    dtype: str
    side: int
    ratio: float
    seconds: float
    naive_seconds: float
    pictures: list[Pictured]
    note: NotRequired[str]


def run(
    config: Mapping[str, object] = SDXL,
    side: int = 512,
    dtype: torch.dtype = torch.bfloat16,
    conditions: int = 7,
    bags: int = 3,
    repeats: int = 3,
    device: str | None = None,
) -> Report:
    """Measure pictures of ``side`` × ``side`` pixels; on a GPU whole ones of 1024 × 1024 as well."""
    place = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    unet = random_unet(config, dtype, place)
    texts = random_text(unet, example_spans(1, 1)), random_text(unet, example_spans(conditions, bags))
    with torch.inference_mode():
        ours, naive = _alternating(_Step(unet, *texts, side), repeats)
        pictures = [
            _pictured(unet, texts, picture_side, compiled=compiled)
            for picture_side in ((side, 1024) if place.type == "cuda" else ())
            for compiled in (False, True)
        ]
    report: Report = {
        "device": str(place),
        "dtype": str(dtype).removeprefix("torch."),
        "side": side,
        "ratio": naive / ours,
        "seconds": ours,
        "naive_seconds": naive,
        "pictures": pictures,
    }
    if place.type != "cuda":
        report["note"] = "No GPU here: 1024 × 1024 pixels, whole pictures and torch.compile were not measured."
    return report


def random_unet(config: Mapping[str, object], dtype: torch.dtype, device: torch.device) -> UNet2DConditionModel:
    """A UNet with the weights that training would begin with, made in ``dtype`` at once: no copy is ever larger."""
    with init_empty_weights():
        unet = UNet2DConditionModel(**config)
    nn.Module.to(unet, dtype).to_empty(device=device)  # the library's own ``to`` warns for nothing
    for module in unet.modules():
        if isinstance(module, nn.Linear | nn.Conv2d | nn.GroupNorm | nn.LayerNorm):
            module.reset_parameters()
    unet.eval().requires_grad_(requires_grad=False)
    return unet


def random_text(unet: UNet2DConditionModel, spans: tuple[Span, ...]) -> EncodedText:
    """Encoded words as the UNet wants them, one sample: only their number costs time."""
    config = unet.config
    pooled = int(config["projection_class_embeddings_input_dim"]) - 6 * int(config["addition_time_embed_dim"])
    generator = torch.Generator().manual_seed(0)

    def noise(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator).to(unet.device, unet.dtype)

    tokens = sum(span.tokens for span in spans)
    return EncodedText(noise(1, tokens, int(config["cross_attention_dim"])), noise(1, pooled), (spans,))


@dataclass(frozen=True)
class _Step:
    """One denoising step of a picture of ``side`` × ``side`` pixels, both ways."""

    unet: UNet2DConditionModel
    negative: EncodedText
    positive: EncodedText
    side: int

    @property
    def latents(self) -> Tensor:
        """[1, 4, h, w]."""
        cells = self.side // _CELL
        generator = torch.Generator().manual_seed(1)
        return torch.randn(1, 4, cells, cells, generator=generator).to(self.unet.device)

    def guidance(self) -> Guidance:
        """What a render keeps between its steps; empty yet."""
        return Guidance.of(self.negative, self.positive, _STRENGTH, self.side, self.side, self.latents)

    def ours(self, guidance: Guidance) -> Tensor:
        return guidance.output(self.unet, self.latents, _TIMESTEP)

    def naive(self) -> Tensor:
        negative, positive = (self._called(text) for text in (self.negative, self.positive))
        return negative + _STRENGTH * (positive - negative)

    def _called(self, text: EncodedText) -> Tensor:
        sizes = torch.tensor([[self.side, self.side, 0, 0, self.side, self.side]], dtype=self.unet.dtype)
        latents = self.latents
        output: Tensor = self.unet(
            latents.to(self.unet.dtype),
            torch.tensor(_TIMESTEP, device=self.unet.device),
            text.hidden,
            cross_attention_kwargs={"spans": text.spans[0], "latent": (latents.shape[-2], latents.shape[-1])},
            added_cond_kwargs={"text_embeds": text.pooled, "time_ids": sizes.to(self.unet.device)},
            return_dict=False,
        )[0]
        return output.float()


def _alternating(step: _Step, repeats: int) -> tuple[float, float]:
    """Median seconds of our step and of the naive one, in turn, each warmed up by one that does not count."""
    guidance = step.guidance()
    ours, naive = [], []
    for _ in range(repeats + 1):
        install(step.unet)
        ours.append(seconds(lambda: step.ours(guidance), step.unet.device))
        install_naive(step.unet)
        naive.append(seconds(step.naive, step.unet.device))
    install(step.unet)
    return median(ours[1:]), median(naive[1:])


def _pictured(
    unet: UNet2DConditionModel, texts: tuple[EncodedText, EncodedText], side: int, *, compiled: bool
) -> Pictured:
    """Whole pictures, the second of two: compiling happens during the first.

    The first step of each, which leaves behind what the others read (masks, text keys and values), is never compiled:
    so all the others, of every picture of a size, are one graph.
    """
    step = _Step(unet, *texts, side)
    later = torch.compile(unet) if compiled else unet

    def draw() -> None:
        guidance = step.guidance()
        for number in range(_STEPS):
            guidance.output(later if number else unet, step.latents, _TIMESTEP)

    draw()
    return {"side": side, "compiled": compiled, "seconds": seconds(draw, unet.device)}
