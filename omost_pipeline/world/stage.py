"""The state behind a dialogue's canvas, and what each kind of edit does to it.

Everything a request leaves unsaid follows a fixed rule, so that each conversation has exactly one right canvas. Pure
functions on frozen data; knows no wording (see :mod:`requests`, :mod:`edits`) and draws no lots.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from omost_pipeline.canvas.colors import is_color_word
from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region
from omost_pipeline.canvas.wording import name_and_rest
from omost_pipeline.world.kinds import (
    BACKGROUNDS,
    DEFAULT_BACKGROUND,
    SIZES,
    UNCOLORED,
    Background,
    Habitat,
    Kind,
    Size,
    area_name,
    describe,
    kind_of,
    place_for,
    with_article,
)
from omost_pipeline.world.lexicon import css

Relation = Literal["above", "below", "left", "right", "beside", "front", "behind"]
Hold = Literal["riding", "holding", "wearing"]
"""How one thing has another at its body."""

NO_OFFSET = "no offset"
FAR_AWAY = 9.0
UP_CLOSE = 1.0
NEAREST = 0.5
_CELLS: dict[tuple[int, int], str] = {
    (-1, -1): "on the top-left",
    (0, -1): "on the top",
    (1, -1): "on the top-right",
    (-1, 0): "on the left",
    (0, 0): "in the center",
    (1, 0): "on the right",
    (-1, 1): "on the bottom-left",
    (0, 1): "on the bottom",
    (1, 1): "on the bottom-right",
}
_CELL_OF = {name: cell for cell, name in _CELLS.items()}
_STEPS: dict[Relation, tuple[int, int]] = {"above": (0, -1), "below": (0, 1), "left": (-1, 0), "right": (1, 0)}
PAIRED: dict[Relation, tuple[str, str]] = {
    "above": ("on the top", "on the bottom"),
    "below": ("on the bottom", "on the top"),
    "left": ("on the left", "on the right"),
    "right": ("on the right", "on the left"),
    "beside": ("on the left", "on the right"),
}
"""Relation of two things named together → the places of the first and the second."""


@dataclass(frozen=True)
class Mention:
    """What a request says of a thing; ``None`` is unsaid. ``head`` is the noun an edit may call it by."""

    name: str
    head: str
    color: str | None = None
    size: Size | None = None
    location: str | None = None
    offset: str | None = None
    distance: float | None = None

    @property
    def kind(self) -> Kind:
        return kind_of(self.head)


@dataclass(frozen=True)
class Thing:
    """A thing on the stage, everything settled; ``color`` stays ``None`` where an unknown thing was given none."""

    name: str
    head: str
    color: str | None
    size: Size
    location: str
    offset: str
    distance: float

    @property
    def kind(self) -> Kind:
        return kind_of(self.head)


@dataclass(frozen=True)
class Scene:
    """What a canvas of the small world says, in the world's terms."""

    things: tuple[Thing, ...]
    background: Background = BACKGROUNDS[DEFAULT_BACKGROUND]
    style: str = ""


def canvas_of(scene: Scene) -> Canvas:
    """The canvas that shows a scene."""
    background = scene.background
    whole = GlobalDescription(background.description, tags=scene.style, color=background.color)
    return Canvas(whole, tuple(_region_of(thing) for thing in scene.things))


def _region_of(thing: Thing) -> Region:
    return Region(
        location=thing.location,
        offset=thing.offset,
        area=area_name(thing.size, thing.kind.shape),
        distance_to_viewer=thing.distance,
        description=describe(thing.name, thing.color),
        color=css(thing.color or UNCOLORED),
    )


def head_of(region: Region) -> str:
    """What a region of the world is of: the last word of its name, ``boat`` of "A red boat on wheels."."""
    return name_and_rest(region.description)[0].rpartition(" ")[2].lower()


def painted(region: Region, color: str) -> Region:
    """A region in another colour, with whatever else it is described with: ``A blue old house with a red door.``"""
    name, rest = name_and_rest(region.description)
    _, *looks, noun = name.split(" ")
    named = " ".join((color, *(each for each in looks if not is_color_word(each)), noun))
    return replace(region, description=with_article(named + rest), color=css(color), free_rgb=None)


def settle(mention: Mention, taken: Iterable[str]) -> Thing:
    """A mentioned thing with the rules filled in; ``taken`` are the places of earlier things."""
    kind = mention.kind
    return Thing(
        name=mention.name,
        head=mention.head,
        color=mention.color or kind.color or None,
        size=mention.size or "medium-sized",
        location=mention.location or place_for(kind.habitat, set(taken)),
        offset=mention.offset or NO_OFFSET,
        distance=kind.distance if mention.distance is None else mention.distance,
    )


def places(things: Iterable[Thing]) -> tuple[str, ...]:
    return tuple(thing.location for thing in things)


