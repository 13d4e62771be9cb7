"""Who sees what in joint attention, where words and pixels attend to each other in one softmax.

A region's words see themselves and their region's pixels; the whole picture's words see themselves and every pixel.
Pixels see each other, and the words of the regions they lie in. Words of different regions never see each other. The
result is that of one dense mask; pixels that see the same words are attended for together without any mask instead,
so that nothing is computed for words that nobody sees. Knows tensors, spans and masks, and no layers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn.functional import interpolate, scaled_dot_product_attention

from omost_pipeline.renderer.regions.spans import Span, box_mask

_GROUPED_PIXELS = 512
"""Pixels from which those that see the same words are attended for together; for fewer, one masked call costs less."""


@dataclass(frozen=True)
class Group:
    """Pixels that see the same spans: indices into the pixels, and into the spans."""

    pixels: Tensor
    spans: tuple[int, ...]


@dataclass(frozen=True)
class Joint:
    """Who sees what among K words and P pixels.

    ``masks``: [R, P] bool, where each span is seen. ``tokens``: each span's words. ``strengths``: how much a span's
    words weigh beside others. ``scales``: what a span's scores are multiplied by for the pixels that see it. With
    ``apart`` pixels have a softmax for each span they see, beside all pixels, and the results' mean, weighted by
    strength.
    """

    masks: Tensor
    tokens: tuple[slice, ...]
    strengths: tuple[float, ...]
    scales: tuple[float, ...]
    apart: bool = False

    @classmethod
    def of(
        cls,
        spans: Sequence[Span],
        height: int,
        width: int,
        device: torch.device | str = "cpu",
        *,
        apart: bool = False,
        scaled: bool = False,
    ) -> Joint:
        """For pixels on a grid. ``scaled``: by the published H·W / Σm of a region's box (omost-facts §4)."""
        seen = torch.stack([span.mask for span in spans])
        masks = _resized(seen, height, width).to(device)
        ends = torch.tensor([0, *(span.tokens for span in spans)]).cumsum(0).tolist()
        tokens = tuple(slice(start, end) for start, end in pairwise(ends))
        scales = tuple(1.0 for _ in spans)
        if scaled and not apart:
            areas = _resized(torch.stack([box_mask(span.box) for span in spans]), height, width).sum(-1)
            scales = tuple((height * width / areas.clamp(min=1)).tolist())
        return cls(masks, tokens, tuple(span.strength for span in spans), scales, apart)

    @property
    def words(self) -> int:
        """K, the words of all spans."""
        return int(self.tokens[-1].stop)

    def attend(self, query: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """[1, heads, K + P, d] each, words first → the same."""
        output = torch.empty_like(query)
        self._attend_words(query, keys, values, output)
        if self.apart:
            self._attend_apart(query, keys, values, output)
        elif query.shape[-2] - self.words >= _GROUPED_PIXELS:
            self._attend_grouped(query, keys, values, output)
        else:
            scaled = self._scaled(keys)
            mask = self._pixel_bias.to(query.dtype) if self._weighted else self.dense[self.words :]
            pixels = query[:, :, self.words :]
            output[:, :, self.words :] = scaled_dot_product_attention(pixels, scaled, values, mask)
        return output

    @cached_property
    def dense(self) -> Tensor:
        """[K + P, K + P] bool: a row sees a column. What everything here is the same as, but for strengths."""
        words, pixels = self.words, self.masks.shape[-1]
        keep = torch.ones(words + pixels, words + pixels, dtype=torch.bool, device=self.masks.device)
        keep[:words, :words] = False
        for tokens, mask in zip(self.tokens, self.masks, strict=True):
            keep[tokens, tokens] = True
            keep[tokens, words:] = mask
            keep[words:, tokens] = mask[:, None]
        return keep

    @cached_property
    def _pixel_bias(self) -> Tensor:
        """[P, K + P]: what is added to a pixel's scores."""
        keep = self.dense[self.words :]
        bias = torch.zeros(keep.shape, device=keep.device)
        bias[:, : self.words] = self._logarithms
        return bias.masked_fill_(~keep, -torch.inf)

    @cached_property
    def _logarithms(self) -> Tensor:
        """[K]: the logarithm of each word's strength."""
        counts = torch.tensor([each.stop - each.start for each in self.tokens])
        return torch.tensor(self.strengths).log().repeat_interleave(counts).to(self.masks.device)

    @property
    def _weighted(self) -> bool:
        return any(strength != 1 for strength in self.strengths)

    @cached_property
    def _groups(self) -> tuple[Group, ...]:
        kinds, which = self.masks.T.unique(dim=0, return_inverse=True)  # [G, R], [P]
        return tuple(
            Group((which == number).nonzero()[:, 0], tuple(kind.nonzero()[:, 0].tolist()))
            for number, kind in enumerate(kinds)
        )

    @cached_property
    def _seen(self) -> tuple[Tensor | None, ...]:
        """The pixels that each span's words see; None for all."""
        return tuple(None if bool(mask.all()) else mask.nonzero()[:, 0] for mask in self.masks)

    def _scaled(self, keys: Tensor) -> Tensor:
        if all(scale == 1 for scale in self.scales):
            return keys
        keys = keys.clone()
        for tokens, scale in zip(self.tokens, self.scales, strict=True):
            keys[:, :, tokens] *= scale
        return keys

    def _attend_words(self, query: Tensor, keys: Tensor, values: Tensor, output: Tensor) -> None:
        for tokens, seen in zip(self.tokens, self._seen, strict=True):
            k, v = (self._beside(part, [tokens], seen) for part in (keys, values))
            output[:, :, tokens] = scaled_dot_product_attention(query[:, :, tokens], k, v)

    def _attend_grouped(self, query: Tensor, keys: Tensor, values: Tensor, output: Tensor) -> None:
        keys, pixels = self._scaled(keys), query[:, :, self.words :]
        for group in self._groups:
            spans = [self.tokens[number] for number in group.spans]
            k, v = (self._beside(part, spans, None) for part in (keys, values))
            bias = None
            if self._weighted:
                logarithms = torch.cat([self._logarithms[each] for each in spans]) if spans else k.new_zeros(0)
                bias = torch.cat([logarithms.to(k), k.new_zeros(pixels.shape[-2])])[None]
            own = pixels.index_select(2, group.pixels)
            output[:, :, self.words + group.pixels] = scaled_dot_product_attention(own, k, v, bias)

    def _attend_apart(self, query: Tensor, keys: Tensor, values: Tensor, output: Tensor) -> None:
        pixels = query[:, :, self.words :]
        strengths = torch.tensor(self.strengths, device=self.masks.device)[:, None] * self.masks  # [R, P]
        total = strengths.sum(0)
        shares = (strengths / total.clamp(min=torch.finfo(total.dtype).tiny)).to(query.dtype)
        mean = torch.zeros_like(pixels)
        for number, mask in enumerate(self.masks):
            own = mask.nonzero()[:, 0]
            if len(own):
                k, v = (self._beside(part, [self.tokens[number]], None) for part in (keys, values))
                part = scaled_dot_product_attention(pixels.index_select(2, own), k, v)
                mean.index_add_(2, own, part * shares[number, own, None])
        alone = (total == 0).nonzero()[:, 0]
        if len(alone):  # no words at all are seen there
            k, v = keys[:, :, self.words :], values[:, :, self.words :]
            mean.index_copy_(2, alone, scaled_dot_product_attention(pixels.index_select(2, alone), k, v))
        output[:, :, self.words :] = mean

    def _beside(self, part: Tensor, spans: Sequence[slice], seen: Tensor | None) -> Tensor:
        """Some spans' words and some pixels, of keys or values."""
        pixels = part[:, :, self.words :]
        return torch.cat([*(part[:, :, each] for each in spans), _taken(pixels, seen)], 2)


def _taken(pixels: Tensor, seen: Tensor | None) -> Tensor:
    return pixels if seen is None else pixels.index_select(2, seen)


def _resized(masks: Tensor, height: int, width: int) -> Tensor:
    """[R, G, G] bool → [R, P] bool."""
    return interpolate(masks[None].to(torch.uint8), (height, width), mode="nearest-exact")[0].flatten(1).bool()
