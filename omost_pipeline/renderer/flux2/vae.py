"""FLUX.2's autoencoder: two by two of its latents make one token, normalised by a batch norm's running statistics."""

from __future__ import annotations

import torch
from diffusers.models.autoencoders.autoencoder_kl_flux2 import AutoencoderKLFlux2
from torch import Tensor
from torch.nn.functional import pixel_shuffle, pixel_unshuffle

from omost_pipeline.renderer.vae import ScaledVae

PATCH = 2
"""Latents along a token's side."""


class Vae(ScaledVae[AutoencoderKLFlux2]):
    """The autoencoder with its statistics; a cell is a token of the model."""

    @property
    def cell(self) -> int:
        """Pixels along a token's side."""
        return int(PATCH * 2 ** (len(self.model.config["block_out_channels"]) - 1))

    @property
    def native(self) -> int:
        """Cells along a side of the pictures that it was trained with."""
        return int(self.model.config["sample_size"]) // self.cell

    @property
    def channels(self) -> int:
        """Numbers of a token."""
        return int(PATCH**2 * self.model.config["latent_channels"])

    @property
    def _scale(self) -> Tensor:
        return torch.cat([self.model.bn.running_mean, self.model.bn.running_var])

    def _scaled(self, latents: Tensor) -> Tensor:
        mean, deviation = self._statistics(latents)
        return (pixel_unshuffle(latents, PATCH) - mean) / deviation

    def _unscaled(self, latents: Tensor) -> Tensor:
        mean, deviation = self._statistics(latents)
        return pixel_shuffle(latents * deviation + mean, PATCH)

    def _statistics(self, latents: Tensor) -> tuple[Tensor, Tensor]:
        """The mean and deviation of each of a token's numbers, [C, 1, 1] each."""
        norm = self.model.bn
        mean, variance = (each.to(latents.device, torch.float32) for each in (norm.running_mean, norm.running_var))
        deviation = (variance + float(self.model.config["batch_norm_eps"])).sqrt()
        return mean[:, None, None], deviation[:, None, None]
