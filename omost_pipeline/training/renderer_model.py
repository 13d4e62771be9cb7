"""The bundled renderer's shape: an SDXL checkpoint made small, and how its parts are built new and written out.

Two CLIP text encoders with their tokenizers, a UNet with ``text_time`` conditioning, an ``AutoencoderKL`` and a
v-prediction scheduler, so that the code that runs real SDXL checkpoints runs this one unchanged. Knows no training.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import torch
from diffusers import AutoencoderKL, DPMSolverMultistepScheduler, UNet2DConditionModel
from safetensors.torch import load_file
from torch import Tensor
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer
from transformers.models.clip.modeling_clip import CLIPTextEmbeddings

from omost_pipeline.training.latents import CHANNELS
from omost_pipeline.world.kinds import BACKGROUNDS, COLORS, KINDS, UNKNOWN, describe

LATENT_FACTOR = 16
"""Pixels per latent cell along one side."""
LATENT_SIDE = 12
"""Cells along one side of the pictures it is trained on (192 pixels)."""
TOKENS = 32
"""Length of one encoded text, begin and end marks included. CLIP has 77; the world's sentences are short, and unused
tokens are padding that every layer would attend to."""

_TEXT_WIDTH = 64
_TIME_WIDTH = 32
_BEGIN, _END = "<|startoftext|>", "<|endoftext|>"
_EXTRA_WORDS = "a an the and of with in on under over by at lowres bad anatomy hands cropped worst quality , ."


@dataclass(frozen=True)
class TinySdxl:
    """The parts of an SDXL checkpoint, as diffusers and transformers hold them."""

    unet: UNet2DConditionModel
    vae: AutoencoderKL
    text_encoder: CLIPTextModel
    text_encoder_2: CLIPTextModelWithProjection
    tokenizer: CLIPTokenizer
    tokenizer_2: CLIPTokenizer


def new_vae() -> AutoencoderKL:
    """An untrained VAE: factor 16, 24 latent channels, narrow where pictures are large, no attention.

    Its latents begin almost without noise: at unit variance the noise would bury them and training would idle.
    """
    levels = (16, 16, 32, 96, 128)
    vae = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * len(levels),
        up_block_types=("UpDecoderBlock2D",) * len(levels),
        block_out_channels=levels,
        layers_per_block=1,
        latent_channels=CHANNELS,
        norm_num_groups=8,
        sample_size=LATENT_SIDE * LATENT_FACTOR,
        force_upcast=False,
        scaling_factor=1.0,  # the latents' map has scaled them already
        mid_block_add_attention=False,
    )
    with torch.no_grad():
        vae.quant_conv.weight[CHANNELS:] *= 0.1
        vae.quant_conv.bias[CHANNELS:] = -5.0
    return vae


def new_unet() -> UNet2DConditionModel:
    """An untrained UNet: two levels with cross-attention at both and between them, SDXL's added conditions."""
    return UNet2DConditionModel(
        sample_size=LATENT_SIDE,
        in_channels=CHANNELS,
        out_channels=CHANNELS,
        down_block_types=("CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        mid_block_type="UNetMidBlock2DCrossAttn",
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
        block_out_channels=(64, 128),
        layers_per_block=2,
        attention_head_dim=(2, 4),  # heads per level: diffusers' config gives this field that meaning
        cross_attention_dim=2 * _TEXT_WIDTH,
        use_linear_projection=True,
        norm_num_groups=16,
        addition_embed_type="text_time",
        addition_time_embed_dim=_TIME_WIDTH,
        projection_class_embeddings_input_dim=_TEXT_WIDTH + 6 * _TIME_WIDTH,
    )


def _byte_letters() -> list[str]:
    """The printable letters that stand for the 256 bytes in byte-level BPE, in CLIP's order, ``!`` first."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    return [chr(byte) for byte in printable] + [chr(256 + i) for i in range(256 - len(printable))]


def world_words() -> list[str]:
    """Every word that the world's own texts are made of, lower case, in a fixed order."""
    texts = [background.description for background in BACKGROUNDS.values()]
    texts += [describe(name, color) for name in (*KINDS, UNKNOWN.name) for color in COLORS] + [_EXTRA_WORDS]
    return sorted({word for text in texts for word in re.findall(r"[a-z]+", text.lower())})


def _pieces(word: str, ranks: dict[tuple[str, str], int]) -> list[str]:
    """``word`` split as byte-pair encoding splits it under the merges of ``ranks``."""
    pieces = [*word[:-1], word[-1] + "</w>"]
    while pairs := [pair for pair in pairwise(pieces) if pair in ranks]:
        first = min(pairs, key=ranks.__getitem__)
        at = next(i for i in range(len(pieces)) if (pieces[i], pieces[i + 1]) == first)
        pieces[at : at + 2] = ["".join(first)]
    return pieces


def word_merges(words: Iterable[str]) -> list[tuple[str, str]]:
    """BPE merges under which each of ``words`` is one token. A later word's merges never undo an earlier word."""
    ranks: dict[tuple[str, str], int] = {}
    for word in words:
        while len(pieces := _pieces(word, ranks)) > 1:
            ranks[pieces[0], pieces[1]] = len(ranks)
    return list(ranks)


def new_tokenizer(pad_token: str, more_words: Sequence[str] = ()) -> CLIPTokenizer:
    """A CLIP tokenizer for which every word of the world, and of some more, is one token; others fall into bytes.

    SDXL's first tokenizer pads with the end mark, its second with ``!`` (id 0).
    """
    letters, merges = _byte_letters(), word_merges([*world_words(), *more_words])
    tokens = [*letters, *(letter + "</w>" for letter in letters)]
    tokens += dict.fromkeys(a + b for a, b in merges)
    vocabulary = {token: i for i, token in enumerate(dict.fromkeys([*tokens, _BEGIN, _END]))}
    return CLIPTokenizer(
        vocab=vocabulary,
        merges=merges,  # type: ignore[arg-type]  # pairs are what its backend takes; its annotation lacks them
        pad_token=pad_token,
        model_max_length=TOKENS,
    )


def _text_config(tokenizer: CLIPTokenizer) -> CLIPTextConfig:
    return CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=_TEXT_WIDTH,
        intermediate_size=4 * _TEXT_WIDTH,
        projection_dim=_TEXT_WIDTH,
        num_hidden_layers=3,
        num_attention_heads=4,
        max_position_embeddings=TOKENS,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )


