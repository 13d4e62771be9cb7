"""A cheap look at latents: the linear map to RGB that fits a VAE best.

Fitted once for each VAE on what its decoder makes of a picture of colour patches, so it works for any checkpoint and
needs no table.
Knows no sampling and no UNet.
"""

from __future__ import annotations

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from PIL import Image
from torch import Tensor, nn

_PATCHES, _PATCH = 8, 16
"""Patches along a side, and pixels along a patch's side."""

_LONGEST = 256
"""Previews are enlarged by whole factors to at most this many pixels, if they are smaller."""


def pixels_per_cell(vae: AutoencoderKL) -> int:
    """Pixels along a latent cell's side: the encoder halves between its levels."""
    return int(2 ** (len(vae.config["block_out_channels"]) - 1))


@torch.inference_mode()
def fit_preview(vae: AutoencoderKL) -> Tensor:
    """Least-squares map [C + 1, 3] from a latent cell (as the UNet sees it, then 1) to its mean RGB of −1…1."""
    generator = torch.Generator().manual_seed(0)
    colors = torch.rand(1, 3, _PATCHES, _PATCHES, generator=generator) * 2 - 1
    smooth = nn.functional.interpolate(colors, scale_factor=_PATCH, mode="bicubic").clamp(-1, 1)
    pixels = torch.cat([colors.repeat_interleave(_PATCH, -1).repeat_interleave(_PATCH, -2), smooth])
    latents = vae.encode(pixels.to(vae.device, vae.dtype)).latent_dist.mode()
    decoded = vae.decode(latents, return_dict=False)[0].float().cpu().clamp(-1, 1)  # not the patches: what is drawn
    seen = latents.float().cpu() * float(vae.config["scaling_factor"])
    known = nn.functional.avg_pool2d(decoded, pixels_per_cell(vae)).permute(0, 2, 3, 1).flatten(0, 2)  # [cells, 3]
    rows = _with_one(seen.permute(0, 2, 3, 1).flatten(0, 2)).double()
    # A little ridge: channels that colours alone do not move stay unused instead of guessed.
    normal = rows.T @ rows + 1e-2 * len(rows) * torch.eye(rows.shape[1], dtype=torch.float64)
    solution: Tensor = torch.linalg.solve(normal, rows.T @ known.double())
    return solution.float()


def preview_image(latents: Tensor, to_rgb: Tensor) -> Image.Image:
    """Latents [C, h, w] through the map [C + 1, 3] to a picture of about one pixel a cell, enlarged to be seen."""
    rgb = _with_one(latents.float().cpu().permute(1, 2, 0)) @ to_rgb
    image = to_image(rgb.permute(2, 0, 1))
    factor = max(_LONGEST // max(image.size), 1)
    return image.resize((image.width * factor, image.height * factor), Image.Resampling.BICUBIC)


def to_image(pixels: Tensor) -> Image.Image:
    """[3, H, W] of −1…1 → picture; values outside are cut."""
    values = ((pixels.float().clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    return Image.fromarray(values.permute(1, 2, 0).cpu().numpy())


def _with_one(cells: Tensor) -> Tensor:
    return torch.cat([cells, torch.ones_like(cells[..., :1])], -1)
