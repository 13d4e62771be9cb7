"""LoRAs: small changes to a checkpoint's weights, added once when it is loaded, so that drawing costs no more.

Understands the formats that diffusers, peft and kohya's trainer write. Knows no files' whereabouts (see
:mod:`sources`) and no pictures.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from diffusers.loaders.lora_pipeline import StableDiffusionXLLoraLoaderMixin
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.utils.peft_utils import recurse_remove_peft_layers, scale_lora_layers
from diffusers.utils.state_dict_utils import (
    convert_state_dict_to_diffusers,
    convert_state_dict_to_peft,
    convert_unet_state_dict_to_peft,
)
from peft.tuners.tuners_utils import BaseTunerLayer
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from omost_pipeline.errors import WeightsError
from omost_pipeline.renderer.sdxl.text_encoder import TextEncoder

_OTHER_KINDS = ("hada_", "lokr_", "dora_scale", ".diff")
"""Parts of tensor names of what is no plain LoRA: LoHa, LoKr, DoRA, whole differences."""


def add_lora(file: Path, weight: float, unet: UNet2DConditionModel, text: TextEncoder) -> None:
    """Add a LoRA, ``weight`` times, to the weights of the UNet and of the text encoders as far as it has some for them.

    Raises:
        WeightsError: if the file is damaged, no LoRA, or made for another model.
    """
    models = {"unet": unet, "text_encoder": text.text_encoder, "text_encoder_2": text.text_encoder_2}
    library = StableDiffusionXLLoraLoaderMixin
    try:
        state, alphas = library.lora_state_dict(_read(file), unet_config=unet.config)
    except (ValueError, KeyError, IndexError, AttributeError) as error:
        raise WeightsError(f"The LoRA {file} was made for another model than SDXL ({error}).") from error
    changed = {part: model for part, model in models.items() if any(name.startswith(f"{part}.") for name in state)}
    if not changed:
        raise WeightsError(f"The LoRA {file} was made for another model than SDXL (it changes {min(state)}).")
    for part, model in changed.items():
        _check_fit(file, part, _part(file, part, state), model)
    for part, model in changed.items():
        if part == "unet":
            library.load_lora_into_unet(state, alphas, model)
        else:
            library.load_lora_into_text_encoder(state, alphas, model, prefix=part)
        _merge(model, weight)


def _read(file: Path) -> dict[str, Tensor]:
    try:
        tensors = load_file(file)
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"The LoRA {file} is damaged ({error}): download it again.") from error
    other = next((name for name in tensors if any(part in name for part in _OTHER_KINDS)), None)
    if other is not None or not any("lora" in name for name in tensors):
        shown = other or min(tensors, default="nothing")
        raise WeightsError(f"{file} is no LoRA that can be used here (it holds {shown}): get it as a plain LoRA.")
    return tensors


def _part(file: Path, part: str, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A model's share of a LoRA, by peft's names relative to the model."""
    own = {name.removeprefix(f"{part}."): tensor for name, tensor in state.items() if name.startswith(f"{part}.")}
    if part == "unet":
        return own if any("lora_A" in name for name in own) else dict(convert_unet_state_dict_to_peft(own))
    try:
        converted = convert_state_dict_to_peft(convert_state_dict_to_diffusers(own))
    except ValueError as error:
        raise WeightsError(f"The LoRA {file} names the {part}'s layers as no known trainer does ({error}).") from error
    return {name.removeprefix("text_model."): tensor for name, tensor in converted.items()}


def _check_fit(file: Path, part: str, own: Mapping[str, Tensor], model: nn.Module) -> None:
    """Refuse a LoRA for layers that the model has not, or has in other sizes."""
    layers = {name.removeprefix("text_model."): layer for name, layer in model.named_modules()}
    for name, tensor in own.items():
        layer_name, _, kind = name.partition(".lora_")
        layer = layers.get(layer_name)
        weight = getattr(layer, "weight", None)
        if not isinstance(weight, Tensor):
            raise WeightsError(
                f"The LoRA {file} was made for another model than SDXL: it changes the {part}'s {layer_name}, which is "
                "not there."
            )
        side = {"A": 1, "B": 0}.get(kind[:1])
        if side is not None and tensor.shape[side] != weight.shape[side]:
            raise WeightsError(
                f"The LoRA {file} was made for another model: for the {part}'s {layer_name} it has size "
                f"{tensor.shape[side]}, but the model has {weight.shape[side]}."
            )


def _merge(model: nn.Module, weight: float) -> None:
    """Add what was loaded beside the model's layers to their own weights, and take it away again."""
    scale_lora_layers(model, weight)
    for layer in model.modules():
        if isinstance(layer, BaseTunerLayer):
            layer.merge()
    recurse_remove_peft_layers(model)
    del model.peft_config
    setattr(model, "_hf_peft_config_loaded", False)  # noqa: B010  # both libraries keep this mark, and offer nobody to clear it
