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

_KIND_NAMES, _COLOR_NAMES = tuple(KINDS), tuple(COLORS)


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
    """Four strided convolutions and two linear answers."""

    def __init__(self) -> None:
        super().__init__()
        widths = (3, 32, 64, 96, 128)
        layers: list[nn.Module] = []
        for before, after in pairwise(widths):
            layers += [nn.Conv2d(before, after, 3, 2, 1), nn.GroupNorm(8, after), nn.SiLU()]
            layers += [nn.Conv2d(after, after, 3, 1, 1), nn.GroupNorm(8, after), nn.SiLU()]
        self.features = nn.Sequential(*layers, nn.AvgPool2d(2), nn.Flatten())
        self.kind = nn.Linear(widths[-1] * 4, len(_KIND_NAMES))
        self.color = nn.Linear(widths[-1] * 4, len(_COLOR_NAMES))

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        """[B, 3, SIDE, SIDE] → logits of kinds [B, 24] and of colours [B, 12]."""
        features = self.features(crops)
        return self.kind(features), self.color(features)

    @torch.inference_mode()
    def judge(self, picture: Image.Image, boxes: Sequence[Box]) -> list[tuple[str, str]]:
        """Kind and colour seen in each box."""
        kinds, colors = self(torch.stack([crop(picture, box) for box in boxes]))
        pairs = zip(kinds.argmax(1).tolist(), colors.argmax(1).tolist(), strict=True)
        return [(_KIND_NAMES[kind], _COLOR_NAMES[color]) for kind, color in pairs]


def load_classifier(path: Path = WEIGHTS) -> Classifier:
    """The trained judge.

    Raises:
        WeightsError: if its file is missing or damaged.
    """
    classifier = Classifier()
    try:
        classifier.load_state_dict({name: value.float() for name, value in load_file(path).items()})
    except (OSError, RuntimeError) as error:
        raise WeightsError(
            f"The classifier {path} cannot be loaded ({type(error).__name__}); make it again with "
            "python -m omost_pipeline.world.classifier."
        ) from error
    return classifier.eval()


def _samples(seed: int) -> Iterator[tuple[Tensor, int, int]]:
    """Endless crops of drawn things with their answers; pixels are roughened, since a renderer's are not so clean."""
    rng, noise = Random(f"classifier {seed}"), torch.Generator().manual_seed(seed)
    while True:
        scene = sample_scene(rng)
        picture = paint(scene, rng)
        if rng.random() < 0.5:  # as blurred as a young renderer draws
            small = picture.resize((rng.randrange(40, 150),) * 2, Image.Resampling.BILINEAR)
            picture = small.resize(picture.size, Image.Resampling.BICUBIC)
        for sight in sights(scene):
            pixels = crop(picture, sight.thing.box)
            roughness = rng.random() * 0.15
            rough = pixels + roughness * torch.randn(pixels.shape, generator=noise)
            yield rough, _KIND_NAMES.index(sight.thing.kind), _COLOR_NAMES.index(sight.thing.color)


def train(steps: int, path: Path = WEIGHTS, batch: int = 64, rate: float = 2e-3, seed: int = 3) -> None:
    """Train from nothing for some steps and write the weights in half precision."""
    torch.manual_seed(seed)
    classifier, source = Classifier(), _samples(seed)
    optimizer = torch.optim.AdamW(classifier.parameters(), rate, weight_decay=1e-2)
    recent = 0.0
    for step in range(steps):
        crops, kinds, colors = zip(*(next(source) for _ in range(batch)), strict=True)
        seen_kinds, seen_colors = classifier(torch.stack(crops))
        loss = cross_entropy(seen_kinds, torch.tensor(kinds)) + cross_entropy(seen_colors, torch.tensor(colors))
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
    train(arguments.steps)


if __name__ == "__main__":
    main()
