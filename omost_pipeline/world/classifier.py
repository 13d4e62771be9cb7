"""A small judge: which kind of thing, in which colour, a box of a picture shows.

Trained on drawn scenes, where the answer is known, and used to measure pictures that a renderer made. Knows no
renderer. Run this module to train it; it is too small to need checkpoints.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random

import numpy as np
import torch
from PIL import Image
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from omost_pipeline.canvas.vocabulary import GRID, Box
from omost_pipeline.errors import WeightsError
from omost_pipeline.profiles import BUNDLED
from omost_pipeline.world.kinds import COLORS, KINDS
from omost_pipeline.world.scenes import Scene, Thing, paint, sample_scene, visible_share

log = logging.getLogger(__name__)

SIDE = 64
"""Pixels a box is resized to, whatever its shape."""
WEIGHTS = BUNDLED / "classifier" / "model.safetensors"
LEAST_VISIBLE = 0.5
"""A box that shows less of itself than this share is not judged."""

_WIDTHS = (32, 64, 96, 128)

Example = tuple[Tensor, int, int]
"""A crop and the places of its kind and colour among the classifier's; a colour that is not judged is NO_COLOR."""

NO_COLOR = -1

_SEED = 3


@dataclass(frozen=True)
class Sight:
    """A thing in a scene that can be judged, and whether nearer boxes cover a part of it."""

    thing: Thing
    overlapped: bool


def sights(scene: Scene) -> tuple[Sight, ...]:
    """The things of which at least half is visible, with whether they are overlapped."""
    order = scene.far_to_near()
    shares = [visible_share(thing.box, [other.box for other in order[i + 1 :]]) for i, thing in enumerate(order)]
    seen = zip(order, shares, strict=True)
    return tuple(Sight(thing, share < 1.0) for thing, share in seen if share >= LEAST_VISIBLE)


def crop(picture: Image.Image, box: Box) -> Tensor:
    """A box of a picture of any size as [3, SIDE, SIDE] of −1…1."""
    unit_x, unit_y = picture.width / GRID, picture.height / GRID
    frame = (box.left * unit_x, box.top * unit_y, box.right * unit_x, box.bottom * unit_y)
    pixels = np.asarray(picture.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BILINEAR, frame), np.float32)
    return torch.from_numpy(pixels / 127.5 - 1).permute(2, 0, 1)


class Classifier(nn.Module):
    """Strided convolutions and two linear answers."""

    def __init__(
        self,
        kinds: Sequence[str] = tuple(KINDS),
        colors: Sequence[str] = tuple(COLORS),
        widths: Sequence[int] = _WIDTHS,
    ) -> None:
        """``kinds`` and ``colors`` are what it tells apart, ``widths`` the channels of each level."""
        super().__init__()
        self.kinds, self.colors = tuple(kinds), tuple(colors)
        layers: list[nn.Module] = []
        for before, after in pairwise((3, *widths)):
            layers += [nn.Conv2d(before, after, 3, 2, 1), nn.GroupNorm(8, after), nn.SiLU()]
            layers += [nn.Conv2d(after, after, 3, 1, 1), nn.GroupNorm(8, after), nn.SiLU()]
        self.features = nn.Sequential(*layers, nn.AvgPool2d(2), nn.Flatten())
        self.kind = nn.Linear(widths[-1] * 4, len(self.kinds))
        self.color = nn.Linear(widths[-1] * 4, len(self.colors))

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        """[B, 3, SIDE, SIDE] → logits of kinds [B, kinds] and of colours [B, colors]."""
        features = self.features(crops)
        return self.kind(features), self.color(features)

    @torch.inference_mode()
    def certainties(self, picture: Image.Image, boxes: Sequence[Box]) -> tuple[Tensor, Tensor]:
        """The probabilities of each kind [B, kinds] and of each colour [B, colors] in each box."""
        kinds, colors = self(torch.stack([crop(picture, box) for box in boxes]))
        return kinds.softmax(1), colors.softmax(1)

    def judge(self, picture: Image.Image, boxes: Sequence[Box]) -> list[tuple[str, str]]:
        """Kind and colour seen in each box."""
        pairs = zip(*(each.argmax(1).tolist() for each in self.certainties(picture, boxes)), strict=True)
        return [(self.kinds[kind], self.colors[color]) for kind, color in pairs]


def load_classifier(
    path: Path = WEIGHTS,
    classifier: Classifier | None = None,
    again: str = "make it again with python -m omost_pipeline.world.classifier",
) -> Classifier:
    """The trained judge of the small world, or, with the weights in another file, another. ``again``: how to make it.

    Raises:
        WeightsError: if its file is missing or damaged.
    """
    classifier = classifier or Classifier()
    try:
        classifier.load_state_dict({name: value.float() for name, value in load_file(path).items()})
    except (OSError, SafetensorError, RuntimeError) as error:
        raise WeightsError(f"The classifier {path} cannot be loaded ({type(error).__name__}); {again}.") from error
    return classifier.eval()


def roughened(picture: Image.Image, rng: Random) -> Image.Image:
    """A drawn picture, half of the time as blurred as a young renderer draws."""
    if rng.random() >= 0.5:
        return picture
    small = picture.resize((rng.randrange(40, 150),) * 2, Image.Resampling.BILINEAR)
    return small.resize(picture.size, Image.Resampling.BICUBIC)


def rough_crop(picture: Image.Image, box: Box, rng: Random, noise: torch.Generator) -> Tensor:
    """A box as :func:`crop` gives it, with noise: a renderer's pixels are not so clean."""
    pixels = crop(picture, box)
    return pixels + rng.random() * 0.15 * torch.randn(pixels.shape, generator=noise)


def _samples(seed: int) -> Iterator[Example]:
    """Endless crops of drawn things with their answers."""
    rng, noise = Random(f"classifier {seed}"), torch.Generator().manual_seed(seed)
    kinds, colors = list(KINDS), list(COLORS)
    while True:
        scene = sample_scene(rng)
        picture = roughened(paint(scene, rng), rng)
        for sight in sights(scene):
            thing = sight.thing
            yield rough_crop(picture, thing.box, rng, noise), kinds.index(thing.kind), colors.index(thing.color)


def train(
    classifier: Classifier, source: Iterator[Example], steps: int, path: Path, batch: int = 64, rate: float = 2e-3
) -> None:
    """Train for some steps and write the weights in half precision."""
    optimizer = torch.optim.AdamW(classifier.parameters(), rate, weight_decay=1e-2)
    recent = 0.0
    for step in range(steps):
        crops, kinds, colors = zip(*(next(source) for _ in range(batch)), strict=True)
        seen_kinds, seen_colors = classifier(torch.stack(crops))
        loss = cross_entropy(seen_kinds, torch.tensor(kinds))
        loss += cross_entropy(seen_colors, torch.tensor(colors), ignore_index=NO_COLOR)
        optimizer.zero_grad()
        loss.backward()
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1.0, (step + 1) / 50, 2 * (1 - step / steps))
        optimizer.step()
        recent += (loss.item() - recent) / min(step + 1, 50)
        if step % 50 == 49:
            log.info("step %d loss %.4f", step + 1, recent)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: value.half().contiguous() for name, value in classifier.state_dict().items()}, path)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(_SEED)
    train(Classifier(), _samples(_SEED), arguments.steps, WEIGHTS)


if __name__ == "__main__":
    main()
