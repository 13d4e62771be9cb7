"""The latents a picture begins with: nothing but noise, the canvas's coarse colours, or a finished picture.

Knows the VAE; knows no UNet and no steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from PIL.Image import Image
from torch import Tensor


@dataclass(frozen=True)
class Start:
    """Clean latents [n, C, h, w] (n pictures, or 1 for all of them), and the share of the noise schedule after them."""

    latents: Tensor
    strength: float

    def of(self, number: int) -> Start:
        """The start of one picture."""
        return self if len(self.latents) == 1 else Start(self.latents[number : number + 1], self.strength)


def encode_picture(vae: AutoencoderKL, picture: Image) -> Tensor:
    """A picture as latents [1, C, h, w] of the UNet's scale, in float32: the mode of what the VAE sees in it."""
    values = torch.from_numpy(np.array(picture.convert("RGB"), dtype=np.float32)).permute(2, 0, 1)[None]
    pixels = (values / 127.5 - 1).to(vae.device, vae.dtype)
    latents: Tensor = vae.encode(pixels).latent_dist.mode().float()
    return latents * float(vae.config["scaling_factor"])


def encode_pictures(vae: AutoencoderKL, pictures: Sequence[Image]) -> Tensor:
    """As :func:`encode_picture`, [n, C, h, w]; one by one, because the VAE is what needs most memory."""
    return torch.cat([encode_picture(vae, picture) for picture in pictures])
