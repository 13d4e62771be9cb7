"""Regional attention against the formula written out naively in float64."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest
import torch
from diffusers.models.attention_processor import Attention, AttnProcessor, AttnProcessor2_0
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Tensor, nn

from omost_pipeline.canvas.vocabulary import GRID, Box, MethodName
from omost_pipeline.renderer.regions.spans import Span
from omost_pipeline.renderer.sdxl.attention import RegionalAttention, Regions, SelfAttention, TextMemory, install

LEFT, CORNER = Box(0, 0, 45, 90), Box(60, 60, 90, 90)
SPECK = Box(0, 0, 3, 3)  # no pixel of a 4 × 6 level has its centre here


def grid_mask(box: Box | None) -> Tensor:
    mask = torch.zeros(GRID, GRID, dtype=torch.bool)
    area = box or Box(0, 0, GRID, GRID)
    mask[area.top : area.bottom, area.left : area.right] = True
    return mask


def use(layer: Attention, processor: object) -> Attention:
    layer.set_processor(cast("AttnProcessor", processor))  # diffusers means any callable
    return layer


def naive(layer: Attention, pixels: Tensor, text: Tensor, spans: list[Span], height: int, width: int) -> Tensor:
    """One sample: pixels [Q, C], text [K, D] → [Q, C], pixel by pixel as the formula reads."""
    d = layer.to_q.out_features // layer.heads
    query, key, value = layer.to_q(pixels), layer.to_k(text), layer.to_v(text)
    columns, scales, strengths = [], [], []
    for span in spans:
        seen = at_level(grid_mask(span.box) if span.seen is None else span.seen, height, width)
        box = at_level(grid_mask(span.box), height, width)
        columns += [seen] * span.tokens
        scales += [height * width / float(box.sum()) if box.any() else 1.0] * span.tokens
        strengths += [span.strength] * span.tokens
    keep = torch.stack(columns, 1)  # [Q, K]
    weight = torch.tensor(strengths, dtype=torch.float64).log()
    heads = []
    for h in range(layer.heads):
        part = slice(h * d, (h + 1) * d)
        score = query[:, part] @ key[: keep.shape[1], part].T / math.sqrt(d) * torch.tensor(scales, dtype=torch.float64)
        heads.append((score + weight).masked_fill(~keep, -torch.inf).softmax(-1) @ value[: keep.shape[1], part])
    out: Tensor = layer.to_out[0](torch.cat(heads, -1))
    return out


def naive_apart(layer: Attention, pixels: Tensor, text: Tensor, spans: list[Span], height: int, width: int) -> Tensor:
    """As :func:`naive`, each span's tokens in a softmax of their own without a scale, then the mean by strength."""
    d = layer.to_q.out_features // layer.heads
    query, key, value = layer.to_q(pixels), layer.to_k(text), layer.to_v(text)
    heads = []
    for h in range(layer.heads):
        part, start = slice(h * d, (h + 1) * d), 0
        above, below = torch.zeros(len(pixels), d, dtype=torch.float64), torch.zeros(len(pixels), 1)
        for span in spans:
            own = slice(start, start + span.tokens)
            attended = (query[:, part] @ key[own, part].T / math.sqrt(d)).softmax(-1) @ value[own, part]
            seen = at_level(grid_mask(span.box) if span.seen is None else span.seen, height, width)[:, None]
            above, below = above + span.strength * seen * attended, below + span.strength * seen
            start += span.tokens
        heads.append(above / below)
    out: Tensor = layer.to_out[0](torch.cat(heads, -1))
    return out


def at_level(mask: Tensor, height: int, width: int) -> Tensor:
    """[G, G] bool → [Q] bool."""
    return nn.functional.interpolate(mask[None, None].double(), (height, width), mode="nearest-exact").flatten() > 0.5


@pytest.fixture
def layer() -> Attention:
    torch.manual_seed(0)
    layer = Attention(query_dim=24, cross_attention_dim=16, heads=3, dim_head=8).double()
    return use(layer, RegionalAttention())


SAMPLES = [
    [Span(None, 5), Span(LEFT, 7), Span(CORNER, 3)],
    [Span(None, 4), Span(SPECK, 6)],
    [Span(None, 15)],
]
SHARED = [
    [Span(None, 5, strength=0.25), Span(LEFT, 7, grid_mask(LEFT) & ~grid_mask(CORNER), 0.75), Span(CORNER, 3)],
    [Span(None, 4), Span(LEFT, 6, torch.zeros(GRID, GRID, dtype=torch.bool))],
    [Span(None, 8, ~grid_mask(LEFT)), Span(LEFT, 7, strength=0.5)],
]


def test_equals_the_formula_for_a_batch_of_different_canvases_at_two_levels(layer: Attention) -> None:
    text = torch.randn(3, 15, 16, dtype=torch.float64)
    regions = Regions.of(SAMPLES, 8, 12)
    for height, width in ((8, 12), (4, 6)):
        pixels = torch.randn(3, height * width, 24, dtype=torch.float64)
        output = layer(pixels, text, regions=regions)
        expected = [naive(layer, *part, height, width) for part in zip(pixels, text, SAMPLES, strict=True)]
        torch.testing.assert_close(output, torch.stack(expected), atol=1e-11, rtol=1e-10)


