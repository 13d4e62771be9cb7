"""Where the parts of an SDXL checkpoint come from: a folder in diffusers' layout, or one ``.safetensors`` file.

A folder may be Stable Diffusion 1's, which has one text encoder: GLIGEN's checkpoints are of that kind.
Knows the libraries' loaders and their many ways to fail; knows nothing of devices, LoRAs or pictures.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

import diffusers
import torch
from accelerate import init_empty_weights
from diffusers.loaders.single_file_utils import (
    convert_ldm_clip_checkpoint,
    convert_ldm_unet_checkpoint,
    convert_ldm_vae_checkpoint,
    convert_open_clip_checkpoint,
)
from diffusers.schedulers.scheduling_euler_discrete import EulerDiscreteScheduler
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from omost_pipeline.errors import WeightsError
from omost_pipeline.renderer.layered import alpha_head
from omost_pipeline.renderer.loading import check_whole, damaged, told
from omost_pipeline.renderer.sdxl.clip import tokenizers
from omost_pipeline.renderer.sdxl.single_file import (
    BESIDE,
    SCALES,
    UNET,
    VAE,
    SingleFile,
    read_single_file,
    schedule_config,
)

_Part = TypeVar("_Part", bound=nn.Module)

_FOLDERS = ("unet", "vae", "text_encoder", "text_encoder_2", "tokenizer", "tokenizer_2", "scheduler")
_WEIGHED = (*_FOLDERS[:4], alpha_head.FOLDER)
_SECOND = ("text_encoder_2", "tokenizer_2")

_SAID_OF_NOISE = (
    *("num_train_timesteps", "beta_schedule", "beta_start", "beta_end", "trained_betas", "prediction_type"),
    *("rescale_betas_zero_snr", "snr_shift_scale"),
)
"""What a scheduler's configuration says of the model's training."""

_UNNEEDED = ("position_ids", "logit_scale")
"""What older files hold of text encoders, and no model reads any more."""


class Checkpoint(Protocol):
    """The parts of a model. Every method raises WeightsError for what is missing, damaged or of another kind."""

    def schedule(self) -> dict[str, object]:
        """How noise was added in training, as diffusers' ``scheduler_config.json`` has it."""
        ...

    @property
    def second(self) -> bool:
        """Whether there is a second text encoder."""
        ...

    def tokenizers(self) -> tuple[CLIPTokenizer, CLIPTokenizer | None]:
        """CLIP-L's and CLIP-G's, where there is one."""
        ...

    def part(self, kind: type[_Part], folder: str, dtype: torch.dtype) -> _Part:
        """One model in ``dtype`` on the CPU; ``folder`` is its name in diffusers' layout."""
        ...


def chosen_files(files: Sequence[str]) -> Iterable[str]:
    """Of a checkpoint's files on the hub those that are loaded: for each part the float16 ones if there are any."""
    for folder in _WEIGHED:
        weights = [file for file in files if file.startswith(f"{folder}/") and file.endswith(".safetensors")]
        yield from [file for file in weights if _is_half(file)] or weights


