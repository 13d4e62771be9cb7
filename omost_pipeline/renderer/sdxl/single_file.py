"""A checkpoint in one ``.safetensors`` file, as model sites and other programs share them: what it is and its configs.

Such a file holds UNet, VAE and both text encoders under the names of Stability AI's own code, and no configs. Their
numbers follow from the tensors' shapes, so the real sizes are written down nowhere. Reads headers and makes plain
dictionaries; loading is :mod:`weights`' business.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from omost_pipeline.errors import WeightsError
from omost_pipeline.renderer.sdxl.clip import WORDS
from omost_pipeline.renderer.sdxl.schedule import Prediction, Schedule

Shapes = Mapping[str, tuple[int, ...]]
Config = dict[str, Any]

UNET, VAE = "model.diffusion_model.", "first_stage_model."
_TEXT, _TEXT_2 = "conditioner.embedders.0.transformer.text_model.", "conditioner.embedders.1.model."
_HEAD = 64
"""Channels of an attention head, the same in SDXL's UNet and both of its text encoders."""
_SCALING, _SIDE, _CELL = 0.13025, 1024, 8
"""SDXL's latent scale, native side in pixels and pixels along a latent cell: no shape tells these."""

_STRANGERS = (
    ("lora", "a LoRA; it goes under models.loras"),
    ("hada_", "a LoHa; only LoRAs can be added to a model, under models.loras"),
    ("cond_stage_model.transformer.", "a Stable Diffusion 1 checkpoint"),
    ("cond_stage_model.model.", "a Stable Diffusion 2 checkpoint"),
    ("conditioner.embedders.0.model.", "the SDXL refiner"),
    ("joint_blocks.", "a Stable Diffusion 3 checkpoint"),
    ("double_blocks.", "a Flux checkpoint"),
    ("control_model.", "a ControlNet"),
    ("input_hint_block.", "a ControlNet"),
)
"""What a part of a tensor's name gives away, to be looked for in this order."""


_VELOCITY = ("v", "v_pred", "v_prediction", "velocity")
_NOISE = ("epsilon", "eps", "noise")
"""What headers call the two predictions."""

_TRAININGS = (
    ("edm_mean", "latent statistics and noise levels of its own"),
    ("edm_std", "latent statistics and noise levels of its own"),
    ("edm", "EDM's noise levels"),
    ("latents_mean", "latent statistics of its own"),
    ("latents_std", "latent statistics of its own"),
    ("flow", "the noise levels of flow matching"),
)
"""What names of tensors begin with by which other programs know checkpoints of another noise theory."""

_LEVELS = re.compile(r"(?:.*\.)?(?:alphas_cumprod|betas|(?:log_)?sigmas)")
"""Under which names files state their noise levels, where they do."""

_SCALE = "scale_factor"
"""Under which name files state by what latents are multiplied, where they do."""

_IDLE = re.compile(
    r"model_ema\.|loss\.|optimizer|lr_scheduler|(?:global_)?(?:step|epoch)|logvar$|lvlb_weights$|sqrt_|log_one_minus_"
    r"|posterior_|alphas_cumprod_prev$|v_pred$|ztsnr$|scaled_fp8$|denoiser\.|.*(?:position_ids|logit_scale)$"
)
"""Tensors that training leaves behind, or that are marks read elsewhere: no picture hangs on their numbers."""

_PREDICTS = re.compile(r"(?:.*\.|ss_)?(?:prediction_type|predict_key|parameterization)")
"""Under which names headers say what the model predicts."""

_NEAR = 2e-3
"""How far off a remaining signal may be, 0…1: float16 keeps it that well."""

SCALES = (".scale_weight", ".weight_scale")
"""How the name of the number ends that a layer's float8 weight is to be multiplied by."""

BESIDE = (".scale_input", ".input_scale", "scaled_fp8", ".comfy_quant")
"""What other programs keep beside float8 weights: scales of what a layer reads, and marks of such weights."""

_QUANTIZED = "_quantization_metadata"
"""Where a header says in which format each layer's numbers are."""

_WHOLE = frozenset({"I8", "U8", "I16", "U16", "I32", "U32", "I64", "U64"})
"""What safetensors calls whole numbers."""

_WEIGHTS = (
    "weight",
    "bias",
    "positional_embedding",
    "text_projection",
    "logit_scale",
    "position_ids",
)


@dataclass(frozen=True)
class SingleFile:
    """A checkpoint's configs by folder, as diffusers would write them, and how it was trained."""

    configs: dict[str, Config]
    prediction: Prediction
    zero_snr: bool


