"""The schedule and the sampler against exact solutions and diffusers' own."""

from __future__ import annotations

import math

import pytest
import torch
from diffusers.schedulers.scheduling_dpmsolver_multistep import DPMSolverMultistepScheduler
from torch import Tensor

from omost_pipeline.renderer.sampling import sample_dpmpp_2m
from omost_pipeline.renderer.sdxl.schedule import Schedule

CONFIG: dict[str, object] = {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012}
MEAN, DEVIATION = 0.7, 0.4


def exact(x: Tensor, sigma: float) -> Tensor:
    """The best denoiser of data drawn from N(MEAN, DEVIATION²)."""
    return (DEVIATION**2 * x + sigma**2 * MEAN) / (DEVIATION**2 + sigma**2)


def solution(x: Tensor, sigma: float, sigma_next: float) -> Tensor:
    """Where the probability flow of that data carries x from one noise level to another."""
    return MEAN + (x - MEAN) * math.sqrt((DEVIATION**2 + sigma_next**2) / (DEVIATION**2 + sigma**2))


def sampled(x: Tensor, sigmas: list[float]) -> Tensor:
    *_, last = sample_dpmpp_2m(exact, x, sigmas)
    return last.x


def test_the_published_schedule_s_ends() -> None:
    sigmas = Schedule.of(CONFIG).sigmas
    assert len(sigmas) == 1000
    assert sigmas[0] == pytest.approx(0.0292, abs=1e-4)
    assert sigmas[-1] == pytest.approx(14.6146, abs=1e-3)


def test_a_part_of_the_schedule_is_the_end_of_a_longer_one() -> None:
    schedule = Schedule.of(CONFIG)
    assert schedule.karras(20, strength=0.4) == pytest.approx(schedule.karras(50)[30:])
    assert schedule.karras(25, strength=1.0) == pytest.approx(schedule.karras(25))
    assert schedule.karras(1) == [pytest.approx(14.6146, abs=1e-3), 0.0]
    firsts = [schedule.karras(25, strength)[0] for strength in (0.4, 0.95, 0.99, 1.0)]
    assert firsts == sorted(firsts)


def test_timesteps_are_the_inverse_of_the_schedule() -> None:
    schedule = Schedule.of(CONFIG)
    for t in (0, 1, 437, 998, 999):
        assert schedule.timestep(schedule.sigmas[t]) == pytest.approx(t, abs=1e-6)
    between = math.sqrt(schedule.sigmas[10] * schedule.sigmas[11])
    assert schedule.timestep(between) == pytest.approx(10.5)
    assert schedule.timestep(1e-9) == 0
    assert schedule.timestep(1e9) == 999


@pytest.mark.parametrize("steps", [1, 2, 25])
def test_karras_levels_fall_from_the_schedule_s_one_end_to_the_other_and_then_to_zero(steps: int) -> None:
    schedule = Schedule.of(CONFIG)
    sigmas = schedule.karras(steps)
    assert len(sigmas) == steps + 1
    assert sigmas == sorted(sigmas, reverse=True)
    assert sigmas[0] == pytest.approx(schedule.sigmas[-1])
    assert sigmas[-1] == 0
    assert steps == 1 or sigmas[-2] == pytest.approx(schedule.sigmas[0])


def test_a_schedule_that_ends_without_signal_leaves_it_in_one_step() -> None:
    schedule = Schedule.of({**CONFIG, "prediction_type": "v_prediction", "rescale_betas_zero_snr": True})
    levels = schedule.levels("dpmpp_2m", 16)
    assert len(levels) == 17
    assert levels[:2] == [pytest.approx(4096, rel=1e-3), pytest.approx(40)]
    assert levels == sorted(levels, reverse=True)
    assert levels[-2:] == [pytest.approx(schedule.sigmas[0]), 0]
    assert sum(level > 14.6146 for level in levels) <= 5, "Karras's own levels have 11 of 16 there"
    parts = [schedule.levels("dpmpp_2m", 16, strength)[0] for strength in (0.4, 0.95, 0.99, 1.0)]
    assert parts == sorted(parts)
    assert schedule.levels("dpmpp_2m", 16, 0.4) == pytest.approx(schedule.levels("dpmpp_2m", 40)[24:])


