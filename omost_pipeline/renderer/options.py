"""Which render options a model accepts, and those that a spec stands for. Knows numbers and no model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from omost_pipeline.errors import OptionsError
from omost_pipeline.renderer.keep.earlier import KeepOptions
from omost_pipeline.renderer.protocol import Highres, RenderOptions
from omost_pipeline.renderer.recipe import MethodName, Overlap, Prompts
from omost_pipeline.renderer.regions.options import RegionOptions
from omost_pipeline.renderer.spec import (
    COUNT,
    DETAILS,
    ENHANCE,
    EXTRA_PROMPT,
    GLOBAL_STRENGTH,
    GRADIENTS,
    GROUNDING,
    GUIDANCE,
    HIGHRES_DENOISE,
    HIGHRES_GUIDANCE,
    HIGHRES_STEPS,
    INITIAL,
    LARGER,
    LAYERED,
    MARGIN,
    METHOD,
    NEGATIVE,
    OVERLAP,
    PROMPTS,
    REGION_STRENGTH,
    SEED,
    SIZE,
    STEPS,
    STRENGTH,
    Spec,
)

WITHIN_LAYERS: MethodName = "bounded"
"""How a thing is drawn before what lies behind it."""


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
        _within(name, side, sizes)
        if side % sizes.unit:
            raise OptionsError(f"{name} is {side} pixels; this model draws multiples of {sizes.unit}.")
    STEPS.check(options.steps)
    GUIDANCE.check(options.guidance)
    COUNT.check(options.images)
    SEED.check(options.seed)
    if options.initial_strength is not None:
        INITIAL.check(options.initial_strength)
    options.regions.check()
    if options.highres is not None:
        _check_highres(options.highres, sizes)
    if finished and options.images != 1:
        raise OptionsError(f"images is {options.images}; of one finished picture, one larger one can be made.")


def _check_highres(highres: Highres, sizes: SizeLimits) -> None:
    LARGER.check(highres.scale)
    HIGHRES_STEPS.check(highres.steps)
    HIGHRES_DENOISE.check(highres.denoise)
    if highres.guidance is not None:
        HIGHRES_GUIDANCE.check(highres.guidance)
    for name, side in zip(("width", "height"), highres.size or (), strict=False):
        _within(name, side, sizes)


def _within(name: str, side: int, sizes: SizeLimits) -> None:
    if not sizes.smallest <= side <= sizes.largest:
        raise OptionsError(f"{name} is {side} pixels; it must be from {sizes.smallest} to {sizes.largest}.")


def options_of(spec: Spec) -> RenderOptions:
    """What a renderer is told of a complete spec: one with a size and steps. Without a guidance there is none, 1.

    Raises:
        OptionsError: if the spec is not complete.
    """
    size, steps, guidance = spec.get(SIZE), spec.get(STEPS), spec.get(GUIDANCE)
    if size is None or steps is None:
        raise OptionsError(f"A size and steps are needed; found {spec.to_json()}.")
    method = spec.get(METHOD) or RegionOptions.method
    return RenderOptions(
        *size,
        seed=spec.of(SEED),
        steps=steps,
        guidance=1.0 if guidance is None else guidance,
        negative_prompt=spec.of(NEGATIVE),
        images=spec.of(COUNT),
        initial_strength=spec.get(INITIAL) or None,
        highres=_highres(spec),
        prompts=cast("Prompts", "words" if spec.of(PROMPTS) == "auto" else spec.of(PROMPTS)),
        regions=RegionOptions(
            cast("MethodName", WITHIN_LAYERS if method == LAYERED else method),
            cast("Overlap | None", spec.get(OVERLAP)),
            spec.get(GLOBAL_STRENGTH),
            spec.get(REGION_STRENGTH),
            spec.of(EXTRA_PROMPT),
            spec.get(GRADIENTS),
            spec.get(GROUNDING),
        ),
        layered=method == LAYERED,
        details=spec.get(DETAILS) == "on",
    )


def keeping_of(spec: Spec) -> KeepOptions:
    """How an edit keeps the rest, by a complete spec."""
    return KeepOptions(margin=spec.of(MARGIN), strength=spec.of(STRENGTH))


def _highres(spec: Spec) -> Highres | None:
    scale, size = spec.get(LARGER), spec.get(ENHANCE)
    if scale is None and size is None:
        return None
    steps = spec.get(HIGHRES_STEPS) or Highres.steps
    guidance = spec.get(HIGHRES_GUIDANCE)
    return Highres(
        scale or Highres.scale, steps, spec.get(HIGHRES_DENOISE) or Highres.denoise, guidance, None if scale else size
    )
