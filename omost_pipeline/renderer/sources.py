"""Where checkpoints and LoRAs lie: a path, or a name on the hub from which they are fetched. Reads none of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from omost_pipeline import hub
from omost_pipeline.errors import WeightsError
from omost_pipeline.renderer.sdxl.checkpoints import Checkpoint, FileCheckpoint, FolderCheckpoint, chosen_files

_LORA = "pytorch_lora_weights.safetensors"
"""What diffusers and peft call a LoRA; taken where a folder holds several files."""


def find_checkpoint(source: str) -> Checkpoint:
    """The checkpoint at a path or of a hub name; a hub's small files are looked at before the large ones are fetched.

    Raises:
        WeightsError: if there is none, or it is of another kind.
    """
    path = Path(source).expanduser()
    if path.is_dir():
        return FolderCheckpoint(path)
    if path.is_file():
        _check_suffix(path)
        return FileCheckpoint(path)
    if hub.is_file(source):
        return FileCheckpoint(hub.fetch_file(source))
    if hub.is_model(source):
        FolderCheckpoint(hub.fetch_small(source))
        return FolderCheckpoint(hub.fetch(source, chosen_files))
    raise WeightsError(
        f"There is no model at {path}: give a folder in diffusers' SDXL layout, a .safetensors file, or a hub name "
        "such as owner/model."
    )


def find_lora(source: str) -> Path:
    """The LoRA's file; raises as :func:`find_checkpoint`."""
    path = Path(source).expanduser()
    if path.is_file():
        _check_suffix(path)
        return path
    if path.is_dir():
        return path / _only(source, hub.weights(sorted(file.name for file in path.iterdir())))
    if hub.is_file(source):
        return hub.fetch_file(source)
    if hub.is_model(source):
        chosen: list[str] = []

        def choose(files: Sequence[str]) -> list[str]:
            chosen.append(_only(source, hub.weights(files)))
            return chosen

        return hub.fetch(source, choose) / chosen[0]
    raise WeightsError(f"There is no LoRA at {path}: give a .safetensors file, a folder with one, or a hub name.")


def _check_suffix(path: Path) -> None:
    if path.suffix != ".safetensors":
        raise WeightsError(
            f"{path} is no .safetensors file, and files of other kinds may hold programs: get it as .safetensors."
        )


def _only(source: str, files: Sequence[str]) -> str:
    if _LORA in files:
        return _LORA
    if len(files) != 1:
        there = ", ".join(files) or "no .safetensors file"
        raise WeightsError(f"{source} holds {there}: name the LoRA's file, as {source}/FILE.safetensors.")
    return files[0]
