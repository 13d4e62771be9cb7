"""Trains the bundled renderer: UNet and text encoders together, on latents of drawn scenes.

Each sample is conditioned exactly as a render is (:mod:`renderer_samples`), through
:mod:`omost_pipeline.renderer.sdxl.text_encoder` and :mod:`omost_pipeline.renderer.sdxl.attention`. Run it again with
the same directory to go on. Draws its own scenes; needs no VAE, because the latents are a fixed map of the picture
(:mod:`latents`).
"""

from __future__ import annotations

import argparse
import logging
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any, Self

import torch
from torch import Tensor, nn

from omost_pipeline.renderer.regions.bounded import LAST_ALONE
from omost_pipeline.renderer.sampling import sample_dpmpp_2m
from omost_pipeline.renderer.sdxl.attention import Regions, install
from omost_pipeline.renderer.sdxl.schedule import Schedule
from omost_pipeline.renderer.sdxl.text_encoder import TextEncoder
from omost_pipeline.training import larger_world
from omost_pipeline.training.course import Course, CourseOptions, held_out, write_sheet
from omost_pipeline.training.dataset import SmallWorld, Source
from omost_pipeline.training.latents import CHANNELS, latent_map
from omost_pipeline.training.optimizing import load_average, mixed_precision
from omost_pipeline.training.renderer_model import (
    LATENT_SIDE,
    TinySdxl,
    export,
    load,
    new_model,
    new_scheduler,
    new_vae,
    widened,
)
from omost_pipeline.training.renderer_pool import Pool, encode_shards
from omost_pipeline.training.renderer_samples import NOTHING, Sample, Shares, boxes, draw_sample
from omost_pipeline.training.stand_ins import stand_ins
from omost_pipeline.training.train_vae import load_vae
from omost_pipeline.world.scenes import PICTURE_SIDE, Scene

_FILE = "renderer.pt"
"""The checkpoint in a training's directory."""

TIME_IDS = (PICTURE_SIDE, PICTURE_SIDE, 0, 0, PICTURE_SIDE, PICTURE_SIDE)
"""SDXL's size conditions: original height and width, crop, target height and width."""


@dataclass(frozen=True)
class RendererOptions(CourseOptions):
    """How the renderer is trained."""

    lateness: float = 1.0
    """Power of the evenly spread timesteps: below 1, more of them are noisy ones, where it is settled what is shown."""
    close: tuple[float, float] = (0.9, 0.3)
    """Share of batches of close scenes, where the source has such, in the first part of the time and in the rest."""
    close_until: float = 0.7


@dataclass(frozen=True)
class Trainee:
    """The model with what training and sampling need around it. ``kept``: ᾱ of each timestep."""

    model: TinySdxl
    text: TextEncoder
    kept: Tensor

    @classmethod
    def of(cls, model: TinySdxl) -> Self:
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
            cross_attention_kwargs={"regions": regions, **self.more(samples)},
        ).sample
        return output

    def more(self, samples: Sequence[Sample]) -> dict[str, Any]:  # noqa: ARG002 - for trainings that tell more
        """What else the attention of a batch is told; nothing."""
        return {}

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

    def shown(self, scene: Scene) -> Sample:
        """How a scene is conditioned that is drawn for looking at."""
        return boxes(scene)

    @torch.no_grad()
    def sample(self, scenes: Sequence[Scene], seed: int, steps: int = 16, guidance: float = 3.0) -> Tensor:
        """Latents of scenes drawn with regional guidance, for looking at."""
        schedule = Schedule.of(dict(new_scheduler().config))
        sigmas = schedule.karras(steps)
        noise = torch.Generator().manual_seed(seed)
        x = torch.randn(len(scenes), CHANNELS, LATENT_SIDE, LATENT_SIDE, generator=noise) * sigmas[0]
        samples = [self.shown(scene) for scene in scenes] + [Sample((NOTHING,))] * len(scenes)

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
    model = beginning(start, words)
    if (directory / "vae.pt").exists():
        model = replace(model, vae=load_vae(directory, new_vae()))
    load_average(directory / _FILE, _parts(model), "train_renderer")
    return model


def with_stand_ins(model: TinySdxl, words: Sequence[str], directory: Path) -> TinySdxl:
    """The model with some thousand more nouns, each meaning to it the thing that stands in for it.

    ``directory``: where WordNet's package lies, or will.
    """
    like = stand_ins(directory)
    return widened(model, [*words, *sorted(like)], like)


