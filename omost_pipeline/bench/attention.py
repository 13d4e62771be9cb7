"""Regional attention as this project computes it against the formula computed as it reads.

One cross-attention layer at each of SDXL's two attention levels (896 × 1152 pixels), seven conditions of three bags:
time, memory and the largest difference. Knows no model files: weights and inputs are random, which costs the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import torch
from diffusers.models.attention_processor import Attention, AttnProcessor
from torch import Tensor
from torch.profiler import ProfilerActivity, profile

from omost_pipeline.bench.naive import NaiveAttention, example_spans
from omost_pipeline.bench.timing import seconds
from omost_pipeline.renderer.regions.spans import Span
from omost_pipeline.renderer.sdxl.attention import RegionalAttention, Regions, TextMemory

_TEXT_WIDTH = 2048


@dataclass(frozen=True)
class LevelSize:
    """One attention resolution: pixels, channels and heads of 64 channels each."""

    height: int
    width: int
    channels: int


SDXL_LEVELS = (LevelSize(72, 56, 640), LevelSize(36, 28, 1280))


def run(
    levels: Sequence[LevelSize] = SDXL_LEVELS,
    conditions: int = 7,
    bags: int = 3,
    repeats: int = 5,
    device: str | None = None,
) -> dict[str, object]:
    """Measure each level in float32: best of ``repeats``, both ways in turn.

    ``ratio``: naive time / ours, our text keys and values kept from the step before. ``memory_ratio``: our peak of
    newly allocated bytes / naive, with our keys and values counted. ``max_difference``: of the outputs. Times are
    those of :mod:`timing`.
    """
    place = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    with torch.inference_mode():
        rows = [_measure(_Layer.random(level, conditions, bags, place), repeats) for level in levels]
    return {"device": str(place), "dtype": "float32", "conditions": conditions, "bags": bags, "levels": rows}


@dataclass(frozen=True)
class _Layer:
    """A cross-attention layer with an input. ``pixels``: [1, Q, C]; ``text``: [1, K, D]."""

    size: LevelSize
    attention: Attention
    pixels: Tensor
    text: Tensor
    regions: Regions
    spans: tuple[Span, ...]

    @classmethod
    def random(cls, size: LevelSize, conditions: int, bags: int, device: torch.device) -> _Layer:
        generator = torch.Generator().manual_seed(0)
        attention = Attention(size.channels, _TEXT_WIDTH, heads=size.channels // 64, dim_head=64).to(device)
        attention.set_processor(cast("AttnProcessor", RegionalAttention()))  # diffusers means any callable
        spans = example_spans(conditions, bags)
        tokens = sum(span.tokens for span in spans)
        return cls(
            size,
            attention,
            torch.randn(1, size.height * size.width, size.channels, generator=generator).to(device),
            torch.randn(1, tokens, _TEXT_WIDTH, generator=generator).to(device),
            Regions.of([spans], size.height, size.width, device),
            spans,
        )

    def ours(self, memory: TextMemory) -> Tensor:
        output: Tensor = self.attention(self.pixels, self.text, regions=self.regions, memory=memory)
        return output

    def naive(self) -> Tensor:
        latent = (self.size.height, self.size.width)
        return NaiveAttention()(self.attention, self.pixels, self.text, spans=self.spans, latent=latent)


def _measure(layer: _Layer, repeats: int) -> dict[str, float]:
    memory = TextMemory()
    difference = float((layer.ours(memory) - layer.naive()).abs().max())  # also warms both up
    ours, naive = [], []
    for _ in range(repeats):
        ours.append(seconds(lambda: layer.ours(memory), layer.pixels.device))
        naive.append(seconds(layer.naive, layer.pixels.device))
    device = layer.pixels.device
    peak = _peak_bytes(lambda: layer.ours(TextMemory()), device), _peak_bytes(layer.naive, device)
    return {
        "queries": layer.pixels.shape[1],
        "tokens": layer.text.shape[1],
        "ours_seconds": min(ours),
        "naive_seconds": min(naive),
        "ratio": min(naive) / min(ours),
        "memory_ratio": peak[0] / peak[1],
        "max_difference": difference,
    }


def _peak_bytes(work: Callable[[], Tensor], device: torch.device) -> int:
    """The most bytes that ``work`` had allocated at one time, beyond what was there before."""
    if device.type == "cuda":
        before = torch.cuda.memory_allocated(device)
        torch.cuda.reset_peak_memory_stats(device)
        work()
        return torch.cuda.max_memory_allocated(device) - before
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as recorded:
        work()
    assert recorded.profiler is not None
    assert recorded.profiler.kineto_results is not None
    events = [event for event in recorded.profiler.kineto_results.events() if event.name() == "[memory]"]
    now = peak = 0
    for event in sorted(events, key=lambda event: event.start_ns()):
        now += event.nbytes()
        peak = max(peak, now)
    return peak
