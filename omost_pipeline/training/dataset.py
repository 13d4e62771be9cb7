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

from omost_pipeline.world.scenes import PICTURE_SIDE, Scene, Thing, paint, sample_scene, silhouette

SHARD_SCENES = 1000
"""Scenes in one shard; shard *k* holds the scenes numbered ``k · SHARD_SCENES`` and on."""


class Source(Protocol):
    """Where scenes and their pictures come from, each a pure function of its number."""

    def scene(self, number: int, close: bool) -> Scene:
        """One of the close scenes, whose pictures are windows of whole ones, or one of the whole scenes."""
        ...

    def picture(self, scene: Scene, number: int, shown: Collection[Thing] | None = None) -> npt.NDArray[np.uint8]:
        """[side, side, 3] RGB of that scene; ``shown``: which of its things are in it, by default all."""
        ...

    def outline(self, thing: Thing) -> npt.NDArray[np.bool_]:
        """[GRID, GRID]: what of the grid a thing covers."""
        ...


class SmallWorld:
    """The two dozen things that this project paints; it has no close scenes."""

    def scene(self, number: int, close: bool) -> Scene:
        if close:
            raise ValueError("the small world has no close scenes")
        return numbered_scene(number)

    def picture(self, scene: Scene, number: int, shown: Collection[Thing] | None = None) -> npt.NDArray[np.uint8]:
        return np.asarray(paint(scene, Random(f"paint {number}"), shown=shown), dtype=np.uint8)

    def outline(self, thing: Thing) -> npt.NDArray[np.bool_]:
        return silhouette(thing)


def numbered_scene(number: int) -> Scene:
    """Scene ``number`` of the endless, repeatable sequence."""
    return sample_scene(Random(f"scene {number}"))


def numbered_picture(number: int, shown: Collection[Thing] | None = None) -> npt.NDArray[np.uint8]:
    """The picture of scene ``number``: [192, 192, 3] RGB. ``shown``: which of its things are in it, by default all."""
    picture = paint(numbered_scene(number), Random(f"paint {number}"), shown=shown)
    return np.asarray(picture, dtype=np.uint8)


def shard_scenes(shard: int) -> list[Scene]:
    """The scenes of one shard, in order."""
    return [numbered_scene(shard * SHARD_SCENES + i) for i in range(SHARD_SCENES)]


def shard_pictures(shard: int) -> npt.NDArray[np.uint8]:
    """The pictures of one shard: [SHARD_SCENES, 192, 192, 3] RGB."""
    pictures = np.empty((SHARD_SCENES, PICTURE_SIDE, PICTURE_SIDE, 3), np.uint8)
    for i in range(SHARD_SCENES):
        pictures[i] = numbered_picture(shard * SHARD_SCENES + i)
    return pictures


def save_array(path: Path, array: npt.NDArray[np.generic]) -> None:
    """Write ``array`` so that a reader sees the whole file or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        np.save(file, array)
    partial.replace(path)


def stored_pictures(directory: Path, shard: int, source: Source) -> npt.NDArray[np.uint8]:
    """The pictures of one shard, memory-mapped from ``directory``; drawn and stored there at first use."""
    path = directory / f"pictures-{shard:04d}.npy"
    if not path.exists():
        numbers = range(shard * SHARD_SCENES, (shard + 1) * SHARD_SCENES)
        save_array(path, np.stack([source.picture(source.scene(number, False), number) for number in numbers]))
    pictures: npt.NDArray[np.uint8] = np.load(path, mmap_mode="r")
    return pictures
