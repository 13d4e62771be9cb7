"""FLUX.2's two kinds of attention layers with who sees what in them (:mod:`joint`), and the pass through all of them.

The pass is diffusers' own, but for what stays the same in every step of a picture: the words' projection and the places
of words and pixels are made once (:class:`Read`). Knows tensors, and neither canvases nor schedules.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from diffusers.models.transformers.transformer_flux2 import (
    Flux2Attention,
    Flux2ParallelSelfAttention,
    Flux2Transformer2DModel,
)
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from omost_pipeline.renderer.flux2.joint import Joint

_Layer = Any
"""One of diffusers' layers, whose parts have no types."""

_Rotation = tuple[Tensor, Tensor]
"""Cosines and sines of the places of words and pixels: [K + P, d], or [B, K + P, d] where samples differ."""


@dataclass(frozen=True)
class Read:
    """What the model reads in every step of a picture: words [1, K, D], projected, and all places."""

    words: Tensor
    rotation: _Rotation

    @classmethod
    def of(cls, transformer: Flux2Transformer2DModel, hidden: Tensor, places: Tensor, height: int, width: int) -> Read:
        """From words [1, K, 3 · D] with their ``places`` [K] in their messages, and the pixels' grid."""
        model: _Layer = transformer
        rotation = model.pos_embed(all_places(places, height, width))
        return cls(model.context_embedder(hidden.to(model.dtype)), rotation)

    def part(self, kept: Tensor, count: int) -> Read:
        """With only some of its ``count`` words, those at the indices ``kept``."""
        cosines, sines = (torch.cat([each[kept], each[count:]]) for each in self.rotation)
        return Read(self.words[:, kept], (cosines, sines))

    def output(self, transformer: Flux2Transformer2DModel, latents: Tensor, time: float, joint: Joint) -> Tensor:
        """The model's prediction [1, C, h, w] in float32 for latents [1, C, h, w] at a time from 1, noise, to 0."""
        times = torch.tensor([time], device=latents.device)
        return predict(transformer, self.words, self.rotation, latents, times, {"joint": joint})


def all_places(words: Tensor, height: int, width: int) -> Tensor:
    """[K] places of words in their messages, and the pixels' grid → [K + P, 4] places as the model has them."""
    of_words = torch.zeros(len(words), 4, dtype=torch.long, device=words.device)
    of_words[:, 3] = words
    of_pixels = torch.zeros(height, width, 4, dtype=torch.long, device=words.device)
    of_pixels[..., 1] = torch.arange(height, device=words.device)[:, None]
    of_pixels[..., 2] = torch.arange(width, device=words.device)
    return torch.cat([of_words, of_pixels.flatten(0, 1)])


def predict(
    transformer: Flux2Transformer2DModel,
    words: Tensor,
    rotation: _Rotation,
    latents: Tensor,
    times: Tensor,
    seen: dict[str, Any],
) -> Tensor:
    """Predictions [B, C, h, w] in float32 for latents [B, C, h, w] at times [B] from 1, noise, to 0.

    ``words`` [B, K, D] are projected already; ``seen`` are the attention layers' own arguments.
    """
    model: _Layer = transformer
    kind, size, count = model.dtype, latents.shape[-2:], words.shape[1]
    pixels = model.x_embedder(latents.flatten(2).transpose(1, 2).to(kind))  # [B, P, D]
    moments = (1000 * times).to(kind) / 1000
    embedded = model.time_guidance_embed(moments * 1000, None)
    of_pixels, of_words = model.double_stream_modulation_img(embedded), model.double_stream_modulation_txt(embedded)
    for block in model.transformer_blocks:
        words, pixels = block(pixels, words, of_pixels, of_words, rotation, seen)
    both, of_both = torch.cat([words, pixels], 1), model.single_stream_modulation(embedded)
    for block in model.single_transformer_blocks:
        both = block(both, None, of_both, rotation, seen)
    predicted: Tensor = model.proj_out(model.norm_out(both[:, count:], embedded))
    output: Tensor = predicted.float().transpose(1, 2).unflatten(2, size)
    return output


