"""Trains the small FLUX.2-klein: transformer and text encoder together, by rectified flow, on latents of drawn scenes.

Each sample is conditioned as a render is (:mod:`renderer_samples`), through :mod:`omost_pipeline.renderer.flux2`. Run
it again with the same directory to go on. Draws its own scenes; the latents are those of the bundled renderer's
training, so that one pool serves both.
"""

from __future__ import annotations

import argparse
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import pixel_shuffle, pixel_unshuffle

from omost_pipeline.renderer.flux2.attention import all_places, install, predict
from omost_pipeline.renderer.flux2.joint import Joint
from omost_pipeline.renderer.flux2.schedule import Schedule
from omost_pipeline.renderer.flux2.text import TextEncoder
from omost_pipeline.renderer.regions.spans import Span
from omost_pipeline.renderer.sampling import sample_euler
from omost_pipeline.training.dataset import SmallWorld, numbered_picture, shard_pictures, shard_scenes
from omost_pipeline.training.klein_model import SHIFT, TOKEN_SIDE, TinyKlein, export, load, new_model
from omost_pipeline.training.latents import CHANNELS, LatentMap, latent_map
from omost_pipeline.training.optimizing import Average, load_state, mixed_precision, optimisers, rate_factor, save_state
from omost_pipeline.training.renderer_pool import Pool, encode_shard
from omost_pipeline.training.renderer_samples import Sample, Shares, boxes, draw_sample
from omost_pipeline.training.train_vae import HELD_OUT_SHARD
from omost_pipeline.world.scenes import Scene, contact_sheet

log = logging.getLogger(__name__)

_SHARES = Shares(boxes=0.3, outlines=0.3, alone=0.25, caption=0.15)
"""No sample is conditioned by nothing: a distilled model has no guidance."""

_EARLY = 0.5
"""Time from which on things are drawn alone before the background, as ``bounded`` asks it."""


@dataclass(frozen=True)
class KleinOptions:
    """How the model is trained. Times are in minutes of training over all runs."""

    minutes: float = 180.0
    rate: float = 1.5e-3
    batch: int = 48
    shares: Shares = field(default_factory=lambda: _SHARES)
    tail: float = 0.45
    """Share of the time over which the rate falls to zero."""
    shards: int = 40
    save_every: float = 3.0
    show_every: float = 10.0
    seed: int = 13


class Trainee:
    """The model with what training and sampling need around it."""

    def __init__(self, model: TinyKlein) -> None:
        install(model.transformer)
        self.model, self.text = model, TextEncoder(model.tokenizer, model.text_encoder)

    def predict(self, noisy: Tensor, times: Tensor, samples: Sequence[Sample]) -> Tensor:
        """The transformer's difference noise − picture for noisy tokens [B, C, h, w] under each sample's conditions."""
        bags = {bag for sample in samples for condition in sample.conditions for bag in self._bags(condition)}
        unique = sorted(bags)
        known = dict(zip(unique, self.text.hidden(unique, at_once=512), strict=True))
        rows = [[known[bag] for condition in sample.conditions for bag in self._bags(condition)] for sample in samples]
        longest = max(sum(map(len, row)) for row in rows)
        height, width = noisy.shape[-2:]
        hidden, places, masks = [], [], []
        for sample, row in zip(samples, rows, strict=True):
            words = torch.cat(row)
            hidden.append(nn.functional.pad(words, (0, 0, 0, longest - len(words))))
            at = torch.cat([torch.arange(len(message)) for message in row])
            places.append(all_places(nn.functional.pad(at, (0, longest - len(at))), height, width))
            masks.append(_padded(_dense(sample, known, self._bags, height, width), len(words), longest))
        model: Any = self.model.transformer
        rotation = [torch.stack(each) for each in zip(*map(model.pos_embed, places), strict=True)]
        words = model.context_embedder(torch.stack(hidden))
        seen = {"attention_mask": torch.stack(masks)[:, None]}
        return predict(self.model.transformer, words, (rotation[0], rotation[1]), noisy, times, seen)

    @staticmethod
    def _bags(condition: Any) -> tuple[tuple[str, ...], ...]:  # noqa: ANN401  # a condition
        return ((*condition.prefixes, *condition.suffixes),)

    def loss(self, tokens: Tensor, wanted: Tensor, samples: Sequence[Sample], noise: torch.Generator) -> Tensor:
        """Mean squared error of the flow (Liu et al. 2022); times are spread evenly over the batch.

        ``tokens``: [B, C, h, w] under the noise. ``wanted``: those to find there; what else lies under the noise is to
        be taken for noise. That is asked of early steps alone.
        """
        count = len(tokens)
        even = (torch.arange(count) + torch.rand(count, generator=noise)) / count
        even = even[torch.randperm(count, generator=noise)]
        least = torch.tensor([0.0 if sample.shown is None else _EARLY for sample in samples])
        times = least + (1 - least) * even
        times = (SHIFT * times / (1 + (SHIFT - 1) * times)).clamp(min=0.02)
        level = times.view(-1, 1, 1, 1)
        noisy = (1 - level) * tokens + level * torch.randn(tokens.shape, generator=noise)
        target = (noisy - wanted) / level
        with mixed_precision():
            output = self.predict(noisy, times, samples)
        return (output.float() - target).square().mean()

    @torch.no_grad()
    def sample(self, scenes: Sequence[Scene], seed: int, steps: int = 8) -> Tensor:
        """Tokens of scenes drawn with plain masks, for looking at."""
        schedule, noise = Schedule(SHIFT), torch.Generator().manual_seed(seed)
        x = torch.randn(len(scenes), 4 * CHANNELS, TOKEN_SIDE, TOKEN_SIDE, generator=noise)
        samples = [boxes(scene) for scene in scenes]

        def denoise(x: Tensor, level: float) -> Tensor:
            return schedule.denoised(x, level, self.predict(x, torch.full((len(x),), level), samples))

        for estimate in sample_euler(denoise, x, schedule.levels(steps, TOKEN_SIDE**2)):
            x = estimate.x
        return x


