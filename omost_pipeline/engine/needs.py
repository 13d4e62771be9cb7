"""How much of a GPU a profile's models take: known for the published ones, counted for files on this disk."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from safetensors import SafetensorError, safe_open

from omost_pipeline.memory import GIB, Needs
from omost_pipeline.profiles import Profile
from omost_pipeline.renderer.recipe import Precision

_HALF = 2
"""Bytes of a number in 16 bits, as a renderer's numbers are on a GPU, whatever they are on disk."""

_CONTROLNET = 2.4 * GIB
"""What a ControlNet for SDXL takes that is not on this disk yet."""

_UNPACKED = 3.5
"""A GGUF file's numbers, of four to five bits mostly, become 16 bits each when they are loaded."""

_PARTS = ("unet", "transformer", "vae", "text_encoder", "text_encoder_2")

_SHARES: Mapping[Precision, tuple[float, float]] = MappingProxyType(
    {"half": (1.0, 1.0), "float8": (1.0, 0.5), "nf4": (0.35, 0.3)}
)
"""What weights take of their 16 bits: those of a text encoder, whose vocabulary is never packed, and the others."""


def needs_of(profile: Profile) -> Needs:
    """What the models' weights take; a language model on a server takes nothing here."""
    if profile.one_model:
        return _needs_of_one(profile)
    composer = _composer(Path(profile.composer).expanduser()) or profile.composer_gib * GIB
    renderer = _renderer(Path(profile.renderer).expanduser()) or profile.renderer_gib * GIB
    return Needs(composer if profile.server is None else 0.0, renderer + _beside(profile))


def _beside(profile: Profile) -> float:
    """Bytes of what is loaded beside a renderer: an IP-Adapter, a ControlNet and grounding layers."""
    adapter = _file_or_folder(profile.ip_adapter)
    net = _file_or_folder(profile.controlnet) or (_CONTROLNET if profile.controlnet else 0.0)
    return adapter + net + _file_or_folder(profile.grounding)


def _file_or_folder(source: str) -> float:
    path = Path(source).expanduser()
    files = [path] if path.is_file() else _one_kind(path) if source else ()
    return sum(_numbers(file) for file in files) * _HALF


def _needs_of_one(profile: Profile) -> Needs:
    """Where the renderer's text encoder writes the canvases, too."""
    folder = Path(profile.text_source).expanduser()
    text = _renderer(folder, ("text_encoder",)) or profile.composer_gib * GIB
    all_of_it = _renderer(folder) or profile.renderer_gib * GIB
    of_text, of_others = _SHARES[profile.precision]
    shared = text * of_text
    return Needs(shared, shared + (all_of_it - text) * of_others, shared)


def _composer(path: Path) -> float:
    """Bytes of a local model, which is loaded as it is stored; 0 if it is not here."""
    files = [path] if path.is_file() else [*path.glob("*.safetensors"), *path.glob("*.gguf")]
    return sum(file.stat().st_size * (_UNPACKED if file.suffix == ".gguf" else 1.0) for file in files)


def _renderer(path: Path, parts: Iterable[str] = _PARTS) -> float:
    """Bytes of a local checkpoint's numbers in 16 bits; 0 if it is not here."""
    if path.is_file():
        return _numbers(path) * _HALF
    return sum(_numbers(file) * _HALF for part in parts for file in _one_kind(path / part))


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
