"""How much of a GPU a profile's models take: known for the published ones, counted for files on this disk."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path

from safetensors import SafetensorError, safe_open

from omost_pipeline.memory import GIB, Needs
from omost_pipeline.profiles import Profile

_HALF = 2
"""Bytes of a number in 16 bits, as a renderer's numbers are on a GPU, whatever they are on disk."""

_UNPACKED = 3.5
"""A GGUF file's numbers, of four to five bits mostly, become 16 bits each when they are loaded."""

_PARTS = ("unet", "transformer", "vae", "text_encoder", "text_encoder_2")


def needs_of(profile: Profile) -> Needs:
    """What the models' weights take; a language model on a server takes nothing here."""
    composer = _composer(Path(profile.composer).expanduser()) or profile.composer_gib * GIB
    renderer = _renderer(Path(profile.renderer).expanduser()) or profile.renderer_gib * GIB
    return Needs(composer if profile.server is None else 0.0, renderer)


def _composer(path: Path) -> float:
    """Bytes of a local model, which is loaded as it is stored; 0 if it is not here."""
    files = [path] if path.is_file() else [*path.glob("*.safetensors"), *path.glob("*.gguf")]
    return sum(file.stat().st_size * (_UNPACKED if file.suffix == ".gguf" else 1.0) for file in files)


def _renderer(path: Path) -> float:
    """Bytes of a local checkpoint's numbers in 16 bits; 0 if it is not here."""
    if path.is_file():
        return _numbers(path) * _HALF
    return sum(_numbers(file) * _HALF for part in _PARTS for file in _one_kind(path / part))


def _one_kind(folder: Path) -> Iterable[Path]:
    """Of a part's files those in 16 bits if there are any: the others hold the same once more."""
    files = sorted(folder.glob("*.safetensors"))
    return [file for file in files if ".fp16" in file.name] or files


def _numbers(file: Path) -> int:
    """How many numbers a file of tensors holds; none if it is damaged, which shows when it is loaded."""
    try:
        with safe_open(file, framework="numpy") as tensors:
            return sum(math.prod(tensors.get_slice(name).get_shape()) for name in tensors.keys())  # noqa: SIM118
    except (SafetensorError, OSError):
        return 0
