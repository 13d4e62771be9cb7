"""The small FLUX.2-klein's shape, and how its parts are built new and written out, in the published layout.

A Qwen3 with its tokenizer, a ``Flux2Transformer2DModel`` and an ``AutoencoderKLFlux2``, so that the code that runs the
real one runs this one unchanged. As there, a latent cell stands for 8 × 8 pixels, and two by two of them are one token.
Knows no training.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers.models.autoencoders.autoencoder_kl_flux2 import AutoencoderKLFlux2
from diffusers.models.transformers.transformer_flux2 import Flux2Transformer2DModel
from diffusers.schedulers.scheduling_flow_match_euler_discrete import FlowMatchEulerDiscreteScheduler
from safetensors.torch import load_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import nn
from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

from omost_pipeline.renderer.flux2.vae import PATCH
from omost_pipeline.training.latents import FINE_CHANNELS, FINE_PATCH, SHRINK
from omost_pipeline.training.renderer_model import world_words
from omost_pipeline.world.scenes import PICTURE_SIDE

TOKEN_SIDE = PICTURE_SIDE // (SHRINK * FINE_PATCH * PATCH)
"""Tokens along a side of the pictures it is trained on (192 pixels)."""

TOKEN_CHANNELS = PATCH**2 * FINE_CHANNELS
"""Numbers of one token."""

SHIFT = 2.0
"""How far its noise levels are shifted towards noise: little, for so few tokens."""

_TEXT_WIDTH, _TEXT_LAYERS = 96, 4
_WIDTH, _HEADS, _DOUBLE, _SINGLE = 192, 3, 2, 8
_MARKS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
_TEMPLATE = "{% for message in messages %}<|im_start|>{{ message.content }}<|im_end|>{% endfor %}"
"""A chat of one message, with no more marks than it needs: each is a token that every layer attends to."""

_INDEX = {
    "_class_name": "Flux2KleinPipeline",
    "is_distilled": True,
    "scheduler": ["diffusers", "FlowMatchEulerDiscreteScheduler"],
    "text_encoder": ["transformers", "Qwen3ForCausalLM"],
    "tokenizer": ["transformers", "PreTrainedTokenizerFast"],
    "transformer": ["diffusers", "Flux2Transformer2DModel"],
    "vae": ["diffusers", "AutoencoderKLFlux2"],
}


@dataclass(frozen=True)
class TinyKlein:
    """The parts of a FLUX.2-klein checkpoint, as diffusers and transformers hold them."""

    transformer: Flux2Transformer2DModel
    vae: AutoencoderKLFlux2
    text_encoder: Qwen3ForCausalLM
    tokenizer: PreTrainedTokenizerFast

    @property
    def trained(self) -> dict[str, nn.Module]:
        """What is trained, by name."""
        return {"transformer": self.transformer, "text_encoder": self.text_encoder}


def new_tokenizer() -> PreTrainedTokenizerFast:
    """Byte-level BPE as Qwen's, for which every word of the world is one token, behind a space or not."""
    bare = Tokenizer(models.BPE())
    bare.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bare.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=4096, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), max_token_length=20
    )
    words = world_words()
    said = [f" {word}" for word in words] + [mark + word.capitalize() for word in words for mark in ("", " ")]
    bare.train_from_iterator([text for text in said for _ in range(2)], trainer)
    made = PreTrainedTokenizerFast(
        tokenizer_object=bare,
        eos_token="<|im_end|>",  # noqa: S106  # a mark, no secret
        pad_token="<|endoftext|>",  # noqa: S106  # as above
        additional_special_tokens=_MARKS,
        model_max_length=512,
    )
    made.chat_template = _TEMPLATE
    return made


