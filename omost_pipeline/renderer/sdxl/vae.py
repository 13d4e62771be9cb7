"""SDXL's autoencoder, whose latents are the model's but for one factor."""

from __future__ import annotations

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from torch import Tensor

from omost_pipeline.renderer.vae import ScaledVae


class Vae(ScaledVae[AutoencoderKL]):
    """The autoencoder with its factor."""

    @property
    def cell(self) -> int:
        """Pixels along a latent cell's side: the encoder halves between its levels."""
        return int(2 ** (len(self.model.config["block_out_channels"]) - 1))

    @property
    def channels(self) -> int:
        """Numbers of a latent cell."""
        return int(self.model.config["latent_channels"])

    @property
    def _scale(self) -> Tensor:
        return torch.tensor(float(self.model.config["scaling_factor"]))

    def _scaled(self, latents: Tensor) -> Tensor:
        return latents * float(self.model.config["scaling_factor"])

    def _unscaled(self, latents: Tensor) -> Tensor:
        return latents / float(self.model.config["scaling_factor"])
