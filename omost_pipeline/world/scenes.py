"""Scenes of the small world: what stands where, how one is sampled, and its picture.

A scene is what a canvas of known things says, so its picture is the ground truth for that canvas. Knows no torch,
no language and no Canvas code.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from omost_pipeline.canvas.vocabulary import AREAS, GRID, LOCATIONS, OFFSETS, Box, box
from omost_pipeline.world.backdrops import paint_backdrop
from omost_pipeline.world.drawing import jitter, paint_thing
from omost_pipeline.world.kinds import BACKGROUNDS, COLORS, KINDS, SIZES, Kind, area_name, describe, place_for

PICTURE_SIDE = 192
"""Side of a drawn picture in pixels."""

MARGIN = 0.04
"""Share of a box left free on each side of a thing: it fills its box less 8 %."""

_SUPERSAMPLING = 3
_COUNT_WEIGHTS = (4, 30, 32, 22, 12)
"""How often a sampled scene holds 0, 1, 2, 3 or 4 things."""
_SIZE_WEIGHTS = {1: (20, 45, 35), 2: (40, 45, 15), 3: (65, 30, 5), 4: (80, 20, 0)}
_LEAST_VISIBLE = 0.45


@dataclass(frozen=True)
class Thing:
    """One thing of a scene: a kind and a colour of the world, its box on the grid, its distance to the viewer."""

    kind: str
    color: str
    box: Box
    distance: float

    @property
    def description(self) -> str:
        return describe(self.kind, self.color)


@dataclass(frozen=True)
class Scene:
    """A background of the world and the things before it, in the order a composer would write them."""

    background: str
    things: tuple[Thing, ...] = ()

    @property
    def description(self) -> str:
        return BACKGROUNDS[self.background].description

    def far_to_near(self) -> tuple[Thing, ...]:
        """Things in painting order; of two equally far ones the later is nearer."""
        return tuple(sorted(self.things, key=lambda thing: -thing.distance))


def visible_share(box: Box, nearer: Sequence[Box]) -> float:
    """Share of ``box`` that no box of ``nearer`` covers, measured on a coarse raster."""
    seen = total = 0
    for y in range(int(box.top), int(box.bottom), 3):
        for x in range(int(box.left), int(box.right), 3):
            total += 1
            seen += not any(b.left <= x < b.right and b.top <= y < b.bottom for b in nearer)
    return seen / total


def _sample_box(rng: Random, kind: Kind, count: int, taken: set[str]) -> tuple[str, Box]:
    """The location's name and the box of one thing: often where a composer would put it, else anywhere."""
    place = place_for(kind.habitat, taken)
    if rng.random() < 0.6:
        place = rng.choice([name for name in LOCATIONS if name not in taken])
    size = rng.choices(SIZES, _SIZE_WEIGHTS[count])[0]
    area = area_name(size, kind.shape) if rng.random() < 0.8 else rng.choice(list(AREAS))
    offset = "no offset" if rng.random() < 0.7 else rng.choice(list(OFFSETS))
    return place, box(place, offset, area)


def _sample_things(rng: Random, count: int) -> tuple[Thing, ...]:
    taken: set[str] = set()
    things = []
    names = rng.sample(list(KINDS), count) if rng.random() < 0.85 else rng.choices(list(KINDS), k=count)
    for name in names:
        kind = KINDS[name]
        color = kind.color if rng.random() < 0.3 else rng.choice(list(COLORS))
        place, where = _sample_box(rng, kind, count, taken)
        taken.add(place)
        things.append(Thing(name, color, where, kind.distance if rng.random() < 0.75 else float(rng.randint(1, 10))))
    return tuple(things)


def _all_show(scene: Scene) -> bool:
    order = scene.far_to_near()
    nearer = [[thing.box for thing in order[i + 1 :]] for i in range(len(order))]
    return all(visible_share(thing.box, boxes) >= _LEAST_VISIBLE for thing, boxes in zip(order, nearer, strict=True))


def sample_scene(rng: Random) -> Scene:
    """A scene of 0 to 4 things in any of the 729 boxes, none of them mostly hidden."""
    count = rng.choices(range(len(_COUNT_WEIGHTS)), _COUNT_WEIGHTS)[0]
    background = rng.choice(list(BACKGROUNDS))
    while True:
        scene = Scene(background, _sample_things(rng, count))
        if _all_show(scene):
            return scene


def paint(scene: Scene, rng: Random, side: int = PICTURE_SIDE, shown: Collection[Thing] | None = None) -> Image.Image:
    """The picture of ``scene``, RGB, ``side`` × ``side`` pixels; ``rng`` decides shades and small details.

    ``shown``: which of its things are in the picture, each exactly as in the picture of all.

    Raises:
        KeyError: if the scene names a kind, colour or background that the world does not hold.
    """
    large = side * _SUPERSAMPLING
    image = paint_backdrop(scene.background, large, rng)
    draw = ImageDraw.Draw(image)
    for thing in scene.far_to_near():
        shade = jitter(COLORS[thing.color], rng)
        if shown is None or thing in shown:
            paint_thing(draw, thing.kind, shade, _frame(thing.box, large / GRID), line_width=max(large // 130, 2))
    return image.reduce(_SUPERSAMPLING)


def silhouette(thing: Thing) -> npt.NDArray[np.bool_]:
    """[GRID, GRID]: what of the grid ``thing`` covers; less than its box."""
    painted = []
    for ground in ("black", "white"):
        image = Image.new("RGB", (GRID, GRID), ground)
        paint_thing(ImageDraw.Draw(image), thing.kind, COLORS[thing.color], _frame(thing.box, 1), line_width=1)
        painted.append(np.asarray(image))
    covered: npt.NDArray[np.bool_] = (painted[0] == painted[1]).all(-1)
    return covered


def _frame(box: Box, unit: float) -> tuple[float, float, float, float]:
    """Where a thing stands in its box, in pixels of ``unit`` to a cell of the grid."""
    dx, dy = box.width * MARGIN, box.height * MARGIN
    return ((box.left + dx) * unit, (box.top + dy) * unit, (box.right - dx) * unit, (box.bottom - dy) * unit)


def contact_sheet(pictures: Sequence[Image.Image], columns: int, gap: int = 4) -> Image.Image:
    """Pictures of one size side by side, ``columns`` in a row."""
    if not pictures:
        raise ValueError("a contact sheet needs at least one picture")
    width, height = pictures[0].size
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * (width + gap) + gap, rows * (height + gap) + gap), "white")
    for i, picture in enumerate(pictures):
        sheet.paste(picture, (gap + i % columns * (width + gap), gap + i // columns * (height + gap)))
    return sheet