def new_vae() -> AutoencoderKLFlux2:
    """An untrained autoencoder, narrow where pictures are large, no attention.

    Its latents begin almost without noise, and its statistics are those of latents that are scaled already.
    """
    levels = (16, 24, 48, 96)
    vae = AutoencoderKLFlux2(
        block_out_channels=levels,
        down_block_types=("DownEncoderBlock2D",) * len(levels),
        up_block_types=("UpDecoderBlock2D",) * len(levels),
        layers_per_block=1,
        norm_num_groups=8,
        latent_channels=FINE_CHANNELS,
        sample_size=PICTURE_SIDE,
        mid_block_add_attention=False,
    )
    vae.bn.running_var.fill_(1 - vae.bn.eps)
    with torch.no_grad():
        vae.quant_conv.weight[FINE_CHANNELS:] *= 0.1
        vae.quant_conv.bias[FINE_CHANNELS:] = -5.0
    return vae


def new_model() -> TinyKlein:
    """All parts, untrained. Seed torch first to repeat it."""
    tokenizer = new_tokenizer()
    text_encoder = Qwen3ForCausalLM(
        Qwen3Config(
            vocab_size=len(tokenizer),
            hidden_size=_TEXT_WIDTH,
            intermediate_size=3 * _TEXT_WIDTH,
            num_hidden_layers=_TEXT_LAYERS,
            num_attention_heads=3,
            num_key_value_heads=3,
            head_dim=32,
            max_position_embeddings=512,
            tie_word_embeddings=True,
        )
    )
    torch.nn.init.normal_(
        text_encoder.get_parameter("model.embed_tokens.weight"), std=0.7
    )  # read past no norm: loud enough
    transformer = Flux2Transformer2DModel(
        in_channels=TOKEN_CHANNELS,
        num_layers=_DOUBLE,
        num_single_layers=_SINGLE,
        attention_head_dim=_WIDTH // _HEADS,
        num_attention_heads=_HEADS,
        joint_attention_dim=3 * _TEXT_WIDTH,
        timestep_guidance_channels=64,
        axes_dims_rope=(16, 16, 16, 16),
        guidance_embeds=False,
    )
    _begin_calmly(transformer)
    return TinyKlein(transformer, new_vae(), text_encoder, tokenizer)


def _begin_calmly(transformer: Flux2Transformer2DModel) -> None:
    """Modulations and the output begin at 0, so that every block begins as none (Peebles & Xie 2023)."""
    for name, module in transformer.named_modules():
        if isinstance(module, nn.Linear) and ("modulation" in name or name in {"norm_out.linear", "proj_out"}):
            torch.nn.init.zeros_(module.weight)


def load(directory: Path) -> TinyKlein:
    """A model that :func:`export` has written, in float32.

    Raises:
        OSError: if a part of it is missing.
    """
    fresh = new_model()
    for name, part in (("transformer", fresh.transformer), ("vae", fresh.vae)):
        part.load_state_dict(load_file(directory / name / "diffusion_pytorch_model.safetensors"))
    text_encoder = Qwen3ForCausalLM.from_pretrained(directory / "text_encoder", dtype=torch.float32)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(directory / "tokenizer")
    assert isinstance(text_encoder, Qwen3ForCausalLM)
    assert isinstance(tokenizer, PreTrainedTokenizerFast)
    return TinyKlein(fresh.transformer, fresh.vae, text_encoder, tokenizer)


def export(model: TinyKlein, directory: Path) -> None:
    """Write ``model`` into ``directory`` in the published layout, float16 safetensors, in place of what was there.

    The parts in memory keep their type.
    """
    fresh = directory.with_name(directory.name + ".partial")
    shutil.rmtree(fresh, ignore_errors=True)
    for name, part in (model.trained | {"vae": model.vae}).items():
        kept = {key: value.clone() for key, value in part.state_dict().items()}
        part.half().save_pretrained(fresh / name, safe_serialization=True)
        part.float().load_state_dict(kept)
    model.tokenizer.save_pretrained(fresh / "tokenizer")
    FlowMatchEulerDiscreteScheduler(shift=SHIFT).save_pretrained(fresh / "scheduler")
    (fresh / "model_index.json").write_text(json.dumps(_INDEX, indent=2) + "\n", encoding="utf-8")
    shutil.rmtree(directory, ignore_errors=True)
    fresh.replace(directory)
