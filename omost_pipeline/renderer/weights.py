"""From a hub name or a folder in diffusers' SDXL layout to a renderer, or one sentence about what is wrong.

Knows the libraries' loaders and their many ways to fail; knows nothing of how pictures are made.
"""

from __future__ import annotations

import contextlib
import json
import warnings
from collections.abc import Callable, Generator
from logging import CRITICAL
from pathlib import Path
from typing import Any, TypeVar

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.schedulers.scheduling_euler_discrete import EulerDiscreteScheduler
from diffusers.utils import logging as diffusers_logging
from safetensors import SafetensorError
from torch import nn
from transformers import CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer
from transformers.utils import logging as transformers_logging

from omost_pipeline.errors import MemoryShortError, WeightsError
from omost_pipeline.renderer.preview import fit_preview
from omost_pipeline.renderer.sampling import Schedule
from omost_pipeline.renderer.sdxl import SdxlParts, SdxlRenderer
from omost_pipeline.renderer.text_encoder import TextEncoder

_Part = TypeVar("_Part", bound=nn.Module)
_Loaded = TypeVar("_Loaded")

_FOLDERS = ("unet", "vae", "text_encoder", "text_encoder_2", "tokenizer", "tokenizer_2", "scheduler")

_ROOMY = 12 * 2**30
"""Bytes of GPU memory from which on all parts stay there; below, each is moved there only while it works."""

_LOADER_ERRORS = (OSError, ValueError, KeyError, TypeError, RuntimeError, ImportError, AttributeError, SafetensorError)
"""What the libraries raise for absent, unreachable, damaged or foreign files, between them."""


def load_renderer(name_or_path: str, device: str = "cpu") -> SdxlRenderer:
    """Load an SDXL checkpoint, ready to draw on ``device`` (``"cpu"``, ``"cuda"``, ``"cuda:1"``).

    float32 on a CPU; on CUDA float16, and bfloat16 for the VAE, whose activations overflow float16. Of a hub name
    the float16 files are fetched where there are any.

    Raises:
        WeightsError: if files are missing, damaged, unreachable or not an SDXL checkpoint's.
        MemoryShortError: if the model does not fit the device.
    """
    path = Path(name_or_path).expanduser()
    if path.is_dir():
        _check_layout(path)
    elif path.exists() or name_or_path.startswith(("/", ".", "~")) or name_or_path.count("/") != 1:
        raise WeightsError(
            f"There is no model folder at {path}: give a folder in diffusers' SDXL layout, or a hub name such as "
            "owner/model."
        )
    source = _Source(str(path) if path.is_dir() else name_or_path, torch.device(device))
    try:
        with _quiet_libraries():
            return SdxlRenderer(source.parts())
    except torch.OutOfMemoryError as error:
        raise MemoryShortError(
            f"The renderer {name_or_path} does not fit the memory of {device}: close other programs that use it."
        ) from error


