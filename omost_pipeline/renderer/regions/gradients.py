"""How far the attention maps of each region's words are from their box: a loss whose gradient moves a latent.

Of a map, the share of each pixel's attention that goes to a region's words: it is to lie inside the box and not outside
(BoxDiff, Xie et al. 2023; layout guidance, Chen et al. 2024), to reach the box's edges (BoxDiff's corners), and to be
strong somewhere (Attend-and-Excite, Chefer et al. 2023, which looks after the most neglected). Knows maps and masks,
and no model.
"""

from __future__ import annotations

import torch
from torch import Tensor

_TOP = 0.2
"""Share of a box's pixels, and of those outside it, that the strongest ones of a map are (BoxDiff's P)."""

_EDGES = 0.25
"""What the edges count beside inside and outside."""

_FAINTEST = 1e-6


def loss(maps: Tensor, inside: Tensor) -> Tensor:
    """[R, h, w] of 0…1 and [R, h, w] bool, where each region's words belong → a scalar, 0 where all is as wanted."""
    boxes = inside.to(maps.dtype)
    within, outside = maps * boxes, maps * (1 - boxes)
    share = within.sum((1, 2)) / maps.sum((1, 2)).clamp(min=_FAINTEST)
    relative = maps.amax((1, 2)).clamp(min=_FAINTEST)
    placed = (1 - share).square() + _strongest(outside, ~inside) / relative
    edges = _unreached(within / relative[:, None, None], inside)
    neglected = (1 - _strongest(within, inside)).amax()
    return (placed + _EDGES * edges).mean() + neglected


def _strongest(maps: Tensor, of: Tensor) -> Tensor:
    """[R]: the mean of each map's strongest values, as many as :data:`_TOP` of the pixels that ``of`` [R, h, w] has."""
    means = []
    for values, pixels in zip(maps.flatten(1), of.flatten(1).sum(1).tolist(), strict=True):
        means.append(values.topk(max(round(_TOP * pixels), 1)).values.mean())
    return torch.stack(means)


def _unreached(maps: Tensor, inside: Tensor) -> Tensor:
    """[R]: how far a map's largest values, by row and by column, are from 1 where the box has rows and columns."""
    missed = []
    for across in (1, 2):
        wanted = inside.any(across)
        missed.append(((1 - maps.amax(across)) * wanted).sum(1) / wanted.sum(1).clamp(min=1))
    return (missed[0] + missed[1]) / 2
