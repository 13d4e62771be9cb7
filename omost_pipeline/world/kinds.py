"""The small world the bundled models know: its things, colours, backgrounds and unsaid defaults.

One table each, read by the scene painter, the dialogue writer and the evaluation, so that the pictures
and the words cannot drift apart. Knows no drawing, no sampling and no torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from omost_pipeline.canvas.colors import PAINTS
from omost_pipeline.canvas.wording import article_of

Shape = Literal["square", "vertical", "horizontal"]
Habitat = Literal["sky", "ground"]
Size = Literal["small", "medium-sized", "large"]

SIZES: tuple[Size, ...] = ("small", "medium-sized", "large")


@dataclass(frozen=True)
class Kind:
    """A thing the bundled models can draw, with what holds where a request leaves it unsaid.

    ``color`` is empty where the thing's own colours are drawn and no word names one.
    """

    name: str
    color: str
    shape: Shape
    habitat: Habitat
    distance: float


@dataclass(frozen=True)
class Glyph:
    """A kind of the larger world, learnt from a drawing of a vector set: its class, the drawing's name there, and how
    often it is asked for, 0 to 2.

    Its colours are its own where none is asked for, so no colour stands in ``kind`` and in its description.
    """

    kind: Kind
    group: str
    drawing: str
    frequency: int


@dataclass(frozen=True)
class Background:
    """A scene behind the things: its name, the canvas's global description, and its main colour."""

    name: str
    description: str
    color: str


COLORS: dict[str, tuple[int, int, int]] = dict(PAINTS)
"""The twelve colours as painted (sRGB). Each key is also a CSS colour name, used as the region's HTML colour."""

_KINDS = (
    Kind("house", "red", "square", "ground", 5.0),
    Kind("tree", "green", "vertical", "ground", 4.0),
    Kind("cat", "orange", "square", "ground", 2.0),
    Kind("dog", "brown", "square", "ground", 2.0),
    Kind("car", "red", "horizontal", "ground", 3.0),
    Kind("boat", "brown", "square", "ground", 4.0),
    Kind("sun", "yellow", "square", "sky", 10.0),
    Kind("moon", "white", "square", "sky", 10.0),
    Kind("star", "yellow", "square", "sky", 9.0),
    Kind("cloud", "white", "horizontal", "sky", 8.0),
    Kind("mountain", "gray", "horizontal", "ground", 7.0),
    Kind("flower", "pink", "vertical", "ground", 1.0),
    Kind("fish", "orange", "horizontal", "ground", 2.0),
    Kind("bird", "blue", "square", "sky", 6.0),
    Kind("balloon", "red", "vertical", "sky", 6.0),
    Kind("rocket", "white", "vertical", "sky", 5.0),
    Kind("castle", "gray", "square", "ground", 6.0),
    Kind("ball", "red", "square", "ground", 1.0),
    Kind("heart", "red", "square", "sky", 3.0),
    Kind("mushroom", "red", "square", "ground", 1.0),
    Kind("snowman", "white", "vertical", "ground", 3.0),
    Kind("umbrella", "purple", "square", "ground", 2.0),
    Kind("apple", "red", "square", "ground", 1.0),
    Kind("butterfly", "purple", "square", "sky", 2.0),
)
KINDS: dict[str, Kind] = {kind.name: kind for kind in _KINDS}
"""The two dozen that this project's own code paints: the instrument by which renderers and composers are measured."""

_GLYPHS = Path(__file__).with_name("glyphs.txt")


@cache
def glyphs() -> dict[str, Glyph]:
    """The larger world's other kinds, by name, as ``glyphs.txt`` beside this module lists them."""
    found: dict[str, Glyph] = {}
    group, habitat, distance = "", "ground", 3.0
    for line in _GLYPHS.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            group, habitat, distance = line.strip("[]").split()[0], line.split()[1], float(line.strip("[]").split()[2])
        elif not line.startswith("#"):
            for entry in line.split():
                glyph = _glyph(entry, group, "sky" if habitat == "sky" else "ground", distance)
                found[glyph.kind.name] = glyph
    return found