def _dense(sample: Sample, known: Any, bags: Any, height: int, width: int) -> Tensor:  # noqa: ANN401  # as above
    spans = [Span(condition.box, sum(len(known[bag]) for bag in bags(condition))) for condition in sample.conditions]
    return Joint.of(sample.spans(spans), height, width).dense


def _padded(mask: Tensor, words: int, longest: int) -> Tensor:
    """[K + P, K + P] → [L + P, L + P], with pads behind the words that see themselves alone."""
    room = longest - words
    kept = torch.cat([torch.arange(words), torch.arange(len(mask) - words) + words + room])
    whole = torch.eye(len(mask) + room, dtype=torch.bool)
    whole[kept[:, None], kept] = mask
    return whole


class Training:
    """One training in a directory: its model, optimisers and clock, saved and taken up again."""

    def __init__(self, directory: Path, options: KleinOptions, start: Path | None = None) -> None:
        """Goes on from the checkpoint in ``directory``; without one, from the exported model in ``start``, if given."""
        torch.manual_seed(options.seed)
        self._path, self._options = directory / "klein.pt", options
        self.latents = latent_map(directory)
        self.trainee = Trainee(new_model() if start is None else load(start))
        self._parts = self.trainee.model.trained
        self._average = Average(self._parts, 0.998)
        self._optims = optimisers(self._parts.values(), options.rate)
        self.step, self.minutes = 0, 0.0
        if (state := load_state(self._path)) is not None:
            for name, part in self._parts.items():
                part.load_state_dict(state["parts"][name])
            for optim, kept in zip(self._optims, state["optimisers"], strict=True):
                optim.load_state_dict(kept)
            self._average.load_state_dict(state["average"])
            self.step, self.minutes = state["step"], state["minutes"]

    def learn(self, pool: Pool) -> float:
        """One step; the loss. A step's samples and noise depend on the seed and the step's number alone."""
        options, rng = self._options, Random(f"{self._options.seed} {self.step}")
        numbers, scenes, latents = pool.batch(rng, options.batch)
        samples = [draw_sample(scene, options.shares, rng) for scene in scenes]
        wanted = pixel_unshuffle(self._wanted(numbers, latents, samples), 2)
        with sdpa_kernel(SDPBackend.MATH):  # the fused kernel's backward pass with a mask is slow on a CPU
            noise = torch.Generator().manual_seed(rng.getrandbits(40))
            loss = self.trainee.loss(pixel_unshuffle(latents, 2), wanted, samples, noise)
            loss.backward()
        factor = rate_factor(self.minutes / options.minutes, self.step, 100, options.tail)
        for part in self._parts.values():
            torch.nn.utils.clip_grad_norm_(part.parameters(), 1.0)
        for optim in self._optims:
            for group in optim.param_groups:
                group["lr"] = options.rate * factor
            optim.step()
            optim.zero_grad()
        self._average.update()
        self.step += 1
        return loss.item()

    def _wanted(self, numbers: Sequence[int], latents: Tensor, samples: Sequence[Sample]) -> Tensor:
        """The latents [B, C, 12, 12] of what each sample's picture is to show."""
        rows = [row for row, sample in enumerate(samples) if sample.shown is not None]
        if not rows:
            return latents
        pictures = np.stack([numbered_picture(numbers[row], samples[row].shown) for row in rows])
        wanted = latents.clone()
        wanted[rows] = self.latents.encode(pictures)
        return wanted

    def save(self) -> None:
        """Write all of it."""
        parts = {name: part.state_dict() for name, part in self._parts.items()}
        state = {"parts": parts, "average": self._average.state_dict(), "step": self.step, "minutes": self.minutes}
        save_state(self._path, state | {"optimisers": [optim.state_dict() for optim in self._optims]})


