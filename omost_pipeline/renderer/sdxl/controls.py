"""Pictures that lead shapes: ControlNets (Zhang et al. 2023) and union checkpoints of them, whole or where a region is.

At each step a copy of the UNet's way down looks at the control picture, too, and what comes of it is added to what the
UNet passes across; inside a region's mask where it is a region's. Attention holds the regions there as in the UNet.
Loading is :mod:`controlnets`; knows no canvas's form and no files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from diffusers.models.controlnets.controlnet import ControlNetModel
from diffusers.models.controlnets.controlnet_union import ControlNetUnionModel
from PIL import Image, ImageFilter, ImageOps
from torch import Tensor
from torch.nn.functional import interpolate

from omost_pipeline.canvas.control import Control
from omost_pipeline.canvas.vocabulary import GRID, Box
from omost_pipeline.renderer.sdxl.attention import Regions, TextMemory

UNION_TYPES = MappingProxyType(
    {"pose": 0, "depth": 1, "scribble": 2, "lines": 3, "edges": 3, "normal": 4, "segments": 5, "tile": 6}
)
"""Kind → its number in the published union checkpoints (ControlNet++: openpose, depth, soft edges, canny, …)."""

_STEPS = 1000
_EDGE = 48
"""Brightness, of 255, from which on a change of brightness is an edge."""


@dataclass(frozen=True)
class ControlNet:
    """A loaded ControlNet. ``kinds``: those that it was trained for, as far as that is known."""

    model: ControlNetModel | ControlNetUnionModel
    kinds: frozenset[str]


@dataclass(frozen=True)
class Led:
    """One element whose shapes are led. ``number`` is that of its span, 0 the whole picture's.

    ``box`` is its place in the whole picture, also where a window of it is drawn.
    """

    number: int
    box: Box
    control: Control
    picture: Image.Image


@dataclass(frozen=True)
class Steered:
    """What leads the shapes of one canvas."""

    net: ControlNet
    led: tuple[Led, ...]

    def hints(self, whole: tuple[int, int], left: int, top: int, size: tuple[int, int]) -> tuple[Tensor, ...]:
        """Each control picture [1, 3, h, w], 0…1, in its place, of a window of ``size`` in a ``whole`` picture."""
        place = left, top, left + size[0], top + size[1]
        return tuple(_tensor(placed(each, whole).crop(place)) for each in self.led)


def placed(led: Led, whole: tuple[int, int]) -> Image.Image:
    """A control picture as large as its element, before black."""
    picture = led.picture.convert("RGB")
    if led.control.kind == "edges":
        picture = edges_of(picture)
    across, down = whole[0] / GRID, whole[1] / GRID
    left, top = round(led.box.left * across), round(led.box.top * down)
    size = max(round(led.box.right * across) - left, 1), max(round(led.box.bottom * down) - top, 1)
    ground = Image.new("RGB", whole)
    ground.paste(picture.resize(size, Image.Resampling.LANCZOS), (left, top))
    return ground


def edges_of(picture: Image.Image) -> Image.Image:
    """White lines on black where a picture's brightness changes, by Pillow's own filter."""
    smooth = picture.convert("L").filter(ImageFilter.GaussianBlur(1))
    found = ImageOps.autocontrast(ImageOps.crop(smooth.filter(ImageFilter.FIND_EDGES), 1))
    lines = found.point([255 if value >= _EDGE else 0 for value in range(256)])
    return ImageOps.expand(lines, 1).convert("RGB")


@dataclass(frozen=True)
class Controls:
    """What is added in one call of the UNet.

    ``masks``: for each of what is led [B, 1, G, G], where its residuals count in each sample; None everywhere.
    """

    steered: Steered
    hints: Sequence[Tensor]
    masks: Sequence[Tensor | None]

    def residuals(
        self,
        latents: Tensor,
        timestep: float,
        hidden: Tensor,
        added: dict[str, Tensor],
        regions: Regions,
        memory: TextMemory,
    ) -> tuple[list[Tensor], Tensor] | None:
        """What is added on the way across, level by level, and in the middle; None where nothing is led at this step.

        ``latents``: [B, C, h, w] as the UNet reads them.
        """
        time = torch.tensor(timestep, device=latents.device)
        shared: dict[str, Any] = {
            "encoder_hidden_states": hidden,
            "cross_attention_kwargs": {"regions": regions, "memory": memory},
            "added_cond_kwargs": added,
            "return_dict": False,
        }
        levels: list[Tensor] = []
        middle: Tensor | None = None
        for led, hint, mask in zip(self.steered.led, self.hints, self.masks, strict=True):
            if timestep < (1 - led.control.end) * _STEPS:
                continue
            across, mid = self._called(led, hint, latents, time, shared)
            across, mid = [_within(each, mask) for each in across], _within(mid, mask)
            levels = [one + other for one, other in zip(levels, across, strict=True)] if levels else across
            middle = mid if middle is None else middle + mid
        return (levels, middle) if middle is not None else None

    def _called(
        self,
        led: Led,
        hint: Tensor,
        latents: Tensor,
        time: Tensor,
        shared: dict[str, Any],
    ) -> tuple[list[Tensor], Tensor]:
        model, rows = self.steered.net.model, len(latents)
        picture = hint.to(latents).expand(rows, -1, -1, -1)
        shared = {**shared, "conditioning_scale": led.control.strength}
        if isinstance(model, ControlNetUnionModel):
            number = UNION_TYPES[led.control.kind]
            kinds = torch.zeros(rows, model.config["num_control_type"], device=latents.device, dtype=latents.dtype)
            kinds[:, number] = 1
            down, mid = model(
                latents, time, controlnet_cond=[picture], control_type=kinds, control_type_idx=[number], **shared
            )
        else:
            down, mid = model(latents, time, controlnet_cond=picture, **shared)
        return list(down), mid


def _within(residual: Tensor, mask: Tensor | None) -> Tensor:
    """A residual [B, C, h, w] where its mask is."""
    if mask is None:
        return residual
    return residual * interpolate(mask.to(residual), residual.shape[-2:], mode="nearest-exact")


def _tensor(picture: Image.Image) -> Tensor:
    """A picture as [1, 3, h, w], 0…1."""
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].float() / 255
