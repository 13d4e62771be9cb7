"""Rendering with a random checkpoint in the real layout: what the loop promises, whatever the weights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from PIL.Image import Image

from omost_pipeline.canvas.elements import Canvas, GlobalDescription
from omost_pipeline.canvas.vocabulary import METHODS
from omost_pipeline.errors import DeviceLostError, MemoryShortError, OmostError, OptionsError, RendererError
from omost_pipeline.memory import Placement
from omost_pipeline.renderer.preview import preview_image
from omost_pipeline.renderer.protocol import Rendered, RenderOptions, Step
from omost_pipeline.renderer.recipe import MethodName
from omost_pipeline.renderer.regions.options import RegionOptions
from omost_pipeline.renderer.sdxl import guidance
from omost_pipeline.renderer.sdxl.attention import TextMemory
from omost_pipeline.renderer.sdxl.loop import SdxlRenderer
from omost_pipeline.renderer.sdxl.weights import load_renderer
from omost_pipeline.renderer.subprompts import MOST_BAGS

OPTIONS = RenderOptions(64, 96, seed=7, steps=3, regions=RegionOptions("bounded"))


def drawn(renderer: SdxlRenderer, canvas: Canvas, options: RenderOptions) -> Rendered:
    *_, last = renderer.render(canvas, options)
    assert isinstance(last, Rendered)
    return last


def pixels(image: Image) -> npt.NDArray[np.int16]:
    return np.asarray(image).astype(np.int16)


def difference(one: Image, other: Image) -> int:
    """The largest difference of any colour value, 0…255."""
    return int(np.abs(pixels(one) - pixels(other)).max())


def overlapped(canvas: Canvas) -> Canvas:
    """The canvas with its sun over the house."""
    house, sun = canvas.regions
    return replace(canvas, regions=(house, replace(sun, location="on the left", distance_to_viewer=1.0)))


def test_each_step_comes_with_a_preview_and_the_picture_comes_last(renderer: SdxlRenderer, canvas: Canvas) -> None:
    *steps, last = renderer.render(canvas, OPTIONS)
    assert [(step.number, step.total) for step in steps if isinstance(step, Step)] == [(1, 3), (2, 3), (3, 3)]
    assert all(isinstance(step, Step) and step.preview().size == (8 * 21, 12 * 21) for step in steps)
    assert isinstance(last, Rendered)
    assert [image.size for image in last.images] == [(64, 96)]
    assert last.seeds == (7,)
    assert set(last.seconds) == {"encode", "denoise", "decode"}
    assert min(last.seconds.values()) > 0


@pytest.mark.slow
def test_the_same_seed_draws_the_same_and_another_seed_or_word_does_not(renderer: SdxlRenderer, canvas: Canvas) -> None:
    image = drawn(renderer, canvas, OPTIONS).images[0]
    assert difference(image, drawn(renderer, canvas, OPTIONS).images[0]) == 0
    assert difference(image, drawn(renderer, canvas, replace(OPTIONS, seed=8)).images[0]) > 0
    other = replace(canvas, regions=(replace(canvas.regions[0], description="A boat."), *canvas.regions[1:]))
    assert difference(image, drawn(renderer, other, OPTIONS).images[0]) > 0
    moved = replace(canvas, regions=(replace(canvas.regions[0], location="on the right"), *canvas.regions[1:]))
    assert difference(image, drawn(renderer, moved, OPTIONS).images[0]) > 0
    wanted = replace(OPTIONS, negative_prompt="something else")
    assert difference(image, drawn(renderer, canvas, wanted).images[0]) > 0


def test_image_i_of_a_batch_is_the_single_image_of_seed_plus_i(renderer: SdxlRenderer, canvas: Canvas) -> None:
    batch = drawn(renderer, canvas, replace(OPTIONS, images=3))
    assert batch.seeds == (7, 8, 9)
    for seed, image in zip(batch.seeds, batch.images, strict=True):
        assert difference(image, drawn(renderer, canvas, replace(OPTIONS, seed=seed)).images[0]) == 0
    assert difference(*batch.images[:2]) > 1


@pytest.mark.sampled(1)
@pytest.mark.parametrize("method", METHODS)
def test_every_region_method_draws_image_i_of_a_batch_as_the_single_image(
    renderer: SdxlRenderer, canvas: Canvas, method: MethodName
) -> None:
    options = replace(OPTIONS, regions=RegionOptions(method))
    batch = drawn(renderer, overlapped(canvas), replace(options, images=2))
    for seed, image in zip(batch.seeds, batch.images, strict=True):
        assert difference(image, drawn(renderer, overlapped(canvas), replace(options, seed=seed)).images[0]) == 0


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    "changes",
    [
        *({"method": method} for method in METHODS if method != "bounded"),
        {"overlap": "average"},
        {"global_strength": 0.1},
        {"region_strength": 0.1},
        {"extra_prompt": "in ink"},
    ],
)
def test_each_way_to_share_a_picture_shows(renderer: SdxlRenderer, canvas: Canvas, changes: dict[str, Any]) -> None:
    usual = drawn(renderer, overlapped(canvas), OPTIONS).images[0]
    other = replace(OPTIONS, regions=replace(OPTIONS.regions, **changes))
    assert difference(usual, drawn(renderer, overlapped(canvas), other).images[0]) > 0


def test_regions_are_drawn_the_same_in_whatever_order_they_are_written(renderer: SdxlRenderer, canvas: Canvas) -> None:
    canvas = overlapped(canvas)
    written = drawn(renderer, canvas, OPTIONS).images[0]
    assert difference(written, drawn(renderer, replace(canvas, regions=canvas.regions[::-1]), OPTIONS).images[0]) == 0


def test_each_picture_of_a_batch_has_its_steps_and_its_place_in_the_preview(
    renderer: SdxlRenderer, canvas: Canvas
) -> None:
    *steps, _ = renderer.render(canvas, replace(OPTIONS, images=3))
    previews = [step.preview() for step in steps if isinstance(step, Step)]
    assert [step.number for step in steps if isinstance(step, Step)] == list(range(1, 10))
    assert {step.total for step in steps if isinstance(step, Step)} == {9}
    assert {preview.size for preview in previews} == {(2 * 8 * 10, 2 * 12 * 10)}
    assert not np.asarray(previews[0])[130:, :75].any(), "the third place is still empty"
    assert np.asarray(previews[-1])[130:, :75].any()


def test_one_doubled_call_and_two_calls_draw_the_same(
    renderer: SdxlRenderer, canvas: Canvas, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = replace(OPTIONS, images=2, negative_prompt=", ".join(["a long list of bad things"] * 5))
    doubled = drawn(renderer, canvas, options)
    monkeypatch.setattr(guidance, "_JOINED_CELLS", 0)
    twice = drawn(renderer, canvas, options)
    assert all(difference(*pair) <= 1 for pair in zip(doubled.images, twice.images, strict=True))


def test_guidance_of_one_ignores_the_negative_prompt(renderer: SdxlRenderer, canvas: Canvas) -> None:
    options = replace(OPTIONS, guidance=1.0)
    image = drawn(renderer, canvas, options).images[0]
    assert difference(image, drawn(renderer, canvas, replace(options, negative_prompt="other")).images[0]) == 0
    assert difference(image, drawn(renderer, canvas, OPTIONS).images[0]) > 0


def test_an_empty_canvas_is_drawn(renderer: SdxlRenderer) -> None:
    empty = Canvas(GlobalDescription(""))
    assert drawn(renderer, empty, replace(OPTIONS, negative_prompt="", steps=1)).images[0].size == (64, 96)


def test_options_are_refused_before_the_first_step(renderer: SdxlRenderer, canvas: Canvas) -> None:
    assert renderer.size_unit == 16
    with pytest.raises(OptionsError, match="width is 70 pixels; this model draws multiples of 16"):
        renderer.render(canvas, replace(OPTIONS, width=70))


def test_closing_stops_drawing_and_the_renderer_can_draw_again(renderer: SdxlRenderer, canvas: Canvas) -> None:
    calls = 0

    def counted(*_: object) -> None:
        nonlocal calls
        calls += 1

    hook = renderer._parts.unet.register_forward_pre_hook(counted)
    drawing = renderer.render(canvas, OPTIONS)
    next(drawing)
    drawing.close()
    hook.remove()
    assert calls == 1
    assert drawn(renderer, canvas, OPTIONS).images


def test_inference_mode_does_not_leak_into_the_consumer(renderer: SdxlRenderer, canvas: Canvas) -> None:
    for _ in renderer.render(canvas, OPTIONS):
        assert not torch.is_inference_mode_enabled()


@pytest.mark.parametrize(("method", "times"), [("score", 1), ("multidiffusion", 1), ("bounded", 2)])
def test_text_is_read_by_cross_attention_once_a_render_and_kind_of_call(
    renderer: SdxlRenderer, canvas: Canvas, method: MethodName, times: int
) -> None:
    calls = 0

    def counted(*_: object) -> None:
        nonlocal calls
        calls += 1

    layers = [module for name, module in renderer._parts.unet.named_modules() if name.endswith("attn2.to_k")]
    hooks = [layer.register_forward_pre_hook(counted) for layer in layers]
    drawn(renderer, canvas, replace(OPTIONS, images=2, regions=RegionOptions(method)))
    for hook in hooks:
        hook.remove()
    assert calls == times * len(layers) > 0


@pytest.mark.slow
def test_a_small_device_holds_only_the_part_that_works(checkpoint: Path, canvas: Canvas) -> None:
    whole = drawn(load_renderer(str(checkpoint)), canvas, OPTIONS)
    renderer = load_renderer(str(checkpoint), placement=Placement.PARTS)
    assert difference(drawn(renderer, canvas, OPTIONS).images[0], whole.images[0]) == 0
    assert len(drawn(renderer, canvas, replace(OPTIONS, regions=RegionOptions("guided"))).images) == 1


def test_memory_running_out_is_told_with_the_size(renderer: SdxlRenderer, canvas: Canvas) -> None:
    def burst(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    hook = renderer._parts.unet.register_forward_pre_hook(burst)
    with pytest.raises(MemoryShortError, match="64 × 96 pixels: choose a smaller size"):
        drawn(renderer, canvas, OPTIONS)
    hook.remove()


@pytest.mark.parametrize(
    ("fault", "error", "says"),
    [
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), RendererError, "could not draw (mat1 and mat2"),
        (
            torch.AcceleratorError("CUDA error: an illegal memory access was encountered"),
            DeviceLostError,
            "has to be restarted",
        ),
        (RuntimeError("CUDA error: unspecified launch failure\nCompile with …"), DeviceLostError, "launch failure)"),
    ],
)
def test_a_failing_model_is_a_renderer_s_error_and_a_dead_device_another(
    renderer: SdxlRenderer, canvas: Canvas, fault: RuntimeError, error: type[OmostError], says: str
) -> None:
    def burst(*_: object) -> None:
        raise fault

    hook = renderer._parts.unet.register_forward_pre_hook(burst)
    with pytest.raises(error) as caught:
        drawn(renderer, canvas, OPTIONS)
    hook.remove()
    assert type(caught.value) is error
    assert says in str(caught.value)


def test_a_picture_that_came_out_as_no_numbers_is_no_black_one(checkpoint: Path, canvas: Canvas) -> None:
    renderer = load_renderer(str(checkpoint))
    with torch.no_grad():
        renderer._parts.unet.get_parameter("conv_in.weight").view(-1)[0] = torch.nan
    with pytest.raises(RendererError, match=r"no numbers \(NaN\).*without LoRAs, then with another models.renderer"):
        drawn(renderer, canvas, replace(OPTIONS, steps=1))


def test_a_preview_is_made_only_when_it_is_asked_for(
    renderer: SdxlRenderer, canvas: Canvas, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = 0

    def counted(latents: torch.Tensor, to_rgb: torch.Tensor, places: int) -> Image:
        nonlocal made
        made += 1
        return preview_image(latents, to_rgb, places)

    monkeypatch.setattr("omost_pipeline.renderer.loop.preview_image", counted)
    first, *_ = renderer.render(canvas, OPTIONS)
    assert made == 0
    assert isinstance(first, Step)
    assert first.preview().width > 0
    assert made == 1


@pytest.mark.slow
def test_the_same_negative_prompt_is_encoded_once(checkpoint: Path, canvas: Canvas) -> None:
    renderer = load_renderer(str(checkpoint))
    encoded = 0

    def counted(*_: object) -> None:
        nonlocal encoded
        encoded += 1

    renderer._parts.text.text_encoder.register_forward_pre_hook(counted)
    first = drawn(renderer, canvas, OPTIONS)
    once = encoded
    second = drawn(renderer, canvas, OPTIONS)
    assert encoded == once + 1, "the second time the canvas alone"
    assert difference(first.images[0], second.images[0]) == 0
    drawn(renderer, canvas, replace(OPTIONS, negative_prompt="rain"))
    assert encoded == once + 3


def test_a_region_s_own_negative_counts_with_guidance_alone(renderer: SdxlRenderer, canvas: Canvas) -> None:
    house, *others = canvas.regions
    own = replace(canvas, regions=(replace(house, negative="windows"), *others))
    for strength, counts in ((4.0, True), (1.0, False)):
        options = replace(OPTIONS, guidance=strength)
        plain, held = (drawn(renderer, each, options).images[0] for each in (canvas, own))
        assert (difference(plain, held) > 0) == counts


@pytest.mark.parametrize("changes", [{"method": "multidiffusion"}, {"strength": 0.1}])
def test_a_region_s_and_a_canvas_s_own_ways_show(
    renderer: SdxlRenderer, canvas: Canvas, changes: dict[str, Any]
) -> None:
    house, *others = canvas.regions
    plain = drawn(renderer, canvas, OPTIONS).images[0]
    region = replace(canvas, regions=(replace(house, **changes), *others))
    scene = replace(canvas, scene=replace(canvas.scene, **changes))
    pictures = [drawn(renderer, each, OPTIONS).images[0] for each in (region, scene)]
    assert difference(plain, pictures[0]) > 0
    assert difference(plain, pictures[1]) > 0
    assert difference(*pictures) > 0


@pytest.mark.slow
def test_of_a_canvas_that_says_too_much_the_longest_elements_lose_and_it_is_told(
    checkpoint: Path, canvas: Canvas
) -> None:
    talk = tuple(f"Number {number} {'of so very many details ' * 2}ends." for number in range(300))
    house, sun = canvas.regions
    long = replace(canvas, regions=(replace(house, detailed_descriptions=talk), sun))
    renderer = load_renderer(str(checkpoint))
    batches: list[int] = []
    renderer._parts.text.text_encoder.register_forward_pre_hook(lambda _, ids: batches.append(len(ids[0])))
    last = drawn(renderer, long, OPTIONS)
    assert sum(batches) <= MOST_BAGS + 1 < len(talk), "the bags, and the negative prompt's"
    assert max(batches) < MOST_BAGS, "a few at a time"
    assert last.left_out
    assert set(last.left_out) < {*talk, "house, red."}, "the sun and the meadow lost nothing"
    assert drawn(renderer, canvas, OPTIONS).left_out == ()


def test_keys_and_values_beyond_their_room_are_made_anew_and_the_picture_is_the_same(
    renderer: SdxlRenderer, canvas: Canvas, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = drawn(renderer, canvas, OPTIONS)
    kept: list[TextMemory] = []

    def small() -> TextMemory:
        kept.append(TextMemory(150_000))
        return kept[-1]

    monkeypatch.setattr(guidance, "TextMemory", small)
    assert difference(drawn(renderer, canvas, OPTIONS).images[0], whole.images[0]) == 0
    layers = [name for name, _ in renderer._parts.unet.named_modules() if name.endswith("attn2")]
    assert 0 < len(kept[0]._kept) < len(layers)