@pytest.mark.parametrize("pictures", [1, 2])
def test_a_large_level_without_gradients_equals_the_formula_and_makes_no_mask(layer: Attention, pictures: int) -> None:
    height, width = 20, 28  # 560 pixels
    text = torch.randn(3, 15, 16, dtype=torch.float64)
    pixels = torch.randn(3 * pictures, height * width, 24, dtype=torch.float64)
    regions = Regions.of(SAMPLES, height, width)
    with torch.no_grad():
        output = layer(pixels, text, regions=regions)
    assert "keep" not in vars(regions.level(height * width))
    rows = zip(pixels, text.repeat_interleave(pictures, 0), [s for s in SAMPLES for _ in range(pictures)], strict=True)
    expected = [naive(layer, *row, height, width) for row in rows]
    torch.testing.assert_close(output, torch.stack(expected), atol=1e-11, rtol=1e-10)


@pytest.mark.parametrize(("height", "width"), [(8, 12), (4, 6), (20, 28)])
@pytest.mark.parametrize(("apart", "formula"), [(False, naive), (True, naive_apart)])
def test_what_is_seen_and_how_it_weighs_need_not_be_the_boxes(
    layer: Attention, height: int, width: int, apart: bool, formula: Callable[..., Tensor]
) -> None:
    text = torch.randn(3, 15, 16, dtype=torch.float64)
    pixels = torch.randn(3, height * width, 24, dtype=torch.float64)
    method: MethodName = "couple" if apart else "score"
    views = [(replace(view[0], method=method), *view[1:]) for view in SHARED]
    with torch.no_grad():
        output = layer(pixels, text, regions=Regions.of(views, height, width))
    expected = [formula(layer, *part, height, width) for part in zip(pixels, text, SHARED, strict=True)]
    torch.testing.assert_close(output, torch.stack(expected), atol=1e-7, rtol=1e-7)  # strengths are float32


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_large_level_in_low_precision_stays_close_to_one_masked_call(layer: Attention, dtype: torch.dtype) -> None:
    text, pixels = torch.randn(3, 15, 16, dtype=dtype), torch.randn(3, 560, 24, dtype=dtype)
    regions = Regions.of(SAMPLES, 20, 28)
    masked = layer.to(dtype)(pixels, text, regions=regions)
    with torch.no_grad():
        parted = layer(pixels, text, regions=regions)
    assert parted.dtype == dtype
    torch.testing.assert_close(parted, masked.detach(), atol=10 * torch.finfo(dtype).eps, rtol=0)


def test_a_large_level_passes_gradients_as_a_small_one_does(layer: Attention) -> None:
    text, pixels = torch.randn(1, 15, 16, dtype=torch.float64), torch.randn(1, 560, 24, dtype=torch.float64)
    text.requires_grad_()
    regions = Regions.of(SAMPLES[:1], 20, 28)
    (given,) = torch.autograd.grad(layer(pixels, text, regions=regions).square().sum(), text)
    (expected,) = torch.autograd.grad(naive(layer, pixels[0], text[0], SAMPLES[0], 20, 28).square().sum(), text)
    torch.testing.assert_close(given, expected)


def test_a_region_that_vanishes_at_a_coarse_level_is_not_seen_there(layer: Attention) -> None:
    regions = Regions.of([[Span(None, 4), Span(SPECK, 6)]], 64, 96)
    assert regions.level(64 * 96).keep[..., 4:].any()
    coarse = regions.level(4 * 6)
    assert not coarse.keep[..., 4:].any()
    assert torch.isfinite(coarse.scale(torch.float16)).all()
    text, pixels = torch.randn(1, 10, 16, dtype=torch.float64), torch.randn(1, 24, 24, dtype=torch.float64)
    alone = layer(pixels, text[:, :4], regions=Regions.of([[Span(None, 4)]], 4, 6))
    torch.testing.assert_close(layer(pixels, text, regions=regions), alone)


def test_padding_tokens_change_nothing_whatever_they_hold(layer: Attention) -> None:
    text, pixels = torch.randn(3, 15, 16, dtype=torch.float64), torch.randn(3, 24, 24, dtype=torch.float64)
    before = layer(pixels, text, regions=Regions.of(SAMPLES, 4, 6))
    text[1, 10:] = 1e6
    torch.testing.assert_close(layer(pixels, text, regions=Regions.of(SAMPLES, 4, 6)), before)


def test_without_regions_or_with_one_that_covers_all_it_is_plain_attention(layer: Attention) -> None:
    text, pixels = torch.randn(2, 15, 16, dtype=torch.float64), torch.randn(2, 24, 24, dtype=torch.float64)
    ours = layer(pixels, text), layer(pixels, text, regions=Regions.of([[Span(None, 15)]] * 2, 4, 6))
    use(layer, AttnProcessor2_0())
    for output in ours:
        torch.testing.assert_close(output, layer(pixels, text))


