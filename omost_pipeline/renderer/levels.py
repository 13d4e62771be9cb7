"""One attention resolution: which pixel sees which text tokens, and the attention that follows from it.

A pixel has one softmax over the tokens of all regions it lies in. Knows tensors, and neither boxes nor layers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

PAD = -1
"""Owner of a token that no pixel may see."""

_PARTED_QUERIES = 512
"""Pixels from which, on a CPU, each region is attended to by its own pixels alone; for fewer, one call costs less."""


@dataclass(frozen=True)
class Piece:
    """A region's pixels, as indices, and its tokens, which follow one another."""

    pixels: Tensor
    tokens: slice


@dataclass(frozen=True)
class Level:
    """Who sees what among Q query pixels and K text tokens of R regions.

    ``masks``: [B, R, Q] bool, pixel sees region. ``owners``: [B, K] integers, each token's region or ``PAD``; a
    region's tokens follow one another, in the regions' order.
    """

    masks: Tensor
    owners: Tensor

    @cached_property
    def keep(self) -> Tensor:
        """[B, 1, Q, K] bool: pixel sees token."""
        hidden = torch.zeros_like(self.masks[:, :1])  # the pads' region, seen by nobody
        padded = torch.cat([hidden, self.masks], 1).to(torch.uint8)  # several times faster than bool below
        B, K = self.owners.shape
        first = torch.arange(B, device=padded.device)[:, None] * padded.shape[1]
        keep = padded.flatten(0, 1).index_select(0, (first + self.owners + 1).flatten()).view(B, K, -1)
        return keep.transpose(1, 2)[:, None].contiguous().bool()

    def scale(self, dtype: torch.dtype) -> Tensor:
        """[B, 1, K, 1]: H·W / Σm of each token's region."""
        exact = torch.promote_types(dtype, torch.float32)
        # Nobody sees pads, nor a region without a pixel at this level: any scale will do for them.
        areas = self.masks.sum(-1).clamp(min=1).gather(1, self.owners.clamp(min=0))
        return (self.masks.shape[-1] / areas.to(exact)).to(dtype)[:, None, :, None]

    def attend(self, query: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """[n, heads, Q, d], keys and values [B, heads, K, d] → [n, heads, Q, d]; text i serves n / B pictures in turn.

        ``keys`` are already multiplied by :meth:`scale`.
        """
        on_cpu, large = query.device.type == "cpu", query.shape[-2] >= _PARTED_QUERIES
        if on_cpu and large and not torch.is_grad_enabled():  # parts have no gradients
            rows = zip(query.chunk(len(keys)), keys, values, strict=True)
            return torch.cat([self._parted(b, *row) for b, row in enumerate(rows)])
        mask = spread(self.keep, len(query))
        return scaled_dot_product_attention(query, spread(keys, len(query)), spread(values, len(query)), mask)

    def _parted(self, b: int, query: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """Sample b, [m, heads, Q, d], each region's tokens against its own pixels alone, then their weighted mean.

        A softmax over all of a pixel's tokens is the mean of softmaxes over parts of them, each weighted by the sum of
        its exponentials.
        """
        m, heads, Q, _ = query.shape
        pieces = self._pieces[b]
        exact = torch.promote_types(query.dtype, torch.float32)
        weights = torch.full((m, len(self.masks[b]), Q, heads), -torch.inf, dtype=exact)
        parts = []
        for r, piece in pieces.items():
            chosen = [part[:, piece.tokens].expand(m, -1, -1, -1) for part in (keys, values)]
            attended, weights[:, r, piece.pixels] = _attention(query.index_select(2, piece.pixels), *chosen)
            parts.append(attended.transpose(1, 2))
        shares = weights.softmax(1).to(query.dtype)
        output = query.new_zeros(m, Q, heads, query.shape[-1])
        for (r, piece), part in zip(pieces.items(), parts, strict=True):
            output.index_add_(1, piece.pixels, part * shares[:, r].index_select(1, piece.pixels)[..., None])
        return output.transpose(1, 2)

    @cached_property
    def _pieces(self) -> tuple[dict[int, Piece], ...]:
        """For each sample, the regions that have both pixels and tokens."""
        return tuple(dict(_pieces(*sample)) for sample in zip(self.masks, self.owners, strict=True))


def _pieces(masks: Tensor, owners: Tensor) -> Iterator[tuple[int, Piece]]:
    """[R, Q] bool and [K] owners → each region that is seen, with its number."""
    counts = torch.bincount(owners + 1, minlength=len(masks) + 1)[1:].tolist()
    start = 0
    for r, count in enumerate(counts):
        pixels = masks[r].nonzero()[:, 0]
        if len(pixels) and count:
            yield r, Piece(pixels, slice(start, start + count))
        start += count


def _attention(query: Tensor, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
    """Attention on a CPU [n, heads, q, d], and the logarithm of each pixel's sum of exponentials [n, q, heads].

    The kernel is the one behind torch's ``scaled_dot_product_attention``, which drops the second result.
    """
    attended, exponentials = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(query, keys, values)  # noqa: SLF001  # as above
    return attended, exponentials.transpose(1, 2)


def spread(tensor: Tensor, batch: int) -> Tensor:
    """[b, …] → [batch, …], each row serving batch / b consecutive ones; no copy for a single row."""
    if len(tensor) == batch:
        return tensor
    if len(tensor) == 1:
        return tensor.expand(batch, *tensor.shape[1:])
    return tensor.repeat_interleave(batch // len(tensor), 0)