def _glyph(entry: str, group: str, habitat: Habitat, distance: float) -> Glyph:
    """``*rose=red-rose/vertical`` → the glyph it stands for."""
    words, _, shape = entry.lstrip("*").partition("/")
    name, _, drawing = words.partition("=")
    kind = Kind(name, "", "vertical" if shape == "vertical" else "square", habitat, distance)
    return Glyph(kind, group, drawing or name, len(entry) - len(entry.lstrip("*")))


def kind_of(name: str) -> Kind:
    """The kind of that name in the larger world, or :data:`UNKNOWN`."""
    if name in KINDS:
        return KINDS[name]
    return glyphs()[name].kind if name in glyphs() else UNKNOWN


_BACKGROUNDS = (
    Background("meadow", "A green meadow under a blue sky.", "lightskyblue"),
    Background("night", "A night landscape under a dark sky.", "midnightblue"),
    Background("beach", "A sandy beach by the sea.", "skyblue"),
    Background("snow", "A snowy field under a pale sky.", "aliceblue"),
    Background("sunset", "A sunset over dark hills.", "coral"),
    Background("sea", "The deep blue sea.", "teal"),
    Background("room", "A cosy room with a wooden floor.", "wheat"),
    Background("desert", "A desert of golden dunes.", "sandybrown"),
    Background("space", "Outer space full of distant stars.", "darkslateblue"),
    Background("city", "A city skyline under a grey sky.", "lightsteelblue"),
)
BACKGROUNDS: dict[str, Background] = {background.name: background for background in _BACKGROUNDS}
DEFAULT_BACKGROUND = "meadow"

_MORE_BACKGROUNDS = (
    Background("rain", "A rainy day.", "slategray"),
    Background("storm", "A stormy day.", "slategray"),
    Background("fog", "A foggy day.", "lightgray"),
    Background("autumn", "An autumn day.", "burlywood"),
    Background("sky", "A cloudy sky.", "lightskyblue"),
    Background("sunrise", "A sunrise over hills.", "lightsalmon"),
)
MORE_BACKGROUNDS: dict[str, Background] = {background.name: background for background in _MORE_BACKGROUNDS}
"""The larger world's weathers and times; its other places are called by their bare names (``A forest.``)."""

UNCOLORED = "gray"
"""What stands for a colour in a region's code where its description names none."""

UNKNOWN = Kind("thing", "", "square", "ground", 3.0)
"""What holds for a thing outside this world."""

PLACES: dict[Habitat, tuple[str, ...]] = {
    "ground": (
        "in the center",
        "on the left",
        "on the right",
        "on the bottom-left",
        "on the bottom-right",
        "on the bottom",
    ),
    "sky": ("on the top", "on the top-right", "on the top-left"),
}
"""Where an unplaced thing goes: the first place of its habitat that no earlier region holds, else the first."""


@cache
def words_of_things() -> frozenset[str]:
    """Every word in the names of the larger world's things."""
    return frozenset(word for name in (*KINDS, *glyphs()) for word in name.split())


def area_name(size: Size, shape: Shape) -> str:
    """The Canvas name of an area, e.g. ``a medium-sized vertical area``."""
    return f"a {size} {shape} area"


def describe(name: str, color: str | None) -> str:
    """The region description of a thing, e.g. ``A red house.`` or, with no colour, ``A dragon.``"""
    return with_article(f"{color} {name}" if color else name)


def with_article(words: str) -> str:
    """``A red house.`` of ``red house``; the article goes by the sound: ``A unicorn.``"""
    return f"{article_of(words).capitalize()} {words}."


def place_for(habitat: Habitat, taken: set[str]) -> str:
    """The place of a thing whose request names none."""
    places = PLACES[habitat]
    return next((place for place in places if place not in taken), places[0])
