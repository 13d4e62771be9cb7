"""What single regions are not to show: negatives of their own, and where they hold.

A region's negative is seen beside the picture's wherever the region is: in its box, less nearer boxes where the nearest
alone counts. Knows canvases and spans, and no model.
"""

from __future__ import annotations

from dataclasses import replace

import torch

from omost_pipeline.canvas.elements import Canvas, Region
from omost_pipeline.canvas.vocabulary import Box
from omost_pipeline.renderer.recipe import Overlap
from omost_pipeline.renderer.regions.protocol import nearer
from omost_pipeline.renderer.regions.spans import View, box_mask


def own_negatives(canvas: Canvas) -> tuple[tuple[str, Box], ...]:
    """The negatives of regions, far to near, each with its box."""
    return tuple((region.negative.strip(), region.box) for region in canvas.far_to_near() if _has_one(region))


def where_they_hold(view: View, canvas: Canvas, overlap: Overlap) -> View:
    """The view of a negative text, the picture's and then :func:`own_negatives`, each seen where its region is."""
    regions = canvas.far_to_near()
    if len(view) == 1:
        return view
    boxes = torch.stack([box_mask(region.box) for region in regions])
    seen = boxes & ~nearer(boxes) if overlap == "overlay" else boxes
    own = [mask for region, mask in zip(regions, seen, strict=True) if _has_one(region)]
    return (view[0], *(replace(span, seen=mask) for span, mask in zip(view[1:], own, strict=True)))


def _has_one(region: Region) -> bool:
    return bool(region.negative.strip())
