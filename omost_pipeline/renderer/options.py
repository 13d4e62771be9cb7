"""Which render options a model accepts. Knows numbers and no model."""

from __future__ import annotations

from dataclasses import dataclass

from omost_pipeline.errors import OptionsError
from omost_pipeline.renderer.protocol import Highres, RenderOptions

LARGEST_SEED = 2**32 - 1

STEPS = (1, 100)
GUIDANCE = (1, 32)
IMAGES = (1, 12)
"""The smallest and the largest value."""

INITIAL_STRENGTHS = (0.95, 0.99)
"""From less, the coarse colours show through the finished picture; from more, nothing is left of them."""


@dataclass(frozen=True)
class SizeLimits:
    """Sides a model can draw, in pixels: multiples of ``unit`` from ``smallest`` to ``largest``."""

    unit: int
    smallest: int
    largest: int

    @classmethod
    def of_model(cls, native: int, cell: int, levels: int) -> SizeLimits:
        """From the side a model was trained at, the pixels of a latent cell and the UNet's levels.

        A quarter to twice the native side, halved evenly at every level. SDXL checkpoints are used in steps of 64 from
        256 to 2048 (omost-facts §4), which a native side of 1024 gives.
        """
        unit = cell * 2 ** (levels - 1)
        if native >= 512:
            unit = max(unit, 64)
        return cls(unit, -(-native // 4 // unit) * unit, native * 2 // unit * unit)

    def nearest(self, side: float) -> int:
        """The nearest side that the model can draw."""
        steps = int(side / self.unit + 0.5)
        return min(max(steps * self.unit, self.smallest), self.largest)


def check(options: RenderOptions, sizes: SizeLimits, *, finished: bool = False) -> None:
    """Refuse what cannot be drawn. ``finished``: the picture to be made larger is there already.

    Raises:
        OptionsError: names the option, its value and the allowed range.
    """
    for name, side in (("width", options.width), ("height", options.height)):
        _within(name, side, sizes.smallest, sizes.largest, " pixels")
        if side % sizes.unit:
            raise OptionsError(f"{name} is {side} pixels; this model draws multiples of {sizes.unit}.")
    _within("steps", options.steps, *STEPS)
    _within("guidance", options.guidance, *GUIDANCE)
    _within("images", options.images, *IMAGES)
    _within("seed", options.seed, 0, LARGEST_SEED)
    if options.initial_strength is not None:
        _within("initial_strength", options.initial_strength, *INITIAL_STRENGTHS)
    options.regions.check()
    if options.highres is not None:
        _check_highres(options.highres)
    if finished and options.images != 1:
        raise OptionsError(f"images is {options.images}; of one finished picture, one larger one can be made.")


def _check_highres(highres: Highres) -> None:
    _within("highres scale", highres.scale, 1, 2)
    _within("highres steps", highres.steps, *STEPS)
    _within("highres denoise", highres.denoise, 0.01, 1)
    if highres.guidance is not None:
        _within("highres guidance", highres.guidance, *GUIDANCE)


def _within(name: str, value: float, low: float, high: float, unit: str = "") -> None:
    if not low <= value <= high:  # so written that not-a-number fails too
        raise OptionsError(f"{name} is {value}{unit}; it must be from {low} to {high}.")
