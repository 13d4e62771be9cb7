"""The bundled renderer's latents: patches of a small picture, turned so that few numbers hold nearly all of it.

A picture is shrunk to a quarter, cut into 4 × 4 patches, and each patch is rotated into its principal components
and scaled: a fixed linear map, fitted once, so the UNet's training waits for no autoencoder. The VAE learns the map's
inverse afterwards, with sharp edges instead of a quarter's blur (:mod:`train_vae`). Knows no model.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import Tensor

from omost_pipeline.training.dataset import SHARD_SCENES, numbered_picture

SHRINK = 4
"""Pixels of the picture per pixel of the small picture, along one side."""
PATCH = 4
"""Pixels of the small picture per latent cell, along one side; with SHRINK, a cell stands for 16 × 16 pixels."""
CHANNELS = 24
"""Principal components that are kept, of 48."""
_EVENNESS = 0.6
"""How far the components' scales are evened out: 0 leaves them as they are, 1 gives each a standard deviation of 1.
Left alone, the mean colour of a patch outweighs any noise and its details drown in it."""


@dataclass(frozen=True)
class LatentMap:
    """``mean`` [48] and ``basis`` [CHANNELS, 48] of patches, and ``scale`` [CHANNELS].

    A latent cell is (patch − mean) · basis · scale.
    """

    mean: Tensor
    basis: Tensor
    scale: Tensor

    def encode(self, pictures: npt.NDArray[np.uint8]) -> Tensor:
        """[B, H, W, 3] RGB → latents [B, CHANNELS, H / 16, W / 16]."""
        patches = _patches(pictures) - self.mean  # [B, h, w, 48]
        return (patches @ self.basis.T * self.scale).permute(0, 3, 1, 2)

    def small_pictures(self, latents: Tensor) -> list[Image.Image]:
        """What latents [B, CHANNELS, h, w] say without a decoder: pictures of 4 h × 4 w pixels."""
        patches = (latents.permute(0, 2, 3, 1) / self.scale) @ self.basis + self.mean
        count, height, width, _ = patches.shape
        pixels = patches.view(count, height, width, PATCH, PATCH, 3).transpose(2, 3)
        pixels = pixels.reshape(count, height * PATCH, width * PATCH, 3)
        values = ((pixels.clamp(-1, 1) + 1) * 127.5).round().byte().numpy()
        return [Image.fromarray(value) for value in values]

    def save(self, path: Path) -> None:
        torch.save({"mean": self.mean, "basis": self.basis, "scale": self.scale}, path)

    @classmethod
    def load(cls, path: Path) -> LatentMap:
        return cls(**torch.load(path, map_location="cpu", weights_only=True))


def fit(pictures: npt.NDArray[np.uint8]) -> LatentMap:
    """The map for pictures like these [B, H, W, 3]: the largest components, scaled to a mean square of 1."""
    patches = _patches(pictures).flatten(0, 2).double()
    mean = patches.mean(0)
    variances, components = torch.linalg.eigh((patches - mean).T.cov())
    deviation = variances.flip(0)[:CHANNELS].sqrt()
    scale = deviation**-_EVENNESS
    scale = scale / (deviation * scale).square().mean().sqrt()
    return LatentMap(mean.float(), components.T.flip(0)[:CHANNELS].float().contiguous(), scale.float())


def _patches(pictures: npt.NDArray[np.uint8]) -> Tensor:
    """[B, H, W, 3] RGB → patches [B, H / 16, W / 16, 48] of the small picture, −1…1."""
    pixels = torch.from_numpy(np.array(pictures)).float() / 127.5 - 1
    count, height, width, _ = pixels.shape
    small = pixels.view(count, height // SHRINK, SHRINK, width // SHRINK, SHRINK, 3).mean((2, 4))
    rows, columns = height // (SHRINK * PATCH), width // (SHRINK * PATCH)
    return small.view(count, rows, PATCH, columns, PATCH, 3).transpose(2, 3).reshape(count, rows, columns, -1)


def latent_map(directory: Path) -> LatentMap:
    """The map in ``directory``, fitted on the first scenes at first use."""
    path = directory / "latents.pt"
    if not path.exists():
        directory.mkdir(parents=True, exist_ok=True)
        fit(np.stack([numbered_picture(number) for number in range(SHARD_SCENES)])).save(path)
    return LatentMap.load(path)
