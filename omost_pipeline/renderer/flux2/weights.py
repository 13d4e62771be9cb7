"""From a checkpoint to a FLUX.2-klein renderer on a device, or one sentence about what is wrong.

Knows which number types and places the parts want; knows nothing of file formats (:mod:`checkpoints`) or pictures.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from accelerate import cpu_offload
from torch import nn

from omost_pipeline.errors import RendererError, WeightsError
from omost_pipeline.failures import explained
from omost_pipeline.memory import Placement
from omost_pipeline.renderer.flux2.checkpoints import FolderCheckpoint, find_checkpoint
from omost_pipeline.renderer.flux2.loop import Flux2Parts, Flux2Renderer
from omost_pipeline.renderer.flux2.loras import add_lora
from omost_pipeline.renderer.flux2.schedule import Schedule
from omost_pipeline.renderer.flux2.text import TextEncoder
from omost_pipeline.renderer.flux2.vae import Vae
from omost_pipeline.renderer.loading import quiet_libraries
from omost_pipeline.renderer.recipe import Lora, Precision, Sampler
from omost_pipeline.renderer.sources import find_lora

_LARGE = 2 * 10**9
"""Bytes of a transformer from which it is drawn with in 16 bits on a CPU, too: twice as many may not fit."""


@dataclass(frozen=True)
class Recipe:
    """What a renderer is made of besides its checkpoint; ``base`` has the parts that a file of its own lacks."""

    loras: tuple[Lora, ...] = ()
    sampler: Sampler = "euler"
    base: str = ""
    precision: Precision = "half"


_USUAL = Recipe()


def load_renderer(
    source: str,
    device: str = "cpu",
    recipe: Recipe = _USUAL,
    placement: Placement = Placement.WHOLE,
    text: TextEncoder | None = None,
) -> Flux2Renderer:
    """Load a FLUX.2-klein checkpoint, ready to draw on ``device`` (``"cpu"``, ``"cuda"``, ``"cuda:1"``).

    ``source`` is a folder in diffusers' layout, a hub name, or the transformer's own file (safetensors or GGUF), beside
    which or in the recipe's ``base`` the other parts are. bfloat16 on CUDA; on a CPU float32 for small models. A
    ``text`` encoder that is loaded already stays where it is.

    Raises:
        WeightsError: if files are missing, damaged, unreachable or not a FLUX.2-klein checkpoint's, or the sampler is
            for models of another kind.
        MemoryShortError: if the model does not fit the device.
        DeviceLostError: if the device fails; only a new process can use it again.
        RendererError: if the libraries fail in another way.
    """
    if recipe.sampler != "euler":
        raise WeightsError(
            f"The sampler {recipe.sampler} is for models of another kind: {source} draws with euler alone."
        )
    short = f"The renderer {source} does not fit the memory of {device}: close other programs that use it."
    with explained(RendererError, f"The renderer {source} could not be loaded", short), quiet_libraries():
        return Flux2Renderer(_parts(source, torch.device(device), recipe, placement, text))


def load_text(source: str, device: str, precision: Precision = "half") -> TextEncoder:
    """The text encoder of a checkpoint alone, on the CPU, in the numbers that it computes in on ``device``.

    Raises:
        WeightsError, MemoryShortError, DeviceLostError, RendererError: as :func:`load_renderer`.
    """
    short = "The computer's memory is too short for the language model: close other programs."
    with explained(RendererError, f"The language model of {source} could not be loaded", short), quiet_libraries():
        _check_precision(precision, torch.device(device))
        checkpoint = find_checkpoint(source)
        return _text(checkpoint, _type(torch.device(device), checkpoint.path), precision)


def _text(checkpoint: FolderCheckpoint, dtype: torch.dtype, precision: Precision) -> TextEncoder:
    text = TextEncoder(checkpoint.tokenizer(), checkpoint.text_encoder(dtype, packed=precision == "nf4"))
    text.model.eval().requires_grad_(False)
    return text


def _parts(
    source: str, device: torch.device, recipe: Recipe, placement: Placement, shared: TextEncoder | None
) -> Flux2Parts:
    _check_precision(recipe.precision, device)
    checkpoint = find_checkpoint(source, recipe.base)
    loras = [(find_lora(lora.source), lora.weight) for lora in recipe.loras]
    dtype = _type(device, checkpoint.path)
    schedule = _schedule(source, checkpoint)  # small files first, so that a wrong model is told at once
    text = shared or _text(checkpoint, dtype, recipe.precision)
    vae = checkpoint.vae(dtype)
    transformer = checkpoint.transformer(dtype, packed=recipe.precision == "nf4")
    width, read = 3 * int(text.model.config.hidden_size), int(transformer.config["joint_attention_dim"])
    if width != read:
        raise WeightsError(
            f"The transformer in {source} reads text of width {read}, but its text encoder writes {width}: their files "
            "do not belong together, download the model again."
        )
    packed = checkpoint.is_gguf or recipe.precision == "nf4"
    if loras and packed:
        raise WeightsError(
            f"The LoRA {loras[0][0]} cannot be added to packed weights (GGUF or NF4): choose the transformer in 16 "
            'bits, and models.precision = "float8" where memory is short.'
        )
    for file, weight in loras:
        add_lora(file, weight, transformer)
    for part in (vae, transformer):
        part.eval().requires_grad_(False)
    if recipe.precision == "float8":
        transformer.enable_layerwise_casting(storage_dtype=torch.float8_e4m3fn, compute_dtype=dtype)
    for part in (vae, transformer, *([text.model] if shared is None else [])):
        if placement is Placement.WHOLE or (packed and part is transformer):
            nn.Module.to(part, device)
    coder = Vae(vae)
    preview = coder.preview_map()
    if placement is Placement.LAYERS and not packed:
        cpu_offload(transformer, device)
    return Flux2Parts(text, transformer, coder, schedule, preview, device, placement, packed)


def _check_precision(precision: Precision, device: torch.device) -> None:
    if precision == "nf4" and device.type != "cuda":
        raise WeightsError(
            'models.precision is "nf4", whose weights only an NVIDIA GPU can read, and there is none here: take a GGUF '
            'file as models.renderer, or "float8".'
        )


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
