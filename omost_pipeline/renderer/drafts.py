"""Drafts: how a picture is drawn in a fraction of the time while people talk, and how the finished one comes of it.

A draft is smaller and takes fewer steps; the finished picture begins with the draft, enlarged and noised again as far
as the model may still mend what the draft left coarse, but not move it. Says numbers, and knows no model.
"""

from __future__ import annotations

from omost_pipeline.renderer.options import SizeLimits
from omost_pipeline.renderer.spec import DRAFT, ENHANCE, HIGHRES_DENOISE, HIGHRES_STEPS, SIZE, STEPS, Spec

SIDE = 5 / 6
"""A draft's sides, of those of the finished picture."""
LEAST_SIDE = 512
"""Pixels of a side below which no draft is made smaller: models draw small pictures less well."""
SHARE = 0.4
"""A draft's steps, of those of the finished picture."""
FEWEST_STEPS = 4
"""A draft takes as many, unless the finished picture takes fewer."""
DENOISE = 0.6
"""The share of the noise schedule over which a finished picture departs from its draft."""


def as_drawn(spec: Spec, sizes: SizeLimits) -> Spec:
    """A complete spec as it is really drawn: with a draft's size and steps where it is one, else as it is."""
    size, steps = spec.get(SIZE), spec.get(STEPS)
    if spec.of(DRAFT) != "on" or size is None or steps is None:
        return spec
    small = _small(size[0], sizes), _small(size[1], sizes)
    drawn = spec.having(SIZE, small).having(STEPS, min(steps, max(FEWEST_STEPS, round(steps * SHARE))))
    if spec.get(ENHANCE) is None:
        return drawn
    return drawn.having(HIGHRES_DENOISE, DENOISE).having(HIGHRES_STEPS, max(1, round(steps * DENOISE)))


def _small(side: int, sizes: SizeLimits) -> int:
    return max(sizes.nearest(side * SIDE), min(side, LEAST_SIDE))


def is_draft(spec: Spec) -> bool:
    """Whether what a turn's spec asks for is a draft that can be enhanced."""
    return spec.of(DRAFT) == "on" and spec.get(ENHANCE) is None
