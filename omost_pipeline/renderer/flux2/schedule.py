"""FLUX.2's noise levels: shares of noise in a mixture with the picture, from 1 on down, as its pipeline takes them.

``x`` at a level t is (1 − t) · picture + t · noise (rectified flow, Liu et al. 2022), and the model predicts the
difference noise − picture. Knows numbers and no model.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp

from torch import Tensor

_KNOWN = "FlowMatchEulerDiscreteScheduler"
_OTHER_LEVELS = ("use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas", "invert_sigmas", "shift_terminal")
"""What makes diffusers' scheduler take other levels."""

_MANY_TOKENS = 4300
"""Tokens of a picture above which the published shift takes another formula."""


@dataclass(frozen=True)
class Schedule:
    """How levels are shifted towards noise: by ``shift``, or by the picture's size where that is None."""

    shift: float | None = None

    @classmethod
    def of(cls, config: dict[str, object]) -> Schedule:
        """From a diffusers ``scheduler_config.json``.

        Raises:
            ValueError: if the config asks for something this schedule cannot do; names the key and the value.
        """
        name = config.get("_class_name")
        if name != _KNOWN:
            raise ValueError(f"_class_name is {name!r}; only {_KNOWN} is known")
        for key in (*_OTHER_LEVELS, "stochastic_sampling"):
            if config.get(key):
                raise ValueError(f"{key} is {config[key]!r}, which is not known")
        if config.get("use_dynamic_shifting"):
            kind = config.get("time_shift_type", "exponential")
            if kind != "exponential":
                raise ValueError(f"time_shift_type is {kind!r}; only exponential is known")
            return cls()
        shift = config.get("shift", 1.0)
        if not isinstance(shift, int | float) or shift <= 0:
            raise ValueError(f"shift is {shift!r}")
        return cls(float(shift))

    def levels(self, steps: int, tokens: int, strength: float = 1.0) -> list[float]:
        """``steps`` falling levels from ``strength`` on, and 0, for a picture of so many tokens.

        With a strength below 1 they are as many shares of the whole schedule's: the published shift alone would leave
        hardly a small change at few steps (0.77 is its last of four at 1024 × 1024 pixels).
        """
        shift = exp(shift_exponent(tokens, steps)) if self.shift is None else self.shift
        even = ((steps - number) / steps for number in range(steps))
        return [strength * shift * level / (1 + (shift - 1) * level) for level in even] + [0.0]

    def noised(self, clean: Tensor, noise: Tensor, level: float) -> Tensor:
        """``x`` at a level."""
        return (1 - level) * clean + level * noise

    def denoised(self, x: Tensor, level: float, output: Tensor) -> Tensor:
        """The clean estimate that the model's ``output`` for ``x`` stands for."""
        return x - level * output


def shift_exponent(tokens: int, steps: int) -> float:
    """μ, by which levels are shifted, as Black Forest Labs fitted it to pictures of 10 and of 200 steps."""
    of_200 = 0.00016927 * tokens + 0.45666666
    if tokens > _MANY_TOKENS:
        return of_200
    of_10 = 8.73809524e-05 * tokens + 1.89833333
    slope = (of_200 - of_10) / 190
    return of_200 + slope * (steps - 200)
