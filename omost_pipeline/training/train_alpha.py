"""Trains an alpha head: from how a renderer draws a thing upon a scene to the thing alone, in its own sharp edges.

Samples are those of :mod:`alpha_samples`, which may be drawn meanwhile. Run it again with the same directory to go on.
What it leaves goes with the renderer that drew the samples.
"""

from __future__ import annotations

import argparse
import logging
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from omost_pipeline.canvas.vocabulary import Box
from omost_pipeline.renderer.layered.alpha_head import LARGER, AlphaHead, Block, places_in, save_alpha_head
from omost_pipeline.renderer.layered.matte import Pixels
from omost_pipeline.training.alpha_samples import SHARD_SAMPLES, files_of
from omost_pipeline.training.dataset import SmallWorld
from omost_pipeline.training.larger_world import LargerWorld
from omost_pipeline.training.optimizing import (
    Average,
    load_state,
    mixed_precision,
    optimisers,
    rate_factor,
    save_state,
    take_step,
)
from omost_pipeline.training.train_vae import edge_error, to_images, to_tensor
from omost_pipeline.world.scenes import contact_sheet

log = logging.getLogger(__name__)

_HELD_OUT = 48
"""Samples of the first shard that are not learnt from."""

_CUT = 5 / 6
"""Of the pictures' side, that of the part that a step sees, so that a thing is nowhere twice."""


@dataclass(frozen=True)
class AlphaOptions:
    """How an alpha head is trained. Times are in minutes of training over all runs."""

    minutes: float = 60.0
    rate: float = 2e-3
    batch: int = 6
    widths: tuple[int, ...] = (32, 48, 96, 128)
    edge_weight: float = 1.0
    tail: float = 0.5
    """Share of the time over which the rate falls to zero."""
    save_every: float = 3.0
    seed: int = 5


@dataclass
class Batch:
    """Pictures with and without a thing [B, 3, S, S] of −1…1 and places in its box [B, 2, S, S], its colours
    [B, 3, 2 S, 2 S] of −1…1, its alpha [B, 1, 2 S, 2 S] of 0…1, and words about it [B, W]."""

    drawn: Tensor
    bare: Tensor
    places: Tensor
    colors: Tensor
    alpha: Tensor
    words: Tensor

    @classmethod
    def of(cls, seen: Pixels, own: Pixels, words: npt.NDArray[np.float32], boxes: npt.NDArray[np.float32]) -> Batch:
        pictures, thing = to_tensor(seen), to_tensor(own)
        places = torch.stack([places_in(Box(*box), *pictures.shape[-2:]) for box in boxes.tolist()])
        alpha = (thing[:, 3:] + 1) / 2
        return cls(pictures[:, :3], pictures[:, 3:], places, thing[:, :3], alpha, torch.tensor(words))

    def cut(self, rng: np.random.Generator) -> Batch:
        """The same part of each, anywhere."""
        whole = self.drawn.shape[-1]
        side = round(whole * _CUT)
        y, x = (int(each) for each in rng.integers(whole - side + 1, size=2))

        def part(pictures: Tensor, scale: int = 1) -> Tensor:
            return pictures[..., y * scale : (y + side) * scale, x * scale : (x + side) * scale]

        drawn, bare, places = (part(each) for each in (self.drawn, self.bare, self.places))
        return Batch(drawn, bare, places, part(self.colors, LARGER), part(self.alpha, LARGER), self.words)


_Shard = tuple[Pixels, Pixels, npt.NDArray[np.float32], npt.NDArray[np.float32]]
"""A shard's samples, as :data:`~omost_pipeline.training.alpha_samples.Sample` has them."""


@dataclass
class _Store:
    """Those samples of a world in a directory that lie ready."""

    directory: Path
    source: str
    shards: list[_Shard] = field(default_factory=list)

    def take_in(self) -> int:
        """Find what is new; how many samples there are."""
        while all(path.exists() for path in files_of(self.directory, self.source, len(self.shards))):
            files = files_of(self.directory, self.source, len(self.shards))
            seen, own, words, boxes = (np.load(path, mmap_mode="r") for path in files)
            self.shards.append((seen, own, words, boxes))
        return sum(len(words) for _, _, words, _ in self.shards)

    def batch(self, rng: np.random.Generator, count: int) -> Batch:
        """Any samples but those that are held out."""
        total = sum(len(words) for _, _, words, _ in self.shards)
        chosen = [divmod(int(each), SHARD_SAMPLES) for each in rng.integers(_HELD_OUT, total, count)]
        seen, own, words, boxes = zip(
            *([part[row] for part in self.shards[shard]] for shard, row in chosen), strict=True
        )
        return Batch.of(np.stack(seen), np.stack(own), np.stack(words), np.stack(boxes))

    def held_out(self) -> Batch:
        """The first samples."""
        seen, own, words, boxes = self.shards[0]
        return Batch.of(seen[:_HELD_OUT], own[:_HELD_OUT], words[:_HELD_OUT], boxes[:_HELD_OUT])

    def words(self) -> Tensor:
        """[n, W]: what the renderer makes of all that is said."""
        return torch.from_numpy(np.concatenate([words for _, _, words, _ in self.shards]))


def _over(colors: Tensor, alpha: Tensor, ground: Tensor) -> Tensor:
    return ground + alpha * (colors - ground)


def loss_of(head: AlphaHead, batch: Batch, ground: Tensor, edge_weight: float) -> Tensor:
    """The error of alphas, and of pictures over a ``ground`` [B, 3, 1, 1] that is neither scene nor thing."""
    with mixed_precision():
        colors, logits = head(batch.drawn, batch.bare, batch.places, batch.words)
    colors, logits = colors.float(), logits.float()
    alpha = logits.sigmoid()
    told = functional.binary_cross_entropy_with_logits(logits, batch.alpha)
    picture, wanted = _over(colors, alpha, ground), _over(batch.colors, batch.alpha, ground)
    inside = (batch.alpha * (colors - batch.colors)).abs().mean()
    edges = edge_error(picture, wanted) + edge_error(alpha, batch.alpha)
    loss: Tensor = told + (picture - wanted).abs().mean() + inside + edge_weight * edges
    return loss