def _loud_embeddings(embeddings: CLIPTextEmbeddings) -> None:
    """CLIP's embeddings begin at 0.02; the UNet reads them past no norm, so begin where it can hear them."""
    torch.nn.init.normal_(embeddings.token_embedding.weight, std=0.7)
    torch.nn.init.normal_(embeddings.position_embedding.weight, std=0.1)


def new_model(vae: AutoencoderKL | None = None) -> TinySdxl:
    """All parts, untrained, but for a given ``vae``. Seed torch first to repeat it."""
    tokenizer, tokenizer_2 = new_tokenizer(_END), new_tokenizer("!")
    text_encoder = CLIPTextModel(_text_config(tokenizer))
    text_encoder_2 = CLIPTextModelWithProjection(_text_config(tokenizer_2))
    for encoder in (text_encoder, text_encoder_2):
        for part in encoder.modules():
            if isinstance(part, CLIPTextEmbeddings):
                _loud_embeddings(part)
    return TinySdxl(new_unet(), vae or new_vae(), text_encoder, text_encoder_2, tokenizer, tokenizer_2)


def widened(model: TinySdxl, words: Sequence[str], like: Mapping[str, str] | None = None) -> TinySdxl:
    """The model with more words, each one token. What it knows it keeps, token by token.

    ``like``: new word → a word whose meaning it is given; others begin at random. Seed torch first to repeat it.
    """
    encoders = []
    for old, pad, kind in (
        (model.text_encoder, _END, CLIPTextModel),
        (model.text_encoder_2, "!", CLIPTextModelWithProjection),
    ):
        before = model.tokenizer if pad == _END else model.tokenizer_2
        tokenizer = new_tokenizer(pad, words)
        encoder = kind(_text_config(tokenizer))
        state, key = old.state_dict(), _token_key(old)
        state[key] = _moved_rows(state[key], before.get_vocab(), tokenizer.get_vocab(), like or {})
        encoder.load_state_dict(state)
        encoders.append((encoder, tokenizer))
    (one, first), (two, second) = encoders
    assert isinstance(one, CLIPTextModel)
    assert isinstance(two, CLIPTextModelWithProjection)
    return TinySdxl(model.unet, model.vae, one, two, first, second)


