"""Numbered scenes of the larger world and their pictures: glyphs and painted things, close by or in whole pictures.

A close scene is a window of a picture, so that a small model sees a thing as large as it will be for less than half
the work. Every fourth whole scene is the small world's. Knows no torch.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image

from omost_pipeline.canvas.vocabulary import AREAS, GRID, LOCATIONS, OFFSETS, Box, box
from omost_pipeline.training.dataset import SmallWorld, Source, painted, placed, room
from omost_pipeline.training.glyphs import SPRITE_SIDE, Rgba, Sprites, fitted_size
from omost_pipeline.training.places import USUAL, description_of, paint_place, place_words
from omost_pipeline.world import deeds, lexicon
from omost_pipeline.world.drawing import Rgb, jitter
from omost_pipeline.world.kinds import (
    BACKGROUNDS,
    COLORS,
    KINDS,
    SIZES,
    Kind,
    Size,
    area_name,
    describe,
    glyphs,
    kind_of,
    place_for,
)
from omost_pipeline.world.scenes import (
    PICTURE_SIDE,
    Scene,
    Thing,
    paint,
    sample_scene,
    silhouette,
    visible_share,
)

CLOSE_SIDE = 128
"""Pixels of a close scene's picture."""
MORE_COLORS: dict[str, Rgb] = {
    "gold": (222, 178, 52),
    "silver": (192, 198, 206),
    "turquoise": (56, 206, 188),
    "beige": (232, 216, 180),
    "maroon": (128, 28, 44),
    "navy": (28, 40, 108),
    "lime": (166, 224, 50),
    "magenta": (226, 48, 168),
    "dark blue": (22, 50, 140),
    "light blue": (146, 198, 246),
    "dark green": (22, 92, 44),
    "light green": (150, 220, 138),
    "dark red": (140, 20, 28),
    "light gray": (206, 208, 212),
    "dark gray": (88, 90, 98),
    "light pink": (250, 192, 212),
}
"""Colours beyond the dozen; all of them are CSS names without their space."""

_ROOM = GRID * CLOSE_SIDE / PICTURE_SIDE
"""Side of a close scene in units of the whole picture's grid."""
_CELL = 7.5
"""Side of a latent cell in units of the grid."""
_OLD_EVERY = 4
_LEAST_VISIBLE = 0.4
_SHADES = 3
_WEIGHTS = (1, 2, 6)
"""How often a glyph is drawn, by how often it is asked for."""


@dataclass(frozen=True)
class Named(Thing):
    """A thing called by words of its own: adjectives that are not to be seen, or no colour."""

    words: str = ""

    @property
    def description(self) -> str:
        return self.words


@dataclass(frozen=True)
class View(Scene):
    """A scene in any place of the larger world; ``side`` and ``corner`` in pixels say which window of it is seen."""

    side: int = PICTURE_SIDE
    corner: tuple[int, int] = (0, 0)

    @property
    def description(self) -> str:
        return description_of(self.background)


class Drawings(Protocol):
    """Where the glyphs' pixels come from."""

    def sprite(self, name: str, color: Rgb | None = None) -> Rgba:
        """A kind's drawing, its main colour turned into ``color``, if one is given."""
        ...


