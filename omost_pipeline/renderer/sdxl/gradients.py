"""Gradient steps on a latent, by the cross-attention maps of each region's words (:mod:`regions.gradients`).

Only the way into the UNet down to one level of attention is gone, that level whose maps are coarse and tell most, and
of its layers a few are watched. Each stretch of that way is done again for its gradient instead of being kept
(checkpointing), so a step holds one stretch's activations at a time. Knows no schedule and no canvas.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from diffusers.models.attention_processor import Attention
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from omost_pipeline.renderer.regions.gradients import loss
from omost_pipeline.renderer.regions.protocol import nearer
from omost_pipeline.renderer.regions.spans import View, box_mask
from omost_pipeline.renderer.sdxl.attention import Regions, keys_of
from omost_pipeline.renderer.sdxl.text_encoder import EncodedText

LAST_MOVED = 400.0
"""Timestep (of 1000) down to which latents are moved: what stands where is decided by then."""

_FEWEST_PIXELS = 100
"""Of the level whose maps are watched; the coarsest with so many, 32 × 32 for SDXL at 1024 pixels."""

_WATCHED = 4
"""Layers that are watched at most."""

_STEP = 0.1
"""How far a latent of unit variance is moved at a loss of 1, on average."""

_LARGER = 1024.0
"""What the loss is multiplied by, so that its gradient does not vanish in 16 bits; its size does not count."""


class Watch:
    """Takes down, in chosen layers, how much of each pixel's attention goes to the words of each region."""

    def __init__(self, layers: Sequence[Attention], owners: Tensor, regions: int) -> None:
        """``owners`` [K]: each token's region, 0 is the whole picture, or −1 for what counts for none."""
        self._layers, self._regions = frozenset(layers), regions
        self._to_region = torch.zeros(len(owners), regions, device=owners.device)
        own = (owners > 0).nonzero()[:, 0]
        self._to_region[own, owners[own] - 1] = 1
        self.maps: list[Tensor] = []

    def see(self, layer: Attention, query: Tensor, text: Tensor) -> None:
        """A layer's queries [1, heads, Q, d] and the text [1, K, D] that it reads."""
        if layer not in self._layers:
            return
        keys = keys_of(layer, text)
        scores = query.float() @ keys.float().transpose(-1, -2) * query.shape[-1] ** -0.5
        self.maps.append(scores.softmax(-1)[0].mean(0) @ self._to_region)  # [Q, R]


