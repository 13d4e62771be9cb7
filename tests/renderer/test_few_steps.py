"""Samplers for models distilled to few steps, against diffusers' own schedulers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from diffusers.schedulers.scheduling_euler_discrete import EulerDiscreteScheduler
from torch import Tensor

from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.renderer.protocol import Rendered, RenderOptions
from omost_pipeline.renderer.recipe import Sampler
from omost_pipeline.renderer.sampling import sample
from omost_pipeline.renderer.sdxl.schedule import Schedule
from omost_pipeline.renderer.sdxl.weights import load_renderer

CONFIG: dict[str, object] = {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012}
SHAPE = (1, 2, 4, 4)

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation")  # diffusers hands numpy tensors the old way


def noise(step: int) -> Tensor:
    return torch.randn(SHAPE, generator=torch.Generator().manual_seed(step))


def towards(x: Tensor, sigma: float) -> Tensor:
    """A denoiser that is never sure, so that each step shows in the result."""
    return (0.3 * x + 0.1) / (1 + sigma)


@pytest.mark.parametrize("steps", [1, 4, 8])
def test_levels_of_few_steps_are_those_lightning_was_trained_at(steps: int) -> None:
    theirs = EulerDiscreteScheduler(**CONFIG, timestep_spacing="trailing")
    theirs.set_timesteps(steps)
    assert Schedule.of(CONFIG).levels("euler", steps) == pytest.approx(theirs.sigmas.tolist(), rel=1e-4)


def test_part_of_the_way_begins_that_far_down_and_takes_as_many_steps() -> None:
    schedule = Schedule.of(CONFIG)
    levels = schedule.levels("euler", 4, strength=0.4)
    assert len(levels) == 5
    assert levels[0] == pytest.approx(schedule.sigmas[399])
    assert levels == sorted(set(levels), reverse=True)


def test_euler_goes_where_diffusers_goes() -> None:
    theirs = EulerDiscreteScheduler(**CONFIG, timestep_spacing="trailing")
    theirs.set_timesteps(4)
    levels = theirs.sigmas.tolist()
    x = start = noise(0) * levels[0]
    for time, sigma in zip(theirs.timesteps, levels, strict=False):
        theirs.scale_model_input(x, time)
        x = theirs.step((x - towards(x, sigma)) / sigma, time, x).prev_sample
    *_, last = sample("euler", towards, start, levels, noise)
    torch.testing.assert_close(last.x, x, rtol=1e-4, atol=1e-4)


def test_lcm_makes_each_estimate_noisy_anew_and_ends_with_the_last_one() -> None:
    levels = [10.0, 2.0, 0.5, 0.0]
    start = noise(0) * levels[0]
    first = towards(start, 10.0)
    second = towards(first + 2.0 * noise(1), 2.0)
    third = towards(second + 0.5 * noise(2), 0.5)
    estimates = list(sample("lcm", towards, start, levels, noise))
    torch.testing.assert_close(estimates[-1].x, third)
    torch.testing.assert_close(estimates[1].denoised, second)
    assert len(estimates) == 3


def test_zero_terminal_signal_is_rescaled_as_diffusers_does() -> None:
    theirs = EulerDiscreteScheduler(**CONFIG, rescale_betas_zero_snr=True, timestep_spacing="trailing")
    theirs.set_timesteps(10)
    ours = Schedule.of({**CONFIG, "rescale_betas_zero_snr": True})
    assert ours.levels("euler", 10) == pytest.approx(theirs.sigmas.tolist(), rel=1e-3)
    assert ours.sigmas[-1] == pytest.approx(4096, rel=1e-3)
    assert ours.timestep(ours.sigmas[-1]) == 999


@pytest.mark.slow
@pytest.mark.parametrize("sampler", ["euler", "lcm"])
def test_a_picture_of_a_batch_is_the_single_one_of_its_seed(checkpoint: Path, canvas: Canvas, sampler: Sampler) -> None:
    renderer = load_renderer(str(checkpoint), sampler=sampler)
    options = RenderOptions(64, 64, seed=5, steps=3, guidance=1.0, images=2)
    *_, both = renderer.render(canvas, options)
    *_, second = renderer.render(canvas, replace(options, seed=6, images=1))
    assert isinstance(both, Rendered)
    assert isinstance(second, Rendered)
    assert both.images[1].tobytes() == second.images[0].tobytes()
    assert both.images[0].tobytes() != both.images[1].tobytes()
