"""Grounding layers from a file, and into one: an adapter of its own, or what of a whole GLIGEN checkpoint is one.

Weights are named as diffusers names those of a UNet with ``attention_type="gated"`` (``position_net.…``,
``….transformer_blocks.0.fuser.…``), or with the blocks' names of the original GLIGEN (``input_blocks.1.1.…``), as in
the pruned files that ComfyUI reads. Everything else in a file is left: it is the base model's own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from omost_pipeline.errors import WeightsError
from omost_pipeline.renderer.sdxl.grounding import FREQUENCIES, FUSER, NET, TOKENS, Grounding, add_layers, base_of
from omost_pipeline.renderer.sources import find_file

_USUAL = ("grounding.safetensors", "diffusion_pytorch_model.fp16.safetensors", "diffusion_pytorch_model.safetensors")
"""What a folder's file is called; the first that is there is taken."""

_ADVICE = (
    "models.grounding is a .safetensors file of GLIGEN's layers (for text and boxes), a folder with one, or a hub name "
    "such as owner/model/FILE.safetensors."
)

_OWN = re.compile(rf"(?:^|\.)(?:{NET}|{FUSER})\.")
"""What tells a grounding weight from those of the base model."""

_ORIGINAL = re.compile(r"^(input_blocks|middle_block|output_blocks)\.(\d+)\.(?:1\.)?(.*)$")


def load_grounding(source: str, unet: UNet2DConditionModel, dtype: torch.dtype) -> Grounding:
    """Give a UNet the grounding layers of a file, a folder or a hub name.

    Raises:
        WeightsError: if there is no such file, it is damaged, or its layers are others or for another model.
    """
    path = find_file(source, "grounding adapter", _USUAL, _ADVICE)
    said, tensors = _read(path, int(unet.config["layers_per_block"]))
    width = _width(path, tensors)
    if (base := said.get("base")) and base != base_of(unet):
        raise WeightsError(
            f"The grounding adapter {path} was trained for {said.get('model') or 'another model'}, which this is not: "
            "take one that was trained for this model."
        )
    blocks = {name.partition(f".{FUSER}.")[0] for name in tensors if f".{FUSER}." in name}
    added = add_layers(unet, blocks, width)
    wanted = {f"{place}.{name}": own for place, part in added.items() for name, own in part.state_dict().items()}
    _check(path, tensors, wanted)
    for place, part in added.items():
        part.load_state_dict({name: tensors[f"{place}.{name}"] for name in part.state_dict()})
        part.to(dtype).eval().requires_grad_(requires_grad=False)
    return Grounding(_tokens(path, said), width)


def own_grounding(unet: UNet2DConditionModel) -> Grounding | None:
    """That of a UNet which has come with grounding layers; None for others."""
    if unet.config["attention_type"] != "gated":
        return None
    return Grounding(TOKENS, len(unet.position_net.null_positive_feature))


def save_grounding(
    path: Path, layers: Mapping[str, nn.Module], unet: UNet2DConditionModel, grounding: Grounding, model: str
) -> None:
    """Write layers, as :func:`~omost_pipeline.renderer.sdxl.grounding.add_layers` gives them, in float16.

    ``model`` is what people call the one that they were trained for.
    """
    tensors = {
        f"{place}.{name}": tensor.detach().to(torch.float16).contiguous()
        for place, part in layers.items()
        for name, tensor in part.state_dict().items()
    }
    said = {"format": "pt", "base": base_of(unet), "model": model, "tokens": str(grounding.tokens)}
    partial = path.with_suffix(".partial")
    save_file(tensors, partial, metadata=said)
    partial.replace(path)


def _read(path: Path, layers: int) -> tuple[dict[str, str], dict[str, Tensor]]:
    """What the header says, and the grounding weights by diffusers' names."""
    try:
        with safe_open(path, framework="pt") as file:
            said = dict(file.metadata() or {})
            names = [name for name in file.keys() if _OWN.search(name)]  # noqa: SIM118 - it is no mapping
            return said, {_renamed(name, layers): file.get_tensor(name) for name in names}
    except (OSError, SafetensorError) as error:
        raise WeightsError(f"The grounding adapter {path} is damaged ({error}): download it again.") from error


def _renamed(name: str, layers: int) -> str:
    """A weight's name in diffusers, from that or the original one, in a UNet of so many layers a block."""
    name = name.removeprefix("model.diffusion_model.")
    found = _ORIGINAL.match(name)
    if found is None:
        return name
    way, number, rest = found[1], int(found[2]), found[3]
    if way == "middle_block":
        return f"mid_block.attentions.0.{rest}"
    if way == "input_blocks":  # the first is conv_in; each level ends with one that makes the picture smaller
        block, layer = divmod(number - 1, layers + 1)
        return f"down_blocks.{block}.attentions.{layer}.{rest}"
    block, layer = divmod(number, layers + 1)
    return f"up_blocks.{block}.attentions.{layer}.{rest}"


def _width(path: Path, tensors: Mapping[str, Tensor]) -> int:
    """The width of what stands for words."""
    missing, position = tensors.get(f"{NET}.null_positive_feature"), tensors.get(f"{NET}.null_position_feature")
    if missing is None or position is None or len(position) != 8 * FREQUENCIES:
        what = next(iter(sorted(tensors)), None)
        held = f"its {what} is of another kind" if what else "it has none of their weights"
        raise WeightsError(
            f"{path} does not hold GLIGEN's layers for text and boxes: {held}. InstanceDiffusion's, and GLIGEN's for "
            "pictures, key points or maps, cannot be used."
        )
    return len(missing)


def _check(path: Path, tensors: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> None:
    """Refuse layers that do not fit the UNet, by name."""
    for name in sorted(tensors.keys() | wanted.keys()):
        if name not in wanted:
            raise WeightsError(f"The grounding adapter {path} is for another model: this one has no place for {name}.")
        if name not in tensors:
            raise WeightsError(f"The grounding adapter {path} lacks {name}: download it again.")
        own, here = list(tensors[name].shape), list(wanted[name].shape)
        if own != here:
            raise WeightsError(
                f"The grounding adapter {path} is for another model: its {name} is {own}, where this one needs {here}."
            )


def _tokens(path: Path, said: Mapping[str, str]) -> int:
    try:
        return int(said.get("tokens", TOKENS))
    except ValueError as error:
        raise WeightsError(
            f"The header of {path} says {said['tokens']!r} tokens, not a number: get it again."
        ) from error
