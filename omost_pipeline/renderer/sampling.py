"""The samplers, in the names of Karras et al. 2022: a picture plus noise of deviation σ, made clean step by step.

``x`` always has unit-scale data and noise of standard deviation ``sigma`` (variance exploding); a denoiser turns it
into an estimate of the clean data, ``denoised``. Knows tensors and functions of them, and neither a model nor its
schedule.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp, expm1, log

from torch import Tensor

from omost_pipeline.renderer.recipe import Sampler

Denoiser = Callable[[Tensor, float], Tensor]
"""(x, sigma) → denoised."""

Nudge = Callable[[Tensor, float], Tensor]
"""(x, sigma) → ``x`` as it goes on from there, before it is denoised."""

Noise = Callable[[int], Tensor]
"""Number of a step, from 1 on → unit noise of the shape of ``x``, each time another."""


@dataclass(frozen=True)
class Estimate:
    """After one sampler step: ``x`` at the next noise level, and the clean estimate that led there."""

    x: Tensor
    denoised: Tensor


def _as_it_is(x: Tensor, sigma: float) -> Tensor:  # noqa: ARG001 - a Nudge
    return x


def sample_dpmpp_2m(
    denoise: Denoiser, x: Tensor, sigmas: Sequence[float], nudge: Nudge = _as_it_is
) -> Generator[Estimate, None, None]:
    """DPM-Solver++(2M) (Lu et al. 2022, algorithm 2): one denoiser call a step, second order in the step size.

    Goes down ``sigmas`` from ``x`` at ``sigmas[0]``, one estimate a step; a step to 0 is the denoised picture itself.
    """
    before: tuple[Tensor, float] | None = None  # the last step's denoised and its h
    for sigma, sigma_next in pairwise(sigmas):
        x = nudge(x, sigma)
        denoised = denoise(x, sigma)
        if sigma_next == 0:
            yield Estimate(denoised, denoised)
            return
        h = log(sigma / sigma_next)
        target = denoised
        if before is not None:
            last, h_last = before
            target = denoised + (denoised - last) * (h / (2 * h_last))
        x = exp(-h) * x - expm1(-h) * target
        before = denoised, h
        yield Estimate(x, denoised)


def sample_euler(
    denoise: Denoiser, x: Tensor, sigmas: Sequence[float], nudge: Nudge = _as_it_is
) -> Generator[Estimate, None, None]:
    """Euler's method on the probability flow (Karras et al. 2022, algorithm 1 without its correction)."""
    for sigma, sigma_next in pairwise(sigmas):
        x = nudge(x, sigma)
        denoised = denoise(x, sigma)
        x = denoised + (x - denoised) * (sigma_next / sigma)
        yield Estimate(x, denoised)


def sample_lcm(
    denoise: Denoiser, x: Tensor, sigmas: Sequence[float], noise: Noise, nudge: Nudge = _as_it_is
) -> Generator[Estimate, None, None]:
    """Multistep consistency sampling (Song et al. 2023, algorithm 1): each estimate is made noisy anew."""
    for step, (sigma, sigma_next) in enumerate(pairwise(sigmas), start=1):
        x = nudge(x, sigma)
        denoised = denoise(x, sigma)
        x = denoised + sigma_next * noise(step) if sigma_next else denoised
        yield Estimate(x, denoised)


def sample(
    sampler: Sampler, denoise: Denoiser, x: Tensor, sigmas: Sequence[float], noise: Noise, nudge: Nudge = _as_it_is
) -> Generator[Estimate, None, None]:
    """Go down ``sigmas`` from ``x`` by the sampler of that name; ``noise`` is for those that add some."""
    if sampler == "dpmpp_2m":
        return sample_dpmpp_2m(denoise, x, sigmas, nudge)
    if sampler == "euler":
        return sample_euler(denoise, x, sigmas, nudge)
    return sample_lcm(denoise, x, sigmas, noise, nudge)
