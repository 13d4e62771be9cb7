"""From a checkpoint and LoRAs to a renderer on a device, or one sentence about what is wrong.

Knows which number types and places the parts want; knows nothing of file formats (:mod:`checkpoints`) or pictures.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

import torch
from accelerate import cpu_offload
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import nn
from transformers import CLIPTextModel, CLIPTextModelWithProjection

from omost_pipeline.errors import RendererError, WeightsError
from omost_pipeline.failures import explained
from omost_pipeline.memory import Placement
from omost_pipeline.renderer.layered.alpha_head import load_alpha_head
from omost_pipeline.renderer.loading import quiet_libraries
from omost_pipeline.renderer.recipe import Lora, Sampler
from omost_pipeline.renderer.sdxl.checkpoints import Checkpoint, FileCheckpoint, FolderCheckpoint, chosen_files
from omost_pipeline.renderer.sdxl.controlnets import load_controlnet
from omost_pipeline.renderer.sdxl.drawing import drawing_of
from omost_pipeline.renderer.sdxl.grounding_files import load_grounding, own_grounding
from omost_pipeline.renderer.sdxl.loop import SdxlParts, SdxlRenderer
from omost_pipeline.renderer.sdxl.loras import add_lora
from omost_pipeline.renderer.sdxl.pictures import load_adapter
from omost_pipeline.renderer.sdxl.rewording import Rewording
from omost_pipeline.renderer.sdxl.schedule import Schedule
from omost_pipeline.renderer.sdxl.text_encoder import TextEncoder
from omost_pipeline.renderer.sdxl.vae import Vae
from omost_pipeline.renderer.sources import find_lora, find_model

logger = logging.getLogger(__name__)


def load_renderer(
    source: str,
    device: str = "cpu",
    loras: Sequence[Lora] = (),
    sampler: Sampler = "dpmpp_2m",
    placement: Placement = Placement.WHOLE,
    ip_adapter: str = "",
    controlnet: str = "",
    grounding: str = "",
) -> SdxlRenderer:
    """Load an SDXL checkpoint, ready to draw on ``device`` (``"cpu"``, ``"cuda"``, ``"cuda:1"``).

    ``ip_adapter`` is one by which elements look like pictures, with its image encoder beside it, if there is to be one,
    ``controlnet`` one by which pictures lead shapes, and ``grounding`` layers that are told what stands in which box.
    ``source`` is a folder in diffusers' layout, a ``.safetensors`` file or a hub name. float32 on a CPU; on CUDA
    float16, and bfloat16 or float32 for the VAE, whose activations overflow float16.

    Raises:
        WeightsError: if files are missing, damaged, unreachable or not an SDXL checkpoint's, or a LoRA does not fit.
        MemoryShortError: if the model does not fit the device.
        DeviceLostError: if the device fails; only a new process can use it again.
        RendererError: if the libraries fail in another way.
    """
    short = f"The renderer {source} does not fit the memory of {device}: close other programs that use it."
    with explained(RendererError, f"The renderer {source} could not be loaded", short), quiet_libraries():
        parts = _parts(source, torch.device(device), loras, placement, ip_adapter, controlnet, grounding)
        renderer = SdxlRenderer(parts, sampler)
    wanted = drawing_of(source)
    if sampler == "dpmpp_2m" != wanted.sampler:  # it was downloaded just now, or the settings say so
        logger.warning("%s: %s. The sampler is %s all the same.", source, wanted.note.partition(":")[0], sampler)
    return renderer


def _parts(
    source: str,
    device: torch.device,
    loras: Sequence[Lora],
    placement: Placement,
    ip_adapter: str,
    controlnet: str,
    grounding: str,
) -> SdxlParts:
    path = find_model(source, FolderCheckpoint, chosen_files)
    checkpoint: Checkpoint = FolderCheckpoint(path) if path.is_dir() else FileCheckpoint(path)
    files = [(find_lora(lora.source), lora.weight) for lora in loras]
    half, wide = _types(device)
    schedule = _schedule(source, checkpoint)  # small files first, so that a wrong model is told at once
    text = TextEncoder(
        *checkpoint.tokenizers(),
        checkpoint.part(CLIPTextModel, "text_encoder", half),
        checkpoint.part(CLIPTextModelWithProjection, "text_encoder_2", half) if checkpoint.second else None,
        Rewording.read(path),
    )
    vae = checkpoint.part(AutoencoderKL, "vae", wide)
    unet = checkpoint.part(UNet2DConditionModel, "unet", half)
    _check_fit(source, unet, text)
    if any(vae.config.get(name) for name in ("latents_mean", "latents_std", "shift_factor")):
        raise WeightsError(
            f"The renderer {source} was trained on latents with a mean and a deviation of their own, which cannot be "
            "drawn with: choose another."
        )
    grounded = load_grounding(grounding, unet, half) if grounding else own_grounding(unet)
    if grounded is not None and grounded.width != text.pooled_width:
        raise WeightsError(
            f"The grounding layers in {grounding or source} take words of width {grounded.width}, but the text encoder "
            f"writes {text.pooled_width}: they are for another model."
        )
    for file, weight in files:
        add_lora(file, weight, unet, text)
    for part in (*text.encoders, vae, unet):
        part.eval().requires_grad_(False)
        if placement is Placement.WHOLE:
            nn.Module.to(part, device)  # transformers' own does no more here, and is typed wrongly
    adapter = load_adapter(ip_adapter, unet, device, half, placement) if ip_adapter else None
    net = load_controlnet(controlnet, unet, half) if controlnet else None
    if net is not None and placement is Placement.WHOLE:
        nn.Module.to(net.model, device)
    head = load_alpha_head(path, text.hidden_width)
    if head is not None:
        head.to(device)
    coder = Vae(vae)
    preview = coder.preview_map()
    if placement is Placement.LAYERS:
        cpu_offload(unet, device)
        if net is not None:
            cpu_offload(net.model, device)
    return SdxlParts(text, unet, coder, schedule, preview, device, placement, adapter, net, grounded, head)


def _types(device: torch.device) -> tuple[torch.dtype, torch.dtype]:
    """What the text encoders and the UNet compute in, and what the VAE does."""
    if device.type != "cuda":
        return torch.float32, torch.float32
    return torch.float16, torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32


def _schedule(source: str, checkpoint: Checkpoint) -> Schedule:
    try:
        return Schedule.of(checkpoint.schedule())
    except ValueError as error:
        raise WeightsError(f"The renderer {source} needs a noise schedule not known here: {error}.") from error


def _check_first_version(source: str, unet: UNet2DConditionModel) -> None:
    """Whether a UNet that is told nothing beside text draws from noise alone."""
    if unet.config["in_channels"] != unet.config["out_channels"]:
        raise WeightsError(
            f"The unet in {source} wants to be shown {unet.config['in_channels']} channels, as those for inpainting or "
            "for pictures as instructions do: choose the base checkpoint."
        )


def _check_fit(source: str, unet: UNet2DConditionModel, text: TextEncoder) -> None:
    """Whether the text encoders are the ones this UNet was trained with, as far as sizes tell."""
    config, width = unet.config, sum(int(encoder.config.hidden_size) for encoder in text.encoders)
    added = text.pooled_width + 6 * int(config["addition_time_embed_dim"] or 0)
    if text.text_encoder_2 is None:
        _check_first_version(source, unet)
    elif config["addition_embed_type"] != "text_time" or config["projection_class_embeddings_input_dim"] != added:
        raise WeightsError(f"The unet in {source} is not an SDXL base model's: choose an SDXL checkpoint.")
    for name in ("time_cond_proj_dim", "class_embed_type", "encoder_hid_dim_type"):
        if config.get(name):
            raise WeightsError(
                f"The unet in {source} wants to be told more than SDXL's (its {name} is {config[name]!r}), as models "
                "distilled for few steps or for pictures as prompts do: choose the base checkpoint, with its LoRA."
            )
    if config["cross_attention_dim"] != width:
        raise WeightsError(
            f"The unet in {source} reads text of width {config['cross_attention_dim']}, but its text encoders write "
            f"{width}: their files do not belong together, download the model again."
        )