def _token_key(encoder: torch.nn.Module) -> str:
    return next(name for name, _ in encoder.named_parameters() if name.endswith("token_embedding.weight"))


def _moved_rows(rows: Tensor, before: Mapping[str, int], after: Mapping[str, int], like: Mapping[str, str]) -> Tensor:
    """Embeddings [V', D] of a larger vocabulary: known tokens' own, then those of like words, else random ones."""
    moved = torch.randn(len(after), rows.shape[1]) * rows.std()
    for token, row in after.items():
        if token in before:
            moved[row] = rows[before[token]]
        elif (other := like.get(token.removesuffix("</w>"))) is not None and f"{other}</w>" in before:
            moved[row] = rows[before[f"{other}</w>"]]
    return moved


_INDEX = {
    "_class_name": "StableDiffusionXLPipeline",
    "force_zeros_for_empty_prompt": False,
    "scheduler": ["diffusers", "DPMSolverMultistepScheduler"],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "text_encoder_2": ["transformers", "CLIPTextModelWithProjection"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "tokenizer_2": ["transformers", "CLIPTokenizer"],
    "unet": ["diffusers", "UNet2DConditionModel"],
    "vae": ["diffusers", "AutoencoderKL"],
}


def new_scheduler() -> DPMSolverMultistepScheduler:
    """DPM-Solver++(2M) on Karras sigmas over the scaled-linear schedule, for a model that predicts v."""
    return DPMSolverMultistepScheduler(
        num_train_timesteps=1000,
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        prediction_type="v_prediction",
        use_karras_sigmas=True,
    )


def _write_tokenizer(tokenizer: CLIPTokenizer, directory: Path) -> None:
    """``vocab.json`` and ``merges.txt`` as CLIP checkpoints have them, beside the one-file form."""
    tokenizer.save_pretrained(directory)
    form = json.loads((directory / "tokenizer.json").read_text(encoding="utf-8"))["model"]
    (directory / "vocab.json").write_text(json.dumps(form["vocab"], ensure_ascii=False), encoding="utf-8")
    lines = [" ".join(merge) if isinstance(merge, list) else merge for merge in form["merges"]]
    (directory / "merges.txt").write_text("\n".join(["#version: 0.2", *lines, ""]), encoding="utf-8")


def load(directory: Path) -> TinySdxl:
    """A model that :func:`export` has written, in float32.

    Raises:
        OSError: if a part of it is missing.
    """
    unet, vae = new_unet(), new_vae()
    for name, part in (("unet", unet), ("vae", vae)):  # not by diffusers, which would note down the path and export it
        part.load_state_dict(load_file(directory / name / "diffusion_pytorch_model.safetensors"))
    return TinySdxl(
        unet,
        vae,
        CLIPTextModel.from_pretrained(directory / "text_encoder", dtype=torch.float32),
        CLIPTextModelWithProjection.from_pretrained(directory / "text_encoder_2", dtype=torch.float32),
        CLIPTokenizer.from_pretrained(directory / "tokenizer"),
        CLIPTokenizer.from_pretrained(directory / "tokenizer_2"),
    )


def export(model: TinySdxl, directory: Path) -> None:
    """Write ``model`` into ``directory`` in diffusers' SDXL layout, float16 safetensors, over the old parts.

    The parts in memory keep their type.
    """
    fresh = directory.with_name(directory.name + ".partial")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    parts = {
        "unet": model.unet,
        "vae": model.vae,
        "text_encoder": model.text_encoder,
        "text_encoder_2": model.text_encoder_2,
    }
    for name, part in parts.items():
        kept = {key: value.clone() for key, value in part.state_dict().items()}
        part.half().save_pretrained(fresh / name, safe_serialization=True)
        part.float().load_state_dict(kept)
    _write_tokenizer(model.tokenizer, fresh / "tokenizer")
    _write_tokenizer(model.tokenizer_2, fresh / "tokenizer_2")
    new_scheduler().save_pretrained(fresh / "scheduler")
    (fresh / "model_index.json").write_text(json.dumps(_INDEX, indent=2) + "\n", encoding="utf-8")
    directory.mkdir(parents=True, exist_ok=True)
    for entry in sorted(fresh.iterdir()):
        target = directory / entry.name
        if target.is_dir():
            shutil.rmtree(target)
        entry.replace(target)
    fresh.rmdir()
