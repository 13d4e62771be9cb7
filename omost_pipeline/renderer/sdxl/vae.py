"""SDXL's autoencoder: pictures to latents of the UNet's scale and back. Knows no UNet and no steps."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from PIL.Image import Image
from torch import Tensor

from omost_pipeline.renderer import stripes
from omost_pipeline.renderer.preview import fit_preview, to_image


class Vae:
    """The autoencoder with its scale. ``model`` may be moved between devices meanwhile."""

    def __init__(self, model: AutoencoderKL) -> None:
        self.model = model
        self._scale = float(model.config["scaling_factor"])

    @property
    def cell(self) -> int:
        """Pixels along a latent cell's side: the encoder halves between its levels."""
        return int(2 ** (len(self.model.config["block_out_channels"]) - 1))

    def encode(self, pixels: Tensor) -> Tensor:
        """[n, 3, H, W] of −1…1 → latents [n, C, h, w] in float32: the mode of what the VAE sees."""
        vae, pixels = self.model, pixels.to(self.model.device, self.model.dtype)
        if pixels.shape[-2] * pixels.shape[-1] <= stripes.WHOLE_PIXELS or not stripes.fits(vae.encoder):
            latents: Tensor = vae.encode(pixels).latent_dist.mode()
            return latents.float() * self._scale
        moments = stripes.encode(vae.encoder, pixels)
        if vae.quant_conv is not None:
            moments = vae.quant_conv(moments)
        return moments.chunk(2, 1)[0].float() * self._scale

    def decode(self, latents: Tensor) -> Tensor:
        """[n, C, h, w] → [n, 3, H, W] of about −1…1."""
        vae, latents = self.model, (latents / self._scale).to(self.model.device, self.model.dtype)
        size = latents.shape[-2] * latents.shape[-1] * self.cell**2
        if size <= stripes.WHOLE_PIXELS or not stripes.fits(vae.decoder):
            pixels: Tensor = vae.decode(latents, return_dict=False)[0]
            return pixels
        if vae.post_quant_conv is not None:
            latents = vae.post_quant_conv(latents)
        return stripes.decode(vae.decoder, latents)

    def encode_pictures(self, pictures: Sequence[Image]) -> Tensor:
        """Pictures of one size as latents [n, C, h, w]; one by one, because the VAE is what needs most memory."""
        return torch.cat([self.encode(_pixels(picture)) for picture in pictures])

    def decode_pictures(self, latents: Tensor) -> tuple[Image, ...]:
        """Latents [n, C, h, w] as pictures, one by one as well."""
        return tuple(to_image(self.decode(one[None])[0]) for one in latents)

    def preview_map(self) -> Tensor:
        """What :func:`fit_preview` gives, [C + 1, 3]; fitted only once for the same VAE."""
        mark = self._fingerprint()
        if mark not in _fitted:
            _fitted[mark] = fit_preview(self.encode, self.decode, self.cell)
        return _fitted[mark]

    def _fingerprint(self) -> bytes:
        """Tells VAEs apart by their ends, which training changes like every other weight, and by their scale."""
        encoder, decoder = self.model.encoder, self.model.decoder
        digest = blake2b(repr(self._scale).encode())
        for end in (encoder.conv_in, encoder.conv_out, decoder.conv_in, decoder.conv_out):
            digest.update(end.weight.detach().float().cpu().numpy().tobytes())
        return digest.digest()


_fitted: dict[bytes, Tensor] = {}
"""VAE's fingerprint → its map, for models that are unloaded and loaded again."""


def _pixels(picture: Image) -> Tensor:
    """[1, 3, H, W] of −1…1."""
    values = torch.from_numpy(np.array(picture.convert("RGB"), dtype=np.float32)).permute(2, 0, 1)[None]
    return values / 127.5 - 1