def test_kept_text_keys_and_values_give_the_same_and_are_not_computed_again(layer: Attention) -> None:
    text, memory, regions = torch.randn(3, 15, 16, dtype=torch.float64), TextMemory(), Regions.of(SAMPLES, 4, 6)
    for _ in range(2):
        pixels = torch.randn(3, 24, 24, dtype=torch.float64)
        fresh = layer(pixels, text, regions=regions)
        assert torch.equal(layer(pixels, text, regions=regions, memory=memory), fresh)
    ignored = torch.full_like(text, torch.nan)
    assert torch.equal(layer(pixels, ignored, regions=regions, memory=memory), fresh)


@pytest.mark.parametrize("texts", [1, 2])
def test_one_text_serves_several_pictures(layer: Attention, texts: int) -> None:
    text, pixels = torch.randn(texts, 15, 16, dtype=torch.float64), torch.randn(4, 24, 24, dtype=torch.float64)
    samples = SAMPLES[:texts]
    shared = layer(pixels, text, regions=Regions.of(samples, 4, 6))
    repeats = 4 // texts
    many = Regions.of([spans for spans in samples for _ in range(repeats)], 4, 6)
    torch.testing.assert_close(shared, layer(pixels, text.repeat_interleave(repeats, 0), regions=many))


def test_gradients_reach_pixels_text_and_weights_and_stop_at_hidden_tokens(layer: Attention) -> None:
    text = torch.randn(3, 15, 16, dtype=torch.float64, requires_grad=True)
    pixels = torch.randn(3, 24, 24, dtype=torch.float64, requires_grad=True)
    layer(pixels, text, regions=Regions.of(SAMPLES, 4, 6)).square().sum().backward()
    assert pixels.grad is not None
    assert text.grad is not None
    assert layer.to_k.weight.grad is not None
    assert pixels.grad.abs().sum() > 0
    assert text.grad[0].abs().sum(-1).min() > 0
    assert text.grad[1, 4:].abs().sum() == 0  # a vanished region, then pads


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_low_precision_stays_close_to_float64(layer: Attention, dtype: torch.dtype) -> None:
    text, pixels = torch.randn(3, 15, 16, dtype=torch.float64), torch.randn(3, 24, 24, dtype=torch.float64)
    exact = layer(pixels, text, regions=Regions.of(SAMPLES, 4, 6))
    output = layer.to(dtype)(pixels.to(dtype), text.to(dtype), regions=Regions.of(SAMPLES, 4, 6))
    assert output.dtype == dtype
    torch.testing.assert_close(output.double(), exact, atol=40 * torch.finfo(dtype).eps, rtol=0)


EXTRAS = {"residual_connection": True, "rescale_output_factor": 2.0, "norm_num_groups": 4}


@pytest.mark.parametrize("extras", [EXTRAS, {}])
def test_self_attention_is_the_library_s_own(extras: dict[str, Any]) -> None:
    torch.manual_seed(0)
    layer = Attention(query_dim=24, heads=3, dim_head=8, **extras)
    picture = torch.randn(2, 24, 4, 6)
    use(layer, AttnProcessor2_0())
    expected = layer(picture)
    use(layer, SelfAttention())
    torch.testing.assert_close(layer(picture), expected)


def test_a_pixel_without_any_token_is_refused() -> None:
    with pytest.raises(ValueError, match="covers the whole picture"):
        Regions.of([[Span(None, 0), Span(LEFT, 5)]], 4, 6)


def test_a_query_count_of_no_level_is_refused() -> None:
    with pytest.raises(ValueError, match="no level of the UNet has 25 pixels"):
        Regions.of([[Span(None, 5)]], 4, 6).level(25)


@pytest.mark.slow
@pytest.mark.parametrize(("height", "width"), [(8, 8), (7, 5), (9, 14)])
def test_a_whole_unet_runs_at_any_size_and_regions_matter_only_inside_cross_attention(height: int, width: int) -> None:
    torch.manual_seed(0)
    unet = UNet2DConditionModel(
        in_channels=4,
        out_channels=4,
        block_out_channels=(8, 16, 16),
        down_block_types=("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
        layers_per_block=1,
        cross_attention_dim=16,
        attention_head_dim=2,
        norm_num_groups=4,
    )
    latents, text = torch.randn(2, 4, height, width), torch.randn(2, 12, 16)
    plain = unet(latents, 5, text).sample
    install(unet)
    torch.testing.assert_close(unet(latents, 5, text).sample, plain, atol=1e-5, rtol=1e-4)
    regions = Regions.of([[Span(None, 6), Span(LEFT, 6)], [Span(None, 12)]], height, width)
    memory = TextMemory()
    for _ in range(2):
        output = unet(latents, 5, text, cross_attention_kwargs={"regions": regions, "memory": memory}).sample
        torch.testing.assert_close(output[1], plain[1], atol=1e-5, rtol=1e-4)
        assert (output[0] - plain[0]).abs().max() > 1e-3
