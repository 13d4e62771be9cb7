"""Trains the small FLUX.2-klein: transformer and text encoder together, by rectified flow, on latents of drawn scenes.

Each sample is conditioned as a render is (:mod:`renderer_samples`), through :mod:`omost_pipeline.renderer.flux2`. Run
it again with the same directory to go on. The autoencoder is trained apart (``train_vae --family flux2``), in the same
directory, before or beside it.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl_flux2 import AutoencoderKLFlux2
from torch import Tensor, nn
from torch.nn.functional import pixel_shuffle, pixel_unshuffle

from omost_pipeline.renderer.flux2.attention import all_places, install, predict
from omost_pipeline.renderer.flux2.joint import Joint
from omost_pipeline.renderer.flux2.schedule import Schedule
from omost_pipeline.renderer.flux2.text import TextEncoder
from omost_pipeline.renderer.flux2.vae import PATCH
from omost_pipeline.renderer.regions.spans import Span
from omost_pipeline.renderer.sampling import sample_euler
from omost_pipeline.training.course import Course, CourseOptions, held_out, write_sheet
from omost_pipeline.training.dataset import SmallWorld
from omost_pipeline.training.klein_model import (
    SHIFT,
    TOKEN_CHANNELS,
    TOKEN_SIDE,
    TinyKlein,
    export,
    load,
    new_model,
    new_vae,
)
from omost_pipeline.training.latents import fine_latent_map
from omost_pipeline.training.optimizing import load_average, mixed_precision
from omost_pipeline.training.renderer_pool import Pool, encode_shards
from omost_pipeline.training.renderer_samples import Sample, Shares, boxes, draw_sample
from omost_pipeline.training.train_vae import FILE as VAE_FILE
from omost_pipeline.training.train_vae import load_vae
from omost_pipeline.world.scenes import Scene

_SHARES = Shares(boxes=0.3, outlines=0.3, alone=0.25, caption=0.15)
"""No sample is conditioned by nothing: a distilled model has no guidance."""

_FILE = "klein.pt"
"""The checkpoint in a training's directory."""

_EARLY = 0.5
"""Time from which on things are drawn alone before the background, as ``bounded`` asks it."""


@dataclass(frozen=True)
class KleinOptions(CourseOptions):
    """How the model is trained."""

    minutes: float = 180.0
    batch: int = 32
    shares: Shares = field(default_factory=lambda: _SHARES)
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
        x = torch.randn(len(scenes), TOKEN_CHANNELS, TOKEN_SIDE, TOKEN_SIDE, generator=noise)
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


class Training(Course):
    """One training in a directory."""

    def __init__(
        self, directory: Path, options: KleinOptions, start: Path | None = None, target: Path | None = None
    ) -> None:
        """Goes on from the checkpoint in ``directory``; without one, from the exported model in ``start``, if given.

        ``target`` gets the exported averaged model each time a sheet is made, with the autoencoder that lies in
        ``directory`` or else that of ``start``.
        """
        torch.manual_seed(options.seed)
        self.trainee = Trainee(new_model() if start is None else load(start))
        super().__init__(
            directory / _FILE, self.trainee.model.trained, options, SmallWorld(), fine_latent_map(directory)
        )
        self._start, self._target = start, target

    def loss(self, pool: Pool, rng: Random) -> Tensor:
        """As :class:`Course` has it, over four latents to a token."""
        numbers, scenes, latents = pool.batch(rng, self._options.batch)
        samples = [draw_sample(scene, self._options.shares, rng) for scene in scenes]
        wanted = pixel_unshuffle(self.wanted(numbers, scenes, latents, samples), PATCH)
        noise = torch.Generator().manual_seed(rng.getrandbits(40))
        return self.trainee.loss(pixel_unshuffle(latents, PATCH), wanted, samples, noise)

    def show(self) -> None:
        """As :class:`Course` has it."""
        directory = self._file.parent
        model = averaged_model(directory)
        scenes, drawn = held_out(self._source)
        made = pixel_shuffle(Trainee(model).sample(scenes, seed=1), PATCH)
        write_sheet(drawn, self.latents, made, directory / f"klein-{self.step:06d}.png")
        if self._target is not None:
            export(replace(model, vae=self._vae()), self._target)

    def _vae(self) -> AutoencoderKLFlux2:
        if self._start is not None and not (self._file.parent / VAE_FILE).exists():
            return load(self._start).vae
        return load_vae(self._file.parent, new_vae())


def averaged_model(directory: Path) -> TinyKlein:
    """The averaged model that training has left in ``directory``; its autoencoder is untrained.

    Raises:
        FileNotFoundError: if it has not been trained there.
    """
    model = new_model()
    load_average(directory / _FILE, model.trained, "train_klein")
    return model


def train_klein(work_dir: Path, options: KleinOptions, target: Path | None = None, start: Path | None = None) -> None:
    """Train, or go on training, until ``options.minutes`` are over.

    ``work_dir`` keeps the latents, the checkpoint and sheets of pictures; ``target`` gets the exported averaged model
    each time a sheet is made, and at the end.
    """
    Training(work_dir, options, start, target).run()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work-dir", type=Path, required=True, help="where latents and checkpoints are kept")
    parser.add_argument("--minutes", type=float, default=KleinOptions.minutes, help="training time over all runs")
    parser.add_argument("--export", type=Path, default=None, help="where the finished checkpoint goes")
    parser.add_argument("--start", type=Path, help="exported model whose weights to begin with")
    parser.add_argument("--rate", type=float, default=KleinOptions.rate, help="peak learning rate")
    parser.add_argument("--encode", type=int, default=0, metavar="SHARDS", help="only draw and encode this many shards")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(arguments.threads)
    if arguments.encode:
        directory = arguments.work_dir
        encode_shards(directory, fine_latent_map(directory), SmallWorld(), arguments.encode, close=False)
        return
    options = KleinOptions(minutes=arguments.minutes, rate=arguments.rate)
    train_klein(arguments.work_dir, options, arguments.export, arguments.start)


if __name__ == "__main__":
    main()
