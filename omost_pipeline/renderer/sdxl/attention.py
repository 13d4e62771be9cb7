"""Regional cross-attention: each text token is seen only by the pixels of its region (omost-facts §4).

The baseline formula scores pixel p and token t of region r as ``(q·k / √d) · (H·W / Σm_r)``, −∞ outside the region. The
scale depends on the token alone, so it is folded into the keys, and fused attention over the tokens each pixel sees
(:mod:`levels`) gives exactly the formula. Knows tensors and boxes, and neither canvases, tokenizers nor samplers.

Use: ``install(unet)`` once, then ``unet(…, cross_attention_kwargs={"regions": regions, "memory": TextMemory()})``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, cast

import torch
from diffusers.models.attention_processor import Attention, AttnProcessor
from torch import Tensor, nn

from omost_pipeline.canvas.vocabulary import GRID
from omost_pipeline.memory import GIB
from omost_pipeline.renderer.regions.spans import Span, box_mask
from omost_pipeline.renderer.sdxl.levels import PAD, Level, spread


class Regions:
    """Who sees what, for a batch of samples with canvases of their own, at every resolution of the UNet.

    Args:
        masks: [B, R, G, G] bool, where region r of sample b is seen, on a square grid that resizes to any shape.
        boxes: [B, R, G, G] bool, the region's whole box, by which its scores are scaled.
        strengths: [B, R], how much each region weighs beside others.
        owners: [B, K] integers, the region of each text token, or ``PAD``; a region's tokens follow one another, in
            the regions' order.
        height, width: the latent's size. Levels are halved rounding up, as the UNet's strided convolutions do.
        apart: for each sample, whether each region has a softmax of its own; no sample's where there are none.

    Raises:
        ValueError: if a sample leaves a pixel without a token; attention would have nothing to average there.
    """

    def __init__(
        self,
        masks: Tensor,
        boxes: Tensor,
        strengths: Tensor,
        owners: Tensor,
        height: int,
        width: int,
        apart: Sequence[bool] = (),
    ) -> None:
        masks, boxes = masks.to(torch.uint8), boxes.to(torch.uint8)  # which interpolate knows
        seen = torch.zeros(len(masks), masks.shape[1] + 1, dtype=torch.uint8, device=masks.device)
        seen.scatter_(1, owners + 1, 1)  # [B, 1 + R]: the region has a token
        if not bool((masks * seen[:, 1:, None, None]).amax(1).all()):
            raise ValueError("a pixel sees no text token; give every sample a condition that covers the whole picture")
        self._masks, self._boxes, self._strengths, self._owners = masks, boxes, strengths, owners
        self._apart = tuple(apart) or (False,) * len(masks)
        self._sizes = _level_sizes(height, width)
        self._levels: dict[int, Level] = {}

    @classmethod
    def of(
        cls,
        samples: Sequence[Sequence[Span]],
        height: int,
        width: int,
        device: torch.device | str = "cpu",
    ) -> Regions:
        """Regions of a batch. Each sample's spans follow one another on the token axis; shorter samples are padded.

        By the method of a sample's first span: ``couple`` has softmaxes apart, and with ``mask`` and ``guided`` scores
        count without the published scale.
        """
        tokens = max(sum(span.tokens for span in spans) for spans in samples)
        regions = max(len(spans) for spans in samples)
        masks = torch.zeros(len(samples), regions, GRID, GRID, dtype=torch.bool)
        boxes, strengths = torch.zeros_like(masks), torch.ones(len(samples), regions)
        owners = torch.full((len(samples), tokens), PAD)
        for b, spans in enumerate(samples):
            start = 0
            for r, span in enumerate(spans):
                masks[b, r], boxes[b, r], strengths[b, r] = span.mask, box_mask(span.box), span.strength
                owners[b, start : start + span.tokens] = r
                start += span.tokens
        boxes[[spans[0].method in ("mask", "guided") for spans in samples]] = True
        apart = [spans[0].method == "couple" for spans in samples]
        masks, boxes, strengths, owners = (part.to(device) for part in (masks, boxes, strengths, owners))
        return cls(masks, boxes, strengths, owners, height, width, apart)

    def level(self, queries: int) -> Level:
        """The masks at the resolution that has this many pixels; made once and kept.

        Raises:
            ValueError: if no level of the latent has ``queries`` pixels.
        """
        if queries not in self._levels:
            if queries not in self._sizes:
                raise ValueError(f"no level of the UNet has {queries} pixels, only {sorted(self._sizes)}")
            masks, boxes = (_resized(part, self._sizes[queries]) for part in (self._masks, self._boxes))
            self._levels[queries] = Level(masks, self._owners, boxes.sum(-1), self._strengths, self._apart)
        return self._levels[queries]


KEPT_BYTES = 0.75 * GIB
"""Bytes of text keys and values that one :class:`TextMemory` keeps: those of some thirty bags in 16 bits."""


class TextMemory:
    """Text keys and values of one render: they do not change between steps, so each layer computes them once.

    As far as they fit into ``most`` bytes; the other layers compute theirs at each step, which is slower and the same.
    Belongs to one set of text embeddings and one :class:`Regions`; never use it in training.
    """

    def __init__(self, most: float = KEPT_BYTES) -> None:
        self._kept: dict[Attention, tuple[Tensor, Tensor]] = {}
        self._left = most

    def get(self, layer: Attention) -> tuple[Tensor, Tensor] | None:
        """Keys and values [B, heads, K, d] of a layer, if they are kept."""
        return self._kept.get(layer)

    def put(self, layer: Attention, keys: Tensor, values: Tensor) -> None:
        """Keep a layer's keys and values [B, heads, K, d], if there is room."""
        size = keys.nbytes + values.nbytes
        if size <= self._left:
            self._left -= size
            self._kept[layer] = (keys, values)


