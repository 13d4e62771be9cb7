"""Scenes and their latents, kept in files and held in memory, from which the renderer's training takes batches."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import numpy as np
import torch
from torch import Tensor

from omost_pipeline.training.dataset import SHARD_SCENES, Source, save_array, shard_pictures
from omost_pipeline.training.latents import LatentMap
from omost_pipeline.world.scenes import Scene

log = logging.getLogger(__name__)


def encode_shards(directory: Path, latents: LatentMap, source: Source, count: int, *, close: bool) -> None:
    """Draw and encode those of the first ``count`` shards that are not there yet, with ``close`` scenes or without."""
    for shard in range(count):
        for each in (False, True)[: 1 + close]:
            log.info("latents in %s", encode_shard(directory, latents, shard, source, each))


def encode_shard(directory: Path, latents: LatentMap, shard: int, source: Source, close: bool = False) -> Path:
    """The file of one shard's latents [SHARD_SCENES, C, h, w] float16, drawn and encoded at first use."""
    path = _path(directory, source, shard, close)
    if not path.exists():
        save_array(path, latents.encode(shard_pictures(shard, source, close)).half().numpy())
    return path


def _path(directory: Path, source: Source, shard: int, close: bool) -> Path:
    return directory / f"{'close' if close else 'latents'}-{source.name}-{shard:04d}.npy"


@dataclass
class _Bucket:
    """Scenes with as many things each, and where their latents lie: shard file and row."""

    numbers: list[int] = field(default_factory=list)
    scenes: list[Scene] = field(default_factory=list)
    latents: list[Tensor] = field(default_factory=list)


class Pool:
    """Scenes with their latents in memory, in buckets by number of things, so that a batch pads little."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._buckets: dict[tuple[bool, int], _Bucket] = {}
        self._shards: set[tuple[int, bool]] = set()

    def __len__(self) -> int:
        return sum(len(bucket.scenes) for bucket in self._buckets.values())

    def take_in(self, directory: Path, shards: int) -> None:
        """Load those of the first ``shards`` shards that lie ready in ``directory`` and are not loaded yet."""
        for shard in range(shards):
            for close in (False, True):
                path = _path(directory, self._source, shard, close)
                if (shard, close) not in self._shards and path.exists():
                    self._shards.add((shard, close))
                    self._load(path, shard, close)

    def _load(self, path: Path, shard: int, close: bool) -> None:
        latents = torch.from_numpy(np.load(path))
        for row in range(len(latents)):
            number = shard * SHARD_SCENES + row
            scene = self._source.scene(number, close)
            bucket = self._buckets.setdefault((close, max(len(scene.things), 1)), _Bucket())
            bucket.numbers.append(number)
            bucket.scenes.append(scene)
            bucket.latents.append(latents[row])

    def batch(self, rng: Random, size: int, close_share: float = 0.0) -> tuple[list[int], list[Scene], Tensor]:
        """``size`` scenes of one bucket, picked in proportion to its size; with that share a bucket of close ones.

        Returns:
            Their numbers, the scenes, and their latents [size, C, h, w].
        """
        close = any(key[0] for key in self._buckets) and rng.random() < close_share
        keys = sorted(key for key in self._buckets if key[0] is close)
        bucket = self._buckets[rng.choices(keys, [len(self._buckets[key].scenes) for key in keys])[0]]
        chosen = rng.choices(range(len(bucket.scenes)), k=size)
        latents = torch.stack([bucket.latents[i] for i in chosen]).float()
        return [bucket.numbers[i] for i in chosen], [bucket.scenes[i] for i in chosen], latents
