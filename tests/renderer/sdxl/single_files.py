"""A random SDXL of the smallest size its shapes allow, as a folder and as the one file that other programs share."""

from __future__ import annotations

import json
import re
from pathlib import Path

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from safetensors.torch import save_file
from torch import Tensor
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from omost_pipeline.renderer.sdxl.clip import WORDS, tokenizers

_RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}
_ENDS = {
    "conv_in": "input_blocks.0.0",
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
    "mid_block.resnets.0": "middle_block.0",
    "mid_block.attentions.0": "middle_block.1",
    "mid_block.resnets.1": "middle_block.2",
}
_CLIP_G = {
    "layer_norm1": "ln_1",
    "layer_norm2": "ln_2",
    "mlp.fc1": "mlp.c_fc",
    "mlp.fc2": "mlp.c_proj",
    "self_attn.out_proj": "attn.out_proj",
}
_VAE = {
    "mid_block.resnets.0": "mid.block_1",
    "mid_block.resnets.1": "mid.block_2",
    "mid_block.attentions.0": "mid.attn_1",
    "conv_norm_out": "norm_out",
    "conv_shortcut": "nin_shortcut",
    "group_norm": "norm",
    "to_q": "q",
    "to_k": "k",
    "to_v": "v",
    "to_out.0": "proj_out",
}


def clip_config(layers: int, width: int) -> CLIPTextConfig:
    return CLIPTextConfig(
        vocab_size=WORDS,
        hidden_size=width,
        intermediate_size=32,
        projection_dim=64,
        num_hidden_layers=layers,
        num_attention_heads=width // 64,
        hidden_act="quick_gelu" if layers == 2 else "gelu",
        bos_token_id=WORDS - 2,
        eos_token_id=WORDS - 1,
    )


def write_folder(path: Path, prediction: str = "epsilon") -> Path:
    """A checkpoint in diffusers' layout, in float16 files."""
    torch.manual_seed(1)
    first, second = tokenizers()
    first.save_pretrained(path / "tokenizer")
    second.save_pretrained(path / "tokenizer_2")
    CLIPTextModel(clip_config(2, 64)).half().save_pretrained(path / "text_encoder", variant="fp16")
    CLIPTextModelWithProjection(clip_config(3, 128)).half().save_pretrained(path / "text_encoder_2", variant="fp16")
    UNet2DConditionModel(
        sample_size=128,
        block_out_channels=(64, 128),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        layers_per_block=1,
        transformer_layers_per_block=(1, 2),
        cross_attention_dim=64 + 128,
        attention_head_dim=(1, 2),
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=64 + 6 * 8,
        use_linear_projection=True,
    ).half().save_pretrained(path / "unet", variant="fp16")
    AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(32, 32, 32, 32),
        layers_per_block=1,
        scaling_factor=0.13025,
    ).half().save_pretrained(path / "vae", variant="fp16")
    (path / "scheduler").mkdir()
    schedule = {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012}
    config = json.dumps({"_class_name": "EulerDiscreteScheduler", "prediction_type": prediction, **schedule})
    (path / "scheduler" / "scheduler_config.json").write_text(config, "utf-8")
    return path


def tensors_of(folder: Path) -> dict[str, Tensor]:
    """The folder's weights under the names of Stability AI's code."""
    unet = UNet2DConditionModel.from_pretrained(folder, subfolder="unet", variant="fp16", torch_dtype=torch.float16)
    vae = AutoencoderKL.from_pretrained(folder, subfolder="vae", variant="fp16", torch_dtype=torch.float16)
    text = CLIPTextModel.from_pretrained(folder / "text_encoder", variant="fp16", dtype=torch.float16)
    text_2 = CLIPTextModelWithProjection.from_pretrained(folder / "text_encoder_2", variant="fp16", dtype=torch.float16)
    return original(unet.state_dict(), vae.state_dict(), text.state_dict(), text_2.state_dict(), 1)