def read_single_file(path: Path) -> SingleFile:
    """Understand a checkpoint by its header; reads no weights.

    Raises:
        WeightsError: if the file is damaged or holds something else than an SDXL base model; says what it is.
    """
    try:
        with safe_open(path, framework="pt") as file:
            shapes = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
            metadata = file.metadata() or {}
            stated = [name for name in shapes if not _is_part(name) and (_LEVELS.fullmatch(name) or name == _SCALE)]
            levels = {name: file.get_tensor(name).double() for name in stated}
            whole = {name for name in shapes if file.get_slice(name).get_dtype() in _WHOLE}
            marks = [name for name in shapes if name.endswith(".comfy_quant")]
            formats = {name: _format(bytes(file.get_tensor(name).tolist())) for name in marks} | _formats(metadata)
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"The checkpoint {path} is damaged ({error}): download it again.") from error
    _check_kind(path, shapes)
    try:
        configs = {
            "unet": _unet(shapes),
            "vae": _vae(shapes),
            "text_encoder": _text(shapes),
            "text_encoder_2": _text_2(shapes),
        }
    except (KeyError, IndexError, ValueError) as error:
        raise WeightsError(f"The checkpoint {path} lacks weights ({error}): download it again.") from error
    _check_tensors(path, shapes, formats, whole)
    _check_sizes(path, configs)
    _check_rest(path, shapes)
    _check_scale(path, levels.pop(_SCALE, None))
    zero_snr = "ztsnr" in shapes or _is_true(metadata.get("ss_zero_terminal_snr", ""))
    zero_snr = any([zero_snr, *(_ends_in_noise(path, name, stated) for name, stated in levels.items())])
    return SingleFile(configs, _prediction(path, shapes, metadata), zero_snr)


def schedule_config(prediction: Prediction, zero_snr: bool) -> Config:
    """SDXL's own noise levels; such files tell no more than what the model predicts and how the levels end."""
    return {
        "beta_schedule": "scaled_linear",
        "beta_start": 0.00085,
        "beta_end": 0.012,
        "prediction_type": prediction,
        "rescale_betas_zero_snr": zero_snr,
    }


def _ends_in_noise(path: Path, name: str, stated: Tensor) -> bool:
    """Whether the noise levels that a file states are SDXL's without any signal at their end; False if they are SDXL's.

    Raises:
        WeightsError: if they are neither.
    """
    for zero_snr in (False, True):
        sigmas = torch.tensor(Schedule.of(schedule_config("epsilon", zero_snr)).sigmas, dtype=torch.float64)
        own = 1 / (1 + sigmas**2)
        kept = _kept(name.rpartition(".")[2], stated.flatten())
        if kept.shape == own.shape and torch.allclose(kept, own, atol=_NEAR, rtol=0):
            return zero_snr
    raise WeightsError(f"{path} was trained with noise levels of its own ({name}), which cannot be drawn with.")


def _kept(name: str, stated: Tensor) -> Tensor:
    """How much signal is kept at each timestep, by what a file states under a name."""
    if name == "alphas_cumprod":
        return stated
    if name == "betas":
        return torch.cumprod(1 - stated, 0)
    sigmas = stated.exp() if name == "log_sigmas" else stated
    return 1 / (1 + sigmas.sort().values ** 2)


def _prediction(path: Path, shapes: Shapes, metadata: Mapping[str, str]) -> Prediction:
    """What the model was trained to predict, as the file's marks and header say; noise where they say nothing."""
    flow = next((name for name, value in metadata.items() if "flow" in name.lower() and _is_true(value)), "")
    if flow:
        raise WeightsError(f"{path} was trained by flow matching ({flow}), which cannot be drawn with: choose another.")
    said = next((value for name, value in sorted(metadata.items()) if _PREDICTS.fullmatch(name) and value), "")
    kind = said.strip().lower().replace("-", "_")
    if kind not in {"", *_VELOCITY, *_NOISE}:
        raise WeightsError(f"{path} was trained to predict {said!r}; only noise and velocity can be drawn with.")
    velocity = "v_pred" in shapes or _is_true(metadata.get("ss_v_parameterization", ""))
    return "v_prediction" if velocity or kind in _VELOCITY else "epsilon"


def _is_true(said: str) -> bool:
    return said.strip().lower() in {"true", "1", "yes"}


def _is_part(name: str) -> bool:
    """Whether a tensor belongs to a part of the model."""
    return name.startswith((UNET, VAE, _TEXT, _TEXT_2))


def _format(mark: bytes | str) -> str:
    """What ComfyUI notes beside a layer's weight: a JSON object that names the numbers' format."""
    try:
        return str(json.loads(mark)["format"])
    except (ValueError, TypeError, KeyError):
        return "unknown"


