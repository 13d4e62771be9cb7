"""A random SDXL checkpoint in the real layout, a few thousand parameters in all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from tokenizers import pre_tokenizers
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region
from omost_pipeline.renderer.sdxl.grounding import Grounding, add_layers
from omost_pipeline.renderer.sdxl.grounding_files import save_grounding
from omost_pipeline.renderer.sdxl.loop import SdxlRenderer
from omost_pipeline.renderer.sdxl.text_encoder import TextEncoder
from omost_pipeline.renderer.sdxl.weights import load_renderer

BEGIN, END = 512, 513


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> Iterator[None]:
    """Models this small only lose by sharing a step between threads, and lose much on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def _write_tokenizer(folder: Path, pad: str) -> None:
    """A CLIP tokenizer without merges: each letter is one token, and "!" has id 0 as in CLIP's own vocabulary."""
    folder.mkdir(parents=True)
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = [*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    (folder / "vocab.json").write_text(json.dumps({word: i for i, word in enumerate(words)}), "utf-8")
    (folder / "merges.txt").write_text("#version: 0.2\n", "utf-8")
    config = {"tokenizer_class": "CLIPTokenizer", "model_max_length": 77, "pad_token": pad}
    (folder / "tokenizer_config.json").write_text(json.dumps(config), "utf-8")


def _text_config(width: int) -> CLIPTextConfig:
    return CLIPTextConfig(
        vocab_size=514,
        hidden_size=width,
        intermediate_size=16,
        projection_dim=8,
        num_hidden_layers=3,
        num_attention_heads=2,
        bos_token_id=BEGIN,
        eos_token_id=END,
        pad_token_id=0,
    )


def _unet() -> UNet2DConditionModel:
    return UNet2DConditionModel(
        sample_size=16,
        in_channels=4,
        out_channels=4,
        block_out_channels=(8, 16),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        layers_per_block=1,
        cross_attention_dim=20,
        attention_head_dim=(1, 2),
        norm_num_groups=4,
        addition_embed_type="text_time",
        addition_time_embed_dim=4,
        projection_class_embeddings_input_dim=8 + 6 * 4,
        use_linear_projection=True,
    )


def _vae() -> AutoencoderKL:
    return AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(4, 4, 4, 4),
        layers_per_block=1,
        norm_num_groups=2,
        scaling_factor=0.13025,
    )


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkpoint's folder. Copy it before changing anything in it."""
    path = tmp_path_factory.mktemp("sdxl")
    torch.manual_seed(0)
    _write_tokenizer(path / "tokenizer", "<|endoftext|>")
    _write_tokenizer(path / "tokenizer_2", "!")
    CLIPTextModel(_text_config(8)).save_pretrained(path / "text_encoder")
    CLIPTextModelWithProjection(_text_config(12)).save_pretrained(path / "text_encoder_2")
    _unet().save_pretrained(path / "unet")
    _vae().save_pretrained(path / "vae")
    (path / "scheduler").mkdir()
    schedule = {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012}
    (path / "scheduler" / "scheduler_config.json").write_text(
        json.dumps({"_class_name": "EulerDiscreteScheduler", "prediction_type": "epsilon", **schedule}), "utf-8"
    )
    return path


@pytest.fixture(scope="session")
def first_version(tmp_path_factory: pytest.TempPathFactory, checkpoint: Path) -> Path:
    """A GLIGEN checkpoint in Stable Diffusion 1's layout: one text encoder, gated layers in its UNet."""
    path = tmp_path_factory.mktemp("sd1")
    torch.manual_seed(4)
    for part in ("tokenizer", "vae", "scheduler"):
        copytree(checkpoint / part, path / part)
    CLIPTextModel(_text_config(20)).save_pretrained(path / "text_encoder")
    unet = UNet2DConditionModel(
        sample_size=16,
        block_out_channels=(8, 16),
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        layers_per_block=1,
        cross_attention_dim=20,
        attention_head_dim=2,
        norm_num_groups=4,
        attention_type="gated",
    )
    for name, weight in unet.named_parameters():
        if name.endswith(("alpha_attn", "alpha_dense", "_feature")):
            torch.nn.init.normal_(weight)
    unet.save_pretrained(path / "unet")
    return path


@pytest.fixture(scope="session")
def grounding(tmp_path_factory: pytest.TempPathFactory, checkpoint: Path) -> Path:
    """Grounding layers for that checkpoint: words as wide as its pooled ones, gates open at two blocks, six tokens."""
    unet = UNet2DConditionModel.from_pretrained(checkpoint / "unet")
    torch.manual_seed(6)
    names = ("down_blocks.1.attentions.0.transformer_blocks.0", "up_blocks.0.attentions.1.transformer_blocks.0")
    layers = add_layers(unet, names, 8)
    for layer in layers.values():
        for name, weight in layer.named_parameters():
            torch.nn.init.normal_(weight, std=2 if "alpha" in name or "_feature" in name else 0.5)
    path = tmp_path_factory.mktemp("grounding") / "grounding.safetensors"
    save_grounding(path, layers, unet, Grounding(6, 8), "small")
    return path


@pytest.fixture(scope="session")
def renderer(checkpoint: Path, grounding: Path) -> SdxlRenderer:
    """With grounding layers, which count where a method asks for them."""
    return load_renderer(str(checkpoint), grounding=str(grounding))


@pytest.fixture(scope="session")
def text_encoder(checkpoint: Path) -> TextEncoder:
    return TextEncoder(
        CLIPTokenizer.from_pretrained(checkpoint / "tokenizer"),
        CLIPTokenizer.from_pretrained(checkpoint / "tokenizer_2"),
        CLIPTextModel.from_pretrained(checkpoint / "text_encoder"),
        CLIPTextModelWithProjection.from_pretrained(checkpoint / "text_encoder_2"),
    )


@pytest.fixture
def canvas() -> Canvas:
    house = Region(
        "on the left", "no offset", "a small vertical area", 3.0, "A red house.", ("It has two windows.",), "house, red"
    )
    sun = Region("on the top-right", "no offset", "a small square area", 9.0, "A sun.", quality_meta="sharp")
    return Canvas(GlobalDescription("A meadow.", ("The grass is high.",), "meadow, sky"), (house, sun))