class _Source:
    """A checkpoint to load parts from."""

    def __init__(self, name: str, device: torch.device) -> None:
        self._name, self._device = name, device

    def parts(self) -> SdxlParts:
        cuda = self._device.type == "cuda"
        hop = cuda and torch.cuda.get_device_properties(self._device).total_memory < _ROOMY
        place = torch.device("cpu") if hop else self._device
        half, brain = (torch.float16, _brain_float()) if cuda else (torch.float32, torch.float32)
        schedule = self._schedule()  # small files first, so that a wrong model is told at once
        tokenizers = [self._tokenizer(folder) for folder in ("tokenizer", "tokenizer_2")]
        text = TextEncoder(
            tokenizers[0],
            tokenizers[1],
            self._weights(CLIPTextModel, "text_encoder", place, {"dtype": half}),
            self._weights(CLIPTextModelWithProjection, "text_encoder_2", place, {"dtype": half}),
        )
        vae = self._weights(AutoencoderKL, "vae", place, {"torch_dtype": brain})
        unet = self._weights(UNet2DConditionModel, "unet", place, {"torch_dtype": half})
        self._check_fit(unet, text)
        return SdxlParts(text, unet, vae, schedule, fit_preview(vae), self._device, hop)

    def _schedule(self) -> Schedule:
        config = self._load("scheduler", lambda: EulerDiscreteScheduler.load_config(self._name, subfolder="scheduler"))
        try:
            return Schedule.of(dict(config))
        except ValueError as error:
            raise WeightsError(f"The renderer {self._name} needs a noise schedule not known here: {error}.") from error

    def _tokenizer(self, folder: str) -> CLIPTokenizer:
        try:
            tokenizer = CLIPTokenizer.from_pretrained(self._name, subfolder=folder)
        except Exception as error:  # the tokenizers library raises bare Exception for damaged files
            raise self._damaged(folder, error) from error
        assert isinstance(tokenizer, CLIPTokenizer)
        return tokenizer

    def _weights(self, kind: type[_Part], folder: str, place: torch.device, options: dict[str, Any]) -> _Part:
        """One model, of float16 files if there are any. Refuses files that lack some of the model's weights."""
        options |= {"subfolder": folder, "use_safetensors": True, "output_loading_info": True}
        load: Any = kind
        model, report = self._load(folder, lambda: self._half_or_whole(load.from_pretrained, folder, options))
        # The libraries fill what a checkpoint lacks with random numbers and only warn.
        if report["missing_keys"]:
            missing = sorted(report["missing_keys"])
            raise WeightsError(
                f"The renderer's {folder} in {self._name} lacks {len(missing)} of its weights ({missing[0]} first): "
                "download the model again."
            )
        assert isinstance(model, kind)
        nn.Module.to(model, place)  # transformers' own does no more here, and is typed wrongly
        return model.eval().requires_grad_(False)

    def _half_or_whole(self, load: Callable[..., _Loaded], folder: str, options: dict[str, Any]) -> _Loaded:
        local = Path(self._name)
        if local.is_dir():
            half = any((local / folder).glob("*.fp16.*"))
            return load(self._name, variant="fp16" if half else None, **options)
        try:
            return load(self._name, variant="fp16", **options)
        except (OSError, ValueError):  # the hub has no such variant, or what is wrong shows again
            return load(self._name, **options)

    def _load(self, folder: str, load: Callable[[], _Loaded]) -> _Loaded:
        try:
            return load()
        except _LOADER_ERRORS as error:
            raise self._damaged(folder, error) from error

    def _damaged(self, folder: str, error: Exception) -> WeightsError:
        if isinstance(error, torch.OutOfMemoryError):
            raise error
        cause = " ".join(str(error).strip().split("\n")[0].split()).rstrip(".:") or type(error).__name__
        advice = (
            "the folder is incomplete or damaged; download it again"
            if Path(self._name).is_dir()
            else "check the name and the network, or give the path of a downloaded folder"
        )
        return WeightsError(f"The renderer's {folder} could not be loaded from {self._name} ({cause}): {advice}.")

    def _check_fit(self, unet: UNet2DConditionModel, text: TextEncoder) -> None:
        """Whether the text encoders are the ones this UNet was trained with, as far as sizes tell."""
        config, first, second = unet.config, text.text_encoder.config, text.text_encoder_2.config
        width = int(first.hidden_size) + int(second.hidden_size)
        added = int(second.projection_dim or 0) + 6 * int(config["addition_time_embed_dim"] or 0)
        if config["addition_embed_type"] != "text_time" or config["projection_class_embeddings_input_dim"] != added:
            raise WeightsError(f"The unet in {self._name} is not an SDXL base model's: choose an SDXL checkpoint.")
        if config["cross_attention_dim"] != width:
            raise WeightsError(
                f"The unet in {self._name} reads text of width {config['cross_attention_dim']}, but its text encoders "
                f"write {width}: their files do not belong together, download the model again."
            )


def _check_layout(path: Path) -> None:
    """Refuse a folder that is visibly not an SDXL checkpoint, before any large file is read."""
    for folder in _FOLDERS:
        if not (path / folder).is_dir():
            raise WeightsError(
                f"The renderer's folder {path} has no {folder} folder, so it is not an SDXL checkpoint in diffusers' "
                "layout: check the path, or download the model again."
            )
    for folder, kind in (("unet", "UNet2DConditionModel"), ("vae", "AutoencoderKL")):
        config = path / folder / "config.json"
        try:
            found = json.loads(config.read_text("utf-8")).get("_class_name")
        except (OSError, ValueError, AttributeError) as error:
            raise WeightsError(f"{config} cannot be read ({error}): download the model again.") from error
        if found != kind:
            raise WeightsError(f"{config} describes a {found}, not a {kind}: choose an SDXL checkpoint.")


def _brain_float() -> torch.dtype:
    return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32


@contextlib.contextmanager
def _quiet_libraries() -> Generator[None, None, None]:
    """Turn the libraries' progress bars and log lines off meanwhile; what is wrong comes back as an error instead."""
    bars = transformers_logging.is_progress_bar_enabled(), diffusers_logging.is_progress_bar_enabled()
    levels = transformers_logging.get_verbosity(), diffusers_logging.get_verbosity()
    for logging in (transformers_logging, diffusers_logging):
        logging.set_verbosity(CRITICAL)
        logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            # diffusers calls the hub in an outdated way; nobody else can do anything about it.
            warnings.filterwarnings("ignore", "The `local_dir_use_symlinks` argument")
            yield
    finally:
        for logging, bar, level in zip((transformers_logging, diffusers_logging), bars, levels, strict=True):
            logging.set_verbosity(level)
            if bar:
                logging.enable_progress_bar()
