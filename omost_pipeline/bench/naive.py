"""Regional attention as its formula reads (omost-facts §4), to be measured against: nothing folded, kept or fused.

A diffusers attention processor for one sample. Every call makes its masks, its text keys and values and the whole
matrix of scores anew. Self-attention is diffusers' own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

import torch
from diffusers.models.attention_processor import Attention, AttnProcessor, AttnProcessor2_0
from torch import Tensor, nn

from omost_pipeline.canvas.vocabulary import AREAS, GRID, LOCATIONS, Box, box
from omost_pipeline.renderer.regions.spans import Span

_WINDOW = 77


class NaiveAttention:
    """Cross-attention for ``cross_attention_kwargs={"spans": …, "latent": (height, width)}``."""

    def __call__(
        self,
        attn: Attention,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor,
        attention_mask: Tensor | None = None,
        temb: Tensor | None = None,
        spans: Sequence[Span] = (),
        latent: tuple[int, int] = (1, 1),
    ) -> Tensor:
        """Pixels [1, Q, C] of a level of the latent, and text [1, K, D] that the spans tell of → [1, Q, C]."""
        del attention_mask, temb  # SDXL has none
        query = _heads(attn, attn.to_q(hidden_states))
        key, value = (_heads(attn, layer(encoder_hidden_states)) for layer in (attn.to_k, attn.to_v))
        keep, scale = _masks(spans, _level(query.shape[-2], *latent), query)
        score = query @ key.mT / math.sqrt(query.shape[-1]) * scale
        attended = score.masked_fill(~keep, -torch.inf).softmax(-1) @ value
        output: Tensor = attn.to_out[0](attended.transpose(1, 2).flatten(2))
        return output


class _PlainAttention:
    """diffusers' own, to which it may be told what is not meant for it."""

    def __init__(self) -> None:
        self._own = AttnProcessor2_0()

    def __call__(
        self,
        attn: Attention,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
        temb: Tensor | None = None,
        spans: Sequence[Span] = (),
        latent: tuple[int, int] = (1, 1),
    ) -> Tensor:
        del spans, latent
        output: Tensor = self._own(attn, hidden_states, encoder_hidden_states, attention_mask, temb)
        return output


def install_naive(unet: nn.Module) -> None:
    """Give every layer of the UNet its processor: this formula across, diffusers' own within the picture."""
    across, within = NaiveAttention(), _PlainAttention()
    for name, layer in unet.named_modules():
        if isinstance(layer, Attention):
            # The cast: diffusers lists its own processors by name where it means "a callable".
            layer.set_processor(cast("AttnProcessor", across if name.endswith("attn2") else within))


def example_spans(conditions: int, bags: int) -> tuple[Span, ...]:
    """The whole picture and ``conditions - 1`` boxes of different places and sizes, each with so many bags of text."""
    names = list(zip(LOCATIONS, AREAS, strict=True))[: conditions - 1]
    boxes = [None, *(box(location, "no offset", area) for location, area in names)]
    return tuple(Span(area, bags * _WINDOW) for area in boxes)


def _masks(spans: Sequence[Span], size: tuple[int, int], like: Tensor) -> tuple[Tensor, Tensor]:
    """[Q, K] bool, pixel p sees token t, and [Q, K] H·W / Σm of t's region, of ``like``'s device and type."""
    pixels = size[0] * size[1]
    keeps, scales = [], []
    for span in spans:
        area = span.box or Box(0, 0, GRID, GRID)
        grid = torch.zeros(1, 1, GRID, GRID, device=like.device)
        grid[..., area.top : area.bottom, area.left : area.right] = 1
        mask = nn.functional.interpolate(grid, size, mode="nearest-exact").flatten()
        keeps.append((mask > 0.5)[:, None].expand(-1, span.tokens))
        scales.append((pixels / mask.sum()).to(like.dtype).expand(pixels, span.tokens))
    return torch.cat(keeps, 1), torch.cat(scales, 1)


def _level(pixels: int, height: int, width: int) -> tuple[int, int]:
    """Height and width of the level that has so many pixels, the latent's own halved rounding up."""
    while height * width > pixels:
        height, width = (height + 1) // 2, (width + 1) // 2
    return height, width


def _heads(attn: Attention, tensor: Tensor) -> Tensor:
    """[1, N, heads · d] → [1, heads, N, d]."""
    return tensor.view(1, tensor.shape[1], attn.heads, -1).transpose(1, 2)
