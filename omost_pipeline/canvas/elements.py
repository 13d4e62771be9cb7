"""What a canvas is: a global description and its regions, as plain frozen data.

Knows no text form (see :mod:`codec`, :mod:`parser`), no masks (see :mod:`layers`) and no picture. The field names are
those of the Canvas language (omost-facts §1), except ``color`` for ``HTML_web_color_name``.
"""

from __future__ import annotations

from dataclasses import dataclass

from omost_pipeline.canvas.vocabulary import COLORS, Box, box

_AROUND = ",. \t\r\n"  # the published system strips commas, stops and blanks


@dataclass(frozen=True)
class GlobalDescription:
    """What the whole picture shows; the farthest layer."""

    description: str
    detailed_descriptions: tuple[str, ...] = ()
    tags: str = ""
    color: str = "gray"

    @property
    def rgb(self) -> tuple[int, int, int]:
        return COLORS[self.color]


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

    @property
    def box(self) -> Box:
        return box(self.location, self.offset, self.area)

    @property
    def rgb(self) -> tuple[int, int, int]:
        return COLORS[self.color]


@dataclass(frozen=True)
class Canvas:
    """A whole composition. ``regions`` stand in the order they were written, not by distance."""

    scene: GlobalDescription
    regions: tuple[Region, ...] = ()

    def far_to_near(self) -> tuple[Region, ...]:
        """Regions in painting order; of two equally far ones the later written is nearer."""
        return tuple(sorted(self.regions, key=lambda region: -region.distance_to_viewer))


@dataclass(frozen=True)
class Outline:
    """A canvas while it is being written. ``pending`` is the region whose place is known, but not all of its text."""

    canvas: Canvas
    pending: Region | None = None


@dataclass(frozen=True)
class Correction:
    """A wrong value and what it was taken to mean. ``line`` counts from 1; 0 where the value stood in no text line."""

    line: int
    field: str
    wrong: str
    right: str

    def __str__(self) -> str:
        said = f"{self.field} {self.wrong!r} was read as {self.right!r}"
        return f"line {self.line}: {said}" if self.line else said


def sub_prompt(text: str) -> str:
    """A text as one of the sub-prompts that are encoded together: it ends with one full stop, as the models learnt it.

    Empty where the text holds nothing to say.
    """
    words = text.strip(_AROUND)
    return f"{words}." if words else ""
