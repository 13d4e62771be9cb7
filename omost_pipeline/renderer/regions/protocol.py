"""What a region method is: which words a model sees where, in how many calls, and what one prediction they make.

Knows views and predictions, and no model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import torch
from torch import Tensor

from omost_pipeline.renderer.regions.options import RegionSharing
from omost_pipeline.renderer.regions.spans import Span, View, box_mask


class Method(Protocol):
    """One picture's method: asked at each step what the model is to see, then told what it predicted."""

    def views(self, timestep: float) -> tuple[View, ...]:
        """What each call at this timestep sees; the same tuple object for as long as that does not change.

        A view's first span says of which method it is: by that a family knows how words count where pixels see them.
        A timestep is a model's own time: 1000 is nothing but noise, 0 the picture.
        """
        ...

    def merged(self, predictions: Tensor) -> Tensor:
        """[V, C, h, w], the predictions for the last views, → [1, C, h, w]."""
        ...


def shared(view: View, sharing: RegionSharing) -> View:
    """The spans, seen in their boxes as ``sharing`` has it, at its strengths."""
    whole, *regions = view
    if not regions:
        return view
    boxes = torch.stack([box_mask(span.box) for span in regions])
    masks = boxes & ~nearer(boxes) if sharing.overlap == "overlay" else boxes
    everywhere = replace(whole, strength=sharing.global_strength)
    if sharing.global_strength == 0:
        everywhere = replace(whole, seen=~boxes.any(0))
    seen = zip(regions, masks, strict=True)
    return (everywhere, *(replace(span, seen=mask, strength=_strength(span, sharing)) for span, mask in seen))


def everywhere(view: View, sharing: RegionSharing) -> View:
    """All spans, seen in the whole picture, at the strengths of ``sharing``."""
    whole, *regions = view
    seen = torch.ones_like(box_mask(None))
    own = (replace(span, seen=seen, strength=_strength(span, sharing)) for span in regions)
    return (replace(whole, strength=sharing.global_strength or 1.0), *own)


def _strength(span: Span, sharing: RegionSharing) -> float:
    return sharing.region_strength if span.own_strength is None else span.own_strength


def nearer(masks: Tensor) -> Tensor:
    """[R, …] bool, from far to near → [R, …] bool, what a later mask covers."""
    counts = masks.flip(0).cumsum(0).flip(0)  # how many of this and the later masks cover a pixel
    return counts > masks.to(counts.dtype)


def alone(view: View, sharing: RegionSharing, groups: Sequence[Sequence[int]]) -> tuple[View, ...]:
    """The view of the bare background, then for each group of spans one in which they alone are before it."""
    nowhere = torch.zeros_like(box_mask(None))
    hidden = [replace(span, seen=nowhere) for span in view]
    views: list[View] = [(view[0], *hidden[1:])]
    for group in groups:
        seen = shared((view[0], *(view[number] for number in group)), sharing)
        found = dict(zip((0, *group), seen, strict=True))
        views.append(tuple(found.get(number, span) for number, span in enumerate(hidden)))
    return tuple(views)
