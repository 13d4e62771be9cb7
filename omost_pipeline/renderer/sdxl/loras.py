"""Adapters: changes to a checkpoint's weights, merged once when it is loaded, so that drawing costs no more.

What a kind of adapter changes is a formula on the weights (:mod:`adapters.formulas`); which layer and how strongly, its
file says (:mod:`adapters.file`, :mod:`adapter_names`). Knows neither where files are (see :mod:`sources`) nor pictures.
"""

from __future__ import annotations

import logging
from pathlib import Path

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Tensor, nn

from omost_pipeline.errors import WeightsError
from omost_pipeline.renderer.adapters.file import AdapterFile, read_adapter
from omost_pipeline.renderer.adapters.formulas import changed
from omost_pipeline.renderer.sdxl.adapter_names import Layer, Layers, part_of
from omost_pipeline.renderer.sdxl.text_encoder import TextEncoder

logger = logging.getLogger(__name__)


@torch.no_grad()
def add_lora(file: Path, strength: float, unet: UNet2DConditionModel, text: TextEncoder) -> None:
    """Add an adapter, ``strength`` times, to the weights of the UNet and of the text encoders.

    Raises:
        WeightsError: if the file is damaged, no adapter that can be used, or made for another model; nothing is
            changed then.
    """
    adapter = read_adapter(file)
    layers = Layers(unet, *text.encoders)
    planned = [(written, _layer(file, written, adapter, layers)) for written in adapter.layers]
    for written, layer in planned:
        _changed(file, written, layer, adapter, strength)  # a trial, so that a file that does not fit changes nothing
    for written, layer in planned:
        weight, bias = _changed(file, written, layer, adapter, strength)
        layer.weight.data.copy_(weight)
        if bias is not None:
            own = getattr(layer.module, "bias", None)
            if own is None:
                layer.module.register_parameter("bias", nn.Parameter(strength * bias.to(layer.weight)))
            else:
                own.data.add_(strength * bias.to(own))
    if adapter.unused:
        logger.warning("%s also holds %s and more, which is not used", file, adapter.unused[0])


def _layer(file: Path, written: str, adapter: AdapterFile, layers: Layers) -> Layer:
    found = layers.namesakes(written)
    if not found:
        raise WeightsError(
            f"The LoRA {file} was made for another model than SDXL: it changes {written}, which is not there."
        )
    for layer in found:  # the text encoders have the same names: sizes tell which is meant
        try:
            changed(layer.weight.detach().float().cpu(), adapter.layers[written], 1.0)
        except (ValueError, KeyError):
            continue
        return layer
    return found[0]


def _changed(
    file: Path, written: str, layer: Layer, adapter: AdapterFile, strength: float
) -> tuple[Tensor, Tensor | None]:
    """A layer's new weight in float32, and what is added to its bias at full strength."""
    part, name = part_of(written)
    parts, scale = adapter.layers[written], adapter.scale(written, part or "unet", name)
    weight = layer.weight.detach().float().cpu()
    bias = parts.get("diff_b", parts.get("b_norm"))
    own = getattr(layer.module, "bias", None)
    if "up_bias" in parts:
        bias = parts["up_bias"] * scale
    if "ia3_l" in parts and parts["ia3_l"].shape[0] > 1 and own is not None:  # it multiplies outputs, bias and all
        bias = own.detach().float().cpu() * (parts["ia3_l"].flatten() - 1)
    for kind, axis in (("down", 1), ("up", 0)):
        if kind in parts and "mid" not in parts and parts[kind].shape[axis] != weight.shape[axis]:
            raise WeightsError(
                f"The LoRA {file} was made for another model: for the {layer.part}'s {layer.name} it has size "
                f"{parts[kind].shape[axis]}, but the model has {weight.shape[axis]}."
            )
    try:
        if set(parts) <= {"diff_b", "b_norm", "alpha"}:
            return weight, bias
        return changed(weight, parts, scale, strength), bias
    except KeyError as error:
        raise WeightsError(f"The LoRA {file} lacks the {error.args[0]} of {written}: download it again.") from error
    except ValueError as error:
        raise WeightsError(
            f"The LoRA {file} was made for another model: what it has for the {layer.part}'s {layer.name} does not fit "
            f"({error})."
        ) from error
