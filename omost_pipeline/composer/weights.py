"""From a hub name or a folder to a causal language model and its tokenizer, or one sentence about what is wrong.

Knows the transformers loaders and their many ways to fail; knows nothing of how text is written.
"""

from __future__ import annotations

import contextlib
import importlib.util
import logging
from collections.abc import Generator
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase
from transformers.utils import logging as transformers_logging

from omost_pipeline.errors import MemoryShortError, WeightsError

_FULL_PRECISION_PARAMETERS = 1_000_000_000
"""On a CPU, models up to this size run in float32, which is faster there; larger ones keep their checkpoint's type."""


def load_model(name_or_path: str, device: str) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Load a checkpoint in transformers' format, ready to run on ``device`` (``"cpu"``, ``"cuda"``, ``"cuda:1"``).

    Quantised checkpoints (bitsandbytes) bring their own quantisation config and keep it.

    Raises:
        WeightsError: if files are missing, damaged, unreachable or of another kind, or a library for them is missing.
        MemoryShortError: if the model does not fit the device.
    """
    path = Path(name_or_path).expanduser()
    if not path.is_dir() and (path.exists() or _looks_like_path(name_or_path)):
        raise WeightsError(f"There is no model folder at {path}: check the composer's path or download it again.")
    name = str(path) if path.is_dir() else name_or_path
    with _quiet_libraries():
        quantized = _quantized(name)
        tokenizer = _load_tokenizer(name)
        model = _load_weights(name, device)
    _settle(model, None if quantized else _dtype(model, device))
    return model, tokenizer


def _looks_like_path(name: str) -> bool:
    return name.startswith(("/", "./", "../", "~", "\\")) or name.count("/") != 1


def _quantized(name: str) -> bool:
    """Whether the checkpoint is quantised; refuses one that needs bitsandbytes where that is not installed."""
    try:
        config = AutoConfig.from_pretrained(name)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(name, "config", error) from error
    quantization = getattr(config, "quantization_config", None)
    if quantization and importlib.util.find_spec("bitsandbytes") is None:
        raise WeightsError(f"The composer {name} is quantised and needs bitsandbytes: run `pip install bitsandbytes`.")
    return bool(quantization)


def _load_tokenizer(name: str) -> PreTrainedTokenizerBase:
    try:
        tokenizer = AutoTokenizer.from_pretrained(name)
    except Exception as error:  # the tokenizers library raises bare Exception for damaged files
        raise _damaged(name, "tokenizer", error) from error
    if not tokenizer.chat_template:
        raise WeightsError(
            f"The composer {name} has no chat template in its tokenizer, so it is not a chat model: choose another one."
        )
    return tokenizer


def _load_weights(name: str, device: str) -> PreTrainedModel:
    place = {"": device} if torch.device(device).type == "cuda" else None
    try:
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            name, dtype="auto", device_map=place, use_safetensors=True, output_loading_info=True
        )
    except torch.OutOfMemoryError as error:
        raise MemoryShortError(
            f"The composer {name} does not fit the memory of {device}: close other programs on it, or choose a smaller "
            "or quantised model."
        ) from error
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, ImportError, SafetensorError) as error:
        raise _damaged(name, "weights", error) from error
    model, report = loaded
    # The library fills what a checkpoint lacks with random numbers and only warns.
    if report["missing_keys"]:
        missing = sorted(report["missing_keys"])
        raise WeightsError(
            f"The composer {name} lacks {len(missing)} of its weights ({missing[0]} first): download the model again."
        )
    assert isinstance(model, PreTrainedModel)  # what the Auto class makes
    return model


def _damaged(name: str, part: str, error: Exception) -> WeightsError:
    cause = " ".join(str(error).split("\n")[0].split()).rstrip(".:") or type(error).__name__
    if "ignore_mismatched_sizes" in cause:  # the library's own words point to a report that is not shown
        cause = "its tensors have other sizes than its config says"
    advice = (
        "the folder is incomplete, damaged or not a causal language model; download it again"
        if Path(name).is_dir()
        else "check the name and the network, or give the path of a downloaded folder"
    )
    return WeightsError(f"The composer's {part} could not be loaded from {name} ({cause}): {advice}.")


def _settle(module: torch.nn.Module, dtype: torch.dtype | None) -> None:
    """Ready to run, in ``dtype``; None leaves the types alone, as quantised weights need it."""
    if dtype is not None:
        module.to(dtype)
    module.eval()


def _dtype(model: PreTrainedModel, device: str) -> torch.dtype:
    stored = model.dtype
    if torch.device(device).type != "cuda":
        return torch.float32 if model.num_parameters() <= _FULL_PRECISION_PARAMETERS else stored
    if stored != torch.float32:
        return stored
    return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16


@contextlib.contextmanager
def _quiet_libraries() -> Generator[None, None, None]:
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
