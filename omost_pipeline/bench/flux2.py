"""A denoising step of FLUX.2-klein as this project takes it: plain, with regions, and with regions by one dense mask.

The transformer has the real widths and random weights, which cost the same: no model is downloaded. On a CPU it has
fewer blocks than the real one, whose ratios are the same. The dense mask stands for what one would write first: every
region's words padded to the 512 tokens that the model's own pipeline pads to, and one mask over everything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from types import MappingProxyType
from typing import NotRequired, TypedDict

import torch
from accelerate import init_empty_weights
from diffusers.models.transformers.transformer_flux2 import Flux2Transformer2DModel
from torch import Tensor, nn

from omost_pipeline.bench.naive import example_spans
from omost_pipeline.bench.timing import seconds
from omost_pipeline.renderer.flux2.attention import Read, install
from omost_pipeline.renderer.flux2.joint import Joint
from omost_pipeline.renderer.regions.spans import Span

KLEIN_4B: Mapping[str, object] = MappingProxyType(
    {
        "in_channels": 128,
        "num_layers": 5,
        "num_single_layers": 20,
        "attention_head_dim": 128,
        "num_attention_heads": 24,
        "joint_attention_dim": 7680,
        "guidance_embeds": False,
    }
)
"""FLUX.2-klein-4B's transformer, in diffusers' words: 3.9 billion numbers, 7.2 GiB in 16 bits."""

ON_CPU: Mapping[str, object] = MappingProxyType({**KLEIN_4B, "num_layers": 1, "num_single_layers": 1})

_CELL = 16
"""Pixels along a token."""

_MARKS, _SUBPROMPT, _PADDED = 12, 20, 512
"""Tokens of the chat's own marks, of a sub-prompt as language models write them, and of a padded message."""

_STEPS = 4
_TIME = 0.9


class Report(TypedDict):
    """Seconds of a step (see :mod:`timing`), medians; ``regions_over_plain`` and ``dense_over_regions`` are ratios.

    ``difference``: the largest between our step and that of one dense mask over the same words, beside the largest
    number. ``peak_gib`` and ``pictures`` (seconds of four steps) are measured on a GPU alone.
    """

    device: str
    dtype: str
    side: int
    blocks: str
    words: int
    plain: float
    regions: float
    dense: float
    regions_over_plain: float
    dense_over_regions: float
    difference: float
    peak_gib: dict[str, float]
    pictures: dict[str, float]
    note: NotRequired[str]


def run(
    config: Mapping[str, object] | None = None,
    side: int = 1024,
    conditions: int = 7,
    subprompts: int = 3,
    repeats: int = 3,
    device: str | None = None,
) -> Report:
    """Measure a picture of ``side`` × ``side`` pixels with so many regions of so many sub-prompts."""
    place = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    on_gpu = place.type == "cuda"
    transformer = random_transformer(
        config or (KLEIN_4B if on_gpu else ON_CPU), torch.bfloat16 if on_gpu else torch.float32, place
    )
    step = Step(transformer, side, conditions, subprompts)
    with torch.inference_mode():
        ways = {"plain": step.plain, "regions": step.regions, "dense": step.dense}
        took = {name: _median(way, repeats, place) for name, way in ways.items()}
        mine, reference = step.regions(), step.same_by_mask()
        peaks = {name: _peak(way, place) for name, way in ways.items()} if on_gpu else {}
        pictures = _pictures(step, place) if on_gpu else {}
    report: Report = {
        "device": str(place),
        "dtype": str(transformer.dtype).removeprefix("torch."),
        "side": side,
        "blocks": f"{transformer.config['num_layers']} + {transformer.config['num_single_layers']}",
        "words": step.joint.words,
        "plain": took["plain"],
        "regions": took["regions"],
        "dense": took["dense"],
        "regions_over_plain": took["regions"] / took["plain"],
        "dense_over_regions": took["dense"] / took["regions"],
        "difference": float((mine - reference).abs().max() / reference.abs().max()),
        "peak_gib": peaks,
        "pictures": pictures,
    }
    if not on_gpu:
        report["note"] = "No GPU here: fewer blocks than the real model's, and neither memory nor whole pictures."
    return report


