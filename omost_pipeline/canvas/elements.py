"""What a canvas is: a global description and its regions, as plain frozen data.

Knows no text form (see :mod:`codec`, :mod:`parser`), no masks (see :mod:`layers`) and no picture. The field names are
those of the Canvas language (omost-facts §1), except ``color`` for ``HTML_web_color_name``. A box or a colour for which
there are no names is held as it is (``free_box``, ``free_rgb``), beside the nearest names, which are all that language
models are told. Nor are they told how an element is held: what it is not to show (``negative``), by which region method
(``method``; None is the usual one), how much its words weigh beside others (``strength``, above 0 to 1), the name of
a picture that it is to look like (``reference``), and by which picture its shapes are led (``control``, as
:mod:`control` reads it).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

from omost_pipeline.canvas.boxes import nearest_names
from omost_pipeline.canvas.colors import nearest_color
from omost_pipeline.canvas.vocabulary import COLORS, Box, MethodName, Rgb, box

_AROUND = ",. \t\r\n"  # the published system strips commas, stops and blanks


@dataclass(frozen=True)
class GlobalDescription:
    """What the whole picture shows; the farthest layer."""

    description: str
    detailed_descriptions: tuple[str, ...] = ()
    tags: str = ""
    color: str = "gray"
    free_rgb: Rgb | None = None
    negative: str = ""
    method: MethodName | None = None
    strength: float | None = None
    reference: str = ""
    control: str = ""

    @property
    def rgb(self) -> Rgb:
        return COLORS[self.color] if self.free_rgb is None else self.free_rgb


@dataclass(frozen=True)
class Region:
    """One thing in the picture: where it stands, how near, and what it looks like."""

    location: str
    offset: str
    area: str
    distance_to_viewer: float
    description: str
    detailed_descriptions: tuple[str, ...] = ()
    tags: str = ""
    atmosphere: str = ""
    style: str = ""
    quality_meta: str = ""
    color: str = "gray"
    free_box: Box | None = None
    free_rgb: Rgb | None = None
    negative: str = ""
    method: MethodName | None = None
    strength: float | None = None
    reference: str = ""
    control: str = ""

    @property
    def box(self) -> Box:
        return box(self.location, self.offset, self.area) if self.free_box is None else self.free_box

    @property
    def rgb(self) -> Rgb:
        return COLORS[self.color] if self.free_rgb is None else self.free_rgb


@dataclass(frozen=True)
class Canvas:
    """A whole composition. ``regions`` stand in the order they were written, not by distance."""

    scene: GlobalDescription
    regions: tuple[Region, ...] = ()

    @property
    def elements(self) -> tuple[GlobalDescription | Region, ...]:
        """The scene and the regions."""
        return (self.scene, *self.regions)

    def far_to_near(self) -> tuple[Region, ...]:
        """Regions in painting order; of two equally far ones the later written is nearer."""
        return tuple(self.regions[number] for number in self.painting_order())

    def painting_order(self) -> tuple[int, ...]:
        """Numbers of the regions, far to near, as :meth:`far_to_near` has them."""
        regions = self.regions
        return tuple(sorted(range(len(regions)), key=lambda number: -regions[number].distance_to_viewer))


Element = TypeVar("Element", GlobalDescription, Region)


def placed_at(region: Region, place: Box) -> Region:
    """The region in exactly this box, with the names nearest to it."""
    location, offset, area = nearest_names(place)
    named = replace(region, location=location, offset=offset, area=area, free_box=None)
    return named if named.box == place else replace(named, free_box=place)


def colored(element: Element, rgb: Rgb) -> Element:
    """The element in exactly this colour, with the name nearest to it."""
    name = nearest_color(rgb)
    return replace(element, color=name, free_rgb=None if COLORS[name] == rgb else rgb)


def in_names(canvas: Canvas) -> Canvas:
    """The canvas with its names alone: what a language model can be told of it."""
    regions = tuple(replace(held_as(region, _PLAIN), free_box=None, free_rgb=None) for region in canvas.regions)
    return Canvas(replace(held_as(canvas.scene, _PLAIN), free_rgb=None), regions)


_HOLDING = ("negative", "method", "strength", "reference", "control")
"""The fields that say how an element is held."""


def held_as(element: Element, other: GlobalDescription | Region) -> Element:
    """The element, held in the way in which another one is."""
    return replace(element, **{name: getattr(other, name) for name in _HOLDING})


def is_held_as(one: GlobalDescription | Region, other: GlobalDescription | Region) -> bool:
    """Whether both are held in the same way."""
    return all(getattr(one, name) == getattr(other, name) for name in _HOLDING)


def is_plain(element: GlobalDescription | Region) -> bool:
    """Whether nothing is said of how the element is held."""
    return is_held_as(element, _PLAIN)


_PLAIN = GlobalDescription("")


@dataclass(frozen=True)
class Outline:
    """A canvas while it is being written. ``pending`` is the region whose place is known, but not all of its text."""

    canvas: Canvas
    pending: Region | None = None


NOTHING = "nothing"
"""What :attr:`Correction.right` says of what was left out."""


@dataclass(frozen=True)
class Correction:
    """A wrong value and what it was taken to mean. ``line`` counts from 1; 0 where the value stood in no text line."""

    line: int
    field: str
    wrong: str
    right: str

    def __str__(self) -> str:
        what = "was left out" if self.right == NOTHING else f"was read as {self.right!r}"
        said = f"{self.field} {self.wrong!r} {what}"
        return f"line {self.line}: {said}" if self.line else said


def sub_prompt(text: str) -> str:
    """A text as one of the sub-prompts that are encoded together: it ends with one full stop, as the models learnt it.

    Empty where the text holds nothing to say.
    """
    words = text.strip(_AROUND)
    return f"{words}." if words else ""
