"""Rendering with a random FLUX.2-klein checkpoint: the same as diffusers' pipeline, and what the loop promises."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers.pipelines.flux2.pipeline_flux2_klein import Flux2KleinPipeline, compute_empirical_mu
from diffusers.schedulers.scheduling_flow_match_euler_discrete import FlowMatchEulerDiscreteScheduler
from PIL.Image import Image

from omost_pipeline.canvas.elements import Canvas, GlobalDescription
from omost_pipeline.canvas.vocabulary import METHODS
from omost_pipeline.errors import OptionsError, WeightsError
from omost_pipeline.memory import Placement
from omost_pipeline.renderer.flux2.loop import Flux2Renderer
from omost_pipeline.renderer.flux2.predictions import Predictions
from omost_pipeline.renderer.flux2.schedule import Schedule
from omost_pipeline.renderer.flux2.text import EncodedText
from omost_pipeline.renderer.flux2.weights import Recipe, load_renderer
from omost_pipeline.renderer.keep.earlier import Earlier
from omost_pipeline.renderer.keep.edit import unpack
from omost_pipeline.renderer.protocol import Highres, Rendered, RenderOptions, Step
from omost_pipeline.renderer.recipe import MethodName
from omost_pipeline.renderer.regions.options import RegionOptions
from omost_pipeline.renderer.subprompts import plain_condition

OPTIONS = RenderOptions(96, 128, seed=7, steps=4, guidance=1.0)
OWN_METHODS = [method for method in METHODS if method not in {"guided", "grounded"}]
SAID = "A red house in a meadow."


def drawn(renderer: Flux2Renderer, canvas: Canvas, options: RenderOptions) -> Rendered:
    *_, last = renderer.render(canvas, options)
    assert isinstance(last, Rendered)
    return last


def difference(one: Image, other: Image) -> int:
    """The largest difference of any colour value, 0…255."""
    return int(np.abs(np.asarray(one).astype(np.int16) - np.asarray(other).astype(np.int16)).max())


def latents_of(renderer: Flux2Renderer, rendered: Rendered) -> torch.Tensor:
    found = unpack(rendered.remains[0], renderer.mark)
    assert isinstance(found, torch.Tensor)
    return found


@pytest.fixture
def pipeline(klein: Path) -> Flux2KleinPipeline:
    made = Flux2KleinPipeline.from_pretrained(klein)
    made.set_progress_bar_config(disable=True)
    return made


def test_a_plain_prompt_draws_what_the_published_pipeline_draws(
    klein_renderer: Flux2Renderer, pipeline: Flux2KleinPipeline
) -> None:
    canvas = Canvas(GlobalDescription(SAID))
    mine = latents_of(klein_renderer, drawn(klein_renderer, canvas, OPTIONS))
    ids = klein_renderer._parts.text.ids((SAID,))
    theirs = pipeline(
        prompt=SAID,
        height=128,
        width=96,
        num_inference_steps=4,
        latents=klein_renderer._noise(7, OPTIONS),
        max_sequence_length=len(ids),
        text_encoder_out_layers=(1, 2, 3),
        output_type="latent",
    ).images
    unscaled = klein_renderer._parts.vae._unscaled(mine)
    torch.testing.assert_close(unscaled, theirs, atol=2e-3, rtol=2e-3)  # kept in half precision
    words = klein_renderer._parts.text.encode([plain_condition(SAID)])
    torch.testing.assert_close(
        words.hidden,
        pipeline.encode_prompt(SAID, max_sequence_length=len(ids), text_encoder_out_layers=(1, 2, 3))[0],
        atol=1e-5,
        rtol=1e-5,
    )


@pytest.mark.slow
def test_each_step_is_the_published_pipeline_s_to_one_in_ten_thousand(
    klein_renderer: Flux2Renderer, pipeline: Flux2KleinPipeline
) -> None:
    theirs: list[torch.Tensor] = []

    def keep(_pipe: object, _step: int, _time: object, seen: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        theirs.append(seen["latents"])
        return {}

    ids = klein_renderer._parts.text.ids((SAID,))
    noise = klein_renderer._noise(7, OPTIONS)
    picture = pipeline(
        prompt=SAID,
        height=128,
        width=96,
        num_inference_steps=4,
        latents=noise,
        max_sequence_length=len(ids),
        text_encoder_out_layers=(1, 2, 3),
        callback_on_step_end=keep,
    ).images[0]
    words = klein_renderer._encode(Canvas(GlobalDescription(SAID)), OPTIONS)
    with torch.inference_mode():
        predictions = klein_renderer._predictions(words, OPTIONS, noise, None)
        for estimate, expected in zip(klein_renderer._denoise(predictions, 7, OPTIONS, None), theirs, strict=True):
            torch.testing.assert_close(estimate.x.flatten(2).transpose(1, 2), expected, atol=1e-4, rtol=1e-4)
    assert difference(drawn(klein_renderer, Canvas(GlobalDescription(SAID)), OPTIONS).images[0], picture) <= 1


@pytest.mark.parametrize("steps", [1, 4, 30])
@pytest.mark.parametrize("tokens", [48, 4096, 4300, 4301])
def test_levels_are_the_published_scheduler_s(steps: int, tokens: int) -> None:
    scheduler = FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=True)
    mu = compute_empirical_mu(tokens, steps)
    scheduler.set_timesteps(sigmas=np.linspace(1.0, 1 / steps, steps), mu=mu)
    schedule = Schedule.of({**scheduler.config, "_class_name": type(scheduler).__name__})
    levels = schedule.levels(steps, tokens)
    np.testing.assert_allclose(levels, scheduler.sigmas.numpy(), rtol=1e-5)
    assert schedule.levels(steps, tokens, 0.4)[0] == pytest.approx(0.4)


def dense_reference(renderer: Flux2Renderer, words: EncodedText, x: torch.Tensor, time: float) -> torch.Tensor:
    """diffusers' own pass with one dense mask over everything."""
    predictions = Predictions.of(renderer._parts.transformer, words, x, RegionOptions("bounded"), last_alone=2.0)
    predictions.output(x, time)
    (only,) = predictions._passes
    height, width = x.shape[-2:]
    words_at = torch.zeros(len(words.places), 4)
    words_at[:, 3] = words.places
    pixels_at = torch.cartesian_prod(torch.arange(1), torch.arange(height), torch.arange(width), torch.arange(1))
    output: torch.Tensor = renderer._parts.transformer(
        hidden_states=x.flatten(2).transpose(1, 2),
        encoder_hidden_states=words.hidden,
        timestep=torch.tensor([time]),
        img_ids=pixels_at,
        txt_ids=words_at,
        joint_attention_kwargs={"attention_mask": only.joint.dense[None, None]},
        return_dict=False,
    )[0]
    reference: torch.Tensor = output.transpose(1, 2).unflatten(2, (height, width))
    return reference


