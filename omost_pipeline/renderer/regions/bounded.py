"""Against bleeding: each region is drawn alone until its outline shows; then nearer outlines own their pixels.

What a picture shows and where is decided while there is much noise. In these steps regions whose boxes meet are in
different calls, in which they stand before the background, so neither cross- nor self-attention reaches from one into
another. Where a region's prediction differs from the bare background's is its outline, and by their outlines the
predictions are laid over each other, far to near. In the later steps one call draws everything, and the pixels inside a
nearer region's outline do not see the words of those behind it. ``grounded`` is drawn so, too, and a model that was
trained for it is told besides what stands in which box.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from omost_pipeline.canvas.vocabulary import GRID
from omost_pipeline.renderer.regions.options import RegionSharing
from omost_pipeline.renderer.regions.protocol import alone, nearer, shared
from omost_pipeline.renderer.regions.spans import View, box_mask

LAST_ALONE = 400.0
"""Timestep (of 1000) down to which regions are drawn alone: half of the steps of a Karras schedule."""

_LEAST, _FULL = 0.15, 0.45
"""Differences from the background, as shares of a region's largest, from which a pixel is partly and wholly its own."""

_KEPT = 0.5
"""How much of an outline is kept from the step before; the rest is the newest step's."""

_IN_BOX = 0.3
"""Share of a latent cell that a box must cover for the cell to belong to it."""


class Bounded:
    """One picture's outlines, and the calls before and after they are known."""

    def __init__(
        self,
        view: View,
        sharing: RegionSharing,
        cells: tuple[int, int],
        device: torch.device,
        last_alone: float = LAST_ALONE,
    ) -> None:
        """For latents of ``cells`` (height, width); regions are drawn alone down to the timestep ``last_alone``."""
        self._last_alone = last_alone
        even = replace(sharing, overlap="average")  # the outlines say who is before whom
        self._overlay = sharing.overlap == "overlay"
        groups = strangers(view)
        self._alone, self._late = alone(view, even, groups), (shared(view, even),)
        calls = {number: call for call, group in enumerate(groups, start=1) for number in group}
        self._call_of = [calls[number] for number in range(1, len(view))]
        boxes = [box_mask(span.box) for span in view[1:]]
        grids = torch.stack(boxes)[:, None].float() if boxes else torch.zeros(0, 1, GRID, GRID)
        self._boxes = interpolate(grids, cells, mode="area").to(device)  # [R, 1, h, w], share of each cell
        self._outlines: Tensor | None = None  # [R, 1, h, w] of 0…1
        self._outlined = False

    def views(self, timestep: float) -> tuple[View, ...]:
        if timestep >= self._last_alone and len(self._boxes) > 1:  # a single region has no other to keep out of
            return self._alone
        if self._overlay and self._outlines is not None and not self._outlined:
            self._late, self._outlined = (self._within(self._outlines),), True
        return self._late

    def merged(self, predictions: Tensor) -> Tensor:
        if len(predictions) == 1:
            return predictions
        layers = predictions[[0, *self._call_of]]  # [1 + R, C, h, w]: the background, then each region
        found, last = self._found(layers), self._outlines
        self._outlines = found if last is None else _KEPT * last + (1 - _KEPT) * found
        return (layers * self._weights(self._outlines)).sum(0, keepdim=True)

    def _found(self, layers: Tensor) -> Tensor:
        """[1 + R, C, h, w] → [R, 1, h, w] of 0…1, where each region differs from the background."""
        difference = (layers[1:] - layers[0]).square().mean(1, keepdim=True).sqrt() * self._boxes
        largest = difference.amax((-2, -1), keepdim=True).clamp(min=torch.finfo(difference.dtype).tiny)
        return ((difference / largest - _LEAST) / (_FULL - _LEAST)).clamp(0, 1) * (self._boxes > _IN_BOX)

    def _weights(self, outlines: Tensor) -> Tensor:
        """[1 + R, 1, h, w]: what each layer counts; together 1 everywhere."""
        if not self._overlay:
            covered = outlines.amax(0, keepdim=True)
            among = outlines / outlines.sum(0).clamp(min=torch.finfo(outlines.dtype).tiny)
            return torch.cat([1 - covered, among * covered])
        left = torch.ones_like(outlines[:1])  # what no nearer region covers
        weights: list[Tensor] = []
        for outline in outlines.flip(0)[:, None]:  # near to far
            weights.insert(0, left * outline)
            left = left * (1 - outline)
        return torch.cat([left, *weights])

    def _within(self, outlines: Tensor) -> View:
        """Each region is seen in its box less the outlines of nearer ones; one that would vanish keeps its box."""
        (whole, *regions), grid = self._late[0], (GRID, GRID)
        inside = interpolate(outlines, grid, mode="bilinear")[:, 0].cpu() > 0.5
        covered = nearer(inside & torch.stack([span.mask for span in regions]))
        free = [span.mask & ~hidden for span, hidden in zip(regions, covered, strict=True)]
        return (whole, *(replace(s, seen=m) if bool(m.any()) else s for s, m in zip(regions, free, strict=True)))


def strangers(view: View) -> list[list[int]]:
    """Numbers of the regions, far to near, in groups as few as come easily: within one, no two boxes meet."""
    boxes = [box_mask(span.box) for span in view]
    groups: list[list[int]] = []
    for number in range(1, len(view)):
        fitting = (group for group in groups if not any((boxes[number] & boxes[other]).any() for other in group))
        group = next(fitting, None)
        if group is None:
            groups.append([number])
        else:
            group.append(number)
    return groups
