"""Trains the bundled renderers' VAEs around the fixed latents of :mod:`latents`.

The decoder learns to draw full pictures from latents, to which a little noise is added so that it forgives the UNet's
small errors; the encoder learns to give the same latents back. Run it again with the same directory to go on. Knows no
text and no diffusion.
"""

from __future__ import annotations

import argparse
import copy
import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
import torch
from diffusers import AutoencoderKL
from diffusers.models.autoencoders.autoencoder_kl_flux2 import AutoencoderKLFlux2
from PIL import Image
from torch import Tensor

from omost_pipeline.training import klein_model, renderer_model
from omost_pipeline.training.dataset import SHARD_SCENES, SmallWorld, Source, stored_pictures
from omost_pipeline.training.larger_world import source_in
from omost_pipeline.training.latents import LatentMap, fine_latent_map, latent_map
from omost_pipeline.training.optimizing import (
    Average,
    load_average,
    load_state,
    mixed_precision,
    optimisers,
    rate_factor,
    save_state,
    take_step,
)
from omost_pipeline.world.scenes import PICTURE_SIDE, contact_sheet

log = logging.getLogger(__name__)

Vae: TypeAlias = AutoencoderKL | AutoencoderKLFlux2
_V = TypeVar("_V", AutoencoderKL, AutoencoderKLFlux2)

FILE = "vae.pt"
"""The checkpoint in a training's directory."""

_PART = "vae"

_ALIGNED = 16
"""Pixels on which crops begin: whole latent cells of either family."""

HELD_OUT_SHARD = 9_000
"""Shard kept out of training, for pictures to look at and figures to report."""


@dataclass(frozen=True)
class VaeOptions:
    """How the VAE is trained. Times are in minutes of training over all runs."""

    minutes: float = 20.0
    rate: float = 2e-3
    batch: int = 16
    crop: int = 96
    encoder_every: int = 10
    """One step in this many trains the encoder instead."""
    whole_every: int = 8
    """One step in this many sees whole pictures, four at a time."""
    noise: float = 0.2
    """Largest standard deviation of the noise that latents get."""
    edge_weight: float = 1.0
    shards: int = 6
    save_every: float = 2.0
    seed: int = 7


def to_tensor(pictures: npt.NDArray[np.uint8]) -> Tensor:
    """[B, H, W, 3] RGB of 0…255 → [B, 3, H, W] of −1…1."""
    return torch.from_numpy(np.array(pictures)).permute(0, 3, 1, 2).float().div_(127.5).sub_(1)


