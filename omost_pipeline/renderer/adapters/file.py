"""An adapter's file: its tensors by layer and kind, and all that it says about their strength.

Strength is a layer's own alpha, or what the header says (peft's configuration, kohya's ``ss_network_alpha``), or what
``adapter_config.json`` beside the file says; a layer without any has full strength. Knows no model.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite, nan, sqrt
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor

from omost_pipeline.errors import WeightsError
from omost_pipeline.renderer.adapters.formulas import rank_of, unused_kinds

_LORA = r"(?:lora_|lora(?:_linear_layer)?\.)"
_PROCESSOR = re.compile(r"\.(?:processor\.)?(to_[qkv]|to_out)_lora\.(?=(?:down|up)\.weight$)")
"""How diffusers up to 0.20 named a LoRA of an attention layer: as a part of its processor."""

_KINDS: tuple[tuple[str, str], ...] = (
    (rf"{_LORA}down\.weight|lora_A(?:\.[^.]+)?\.weight", "down"),
    (rf"{_LORA}up\.weight|lora_B(?:\.[^.]+)?\.weight", "up"),
    (r"lora_mid\.weight", "mid"),
    (r"lora_B(?:\.[^.]+)?\.bias|lora_up\.bias", "up_bias"),
    (r"lora_magnitude_vector(?:\.[^.]+)?(?:\.weight)?", "magnitude"),
    (r"(hada_[wt][12](?:_[ab])?|lokr_[wt][12](?:_[ab])?)(?:\.[^.]+)?", ""),
    (r"(?:lora\.)?(alpha)", ""),
    (r"(dora_scale|diff|diff_b|oft_blocks|rescale|w_norm|b_norm|on_input|scalar)", ""),
    (r"(a1|a2|b1|b2|bm)\.weight", ""),
    (r"ia3_l(?:\.[^.]+)?", "ia3_l"),
    (r"weight", "ia3"),
)
"""How the names of tensors end behind the layer's, and the kind that means; an empty one stands in the name itself."""

_MATRIX = re.compile("down|up$|mid|hada_|lokr_|oft_blocks|[ab][12]$|bm")
"""Kinds that have rows and columns."""

_OTHERS = (
    *((f"{kind.lower()}_", kind) for kind in ("BOFT", "BEFT", "Lily", "VeRA", "PVeRA", "FourierFT", "GLoRA", "HRA")),
    *(
        (f"{kind.lower()}_", kind)
        for kind in ("RandLoRA", "Bone", "MiSS", "RoAd", "SHiRA", "HiRA", "DeLoRA", "GraLoRA")
    ),
    *((f"{kind.lower()}_", kind) for kind in ("Poly", "FRoD", "UniLoRA", "C3A", "WaveFT", "OSF", "TinyLoRA", "PSOFT")),
    *((f"{kind.lower()}_", kind) for kind in ("PEANUT", "SuperTuning", "DEFT", "LN_Tuning", "Trainable_Tokens")),
    ("vblora_", "VB-LoRA"),
    ("oft_r", "OFT"),
    ("lora_embedding", "LoRA of embeddings"),
    ("lora_e", "AdaLoRA"),
    ("a_list", "DyLoRA"),
    ("lambda_layer", "T-LoRA"),
    ("emb_params", "textual inversion"),
    ("string_to_param", "textual inversion"),
)
"""Kinds that cannot be used, by how a part of their tensors' names begins, in lower case."""

_USED = frozenset({"LORA", "LOHA", "LOKR", "IA3"})
"""The kinds of peft's that can, as its configuration names them."""

_FROM_THE_MODEL = ("pissa", "olora", "corda", "loftq", "lora_ga", "orthogonal")
"""Ways to begin a LoRA that take something out of the model's own weights, which only peft can put back."""

_UNUSED_SETTINGS = (
    *("alora_invocation_tokens", "use_qalora", "layer_replication", "use_bdlora", "arrow_config", "kasa_config"),
    *("monteclora_config", "velora_config"),
)
"""Settings of peft's with which a LoRA's change is no longer the product of its two halves."""

_EMBEDDINGS = "bundle_emb."
_PEFT_FILE = "adapter_model.safetensors"


@dataclass(frozen=True)
class AdapterFile:
    """``layers``: a layer's name as it is written → its tensors in float32 by kind. ``unused``: what is left out."""

    layers: Mapping[str, Mapping[str, Tensor]]
    unused: tuple[str, ...]
    _header: Mapping[str, str]
    _config: Mapping[str, Any]

    def scale(self, written: str, part: str = "unet", name: str = "") -> float:
        """What the product of a layer's tensors is multiplied by; the layer is ``name`` in a ``part`` of the model.

        Raises:
            WeightsError: if the file says something that is no number.
        """
        parts, name = self.layers[written], name or written
        rank = rank_of(parts)
        settings = self._settings(part)
        if rank == 0 and "lokr_w1" in parts and settings.get("r"):
            rank = int(_pattern(settings.get("rank_pattern"), name, settings["r"]))  # peft divides by it all the same
        own = float(parts["scalar"]) if "scalar" in parts else 1.0
        if rank == 0:
            return own
        if "alpha" in parts:
            return own * float(parts["alpha"]) / rank
        alpha = settings.get("lora_alpha", settings.get("alpha"))
        alpha = _pattern(settings.get("alpha_pattern"), name, alpha)
        if alpha is None:
            alpha = self._kohya_alpha(parts)
        value = rank if alpha is None or alpha in ("None", "") else _number(alpha)
        return own * value / (sqrt(rank) if settings.get("use_rslora") else rank)

    def _kohya_alpha(self, parts: Mapping[str, Tensor]) -> str | None:
        """What kohya's trainer says of all layers, or of all convolutions that see more than a point."""
        down = parts.get("down")
        if down is not None and down.ndim == 4 and down.shape[-1] > 1:
            try:
                said = json.loads(self._header.get("ss_network_args", ""))["conv_alpha"]
            except (ValueError, TypeError, KeyError):
                pass
            else:
                return str(said)
        return self._header.get("ss_network_alpha")

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
    config = _config(file, header)
    _check_kind(file, config)
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
    for written, parts in layers.items():
        _check_parts(file, written, parts)
        if "ia3_l" in parts and parts["ia3_l"].ndim == 4:
            parts["ia3_l"] = _factors(file, written, parts["ia3_l"], config)
    return AdapterFile(dict(layers), tuple(unused), header, config)


