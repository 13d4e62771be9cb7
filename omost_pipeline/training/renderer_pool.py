"""Scenes and their latents, kept in files and held in memory, from which the renderer's training takes batches."""

from __future__ import annotations

from pathlib import Path
from random import Random

import numpy as np
import torch
from torch import Tensor

from omost_pipeline.training.dataset import SHARD_SCENES, save_array, shard_pictures, shard_scenes
from omost_pipeline.training.latents import CHANNELS, LatentMap
from omost_pipeline.training.renderer_model import LATENT_SIDE
from omost_pipeline.world.scenes import Scene


def encode_shard(directory: Path, latents: LatentMap, shard: int) -> Path:
    """The file of one shard's latents [SHARD_SCENES, C, 12, 12] float16, drawn and encoded at first use."""
    path = directory / f"latents-{shard:04d}.npy"
    if not path.exists():
        save_array(path, latents.encode(shard_pictures(shard)).half().numpy())
    return path


class Pool:
    """Scenes with their latents in memory, in buckets by number of things, so that a batch pads little."""

    def __init__(self) -> None:
        self._numbers: list[int] = []
        self._scenes: list[Scene] = []
        self._latents = torch.empty(0, CHANNELS, LATENT_SIDE, LATENT_SIDE, dtype=torch.float16)
        self._buckets: dict[int, list[int]] = {}
        self._shards: set[int] = set()

    def __len__(self) -> int:
        return len(self._scenes)

    def take_in(self, directory: Path, shards: int) -> None:
        """Load those of the first ``shards`` shards that lie ready in ``directory`` and are not loaded yet."""
        for shard in sorted(set(range(shards)) - self._shards):
            path = directory / f"latents-{shard:04d}.npy"
            if path.exists():
                self._shards.add(shard)
                self._latents = torch.cat([self._latents, torch.from_numpy(np.load(path))])
                for number, scene in enumerate(shard_scenes(shard), start=shard * SHARD_SCENES):
                    self._buckets.setdefault(max(len(scene.things), 1), []).append(len(self._scenes))
                    self._numbers.append(number)
                    self._scenes.append(scene)

    def batch(self, rng: Random, size: int) -> tuple[list[int], list[Scene], Tensor]:
        """``size`` scenes of one bucket, picked in proportion to its size.

        Returns:
            Their numbers, the scenes, and their latents [size, C, 12, 12].
        """
        counts = sorted(self._buckets)
        bucket = self._buckets[rng.choices(counts, [len(self._buckets[count]) for count in counts])[0]]
        chosen = rng.choices(bucket, k=size)
        return [self._numbers[i] for i in chosen], [self._scenes[i] for i in chosen], self._latents[chosen].float()