@pytest.mark.parametrize("size", [(96, 128), (512, 384)], ids=["masked", "grouped"])
def test_regions_are_those_of_one_dense_mask(
    klein_renderer: Flux2Renderer, overlapped: Canvas, size: tuple[int, int]
) -> None:
    options = replace(OPTIONS, width=size[0], height=size[1])
    with torch.inference_mode():
        words, x = klein_renderer._encode(overlapped, options), klein_renderer._noise(7, options)
        expected = dense_reference(klein_renderer, words, x, 0.9)
        predictions = Predictions.of(
            klein_renderer._parts.transformer, words, x, RegionOptions("bounded"), last_alone=2.0
        )
        torch.testing.assert_close(predictions.output(x, 0.9), expected, atol=1e-4, rtol=1e-4)


@pytest.fixture
def overlapped(canvas: Canvas) -> Canvas:
    """The canvas with its sun over the house."""
    house, sun = canvas.regions
    return replace(canvas, regions=(house, replace(sun, location="on the left", distance_to_viewer=1.0)))


@pytest.mark.sampled(1)
@pytest.mark.parametrize("method", OWN_METHODS)
def test_every_region_method_draws_image_i_of_a_batch_as_the_single_image(
    klein_renderer: Flux2Renderer, overlapped: Canvas, method: MethodName
) -> None:
    options = replace(OPTIONS, regions=RegionOptions(method))
    batch = drawn(klein_renderer, overlapped, replace(options, images=2))
    assert batch.seeds == (7, 8)
    for seed, image in zip(batch.seeds, batch.images, strict=True):
        assert difference(image, drawn(klein_renderer, overlapped, replace(options, seed=seed)).images[0]) == 0


