"""One attention resolution: which pixel sees which text tokens, and the attention that follows from it.

A pixel has one softmax over the tokens of all regions it sees, or one for each of them (attention decomposition). Knows
tensors, and neither boxes nor layers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
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
    region's tokens follow one another, in the regions' order. ``areas``: [B, R], pixels of each region's box, seen or
    not. ``strengths``: [B, R], how much each region's tokens weigh in the softmax. In samples that are ``apart`` each
    region has a softmax of its own, and its strength is what the result weighs in their mean.
    """

    masks: Tensor
    owners: Tensor
    areas: Tensor
    strengths: Tensor
    apart: tuple[bool, ...] = ()
    _biases: dict[torch.dtype, Tensor] = field(default_factory=dict, init=False, repr=False)

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
        """[B, 1, K, 1]: H·W / Σm of each token's box; 1 where each region has a softmax of its own."""
        exact = torch.promote_types(dtype, torch.float32)
        # Nobody sees a region without a pixel at this level: any scale will do for it.
        areas = self._of_tokens(self.areas).clamp(min=1)
        scale = (self.masks.shape[-1] / areas.to(exact)).to(dtype)
        if any(self.apart):
            scale[list(self.apart)] = 1
        return scale[:, None, :, None]

    def attend(self, query: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """[n, heads, Q, d], keys and values [B, heads, K, d] → [n, heads, Q, d]; text i serves n / B pictures in turn.

        ``keys`` are already multiplied by :meth:`scale`.
        """
        on_cpu, large = query.device.type == "cpu", query.shape[-2] >= _PARTED_QUERIES
        parted = on_cpu and large and not torch.is_grad_enabled()  # parts of one softmax have no gradients
        if any(self.apart) or parted:
            rows = enumerate(zip(query.chunk(len(keys)), keys, values, strict=True))
            apart = self.apart or (False,) * len(keys)
            return torch.cat([(self._parted if parted or apart[b] else self._row)(b, *row) for b, row in rows])
        mask = spread(self._mask(query.dtype), len(query))
        return scaled_dot_product_attention(query, spread(keys, len(query)), spread(values, len(query)), mask)

    def _mask(self, dtype: torch.dtype) -> Tensor:
        """[B, 1, Q, K]: ``keep``; where strengths differ, their logarithms, to be added to the scores.

        On a GPU always the latter, its rows in memory as the fused kernels want them: they would make it of ``keep`` in
        each layer at each step.
        """
        if not self._weighted and self.masks.device.type != "cuda":
            return self.keep
        if dtype not in self._biases:
            self._biases[dtype] = self.bias(dtype)
        return self._biases[dtype]

    def bias(self, dtype: torch.dtype) -> Tensor:
        """[B, 1, Q, K], to be added to the scores: −∞ where a pixel does not see a token. Rows are 16 numbers apart."""
        B, _, Q, K = self.keep.shape
        rows = torch.empty(B, 1, Q, -(-K // 16) * 16, dtype=dtype, device=self.keep.device)[..., :K]
        rows.copy_(self._of_tokens(self.strengths).log().to(dtype)[:, None, None])
        return rows.masked_fill_(~self.keep, -torch.inf)

    @cached_property
    def _weighted(self) -> bool:
        return bool((self.strengths != 1).any())

    def _of_tokens(self, values: Tensor) -> Tensor:
        """[B, R] → [B, K], each token's region's value. A pad, which nobody sees, gets the first region's."""
        return values.gather(1, self.owners.clamp(min=0))

    def _row(self, b: int, query: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """Sample b, [m, heads, Q, d], all tokens in one softmax."""
        k, v = (part.expand(len(query), *part.shape) for part in (keys, values))
        return scaled_dot_product_attention(query, k, v, self._mask(query.dtype)[b : b + 1])

    def _parted(self, b: int, query: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """Sample b, [m, heads, Q, d], each region's tokens against its own pixels alone, then their weighted mean.

        A softmax over all of a pixel's tokens is the mean of softmaxes over parts of them, each weighted by the sum of
        its exponentials; with ``apart`` the strengths are the weights.
        """
        m, heads, Q, _ = query.shape
        exact = torch.promote_types(query.dtype, torch.float32)
        pieces, strengths = self._pieces[b], self.strengths[b].log().to(exact)
        weights = torch.full((m, len(self.masks[b]), Q, heads), -torch.inf, dtype=exact, device=query.device)
        parts = []
        for r, piece in pieces.items():
            own = query.index_select(2, piece.pixels)
            k, v = (part[:, piece.tokens].expand(m, -1, -1, -1) for part in (keys, values))
            if self.apart and self.apart[b]:
                attended = scaled_dot_product_attention(own, k, v)
                weights[:, r, piece.pixels] = strengths[r]
            else:
                attended, exponentials = _attention(own, k, v)
                weights[:, r, piece.pixels] = exponentials + strengths[r]
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