def _check_parts(file: Path, written: str, parts: Mapping[str, Tensor]) -> None:
    """Refuse what would change a layer in silence otherwise than the file says."""
    if left := unused_kinds(parts):
        kept = min(set(parts) - left)
        raise WeightsError(
            f"The LoRA {file} holds both {kept} and {min(left)} for {written}, which cannot be used together: get it "
            "as a plain LoRA."
        )
    for kind in ("alpha", "scalar"):
        if kind in parts and parts[kind].numel() != 1:
            raise WeightsError(
                f"The LoRA {file} has {parts[kind].numel()} numbers as the {kind} of {written}, which is one number: "
                "download it again."
            )
    for kind, tensor in parts.items():
        if tensor.ndim < 2 and _MATRIX.match(kind):
            raise WeightsError(
                f"The LoRA {file} has {tensor.numel()} numbers in a row as the {kind} of {written}, which is a matrix: "
                "download it again."
            )
        if not bool(tensor.isfinite().all()):
            raise WeightsError(
                f"The LoRA {file} is spoilt: the {kind} of {written} holds values that are no numbers (NaN or "
                "infinite). Get another version of it."
            )


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
    name = _PROCESSOR.sub(r".\1.lora.", name)
    for pattern, kind in _KINDS:
        if match := re.fullmatch(rf"(.+?)\.(?:{pattern})", name):
            return match[1], kind or match[2]
    return name, ""


def _config(file: Path, header: Mapping[str, str]) -> dict[str, Any]:
    """peft's configuration, from the header or from beside the file."""
    beside = file.parent / "adapter_config.json"
    alone = file.name == _PEFT_FILE or len(list(file.parent.glob("*.safetensors"))) == 1
    if "lora_adapter_metadata" not in header and not (alone and beside.is_file()):
        return {}
    try:
        found = json.loads(header.get("lora_adapter_metadata") or beside.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise WeightsError(
            f"The configuration of the LoRA {file} cannot be read ({error}), and it says how strong it is: download it "
            "again."
        ) from error
    if not isinstance(found, dict):
        raise WeightsError(f"The configuration of the LoRA {file} is no JSON object: download it again.")
    return {name: value for key, whole in found.items() for name, value in _settings_of(key, whole)}


def _settings_of(key: str, value: object) -> Iterator[tuple[str, object]]:
    """``unet.lora_alpha``, also of a part that has its settings in an object of its own."""
    if isinstance(value, dict) and not {"r", "lora_alpha", "peft_type"}.isdisjoint(value):
        yield from ((f"{key}.{name}", each) for name, each in value.items())
    else:
        yield key, value


def _check_kind(file: Path, config: Mapping[str, Any]) -> None:
    """Refuse what its configuration says to be more than a change that can be merged as it is."""
    settings = {key.rpartition(".")[2]: value for key, value in config.items()}
    kind = str(settings.get("peft_type") or "LORA").rpartition(".")[2].upper()
    if kind not in _USED:
        named = next((name for _, name in _OTHERS if name.upper() == kind), kind)
        raise WeightsError(f"{file} is {_a(named)}, a kind that cannot be used: get it as a plain LoRA.")
    begun = str(settings.get("init_lora_weights", "")).lower()
    if begun.startswith(_FROM_THE_MODEL):
        raise WeightsError(
            f"The LoRA {file} goes with other weights than the model's own (init_lora_weights is {begun!r}): save it "
            "with peft's path_initial_model_for_weight_conversion, and it can be used."
        )
    if odd := next((name for name in _UNUSED_SETTINGS if settings.get(name)), ""):
        raise WeightsError(f"The LoRA {file} was trained with {odd}, which cannot be used: get it as a plain LoRA.")


def _a(kind: str) -> str:
    return f"{'an' if kind[0] in 'AEFHLMO' and (kind[1:2].isupper() or kind[0] in 'AEO') else 'a'} {kind}"


def _number(alpha: object) -> float:
    try:
        value = float(str(alpha))
    except ValueError:
        value = nan
    if not isfinite(value):
        raise WeightsError(
            f"The LoRA's file says that its alpha, from which its strength follows, is {str(alpha)[:40]!r}, "
            "and that is no number: get the file anew, or train it again."
        )
    return value


def _pattern(patterns: object, name: str, usual: Any) -> Any:  # noqa: ANN401  # of JSON
    """What a pattern of layers' names has for this one."""
    for pattern, value in patterns.items() if isinstance(patterns, dict) else ():
        if re.fullmatch(rf"(.*\.)?({pattern})", name):
            return value
    return usual


def _foreign(file: Path, name: str) -> WeightsError:
    words = name.lower().split(".")
    if name in {"clip_l", "clip_g"}:
        words = ["emb_params"]
    what = next((kind for mark, kind in _OTHERS for word in words if word.startswith(mark)), "")
    if what:
        return WeightsError(
            f"{file} is {_a(what)} (it holds {name}), a kind that cannot be used: get it as a plain LoRA."
        )
    return WeightsError(f"{file} is not a LoRA that can be used here (it holds {name}): get it as a plain LoRA.")
