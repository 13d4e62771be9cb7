"""The latents a picture begins with: nothing but noise, the canvas's coarse colours, or a finished picture.

Knows no model and no steps.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Start:
    """Clean latents [n, C, h, w] (n pictures, or 1 for all of them), and the share of the noise schedule after them."""

    latents: Tensor
    strength: float

    def of(self, number: int) -> Start:
        """The start of one picture."""
        return self if len(self.latents) == 1 else Start(self.latents[number : number + 1], self.strength)
