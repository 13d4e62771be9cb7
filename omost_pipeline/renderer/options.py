"""Which render options a model accepts. Knows numbers and no model."""

from __future__ import annotations

from dataclasses import dataclass

from omost_pipeline.errors import OptionsError
from omost_pipeline.renderer.renderer import RenderOptions

LARGEST_SEED = 2**32 - 1


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


def check(options: RenderOptions, sizes: SizeLimits) -> None:
    """Refuse what cannot be drawn.

    Raises:
        OptionsError: names the option, its value and the allowed range.
    """
    for name, side in (("width", options.width), ("height", options.height)):
        _within(name, side, sizes.smallest, sizes.largest, " pixels")
        if side % sizes.unit:
            raise OptionsError(f"{name} is {side} pixels; this model draws multiples of {sizes.unit}.")
    _within("steps", options.steps, 1, 100)
    _within("guidance", options.guidance, 1, 32)
    _within("images", options.images, 1, 12)
    _within("seed", options.seed, 0, LARGEST_SEED)


def _within(name: str, value: float, low: int, high: int, unit: str = "") -> None:
    if not low <= value <= high:  # so written that not-a-number fails too
        raise OptionsError(f"{name} is {value}{unit}; it must be from {low} to {high}.")