@dataclass(frozen=True)
class Moving:
    """Steps on the latents of one picture.

    ``text`` has one sample, whose view says what pixels attend to. ``inside``: [R, G, G] bool, where the words of each
    of ``numbers``, spans of the view, belong. ``added``: what else the UNet is told. ``strength`` is above 0.
    """

    text: EncodedText
    numbers: tuple[int, ...]
    inside: Tensor
    regions: Regions
    added: dict[str, Tensor]
    strength: float

    @classmethod
    def of(
        cls,
        text: EncodedText,
        view: View,
        numbers: Sequence[int],
        cells: tuple[int, int],
        sizes: Tensor,
        strength: float,
    ) -> Moving:
        """For latents of ``cells``; ``sizes`` [1, 6] is what SDXL is told of the picture."""
        boxes = torch.stack([box_mask(span.box) for span in view[1:]])
        seen = boxes & ~nearer(boxes)
        seen = torch.where(seen.flatten(1).any(1)[:, None, None], seen, boxes)  # one that is all covered keeps its box
        with torch.inference_mode(mode=False):
            own = replace(text, hidden=text.hidden.clone(), pooled=text.pooled.clone(), spans=(view,))
            regions = Regions.of((view,), *cells, own.hidden.device)
            added = {"text_embeds": own.pooled, "time_ids": sizes.clone()}
            inside = seen[[number - 1 for number in numbers]].to(own.hidden.device)
        return cls(own, tuple(numbers), inside, regions, added, strength)

    def moved(self, unet: UNet2DConditionModel, latents: Tensor, timestep: float) -> Tensor:
        """The latents [1, C, h, w], as the UNet reads them, after a step; as they are where it has no direction."""
        with torch.inference_mode(mode=False), torch.enable_grad():
            z = latents.detach().clone().requires_grad_()
            far = self._loss(unet, z, timestep)
            (gradient,) = torch.autograd.grad(far * _LARGER, z)
        rms = gradient.square().mean().sqrt()
        if not bool(torch.isfinite(rms)) or float(rms) == 0:
            return latents
        length = self.strength * _STEP * min(float(far.detach()), 1.0)
        return latents - length * gradient / rms

    def _loss(self, unet: UNet2DConditionModel, z: Tensor, timestep: float) -> Tensor:
        maps, (height, width) = self._maps(unet, z, timestep)
        grids = nn.functional.interpolate(self.inside[:, None].to(torch.uint8), (height, width), mode="nearest-exact")
        there = grids[:, 0].bool()
        kept = there.flatten(1).any(1)  # too small a box has no pixel at this level
        if not bool(kept.any()):
            return z.sum() * 0
        return loss(maps[kept].unflatten(1, (height, width)), there[kept])

    def _maps(self, unet: UNet2DConditionModel, z: Tensor, timestep: float) -> tuple[Tensor, tuple[int, int]]:
        """[R, Q], the mean over watched layers, and the level's height and width."""
        parts: Any = unet  # whose blocks have no types
        z = z.to(self.text.hidden.dtype)
        emb = parts.time_embedding(parts.get_time_embed(sample=z, timestep=timestep))
        more = parts.get_aug_embed(emb=emb, encoder_hidden_states=self.text.hidden, added_cond_kwargs=self.added)
        emb = emb if more is None else emb + more  # Stable Diffusion 1 is told of nothing more
        x = parts.conv_in(z)
        blocks = list(parts.down_blocks)
        last = _watched_block(blocks, (x.shape[-2], x.shape[-1]))
        told = {"encoder_hidden_states": self.text.hidden}
        for block in blocks[:last]:
            context = {**told, "cross_attention_kwargs": {"regions": self.regions}} if _attends(block) else {}
            x = checkpoint(_first_of(block), x, emb, context, use_reentrant=False)
        found: list[Tensor] = []
        for resnet, attention in zip(blocks[last].resnets, blocks[last].attentions, strict=True):
            stretch = _Stretch(self, resnet, attention, _WATCHED - len(found))
            x, *maps = checkpoint(stretch, x, emb, use_reentrant=False)
            found += maps
            if len(found) > 1:
                break
        return torch.stack(found).mean(0).T, (x.shape[-2], x.shape[-1])

    @property
    def owners(self) -> Tensor:
        """[K]: of each token the place of its span in ``numbers``, from 1; 0 where it is none of these, or a mark."""
        numbers, window = list(self.numbers), self.text.window
        rows = []
        for number, span in enumerate(self.text.spans[0]):
            row = torch.full((span.tokens,), numbers.index(number) + 1 if number in numbers else 0)
            row[::window] = 0  # a window begins with a mark that every pixel looks at
            rows.append(row)
        return torch.cat(rows).to(self.text.hidden.device)


@dataclass(frozen=True)
class _Stretch:
    """One resnet and the transformer behind it: (x, embedding) → x and the maps of its watched layers."""

    moving: Moving
    resnet: nn.Module
    attention: nn.Module
    most: int

    def __call__(self, x: Tensor, emb: Tensor) -> tuple[Tensor, ...]:
        text = self.moving.text.hidden
        layers = [layer for name, layer in _attentions(self.attention) if name.endswith("attn2")]
        watch = Watch(layers[-self.most :], self.moving.owners, len(self.moving.numbers))
        told = {"regions": self.moving.regions, "watch": watch}
        x = self.resnet(x, emb)
        x = self.attention(x, encoder_hidden_states=text, cross_attention_kwargs=told, return_dict=False)[0]
        return (x, *watch.maps)


def _attentions(module: nn.Module) -> Iterator[tuple[str, Attention]]:
    for name, layer in module.named_modules():
        if isinstance(layer, Attention):
            yield name, layer


def _attends(block: nn.Module) -> bool:
    return bool(getattr(block, "has_cross_attention", False))


def _first_of(block: nn.Module) -> Any:  # noqa: ANN401 - a function of checkpoint's
    def called(x: Tensor, emb: Tensor, context: dict[str, Any]) -> Tensor:
        output: Tensor = block(x, emb, **context)[0]
        return output

    return called


def _watched_block(blocks: Sequence[nn.Module], cells: tuple[int, int]) -> int:
    """The number of the deepest block that attends to text at a level fine enough; else of the first that attends."""
    attending = [number for number, block in enumerate(blocks) if _attends(block)]
    fine = [number for number in attending if (cells[0] >> number) * (cells[1] >> number) >= _FEWEST_PIXELS]
    return (fine or attending[:1])[-1]
