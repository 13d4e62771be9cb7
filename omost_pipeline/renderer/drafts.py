"""Drafts: how a picture is drawn in a fraction of the time while people talk, and how the finished one comes of it.

A draft is smaller and takes fewer steps; the finished picture begins with the draft, enlarged and noised again as far
as the model may still mend what the draft left coarse, but not move it. Says numbers, and knows no model.
"""

from __future__ import annotations

from omost_pipeline.renderer.options import SizeLimits
from omost_pipeline.renderer.spec import DRAFT, ENHANCE, HIGHRES_DENOISE, HIGHRES_STEPS, SIZE, STEPS, Spec

SIDE = 2 / 3
"""A draft's sides, of those of the finished picture."""
SHARE = 0.5
"""A draft's steps, of those of the finished picture."""
FEWEST_STEPS = 4
"""A draft takes as many, unless the finished picture takes fewer."""
DENOISE = 0.65
"""The share of the noise schedule over which a finished picture departs from its draft."""


def as_drawn(spec: Spec, sizes: SizeLimits) -> Spec:
    """A complete spec as it is really drawn: with a draft's size and steps where it is one, else as it is."""
    size, steps = spec.get(SIZE), spec.get(STEPS)
    if spec.of(DRAFT) != "on" or size is None or steps is None:
        return spec
    small = sizes.nearest(size[0] * SIDE), sizes.nearest(size[1] * SIDE)
    drawn = spec.having(SIZE, small).having(STEPS, min(steps, max(FEWEST_STEPS, round(steps * SHARE))))
    if spec.get(ENHANCE) is None:
        return drawn
    return drawn.having(HIGHRES_DENOISE, DENOISE).having(HIGHRES_STEPS, max(1, round(steps * DENOISE)))


def is_draft(spec: Spec) -> bool:
    """Whether what a turn's spec asks for is a draft that can be enhanced."""
    return spec.of(DRAFT) == "on" and spec.get(ENHANCE) is None
