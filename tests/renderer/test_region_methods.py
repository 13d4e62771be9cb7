"""Region methods against what they promise, pixel by pixel, and inside the guided prediction of a real UNet."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import pytest
import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Tensor

from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region, placed_at
from omost_pipeline.canvas.vocabulary import GRID, METHODS, Box
from omost_pipeline.errors import OptionsError
from omost_pipeline.renderer.recipe import MethodName, Overlap
from omost_pipeline.renderer.regions.bounded import Bounded
from omost_pipeline.renderer.regions.choice import method_for
from omost_pipeline.renderer.regions.multidiffusion import MultiDiffusion
from omost_pipeline.renderer.regions.negatives import own_negatives, where_they_hold
from omost_pipeline.renderer.regions.options import RegionOptions, RegionSharing
from omost_pipeline.renderer.regions.protocol import shared
from omost_pipeline.renderer.regions.spans import Span, View, box_mask
from omost_pipeline.renderer.sdxl import guidance
from omost_pipeline.renderer.sdxl.attention import Regions, TextMemory
from omost_pipeline.renderer.sdxl.guidance import Guidance
from omost_pipeline.renderer.sdxl.loop import SdxlRenderer
from omost_pipeline.renderer.sdxl.text_encoder import EncodedText

FAR, MIDDLE, NEAR = Box(0, 0, 45, 90), Box(30, 30, 75, 60), Box(60, 0, 90, 45)  # MIDDLE meets both others
VIEW: View = (Span(None, 2), Span(FAR, 2), Span(MIDDLE, 2), Span(NEAR, 2))
CELLS, CPU = (6, 6), torch.device("cpu")
"""Cells of 15 × 15 grid units, whose edges the boxes keep to."""


def sees(span: Span, x: int, y: int) -> bool:
    return bool(span.mask[y, x])


def inside(box: Box, x: int, y: int) -> bool:
    return box.left <= x < box.right and box.top <= y < box.bottom


@pytest.mark.parametrize("overlap", ["overlay", "average"])
@pytest.mark.parametrize("strength", [0.0, 0.3])
def test_who_is_seen_where_regions_meet(overlap: Overlap, strength: float) -> None:
    whole, *regions = shared(VIEW, RegionSharing(overlap, strength, 0.6))
    for x in range(0, GRID, 7):
        for y in range(0, GRID, 7):
            here = [number for number, box in enumerate((FAR, MIDDLE, NEAR)) if inside(box, x, y)]
            expected = here[-1:] if overlap == "overlay" else here
            assert [number for number, span in enumerate(regions) if sees(span, x, y)] == expected
            assert sees(whole, x, y) == (strength > 0 or not here)
    assert [span.strength for span in regions] == [0.6] * 3
    assert strength in (0.0, whole.strength)


def test_multidiffusion_is_each_cells_mean_of_the_calls_that_draw_it() -> None:
    method = MultiDiffusion(VIEW, RegionSharing("average", 0.25, 0.5), CELLS, CPU)
    predictions = torch.randn(4, 3, *CELLS)
    assert [[bool(span.mask.any()) for span in view] for view in method.views(500.0)] == [
        [True, False, False, False],
        [True, True, False, False],
        [True, False, True, False],
        [True, False, False, True],
    ]
    merged = method.merged(predictions)
    for i in range(6):
        for j in range(6):
            weights = [0.25] + [0.5 * inside(box, 15 * j + 7, 15 * i + 7) for box in (FAR, MIDDLE, NEAR)]
            cell = sum(w * p for w, p in zip(weights, predictions[:, :, i, j], strict=True)) / sum(weights)
            torch.testing.assert_close(merged[0, :, i, j], cell)


def test_an_overlaid_multidiffusion_cell_is_the_nearest_regions_alone() -> None:
    method = MultiDiffusion(VIEW, RegionOptions("multidiffusion").sharing, CELLS, CPU)
    predictions = torch.arange(4.0)[:, None, None, None].expand(4, 1, *CELLS)
    expected = [
        [1, 1, 1, 0, 3, 3],
        [1, 1, 1, 0, 3, 3],
        [1, 1, 2, 2, 3, 3],
        [1, 1, 2, 2, 2, 0],
        [1, 1, 1, 0, 0, 0],
        [1, 1, 1, 0, 0, 0],
    ]
    torch.testing.assert_close(method.merged(predictions)[0, 0], torch.tensor(expected).float())


def bounded(overlap: Overlap = "overlay", strength: float = 1.0, view: View = VIEW) -> Bounded:
    return Bounded(view, RegionSharing(overlap, strength, 1.0), CELLS, CPU)


def layers() -> Tensor:
    """[3, 1, 6, 6]: a background of 0; FAR and NEAR, from one call, as 2 and 6 in parts of their boxes; MIDDLE as 4."""
    background = torch.zeros(1, *CELLS)
    outer, inner = background.clone(), background.clone()
    outer[0, 1:5, 0:3], outer[0, 0:2, 4:6] = 2.0, 6.0
    inner[0, 2:4, 2:4] = 4.0
    return torch.stack([background, outer, inner])


def test_bounded_draws_those_apart_whose_boxes_meet_while_there_is_much_noise() -> None:
    method = bounded()
    views = method.views(900.0)
    assert [[bool(span.mask.any()) for span in view] for view in views] == [
        [True, False, False, False],
        [True, True, False, True],
        [True, False, True, False],
    ]
    assert method.views(401.0) is views
    assert len(method.views(399.0)) == 1


def test_bounded_lays_outlines_over_each_other_far_to_near() -> None:
    method = bounded()
    method.views(900.0)
    expected = torch.zeros(CELLS)
    expected[1:5, 0:3] = 2.0
    expected[2:4, 2:4] = 4.0
    expected[0:2, 4:6] = 6.0
    torch.testing.assert_close(method.merged(layers())[0, 0], expected)


def test_a_faint_difference_is_covered_in_part_and_outlines_follow_slowly() -> None:
    method, drawn = bounded(), layers()
    drawn[2, 0, 2, 3] = 1.2  # 0.3 of MIDDLE's largest: half of the way from 0.15 to 0.45
    method.views(900.0)
    assert float(method.merged(drawn)[0, 0, 2, 3]) == pytest.approx(0.5 * 1.2)
    method.views(800.0)
    assert float(method.merged(layers())[0, 0, 2, 3]) == pytest.approx((0.5 * 0.5 + 0.5) * 4.0)


def test_averaged_outlines_share_what_they_both_cover() -> None:
    method = bounded("average")
    method.views(900.0)
    assert float(method.merged(layers())[0, 0, 2, 2]) == pytest.approx(3.0)
    (view,) = method.views(300.0)
    assert torch.equal(view[1].mask, box_mask(FAR))


@pytest.mark.parametrize("strength", [1.0, 0.0])
def test_later_a_region_is_seen_in_its_box_less_nearer_outlines(strength: float) -> None:
    method = bounded(strength=strength)
    method.views(900.0)
    method.merged(layers())
    late = method.views(300.0)
    (view,) = late
    assert not sees(view[1], 37, 45), "MIDDLE's outline"
    assert sees(view[1], 22, 45)
    assert sees(view[1], 37, 10)
    assert torch.equal(view[3].mask, box_mask(NEAR))
    assert method.views(200.0) is late
    Regions.of(late, *CELLS)  # every pixel sees something
    prediction = torch.randn(1, 1, *CELLS)
    assert method.merged(prediction) is prediction


def test_a_region_wholly_behind_nearer_outlines_keeps_its_box() -> None:
    method = bounded(view=(Span(None, 2), Span(MIDDLE, 2), Span(Box(0, 0, 90, 90), 2)))
    drawn = torch.ones(3, 1, *CELLS) * torch.arange(3.0)[:, None, None, None]
    method.views(900.0)
    method.merged(drawn)
    assert torch.equal(method.views(300.0)[0][1].mask, box_mask(MIDDLE))


@pytest.mark.parametrize("view", [VIEW[:1], VIEW[:2]])
@pytest.mark.parametrize("name", METHODS)
def test_canvases_of_no_and_of_one_region_are_drawn_by_every_method(name: MethodName, view: View) -> None:
    method = method_for(RegionOptions(name), view, CELLS, CPU)
    for timestep in (999.0, 300.0):
        views = method.views(timestep)
        predictions = torch.randn(len(views), 4, *CELLS)
        assert method.merged(predictions).shape == (1, 4, *CELLS)
        if len(views) == 1:
            torch.testing.assert_close(method.merged(predictions), predictions)


@pytest.fixture
def texts() -> tuple[EncodedText, EncodedText]:
    generator = torch.Generator().manual_seed(0)
    spans = ((Span(None, 3),), VIEW)
    negative, positive = (
        EncodedText(torch.randn(1, tokens, 20, generator=generator), torch.randn(1, 8, generator=generator), (view,))
        for tokens, view in zip((3, 8), spans, strict=True)
    )
    return negative, positive


def called(unet: UNet2DConditionModel, text: EncodedText, view: View, x: Tensor, time: float) -> Tensor:
    """One UNet call by itself: nothing joined, nothing kept."""
    output: Tensor = unet(
        x,
        time,
        text.hidden,
        cross_attention_kwargs={
            "regions": Regions.of([view], *CELLS),
            "memory": TextMemory(),
        },
        added_cond_kwargs={"text_embeds": text.pooled, "time_ids": torch.tensor([[48.0, 48, 0, 0, 48, 48]])},
        return_dict=False,
    )[0]
    return output


@pytest.mark.sampled(6)
@pytest.mark.parametrize("name", [*METHODS, "mixed"])
@pytest.mark.parametrize(("strength", "joined"), [(3.0, 8192), (3.0, 0), (1.0, 8192)])
@torch.inference_mode()
def test_the_guided_prediction_is_that_of_single_calls(
    renderer: SdxlRenderer,
    texts: tuple[EncodedText, EncodedText],
    monkeypatch: pytest.MonkeyPatch,
    name: MethodName | Literal["mixed"],
    strength: float,
    joined: int,
) -> None:
    monkeypatch.setattr(guidance, "_JOINED_CELLS", joined)
    unet, (negative, positive) = renderer._parts.unet, texts
    options = RegionOptions() if name == "mixed" else RegionOptions(name)
    if name == "mixed":
        positive = replace(positive, spans=(mixed_view(),))
    first = Guidance.of(negative, positive, strength, 48, 48, torch.zeros(1, 4, *CELLS), options)
    for seed, ours in ((1, first), (2, first.anew())):
        method = method_for(options, positive.spans[0], CELLS, CPU)
        for step, timestep in enumerate((900.0, 200.0)):
            x = torch.randn(1, 4, *CELLS, generator=torch.Generator().manual_seed(10 * seed + step))
            views = method.views(timestep)
            assert ({view[0].method for view in views} == {name}) == (name != "mixed")
            wanted = method.merged(torch.cat([called(unet, positive, view, x, timestep) for view in views]))
            unwanted = called(unet, negative, negative.spans[0], x, timestep)
            expected = wanted if strength == 1 else unwanted + strength * (wanted - unwanted)
            torch.testing.assert_close(ours.output(unet, x, timestep), expected, rtol=1e-4, atol=1e-5)


def mixed_view() -> View:
    return (VIEW[0], VIEW[1], replace(VIEW[2], method="multidiffusion"), replace(VIEW[3], method="couple"))


def test_without_regions_every_pixel_reads_all_words_alike() -> None:
    view = (VIEW[0], *(replace(span, own_strength=0.3) for span in VIEW[1:]))
    (plain,) = method_for(RegionOptions("plain", "overlay", 0.2, 0.4), view, CELLS, CPU).views(500)
    assert all(bool(span.mask.all()) and span.strength == 1 for span in plain)
    assert [span.tokens for span in plain] == [span.tokens for span in view]
    level = Regions.of([plain], 6, 6).level(36)
    assert bool(level.keep.all())
    torch.testing.assert_close(level.scale(torch.float32), torch.ones(1, 1, 8, 1))


def test_regions_with_methods_of_their_own_are_in_calls_of_these_methods() -> None:
    views = method_for(RegionOptions("score"), mixed_view(), CELLS, CPU).views(500.0)
    assert [(view[0].method, [bool(span.mask.any()) for span in view[1:]]) for view in views] == [
        ("score", [True, False, False]),
        ("couple", [False, False, True]),
        ("multidiffusion", [False, False, False]),
        ("multidiffusion", [False, True, False]),
    ]


def test_a_pixel_is_predicted_by_the_method_of_the_nearest_region() -> None:
    method = method_for(RegionOptions("score"), mixed_view(), CELLS, CPU)
    views = method.views(900.0)
    assert method.views(200.0) is views
    predictions = torch.arange(1.0, 5.0)[:, None, None, None].expand(4, 1, *CELLS)
    expected = torch.ones(CELLS)
    expected[2:4, 2:5] = 4.0  # MIDDLE alone, before FAR
    expected[0:3, 4:6] = 2.0  # NEAR, before MIDDLE
    torch.testing.assert_close(method.merged(predictions)[0, 0], expected)


def test_a_region_keeps_a_strength_of_its_own() -> None:
    view = (*VIEW[:3], replace(VIEW[3], own_strength=0.25))
    assert [span.strength for span in shared(view, RegionSharing("average", 0.5, 0.8))] == [0.5, 0.8, 0.8, 0.25]


def test_a_canvas_has_the_last_word_on_method_and_weight() -> None:
    asked = RegionOptions("score", global_strength=0.9)
    plain = Canvas(GlobalDescription("A meadow."))
    own = Canvas(GlobalDescription("A meadow.", method="couple", strength=0.3))
    assert asked.for_canvas(plain) == asked
    assert (asked.for_canvas(own).method, asked.for_canvas(own).sharing.global_strength) == ("couple", 0.3)


def test_a_region_s_negative_holds_where_the_region_is_seen() -> None:
    far = placed_at(Region("", "", "", 9.0, "A hill.", negative="snow"), FAR)
    near = placed_at(Region("", "", "", 1.0, "A cat.", negative="collar"), MIDDLE)
    plain = placed_at(Region("", "", "", 0.5, "A dog."), NEAR)
    canvas = Canvas(GlobalDescription("A meadow."), (plain, near, far))
    assert own_negatives(canvas) == (("snow", FAR), ("collar", MIDDLE))
    view = (Span(None, 77), Span(FAR, 77), Span(MIDDLE, 77))
    whole, snow, collar = where_they_hold(view, canvas, "overlay")
    assert bool(whole.mask.all())
    assert torch.equal(snow.mask, box_mask(FAR) & ~box_mask(MIDDLE))
    assert torch.equal(collar.mask, box_mask(MIDDLE) & ~box_mask(NEAR))
    assert torch.equal(where_they_hold(view, canvas, "average")[1].mask, box_mask(FAR))


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        (
            {"method": "layers"},
            "method is 'layers'; it must be one of score, couple, multidiffusion, bounded, mask, guided, grounded",
        ),
        ({"overlap": "under"}, "overlap is 'under'; it must be one of overlay, average"),
        ({"global_strength": -0.1}, "global_strength is -0.1; it must be from 0 to 1"),
        ({"region_strength": 0}, "region_strength is 0; it must be above 0 and at most 1"),
        ({"region_strength": float("nan")}, "region_strength is nan"),
    ],
)
def test_what_no_method_can_do_is_refused_with_its_value(changes: dict[str, Any], named: str) -> None:
    RegionOptions().check()
    with pytest.raises(OptionsError, match=named):
        replace(RegionOptions(), **changes).check()
