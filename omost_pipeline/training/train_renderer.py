"""Trains the bundled renderer: UNet and text encoders together, on latents of drawn scenes.

Each sample is conditioned exactly as a render is (:mod:`renderer_samples`), through
:mod:`omost_pipeline.renderer.sdxl.text_encoder` and :mod:`omost_pipeline.renderer.sdxl.attention`. Run it again with
the same directory to go on. Draws its own scenes; needs no VAE, because the latents are a fixed map of the picture
(:mod:`latents`).
"""

from __future__ import annotations

import argparse
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from omost_pipeline.renderer.regions.bounded import LAST_ALONE
from omost_pipeline.renderer.sampling import sample_dpmpp_2m
from omost_pipeline.renderer.sdxl.attention import Regions, install
from omost_pipeline.renderer.sdxl.schedule import Schedule
from omost_pipeline.renderer.sdxl.text_encoder import TextEncoder
from omost_pipeline.training import larger_world
from omost_pipeline.training.dataset import SHARD_SCENES, SmallWorld, Source
from omost_pipeline.training.glyphs import Sprites
from omost_pipeline.training.latents import CHANNELS, LatentMap, latent_map
from omost_pipeline.training.optimizing import Average, load_state, mixed_precision, optimisers, rate_factor, save_state
from omost_pipeline.training.renderer_model import (
    LATENT_SIDE,
    TinySdxl,
    export,
    load,
    new_model,
    new_scheduler,
    widened,
)
from omost_pipeline.training.renderer_pool import Pool, encode_shard
from omost_pipeline.training.renderer_samples import NOTHING, Sample, Shares, boxes, draw_sample
from omost_pipeline.training.stand_ins import stand_ins
from omost_pipeline.training.train_vae import HELD_OUT_SHARD, load_vae
from omost_pipeline.world.scenes import PICTURE_SIDE, Scene, contact_sheet

log = logging.getLogger(__name__)

TIME_IDS = (PICTURE_SIDE, PICTURE_SIDE, 0, 0, PICTURE_SIDE, PICTURE_SIDE)
"""SDXL's size conditions: original height and width, crop, target height and width."""


@dataclass(frozen=True)
class RendererOptions:
    """How the renderer is trained. Times are in minutes of training over all runs."""

    minutes: float = 85.0
    rate: float = 1.5e-3
    batch: int = 48
    shares: Shares = field(default_factory=Shares)
    tail: float = 0.45
    """Share of the time over which the rate falls to zero."""
    lateness: float = 1.0
    """Power of the evenly spread timesteps: below 1, more of them are noisy ones, where it is settled what is shown."""
    close: tuple[float, float] = (0.9, 0.3)
    """Share of batches of close scenes, where the source has such, in the first part of the time and in the rest."""
    close_until: float = 0.7
    shards: int = 40
    save_every: float = 3.0
    show_every: float = 10.0
    seed: int = 11


@dataclass(frozen=True)
class _Trainee:
    """The model with what training and sampling need around it. ``kept``: ᾱ of each timestep."""

    model: TinySdxl
    text: TextEncoder
    kept: Tensor

    @classmethod
    def of(cls, model: TinySdxl) -> _Trainee:
        install(model.unet)
        text = TextEncoder(model.tokenizer, model.tokenizer_2, model.text_encoder, model.text_encoder_2)
        return cls(model, text, new_scheduler().alphas_cumprod)

    def predict(self, noisy: Tensor, timesteps: Tensor, samples: Sequence[Sample]) -> Tensor:
        """The UNet's v for noisy latents [B, C, H, W] under each sample's conditions."""
        encoded = self.text.encode([sample.conditions for sample in samples])
        spans = [sample.spans(found) for sample, found in zip(samples, encoded.spans, strict=True)]
        regions = Regions.of(spans, *noisy.shape[-2:])
        added = {
            "text_embeds": encoded.pooled,
            "time_ids": torch.tensor([TIME_IDS], dtype=torch.float).expand(len(noisy), -1),
        }
        output: Tensor = self.model.unet(
            noisy,
            timesteps,
            encoder_hidden_states=encoded.hidden,
            added_cond_kwargs=added,
            cross_attention_kwargs={"regions": regions},
        ).sample
        return output

    def loss(
        self,
        latents: Tensor,
        wanted: Tensor,
        samples: Sequence[Sample],
        noise: torch.Generator,
        lateness: float = 1.0,
    ) -> Tensor:
        """Mean squared error of v (Salimans & Ho 2022); timesteps are spread evenly over the batch.

        ``latents``: [B, C, H, W] under the noise. ``wanted``: the latents to find there; what else lies under the noise
        is to be taken for noise. That is asked of early steps alone, as ``bounded`` asks it.
        """
        count = len(latents)
        even = (torch.arange(count) + torch.rand(count, generator=noise)) / count
        even = even[torch.randperm(count, generator=noise)] ** lateness
        least = torch.tensor([0 if sample.shown is None else int(LAST_ALONE) for sample in samples])
        timesteps = (least + even * (len(self.kept) - least)).long()
        kept = self.kept[timesteps].view(-1, 1, 1, 1)
        noisy = kept.sqrt() * latents + (1 - kept).sqrt() * torch.randn(latents.shape, generator=noise)
        error = (noisy - kept.sqrt() * wanted) / (1 - kept).sqrt()
        target = kept.sqrt() * error - (1 - kept).sqrt() * wanted
        with mixed_precision():
            output = self.predict(noisy, timesteps, samples)
        return (output.float() - target).square().mean()

    @torch.no_grad()
    def sample(self, scenes: Sequence[Scene], seed: int, steps: int = 16, guidance: float = 3.0) -> Tensor:
        """Latents of scenes drawn with regional guidance, for looking at."""
        schedule = Schedule.of(dict(new_scheduler().config))
        sigmas = schedule.karras(steps)
        noise = torch.Generator().manual_seed(seed)
        x = torch.randn(len(scenes), CHANNELS, LATENT_SIDE, LATENT_SIDE, generator=noise) * sigmas[0]
        samples = [boxes(scene) for scene in scenes] + [Sample((NOTHING,))] * len(scenes)

        def denoise(x: Tensor, sigma: float) -> Tensor:
            doubled = schedule.model_input(torch.cat([x, x]), sigma)
            timesteps = torch.full((len(doubled),), schedule.timestep(sigma))
            wanted, unwanted = self.predict(doubled, timesteps, samples).chunk(2)
            return schedule.denoised(x, sigma, unwanted + guidance * (wanted - unwanted))

        for estimate in sample_dpmpp_2m(denoise, x, sigmas):
            x = estimate.x
        return x


