"""Numbered scenes and their pictures, drawn the same on every machine, and shards of them on disk.

Scene number *n* is a pure function of *n*: shards keep arrays only, and the texts and boxes are sampled again when a
shard is read. Knows no torch.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from random import Random
from typing import Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from omost_pipeline.canvas.elements import Region, placed_at
from omost_pipeline.canvas.vocabulary import GRID
from omost_pipeline.world.drawing import Rgb, jitter, paint_thing
from omost_pipeline.world.kinds import COLORS
from omost_pipeline.world.scenes import MARGIN, Scene, Thing, paint, sample_scene, silhouette

SHARD_SCENES = 1000
"""Scenes in one shard; shard *k* holds the scenes numbered ``k · SHARD_SCENES`` and on."""


class Source(Protocol):
    """Where scenes and their pictures come from, each a pure function of its number."""

    name: str
    """The world's, by which its files are known."""

    def scene(self, number: int, close: bool) -> Scene:
        """One of the close scenes, whose pictures are windows of whole ones, or one of the whole scenes."""
        ...

    def picture(self, scene: Scene, number: int, shown: Collection[Thing] | None = None) -> npt.NDArray[np.uint8]:
        """[side, side, 3] RGB of that scene; ``shown``: which of its things are in it, by default all."""
        ...

    def outline(self, thing: Thing) -> npt.NDArray[np.bool_]:
        """[GRID, GRID]: what of the grid a thing covers."""
        ...

    def patch(self, thing: Thing, side: int, shade: int) -> tuple[Image.Image, tuple[int, int]]:
        """A thing's own pixels, RGBA, in one of a few shades, and where they go in a picture of ``side`` pixels."""
        ...


class SmallWorld:
    """The two dozen things that this project paints; it has no close scenes."""

    name = "small"

    def scene(self, number: int, close: bool) -> Scene:
        if close:
            raise ValueError("the small world has no close scenes")
        return numbered_scene(number)

    def picture(self, scene: Scene, number: int, shown: Collection[Thing] | None = None) -> npt.NDArray[np.uint8]:
        return np.asarray(paint(scene, Random(f"paint {number}"), shown=shown), dtype=np.uint8)

    def outline(self, thing: Thing) -> npt.NDArray[np.bool_]:
        return silhouette(thing)

    def patch(self, thing: Thing, side: int, shade: int) -> tuple[Image.Image, tuple[int, int]]:
        color = jitter(COLORS[thing.color], Random(f"{thing.color} {shade}"))
        return placed(painted(thing.kind, color, *room(thing, side), max(side // 130, 1)), thing, side)


def painted(kind: str, color: Rgb, width: int, height: int, line: int) -> Image.Image:
    """A kind of the small world on nothing, three times as large and shrunk."""
    image = Image.new("RGBA", (3 * width, 3 * height))
    paint_thing(ImageDraw.Draw(image), kind, color, (0, 0, 3 * width, 3 * height), 3 * line)
    return image.reduce(3)


def room(thing: Thing, side: int) -> tuple[int, int]:
    """The width and height that a thing has for itself in a picture of ``side`` pixels."""
    unit = side / GRID * (1 - 2 * MARGIN)
    return max(2, round(thing.box.width * unit)), max(2, round(thing.box.height * unit))


def placed(patch: Image.Image, thing: Thing, side: int) -> tuple[Image.Image, tuple[int, int]]:
    """A thing's pixels and their left upper corner in the middle of its box."""
    where, unit = thing.box, side / GRID
    x = round((where.left + where.right) / 2 * unit - patch.width / 2)
    y = round((where.top + where.bottom) / 2 * unit - patch.height / 2)
    return patch, (max(x, 0), max(y, 0))


def numbered_scene(number: int) -> Scene:
    """Scene ``number`` of the endless, repeatable sequence."""
    return sample_scene(Random(f"scene {number}"))


def numbered_picture(number: int, shown: Collection[Thing] | None = None) -> npt.NDArray[np.uint8]:
    """The picture of scene ``number``: [192, 192, 3] RGB. ``shown``: which of its things are in it, by default all."""
    return SmallWorld().picture(numbered_scene(number), number, shown)


def shard_pictures(shard: int, source: Source, close: bool = False) -> npt.NDArray[np.uint8]:
    """The pictures of one shard: [SHARD_SCENES, side, side, 3] RGB."""
    numbers = range(shard * SHARD_SCENES, (shard + 1) * SHARD_SCENES)
    return np.stack([source.picture(source.scene(number, close), number) for number in numbers])


def region_of(thing: Thing) -> Region:
    """A thing as a canvas has it."""
    return placed_at(Region("", "", "", thing.distance, thing.description), thing.box)


def save_array(path: Path, array: npt.NDArray[np.generic]) -> None:
    """Write ``array`` so that a reader sees the whole file or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        np.save(file, array)
    partial.replace(path)


def stored_pictures(directory: Path, shard: int, source: Source) -> npt.NDArray[np.uint8]:
    """The pictures of one shard, memory-mapped from ``directory``; drawn and stored there at first use."""
    path = directory / f"pictures-{source.name}-{shard:04d}.npy"
    if not path.exists():
        save_array(path, shard_pictures(shard, source))
    pictures: npt.NDArray[np.uint8] = np.load(path, mmap_mode="r")
    return pictures
