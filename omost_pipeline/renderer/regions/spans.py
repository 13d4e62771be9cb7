"""Which words are seen where: a span of text tokens and its pixels, on a grid that any resolution can be made from.

Knows boxes and masks, and no model: a family's attention turns spans into masks of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from omost_pipeline.canvas.layers import region_mask
from omost_pipeline.canvas.vocabulary import GRID, Box, MethodName


@dataclass(frozen=True)
class Span:
    """``tokens`` consecutive text tokens that belong to ``box``; ``None`` is the whole picture.

    ``seen``: [G, G] bool on the grid, where they are seen; ``None`` is all of the box. ``strength``, above 0: how much
    they weigh beside other spans' tokens; ``own_strength`` is one that this span keeps whatever the others have.
    ``method``: which region method it asks for, None for the picture's; of the first span of a view, whose it is.
    """

    box: Box | None
    tokens: int
    seen: Tensor | None = None
    strength: float = 1.0
    own_strength: float | None = None
    method: MethodName | None = None

    @property
    def mask(self) -> Tensor:
        """[G, G] bool: where the tokens are seen."""
        return box_mask(self.box) if self.seen is None else self.seen


View = tuple[Span, ...]
"""What one call of a model sees of a text: all its spans, the whole picture's first, then regions from far to near."""


def box_mask(box: Box | None) -> Tensor:
    """[G, G] bool: the box on the grid; all of the grid for ``None``."""
    return torch.from_numpy(region_mask(box or Box(0, 0, GRID, GRID), GRID, GRID))


def box_shares(box: Box) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of a box, as shares of the picture."""
    return box.left / GRID, box.top / GRID, box.right / GRID, box.bottom / GRID