def _parts(model: TinySdxl) -> dict[str, torch.nn.Module]:
    """What is trained, by name."""
    return {"unet": model.unet, "text_encoder": model.text_encoder, "text_encoder_2": model.text_encoder_2}


def beginning(start: Path | None, words: Sequence[str]) -> TinySdxl:
    """The exported model in ``start`` with more words, or a new one."""
    if start is None:
        return new_model()
    model = load(start)
    return widened(model, words) if words else model


def averaged_model(directory: Path, start: Path | None = None, words: Sequence[str] = ()) -> TinySdxl:
    """The averaged model that training has left in ``directory``; its VAE is that of ``start``, if it began there.

    Raises:
        FileNotFoundError: if the renderer has not been trained there.
    """
    state = load_state(directory / "renderer.pt")
    if state is None:
        raise FileNotFoundError(
            f"{directory / 'renderer.pt'} is missing; run python -m omost_pipeline.training.train_renderer first"
        )
    model = beginning(start, words)
    if (directory / "vae.pt").exists():
        model = replace(model, vae=load_vae(directory))
    for name, part in _parts(model).items():
        part.load_state_dict(state["average"]["weights"][name])
        part.eval()
    return model


def show(model: TinySdxl, latents: LatentMap, target: Path, source: Source) -> None:
    """Write a sheet of held-out scenes as ``model`` draws them, each under its drawn picture."""
    numbers = range(HELD_OUT_SHARD * SHARD_SCENES, HELD_OUT_SHARD * SHARD_SCENES + 16)
    scenes = [source.scene(number, close=False) for number in numbers]
    drawn = [Image.fromarray(source.picture(*numbered)) for numbered in zip(scenes, numbers, strict=True)]
    made = latents.small_pictures(_Trainee.of(model).sample(scenes, seed=1))
    made = [picture.resize(drawn[0].size, Image.Resampling.BICUBIC) for picture in made]
    contact_sheet([*drawn[:8], *made[:8], *drawn[8:], *made[8:]], 8).save(target)


def with_stand_ins(model: TinySdxl, words: Sequence[str], directory: Path) -> TinySdxl:
    """The model with some thousand more nouns, each meaning to it the thing that stands in for it.

    ``directory``: where WordNet's package lies, or will.
    """
    like = stand_ins(directory)
    return widened(model, [*words, *sorted(like)], like)