def to_images(pixels: Tensor) -> list[Image.Image]:
    """[B, 3, H, W] of −1…1 → pictures."""
    values = ((pixels.detach().float().clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy()
    return [Image.fromarray(value) for value in values]


def edge_error(output: Tensor, target: Tensor) -> Tensor:
    """Mean absolute difference of the horizontal and vertical steps between neighbouring pixels."""
    error = output - target
    return error.diff(dim=-1).abs().mean() + error.diff(dim=-2).abs().mean()


def _crops(directory: Path, options: VaeOptions, step: int, source: Source) -> npt.NDArray[np.uint8]:
    """The pictures of one step: crops [batch, crop, crop, 3] on whole latent cells, or four whole pictures."""
    rng = np.random.default_rng((options.seed, step))
    whole = step % options.whole_every == options.whole_every - 1
    side, count = (PICTURE_SIDE, 4) if whole else (options.crop, options.batch)
    batch = np.empty((count, side, side, 3), np.uint8)
    for i in range(count):
        pictures = stored_pictures(directory, int(rng.integers(options.shards)), source)
        x, y = _ALIGNED * rng.integers((PICTURE_SIDE - side) // _ALIGNED + 1, size=2)
        batch[i] = pictures[rng.integers(SHARD_SCENES), y : y + side, x : x + side]
    return batch


def _decoder_loss(vae: Vae, latents: Tensor, pixels: Tensor, options: VaeOptions, noise: torch.Generator) -> Tensor:
    """Absolute and edge error of pictures drawn from latents that got noise of a random strength each."""
    strength = torch.rand(len(latents), 1, 1, 1, generator=noise) * options.noise
    blurred = latents + strength * torch.randn(latents.shape, generator=noise)
    with mixed_precision():
        output: Tensor = vae.decode(blurred).sample.float()
    return (output - pixels).abs().mean() + options.edge_weight * edge_error(output, pixels)


def _encoder_loss(vae: Vae, latents: Tensor, pixels: Tensor) -> Tensor:
    """Mean squared error of the encoder's mode against the fixed latents."""
    with mixed_precision():
        mode = vae.encode(pixels).latent_dist.mode()
    error: Tensor = (mode.float() - latents).square().mean()
    return error


@torch.no_grad()
def _report(vae: Vae, latents: LatentMap, directory: Path, step: int, source: Source) -> None:
    """Log held-out errors and write a sheet of held-out pictures above what the decoder makes of their latents."""
    pictures = stored_pictures(directory, HELD_OUT_SHARD, source)[:24]
    pixels, fixed = to_tensor(pictures), latents.encode(pictures)
    output = vae.decode(fixed).sample
    error = float((output.clamp(-1, 1) - pixels).abs().mean())
    encoder = float((vae.encode(pixels).latent_dist.mode() - fixed).square().mean())
    log.info(
        "step %d held-out error %.4f edge %.4f encoder %.4f", step, error, float(edge_error(output, pixels)), encoder
    )
    pairs = [p for row in (0, 8) for images in (pixels, output) for p in to_images(images[row : row + 8])]
    contact_sheet(pairs, 8).save(directory / "vae.png")


def load_vae(directory: Path, vae: _V) -> _V:
    """The averaged VAE that training has left in ``directory``, put into a new one.

    Raises:
        FileNotFoundError: if there is none.
    """
    load_average(directory / FILE, {"vae": vae}, "train_vae")
    return vae


def train_vae(work_dir: Path, options: VaeOptions, vae: Vae, latents: LatentMap, source: Source | None = None) -> None:
    """Train a VAE, or go on training, until ``options.minutes`` are over; the result is ``work_dir/vae.pt``.

    ``latents``: its family's. ``source``: whose pictures, by default the small world's.
    """
    source = source or SmallWorld()
    average, optims = Average({_PART: vae}, 0.995), optimisers([vae], options.rate)
    path, step, minutes = work_dir / FILE, 0, 0.0
    if (state := load_state(path)) is not None:
        vae.load_state_dict(state["parts"][_PART])
        average.load_state_dict(state["average"])
        step, minutes = state["step"], state["minutes"]
        for optim, kept in zip(optims, state["optimisers"], strict=True):
            optim.load_state_dict(kept)
    saved, clock = minutes, time.monotonic() - minutes * 60
    while minutes < options.minutes:
        pictures = _crops(work_dir, options, step, source)
        pixels, fixed = to_tensor(pictures), latents.encode(pictures)
        encoding = step % options.encoder_every == options.encoder_every - 1
        noise = torch.Generator().manual_seed(options.seed + step)
        loss = _encoder_loss(vae, fixed, pixels) if encoding else _decoder_loss(vae, fixed, pixels, options, noise)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(vae.parameters(), 1.0)
        factor = rate_factor(minutes / options.minutes, step, warm_up=50, tail=0.5)
        take_step(optims, options.rate * factor)
        average.update()
        step, minutes = step + 1, (time.monotonic() - clock) / 60
        if step % 25 == 0:
            log.info("step %d minute %.1f loss %.4f", step, minutes, loss.item())
        if minutes - saved > options.save_every or minutes >= options.minutes:
            saved = minutes
            parts = {_PART: vae.state_dict()}
            kept_state = {"parts": parts, "average": average.state_dict(), "step": step, "minutes": minutes}
            save_state(path, kept_state | {"optimisers": [optim.state_dict() for optim in optims]})
            shown = copy.deepcopy(vae)
            shown.load_state_dict(average.weights(_PART))
            _report(shown.eval(), latents, work_dir, step, source)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work-dir", type=Path, required=True, help="where drawn pictures and checkpoints are kept")
    parser.add_argument("--minutes", type=float, default=VaeOptions.minutes, help="training time over all runs")
    parser.add_argument("--family", choices=("sdxl", "flux2"), default="sdxl", help="whose format it has")
    parser.add_argument("--start", type=Path, help="exported model of that family whose VAE to begin with")
    parser.add_argument("--rate", type=float, default=VaeOptions.rate, help="peak learning rate")
    parser.add_argument("--shards", type=int, default=VaeOptions.shards, help="thousands of pictures to learn from")
    parser.add_argument("--larger", action="store_true", help="of pictures of the larger world")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(arguments.threads)
    source = source_in(arguments.work_dir, larger=arguments.larger)
    options = VaeOptions(minutes=arguments.minutes, rate=arguments.rate, shards=arguments.shards)
    torch.manual_seed(options.seed)
    shape, latents = (klein_model, fine_latent_map) if arguments.family == "flux2" else (renderer_model, latent_map)
    vae = shape.new_vae() if arguments.start is None else shape.load(arguments.start).vae
    train_vae(arguments.work_dir, options, vae, latents(arguments.work_dir), source)


if __name__ == "__main__":
    main()
