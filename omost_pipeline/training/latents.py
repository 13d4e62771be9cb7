"""The bundled renderers' latents: patches of a small picture, turned so that few numbers hold nearly all of it.

A picture is shrunk to a quarter, cut into patches of 4 × 4 or 2 × 2, and each patch is rotated into its principal
components and scaled: a fixed linear map, fitted once, so a denoiser's training waits for no autoencoder. The VAE
learns the map's inverse afterwards, with sharp edges instead of a quarter's blur (:mod:`train_vae`). Knows no model.
"""

from __future__ import annotations

import math
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
FINE_PATCH, FINE_CHANNELS = 2, 8
"""The same of the second family's latents, of which a cell stands for 8 × 8 pixels and has 12 components."""
_EVENNESS = 0.6
"""How far the components' scales are evened out: 0 leaves them as they are, 1 gives each a standard deviation of 1.
Left alone, the mean colour of a patch outweighs any noise and its details drown in it."""


@dataclass(frozen=True)
class LatentMap:
    """``mean`` [3 p²] and ``basis`` [C, 3 p²] of patches of p × p, and ``scale`` [C].

    A latent cell is (patch − mean) · basis · scale.
    """

    mean: Tensor
    basis: Tensor
    scale: Tensor

    @property
    def patch(self) -> int:
        """Pixels of the small picture per cell, along one side."""
        return math.isqrt(len(self.mean) // 3)

    def encode(self, pictures: npt.NDArray[np.uint8]) -> Tensor:
        """[B, H, W, 3] RGB → latents [B, C, H / (SHRINK · p), W / (SHRINK · p)]."""
        patches = _patches(pictures, self.patch) - self.mean  # [B, h, w, 3 p²]
        return (patches @ self.basis.T * self.scale).permute(0, 3, 1, 2)

    def small_pictures(self, latents: Tensor) -> list[Image.Image]:
        """What latents [B, C, h, w] say without a decoder: pictures of p h × p w pixels."""
        patches = (latents.permute(0, 2, 3, 1) / self.scale) @ self.basis + self.mean
        count, height, width, _ = patches.shape
        pixels = patches.view(count, height, width, self.patch, self.patch, 3).transpose(2, 3)
        pixels = pixels.reshape(count, height * self.patch, width * self.patch, 3)
        values = ((pixels.clamp(-1, 1) + 1) * 127.5).round().byte().numpy()
        return [Image.fromarray(value) for value in values]

    def save(self, path: Path) -> None:
        torch.save({"mean": self.mean, "basis": self.basis, "scale": self.scale}, path)

    @classmethod
    def load(cls, path: Path) -> LatentMap:
        return cls(**torch.load(path, map_location="cpu", weights_only=True))


def fit(pictures: npt.NDArray[np.uint8], patch: int = PATCH, channels: int = CHANNELS) -> LatentMap:
    """The map for pictures like these [B, H, W, 3]: the largest components, scaled to a mean square of 1."""
    patches = _patches(pictures, patch).flatten(0, 2).double()
    mean = patches.mean(0)
    variances, components = torch.linalg.eigh((patches - mean).T.cov())
    deviation = variances.flip(0)[:channels].sqrt()
    scale = deviation**-_EVENNESS
    scale = scale / (deviation * scale).square().mean().sqrt()
    return LatentMap(mean.float(), components.T.flip(0)[:channels].float().contiguous(), scale.float())


def _patches(pictures: npt.NDArray[np.uint8], patch: int) -> Tensor:
    """[B, H, W, 3] RGB → patches [B, H / (SHRINK · p), W / (SHRINK · p), 3 p²] of the small picture, −1…1."""
    pixels = torch.from_numpy(np.array(pictures)).float() / 127.5 - 1
    count, height, width, _ = pixels.shape
    small = pixels.view(count, height // SHRINK, SHRINK, width // SHRINK, SHRINK, 3).mean((2, 4))
    rows, columns = height // (SHRINK * patch), width // (SHRINK * patch)
    return small.view(count, rows, patch, columns, patch, 3).transpose(2, 3).reshape(count, rows, columns, -1)


def latent_map(directory: Path, patch: int = PATCH, channels: int = CHANNELS) -> LatentMap:
    """The map in ``directory``, fitted on the first scenes at first use."""
    path = directory / "latents.pt"
    if not path.exists():
        directory.mkdir(parents=True, exist_ok=True)
        fit(np.stack([numbered_picture(number) for number in range(SHARD_SCENES)]), patch, channels).save(path)
    return LatentMap.load(path)


def fine_latent_map(directory: Path) -> LatentMap:
    """The second family's."""
    return latent_map(directory, FINE_PATCH, FINE_CHANNELS)
