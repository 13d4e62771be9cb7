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
from dataclasses import dataclass, field
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
from omost_pipeline.training.dataset import numbered_picture, shard_pictures, shard_scenes
from omost_pipeline.training.latents import CHANNELS, LatentMap, latent_map
from omost_pipeline.training.optimizing import Average, load_state, mixed_precision, optimisers, rate_factor, save_state
from omost_pipeline.training.renderer_model import LATENT_SIDE, TinySdxl, export, load, new_model, new_scheduler
from omost_pipeline.training.renderer_pool import Pool, encode_shard
from omost_pipeline.training.renderer_samples import NOTHING, Sample, Shares, boxes, draw_sample
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

    def loss(self, latents: Tensor, wanted: Tensor, samples: Sequence[Sample], noise: torch.Generator) -> Tensor:
        """Mean squared error of v (Salimans & Ho 2022); timesteps are spread evenly over the batch.

        ``latents``: [B, C, H, W] under the noise. ``wanted``: the latents to find there; what else lies under the noise
        is to be taken for noise. That is asked of early steps alone, as ``bounded`` asks it.
        """
        count = len(latents)
        even = (torch.arange(count) + torch.rand(count, generator=noise)) / count
        even = even[torch.randperm(count, generator=noise)]
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


def averaged_model(directory: Path, start: Path | None = None) -> TinySdxl:
    """The averaged model that training has left in ``directory``; its VAE is that of ``start``, if it began there.

    Raises:
        FileNotFoundError: if the renderer has not been trained there.
    """
    state = load_state(directory / "renderer.pt")
    if state is None:
        raise FileNotFoundError(
            f"{directory / 'renderer.pt'} is missing; run python -m omost_pipeline.training.train_renderer first"
        )
    if start is not None:
        model = load(start)
    else:
        model = new_model(load_vae(directory) if (directory / "vae.pt").exists() else None)
    for name, part in _parts(model).items():
        part.load_state_dict(state["average"]["weights"][name])
        part.eval()
    return model


def show(model: TinySdxl, latents: LatentMap, target: Path) -> None:
    """Write a sheet of held-out scenes as ``model`` draws them, each under its drawn picture."""
    scenes = shard_scenes(HELD_OUT_SHARD)[:16]
    drawn = [Image.fromarray(picture) for picture in shard_pictures(HELD_OUT_SHARD)[:16]]
    made = latents.small_pictures(_Trainee.of(model).sample(scenes, seed=1))
    made = [picture.resize(drawn[0].size, Image.Resampling.BICUBIC) for picture in made]
    contact_sheet([*drawn[:8], *made[:8], *drawn[8:], *made[8:]], 8).save(target)


class Training:
    """One training of the renderer in a directory: its model, optimisers and clock, saved and taken up again."""

    def __init__(self, directory: Path, options: RendererOptions, start: Path | None = None) -> None:
        """Goes on from the checkpoint in ``directory``; without one, from the exported model in ``start``, if given."""
        torch.manual_seed(options.seed)
        self._path, self._options = directory / "renderer.pt", options
        self.latents = latent_map(directory)
        self._trainee = _Trainee.of(new_model() if start is None else load(start))
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
        numbers, scenes, latents = pool.batch(rng, options.batch)
        samples = [draw_sample(scene, options.shares, rng) for scene in scenes]
        wanted = self._wanted(numbers, latents, samples)
        with sdpa_kernel(SDPBackend.MATH):  # the fused kernel's backward pass with a mask is slow on a CPU
            loss = self._trainee.loss(latents, wanted, samples, torch.Generator().manual_seed(rng.getrandbits(40)))
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
        parts = {name: part.state_dict() for name, part in _parts(self._trainee.model).items()}
        state = {"parts": parts, "average": self._average.state_dict(), "step": self.step, "minutes": self.minutes}
        save_state(self._path, state | {"optimisers": [optim.state_dict() for optim in self._optims]})


def train_renderer(
    work_dir: Path, options: RendererOptions, target: Path | None = None, start: Path | None = None
) -> None:
    """Train, or go on training, until ``options.minutes`` are over.

    ``start``: an exported model to begin with in a directory that has no checkpoint yet. ``work_dir`` keeps the
    latents, the checkpoint and sheets of pictures; ``target`` gets the exported averaged model each time a sheet is
    made, and at the end.
    """
    pool, training = Pool(), Training(work_dir, options, start)
    encode_shard(work_dir, training.latents, 0)
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
            model = averaged_model(work_dir, start)
            show(model, training.latents, work_dir / f"sheet-{training.step:06d}.png")
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
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(arguments.threads)
    if arguments.encode:
        latents = latent_map(arguments.work_dir)
        for shard in range(arguments.encode):
            log.info("latents in %s", encode_shard(arguments.work_dir, latents, shard))
        return
    options = RendererOptions(minutes=arguments.minutes, rate=arguments.rate)
    train_renderer(arguments.work_dir, options, arguments.export, arguments.start)


if __name__ == "__main__":
    main()