@pytest.mark.slow
def test_the_methods_differ_and_so_do_words_seeds_and_places(klein_renderer: Flux2Renderer, overlapped: Canvas) -> None:
    pictures = [
        drawn(klein_renderer, overlapped, replace(OPTIONS, regions=RegionOptions(method))).images[0]
        for method in OWN_METHODS
    ]
    house, sun = overlapped.regions
    others = [
        replace(overlapped, regions=(replace(house, description="A boat."), sun)),
        replace(overlapped, regions=(replace(house, location="on the right"), sun)),
    ]
    pictures += [drawn(klein_renderer, other, OPTIONS).images[0] for other in others]
    pictures.append(drawn(klein_renderer, overlapped, replace(OPTIONS, seed=8)).images[0])
    assert len({picture.tobytes() for picture in pictures}) == len(pictures)


@pytest.mark.parametrize("where", ["options", "canvas", "region", "share"])
@pytest.mark.parametrize(
    ("method", "share", "why"),
    [
        ("guided", RegionOptions(gradients=0.5), "cross-attention, and this model has none: choose another region"),
        ("grounded", RegionOptions(grounding=0.5), "are for Stable Diffusion's UNets: choose another region method"),
    ],
)
def test_what_joint_attention_cannot_do_is_refused_with_the_reason(
    klein_renderer: Flux2Renderer, canvas: Canvas, where: str, method: MethodName, share: RegionOptions, why: str
) -> None:
    house, *others = canvas.regions
    options, held = OPTIONS, canvas
    if where == "canvas":
        held = replace(canvas, scene=replace(canvas.scene, method=method))
    elif where == "region":
        held = replace(canvas, regions=(replace(house, method=method), *others))
    else:
        options = replace(OPTIONS, regions=RegionOptions(method) if where == "options" else share)
    with pytest.raises(OptionsError, match=why):
        klein_renderer.render(held, options)


@pytest.mark.slow
def test_a_region_s_own_negative_is_not_heeded_and_its_method_is(
    klein_renderer: Flux2Renderer, overlapped: Canvas, caplog: pytest.LogCaptureFixture
) -> None:
    house, sun = overlapped.regions
    plain = drawn(klein_renderer, overlapped, OPTIONS).images[0]
    negative = replace(overlapped, regions=(replace(house, negative="windows"), sun))
    assert difference(plain, drawn(klein_renderer, negative, OPTIONS).images[0]) == 0
    assert "not heeded: not to show 'windows'" in caplog.text
    method = replace(overlapped, regions=(replace(house, method="multidiffusion"), sun))
    assert difference(plain, drawn(klein_renderer, method, OPTIONS).images[0]) > 0


def test_a_step_comes_with_a_preview_and_the_picture_comes_last(klein_renderer: Flux2Renderer, canvas: Canvas) -> None:
    *steps, last = klein_renderer.render(canvas, replace(OPTIONS, images=2))
    assert [step.number for step in steps if isinstance(step, Step)] == list(range(1, 9))
    assert all(isinstance(step, Step) and step.preview().width > 0 for step in steps)
    assert isinstance(last, Rendered)
    assert [image.size for image in last.images] == [(96, 128)] * 2


def test_closing_stops_drawing_and_the_renderer_can_draw_again(klein_renderer: Flux2Renderer, canvas: Canvas) -> None:
    whole = drawn(klein_renderer, canvas, OPTIONS).images[0]
    stream = klein_renderer.render(canvas, OPTIONS)
    next(stream)
    stream.close()
    assert difference(whole, drawn(klein_renderer, canvas, OPTIONS).images[0]) == 0