def averaged_model(directory: Path) -> TinyKlein:
    """The averaged model that training has left in ``directory``.

    Raises:
        FileNotFoundError: if it has not been trained there.
    """
    state = load_state(directory / "klein.pt")
    if state is None:
        raise FileNotFoundError(
            f"{directory / 'klein.pt'} is missing; run python -m omost_pipeline.training.train_klein first"
        )
    model = new_model()
    for name, part in model.trained.items():
        part.load_state_dict(state["average"]["weights"][name])
        part.eval()
    return model


def show(model: TinyKlein, latents: LatentMap, target: Path) -> None:
    """Write a sheet of held-out scenes as ``model`` draws them, each under its drawn picture."""
    scenes = shard_scenes(HELD_OUT_SHARD)[:16]
    drawn = [Image.fromarray(picture) for picture in shard_pictures(HELD_OUT_SHARD)[:16]]
    made = latents.small_pictures(pixel_shuffle(Trainee(model).sample(scenes, seed=1), 2))
    made = [picture.resize(drawn[0].size, Image.Resampling.BICUBIC) for picture in made]
    contact_sheet([*drawn[:8], *made[:8], *drawn[8:], *made[8:]], 8).save(target)


def train_klein(work_dir: Path, options: KleinOptions, target: Path | None = None, start: Path | None = None) -> None:
    """Train, or go on training, until ``options.minutes`` are over.

    ``work_dir`` keeps the latents, the checkpoint and sheets of pictures; ``target`` gets the exported averaged model
    each time a sheet is made, and at the end.
    """
    pool, training = Pool(SmallWorld()), Training(work_dir, options, start)
    encode_shard(work_dir, training.latents, 0, SmallWorld())
    pool.take_in(work_dir, options.shards)
    saved = shown = training.minutes
    mean, clock = 0.0, time.monotonic() - training.minutes * 60
    while training.minutes < options.minutes:
        loss = training.learn(pool)
        training.minutes = (time.monotonic() - clock) / 60
        mean += (loss - mean) / min(training.step, 50)
        if training.step % 50 == 0:
            log.info("step %d minute %.1f loss %.4f scenes %d", training.step, training.minutes, mean, len(pool))
            pool.take_in(work_dir, options.shards)
        over = training.minutes >= options.minutes
        if over or training.minutes - saved > options.save_every:
            saved = training.minutes
            training.save()
        if over or training.minutes - shown > options.show_every:
            shown = training.minutes
            training.save()
            model = averaged_model(work_dir)
            show(model, training.latents, work_dir / f"klein-{training.step:06d}.png")
            if target is not None:
                export(model, target)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work-dir", type=Path, required=True, help="where latents and checkpoints are kept")
    parser.add_argument("--minutes", type=float, default=KleinOptions.minutes, help="training time over all runs")
    parser.add_argument("--export", type=Path, default=None, help="where the finished checkpoint goes")
    parser.add_argument("--start", type=Path, help="exported model whose weights to begin with")
    parser.add_argument("--rate", type=float, default=KleinOptions.rate, help="peak learning rate")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(arguments.threads)
    options = KleinOptions(minutes=arguments.minutes, rate=arguments.rate)
    train_klein(arguments.work_dir, options, arguments.export, arguments.start)


if __name__ == "__main__":
    main()
