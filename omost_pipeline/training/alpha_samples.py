"""What the alpha head learns from: things as a renderer draws them upon a scene, and their own pixels beside that.

A thing of a known drawing is set upon a scene that the renderer has drawn, noised part of the way or wholly, and drawn
again, as an edit draws it. What comes out has the renderer's faults and fills the known thing's box. Run it beside a
training to give that more to learn from; what is there already is kept.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from random import Random

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from omost_pipeline.bench.pixels import last
from omost_pipeline.canvas.elements import Canvas, GlobalDescription
from omost_pipeline.canvas.vocabulary import GRID, Box
from omost_pipeline.engine.info import usual_spec
from omost_pipeline.profiles import PROFILES
from omost_pipeline.renderer.keep.earlier import KeepOptions
from omost_pipeline.renderer.layered.alpha_head import LARGER
from omost_pipeline.renderer.layered.matte import Pixels
from omost_pipeline.renderer.options import options_of
from omost_pipeline.renderer.protocol import RenderOptions
from omost_pipeline.renderer.sdxl.loop import SdxlRenderer
from omost_pipeline.renderer.sdxl.weights import load_renderer
from omost_pipeline.renderer.small import BEYOND, FEATHER, earlier_of
from omost_pipeline.training.dataset import SHARD_SCENES, Source, region_of, save_array
from omost_pipeline.training.larger_world import source_in
from omost_pipeline.world.scenes import Thing

log = logging.getLogger(__name__)

SHARD_SAMPLES = 250
"""Samples in one file."""

_A_SCENE = 4
"""Samples of one scene, which is drawn once."""

_STRENGTHS = (0.2, 0.5, 1.0, 1.0)
"""How far a thing is noised before it is drawn again: up to a half it keeps its outline, at 1 it begins with noise."""

_SIDES = (45, 90)
"""Of the longer side of a thing's box, in units of the grid: it is drawn in a window that it fills."""

_LEAST_WINDOW = 0.4
"""Share of a scene that is seen, enlarged, in the smallest window of it."""

_OTHERWISE = 0.3
"""Share of things around which, in their boxes, the scene looks otherwise: a model draws it anew there."""

_SHADES = 3

SPRITE_SIDE = 256
"""Pixels of a drawing's longer side."""

Sample = tuple[Pixels, Pixels, npt.NDArray[np.float32], npt.NDArray[np.float32]]
"""[S, S, 6], the scene with the thing and the scene alone; [LARGER · S, LARGER · S, 4], the thing, RGBA; [W], what the
renderer makes of words about it; and the left, top, right and lower edge of its box."""

_PARTS = ("seen", "own", "words", "box")

Files = tuple[Path, ...]
"""One for each of a sample's parts."""


def samples(renderer: SdxlRenderer, source: Source, number: int, usual: RenderOptions) -> Iterator[Sample]:
    """What is learnt from scene ``number`` on, without end; ``usual``: how the renderer draws in chats."""
    side = renderer.native_side
    options = replace(usual, width=side, height=side, layered=False, details=False)
    while True:
        scene, rng = source.scene(number, close=False), Random(f"alpha {number}")
        if scene.things:
            words = GlobalDescription(scene.description)
            bare = last(renderer.render(Canvas(words), replace(options, seed=number))).images[0].convert("RGB")
            for place in range(_A_SCENE):
                thing = _placed(rng, rng.choice(scene.things))
                around = _window(rng, bare) if rng.random() < _OTHERWISE else None
                seen = _window(rng, bare), around
                yield _sample(renderer, source, words, thing, seen, replace(options, seed=place), rng)
        number += 1


def _sample(
    renderer: SdxlRenderer,
    source: Source,
    words: GlobalDescription,
    thing: Thing,
    seen: tuple[Image.Image, Image.Image | None],
    options: RenderOptions,
    rng: Random,
) -> Sample:
    """``seen``: the scene, and, if that is not the same, what of it is drawn around the thing."""
    bare, around = seen
    own = Image.new("RGBA", (LARGER * bare.width, LARGER * bare.height))
    own.paste(*source.patch(thing, LARGER * bare.width, rng.randrange(_SHADES)))
    begun, small = bare.copy(), own.convert("RGBa").reduce(LARGER).convert("RGBA")
    edges = thing.box.left, thing.box.top, thing.box.right, thing.box.bottom
    if around is not None:
        part = [round(each * bare.width / GRID) for each in edges]
        begun.paste(around.crop((part[0], part[1], part[2], part[3])), (part[0], part[1]))
    begun.paste(small, mask=small)
    canvas = Canvas(words, (region_of(thing),))
    keep = KeepOptions(strength=rng.choice(_STRENGTHS), feather=FEATHER, beyond=BEYOND)
    earlier = earlier_of(canvas, bare, begun if keep.strength < 1 else None, keep)
    drawn = last(renderer.edit(canvas, options, earlier)).images[0].convert("RGB")
    said = renderer.meaning(canvas.regions[0])[0].float().numpy()
    return np.dstack((np.asarray(drawn), np.asarray(bare))), np.asarray(own), said, np.array(edges, np.float32)


def _placed(rng: Random, thing: Thing) -> Thing:
    """The thing as large as in a window of its own, in its proportions, anywhere there."""
    longer = rng.uniform(*_SIDES)
    scale = longer / max(thing.box.width, thing.box.height)
    width, height = thing.box.width * scale, thing.box.height * scale
    left, top = rng.uniform(0, GRID - width), rng.uniform(0, GRID - height)
    return replace(thing, box=Box(left, top, left + width, top + height))


def _window(rng: Random, bare: Image.Image) -> Image.Image:
    """Part of a scene, enlarged; or all of it, now and then."""
    side = round(bare.width * min(rng.uniform(_LEAST_WINDOW, 1.2), 1.0))
    left, top = rng.randint(0, bare.width - side), rng.randint(0, bare.height - side)
    return bare.crop((left, top, left + side, top + side)).resize(bare.size, Image.Resampling.LANCZOS)


def shard(directory: Path, renderer: SdxlRenderer, source: Source, number: int, usual: RenderOptions) -> Files:
    """The files of one shard's samples, [SHARD_SAMPLES, …] as :func:`samples` has them, drawn at first use."""
    files = files_of(directory, source.name, number)
    if not all(path.exists() for path in files):
        every = islice(samples(renderer, source, number * SHARD_SCENES, usual), SHARD_SAMPLES)
        for path, arrays in zip(files, zip(*every, strict=True), strict=True):
            save_array(path, np.stack(arrays))
    return files


def files_of(directory: Path, world: str, number: int) -> Files:
    """Where a shard's samples are, or will be, part by part."""
    return tuple(directory / f"alpha-{world}-{number:04d}-{part}.npy" for part in _PARTS)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work-dir", type=Path, required=True, help="where samples are kept")
    parser.add_argument("--start", required=True, help="exported renderer that draws them")
    parser.add_argument("--shards", type=int, default=12, help=f"how many times {SHARD_SAMPLES} samples")
    parser.add_argument("--larger", action="store_true", help="the larger world's things, whose drawings are fetched")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(arguments.threads)
    source = source_in(arguments.work_dir, larger=arguments.larger, side=SPRITE_SIDE)
    renderer = load_renderer(arguments.start)
    usual = options_of(usual_spec(PROFILES["tiny-world" if arguments.larger else "tiny"]))
    for number in range(arguments.shards):
        log.info("samples in %s and beside it", shard(arguments.work_dir, renderer, source, number, usual)[0])


if __name__ == "__main__":
    main()