class LargerWorld:
    """The endless, repeatable sequence of scenes and their pictures."""

    name = "larger"

    def __init__(self, sprites: Drawings) -> None:
        self._sprites = sprites

    def scene(self, number: int, close: bool) -> Scene:
        """Scene ``number`` of the close ones or of the whole ones."""
        rng = Random(f"larger {close} {number}")
        if close:
            return _close_scene(rng)
        return sample_scene(rng) if number % _OLD_EVERY == 0 else _whole_scene(rng)

    def picture(self, scene: Scene, number: int, shown: Collection[Thing] | None = None) -> npt.NDArray[np.uint8]:
        """[side, side, 3] RGB of a scene; ``shown``: which of its things are in it, by default all."""
        rng = Random(f"larger paint {number}")
        if not isinstance(scene, View):
            return np.asarray(paint(scene, rng, shown=shown), np.uint8)
        x, y = scene.corner
        image = paint_place(scene.background, PICTURE_SIDE, rng).crop((x, y, x + scene.side, y + scene.side))
        for thing in scene.far_to_near():
            shade = rng.randrange(_SHADES)
            if shown is None or thing in shown:
                patch, corner = self.patch(thing, scene.side, shade)
                image.paste(patch, corner, patch)
        return np.asarray(image, np.uint8)

    def outline(self, thing: Thing) -> npt.NDArray[np.bool_]:
        """[GRID, GRID]: what of the grid a thing covers."""
        if thing.kind in KINDS and not isinstance(thing, Named):
            return silhouette(thing)
        patch, (x, y) = self.patch(thing, GRID, 0)
        covered = np.zeros((GRID, GRID), bool)
        solid = np.asarray(patch.getchannel("A")) > 127
        covered[y : y + solid.shape[0], x : x + solid.shape[1]] = solid[: GRID - y, : GRID - x]
        return covered

    def patch(self, thing: Thing, side: int, shade: int) -> tuple[Image.Image, tuple[int, int]]:
        """As :class:`Source` has it."""
        if thing.kind in KINDS:
            color = _rgb(thing.color, shade) or COLORS[KINDS[thing.kind].color]
            return placed(painted(thing.kind, color, *room(thing, side), max(side // 130, 1)), thing, side)
        sprite = self._sprites.sprite(thing.kind, _rgb(thing.color, 0))
        size = fitted_size(sprite, *room(thing, side))
        return placed(Image.fromarray(sprite).resize(size, Image.Resampling.BOX), thing, side)


@cache
def _rgb(color: str, shade: int) -> Rgb | None:
    """One of a few shades of a colour."""
    known = COLORS.get(color) or MORE_COLORS.get(color)
    return None if known is None else jitter(known, Random(f"{color} {shade}"))


@cache
def _adjectives() -> tuple[str, ...]:
    """Words before a noun that change nothing in the picture."""
    poses = tuple(deeds.forms(verb)[1] for verb in deeds.POSES.seen)
    return tuple(sorted({word for word in (*lexicon.ADJECTIVES.seen, *poses) if word.isalpha()} - set(COLORS)))


def words() -> tuple[str, ...]:
    """Every word by which this world's things, colours, adjectives and places are called."""
    places = (description_of(place) for place in place_words())
    texts = (*(kind for kind in glyphs()), *MORE_COLORS, *_adjectives(), *places)
    return tuple(sorted({word for text in texts for word in text.lower().strip(".").split() if word.isalpha()}))


@cache
def _glyph_names() -> tuple[str, ...]:
    return tuple(name for name, glyph in glyphs().items() for _ in range(_WEIGHTS[glyph.frequency]))


def _sample_thing(rng: Random, where: Box, kind: Kind, distance: float | None = None) -> Named:
    roll = rng.random()
    color = kind.color
    if roll < 0.26:
        color = rng.choice(list(COLORS))
    elif roll < 0.36:
        color = rng.choice(list(MORE_COLORS))
    name = f"{rng.choice(_adjectives())} {kind.name}" if rng.random() < 0.2 else kind.name
    return Named(
        kind.name, color, where, kind.distance if distance is None else distance, describe(name, color or None)
    )


def _sample_kind(rng: Random) -> Kind:
    name = rng.choice(_glyph_names()) if rng.random() < 0.88 else rng.choice(list(KINDS))
    return kind_of(name)


def _sample_place(rng: Random) -> str:
    roll = rng.random()
    if roll < 0.25:
        return "meadow"
    if roll < 0.5:
        return rng.choice(list(BACKGROUNDS))
    return rng.choice(USUAL) if roll < 0.85 else rng.choice(place_words())


def _close_scene(rng: Random) -> View:
    """One thing, or one that another carries, in a window of a picture; mostly where a canvas's boxes lie in cells."""
    kind = _sample_kind(rng)
    size: Size = "medium-sized" if rng.random() < 0.65 else "small"
    width, height = AREAS[area_name(size, kind.shape)]
    shrink = min(1.0, _ROOM / width, _ROOM / height)
    where = _within(rng, width * shrink, height * shrink)
    if size == "small" and rng.random() < 0.6:
        left, top = (GRID / _ROOM * ((45 - extent // 2) % _CELL) for extent in (width, height))
        where = Box(left, top, min(left + where.width, GRID), min(top + where.height, GRID))
    things: tuple[Named, ...] = (_sample_thing(rng, where, kind),)
    if rng.random() < 0.08:
        other = _sample_kind(rng)
        small = _within(rng, where.width / GRID * _ROOM * 0.6, where.height / GRID * _ROOM * 0.6)
        things = (*things, _sample_thing(rng, small, other, 0.5))
    steps = (PICTURE_SIDE - CLOSE_SIDE) // 16
    corner = (16 * rng.randint(0, steps), 16 * rng.randint(0, steps))
    return View(_sample_place(rng), things, CLOSE_SIDE, corner)


def _within(rng: Random, width: float, height: float) -> Box:
    """A box of that size in the whole picture's units anywhere in a close scene, in the close scene's units."""
    scale = GRID / _ROOM
    width, height = min(width * scale, GRID), min(height * scale, GRID)
    left, top = float(round(rng.uniform(0, GRID - width))), float(round(rng.uniform(0, GRID - height)))
    return Box(left, top, min(left + width, GRID), min(top + height, GRID))


def _whole_scene(rng: Random) -> View:
    count = rng.choices((0, 1, 2, 3, 4), (3, 32, 42, 18, 5))[0]
    place = _sample_place(rng)
    while True:
        scene = View(place, _things(rng, count))
        if _all_show(scene):
            return scene


def _things(rng: Random, count: int) -> tuple[Named, ...]:
    if count == 2 and rng.random() < 0.3:
        return _carried(rng)
    taken: set[str] = set()
    things = []
    for _ in range(count):
        kind = _sample_kind(rng)
        place = place_for(kind.habitat, taken)
        if rng.random() < 0.4:
            place = rng.choice([name for name in LOCATIONS if name not in taken])
        taken.add(place)
        size: Size = rng.choices(SIZES, (15, 70, 15) if count < 3 else (55, 40, 5))[0]
        offset = "no offset" if rng.random() < 0.8 else rng.choice(list(OFFSETS))
        things.append(_sample_thing(rng, box(place, offset, area_name(size, kind.shape)), kind))
    return tuple(things)


def _carried(rng: Random) -> tuple[Named, ...]:
    """Two in one place: a rider, or something held or worn."""
    carrier, carried = _sample_kind(rng), _sample_kind(rng)
    offset = rng.choice(("slightly to the upper", "slightly to the right", "no offset"))
    size: Size = "medium-sized" if rng.random() < 0.3 else "small"
    below = _sample_thing(rng, box("in the center", "no offset", area_name("medium-sized", carrier.shape)), carrier)
    upon = _sample_thing(rng, box("in the center", offset, area_name(size, carried.shape)), carried, 0.5)
    return below, replace(upon, distance=max(below.distance - 1, 0.5))


def _all_show(scene: Scene) -> bool:
    order = scene.far_to_near()
    nearer: Sequence[list[Box]] = [[thing.box for thing in order[i + 1 :]] for i in range(len(order))]
    small = any(thing.box.width <= 60 and thing.box.height <= 60 for thing in order)
    least = _LEAST_VISIBLE if not small else 0.15 if len(order) == 2 else _LEAST_VISIBLE
    return all(visible_share(thing.box, boxes) >= least for thing, boxes in zip(order, nearer, strict=True))


def source_in(directory: Path, *, larger: bool, side: int = SPRITE_SIDE) -> Source:
    """Whose scenes are learnt: this world's, whose drawings lie in the training's directory, or the small one's.

    ``side``: pixels of a drawing's longer side.
    """
    return LargerWorld(Sprites(directory / "glyphs", side)) if larger else SmallWorld()