class Watcher(Protocol):
    """Looks on where pixels attend to words."""

    def see(self, layer: Attention, query: Tensor, text: Tensor) -> None:
        """A layer's queries [B, heads, Q, d] and the text [B, K, D] that it reads."""
        ...


class Adding(Protocol):
    """Adds to what pixels take from words."""

    def added(self, layer: Attention, query: Tensor, attended: Tensor) -> Tensor:
        """A layer's queries and what they took, [B, heads, Q, d] each → the latter with more."""
        ...


class SelfAttention:
    """Plain self-attention in one fused call; takes the regional arguments and leaves them."""

    def __call__(
        self,
        attn: Attention,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
        temb: Tensor | None = None,
        regions: Regions | None = None,  # noqa: ARG002  # diffusers hands the same arguments to every layer
        memory: TextMemory | None = None,  # noqa: ARG002  # as above
        watch: Watcher | None = None,  # noqa: ARG002  # as above
        pictures: Adding | None = None,  # noqa: ARG002  # as above
    ) -> Tensor:
        pixels = _flatten(attn, hidden_states, temb)
        context = pixels if encoder_hidden_states is None else encoder_hidden_states
        query = _query(attn, pixels)
        keys, values = _keys_values(attn, context)
        mask = _given_mask(attn, attention_mask, keys.shape[-2], len(query))
        return _finish(attn, nn.functional.scaled_dot_product_attention(query, keys, values, mask), hidden_states)


class RegionalAttention:
    """Cross-attention of each pixel to the tokens it sees; plain where ``regions`` is ``None``.

    The text batch may be smaller than the picture batch if it divides it: text i serves n consecutive pictures.
    """

    def __call__(
        self,
        attn: Attention,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor,
        attention_mask: Tensor | None = None,
        temb: Tensor | None = None,
        regions: Regions | None = None,
        memory: TextMemory | None = None,
        watch: Watcher | None = None,
        pictures: Adding | None = None,
    ) -> Tensor:
        pixels = _flatten(attn, hidden_states, temb)
        query = _query(attn, pixels)  # [B, heads, Q, d]
        if watch is not None:
            watch.see(attn, query, encoder_hidden_states)
        level = regions.level(query.shape[-2]) if regions is not None else None
        keys, values = _scaled_text(attn, encoder_hidden_states, level, memory)
        if level is not None:
            attended = level.attend(query, keys, values)
            if pictures is not None:
                attended = pictures.added(attn, query, attended)
            return _finish(attn, attended, hidden_states)
        mask = _given_mask(attn, attention_mask, keys.shape[-2], len(query))
        keys, values = spread(keys, len(query)), spread(values, len(query))
        return _finish(attn, nn.functional.scaled_dot_product_attention(query, keys, values, mask), hidden_states)


