"""Loading parts of a checkpoint with the libraries' own loaders: quietly, wholly, or one sentence about what is wrong.

Knows how they fail, and no family.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from logging import CRITICAL
from pathlib import Path

import torch
from diffusers.utils import logging as diffusers_logging
from safetensors import SafetensorError
from transformers.utils import logging as transformers_logging

from omost_pipeline.errors import WeightsError

_LOADER_ERRORS = (OSError, ValueError, KeyError, TypeError, RuntimeError, ImportError, AttributeError, SafetensorError)
"""What the libraries raise for absent, damaged or foreign files, between them."""


def check_whole(path: Path, folder: str, missing: Iterable[str]) -> None:
    """Refuse a part that lacks weights, which the libraries fill with random numbers and only warn.

    Raises:
        WeightsError: naming the first.
    """
    if lacking := sorted(missing):
        raise WeightsError(
            f"The renderer's {folder} in {path} lacks {len(lacking)} of its weights ({lacking[0]} first): "
            "download the model again."
        )


@contextmanager
def told(path: Path, folder: str) -> Iterator[None]:
    """Turn what the libraries raise meanwhile into one sentence."""
    try:
        yield
    except _LOADER_ERRORS as error:
        if isinstance(error, torch.OutOfMemoryError):
            raise
        raise damaged(path, folder, error) from error


def damaged(path: Path, folder: str, error: Exception) -> WeightsError:
    """The sentence about a part that cannot be loaded."""
    cause = " ".join(str(error).strip().split("\n")[0].split()).rstrip(".:") or type(error).__name__
    what = "folder is incomplete or damaged" if path.is_dir() else "file is damaged"
    return WeightsError(
        f"The renderer's {folder} could not be loaded from {path} ({cause}): the {what}; download it again."
    )


@contextlib.contextmanager
def quiet_libraries() -> Generator[None, None, None]:
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