@torch.no_grad()
def _report(head: AlphaHead, batch: Batch, sheet: Path, step: int) -> None:
    """Log how far held-out alphas overlap with the true ones, and write a sheet: drawn, told, true."""
    parts = (batch.drawn, batch.bare, batch.places, batch.words)
    found = [head(*each) for each in zip(*(part.split(1) for part in parts), strict=True)]
    colors, alpha = torch.cat([each for each, _ in found]), torch.cat([each for _, each in found]).sigmoid()
    one, other = alpha > 0.5, batch.alpha > 0.5
    overlap = (one & other).flatten(1).sum(1) / (one | other).flatten(1).sum(1).clamp(min=1)
    error = (_over(colors, alpha, torch.zeros(1)) - _over(batch.colors, batch.alpha, torch.zeros(1))).abs().mean()
    log.info("step %d held-out overlap %.4f least %.3f error %.4f", step, overlap.mean(), overlap.min(), error)
    ground = torch.tensor((1.0, -1.0, 1.0)).view(1, 3, 1, 1)
    rows = [functional.interpolate(batch.drawn, scale_factor=2.0)]
    rows += [_over(colors, alpha, ground), _over(batch.colors, batch.alpha, ground)]
    images = [[each.reduce(2) for each in to_images(row)] for row in rows]
    shown = [each for first in range(0, len(batch.drawn), 12) for row in images for each in row[first : first + 12]]
    contact_sheet(shown, 12).save(sheet)


def new_head(options: AlphaOptions, words: Tensor) -> AlphaHead:
    """An untrained head for words like these [n, W]; of them it sees nothing yet."""
    head = AlphaHead(options.widths, words.shape[1])
    head.mean.copy_(words.mean(0))
    head.scale.copy_(1 / words.std(0).clamp(min=1e-3))
    for part in head.modules():
        if isinstance(part, Block):
            nn.init.zeros_(part.said.weight)
            nn.init.zeros_(part.said.bias)
    return head


def train_alpha(directory: Path, source: str, options: AlphaOptions, export: Path | None) -> None:
    """Train, or go on training, until ``options.minutes`` are over; the averaged head goes into a model's folder.

    Raises:
        FileNotFoundError: if no samples are in the directory.
    """
    torch.manual_seed(options.seed)
    store = _Store(directory, source)
    if not store.take_in():
        raise FileNotFoundError(
            f"{directory} has no samples; run python -m omost_pipeline.training.alpha_samples first"
        )
    head = new_head(options, store.words())
    average, optims = Average({"head": head}, 0.998), optimisers([head], options.rate)
    path, step, minutes, mean = directory / f"alpha-{source}.pt", 0, 0.0, 0.0
    if (state := load_state(path)) is not None:
        head.load_state_dict(state["head"])
        average.load_state_dict(state["average"])
        step, minutes = state["step"], state["minutes"]
        for optim, kept in zip(optims, state["optimisers"], strict=True):
            optim.load_state_dict(kept)
    saved, clock = minutes, time.monotonic() - minutes * 60
    while minutes < options.minutes:
        rng, noise = np.random.default_rng((options.seed, step)), torch.Generator().manual_seed(options.seed + step)
        batch = store.batch(rng, options.batch).cut(rng)
        ground = torch.rand(options.batch, 3, 1, 1, generator=noise) * 2 - 1
        loss = loss_of(head, batch, ground, options.edge_weight)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(head.parameters(), 1.0)
        factor = rate_factor(minutes / options.minutes, step, 100, options.tail)
        take_step(optims, options.rate * factor)
        average.update()
        step, minutes = step + 1, (time.monotonic() - clock) / 60
        mean += (loss.item() - mean) / min(step, 50)
        if step % 50 == 0:
            log.info("step %d minute %.1f loss %.4f samples %d", step, minutes, mean, store.take_in())
        if minutes - saved > options.save_every or minutes >= options.minutes:
            saved = minutes
            kept_state = {"head": head.state_dict(), "average": average.state_dict(), "step": step, "minutes": minutes}
            save_state(path, kept_state | {"optimisers": [optim.state_dict() for optim in optims]})
            shown = AlphaHead(options.widths, len(head.mean))
            shown.load_state_dict(average.weights("head"))
            _report(shown.eval(), store.held_out(), directory / f"alpha-{source}.png", step)
            if export is not None:
                save_alpha_head(export, shown)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    usual = AlphaOptions()
    parser.add_argument("--work-dir", type=Path, required=True, help="where samples and checkpoints are kept")
    parser.add_argument("--export", type=Path, help="the folder of the model, which gets the head")
    parser.add_argument("--larger", action="store_true", help="of the larger world's things")
    parser.add_argument("--minutes", type=float, default=usual.minutes, help="training time over all runs")
    parser.add_argument("--rate", type=float, default=usual.rate, help="peak learning rate")
    parser.add_argument("--widths", type=int, nargs="+", default=usual.widths, help="channels of its levels")
    parser.add_argument("--batch", type=int, default=usual.batch, help="samples a step")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(arguments.threads)
    options = AlphaOptions(arguments.minutes, arguments.rate, arguments.batch, tuple(arguments.widths))
    train_alpha(arguments.work_dir, (LargerWorld if arguments.larger else SmallWorld).name, options, arguments.export)


if __name__ == "__main__":
    main()
