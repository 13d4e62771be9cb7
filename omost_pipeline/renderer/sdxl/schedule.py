"""SDXL's noise levels, and what its UNet's output means: noise (ε) or velocity, on a variance-preserving schedule.

Levels are deviations σ of the noise on data of unit scale, which :mod:`sampling` goes down. Knows numbers and no model.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Literal, get_args

import torch
from torch import Tensor

from omost_pipeline.renderer.recipe import Sampler

Prediction = Literal["epsilon", "v_prediction"]

_RHO = 7.0

_FAINTEST = 2.0**-24
"""ᾱ that stands in for the 0 a schedule of zero terminal signal ends with, whose noise level would be infinite."""


_NO_SIGNAL = 1000.0
"""Highest levels above this are those of schedules that end without any signal; SDXL's ordinary one is at 15."""

_FIRST_SEEN = 40.0
"""The level to which such a schedule's first step goes, and at which the others begin."""

_FEW = 12
"""Steps below which such a schedule's own levels draw better than Karras's: measured at 8, where they do, and at 16."""

_OTHER_LEVELS = ("EDM", "FlowMatch", "CosineDPM", "ScoreSde", "KarrasVe", "CMStochastic", "VQDiffusion", "IPNDM")
"""What names of schedulers begin with that make their noise levels otherwise."""


@dataclass(frozen=True)
class Schedule:
    """The noise levels a model was trained on, rising, and what it predicts. ``sigmas[t]`` belongs to timestep t."""

    sigmas: tuple[float, ...]
    prediction: Prediction

    @classmethod
    def of(cls, config: dict[str, object]) -> Schedule:
        """From a diffusers ``scheduler_config.json``.

        Raises:
            ValueError: if the config asks for something this schedule cannot do; names the key and the value.
        """
        name = str(config.get("_class_name", ""))
        if name.startswith(_OTHER_LEVELS) or "sigma_data" in config:
            raise ValueError(f"_class_name is {name or 'missing'!r}, whose noise levels are not those of betas")
        for key in ("trained_betas", "use_flow_sigmas", "snr_shift_scale"):
            if config.get(key):
                raise ValueError(f"{key} is set, so the noise levels are not those of a known formula of betas")
        prediction = config.get("prediction_type", "epsilon")
        if prediction not in get_args(Prediction):
            raise ValueError(f"prediction_type is {prediction!r}; only {' and '.join(get_args(Prediction))} are known")
        kept = torch.cumprod(1 - _betas(config), 0)  # ᾱ of Ho et al. 2020
        if config.get("rescale_betas_zero_snr"):
            kept = _without_last_signal(kept)
        sigmas = ((1 - kept) / kept).sqrt()
        return cls(tuple(sigmas.tolist()), "v_prediction" if prediction == "v_prediction" else "epsilon")

    def timestep(self, sigma: float) -> float:
        """The timestep of a noise level, interpolated in log σ and clamped to the schedule's ends."""
        upper = next((t for t, known in enumerate(self.sigmas) if known >= sigma), len(self.sigmas))
        if upper in (0, len(self.sigmas)):
            return float(max(upper - 1, 0))
        low, high = log(self.sigmas[upper - 1]), log(self.sigmas[upper])
        return upper - 1 + (log(sigma) - low) / (high - low)

    def karras(self, steps: int, strength: float = 1.0) -> list[float]:
        """``steps`` falling noise levels between the schedule's ends, then 0 (Karras et al. 2022, eq. 5, ρ = 7).

        With a ``strength`` below 1 they are the last ones of a schedule of ``steps / strength``.
        """
        whole = steps / strength
        return [self._karras(whole - steps + i, whole, self.sigmas[-1]) for i in range(steps)] + [0.0]

    def from_nothing(self, steps: int, strength: float = 1.0) -> list[float]:
        """``steps`` falling levels of a schedule that ends without signal, then 0: one step from there, then Karras's.

        Karras's alone would put half of all steps where there is nothing to be seen yet. ``strength``: as there.
        """
        whole, top = steps / strength, log(self.sigmas[-1] / _FIRST_SEEN)
        places = (whole - steps + i for i in range(steps))
        levels = (
            self._karras(place - 1, whole - 1, _FIRST_SEEN) if place >= 1 else _FIRST_SEEN * exp(top * (1 - place))
            for place in places
        )
        return [*levels, 0.0]

    def _karras(self, place: float, count: float, highest: float) -> float:
        """The level at a place, 0 at the ``highest``, of ``count`` down to the lowest."""
        low, high = self.sigmas[0] ** (1 / _RHO), highest ** (1 / _RHO)
        return float((high + place / max(count - 1, 1) * (low - high)) ** _RHO)

    def trailing(self, steps: int, strength: float = 1.0) -> list[float]:
        """``steps`` noise levels evenly spaced in time from the top on, then 0, as few-step models were trained.

        With a ``strength`` below 1 they begin that far up.
        """
        top = len(self.sigmas) * strength
        times = (max(round(top * (1 - i / steps)) - 1, 0) for i in range(steps))
        return [self.sigmas[time] for time in times] + [0.0]

    def levels(self, sampler: Sampler, steps: int, strength: float = 1.0) -> list[float]:
        """The noise levels that suit a sampler."""
        if sampler != "dpmpp_2m":
            return self.trailing(steps, strength)
        if self.sigmas[-1] < _NO_SIGNAL:
            return self.karras(steps, strength)
        return self.trailing(steps, strength) if steps / strength < _FEW else self.from_nothing(steps, strength)

    def model_input(self, x: Tensor, sigma: float) -> Tensor:
        """``x`` as the model was shown it in training: of unit variance."""
        return x / sqrt(sigma**2 + 1)

    def denoised(self, x: Tensor, sigma: float, output: Tensor) -> Tensor:
        """The clean estimate that the model's ``output`` for ``x`` stands for."""
        if self.prediction == "epsilon":
            return x - sigma * output
        return x / (sigma**2 + 1) - output * (sigma / sqrt(sigma**2 + 1))


def _without_last_signal(kept: Tensor) -> Tensor:
    """[T] ᾱ stretched so that nothing of the picture is left at its end (Lin et al. 2023, algorithm 1)."""
    signal = kept.sqrt()
    stretched = (signal - signal[-1]) * (signal[0] / (signal[0] - signal[-1]))
    return (stretched**2).clamp(min=_FAINTEST)


def _betas(config: dict[str, object]) -> Tensor:
    """[T] float64 variances of the forward process."""
    kind, steps = config.get("beta_schedule", "linear"), config.get("num_train_timesteps", 1000)
    start, end = config.get("beta_start", 0.0001), config.get("beta_end", 0.02)
    if not (isinstance(steps, int) and isinstance(start, float) and isinstance(end, float) and 0 < start < end < 1):
        raise ValueError(f"num_train_timesteps, beta_start and beta_end are {steps!r}, {start!r} and {end!r}")
    if kind == "scaled_linear":
        return torch.linspace(start**0.5, end**0.5, steps, dtype=torch.float64) ** 2
    if kind == "linear":
        return torch.linspace(start, end, steps, dtype=torch.float64)
    raise ValueError(f"beta_schedule is {kind!r}; only scaled_linear and linear are known")
