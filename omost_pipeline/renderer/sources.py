"""Where checkpoints and LoRAs lie: a path, or a name on the hub from which they are fetched. Reads none of them.

Knows no family: which of a model's files are wanted, and whether they are its own, a family says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from omost_pipeline import hub
from omost_pipeline.errors import WeightsError

_LORA = "pytorch_lora_weights.safetensors"
"""What diffusers and peft call a LoRA; taken where a folder holds several files."""


def find_model(source: str, look: Callable[[Path], object], choose: hub.Choice) -> Path:
    """The folder or single file of a checkpoint, by path or hub name.

    ``look`` refuses a folder that is visibly something else; a hub's small files are looked at so before the large ones
    are fetched, of which ``choose`` takes those that are needed.

    Raises:
        WeightsError: if there is none, or it is of another kind.
    """
    path = Path(source).expanduser()
    if path.is_dir():
        return path
    if path.is_file():
        _check_suffix(path)
        return path
    if hub.is_file(source):
        return hub.fetch_file(source)
    if hub.is_model(source):
        look(hub.fetch_small(source))
        return hub.fetch(source, choose)
    raise WeightsError(
        f"There is no model at {path}: give a folder in diffusers' layout, a .safetensors file, or a hub name such as "
        "owner/model."
    )


def find_lora(source: str) -> Path:
    """The LoRA's file; raises as :func:`find_model`."""
    return find_file(source, "LoRA", (_LORA,), "give a .safetensors file, a folder with one, or a hub name.")


def find_file(source: str, what: str, usual: Sequence[str], advice: str) -> Path:
    """The file of what goes with a model (``what``): by path, in a folder or on the hub, ``usual`` names first.

    Raises:
        WeightsError: if there is none, which says ``advice``, or it is not clear which.
    """
    path = Path(source).expanduser()
    if path.is_file():
        _check_suffix(path)
        return path
    if path.is_dir():
        return path / _only(source, what, usual, hub.weights(sorted(file.name for file in path.iterdir())))
    if hub.is_file(source):
        return hub.fetch_file(source)
    if hub.is_model(source):
        chosen: list[str] = []

        def choose(files: Sequence[str]) -> list[str]:
            chosen.append(_only(source, what, usual, hub.weights(files)))
            return chosen

        return hub.fetch(source, choose) / chosen[0]
    raise WeightsError(f"There is no {what} at {path}: {advice}")


def _check_suffix(path: Path) -> None:
    if path.suffix != ".safetensors":
        raise WeightsError(
            f"{path} is not a .safetensors file, and other formats can contain code: get it as .safetensors."
        )


def _only(source: str, what: str, usual: Sequence[str], files: Sequence[str]) -> str:
    found = next((name for name in usual if name in files), None)
    if found is None and len(files) != 1:
        there = ", ".join(files) or "no .safetensors file"
        raise WeightsError(f"{source} holds {there}: name the {what}'s file, as {source}/FILE.safetensors.")
    return found or files[0]