def install(unet: nn.Module) -> None:
    """Give every layer of the UNet its processor: regional across, plain within the picture."""
    across, within = RegionalAttention(), SelfAttention()
    for name, layer in unet.named_modules():
        if isinstance(layer, Attention):
            # attn2 is the text's. The cast: diffusers lists its own processors by name where it means "a callable".
            layer.set_processor(cast("AttnProcessor", across if name.endswith("attn2") else within))


def _level_sizes(height: int, width: int) -> dict[int, tuple[int, int]]:
    """Pixels → (height, width) of each level, from the latent's own size down to one pixel."""
    sizes = {height * width: (height, width)}
    while height > 1 or width > 1:
        height, width = (height + 1) // 2, (width + 1) // 2
        sizes[height * width] = (height, width)
    return sizes


def _resized(masks: Tensor, size: tuple[int, int]) -> Tensor:
    """[B, R, G, G] → [B, R, Q] bool at a level's (height, width)."""
    return nn.functional.interpolate(masks, size, mode="nearest-exact").flatten(2).bool()


def _scaled_text(
    attn: Attention, text: Tensor, level: Level | None, memory: TextMemory | None
) -> tuple[Tensor, Tensor]:
    """Text keys with the region scale folded in, and values: [B, heads, K, d] each."""
    kept = memory.get(attn) if memory is not None else None
    if kept is not None:
        return kept
    text = attn.norm_encoder_hidden_states(text) if attn.norm_cross else text
    keys, values = _keys_values(attn, text)
    if level is not None:
        keys = keys * level.scale(keys.dtype)
    if memory is not None:
        memory.put(attn, keys, values)
    return keys, values


def _flatten(attn: Attention, hidden_states: Tensor, temb: Tensor | None) -> Tensor:
    """[B, C, H, W] or [B, Q, C] → normed [B, Q, C]."""
    if attn.spatial_norm is not None:
        hidden_states = attn.spatial_norm(hidden_states, temb)
    if hidden_states.ndim == 4:
        hidden_states = hidden_states.flatten(2).transpose(1, 2)
    if attn.group_norm is not None:
        hidden_states = attn.group_norm(hidden_states.transpose(1, 2)).transpose(1, 2)
    return hidden_states


def _heads(attn: Attention, tensor: Tensor) -> Tensor:
    """[B, N, heads · d] → [B, heads, N, d]."""
    return tensor.view(*tensor.shape[:2], attn.heads, -1).transpose(1, 2)


def _query(attn: Attention, pixels: Tensor) -> Tensor:
    query = _heads(attn, attn.to_q(pixels))
    return query if attn.norm_q is None else _tensor(attn.norm_q(query))


def _keys_values(attn: Attention, context: Tensor) -> tuple[Tensor, Tensor]:
    keys, values = _heads(attn, attn.to_k(context)), _heads(attn, attn.to_v(context))
    return (keys if attn.norm_k is None else _tensor(attn.norm_k(keys))), values


def _tensor(value: object) -> Tensor:
    assert isinstance(value, Tensor)
    return value


def keys_of(attn: Attention, text: Tensor) -> Tensor:
    """The keys [B, heads, K, d] of a text [B, K, D], without any region's scale."""
    return _keys_values(attn, attn.norm_encoder_hidden_states(text) if attn.norm_cross else text)[0]


def _given_mask(attn: Attention, mask: Tensor | None, keys: int, batch: int) -> Tensor | None:
    """diffusers' own additive mask, as [B, heads, 1 or Q, K]."""
    if mask is None:
        return None
    prepared = _tensor(attn.prepare_attention_mask(mask, keys, batch))
    return prepared.view(batch, attn.heads, -1, prepared.shape[-1])


def _finish(attn: Attention, attended: Tensor, entered: Tensor) -> Tensor:
    """Join the heads, project, restore the picture's shape, add the residual: what diffusers' processors end with."""
    output = attended.transpose(1, 2).flatten(2)  # [B, Q, heads · d]
    for module in attn.to_out:  # the projection and its dropout
        output = module(output)
    if entered.ndim == 4:
        output = output.transpose(1, 2).reshape(entered.shape)
    if attn.residual_connection:
        output = output + entered
    factor = attn.rescale_output_factor
    return _tensor(output if factor == 1 else output / factor)