class FolderCheckpoint:
    """A folder in diffusers' layout."""

    def __init__(self, path: Path) -> None:
        """Refuses a folder that is visibly something else, before any large file is read.

        Raises:
            WeightsError: naming the folder or file that tells so.
        """
        self._path = path
        self.second = not _is_first_version(path)
        for folder in _FOLDERS:
            if not (path / folder).is_dir() and (self.second or folder not in _SECOND):
                raise WeightsError(
                    f"The renderer's folder {path} has no {folder} folder, so it is not an SDXL checkpoint in "
                    "diffusers' layout: check the path, or download the model again."
                )
        for folder, kind in (("unet", "UNet2DConditionModel"), ("vae", "AutoencoderKL")):
            config = path / folder / "config.json"
            try:
                found = json.loads(config.read_text("utf-8")).get("_class_name")
            except (OSError, ValueError, AttributeError) as error:
                raise WeightsError(f"{config} cannot be read ({error}): download the model again.") from error
            if found != kind:
                raise WeightsError(f"{config} describes a {found}, not a {kind}: choose an SDXL checkpoint.")

    def schedule(self) -> dict[str, object]:
        """See :class:`Checkpoint`."""
        with told(self._path, "scheduler"):
            config = dict(EulerDiscreteScheduler.load_config(str(self._path), subfolder="scheduler"))
        return _whole_schedule(self._path, config)

    def tokenizers(self) -> tuple[CLIPTokenizer, CLIPTokenizer | None]:
        """See :class:`Checkpoint`."""
        return self._tokenizer("tokenizer"), self._tokenizer("tokenizer_2") if self.second else None

    def _tokenizer(self, folder: str) -> CLIPTokenizer:
        try:
            tokenizer = CLIPTokenizer.from_pretrained(self._path, subfolder=folder)
        except Exception as error:  # the tokenizers library raises bare Exception for damaged files
            raise damaged(self._path, folder, error) from error
        assert isinstance(tokenizer, CLIPTokenizer)
        return tokenizer

    def part(self, kind: type[_Part], folder: str, dtype: torch.dtype) -> _Part:
        """See :class:`Checkpoint`. Of float16 files if there are any."""
        half = any(_is_half(file.name) for file in (self._path / folder).iterdir())
        load: Any = kind
        named = {"dtype" if issubclass(kind, CLIPTextModel | CLIPTextModelWithProjection) else "torch_dtype": dtype}
        with told(self._path, folder):
            model, report = load.from_pretrained(
                str(self._path),
                subfolder=folder,
                variant="fp16" if half else None,
                use_safetensors=True,
                output_loading_info=True,
                **named,
            )
        # The libraries fill what a checkpoint lacks with random numbers and only warn.
        check_whole(self._path, folder, report["missing_keys"])
        _check_used(self._path, folder, report["unexpected_keys"])
        return cast("_Part", model)


def _is_first_version(path: Path) -> bool:
    """Whether a folder is Stable Diffusion 1's: its UNet is told nothing beside text, and there is one encoder."""
    try:
        unet = json.loads((path / "unet" / "config.json").read_text("utf-8"))
        return unet.get("addition_embed_type") is None and not (path / "text_encoder_2").is_dir()
    except (OSError, ValueError, AttributeError):  # what is wrong with it is told where it is loaded
        return False


def _whole_schedule(path: Path, config: dict[str, object]) -> dict[str, object]:
    """A scheduler's configuration with what its own class takes where nothing is said.

    Raises:
        WeightsError: if the class is one whose noise levels are not made of betas.
    """
    name = str(config.get("_class_name") or "")
    made: Any = getattr(diffusers, name, None) if name.isidentifier() else None
    if made is None:
        return config
    usual = {key: each.default for key, each in inspect.signature(made.__init__).parameters.items()}
    if "kwargs" in usual:  # a stand-in of the library's for one that needs another package
        return config
    if not {"beta_schedule", "beta_start"} <= set(usual):
        raise WeightsError(
            f"The renderer {path} needs a noise schedule not known here: its scheduler is {name}, whose noise levels "
            "are not those of betas."
        )
    return {key: value for key, value in usual.items() if key in _SAID_OF_NOISE} | config


class FileCheckpoint:
    """One ``.safetensors`` file with everything in it."""

    second = True

    def __init__(self, path: Path) -> None:
        """Refuses a file of another kind, before its weights are read.

        Raises:
            WeightsError: saying what the file is.
        """
        self._path = path
        self._found: SingleFile = read_single_file(path)

    def schedule(self) -> dict[str, object]:
        """See :class:`Checkpoint`."""
        return schedule_config(self._found.prediction, self._found.zero_snr)

    def tokenizers(self) -> tuple[CLIPTokenizer, CLIPTokenizer]:
        """See :class:`Checkpoint`. The bundled ones."""
        return tokenizers()

    def part(self, kind: type[_Part], folder: str, dtype: torch.dtype) -> _Part:
        """See :class:`Checkpoint`."""
        make: Any = kind
        config = self._found.configs[folder]
        with told(self._path, folder):
            with init_empty_weights():
                model = make(make.config_class(**config)) if "model_type" in config else make.from_config(config)
            tensors = _converted(self._tensors, folder, config, model)
            unused = _unused(self._tensors, folder, tensors)
            if not hasattr(model, "text_model"):
                tensors = {name.removeprefix("text_model."): tensor for name, tensor in tensors.items()}
            report = model.load_state_dict(tensors, strict=False, assign=True)
        check_whole(self._path, folder, report.missing_keys)
        _check_used(self._path, folder, (*unused, *report.unexpected_keys))
        return cast("_Part", model.to(dtype))

    @cached_property
    def _tensors(self) -> dict[str, Tensor]:
        """All tensors, mapped from the disk and read where they are used."""
        with told(self._path, "weights"):
            return _unscaled(load_file(self._path))