def _formats(metadata: Mapping[str, str]) -> dict[str, str]:
    """The same of all layers, where it stands in the header instead."""
    if _QUANTIZED not in metadata:
        return {}
    try:
        layers = json.loads(metadata[_QUANTIZED])["layers"].items()
    except (ValueError, TypeError, KeyError, AttributeError):
        return {_QUANTIZED: "unknown"}
    return {f"{name} ({_QUANTIZED})": _format(json.dumps(mark)) for name, mark in layers}


def _check_tensors(path: Path, shapes: Shapes, formats: Mapping[str, str], whole: Collection[str]) -> None:
    """Refuse what tells of another training, or of weights that are stored in a way not known here."""
    for mark, what in _TRAININGS:
        if found := next((name for name in sorted(shapes) if name.startswith(mark)), ""):
            raise WeightsError(f"{path} was trained with {what} ({found}), which cannot be drawn with: choose another.")
    if packed := next((name for name, kind in sorted(formats.items()) if not kind.startswith("float8")), ""):
        raise WeightsError(
            f"{path} holds {packed} in the format {formats[packed]}, so its weights are stored in a way that is not "
            "known here: get the checkpoint in float16, or in float8."
        )
    for name in filter(_is_part, shapes):
        bare = name.rpartition(".")[0]
        scaled = any(f"{bare}{scale}" in shapes for scale in SCALES)
        if name in whole and (name.endswith(SCALES) or (name.endswith(".weight") and not scaled)):
            raise WeightsError(
                f"{path} holds {name} in whole numbers without a scale, so its weights are stored in a way that is not "
                "known here: get the checkpoint in float16, or in float8."
            )
        if not name.endswith((*_WEIGHTS, *SCALES, *BESIDE)):
            raise WeightsError(
                f"{path} holds {name}, so its weights are stored in a way that is not known here: get the checkpoint "
                "in float16, or in float8."
            )


def _check_sizes(path: Path, configs: Mapping[str, Config]) -> None:
    """Refuse parts that do not go together."""
    latent, given = configs["vae"]["latent_channels"], configs["unet"]["out_channels"]
    if (latent, given) != (4, 4):
        raise WeightsError(
            f"{path} has a VAE of {latent} channels and a UNet that gives {given}, where SDXL has 4 of both: choose "
            "an SDXL base checkpoint."
        )


def _check_rest(path: Path, shapes: Shapes) -> None:
    """Refuse tensors of no part that nobody would use."""
    rest = (name for name in shapes if not _is_part(name) and not _IDLE.match(name))
    for name in sorted(name for name in rest if not _LEVELS.fullmatch(name) and name != _SCALE):
        raise WeightsError(
            f"{path} holds {name}, which SDXL has no use for: the model is more than what is drawn with here. Get the "
            "plain checkpoint."
        )


def _check_scale(path: Path, scale: Tensor | None) -> None:
    """Refuse latents of another scale than SDXL's."""
    if scale is not None and abs(float(scale.mean()) / _SCALING - 1) > _NEAR:
        raise WeightsError(
            f"{path} multiplies latents by {float(scale.mean()):g} ({_SCALE}), SDXL by {_SCALING}: choose another."
        )


def _check_kind(path: Path, shapes: Shapes) -> None:
    """Refuse what is not an SDXL base model with everything in it."""
    prefixes = {"a UNet": UNET, "a VAE": VAE, "CLIP-L": _TEXT, "CLIP-G": _TEXT_2}
    missing = [part for part, prefix in prefixes.items() if not any(name.startswith(prefix) for name in shapes)]
    if missing:
        mark = next((what for part, what in _STRANGERS if any(part in name for name in shapes)), None)
        if mark is not None:
            raise WeightsError(f"{path} is {mark}: choose an SDXL checkpoint.")
        raise WeightsError(f"{path} lacks {', '.join(missing)}: choose an SDXL checkpoint that has everything in it.")
    channels = shapes.get(f"{UNET}input_blocks.0.0.weight", (0, 4))[1]
    if channels != 4:
        raise WeightsError(
            f"{path} reads {channels} channels in place of 4, as models for inpainting and editing do: choose an SDXL "
            "base checkpoint."
        )
    for prefix in (f"{_TEXT}embeddings.token_embedding.weight", f"{_TEXT_2}token_embedding.weight"):
        if prefix in shapes and shapes[prefix][0] != WORDS:
            raise WeightsError(f"{path} knows {shapes[prefix][0]} tokens; SDXL's vocabulary has {WORDS}.")


