"""Grounding tokens (GLIGEN, Li et al. 2023): each region's short description and box, which all pixels attend to.

Between the self-attention of a block and its attention to words stands gated self-attention over pixels and grounding
tokens, and one small network makes tokens of words and boxes. Both are diffusers' own modules, in the places and under
the names that its UNets with ``attention_type="gated"`` have, so the UNet itself runs them. Blocks that an adapter has
nothing for let their pixels through. Files are read in :mod:`grounding_files`; knows no canvas and no schedule.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b

import torch
from diffusers.models.attention import BasicTransformerBlock, GatedSelfAttentionDense
from diffusers.models.embeddings import GLIGENTextBoundingboxProjection
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Tensor, nn

NET, FUSER = "position_net", "fuser"
"""What diffusers calls the network that makes tokens, and the gated layer of a block."""

FREQUENCIES = 8
"""Of a box's Fourier features, as published."""

TOKENS = 30
"""Grounding tokens that published models were trained with; what a picture has fewer, is filled with null tokens."""


@dataclass(frozen=True)
class Grounding:
    """What a UNet with grounding layers wants to be told: so many tokens, each with words of such a width."""

    tokens: int
    width: int


@dataclass(frozen=True)
class Grounded:
    """The regions of one canvas as grounding tokens. Tensors are where the UNet works.

    ``words``: [R, P], their short descriptions, pooled. ``boxes``: [R, 4], left, top, right, bottom as shares of the
    picture. ``numbers``: those of their spans. ``until``: the timestep (of 1000) down to which they count.
    """

    grounding: Grounding
    words: Tensor
    boxes: Tensor
    numbers: tuple[int, ...]
    until: float = 0.0

    def tokens(self, shown: Tensor) -> dict[str, Tensor]:
        """What ``position_net`` takes for a batch whose samples have the regions of ``shown`` [B, R] bool.

        Null tokens stand for those that are absent, and for what there is less than the model was trained with.
        """
        batch, regions = shown.shape
        count = max(self.grounding.tokens, regions)
        masks = self.words.new_zeros(batch, count)  # where words are, the UNet works
        masks[:, :regions] = shown.to(masks)
        boxes, words = masks.new_zeros(count, 4), masks.new_zeros(count, self.words.shape[1])
        boxes[:regions], words[:regions] = self.boxes, self.words
        boxes, words = boxes.expand(batch, -1, -1), words.expand(batch, -1, -1)
        return {"boxes": boxes, "masks": masks, "positive_embeddings": words}


class _Through(nn.Module):
    """In the place of a gated layer: pixels as they are."""

    def forward(self, pixels: Tensor, tokens: Tensor) -> Tensor:  # noqa: ARG002 - as diffusers calls it
        return pixels


def blocks_of(unet: nn.Module) -> Iterator[tuple[str, BasicTransformerBlock]]:
    """Where gated layers may stand: the transformer blocks, with their names."""
    for name, module in unet.named_modules():
        if isinstance(module, BasicTransformerBlock):
            yield name, module


def add_layers(unet: UNet2DConditionModel, names: Iterable[str], width: int) -> dict[str, nn.Module]:
    """Give blocks of those names new gated layers, whose gates are shut, and the UNet a network for words of ``width``.

    Returns:
        What was added, by the names under which its weights are stored.
    """
    wanted = frozenset(names)
    context = int(unet.config["cross_attention_dim"])
    unet.position_net = GLIGENTextBoundingboxProjection(width, context, fourier_freqs=FREQUENCIES)
    added: dict[str, nn.Module] = {NET: unet.position_net}
    for name, block in blocks_of(unet):
        if name in wanted:
            heads = int(block.attn1.heads)
            block.fuser = GatedSelfAttentionDense(block.dim, context, heads, block.dim // heads)
            added[f"{name}.{FUSER}"] = block.fuser
        else:
            block.fuser = _Through()
    return added


def base_of(unet: UNet2DConditionModel) -> str:
    """Tells the UNet that an adapter was trained for from others of the same shape: by its first weights."""
    weight = unet.conv_in.weight.detach().to("cpu", torch.float16)
    return blake2b(weight.numpy().tobytes(), digest_size=12).hexdigest()