@pytest.mark.slow
def test_a_picture_is_made_larger_and_begun_with_colours(klein_renderer: Flux2Renderer, canvas: Canvas) -> None:
    larger = drawn(klein_renderer, canvas, replace(OPTIONS, highres=Highres(1.5, steps=2, denoise=0.4)))
    assert larger.images[0].size == (144, 192)
    small = drawn(klein_renderer, canvas, OPTIONS).images[0]
    *_, again = klein_renderer.render(canvas, replace(OPTIONS, highres=Highres(1.5, steps=2, denoise=0.4)), small)
    assert isinstance(again, Rendered)
    assert difference(larger.images[0], again.images[0]) == 0
    colored = drawn(klein_renderer, canvas, replace(OPTIONS, initial_strength=0.95))
    assert difference(small, colored.images[0]) > 0


@pytest.mark.slow
def test_an_edit_keeps_every_other_pixel(klein_renderer: Flux2Renderer, canvas: Canvas) -> None:
    options = replace(OPTIONS, width=256, height=256)
    first = drawn(klein_renderer, canvas, options)
    house, sun = canvas.regions
    after = replace(canvas, regions=(house, replace(sun, description="A moon.")))
    *_, last = klein_renderer.edit(after, options, Earlier(canvas, first.images[0], first.remains[0]))
    assert isinstance(last, Rendered)
    assert last.whole is None
    assert last.mask is not None
    assert 0 < last.kept < 1
    outside = np.asarray(last.mask) == 0
    before, now = np.asarray(first.images[0]), np.asarray(last.images[0])
    assert (before[outside] == now[outside]).all()
    assert (before != now).any()


def test_guidance_and_a_negative_prompt_are_refused_in_a_sentence(
    klein_renderer: Flux2Renderer, canvas: Canvas
) -> None:
    with pytest.raises(OptionsError, match=r"guidance is 5; this model is distilled"):
        klein_renderer.render(canvas, replace(OPTIONS, guidance=5.0))
    with pytest.raises(OptionsError, match=r"guidance is 3; this model is distilled"):
        klein_renderer.render(canvas, replace(OPTIONS, highres=Highres(guidance=3.0)))
    with pytest.raises(OptionsError, match="'people'"):
        klein_renderer.render(canvas, replace(OPTIONS, negative_prompt="people"))


@pytest.mark.slow
@pytest.mark.parametrize("placement", [Placement.PARTS, Placement.LAYERS])
def test_parts_and_layers_draw_the_same(
    klein: Path, klein_renderer: Flux2Renderer, canvas: Canvas, placement: Placement
) -> None:
    other = load_renderer(str(klein), placement=placement)
    whole = drawn(klein_renderer, canvas, OPTIONS).images[0]
    assert difference(whole, drawn(other, canvas, OPTIONS).images[0]) == 0


@pytest.mark.slow
def test_a_large_picture_is_decoded_in_stripes_as_whole(klein_renderer: Flux2Renderer) -> None:
    coder = klein_renderer._parts.vae
    with torch.inference_mode():
        latents = torch.randn(1, coder.channels, 40, 34)
        whole = coder.model.decode(coder._unscaled(latents), return_dict=False)[0]
        torch.testing.assert_close(coder.decode(latents), whole, atol=1e-4, rtol=1e-4)
        pixels = torch.rand(1, 3, 640, 544) * 2 - 1
        again = coder._unscaled(coder.encode(pixels))
        torch.testing.assert_close(again, coder.model.encode(pixels).latent_dist.mode(), atol=1e-3, rtol=1e-3)


def test_a_base_model_and_strange_folders_are_refused(klein: Path, checkpoint: Path, tmp_path: Path) -> None:
    base = shutil.copytree(klein, tmp_path / "base")
    (base / "model_index.json").write_text('{"_class_name": "Flux2KleinPipeline"}', "utf-8")
    with pytest.raises(WeightsError, match="base model"):
        load_renderer(str(base))
    with pytest.raises(WeightsError, match="no transformer folder"):
        load_renderer(str(checkpoint))
    with pytest.raises(WeightsError, match="dpmpp_2m"):
        load_renderer(str(klein), recipe=Recipe(sampler="dpmpp_2m"))
    lacking = shutil.copytree(klein, tmp_path / "lacking")
    (lacking / "transformer" / "diffusion_pytorch_model.safetensors").write_bytes(b"nothing")
    with pytest.raises(WeightsError, match="transformer could not be loaded"):
        load_renderer(str(lacking))