def random_transformer(
    config: Mapping[str, object], dtype: torch.dtype, device: torch.device
) -> Flux2Transformer2DModel:
    """A transformer with the weights that training would begin with, made in ``dtype`` at once."""
    with init_empty_weights():
        transformer = Flux2Transformer2DModel(**config)
    nn.Module.to(transformer, dtype).to_empty(device=device)
    for module in transformer.modules():
        if isinstance(module, nn.Linear | nn.RMSNorm):
            module.reset_parameters()
    transformer.eval().requires_grad_(requires_grad=False)
    install(transformer)
    return transformer


@dataclass
class Step:
    """One denoising step in every way."""

    transformer: Flux2Transformer2DModel
    side: int
    conditions: int
    subprompts: int

    def __post_init__(self) -> None:
        cells, device = self.side // _CELL, self.transformer.device
        self._size = cells, cells
        count = _MARKS + self.subprompts * _SUBPROMPT
        spans = [Span(span.box, count) for span in example_spans(self.conditions + 1, 1)]
        self.joint = Joint.of(spans, *self._size, device)
        self._padded = Joint.of([Span(span.box, _PADDED) for span in spans], *self._size, device)
        self._alone = Joint.of(spans[:1], *self._size, device)
        self._words = self._random(len(spans) * count, int(self.transformer.config["joint_attention_dim"]))
        self._places = torch.arange(count, device=device).repeat(len(spans))
        self._all = Read.of(self.transformer, self._words, self._places, *self._size)
        self._first = Read.of(self.transformer, self._words[:, :count], self._places[:count], *self._size)
        self.latents = self._random(int(self.transformer.config["in_channels"]), cells * cells).view(1, -1, *self._size)

    def plain(self) -> Tensor:
        """The whole picture's words alone."""
        return self._first.output(self.transformer, self.latents, _TIME, self._alone)

    def regions(self) -> Tensor:
        """With all regions, as a render calls it."""
        return self._all.output(self.transformer, self.latents, _TIME, self.joint)

    def same_by_mask(self) -> Tensor:
        """The same by diffusers' own pass and one dense mask."""
        return self._by_mask(self._words, self._places, self.joint)

    def dense(self) -> Tensor:
        """Every message padded, and one dense mask."""
        count = _MARKS + self.subprompts * _SUBPROMPT
        padded = [nn.functional.pad(words, (0, 0, 0, _PADDED - count)) for words in self._words.split(count, 1)]
        places = torch.arange(_PADDED, device=self._words.device).repeat(len(self._places) // count)
        return self._by_mask(torch.cat(padded, 1), places, self._padded)

    def _by_mask(self, words: Tensor, places: Tensor, joint: Joint) -> Tensor:
        height, width = self._size
        words_at = torch.zeros(len(places), 4, device=words.device)
        words_at[:, 3] = places
        axes = (torch.arange(each, device=words.device) for each in (1, height, width, 1))
        output: Tensor = self.transformer(
            hidden_states=self.latents.flatten(2).transpose(1, 2).to(self.transformer.dtype),
            encoder_hidden_states=words,
            timestep=torch.tensor([_TIME], device=words.device),
            img_ids=torch.cartesian_prod(*axes),
            txt_ids=words_at,
            joint_attention_kwargs={"attention_mask": joint.dense[None, None]},
            return_dict=False,
        )[0]
        return output.float().transpose(1, 2).reshape(self.latents.shape)

    def _random(self, *shape: int) -> Tensor:
        generator = torch.Generator().manual_seed(0)
        return torch.randn(1, *shape, generator=generator).to(self.transformer.device, self.transformer.dtype)


def _median(way: Callable[[], Tensor], repeats: int, device: torch.device) -> float:
    took = [seconds(way, device) for _ in range(repeats + 1)]
    return median(took[1:])  # the first is to warm up


def _peak(way: Callable[[], Tensor], device: torch.device) -> float:
    """GiB in use at the fullest moment, beside the weights."""
    torch.cuda.reset_peak_memory_stats(device)
    before = torch.cuda.memory_allocated(device)
    way()
    return (torch.cuda.max_memory_allocated(device) - before) / 2**30


def _pictures(step: Step, device: torch.device) -> dict[str, float]:
    """Seconds of four steps, eager and with the repeated blocks compiled."""

    def draw() -> None:
        for _ in range(_STEPS):
            step.regions()

    draw()
    eager = seconds(draw, device)
    step.transformer.compile_repeated_blocks()
    compiling = seconds(draw, device)
    return {"eager": eager, "compiled": seconds(draw, device), "first_compiled": compiling}
