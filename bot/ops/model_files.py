"""A model's files, looked at before anything is loaded: are they there, and whole? Reads no weights."""

from __future__ import annotations

from pathlib import Path

from bot.ops.finding import Finding, Verdict
from omost_pipeline import hub
from omost_pipeline.errors import WeightsError


def examine_model(part: str, name: str, index: str) -> Finding:
    """A model's files: whole if it is a folder, downloaded if it is a hub name. ``index`` is the file that names it."""
    folder = Path(name).expanduser()
    if folder.is_dir():
        return _folder(part, folder, index)
    if hub.is_file(name):
        owner, model, file = name.split("/", 2)
        name, index = f"{owner}/{model}", file
    if name.startswith(("/", ".", "~")) or name.count("/") != 1:
        return Finding(part, Verdict.WRONG, f"there is no folder {name}", f"Correct models.{part}, or install again.")
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        downloaded = isinstance(try_to_load_from_cache(name, index), str)
    except HFValidationError:
        return Finding(part, Verdict.WRONG, f"{name!r} is not a valid hub name", f"Correct models.{part}.")
    if downloaded:
        return Finding(part, Verdict.FINE, f"{name}, downloaded")
    return Finding(part, Verdict.NOTE, f"{name} is not downloaded yet", "It is downloaded on first use.")


def examine_lora(source: str) -> Finding:
    """A LoRA's file, as far as it can be judged without the model that it goes with; one on the hub by its name."""
    from omost_pipeline.renderer.adapters.file import read_adapter  # not above: they import torch
    from omost_pipeline.renderer.sources import find_lora

    if not Path(source).expanduser().exists() and hub.is_model(source):
        return Finding("LoRA", Verdict.NOTE, source, "Its file is looked for on the hub, or here, on first use.")
    if not Path(source).expanduser().exists() and hub.is_file(source):
        return examine_model("LoRA", source, "")
    try:
        file = find_lora(source)
        layers = read_adapter(file).layers
    except WeightsError as error:
        return Finding("LoRA", Verdict.WRONG, str(error).rstrip("."), "Correct models.loras; nothing is drawn with it.")
    return Finding("LoRA", Verdict.FINE, f"{file}, changes {len(layers)} layers")


def _folder(part: str, folder: Path, index: str) -> Finding:
    if not (folder / index).is_file():
        return Finding(part, Verdict.WRONG, f"{folder} has no {index}", f"Correct models.{part}, or get it again.")
    weights = sorted(folder.rglob("*.safetensors"))
    if not weights:
        return Finding(part, Verdict.WRONG, f"{folder} has no .safetensors file", "Get the model again.")
    for file in weights:
        if (damage := damage_of(file)) is not None:
            return Finding(part, Verdict.WRONG, f"{file} is damaged: {damage}", "Get the model again.")
    return Finding(part, Verdict.FINE, f"{folder}, {sum(file.stat().st_size for file in weights) / 2**20:,.0f} MiB")


def damage_of(file: Path) -> str | None:
    """What is wrong with a weights file's header or length; None if nothing is. Reads no weights."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework="numpy"):
            return None
    except (SafetensorError, OSError) as error:
        return str(error)
