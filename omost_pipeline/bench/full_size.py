"""What an edit of a full-size picture costs beside drawing it whole: the counted work of SDXL's own UNet.

A quarter of 1024 × 1024 pixels changes. Floating-point operations are counted of a UNet without weights, which takes no
memory and is the same on every machine; how fast they go is :mod:`render`'s matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch.utils.flop_counter import FlopCounterMode

from omost_pipeline.bench.render import SDXL
from omost_pipeline.canvas.vocabulary import Box
from omost_pipeline.renderer.keep.earlier import FEWEST_STEPS, KeepOptions
from omost_pipeline.renderer.keep.masks import Cells, covered_cells, grown
from omost_pipeline.renderer.keep.windows import window_around
from omost_pipeline.renderer.loop import LEAST_WINDOW

_STEPS = 25
_TOKENS = 77
_THINGS = 2
"""Calls for outlines, beside the background's: things that meet are looked at apart."""

_QUARTERS = {"corner": Box(0, 0, 45, 45), "middle": Box(22, 22, 67, 67)}
_UNIT = 8
"""Cells that must divide a picture's sides."""


class Quarter(TypedDict):
    """An edit of a quarter: the share of the picture in its window, and work over that of the whole drawing.

    ``steps_ratio`` is of the denoising steps, ``work_ratio`` with the calls that find outlines before and after.
    """

    window: float
    steps_ratio: float
    work_ratio: float


def run(config: Mapping[str, object] = SDXL, side: int = 128) -> dict[str, Quarter]:
    """Count the work for a latent of ``side`` × ``side`` cells."""
    with torch.device("meta"):
        unet = UNet2DConditionModel(**config)
    return {where: _quarter(unet, box, Cells(side, side)) for where, box in _QUARTERS.items()}


def _quarter(unet: UNet2DConditionModel, box: Box, cells: Cells) -> Quarter:
    options = KeepOptions()
    mask = grown(covered_cells(box, cells), options.margin_of(cells.width))
    smallest = round(LEAST_WINDOW * int(unet.config["sample_size"]))
    window = window_around(mask, _UNIT, options.context_of(cells.width), smallest)
    whole, part = _work(unet, cells), _work(unet, window.size)
    steps = max(round(options.steps * _STEPS), FEWEST_STEPS)
    drawn, edited = 2 * _STEPS * whole, 2 * steps * part
    outlines = (1 + _THINGS) * whole + 2 * part
    return {
        "window": window.size.height * window.size.width / (cells.height * cells.width),
        "steps_ratio": edited / drawn,
        "work_ratio": (edited + outlines) / drawn,
    }


def _work(unet: UNet2DConditionModel, cells: Cells) -> int:
    """Floating-point operations of one call with one text."""
    config = unet.config
    sizes = 6 * int(config["addition_time_embed_dim"])
    pooled = int(config["projection_class_embeddings_input_dim"]) - sizes
    counter = FlopCounterMode(display=False)
    with counter, torch.device("meta"), torch.inference_mode():
        unet(
            torch.empty(1, int(config["in_channels"]), cells.height, cells.width),
            torch.empty(1),
            torch.empty(1, _TOKENS, int(config["cross_attention_dim"])),
            added_cond_kwargs={"text_embeds": torch.empty(1, pooled), "time_ids": torch.empty(1, 6)},
        )
    return counter.get_total_flops()
