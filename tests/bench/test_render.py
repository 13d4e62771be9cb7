"""The benchmark of a denoising step at a tiny size: both ways compute the same, and the figures are sound."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel

from omost_pipeline.bench import render
from omost_pipeline.bench.naive import example_spans, install_naive
from omost_pipeline.renderer.sdxl.attention import install

pytestmark = pytest.mark.slow

TINY = {
    **render.SDXL,
    "block_out_channels": (8, 16, 16),
    "layers_per_block": 1,
    "transformer_layers_per_block": 1,
    "attention_head_dim": (1, 2, 2),
    "cross_attention_dim": 20,
    "norm_num_groups": 4,
    "addition_time_embed_dim": 4,
    "projection_class_embeddings_input_dim": 8 + 6 * 4,
}
CPU = torch.device("cpu")


def test_sdxls_unet_has_the_published_size() -> None:
    with torch.device("meta"):
        unet = UNet2DConditionModel(**render.SDXL)
    assert sum(weight.numel() for weight in unet.parameters()) == 2_567_463_684


@pytest.mark.parametrize("side", [128, 136])
def test_a_step_of_ours_is_the_naive_step(side: int) -> None:
    torch.manual_seed(0)
    unet = render.random_unet(TINY, torch.float32, CPU)
    negative, positive = (render.random_text(unet, example_spans(*size)) for size in ((1, 1), (4, 2)))
    step = render._Step(unet, negative, positive, side)
    with torch.inference_mode():
        install(unet)
        ours = step.ours(step.guidance())
        install_naive(unet)
        naive = step.naive()
    assert ours.shape == (1, 4, side // 8, side // 8)
    assert ours.std() > 0.01
    torch.testing.assert_close(ours, naive, rtol=1e-3, atol=1e-4)


def test_figures_of_a_tiny_unet_say_what_was_not_measured() -> None:
    report = render.run(TINY, side=64, conditions=3, bags=1, repeats=1, device="cpu")
    assert report["ratio"] == pytest.approx(report["naive_seconds"] / report["seconds"])
    assert report["seconds"] > 0
    assert (report["device"], report["dtype"], report["side"]) == ("cpu", "bfloat16", 64)
    assert report["pictures"] == []
    assert "No GPU" in report["note"]


def test_whole_pictures_are_timed_with_and_without_compiling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "_STEPS", 3)
    called: list[str] = []

    def compiling(unet: torch.nn.Module) -> Callable[..., object]:
        def call(*args: object, **kwargs: object) -> object:
            called.append("compiled")
            return unet(*args, **kwargs)

        return call

    monkeypatch.setattr("torch.compile", compiling)
    unet = render.random_unet(TINY, torch.float32, CPU)
    texts = render.random_text(unet, example_spans(1, 1)), render.random_text(unet, example_spans(2, 1))
    with torch.inference_mode():
        install(unet)
        plain = render._pictured(unet, texts, 32, compiled=False)
        assert called == []
        quick = render._pictured(unet, texts, 32, compiled=True)
    assert called == ["compiled"] * 2 * (3 - 1)  # of two pictures, all steps but the first
    assert (plain["compiled"], quick["compiled"]) == (False, True)
    assert plain["seconds"] > 0