def original(
    unet: dict[str, Tensor], vae: dict[str, Tensor], text: dict[str, Tensor], text_2: dict[str, Tensor], layers: int
) -> dict[str, Tensor]:
    """diffusers' weights under the names of Stability AI's code; the UNet has ``layers`` a block."""
    tensors = {f"model.diffusion_model.{original_name(name, layers)}": value for name, value in unet.items()}
    for name, value in vae.items():
        square = "attentions" in name and value.ndim == 2
        tensors[f"first_stage_model.{_vae_name(name)}"] = value[:, :, None, None] if square else value
    for name, value in text.items():
        tensors[f"conditioner.embedders.0.transformer.text_model.{name.removeprefix('text_model.')}"] = value
    tensors |= {f"conditioner.embedders.1.model.{name}": value for name, value in _clip_g(text_2).items()}
    return {name: value.contiguous() for name, value in tensors.items()}


def write_file(path: Path, tensors: dict[str, Tensor], **metadata: str) -> Path:
    save_file(tensors, path, {"format": "pt", **metadata})
    return path


def original_name(name: str, layers: int) -> str:
    """diffusers' name of a UNet tensor → its original one."""
    for new, old in _ENDS.items():
        name = re.sub(rf"^{re.escape(new)}(?=\.)", old, name)
    if found := re.match(r"(down|up)_blocks\.(\d+)\.(resnets|attentions|downsamplers|upsamplers)\.(\d+)\.(.*)", name):
        way, block, kind, layer, rest = found[1], int(found[2]), found[3], int(found[4]), found[5]
        if way == "down":
            number = 1 + block * (layers + 1) + (layers if kind == "downsamplers" else layer)
            rest = rest.replace("conv", "op") if kind == "downsamplers" else rest
            place = 1 if kind == "attentions" else 0
        else:
            number = block * (layers + 1) + (layers if kind == "upsamplers" else layer)
            place = {"resnets": 0, "attentions": 1}.get(kind, 2)  # only blocks with attention are enlarged here
        name = f"{'input' if way == 'down' else 'output'}_blocks.{number}.{place}.{rest}"
    if "transformer_blocks" in name or "proj_" in name.split(".")[-2]:
        return name
    for new, old in _RESNET.items():
        name = name.replace(f".{new}.", f".{old}.")
    return name


def _vae_name(name: str) -> str:
    name = re.sub(r"down_blocks\.(\d)\.resnets\.", r"down.\1.block.", name)
    name = re.sub(r"down_blocks\.(\d)\.downsamplers\.0\.", r"down.\1.downsample.", name)
    name = re.sub(r"up_blocks\.(\d)\.resnets\.", lambda found: f"up.{3 - int(found[1])}.block.", name)
    name = re.sub(r"up_blocks\.(\d)\.upsamplers\.0\.", lambda found: f"up.{3 - int(found[1])}.upsample.", name)
    for new, old in _VAE.items():
        name = re.sub(rf"(^|\.){re.escape(new)}\.", rf"\g<1>{old}.", name)
    return name


def _clip_g(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """CLIP-G's tensors as open_clip has them: queries, keys and values in one."""
    own = {name.removeprefix("text_model."): value for name, value in state.items()}
    tensors = {
        "token_embedding.weight": own["embeddings.token_embedding.weight"],
        "positional_embedding": own["embeddings.position_embedding.weight"],
        "ln_final.weight": own["final_layer_norm.weight"],
        "ln_final.bias": own["final_layer_norm.bias"],
        "text_projection": own["text_projection.weight"].T,
    }
    for name, value in own.items():
        if not (found := re.match(r"encoder\.layers\.(\d+)\.(.*)\.(weight|bias)$", name)):
            continue
        block = f"transformer.resblocks.{found[1]}."
        if found[2] == "self_attn.q_proj":
            three = [own[name.replace("q_proj", each)] for each in ("q_proj", "k_proj", "v_proj")]
            tensors[f"{block}attn.in_proj_{found[3]}"] = torch.cat(three)
        elif found[2] in _CLIP_G:
            tensors[f"{block}{_CLIP_G[found[2]]}.{found[3]}"] = value
    return tensors
