"""The course that both renderers' trainings take: steps at a rate over time, checkpoints, sheets to look at.

A training says what it learns from a batch and how it shows what it has learnt; the clock, the optimisers, the averaged
weights and the files are here. Knows no model.
"""

from __future__ import annotations

import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import numpy as np
from PIL import Image
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from omost_pipeline.training.dataset import SHARD_SCENES, Source
from omost_pipeline.training.latents import LatentMap
from omost_pipeline.training.optimizing import Average, load_state, optimisers, rate_factor, save_state, take_step
from omost_pipeline.training.renderer_pool import Pool, encode_shard
from omost_pipeline.training.renderer_samples import Sample, Shares
from omost_pipeline.training.train_vae import HELD_OUT_SHARD
from omost_pipeline.world.scenes import Scene, contact_sheet

log = logging.getLogger(__name__)

_SHOWN = 16
"""Held-out scenes on a sheet."""


@dataclass(frozen=True)
class CourseOptions:
    """How a renderer is trained. Times are in minutes of training over all runs."""

    minutes: float = 85.0
    rate: float = 1.5e-3
    batch: int = 48
    shares: Shares = field(default_factory=Shares)
    tail: float = 0.45
    """Share of the time over which the rate falls to zero."""
    shards: int = 40
    save_every: float = 3.0
    show_every: float = 10.0
    seed: int = 11


class Course(ABC):
    """One training in a directory: its modules, optimisers and clock, saved and taken up again."""

    def __init__(
        self, file: Path, parts: Mapping[str, nn.Module], options: CourseOptions, source: Source, latents: LatentMap
    ) -> None:
        """Goes on from the checkpoint in ``file``, if there is one; ``parts`` are the modules that learn, by name."""
        self._file, self._parts, self._options, self._source = file, dict(parts), options, source
        self.latents = latents
        self._average = Average(self._parts, 0.998)
        self._optims = optimisers(self._parts.values(), options.rate)
        self.step, self.minutes = 0, 0.0
        if (state := load_state(file)) is not None:
            for name, part in self._parts.items():
                part.load_state_dict(state["parts"][name])
            for optim, kept in zip(self._optims, state["optimisers"], strict=True):
                optim.load_state_dict(kept)
            self._average.load_state_dict(state["average"])
            self.step, self.minutes = state["step"], state["minutes"]

    @abstractmethod
    def loss(self, pool: Pool, rng: Random) -> Tensor:
        """The loss of one batch from the pool, which depends on ``rng`` alone."""

    @abstractmethod
    def show(self) -> None:
        """Write a sheet of what has been learnt, and export it where that is wanted."""

    def learn(self, pool: Pool) -> float:
        """One step; the loss. A step's samples and noise depend on the seed and the step's number alone."""
        with sdpa_kernel(SDPBackend.MATH):  # the fused kernel's backward pass with a mask is slow on a CPU
            loss = self.loss(pool, Random(f"{self._options.seed} {self.step}"))
            loss.backward()
        for part in self._parts.values():
            nn.utils.clip_grad_norm_(part.parameters(), 1.0)
        factor = rate_factor(self.minutes / self._options.minutes, self.step, 100, self._options.tail)
        take_step(self._optims, self._options.rate * factor)
        self._average.update()
        self.step += 1
        return loss.item()

    def wanted(
        self, numbers: Sequence[int], scenes: Sequence[Scene], latents: Tensor, samples: Sequence[Sample]
    ) -> Tensor:
        """The latents [B, C, h, w] of what each sample's picture is to show."""
        rows = [row for row, sample in enumerate(samples) if sample.shown is not None]
        if not rows:
            return latents
        pictures = np.stack([self._source.picture(scenes[row], numbers[row], samples[row].shown) for row in rows])
        wanted = latents.clone()
        wanted[rows] = self.latents.encode(pictures)
        return wanted

    def save(self) -> None:
        """Write all of it."""
        parts = {name: part.state_dict() for name, part in self._parts.items()}
        state = {"parts": parts, "average": self._average.state_dict(), "step": self.step, "minutes": self.minutes}
        save_state(self._file, state | {"optimisers": [optim.state_dict() for optim in self._optims]})

    def run(self) -> None:
        """Learn, or go on learning, until the options' minutes are over."""
        options, directory = self._options, self._file.parent
        pool = Pool(self._source)
        encode_shard(directory, self.latents, 0, self._source)
        pool.take_in(directory, options.shards)
        saved = shown = self.minutes
        mean, clock = 0.0, time.monotonic() - self.minutes * 60
        while self.minutes < options.minutes:
            loss = self.learn(pool)
            self.minutes = (time.monotonic() - clock) / 60
            mean += (loss - mean) / min(self.step, 50)
            if self.step % 50 == 0:
                log.info("step %d minute %.1f loss %.4f scenes %d", self.step, self.minutes, mean, len(pool))
                pool.take_in(directory, options.shards)
            over = self.minutes >= options.minutes
            if over or self.minutes - saved > options.save_every:
                saved = self.minutes
                self.save()
            if over or self.minutes - shown > options.show_every:
                shown = self.minutes
                self.save()
                self.show()


def held_out(source: Source) -> tuple[list[Scene], list[Image.Image]]:
    """Scenes that are kept out of training, and their drawn pictures."""
    numbers = range(HELD_OUT_SHARD * SHARD_SCENES, HELD_OUT_SHARD * SHARD_SCENES + _SHOWN)
    scenes = [source.scene(number, close=False) for number in numbers]
    return scenes, [Image.fromarray(source.picture(*each)) for each in zip(scenes, numbers, strict=True)]


def write_sheet(drawn: Sequence[Image.Image], latents: LatentMap, made: Tensor, target: Path) -> None:
    """Drawn pictures, each above what a model's latents [B, C, h, w] say in its place."""
    pictures = [each.resize(drawn[0].size, Image.Resampling.BICUBIC) for each in latents.small_pictures(made)]
    contact_sheet([*drawn[:8], *pictures[:8], *drawn[8:], *pictures[8:]], 8).save(target)