class JointAttention:
    """Attention of a layer that has projections of their own for words and for pixels."""

    def __call__(
        self,
        attn: _Layer,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor,
        attention_mask: Tensor | None = None,
        image_rotary_emb: _Rotation | None = None,
        joint: Joint | None = None,
    ) -> tuple[Tensor, Tensor]:
        pixels = [_heads(attn, part(hidden_states)) for part in (attn.to_q, attn.to_k, attn.to_v)]
        added = attn.add_q_proj, attn.add_k_proj, attn.add_v_proj
        words = [_heads(attn, part(encoder_hidden_states)) for part in added]
        query = torch.cat([attn.norm_added_q(words[0]), attn.norm_q(pixels[0])], 1)
        keys = torch.cat([attn.norm_added_k(words[1]), attn.norm_k(pixels[1])], 1)
        values = torch.cat([words[2], pixels[2]], 1)
        attended = _attended(query, keys, values, attention_mask, image_rotary_emb, joint)
        count = encoder_hidden_states.shape[1]
        output = attn.to_out[1](attn.to_out[0](attended[:, count:]))
        return output, attn.to_add_out(attended[:, :count])


class ParallelAttention:
    """Attention of a layer that has one projection for words and pixels, and its feed-forward part beside it."""

    def __call__(
        self,
        attn: _Layer,
        hidden_states: Tensor,
        attention_mask: Tensor | None = None,
        image_rotary_emb: _Rotation | None = None,
        joint: Joint | None = None,
    ) -> Tensor:
        projected = attn.to_qkv_mlp_proj(hidden_states)
        attended, beside = projected.split([3 * attn.inner_dim, attn.mlp_hidden_dim * attn.mlp_mult_factor], -1)
        query, keys, values = (_heads(attn, part) for part in attended.chunk(3, -1))
        query, keys = attn.norm_q(query), attn.norm_k(keys)
        attended = _attended(query, keys, values, attention_mask, image_rotary_emb, joint)
        output: Tensor = attn.to_out(torch.cat([attended, attn.mlp_act_fn(beside)], -1))
        return output


def install(transformer: Flux2Transformer2DModel) -> None:
    """Give every attention layer its processor."""
    both, parallel = JointAttention(), ParallelAttention()
    for layer in transformer.modules():
        if isinstance(layer, Flux2Attention):
            layer.set_processor(both)
        elif isinstance(layer, Flux2ParallelSelfAttention):
            layer.set_processor(parallel)


def _attended(
    query: Tensor,
    keys: Tensor,
    values: Tensor,
    mask: Tensor | None,
    rotation: _Rotation | None,
    joint: Joint | None,
) -> Tensor:
    """[B, K + P, heads, d] each → [B, K + P, heads · d]."""
    if rotation is not None:
        query, keys = (_rotated(part, rotation) for part in (query, keys))
    query, keys, values = (part.transpose(1, 2) for part in (query, keys, values))
    if joint is not None:
        attended = joint.attend(query, keys, values)
    else:
        attended = scaled_dot_product_attention(query, keys, values, mask)
    return attended.transpose(1, 2).flatten(2).to(query.dtype)


def _rotated(part: Tensor, rotation: _Rotation) -> Tensor:
    """Rotary places (Su et al. 2021) for [B, N, heads, d], whose numbers are pairs of neighbours."""
    cosines, sines = (each.unsqueeze(-2) for each in rotation)
    first, second = part.float().unflatten(-1, (-1, 2)).unbind(-1)
    turned = torch.stack([-second, first], -1).flatten(-2)
    rotated: Tensor = part.float() * cosines + turned * sines
    return rotated.to(part.dtype)


def _heads(attn: _Layer, tensor: Tensor) -> Tensor:
    """[B, N, heads · d] → [B, N, heads, d]."""
    heads: Tensor = tensor.unflatten(-1, (-1, attn.head_dim))
    return heads
