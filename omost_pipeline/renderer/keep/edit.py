"""A picture drawn from an earlier one: what is kept with a picture for that, and what an edit of it comes to.

Knows no model: a family says which model it is, and finds outlines.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL.Image import Image, fromarray
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, float16, from_numpy, where

from omost_pipeline.canvas.difference import Difference, difference
from omost_pipeline.canvas.elements import Canvas, Region
from omost_pipeline.renderer.keep.compositing import pixels_of, put_back
from omost_pipeline.renderer.keep.earlier import Earlier, Whole
from omost_pipeline.renderer.keep.masks import (
    Cells,
    Mask,
    Outlines,
    change_mask,
    comes_again,
    covered_cells,
    grown,
    kept_share,
    settled_mask,
    unchanged_cells,
    without_holes,
)
from omost_pipeline.renderer.keep.windows import Window, window_around


@dataclass(frozen=True)
class Edit:
    """``mask`` [h, w]: the cells that may change; drawn in ``window``, over the earlier ``latents`` [1, C, h, w].

    ``unchanged`` [h, w] are those that unchanged things cover, and ``come`` are the changed things as they now are.
    """

    earlier: Earlier
    latents: Tensor
    mask: Mask
    window: Window
    unchanged: Mask
    come: tuple[Region, ...] = ()

    @property
    def kept(self) -> float:
        """Share of the picture that stays as it is."""
        return kept_share(self.mask)

    @property
    def is_nothing(self) -> bool:
        """Whether nothing changes at all."""
        return not bool(self.mask.any())

    @property
    def rim(self) -> int:
        """Cells inside the mask's edge that become free late."""
        return self.earlier.options.margin_of(max(self.mask.shape))

    @property
    def is_settled(self) -> bool:
        """Whether nothing can be taken back of what was free to change, whatever is drawn."""
        return not (self.come and bool((self.mask & self.unchanged).any()))

    def settled(self, outlines: Outlines) -> Edit:
        """The edit of what was drawn, with what of it the changed things cover: unchanged things are as they were.

        ``outlines`` are those of :attr:`come` in the window; one that is not known may cover its box.
        """
        cells = Cells(*self.mask.shape)
        come = cells.none
        for region in self.come:
            if region in outlines:
                come[self.window.rows, self.window.columns] |= without_holes(outlines[region])
            else:
                come |= covered_cells(region.box, cells)
        come = grown(come, self.earlier.options.beyond)
        return replace(self, mask=settled_mask(self.mask, self.unchanged, come), come=())

    def of_all(self, settled: Sequence[Edit]) -> Edit:
        """The edit with the cells that any of several pictures changed."""
        return replace(self, mask=np.logical_or.reduce([each.mask for each in settled]))

    def mask_image(self, side: int) -> Image:
        """The mask in white, at the picture's size."""
        return fromarray(pixels_of(self.mask, side)).convert("L")

    def put_back(self, drawn: Image) -> Image:
        """The earlier picture with the decoded window in it."""
        return put_back(self.earlier.picture, drawn, self.mask, self.window, self.earlier.options.feather)

    def whole(self, drawn: Tensor) -> Tensor:
        """The earlier latents with the window's [1, C, h, w] in the mask."""
        latents = self.latents.to(drawn.device).clone()
        inside = from_numpy(self.mask).to(drawn.device)
        latents[..., self.window.rows, self.window.columns] = drawn
        return where(inside, latents, self.latents.to(drawn.device))


FindOutlines = Callable[[Tensor, Canvas], Outlines]
"""Earlier latents and their canvas → what its regions cover."""

Encode = Callable[[Image], Tensor]
"""A picture → its latents [1, C, h, w]."""


def plan_edit(
    earlier: Earlier,
    canvas: Canvas,
    size: tuple[int, int],
    model: str,
    smallest: int,
    unit: int,
    outlines: FindOutlines,
    encode: Encode,
) -> Edit | Whole:
    """How to draw ``canvas`` at ``size`` (width, height in pixels) from an earlier picture, or why not.

    ``smallest`` and ``unit`` are the sides, in cells, that the model can draw. ``encode`` is for a picture that no
    model drew: it has no latents of its own.
    """
    found = difference(earlier.canvas, canvas).with_anew(earlier.again)
    if found.scene:
        return Whole.SCENE
    if earlier.picture.size != size:
        return Whole.SIZE
    latents = encode(earlier.picture) if earlier.brought else unpack(earlier.remains, model)
    if isinstance(latents, Whole):
        return latents
    return _edit(earlier, latents, found, smallest, unit, {} if found.nothing else outlines(latents, earlier.canvas))


def _edit(
    earlier: Earlier, latents: Tensor, found: Difference, smallest: int, unit: int, outlines: Outlines
) -> Edit | Whole:
    cells, options = Cells(*latents.shape[-2:]), earlier.options
    longer = max(cells.height, cells.width)
    mask = change_mask(found, outlines, cells, options.margin_of(longer))
    if mask.all() and options.strength >= 1:
        return Whole.ALL
    window = window_around(mask, unit, options.context_of(longer), smallest)
    unchanged = unchanged_cells(found, outlines, cells, options.margin_of(longer))
    if earlier.brought:  # what nobody drew is no background of the model's: all of it stays beside what comes
        unchanged = ~cells.none
    return Edit(earlier, latents, mask, window, unchanged, comes_again(found))


def pack(latents: Tensor, model: str) -> bytes:
    """One picture's latents [1, C, h, w] as a small file, in half precision, with the mark of the model."""
    return save({"latents": latents.to(float16).cpu().contiguous()}, metadata={"model": model})


def unpack(remains: bytes, model: str) -> Tensor | Whole:
    """The latents [1, C, h, w] of :func:`pack` in float32, or why they cannot be used."""
    if not remains:
        return Whole.MISSING
    try:
        known = load(remains)["latents"]
        mark = _mark(remains)
    except (SafetensorError, KeyError, ValueError):
        return Whole.MISSING
    return known.float() if mark == model else Whole.MODEL


def _mark(remains: bytes) -> str:
    """The model's mark in a safetensors file: its header is JSON behind eight bytes of length."""
    length = int.from_bytes(remains[:8], "little")
    return str(json.loads(remains[8 : 8 + length]).get("__metadata__", {}).get("model", ""))
