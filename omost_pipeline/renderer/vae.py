"""An autoencoder: pictures to latents of a model's scale and back, large ones in stripes.

What a family adds is the scale: how the numbers of the autoencoder become those that its model was trained on. Knows no
model and no steps.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from hashlib import blake2b
from typing import Generic, Protocol, TypeVar

import numpy as np
import torch
from PIL.Image import Image
from torch import Tensor, nn

from omost_pipeline.errors import RendererError
from omost_pipeline.renderer import stripes
from omost_pipeline.renderer.preview import fit_preview, to_image


def _numbers(pixels: Tensor) -> Tensor:
    if bool(pixels.isfinite().all()):
        return pixels
    raise RendererError(
        "The picture came out as no numbers (NaN), which would be black: weights of the model, or of a LoRA, are "
        "damaged or too large for 16 bits. Try it without LoRAs, then with another models.renderer."
    )


class Autoencoder(Protocol):
    """What is used of diffusers' convolutional autoencoders."""

    encoder: nn.Module
    decoder: nn.Module
    quant_conv: nn.Module | None
    post_quant_conv: nn.Module | None


A = TypeVar("A", bound=nn.Module)


class ScaledVae(ABC, Generic[A]):
    """The autoencoder with its scale. ``model`` may be moved between devices meanwhile."""

    def __init__(self, model: A) -> None:
        self.model = model

    @property
    def module(self) -> nn.Module:
        """The autoencoder itself."""
        return self.model

    @property
    @abstractmethod
    def cell(self) -> int:
        """Pixels along a latent cell's side."""

    @property
    @abstractmethod
    def channels(self) -> int:
        """Numbers of a latent cell."""

    @property
    @abstractmethod
    def _scale(self) -> Tensor:
        """What the scale is made of, to tell autoencoders apart."""

    @abstractmethod
    def _scaled(self, latents: Tensor) -> Tensor:
        """The autoencoder's latents at the model's scale."""

    @abstractmethod
    def _unscaled(self, latents: Tensor) -> Tensor:
        """The model's latents at the autoencoder's scale."""

    def encode(self, pixels: Tensor) -> Tensor:
        """[n, 3, H, W] of −1…1 → latents [n, C, h, w] in float32: the mode of what the VAE sees."""
        vae, weight = _parts(self.model), next(self.model.parameters())
        pixels = pixels.to(weight.device, weight.dtype)
        whole = pixels.shape[-2] * pixels.shape[-1] <= stripes.WHOLE_PIXELS or not stripes.fits(vae.encoder)
        moments: Tensor = vae.encoder(pixels) if whole else stripes.encode(vae.encoder, pixels)
        if vae.quant_conv is not None:
            moments = vae.quant_conv(moments)
        return self._scaled(moments.chunk(2, 1)[0].float())

    def decode(self, latents: Tensor) -> Tensor:
        """[n, C, h, w] → [n, 3, H, W] of about −1…1."""
        vae, weight = _parts(self.model), next(self.model.parameters())
        size = latents.shape[-2] * latents.shape[-1] * self.cell**2
        latents = self._unscaled(latents).to(weight.device, weight.dtype)
        if vae.post_quant_conv is not None:
            latents = vae.post_quant_conv(latents)
        whole = size <= stripes.WHOLE_PIXELS or not stripes.fits(vae.decoder)
        pixels: Tensor = vae.decoder(latents) if whole else stripes.decode(vae.decoder, latents)
        return pixels

    def encode_pictures(self, pictures: Sequence[Image]) -> Tensor:
        """Pictures of one size as latents [n, C, h, w]; one by one, because the VAE is what needs most memory."""
        return torch.cat([self.encode(_pixels(picture)) for picture in pictures])

    def decode_pictures(self, latents: Tensor) -> tuple[Image, ...]:
        """Latents [n, C, h, w] as pictures, one by one as well.

        Raises:
            RendererError: if they hold no numbers, which would be a black picture.
        """
        return tuple(to_image(_numbers(self.decode(one[None]))[0]) for one in latents)

    def preview_map(self) -> Tensor:
        """What :func:`fit_preview` gives, [C + 1, 3]; fitted only once for the same VAE."""
        mark = self._fingerprint()
        if mark not in _fitted:
            _fitted[mark] = fit_preview(self.encode, self.decode, self.cell, self.channels)
        return _fitted[mark]

    def _fingerprint(self) -> bytes:
        """Tells VAEs apart by their ends, which training changes like every other weight, and by their scale."""
        digest = blake2b(self._scale.detach().float().cpu().numpy().tobytes())
        for half in ("encoder", "decoder"):
            for end in ("conv_in", "conv_out"):
                weight = self.model.get_parameter(f"{half}.{end}.weight")
                digest.update(weight.detach().float().cpu().numpy().tobytes())
        return digest.digest()


_fitted: dict[bytes, Tensor] = {}
"""VAE's fingerprint → its map, for models that are unloaded and loaded again."""


def _parts(model: object) -> Autoencoder:
    vae: Autoencoder = model  # type: ignore[assignment]  # diffusers' modules have no types
    return vae


def _pixels(picture: Image) -> Tensor:
    """[1, 3, H, W] of −1…1."""
    values = torch.from_numpy(np.array(picture.convert("RGB"), dtype=np.float32)).permute(2, 0, 1)[None]
    return values / 127.5 - 1