class RendererCourse(Course):
    """What trainings of the renderer, or of something in it, share: who learns, and from which batches."""

    def __init__(
        self, file: Path, trainee: Trainee, parts: Mapping[str, nn.Module], options: RendererOptions, source: Source
    ) -> None:
        """``parts`` of the trainee's model learn; ``file`` as :class:`Course` has it."""
        trainee.model.unet.to(memory_format=torch.channels_last)
        super().__init__(file, parts, options, source, latent_map(file.parent))
        self._trainee, self._settings = trainee, options

    @abstractmethod
    def conditioned(self, scene: Scene, rng: Random) -> Sample:
        """What one sample of ``scene`` sees."""

    def loss(self, pool: Pool, rng: Random) -> Tensor:
        """As :class:`Course` has it; the first part of the time sees more close scenes."""
        options = self._settings
        early = self.minutes / options.minutes < options.close_until
        numbers, scenes, latents = pool.batch(rng, options.batch, options.close[not early])
        samples = [self.conditioned(scene, rng) for scene in scenes]
        wanted = self.wanted(numbers, scenes, latents, samples)
        noise = torch.Generator().manual_seed(rng.getrandbits(40))
        return self._trainee.loss(latents, wanted, samples, noise, options.lateness)


class Training(RendererCourse):
    """One training of the renderer in a directory."""

    def __init__(
        self,
        directory: Path,
        options: RendererOptions,
        start: Path | None = None,
        source: Source | None = None,
        words: Sequence[str] = (),
        target: Path | None = None,
    ) -> None:
        """Goes on from the checkpoint in ``directory``; without one, from the exported model in ``start``, if given.

        ``source``: whose scenes are learnt, by default the small world's. ``words``: which the model is to know beside
        that world's. ``target`` gets the exported averaged model each time a sheet is made.
        """
        torch.manual_seed(options.seed)
        trainee = Trainee.of(beginning(start, words))
        super().__init__(directory / _FILE, trainee, _parts(trainee.model), options, source or SmallWorld())
        self._start, self._words, self._target = start, words, target

    def conditioned(self, scene: Scene, rng: Random) -> Sample:
        """As :class:`RendererCourse` has it."""
        return draw_sample(scene, self._settings.shares, rng, self._source.outline)

    def show(self) -> None:
        """As :class:`Course` has it."""
        directory = self._file.parent
        model = averaged_model(directory, self._start, self._words)
        scenes, drawn = held_out(self._source)
        made = Trainee.of(model).sample(scenes, seed=1)
        write_sheet(drawn, self.latents, made, directory / f"sheet-{self.step:06d}.png")
        if self._target is not None:
            export(model, self._target)


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
    Training(work_dir, options, start, source, words, target).run()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work-dir", type=Path, required=True, help="where latents and checkpoints are kept")
    parser.add_argument("--minutes", type=float, default=RendererOptions.minutes, help="training time over all runs")
    parser.add_argument("--export", type=Path, default=None, help="where the finished checkpoint goes")
    parser.add_argument("--start", type=Path, help="exported model whose weights to begin with")
    parser.add_argument("--rate", type=float, default=RendererOptions.rate, help="peak learning rate")
    parser.add_argument("--batch", type=int, default=RendererOptions.batch, help="scenes a step")
    parser.add_argument("--encode", type=int, default=0, metavar="SHARDS", help="only draw and encode this many shards")
    parser.add_argument("--only-export", action="store_true", help="only write what has been trained to --export")
    parser.add_argument("--larger", action="store_true", help="learn the larger world, whose drawings are fetched")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(arguments.threads)
    source = larger_world.source_in(arguments.work_dir, larger=arguments.larger)
    words = larger_world.words() if arguments.larger else ()
    if arguments.only_export:
        model = averaged_model(arguments.work_dir, arguments.start, words)
        if arguments.larger:
            model = with_stand_ins(model, words, arguments.work_dir / "glyphs")
        export(model, arguments.export)
        return
    if arguments.encode:
        directory = arguments.work_dir
        encode_shards(directory, latent_map(directory), source, arguments.encode, close=arguments.larger)
        return
    options = RendererOptions(minutes=arguments.minutes, rate=arguments.rate, batch=arguments.batch)
    if arguments.larger:
        options = replace(options, lateness=0.7, shares=Shares(boxes=0.1, outlines=0.45, alone=0.33, caption=0.04))
    train_renderer(arguments.work_dir, options, arguments.export, arguments.start, source, words)


if __name__ == "__main__":
    main()
