"""Loose values → canvas elements: the one place that decides what is bent into shape, what is cut and what is refused.

The values come from a call's literal arguments or from a JSON object; this module does not know which, except that
a value may have a line number, and the whole a path to name in messages.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping

from omost_pipeline.canvas.colors import DEFAULT_COLOR, closest_color, nearest_color
from omost_pipeline.canvas.elements import Correction, GlobalDescription, Region
from omost_pipeline.canvas.names import closest_name
from omost_pipeline.canvas.vocabulary import AREAS, COLORS, LOCATIONS, OFFSETS
from omost_pipeline.errors import CanvasError

MAX_REGIONS = 32
"""Regions of a canvas: four times what the models write, and each costs the renderer text encodings and a mask."""
MAX_TEXTS = 64
"""Entries of ``detailed_descriptions``; the models write six to eight."""
MAX_STRING = 4000
"""Characters of one string: ten times the longest seen. Longer text is a model repeating itself; its start is kept."""

MISSING = "(missing)"
"""What :attr:`Correction.wrong` says where a value was not given at all."""

DEFAULT_LOCATION = "in the center"
DEFAULT_OFFSET = "no offset"
DEFAULT_AREA = "a medium-sized square area"
DEFAULT_DISTANCE = 1.0
_NEAREST = 0.1  # read for zero and less, which can only mean "right in front"
_FARTHEST = 1000.0  # read for what no float can hold

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
_SHOWN = 60


def excerpt(value: object) -> str:
    """A value as messages show it: on one line, at most 60 characters."""
    text = value[: 2 * _SHOWN] if isinstance(value, str) else _safe_text(value)
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"


class Fields:
    """The values of one element, read by name. Collects ``corrections`` as it goes.

    ``lines`` gives the line of each value (``line`` where it gives none); ``path`` is put before names in messages.
    """

    def __init__(
        self, values: Mapping[str, object], line: int = 0, lines: Mapping[str, int] | None = None, path: str = ""
    ) -> None:
        self.corrections: list[Correction] = []
        self._values = values
        self._line = line
        self._lines = lines or {}
        self._path = path

    def scene(self, color: str) -> GlobalDescription:
        """The global description; ``color`` names the colour's field.

        Raises:
            CanvasError: if a value has a type that can mean nothing here.
        """
        return GlobalDescription(
            description=self._text("description"),
            detailed_descriptions=self._texts("detailed_descriptions"),
            tags=self._text("tags"),
            color=self._color(color),
        )

    def region(self, color: str) -> Region:
        """The region; ``color`` names the colour's field.

        Raises:
            CanvasError: if a value has a type that can mean nothing here.
        """
        return Region(
            location=self._name("location", LOCATIONS, DEFAULT_LOCATION),
            offset=self._name("offset", OFFSETS, DEFAULT_OFFSET),
            area=self._name("area", AREAS, DEFAULT_AREA),
            distance_to_viewer=self._distance("distance_to_viewer"),
            description=self._text("description"),
            detailed_descriptions=self._texts("detailed_descriptions"),
            tags=self._text("tags"),
            atmosphere=self._text("atmosphere"),
            style=self._text("style"),
            quality_meta=self._text("quality_meta"),
            color=self._color(color),
        )

    def note(self, field: str, wrong: object, right: object) -> None:
        """Record that ``wrong`` was read as ``right``."""
        line = self._lines.get(field, self._line)
        self.corrections.append(Correction(line, self._path + field, excerpt(wrong), excerpt(right)))

    def _refuse(self, field: str, value: object, wanted: str) -> CanvasError:
        line = self._lines.get(field, self._line)
        return CanvasError(f"{self._path}{field} is {excerpt(value)}; write {wanted}.", line)

    def _missing(self, field: str, default: object) -> bool:
        if self._values.get(field) is not None:
            return False
        self.note(field, "None" if field in self._values else MISSING, default)
        return True

    def _name(self, field: str, names: Collection[str], default: str) -> str:
        if self._missing(field, default):
            return default
        value = self._values[field]
        if not isinstance(value, str):
            raise self._refuse(field, value, f"one of its names, such as {default!r}")
        if value in names:
            return value
        right = closest_name(value, names, default)
        self.note(field, value, right)
        return right

    def _color(self, field: str) -> str:
        if self._missing(field, DEFAULT_COLOR):
            return DEFAULT_COLOR
        value = self._values[field]
        if isinstance(value, str) and value in COLORS:
            return value
        if isinstance(value, str):
            right = closest_color(value)
        elif isinstance(value, list) and len(value) == 3 and all(_is_number(part) for part in value):
            right = nearest_color([min(max(part, 0), 255) for part in value])
        else:
            raise self._refuse(field, value, "a colour's name, such as 'skyblue'")
        self.note(field, value, right)
        return right

    def _distance(self, field: str) -> float:
        if self._missing(field, DEFAULT_DISTANCE):
            return DEFAULT_DISTANCE
        value = self._values[field]
        if not (_is_number(value) or isinstance(value, str)):
            raise self._refuse(field, value, "a number above zero, such as 2.0")
        right = _distance(value)
        if isinstance(value, str) or right != value:
            self.note(field, value, right)
        return right

    def _text(self, field: str) -> str:
        if self._missing(field, ""):
            return ""
        return self._as_text(field, self._values[field])

    def _as_text(self, field: str, value: object) -> str:
        if isinstance(value, str):
            return self._bounded(field, value)
        if _is_number(value):
            right = _safe_text(value)
        elif isinstance(value, list) and all(isinstance(part, str) for part in value):
            right = (", " if field == "tags" else " ").join(value)
        else:
            raise self._refuse(field, value, "a text in quotes")
        self.note(field, value, right)
        return self._bounded(field, right)

    def _bounded(self, field: str, text: str) -> str:
        """``text`` without lone surrogates, which no encoding can store, and without what exceeds ``MAX_STRING``."""
        right = text[:MAX_STRING].encode("utf-8", "replace").decode()
        if right != text:
            self.note(field, text, right if len(text) <= MAX_STRING else f"its first {MAX_STRING} characters")
        return right

    def _texts(self, field: str) -> tuple[str, ...]:
        if self._missing(field, "[]"):
            return ()
        value = self._values[field]
        if isinstance(value, str):
            self.note(field, value, [value] if value else [])
            return (self._bounded(field, value),) if value else ()
        if not isinstance(value, list):
            raise self._refuse(field, value, "a list of texts")
        if len(value) > MAX_TEXTS:
            self.note(field, f"{len(value)} texts", f"its first {MAX_TEXTS} texts")
        return tuple(self._as_text(field, part) for part in value[:MAX_TEXTS])


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _safe_text(value: object) -> str:
    try:
        return str(value)
    except ValueError:  # an int beyond Python's limit of printable digits
        return "a number with thousands of digits"


def _distance(value: object) -> float:
    """``value`` as a distance above zero and finite; a text's first number counts."""
    if isinstance(value, str):
        number = _NUMBER.search(value[:MAX_STRING])
        value = float(number.group()) if number else DEFAULT_DISTANCE
    try:
        distance = float(value) if isinstance(value, int | float) else DEFAULT_DISTANCE
    except OverflowError:  # an int beyond every float
        distance = math.copysign(math.inf, 1 if isinstance(value, int) and value > 0 else -1)
    if math.isnan(distance):
        return DEFAULT_DISTANCE
    return min(distance, _FARTHEST) if math.isinf(distance) and distance > 0 else _positive(distance)


def _positive(distance: float) -> float:
    return distance if distance > 0 else _NEAREST