class Training:
    """One training of the renderer in a directory: its model, optimisers and clock, saved and taken up again."""

    def __init__(
        self,
        directory: Path,
        options: RendererOptions,
        start: Path | None = None,
        source: Source | None = None,
        words: Sequence[str] = (),
    ) -> None:
        """Goes on from the checkpoint in ``directory``; without one, from the exported model in ``start``, if given.

        ``source``: whose scenes are learnt, by default the small world's. ``words``: which the model is to know beside
        that world's.
        """
        torch.manual_seed(options.seed)
        self._path, self._options = directory / "renderer.pt", options
        self._source = source or SmallWorld()
        self.latents = latent_map(directory)
        self._trainee = _Trainee.of(beginning(start, words))
        self._trainee.model.unet.to(memory_format=torch.channels_last)
        parts = _parts(self._trainee.model)
        self._average = Average(parts, 0.998)
        self._optims = optimisers(parts.values(), options.rate)
        self.step, self.minutes = 0, 0.0
        if (state := load_state(self._path)) is not None:
            for name, part in parts.items():
                part.load_state_dict(state["parts"][name])
            for optim, kept in zip(self._optims, state["optimisers"], strict=True):
                optim.load_state_dict(kept)
            self._average.load_state_dict(state["average"])
            self.step, self.minutes = state["step"], state["minutes"]

    def learn(self, pool: Pool) -> float:
        """One step; the loss. A step's samples and noise depend on the seed and the step's number alone."""
        options, rng = self._options, Random(f"{self._options.seed} {self.step}")
        early = self.minutes / options.minutes < options.close_until
        numbers, scenes, latents = pool.batch(rng, options.batch, options.close[not early])
        samples = [draw_sample(scene, options.shares, rng, self._source.outline) for scene in scenes]
        wanted = self._wanted(numbers, scenes, latents, samples)
        with sdpa_kernel(SDPBackend.MATH):  # the fused kernel's backward pass with a mask is slow on a CPU
            noise = torch.Generator().manual_seed(rng.getrandbits(40))
            loss = self._trainee.loss(latents, wanted, samples, noise, options.lateness)
            loss.backward()
        factor = rate_factor(self.minutes / options.minutes, self.step, 100, options.tail)
        for part in _parts(self._trainee.model).values():
            torch.nn.utils.clip_grad_norm_(part.parameters(), 1.0)
        for optim in self._optims:
            for group in optim.param_groups:
                group["lr"] = options.rate * factor
            optim.step()
            optim.zero_grad()
        self._average.update()
        self.step += 1
        return loss.item()

    def _wanted(
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
        parts = {name: part.state_dict() for name, part in _parts(self._trainee.model).items()}
        state = {"parts": parts, "average": self._average.state_dict(), "step": self.step, "minutes": self.minutes}
        save_state(self._path, state | {"optimisers": [optim.state_dict() for optim in self._optims]})


def train_renderer(
    work_dir: Path,
    options: RendererOptions,
    target: Path | None = None,
    start: Path | None = None,
    source: Source | None = None,
    words: Sequence[str] = (),
) -> None:
    """Train, or go on training, until ``options.minutes`` are over.

    ``start``: an exported model to begin with in a directory that has no checkpoint yet. ``work_dir`` keeps the
    latents, the checkpoint and sheets of pictures; ``target`` gets the exported averaged model each time a sheet is
    made, and at the end.
    """
    source = source or SmallWorld()
    pool, training = Pool(source), Training(work_dir, options, start, source, words)
    encode_shard(work_dir, training.latents, 0, source)
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
            model = averaged_model(work_dir, start, words)
            show(model, training.latents, work_dir / f"sheet-{training.step:06d}.png", source)
            if target is not None:
                export(model, target)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work-dir", type=Path, required=True, help="where latents and checkpoints are kept")
    parser.add_argument("--minutes", type=float, default=RendererOptions.minutes, help="training time over all runs")
    parser.add_argument("--export", type=Path, default=None, help="where the finished checkpoint goes")
    parser.add_argument("--start", type=Path, help="exported model whose weights to begin with")
    parser.add_argument("--rate", type=float, default=RendererOptions.rate, help="peak learning rate")
    parser.add_argument("--encode", type=int, default=0, metavar="SHARDS", help="only draw and encode this many shards")
    parser.add_argument("--only-export", action="store_true", help="only write what has been trained to --export")
    parser.add_argument("--larger", action="store_true", help="learn the larger world, whose drawings are fetched")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(arguments.threads)
    source: Source = SmallWorld()
    words: tuple[str, ...] = ()
    if arguments.larger:
        source, words = larger_world.LargerWorld(Sprites(arguments.work_dir / "glyphs")), larger_world.words()
    if arguments.only_export:
        model = averaged_model(arguments.work_dir, arguments.start, words)
        if arguments.larger:
            model = with_stand_ins(model, words, arguments.work_dir / "glyphs")
        export(model, arguments.export)
        return
    if arguments.encode:
        latents = latent_map(arguments.work_dir)
        for shard in range(arguments.encode):
            for close in (False, True)[: 1 + arguments.larger]:
                log.info("latents in %s", encode_shard(arguments.work_dir, latents, shard, source, close))
        return
    options = RendererOptions(minutes=arguments.minutes, rate=arguments.rate)
    if arguments.larger:
        options = replace(options, lateness=0.7, shares=Shares(boxes=0.1, outlines=0.45, alone=0.33, caption=0.04))
    train_renderer(arguments.work_dir, options, arguments.export, arguments.start, source, words)


if __name__ == "__main__":
    main()
