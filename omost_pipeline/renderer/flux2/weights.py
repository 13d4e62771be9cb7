"""From a checkpoint to a FLUX.2-klein renderer on a device, or one sentence about what is wrong.

Knows which number types and places the parts want; knows nothing of file formats (:mod:`checkpoints`) or pictures.
"""

from __future__ import annotations

from pathlib import Path

import torch
from accelerate import cpu_offload
from torch import nn

from omost_pipeline.errors import RendererError, WeightsError
from omost_pipeline.failures import explained
from omost_pipeline.memory import Placement
from omost_pipeline.renderer.flux2.checkpoints import FolderCheckpoint, chosen_files
from omost_pipeline.renderer.flux2.loop import Flux2Parts, Flux2Renderer
from omost_pipeline.renderer.flux2.schedule import Schedule
from omost_pipeline.renderer.flux2.text import TextEncoder
from omost_pipeline.renderer.flux2.vae import Vae
from omost_pipeline.renderer.loading import quiet_libraries
from omost_pipeline.renderer.recipe import Sampler
from omost_pipeline.renderer.sources import find_model

_LARGE = 2 * 10**9
"""Bytes of a transformer from which it is drawn with in 16 bits on a CPU, too: twice as many may not fit."""


def load_renderer(
    source: str,
    device: str = "cpu",
    sampler: Sampler = "euler",
    placement: Placement = Placement.WHOLE,
    text: TextEncoder | None = None,
) -> Flux2Renderer:
    """Load a FLUX.2-klein checkpoint, ready to draw on ``device`` (``"cpu"``, ``"cuda"``, ``"cuda:1"``).

    ``source`` is a folder in diffusers' layout or a hub name. bfloat16 on CUDA; on a CPU float32 for small models. A
    ``text`` encoder that is loaded already stays where it is.

    Raises:
        WeightsError: if files are missing, damaged, unreachable or not a FLUX.2-klein checkpoint's, or the sampler is
            for models of another kind.
        MemoryShortError: if the model does not fit the device.
        DeviceLostError: if the device fails; only a new process can use it again.
        RendererError: if the libraries fail in another way.
    """
    if sampler != "euler":
        raise WeightsError(f"The sampler {sampler} is for models of another kind: {source} draws with euler alone.")
    short = f"The renderer {source} does not fit the memory of {device}: close other programs that use it."
    with explained(RendererError, f"The renderer {source} could not be loaded", short), quiet_libraries():
        return Flux2Renderer(_parts(source, torch.device(device), placement, text))


def load_text(source: str, device: str) -> TextEncoder:
    """The text encoder of a checkpoint alone, on the CPU, in the numbers that it computes in on ``device``.

    Raises:
        WeightsError, MemoryShortError, DeviceLostError, RendererError: as :func:`load_renderer`.
    """
    short = "The computer's memory is too short for the language model: close other programs."
    with explained(RendererError, f"The language model of {source} could not be loaded", short), quiet_libraries():
        checkpoint = _found(source)
        return _text(checkpoint, _type(torch.device(device), checkpoint.path))


def _found(source: str) -> FolderCheckpoint:
    return FolderCheckpoint(find_model(source, FolderCheckpoint, chosen_files))


def _text(checkpoint: FolderCheckpoint, dtype: torch.dtype) -> TextEncoder:
    text = TextEncoder(checkpoint.tokenizer(), checkpoint.text_encoder(dtype))
    text.model.eval().requires_grad_(False)
    return text


def _parts(source: str, device: torch.device, placement: Placement, shared: TextEncoder | None) -> Flux2Parts:
    checkpoint = _found(source)
    dtype = _type(device, checkpoint.path)
    schedule = _schedule(source, checkpoint)  # small files first, so that a wrong model is told at once
    text = shared or _text(checkpoint, dtype)
    vae, transformer = checkpoint.vae(dtype), checkpoint.transformer(dtype)
    width, read = 3 * int(text.model.config.hidden_size), int(transformer.config["joint_attention_dim"])
    if width != read:
        raise WeightsError(
            f"The transformer in {source} reads text of width {read}, but its text encoder writes {width}: their files "
            "do not belong together, download the model again."
        )
    for part in (vae, transformer):
        part.eval().requires_grad_(False)
    for part in (vae, transformer, *([text.model] if shared is None else [])):
        if placement is Placement.WHOLE:
            nn.Module.to(part, device)
    coder = Vae(vae)
    preview = coder.preview_map()
    if placement is Placement.LAYERS:
        cpu_offload(transformer, device)
    return Flux2Parts(text, transformer, coder, schedule, preview, device, placement)


def _type(device: torch.device, path: Path) -> torch.dtype:
    if device.type == "cuda":
        return torch.bfloat16
    size = sum(file.stat().st_size for file in (path / "transformer").glob("*.safetensors"))
    return torch.bfloat16 if size > _LARGE else torch.float32


def _schedule(source: str, checkpoint: FolderCheckpoint) -> Schedule:
    try:
        return Schedule.of(checkpoint.schedule())
    except ValueError as error:
        raise WeightsError(f"The renderer {source} needs a noise schedule not known here: {error}.") from error