def test_in_few_steps_a_schedule_that_ends_without_signal_keeps_its_own_spacing() -> None:
    schedule = Schedule.of({**CONFIG, "prediction_type": "v_prediction", "rescale_betas_zero_snr": True})
    assert schedule.levels("dpmpp_2m", 8) == schedule.trailing(8)
    ordinary = Schedule.of({**CONFIG, "prediction_type": "v_prediction"})
    assert ordinary.levels("dpmpp_2m", 8) == ordinary.karras(8)


def test_the_sampler_is_of_second_order() -> None:
    x = torch.tensor([3.0, -5.0, 9.0], dtype=torch.float64)
    errors = []
    for steps in (20, 40, 80):
        sigmas = [10 ** (1 - 2 * i / steps) for i in range(steps + 1)]  # from 10 to 0.1
        errors.append(float((sampled(x, sigmas) - solution(x, 10, 0.1)).abs().max()))
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.25)
    assert errors[1] / errors[2] == pytest.approx(4, rel=0.15)


def test_noise_becomes_the_data_s_distribution() -> None:
    sigmas = Schedule.of(CONFIG).karras(25)
    noise = torch.randn(20_000, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    result = sampled(MEAN + noise * math.hypot(sigmas[0], DEVIATION), sigmas)
    assert float(result.mean()) == pytest.approx(MEAN, abs=0.02)
    assert float(result.std()) == pytest.approx(DEVIATION, abs=0.02)


@pytest.mark.filterwarnings("ignore:__array__ implementation")  # diffusers hands a tensor to numpy the old way
@pytest.mark.parametrize("prediction", ["epsilon", "v_prediction"])
@pytest.mark.parametrize("steps", [5, 20])
def test_agrees_with_diffusers_solver(prediction: str, steps: int) -> None:
    schedule = Schedule.of({**CONFIG, "prediction_type": prediction})
    theirs = DPMSolverMultistepScheduler(
        beta_schedule="scaled_linear",
        beta_start=0.00085,
        beta_end=0.012,
        prediction_type=prediction,
        use_karras_sigmas=True,
    )
    theirs.set_timesteps(steps)
    sigmas = schedule.karras(steps)
    torch.testing.assert_close(theirs.sigmas, torch.tensor(sigmas), atol=1e-5, rtol=1e-5)

    def output(x: Tensor, sigma: float) -> Tensor:
        """What a model that predicts exactly would say of ``x``, in its own terms."""
        noise = (x - exact(x, sigma)) / sigma
        if prediction == "epsilon":
            return noise
        return (noise - sigma * exact(x, sigma)) / math.sqrt(1 + sigma**2)

    x = torch.randn(8, generator=torch.Generator().manual_seed(1)) * sigmas[0]
    scaled = schedule.model_input(x, sigmas[0])  # diffusers keeps the variance at one
    ours = sample_dpmpp_2m(lambda x, sigma: schedule.denoised(x, sigma, output(x, sigma)), x, sigmas)
    for step, timestep in zip(ours, theirs.timesteps, strict=True):
        sigma = float(theirs.sigmas[theirs.step_index or 0])
        scaled = theirs.step(output(scaled * math.sqrt(1 + sigma**2), sigma), timestep, scaled).prev_sample
        sigma_next = float(theirs.sigmas[theirs.step_index])
        torch.testing.assert_close(step.x, scaled * math.sqrt(1 + sigma_next**2), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("prediction", ["epsilon", "v_prediction"])
def test_a_perfect_model_s_output_gives_the_clean_data_back(prediction: str) -> None:
    schedule = Schedule.of({**CONFIG, "prediction_type": prediction})
    data, noise = torch.randn(2, 100, dtype=torch.float64)
    for sigma in (0.05, 1.0, 14.0):
        kept = 1 / (1 + sigma**2)  # ᾱ
        velocity = math.sqrt(kept) * noise - math.sqrt(1 - kept) * data  # Salimans and Ho 2022
        output = noise if prediction == "epsilon" else velocity
        torch.testing.assert_close(schedule.denoised(data + sigma * noise, sigma, output), data)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"prediction_type": "sample"}, "prediction_type is 'sample'"),
        ({"beta_schedule": "squaredcos_cap_v2"}, "beta_schedule is 'squaredcos_cap_v2'"),
        ({"beta_end": "much"}, "beta_end"),
    ],
)
def test_a_schedule_that_cannot_be_followed_is_refused(change: dict[str, object], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        Schedule.of({**CONFIG, **change})
