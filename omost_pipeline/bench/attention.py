"""Regional attention as this project computes it against the formula computed as it reads.

One cross-attention layer at each of SDXL's two attention levels (896 × 1152 pixels), seven conditions of three bags:
time, memory and the largest difference. Knows no model files: weights and inputs are random, which costs the same.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import torch
from diffusers.models.attention_processor import Attention, AttnProcessor
from torch import Tensor, nn
from torch.profiler import ProfilerActivity, profile

from omost_pipeline.canvas.vocabulary import AREAS, GRID, LOCATIONS, Box, box
from omost_pipeline.renderer.attention import RegionalAttention, Regions, Span, TextMemory

_TEXT_WIDTH = 2048
_WINDOW = 77


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
    wall-clock on a GPU and processor seconds on a CPU, which other programs disturb less.
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
        names = list(zip(LOCATIONS, AREAS, strict=True))[: conditions - 1]
        boxes = [None, *(box(location, "no offset", area) for location, area in names)]
        spans = tuple(Span(area, bags * _WINDOW) for area in boxes)
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
        """The formula as it reads (omost-facts §4), each call on its own: masks, scores, scale, softmax, average."""
        keep, scale = self._masks()
        query, key, value = (self._heads(part) for part in self._projected())
        score = query @ key.mT / math.sqrt(query.shape[-1]) * scale
        attended = score.masked_fill(~keep, -torch.inf).softmax(-1) @ value
        output: Tensor = self.attention.to_out[0](attended.transpose(1, 2).flatten(2))
        return output

    def _masks(self) -> tuple[Tensor, Tensor]:
        """[Q, K] bool, pixel p sees token t, and [Q, K] H·W / Σm of t's region."""
        pixels, size, device = self.pixels.shape[1], (self.size.height, self.size.width), self.pixels.device
        keeps, scales = [], []
        for span in self.spans:
            area = span.box or Box(0, 0, GRID, GRID)
            grid = torch.zeros(1, 1, GRID, GRID, device=device)
            grid[..., area.top : area.bottom, area.left : area.right] = 1
            mask = nn.functional.interpolate(grid, size, mode="nearest-exact").flatten()
            keeps.append((mask > 0.5)[:, None].expand(-1, span.tokens))
            scales.append((pixels / mask.sum()).expand(pixels, span.tokens))
        return torch.cat(keeps, 1), torch.cat(scales, 1)

    def _projected(self) -> tuple[Tensor, Tensor, Tensor]:
        layer = self.attention
        return layer.to_q(self.pixels), layer.to_k(self.text), layer.to_v(self.text)

    def _heads(self, tensor: Tensor) -> Tensor:
        return tensor.view(1, tensor.shape[1], self.attention.heads, -1).transpose(1, 2)


def _measure(layer: _Layer, repeats: int) -> dict[str, float]:
    memory = TextMemory()
    difference = float((layer.ours(memory) - layer.naive()).abs().max())  # also warms both up
    ours, naive = [], []
    for _ in range(repeats):
        ours.append(_seconds(lambda: layer.ours(memory), layer.pixels.device))
        naive.append(_seconds(layer.naive, layer.pixels.device))
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


def _seconds(work: Callable[[], Tensor], device: torch.device) -> float:
    clock = time.perf_counter if device.type == "cuda" else time.process_time
    start = clock()
    work()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return clock() - start


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
