"""From a hub name, a folder or a GGUF file to a chat model and its tokenizer, or one sentence about what is wrong.

Knows the transformers loaders and their many ways to fail; knows nothing of how text is written.
"""

from __future__ import annotations

import contextlib
import importlib.util
import logging
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import torch
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoTokenizer,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)
from transformers.utils import logging as transformers_logging

from omost_pipeline import hub
from omost_pipeline.composer.local.abilities import abilities_of
from omost_pipeline.composer.local.gguf_header import gguf_files, is_gguf, is_piece, no_model, no_whole_file, refusal_of
from omost_pipeline.errors import MemoryShortError, WeightsError

_FULL_PRECISION_PARAMETERS = 1_000_000_000
"""On a CPU, models up to this size run in float32, which is faster there; larger ones keep their checkpoint's type."""


@dataclass(frozen=True)
class Checkpoint:
    """What was asked for, the folder where it lies, and the GGUF file in it that holds everything; None in
    transformers' own format. The weights of a ``partial`` one are still on the hub."""

    source: str
    folder: Path
    gguf: str | None = None
    partial: bool = False

    def __str__(self) -> str:
        return self.source


def load_model(name_or_path: str, device: str, device_map: str = "") -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Load a chat model, ready to run on ``device`` (``"cpu"``, ``"cuda"``, ``"cuda:1"``).

    ``name_or_path`` is a hub name, a local folder, a GGUF file, or one on the hub as ``owner/name:file.gguf``.
    Quantised checkpoints (bitsandbytes) bring their own quantisation config and keep it; GGUF files are unpacked. A
    ``device_map`` (``"auto"``, ``"balanced"``, ``"balanced_low_0"``, ``"sequential"``) spreads the model over all
    GPUs, and over the computer's memory where they do not suffice (accelerate).

    Raises:
        WeightsError: if files are missing, damaged, unreachable or of another kind, or a library for them is missing.
        MemoryShortError: if the model does not fit the device.
    """
    checkpoint = find_checkpoint(name_or_path)
    if checkpoint.gguf and importlib.util.find_spec("gguf") is None:
        raise WeightsError(f"The composer {name_or_path} is a GGUF file and needs gguf: {_install('gguf')}")
    if checkpoint.gguf and (problem := refusal_of(checkpoint.folder / checkpoint.gguf)):
        raise WeightsError(f"The composer {problem}.")
    with quiet_libraries():
        quantized = _quantized(checkpoint)
        tokenizer = _load_tokenizer(checkpoint)
        if checkpoint.partial:  # not before it is clear that the model is one that can be used
            _fetch_weights(checkpoint.source)
        model = _load_weights(checkpoint, device, device_map)
    _settle(model, None if quantized or device_map else dtype_for(model, device))
    return model, tokenizer


def find_checkpoint(name_or_path: str) -> Checkpoint:
    """Where a checkpoint is. Of a hub name the small files are fetched, or the GGUF file, which has those in it.

    Raises:
        WeightsError: if there is none.
    """
    path = Path(name_or_path).expanduser()
    if path.is_dir():
        return _in_folder(path)
    if path.is_file():
        if not is_gguf(path):
            raise WeightsError(f"The composer {no_model(path)}.")
        return Checkpoint(str(path), path.parent, path.name)
    name, colon, file = name_or_path.partition(":")
    if colon and hub.is_model(name) and (problem := no_whole_file(name, file)):  # before all of it is fetched
        raise WeightsError(f"The composer {problem}.")
    if path.exists() or not hub.is_model(name):
        raise WeightsError(
            f"There is no model folder and no .gguf file at {path}: check the composer's path or download it again."
        )
    if not colon:
        folder = hub.fetch_small(name)
        _require((folder / "config.json").is_file(), name, "config.json")
        return Checkpoint(name, folder, partial=True)
    fetched = hub.fetch_file(f"{name}/{file}")
    return Checkpoint(name_or_path, fetched.parent, fetched.name)


def _in_folder(folder: Path) -> Checkpoint:
    files = [] if (folder / "config.json").exists() else gguf_files(folder)
    if files and all(map(is_piece, files)):
        return Checkpoint(str(folder / files[0]), folder, files[0])
    if len(files) > 1:
        raise WeightsError(f"The folder {folder} holds {len(files)} GGUF files: name one, as in {folder / files[0]}.")
    gguf = files[0] if files else None
    return Checkpoint(str(folder / gguf if gguf else folder), folder, gguf)


def _fetch_weights(name: str) -> None:
    """Fetch what transformers loads of a model on the hub; others of its files may hold the same once more."""

    def choose(files: Sequence[str]) -> list[str]:
        weights = [file for file in hub.weights(files) if fnmatch(file, "model*.safetensors")]
        _require(bool(weights), name, "model*.safetensors")
        return ["model.safetensors"] if "model.safetensors" in weights else weights

    hub.fetch(name, choose)


def _require(there: bool, name: str, file: str) -> None:
    if not there:
        raise WeightsError(
            f"{name} on the hub has no {file}: choose another model, or one of its GGUF files, as {name}:FILE.gguf."
        )


def _install(extra: str) -> str:
    return f"run `pip install -c constraints.txt -e '.[{extra}]'` in the project's folder."


def _quantized(checkpoint: Checkpoint) -> bool:
    """Whether the checkpoint is quantised; refuses one that needs bitsandbytes where that is not installed."""
    try:
        config = AutoConfig.from_pretrained(checkpoint.folder, gguf_file=checkpoint.gguf, trust_remote_code=False)
    except Exception as error:  # a damaged GGUF file can make its reader fail in any way
        raise _damaged(checkpoint, "config", error) from error
    if refusal := abilities_of(config).refusal:
        raise WeightsError(
            f"The composer {checkpoint} cannot be used: {refusal}; choose another, or download it again."
        )
    if needs_bitsandbytes(config) and importlib.util.find_spec("bitsandbytes") is None:
        raise WeightsError(f"The composer {checkpoint} is quantised and needs bitsandbytes: {_install('quantized')}")
    return bool(getattr(config, "quantization_config", None))


def needs_bitsandbytes(config: PreTrainedConfig) -> bool:
    """Whether the checkpoint with this configuration is quantised in that library's formats; others have their own."""
    found: Any = getattr(config, "quantization_config", None) or {}
    said = found if isinstance(found, dict) else found.to_dict()
    return said.get("quant_method") == "bitsandbytes" or bool(said.get("load_in_4bit") or said.get("load_in_8bit"))


