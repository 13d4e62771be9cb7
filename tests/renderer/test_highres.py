"""The highres fix and the initial latent: where a picture begins, how many steps follow, and how large it gets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.canvas.layers import initial_color_image
from omost_pipeline.errors import OptionsError
from omost_pipeline.renderer.highres import larger_size
from omost_pipeline.renderer.options import SizeLimits
from omost_pipeline.renderer.preview import to_image
from omost_pipeline.renderer.protocol import Highres, Rendered, RenderOptions, Step
from omost_pipeline.renderer.regions.options import RegionOptions
from omost_pipeline.renderer.sdxl.guidance import Guidance
from omost_pipeline.renderer.sdxl.loop import SdxlRenderer
from omost_pipeline.renderer.sdxl.weights import load_renderer

SDXL = SizeLimits(64, 256, 2048)
OPTIONS = RenderOptions(64, 96, seed=7, steps=2, regions=RegionOptions("bounded"))
TWICE = Highres(scale=2, steps=3, denoise=0.4)


@pytest.fixture
def _blind(monkeypatch: pytest.MonkeyPatch) -> None:
    """A UNet that predicts no noise at all: what a picture begins with is then what it ends as."""
    monkeypatch.setattr(Guidance, "output", lambda self, unet, latents, timestep: torch.zeros_like(latents))


def drawn(
    renderer: SdxlRenderer, canvas: Canvas, options: RenderOptions, picture: Image.Image | None = None
) -> Rendered:
    *_, last = renderer.render(canvas, options, picture)
    assert isinstance(last, Rendered)
    return last


def same(one: Image.Image, other: Image.Image) -> bool:
    return one.size == other.size and int(np.abs(np.asarray(one, np.int16) - np.asarray(other, np.int16)).max()) <= 1


@torch.inference_mode()
def noised(renderer: SdxlRenderer, picture: Image.Image, seed: int, sigma: float) -> Image.Image:
    """A picture through the VAE with noise of a level on its latents, step by step as the papers have it."""
    vae = renderer._parts.vae.model
    pixels = torch.tensor(np.array(picture)).permute(2, 0, 1)[None] / 255 * 2 - 1
    clean: Tensor = vae.encode(pixels).latent_dist.mode() * 0.13025
    noise = torch.randn(clean.shape[1:], generator=torch.Generator().manual_seed(seed))
    return to_image(vae.decode((clean + sigma * noise) / 0.13025, return_dict=False)[0][0])


@pytest.mark.parametrize(
    ("size", "scale", "larger"),
    [
        ((896, 1152), 1.5, (1344, 1728)),
        ((896, 1152), 2, (1600, 2048)),  # 2304 pixels would be too high: both sides give way
        ((832, 1216), 1.25, (1024, 1536)),
    ],
)
def test_a_larger_size_keeps_the_shape_and_the_limits(
    size: tuple[int, int], scale: float, larger: tuple[int, int]
) -> None:
    assert larger_size(size, scale, SDXL) == larger


def test_a_scale_that_no_step_of_the_size_follows_is_refused() -> None:
    with pytest.raises(OptionsError, match=r"256 × 256 pixels cannot be made larger: .* in steps of 64"):
        larger_size((256, 256), 1.1, SDXL)


def test_what_is_as_large_as_can_be_is_refused_before_anything_is_drawn(renderer: SdxlRenderer, canvas: Canvas) -> None:
    largest = renderer.sizes.largest
    with pytest.raises(OptionsError, match=f"{largest} × {largest} pixels cannot be made larger"):
        renderer.render(canvas, replace(OPTIONS, width=largest, height=largest, highres=TWICE))


@pytest.mark.usefixtures("_blind")
def test_the_coarse_colours_are_noised_to_the_strengths_level(renderer: SdxlRenderer, canvas: Canvas) -> None:
    image = drawn(renderer, canvas, replace(OPTIONS, steps=19, initial_strength=0.95)).images[0]
    level = renderer._parts.schedule.karras(20)[1]  # the last 19 of 19 / 0.95 steps
    colors = initial_color_image(canvas, 64, 96)
    assert same(image, noised(renderer, colors, 7, level))
    assert not same(image, drawn(renderer, canvas, replace(OPTIONS, steps=19)).images[0])


@pytest.mark.usefixtures("_blind")
def test_a_finished_picture_is_enlarged_and_noised_to_the_share_of_the_schedule(
    renderer: SdxlRenderer, canvas: Canvas
) -> None:
    picture = initial_color_image(canvas, 64, 96)
    highres = Highres(scale=1.5, steps=2, denoise=0.4)
    larger = drawn(renderer, canvas, replace(OPTIONS, highres=highres), picture).images[0]
    level = renderer._parts.schedule.karras(5)[3]  # the last 2 of 2 / 0.4 steps
    assert same(larger, noised(renderer, picture.resize((96, 144), Image.Resampling.LANCZOS), 7, level))


@pytest.mark.slow
@pytest.mark.usefixtures("_blind")
def test_a_model_for_few_steps_enlarges_at_the_levels_it_was_trained_for(checkpoint: Path, canvas: Canvas) -> None:
    quick = load_renderer(str(checkpoint), sampler="euler")
    picture = initial_color_image(canvas, 64, 96)
    highres = Highres(scale=1.5, steps=4, denoise=0.4, guidance=1.0)
    *steps, larger = quick.render(canvas, replace(OPTIONS, highres=highres), picture)
    assert len(steps) == 4
    assert isinstance(larger, Rendered)
    level = quick._parts.schedule.sigmas[399]  # 0.4 of 1000
    assert same(larger.images[0], noised(quick, picture.resize((96, 144), Image.Resampling.LANCZOS), 7, level))


@pytest.mark.slow
def test_a_guidance_of_its_own_is_that_of_the_second_pass_alone(renderer: SdxlRenderer, canvas: Canvas) -> None:
    own = replace(TWICE, guidance=1.0)
    both = drawn(renderer, canvas, replace(OPTIONS, highres=own)).images[0]
    first = drawn(renderer, canvas, OPTIONS).images[0]
    later = replace(OPTIONS, guidance=1.0, highres=TWICE)
    assert both.tobytes() == drawn(renderer, canvas, later, first).images[0].tobytes()
    with pytest.raises(OptionsError, match="highres_guidance is 0"):
        renderer.render(canvas, replace(OPTIONS, highres=replace(TWICE, guidance=0.0)))


@pytest.mark.slow
def test_drawing_large_at_once_is_drawing_and_then_enlarging(renderer: SdxlRenderer, canvas: Canvas) -> None:
    options = replace(OPTIONS, images=2)
    *steps, both = renderer.render(canvas, replace(options, highres=TWICE))
    assert [step.number for step in steps if isinstance(step, Step)] == list(range(1, 11))
    assert {step.total for step in steps if isinstance(step, Step)} == {2 * 2 + 2 * 3}
    assert isinstance(both, Rendered)
    small = drawn(renderer, canvas, options)
    for number, picture in enumerate(small.images):
        alone = drawn(renderer, canvas, replace(options, seed=7 + number, images=1, highres=TWICE), picture)
        assert both.images[number].size == (128, 192)
        assert both.images[number].tobytes() == alone.images[0].tobytes()


def test_only_one_finished_picture_is_made_larger_at_once(renderer: SdxlRenderer, canvas: Canvas) -> None:
    with pytest.raises(OptionsError, match="images is 2"):
        renderer.render(canvas, replace(OPTIONS, images=2, highres=TWICE), Image.new("RGB", (64, 96)))