def _unscaled(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The weights as numbers of their own, where the file has them in float8 with a scale beside each."""
    scales = {name: scale for name, scale in tensors.items() if name.endswith(SCALES)}
    whole = {name: value for name, value in tensors.items() if name not in scales and not name.endswith(BESIDE)}
    for name, scale in scales.items():
        weight = f"{name.rpartition('.')[0]}.weight"
        if weight in whole:
            whole[weight] = whole[weight].float() * _spread(scale.float(), whole[weight])
    return whole


def _spread(scale: Tensor, weight: Tensor) -> Tensor:
    """A scale of all weights, of each row, or of each block of rows and columns, as it multiplies the weights."""
    if scale.ndim == 2 and weight.ndim == 2 and scale.shape[1] > 1:
        blocks = [_block(whole, count) for whole, count in zip(weight.shape, scale.shape, strict=True)]
        spread = scale.repeat_interleave(blocks[0], 0).repeat_interleave(blocks[1], 1)
        return spread[: weight.shape[0], : weight.shape[1]]
    return scale.reshape(-1, *(1 for _ in weight.shape[1:]))


def _block(whole: int, count: int) -> int:
    """How long each of ``count`` blocks is that cover ``whole``: a power of two, whose last block may be shorter."""
    least = -(-whole // count)
    power = 1 << (least - 1).bit_length()
    if -(-whole // power) == count:
        return power
    if whole % count:
        raise ValueError(f"a scale of {count} blocks does not fit {whole} numbers")
    return least


def _converted(tensors: dict[str, Tensor], folder: str, config: dict[str, Any], model: nn.Module) -> dict[str, Tensor]:
    """One model's tensors of a single file, under the libraries' names."""
    converted: dict[str, Tensor]
    if folder == "unet":
        converted = convert_ldm_unet_checkpoint(tensors, config)
    elif folder == "vae":
        converted = convert_ldm_vae_checkpoint(tensors, config)
    elif folder == "text_encoder":
        converted = convert_ldm_clip_checkpoint(tensors)
    else:
        converted = convert_open_clip_checkpoint(model, tensors, prefix="conditioner.embedders.1.model.")
    return converted


def _unused(tensors: dict[str, Tensor], folder: str, converted: dict[str, Tensor]) -> list[str]:
    """The UNet's or VAE's tensors of which the converter made nothing; it hands on those that it knows as they are."""
    prefix = {"unet": UNET, "vae": VAE}.get(folder)
    used = {id(tensor) for tensor in converted.values()}
    return [
        name
        for name, tensor in tensors.items()
        if prefix
        and name.startswith(prefix)
        and id(tensor) not in used
        and ".attn_1." not in name  # whose weights are given another shape
    ]


def _is_half(file: str) -> bool:
    return ".fp16." in file or ".fp16-" in file


def _check_used(path: Path, folder: str, unexpected: Iterable[str]) -> None:
    """Refuse weights that nobody would use: the model was more than what draws here, or is stored otherwise."""
    if left := sorted(name for name in unexpected if not name.endswith(_UNNEEDED)):
        raise WeightsError(
            f"The renderer's {folder} in {path} holds {left[0]}, which SDXL has no use for: it is another model, or "
            "its weights are stored in a way that is not known here. Get the checkpoint in float16."
        )
