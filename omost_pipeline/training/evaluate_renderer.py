"""Measures the larger world's renderer: whether a judge of all its kinds sees what was asked for, and how sharply.

The judge (:mod:`omost_pipeline.world.classifier`) is trained at first use, on drawn scenes alone, and stays in the
directory. Of held-out scenes it judges the drawn pictures, which says how far to trust it, and those that the bundled
renderer makes as chats have them made. Needs the drawings (:mod:`glyphs`), so it is no part of ``omost-bot bench``.
"""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Callable, Iterator
from itertools import count, islice
from pathlib import Path
from random import Random

import numpy as np
import torch
from PIL import Image

from omost_pipeline.bench.pixels import last
from omost_pipeline.bench.style import look_of, style_of
from omost_pipeline.canvas.elements import Canvas, GlobalDescription
from omost_pipeline.engine.info import usual_spec
from omost_pipeline.profiles import PROFILES
from omost_pipeline.renderer.options import options_of
from omost_pipeline.renderer.sdxl.weights import load_renderer
from omost_pipeline.renderer.spec import SEED
from omost_pipeline.training.dataset import SHARD_SCENES, Source, region_of
from omost_pipeline.training.larger_world import MORE_COLORS, source_in
from omost_pipeline.training.train_vae import HELD_OUT_SHARD
from omost_pipeline.world.classifier import (
    NO_COLOR,
    Classifier,
    Example,
    load_classifier,
    rough_crop,
    roughened,
    sights,
    train,
)
from omost_pipeline.world.kinds import COLORS, KINDS, glyphs
from omost_pipeline.world.scenes import PICTURE_SIDE, Scene

log = logging.getLogger(__name__)

_WIDTHS = (32, 64, 96, 160)
"""Of the judge: more than of the small world's, as it knows twelve times as many kinds."""

_CLOSE = 0.6
"""Share of close scenes among those that it learns from."""

_JUDGE = "judge.safetensors"


def new_judge() -> Classifier:
    """An untrained judge of all kinds and colours."""
    return Classifier((*KINDS, *glyphs()), (*COLORS, *MORE_COLORS), _WIDTHS)


def examples(judge: Classifier, source: Source, seed: int) -> Iterator[Example]:
    """Endless crops of drawn things with their answers."""
    rng, noise = Random(f"judge {seed}"), torch.Generator().manual_seed(seed)
    kinds = {name: place for place, name in enumerate(judge.kinds)}
    colors = {name: place for place, name in enumerate(judge.colors)}
    for number in count(seed * SHARD_SCENES):
        scene = source.scene(number, close=rng.random() < _CLOSE)
        picture = roughened(Image.fromarray(source.picture(scene, number)), rng)
        for sight in sights(scene):
            thing = sight.thing
            pixels = rough_crop(picture, thing.box, rng, noise)
            yield pixels, kinds[thing.kind], colors.get(thing.color, NO_COLOR)


def judge_in(directory: Path, source: Source, steps: int) -> Classifier:
    """The judge in a directory, trained at first use."""
    path, judge = directory / _JUDGE, new_judge()
    if not path.exists():
        train(judge, examples(judge, source, seed=1), steps, path)
    return load_classifier(path, judge, "delete it, and it is trained anew")


def held_out(source: Source, scenes: int) -> list[tuple[Scene, int]]:
    """Scenes with things in them that nothing was trained on, and their numbers."""
    every = ((source.scene(number, close=False), number) for number in count(HELD_OUT_SHARD * SHARD_SCENES))
    return list(islice((each for each in every if each[0].things), scenes))


def canvas_of(scene: Scene) -> Canvas:
    """What a scene says, as a canvas."""
    return Canvas(GlobalDescription(scene.description), tuple(map(region_of, scene.things)))


def figures(
    judge: Classifier, scenes: list[tuple[Scene, int]], picture_of: Callable[[Scene, int], Image.Image]
) -> dict[str, float]:
    """Of free and of partly covered boxes the shares whose kind and colour are seen, and how certainly the kind."""
    marks: dict[str, list[float]] = {}
    for scene, number in scenes:
        seen, picture = sights(scene), picture_of(scene, number)
        if not seen:
            continue
        kinds, colors = judge.certainties(picture, [each.thing.box for each in seen])
        for sight, kind, color in zip(seen, kinds, colors, strict=True):
            thing, boxes = sight.thing, "overlapped" if sight.overlapped else "free"
            place = judge.kinds.index(thing.kind)
            marks.setdefault(f"{boxes} kind", []).append(float(kind.argmax() == place))
            marks.setdefault(f"{boxes} certainty", []).append(float(kind[place]))
            if thing.color in judge.colors:
                marks.setdefault(f"{boxes} color", []).append(float(color.argmax() == judge.colors.index(thing.color)))
    return {name: float(np.mean(each)) for name, each in sorted(marks.items())}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work-dir", type=Path, required=True, help="where the drawings and the judge are kept")
    parser.add_argument("--scenes", type=int, default=300)
    parser.add_argument("--steps", type=int, default=5000, help="of the judge's training")
    parser.add_argument("--model", help="a folder in diffusers' layout; by default the bundled one")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(1)
    source = source_in(arguments.work_dir, larger=True)
    judge = judge_in(arguments.work_dir, source, arguments.steps)
    scenes = held_out(source, arguments.scenes)
    profile = PROFILES["tiny-world"]
    renderer, usual = load_renderer(arguments.model or profile.renderer), usual_spec(profile)
    painted, made = [], []

    def paint(scene: Scene, number: int) -> Image.Image:
        picture = Image.fromarray(source.picture(scene, number))
        painted.append(look_of(picture))
        return picture

    def draw(scene: Scene, number: int) -> Image.Image:
        picture = (
            last(renderer.render(canvas_of(scene), options_of(usual.having(SEED, number)))).images[0].convert("RGB")
        )
        made.append(look_of(picture.resize((PICTURE_SIDE, PICTURE_SIDE), Image.Resampling.BOX)))
        return picture

    found = {"drawn": figures(judge, scenes, paint), "made": figures(judge, scenes, draw)}
    edges = {"style": style_of("made", made, painted)}
    print(json.dumps({"scenes": len(scenes), **found, **edges}, indent=2))


if __name__ == "__main__":
    main()
