"""An adapter's file: its tensors by layer and kind, and all that it says about their strength.

Strength is a layer's own alpha, or what the header says (peft's configuration, kohya's ``ss_network_alpha``), or what
``adapter_config.json`` beside the file says; a layer without any has full strength. Knows no model.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor

from omost_pipeline.errors import WeightsError
from omost_pipeline.renderer.sdxl.adapter_formulas import rank_of
from omost_pipeline.renderer.sdxl.adapter_names import part_of

_LORA = r"(?:lora_|lora(?:_linear_layer)?\.)"

_KINDS: tuple[tuple[str, str], ...] = (
    (rf"{_LORA}down\.weight|lora_A(?:\.[^.]+)?\.weight", "down"),
    (rf"{_LORA}up\.weight|lora_B(?:\.[^.]+)?\.weight", "up"),
    (r"lora_mid\.weight", "mid"),
    (r"lora_B(?:\.[^.]+)?\.bias", "up_bias"),
    (r"dora_scale|lora_magnitude_vector(?:\.[^.]+)?(?:\.weight)?", "dora_scale"),
    (r"(hada_[wt][12](?:_[ab])?|lokr_[wt][12](?:_[ab])?)(?:\.[^.]+)?", ""),
    (r"(alpha|diff|diff_b|oft_blocks|rescale|w_norm|b_norm|on_input)", ""),
    (r"(a1|a2|b1|b2|bm)\.weight", ""),
    (r"ia3_l(?:\.[^.]+)?", "ia3_l"),
    (r"weight", "ia3"),
)
"""How the names of tensors end behind the layer's, and the kind that means; an empty one stands in the name itself."""

_OTHERS = (
    ("boft_", "a BOFT of peft's"),
    ("oft_r", "an OFT of peft's"),
    ("vera_", "a VeRA"),
    ("fourierft_", "a FourierFT"),
    ("randlora_", "a RandLoRA"),
    ("hra_", "an HRA"),
    ("bone_", "a Bone adapter"),
    ("miss_", "a MiSS adapter"),
    ("road_", "a RoAd adapter"),
    ("shira_", "a SHiRA adapter"),
    ("lora_e", "an AdaLoRA"),
    ("a_list", "a DyLoRA"),
)
"""Kinds that cannot be used, by a part of their tensors' names, in lower case."""

_EMBEDDINGS = "bundle_emb."


@dataclass(frozen=True)
class AdapterFile:
    """``layers``: a layer's name as it is written → its tensors in float32 by kind. ``unused``: what is left out."""

    layers: Mapping[str, Mapping[str, Tensor]]
    unused: tuple[str, ...]
    _header: Mapping[str, str]
    _config: Mapping[str, Any]

    def scale(self, written: str) -> float:
        """What the product of a layer's tensors is multiplied by."""
        parts = self.layers[written]
        rank = rank_of(parts)
        part, name = part_of(written)
        settings = self._settings(part or "unet")
        if rank == 0 and "lokr_w1" in parts and settings.get("r"):
            rank = int(_pattern(settings.get("rank_pattern"), name, settings["r"]))  # peft divides by it all the same
        if rank == 0:
            return 1.0
        if "alpha" in parts:
            return float(parts["alpha"]) / rank
        alpha = settings.get("lora_alpha", settings.get("alpha"))
        alpha = _pattern(settings.get("alpha_pattern"), name, alpha)
        if alpha is None:
            alpha = self._header.get("ss_network_alpha")
        try:
            value = rank if alpha in {None, "None", ""} else float(str(alpha))
        except (TypeError, ValueError):
            value = rank
        return value / (sqrt(rank) if settings.get("use_rslora") else rank)

    def _settings(self, part: str) -> dict[str, Any]:
        """peft's configuration of a part."""
        own = {key.removeprefix(f"{part}."): value for key, value in self._config.items() if key.startswith(f"{part}.")}
        return own or {key: value for key, value in self._config.items() if "." not in key}


def read_adapter(file: Path) -> AdapterFile:
    """Read an adapter's file.

    Raises:
        WeightsError: if it is damaged, or holds something that cannot be used; names it.
    """
    try:
        with safe_open(file, framework="pt") as opened:
            header = opened.metadata() or {}
            tensors = {name: opened.get_tensor(name).float() for name in opened.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"The LoRA {file} is damaged ({error}): download it again.") from error
    layers: dict[str, dict[str, Tensor]] = defaultdict(dict)
    unused = sorted({name for name in tensors if name.startswith(_EMBEDDINGS)})
    inputs = {name.removesuffix(".on_input") for name in tensors if name.endswith(".on_input")}
    for name, tensor in tensors.items():
        if name.startswith(_EMBEDDINGS):
            continue
        layer, kind = _split(name)
        if not kind or (kind == "ia3" and layer not in inputs):
            raise _foreign(file, name)
        layers[layer][kind] = tensor
    if not layers:
        raise _foreign(file, min(tensors, default="nothing"))
    config = _config(file, header)
    for written, parts in layers.items():
        if "ia3_l" in parts and parts["ia3_l"].ndim == 4:
            parts["ia3_l"] = _factors(file, written, parts["ia3_l"], config)
    return AdapterFile(dict(layers), tuple(unused), header, config)


def _factors(file: Path, written: str, factors: Tensor, config: Mapping[str, Any]) -> Tensor:
    """(IA)³'s factors for a convolution as they multiply its weight; in the file, inputs' and outputs' look alike."""
    inputs = config.get("feedforward_modules")
    if not isinstance(inputs, list | str):
        raise WeightsError(
            f"The LoRA {file} is an (IA)³ that changes convolutions ({written}), and says how only in its "
            "adapter_config.json: put that file beside it."
        )
    matches = re.fullmatch(inputs, written) if isinstance(inputs, str) else written.endswith(tuple(inputs))
    return factors if matches else factors.transpose(0, 1)


def _split(name: str) -> tuple[str, str]:
    """The layer's name and the tensor's kind; an empty one for tensors of no known kind."""
    for pattern, kind in _KINDS:
        if match := re.fullmatch(rf"(.+?)\.(?:{pattern})", name):
            return match[1], kind or match[2]
    return name, ""


def _config(file: Path, header: Mapping[str, str]) -> dict[str, Any]:
    """peft's configuration, from the header or from beside the file."""
    try:
        if "lora_adapter_metadata" in header:
            found = json.loads(header["lora_adapter_metadata"])
        else:
            found = json.loads((file.parent / "adapter_config.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _pattern(patterns: object, name: str, usual: Any) -> Any:  # noqa: ANN401  # of JSON
    """What a pattern of layers' names has for this one."""
    for pattern, value in patterns.items() if isinstance(patterns, dict) else ():
        if re.fullmatch(rf"(.*\.)?({pattern})", name):
            return value
    return usual


def _foreign(file: Path, name: str) -> WeightsError:
    what = next((what for mark, what in _OTHERS if mark in name.lower()), "")
    if what:
        return WeightsError(f"{file} is {what} (it holds {name}), a kind that cannot be used: get it as a plain LoRA.")
    return WeightsError(f"{file} is not a LoRA that can be used here (it holds {name}): get it as a plain LoRA.")
