"""ControlNets for SDXL from their files: union checkpoints and those of one kind, in diffusers' layout.

A folder with a ``config.json`` beside its weights, one of its files, or a hub name of either. Draws nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from accelerate import init_empty_weights
from diffusers.models.controlnets.controlnet import ControlNetModel
from diffusers.models.controlnets.controlnet_union import ControlNetUnionModel
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from omost_pipeline.errors import WeightsError
from omost_pipeline.renderer.loading import told
from omost_pipeline.renderer.sdxl.attention import install
from omost_pipeline.renderer.sdxl.controls import UNION_TYPES, ControlNet
from omost_pipeline.renderer.sources import find_file

_USUAL = ("diffusion_pytorch_model.fp16.safetensors", "diffusion_pytorch_model.safetensors")
"""What a folder's weights are called; the first that is there is taken."""

_ADVICE = (
    "models.controlnet is a folder in diffusers' layout, one of its .safetensors files, or a hub name such as "
    "xinsir/controlnet-union-sdxl-1.0."
)

_NAMED = {
    "pose": ("pose",),
    "depth": ("depth", "zoe"),
    "lines": ("canny", "line", "mlsd"),
    "scribble": ("scribble", "sketch", "softedge", "hed"),
    "normal": ("normal",),
    "segments": ("seg",),
    "tile": ("tile",),
}
"""Kind → what the names of checkpoints of that kind hold."""

_SAME = (
    "in_channels",
    "block_out_channels",
    "down_block_types",
    "layers_per_block",
    "cross_attention_dim",
    "projection_class_embeddings_input_dim",
)
"""What a ControlNet has in common with the UNet that it was trained for."""


def load_controlnet(source: str, unet: UNet2DConditionModel, dtype: torch.dtype) -> ControlNet:
    """A ControlNet for this UNet, on the CPU.

    Raises:
        WeightsError: if files are missing or damaged, or were made for another model.
    """
    path = find_file(source, "ControlNet", _USUAL, _ADVICE)
    config = _config(path)
    try:
        tensors = load_file(path)
    except (OSError, SafetensorError) as error:
        raise WeightsError(f"The ControlNet {path} is damaged ({error}): download it again.") from error
    with told(path, "ControlNet"):
        model = _model(path, config, tensors)
    _check_fit(path, model, unet)
    model.to(dtype).eval().requires_grad_(False)
    install(model)
    kinds = UNION_TYPES if isinstance(model, ControlNetUnionModel) else _kinds_named(source)
    return ControlNet(model, frozenset(kinds))


def _config(path: Path) -> dict[str, Any]:
    """The configuration beside the weights; a union's larger edition has one of its own."""
    names = ["config_promax.json", "config.json"] if "promax" in path.name else ["config.json"]
    for place in (path.parent / name for name in names):
        if place.is_file():
            with told(place, "ControlNet"):
                read = json.loads(place.read_text("utf-8"))
                return {name: value for name, value in dict(read).items() if not name.startswith("_")}
    raise WeightsError(
        f"The ControlNet {path} has no config.json beside it: put its publisher's there, or name the whole folder."
    )


def _model(path: Path, config: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> Any:  # noqa: ANN401 - of two kinds
    """The model with these weights. A union is told by them: publishers' configs name several classes."""
    tasks = tensors.get("task_embedding")
    union = tasks is not None
    kind: Any = ControlNetUnionModel if union else ControlNetModel
    whole = {**config, "num_control_type": len(tasks)} if tasks is not None else dict(config)
    with init_empty_weights():
        model = kind.from_config(whole)
    missing = sorted(model.state_dict().keys() - tensors.keys())
    if missing:
        raise WeightsError(
            f"The ControlNet {path} lacks {len(missing)} of its weights ({missing[0]} first): download it again, with "
            "the config.json that belongs to it."
        )
    model.load_state_dict({name: tensors[name] for name in model.state_dict()}, assign=True)
    return model


def _check_fit(path: Path, model: Any, unet: UNet2DConditionModel) -> None:  # noqa: ANN401 - as above
    for name in _SAME:
        own, wanted = (_plain(each.config.get(name)) for each in (model, unet))
        if own != wanted:
            raise WeightsError(
                f"The ControlNet {path} was made for another model: its {name} is {own}, the renderer's {wanted}."
            )


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple | list) else value


def _kinds_named(source: str) -> set[str]:
    """The kinds that a checkpoint's name tells of; all of them where it tells nothing."""
    parts = Path(source).parts[-2:]
    named = " ".join(parts).lower()
    found = {kind for kind, words in _NAMED.items() if any(word in named for word in words)}
    return (found | ({"edges"} if "lines" in found else set())) or set(UNION_TYPES)