def _unet(shapes: Shapes) -> Config:
    """The config of the UNet, whose levels end with a strided convolution each."""
    blocks = f"{UNET}input_blocks."
    channels: list[int] = []
    depths: list[int] = []
    resnets = [0]
    for number in range(1, _count(shapes, blocks)):
        if f"{blocks}{number}.0.op.weight" in shapes:
            resnets.append(0)
            continue
        level = len(resnets) - 1
        resnets[level] += 1
        channels[level:] = [shapes[f"{blocks}{number}.0.in_layers.2.weight"][0]]
        depths[level:] = [_count(shapes, f"{blocks}{number}.1.transformer_blocks.")]
    attended = next(name for name in shapes if name.startswith(blocks) and name.endswith(".attn2.to_k.weight"))
    first = attended.split(".transformer_blocks.")[0]
    added = shapes[f"{UNET}label_emb.0.0.weight"][1]
    pooled = shapes[f"{_TEXT_2}text_projection"][1]
    down = ["CrossAttnDownBlock2D" if depth else "DownBlock2D" for depth in depths]
    up = ["CrossAttnUpBlock2D" if depth else "UpBlock2D" for depth in reversed(depths)]
    return {
        "_class_name": "UNet2DConditionModel",
        "sample_size": _SIDE // _CELL,
        "in_channels": 4,
        "out_channels": shapes[f"{UNET}out.2.weight"][0],
        "block_out_channels": channels,
        "down_block_types": down,
        "up_block_types": up,
        "layers_per_block": resnets[0],
        "transformer_layers_per_block": [max(depth, 1) for depth in depths],
        "attention_head_dim": [width // _HEAD for width in channels],  # heads, whatever the library calls them
        "cross_attention_dim": shapes[attended][1],
        "use_linear_projection": len(shapes[f"{first}.proj_in.weight"]) == 2,
        "addition_embed_type": "text_time",
        "addition_time_embed_dim": (added - pooled) // 6,
        "projection_class_embeddings_input_dim": added,
    }


def _vae(shapes: Shapes) -> Config:
    down = f"{VAE}encoder.down."
    levels = range(_count(shapes, down))
    return {
        "_class_name": "AutoencoderKL",
        "down_block_types": ["DownEncoderBlock2D" for _ in levels],
        "up_block_types": ["UpDecoderBlock2D" for _ in levels],
        "block_out_channels": [shapes[f"{down}{level}.block.0.conv1.weight"][0] for level in levels],
        "layers_per_block": _count(shapes, f"{down}0.block."),
        "latent_channels": shapes[f"{VAE}post_quant_conv.weight"][0],
        "sample_size": _SIDE,
        "scaling_factor": _SCALING,
    }


def _text(shapes: Shapes) -> Config:
    first = f"{_TEXT}encoder.layers.0."
    return _clip(
        shapes[f"{_TEXT}embeddings.token_embedding.weight"],
        shapes[f"{_TEXT}embeddings.position_embedding.weight"][0],
        shapes[f"{first}mlp.fc1.weight"][0],
        _count(shapes, f"{_TEXT}encoder.layers."),
    ) | {"architectures": ["CLIPTextModel"], "hidden_act": "quick_gelu"}


def _text_2(shapes: Shapes) -> Config:
    first = f"{_TEXT_2}transformer.resblocks.0."
    return _clip(
        shapes[f"{_TEXT_2}token_embedding.weight"],
        shapes[f"{_TEXT_2}positional_embedding"][0],
        shapes[f"{first}mlp.c_fc.weight"][0],
        _count(shapes, f"{_TEXT_2}transformer.resblocks."),
    ) | {
        "architectures": ["CLIPTextModelWithProjection"],
        "hidden_act": "gelu",
        "projection_dim": shapes[f"{_TEXT_2}text_projection"][1],
    }


def _clip(words: tuple[int, ...], window: int, inner: int, layers: int) -> Config:
    return {
        "model_type": "clip_text_model",
        "vocab_size": words[0],
        "hidden_size": words[1],
        "num_attention_heads": words[1] // _HEAD,
        "intermediate_size": inner,
        "num_hidden_layers": layers,
        "max_position_embeddings": window,
        "bos_token_id": WORDS - 2,
        "eos_token_id": WORDS - 1,
        "pad_token_id": 0,
    }


def _count(names: Iterable[str], prefix: str) -> int:
    """How many numbers, from 0 on, follow the prefix."""
    found = {int(match[1]) for name in names if (match := re.match(rf"{re.escape(prefix)}(\d+)\.", name))}
    return max(found, default=-1) + 1
