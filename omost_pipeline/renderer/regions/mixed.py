"""Regions that ask for methods of their own: each method draws its own regions as if no others were there.

What a pixel becomes, the method of the nearest region there predicts, or the mean of those of all of them where all
count; where no region is, the picture's own method does. Costs the calls of every method that takes part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from omost_pipeline.renderer.recipe import Overlap
from omost_pipeline.renderer.regions.protocol import Method, nearer
from omost_pipeline.renderer.regions.spans import View, box_mask


@dataclass(frozen=True)
class Part:
    """A method and the numbers, in the whole view, of the regions that it draws."""

    method: Method
    numbers: Sequence[int]


class Mixed:
    """Several methods in one picture. The first part's method draws what no region covers."""

    def __init__(
        self, view: View, parts: Sequence[Part], overlap: Overlap, cells: tuple[int, int], device: torch.device
    ) -> None:
        """For latents of ``cells`` (height, width)."""
        nowhere = torch.zeros_like(box_mask(None))
        self._hidden = [replace(span, seen=nowhere) for span in view]
        self._parts = tuple(parts)
        boxes = torch.stack([box_mask(span.box) for span in view[1:]])
        seen = boxes & ~nearer(boxes) if overlap == "overlay" else boxes
        owned = torch.stack([seen[[number - 1 for number in part.numbers]].any(0) for part in parts]).float()
        owned[0] += ~boxes.any(0)
        weights = interpolate(owned[:, None], cells, mode="area")
        self._weights = (weights / weights.sum(0)).to(device)  # [parts, 1, h, w]
        self._asked: list[tuple[View, ...]] = []
        self._views: tuple[View, ...] = ()

    def views(self, timestep: float) -> tuple[View, ...]:
        asked = [part.method.views(timestep) for part in self._parts]
        if len(asked) != len(self._asked) or any(new is not old for new, old in zip(asked, self._asked, strict=True)):
            self._asked = asked
            pairs = zip(self._parts, asked, strict=True)
            self._views = tuple(self._among_all(part, view) for part, views in pairs for view in views)
        return self._views

    def merged(self, predictions: Tensor) -> Tensor:
        pieces = predictions.split([len(views) for views in self._asked])
        made = [part.method.merged(piece) for part, piece in zip(self._parts, pieces, strict=True)]
        return (torch.cat(made) * self._weights).sum(0, keepdim=True)

    def _among_all(self, part: Part, view: View) -> View:
        """A part's view with the spans of the other parts, which nobody sees in it."""
        whole, *regions = view
        own = dict(zip(part.numbers, regions, strict=True))
        return (whole, *(own.get(number, span) for number, span in enumerate(self._hidden[1:], start=1)))
