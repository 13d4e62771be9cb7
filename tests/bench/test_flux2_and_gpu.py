"""The benchmarks of the second family and of a GPU, with tiny shapes: the ways agree, and what is missing is said."""

from __future__ import annotations

import json
from types import MappingProxyType

import pytest
import torch

from bot.cli.program import status_of
from omost_pipeline.bench import flux2, gpu

SMALL = MappingProxyType(
    {
        "in_channels": 8,
        "num_layers": 1,
        "num_single_layers": 1,
        "attention_head_dim": 16,
        "num_attention_heads": 2,
        "joint_attention_dim": 24,
        "timestep_guidance_channels": 16,
        "axes_dims_rope": (4, 4, 4, 4),
        "guidance_embeds": False,
    }
)
SMALL_UNET = MappingProxyType(
    {
        "sample_size": 16,
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
        "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"),
        "block_out_channels": (8, 16),
        "layers_per_block": 1,
        "norm_num_groups": 4,
        "attention_head_dim": (1, 2),
        "cross_attention_dim": 20,
        "use_linear_projection": True,
        "addition_embed_type": "text_time",
        "addition_time_embed_dim": 4,
        "projection_class_embeddings_input_dim": 32,
    }
)


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.mark.slow
def test_regions_are_the_dense_mask_s() -> None:
    report = flux2.run(SMALL, side=512, repeats=1, device="cpu")
    assert report["difference"] < 1e-4
    assert report["dense_over_regions"] > 0
    assert report["words"] == 8 * 72
    assert "No GPU" in report["note"]


@pytest.mark.slow
def test_a_gpu_s_parts_are_measured_one_after_the_other_while_there_is_time() -> None:
    sizes = gpu.Sizes(SMALL_UNET, SMALL, side=128)
    report = gpu.run(sizes, "cpu")
    assert set(report["parts"]) == set(gpu.PARTS)
    assert [part.get("note", "") for part in report["parts"].values() if "time left" in str(part.get("note"))] == []
    swaps = report["parts"]["swaps"]
    assert isinstance(swaps["unet_seconds"], float)
    late = gpu.run(sizes, "cpu", longest=0.0)
    assert all("no time left" in str(part["note"]) for part in late["parts"].values())


@pytest.mark.skipif(torch.cuda.is_available(), reason="says what is missing where no GPU is")
def test_without_a_gpu_one_sentence_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of(["bench", "gpu", "--json"]) == 0
    assert "no GPU" in json.loads(capsys.readouterr().out)["note"]
