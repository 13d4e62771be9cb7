"""Which layer of an SDXL model a name in an adapter's file means, whoever wrote the file.

Every layer has its name in diffusers and one in Stability AI's own code; files have them with dots or with underscores
in place of these, behind many prefixes. So the layers' names are all written down, and looked up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Tensor, nn

_PREFIXES: tuple[tuple[str, str], ...] = (
    ("unet", r"(?:lora_|oft_)?unet(?:\.|_+)|(?:model\.)?diffusion_model\."),
    ("text_encoder_2", r"(?:lora_)?te2[._]|text_encoder_2\.|conditioner\.embedders\.1\.model\."),
    ("text_encoder_2", r"(?:text_encoders\.)?clip_g\.(?:transformer\.)?|text_encoders\.1\.(?:transformer\.)?"),
    ("text_encoder", r"(?:lora_)?te1?[._]|text_encoder(?:_1)?\.|conditioner\.embedders\.0\.transformer\."),
    ("text_encoder", r"(?:text_encoders\.)?clip_l\.(?:transformer\.)?|text_encoders\.0\.(?:transformer\.)?"),
)
"""The parts of a model, and what names of their layers begin with."""

_WRAPPERS = re.compile(
    r"base_model\.model\.|_orig_mod\.|\b(?:module|model)\.(?=unet\.|text_encoder|_orig_mod)|^lycoris_"
)
"""What programs put around a model's own names: peft, torch.compile, several GPUs, LyCORIS."""

_OLD_TEXT = {"to_q": "q_proj", "to_k": "k_proj", "to_v": "v_proj", "to_out": "out_proj"}
"""What diffusers up to 0.20 called the parts of a text encoder's attention."""
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
}
_OPEN_CLIP = {
    "self_attn.out_proj": "attn.out_proj",
    "mlp.fc1": "mlp.c_fc",
    "mlp.fc2": "mlp.c_proj",
    "layer_norm1": "ln_1",
    "layer_norm2": "ln_2",
}


@dataclass(frozen=True)
class Layer:
    """A layer with weights: of which part, under which name, and itself."""

    part: str
    name: str
    module: nn.Module

    @property
    def weight(self) -> Tensor:
        weight = self.module.weight
        assert isinstance(weight, Tensor)
        return weight


class Layers:
    """The layers of a model by every name that a file may have for them."""

    def __init__(self, unet: UNet2DConditionModel, *text_encoders: nn.Module) -> None:
        self._known: dict[str, dict[str, Layer]] = {"unet": {}, "text_encoder": {}, "text_encoder_2": {}}
        for name, module in _weighed(unet):
            layer = Layer("unet", name, module)
            for alias in (name, _ldm(name, unet)):
                self._known["unet"][_flat(alias)] = layer
        for part, model in zip(("text_encoder", "text_encoder_2"), text_encoders, strict=False):
            for full, module in _weighed(model):
                name = full.removeprefix("text_model.")
                for alias in (name, _open_clip(name)):
                    self._known[part][_flat(alias)] = Layer(part, name, module)

    def namesakes(self, written: str) -> list[Layer]:
        """The layers that a name in a file may mean: one for a name with a part; none for another model's."""
        part, name = part_of(written)
        name = _flat(name).removeprefix("text_model_")
        return [layers[name] for each, layers in self._known.items() if part in ("", each) and name in layers]


def part_of(written: str) -> tuple[str, str]:
    """The part that a name begins with, empty where it names none, and the rest of it."""
    name = _WRAPPERS.sub("", written)
    for part, pattern in _PREFIXES:
        if match := re.match(pattern, name):
            return part, name[match.end() :]
    return "", name


def _weighed(model: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    for name, module in model.named_modules():
        if isinstance(getattr(module, "weight", None), Tensor):
            yield name, module


def _flat(name: str) -> str:
    name = re.sub(r"(?<=self_attn\.)to_(?:[qkv]|out)$", lambda match: _OLD_TEXT[match[0]], name)
    name = name.replace(".", "_")
    return f"{name}_0" if name.endswith("_to_out") else name


def _ldm(name: str, unet: UNet2DConditionModel) -> str:
    """A UNet's layer in Stability AI's own code."""
    if name in _ENDS:
        return _ENDS[name]
    per_level = int(unet.config["layers_per_block"]) + 1
    match = re.match(
        r"(down|up|mid)_blocks?\.(?:(\d+)\.)?(resnets|attentions|downsamplers|upsamplers)\.(\d+)\.(.*)", name
    )
    if match is None:
        return name
    side, level, kind, number, rest = match[1], int(match[2] or 0), match[3], int(match[4]), match[5]
    rest = _RESNET.get(rest, rest) if kind == "resnets" else rest
    if side == "mid":
        return f"middle_block.{1 if kind == 'attentions' else 2 * number}.{rest}"
    if kind == "downsamplers":
        return f"input_blocks.{(level + 1) * per_level}.0.op"
    if kind == "upsamplers":
        behind = 2 if "CrossAttn" in unet.config["up_block_types"][level] else 1
        return f"output_blocks.{(level + 1) * per_level - 1}.{behind}.conv"
    place = 1 if kind == "attentions" else 0
    block = level * per_level + number
    first = f"input_blocks.{block + 1}" if side == "down" else f"output_blocks.{block}"
    return f"{first}.{place}.{rest}"


def _open_clip(name: str) -> str:
    """A text encoder's layer in OpenCLIP's code."""
    match = re.match(r"encoder\.layers\.(\d+)\.(.*)", name)
    if match is None:
        return name
    return f"transformer.resblocks.{match[1]}.{_OPEN_CLIP.get(match[2], match[2])}"