def _load_tokenizer(checkpoint: Checkpoint) -> PreTrainedTokenizerBase:
    try:
        tokenizer = AutoTokenizer.from_pretrained(checkpoint.folder, gguf_file=checkpoint.gguf)
    except Exception as error:  # the tokenizers library raises bare Exception for damaged files
        raise _damaged(checkpoint, "tokenizer", error) from error
    if not tokenizer.chat_template:
        raise WeightsError(
            f"The composer {checkpoint} has no chat template in its tokenizer, so it is not a chat model: "
            "choose another one."
        )
    return tokenizer


def _load_weights(checkpoint: Checkpoint, device: str, device_map: str) -> PreTrainedModel:
    alone = {"": device} if torch.device(device).type == "cuda" else None
    try:
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            checkpoint.folder,
            gguf_file=checkpoint.gguf,
            dtype=_unpacked(device) if checkpoint.gguf else "auto",
            device_map=device_map or alone,
            use_safetensors=None if checkpoint.gguf else True,
            output_loading_info=True,
        )
    except torch.OutOfMemoryError as error:
        raise MemoryShortError(
            f"The composer {checkpoint} does not fit the memory of {device}: close other programs on it, or choose a "
            "smaller or quantised model."
        ) from error
    except Exception as error:  # as many kinds as there are ways to damage a file
        raise _damaged(checkpoint, "weights", error) from error
    model, report = loaded
    # The library fills what a checkpoint lacks with random numbers and only warns.
    if report["missing_keys"]:
        missing = sorted(report["missing_keys"])
        raise WeightsError(
            f"The composer {checkpoint} lacks {len(missing)} of its weights ({missing[0]} first): "
            "download the model again."
        )
    assert isinstance(model, PreTrainedModel)  # what the Auto class makes
    return model


def _damaged(checkpoint: Checkpoint, part: str, error: Exception) -> WeightsError:
    cause = " ".join(str(error).split("\n")[0].split()).rstrip(".:") or type(error).__name__
    if "ignore_mismatched_sizes" in cause:  # the library's own words point to a report that is not shown
        cause = "its tensors have other sizes than its config says"
    return WeightsError(
        f"The composer's {part} could not be loaded from {checkpoint} ({cause}): it is incomplete, damaged or not a "
        "causal language model; download it again."
    )


def _settle(module: torch.nn.Module, dtype: torch.dtype | None) -> None:
    """Ready to run, in ``dtype``; None leaves the types alone, as quantised weights need it."""
    if dtype is not None:
        module.to(dtype)
    module.eval()


def dtype_for(model: PreTrainedModel, device: str) -> torch.dtype:
    """What a model's numbers are on a device."""
    stored = model.dtype
    if torch.device(device).type != "cuda":
        return torch.float32 if model.num_parameters() <= _FULL_PRECISION_PARAMETERS else stored
    return stored if stored != torch.float32 else _half()


def _unpacked(device: str) -> torch.dtype:
    """What a GGUF file's blocks become: bfloat16's range holds all that they can."""
    return _half() if torch.device(device).type == "cuda" else torch.bfloat16


def _half() -> torch.dtype:
    return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16


@contextlib.contextmanager
def quiet_libraries() -> Generator[None, None, None]:
    """Turn the libraries' progress bars and log lines off meanwhile; what is wrong comes back as an error instead."""
    loggers = [logging.getLogger(name) for name in ("transformers", "huggingface_hub", "bitsandbytes")]
    levels = [logger.level for logger in loggers]
    bars = transformers_logging.is_progress_bar_enabled()
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
        if bars:
            transformers_logging.enable_progress_bar()