def settle_pair(first: Mention, relation: Relation, second: Mention, taken: Iterable[str]) -> tuple[Thing, Thing]:
    """Two things named together, e.g. a house under a sun."""
    taken = tuple(taken)
    if relation in PAIRED:
        one, two = PAIRED[relation]
        return settle(replace(first, location=one), ()), settle(replace(second, location=two), ())
    other = settle(second, taken)
    return settle(related(first, relation, other), ()), other


_CARRIED: dict[Hold, tuple[Size | None, str]] = {
    "riding": (None, "slightly to the upper"),
    "holding": ("small", "slightly to the right"),
    "wearing": ("small", "slightly to the upper"),
}
"""Hold → the size and the offset of what is carried, where its words name no size."""


def settle_hold(first: Mention, hold: Hold, second: Mention, taken: Iterable[str]) -> tuple[Thing, Thing]:
    """Two things, one carried by the other (a rider by the mount): both in one place, the carried one in front."""
    carrier, carried = (second, first) if hold == "riding" else (first, second)
    below = settle(carrier, taken)
    size, offset = _CARRIED[hold]
    nearer = max(below.distance - 1.0, NEAREST)
    upon = replace(carried, location=below.location, offset=offset, size=carried.size or size, distance=nearer)
    return (settle(upon, ()), below) if hold == "riding" else (below, settle(upon, ()))


_CROWDED: dict[Habitat, tuple[str, ...]] = {
    "ground": (
        "on the left",
        "on the right",
        "in the center",
        "on the bottom-left",
        "on the bottom-right",
        "on the bottom",
        "on the top",
        "on the top-left",
        "on the top-right",
    ),
    "sky": (
        "on the top",
        "on the top-left",
        "on the top-right",
        "on the left",
        "on the right",
        "in the center",
        "on the bottom",
        "on the bottom-left",
        "on the bottom-right",
    ),
}
"""Where five to nine things of a kind stand, each small."""


def crowd(mention: Mention, count: int) -> tuple[Mention, ...]:
    """Five to nine of a thing, small and each in a cell of its own."""
    return tuple(replace(mention, size="small", location=place) for place in _CROWDED[mention.kind.habitat][:count])


def related(mention: Mention, relation: Relation, other: Thing) -> Mention:
    """A mention placed by its relation to a thing that already stands."""
    location, distance = stand(relation, other.location, other.distance)
    return replace(mention, location=location, distance=mention.distance if distance is None else distance)


def stand(relation: Relation, location: str, distance: float) -> tuple[str, float | None]:
    """Where something stands by its relation to what is there, and how far away; None where that is left open."""
    if relation == "front":
        return location, max(distance - 1.0, NEAREST)
    if relation == "behind":
        return location, distance + 1.0
    return neighbour(location, relation), None


def neighbour(location: str, relation: Relation) -> str:
    """The place one step away, stopping at the edge; ``beside`` steps right, or left where nothing is to the right."""
    x, y = _CELL_OF[location]
    if relation == "beside":
        relation = "left" if x == 1 else "right"
    dx, dy = _STEPS[relation]
    return _CELLS[max(-1, min(1, x + dx)), max(-1, min(1, y + dy))]


def add(scene: Scene, *mentions: Mention) -> Scene:
    """The scene with things appended, placed by rule where their mention names no place."""
    for mention in mentions:
        scene = replace(scene, things=(*scene.things, settle(mention, places(scene.things))))
    return scene


def remove(scene: Scene, gone: Iterable[Thing]) -> Scene:
    gone = tuple(gone)
    return replace(scene, things=tuple(thing for thing in scene.things if thing not in gone))


def swap_in(scene: Scene, old: Thing, new: Thing) -> Scene:
    """The scene with one thing changed, in the same place of the list."""
    return replace(scene, things=tuple(new if thing == old else thing for thing in scene.things))


def replaced(old: Thing, mention: Mention) -> Thing:
    """What stands in for a replaced thing: its place, offset and size stay; colour and distance are the new kind's."""
    return settle(replace(mention, location=old.location, offset=old.offset, size=mention.size or old.size), ())


def moved(thing: Thing, location: str) -> Thing:
    return replace(thing, location=location, offset=NO_OFFSET)


def moved_beside(thing: Thing, relation: Relation, other: Thing) -> Thing:
    """A thing moved by its relation to another that stays where it is."""
    there = settle(related(Mention(thing.name, thing.head, distance=thing.distance), relation, other), ())
    return replace(moved(thing, there.location), distance=there.distance)


def resized(thing: Thing, steps: int) -> Thing:
    """One size up (+1) or down (−1); the largest and the smallest stay as they are."""
    return replace(thing, size=size_by(thing.size, steps))


def size_by(size: str, steps: int) -> Size:
    """The size so many steps from another, within the world's."""
    return SIZES[max(0, min(len(SIZES) - 1, SIZES.index(size) + steps))]
