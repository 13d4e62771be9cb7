"""Loose values → canvas elements: the one place that decides what is bent into shape, what is cut and what is refused.

The values come from a call's literal arguments or from a JSON object; this module does not know which, except that
a value may have a line number, and the whole a path to name in messages.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from omost_pipeline.canvas.boxes import CELLS, Rectangle, box_of, read_rectangle
from omost_pipeline.canvas.colors import DEFAULT_COLOR, closest_color, exact_color
from omost_pipeline.canvas.control import read_control
from omost_pipeline.canvas.elements import NOTHING, Correction, Element, GlobalDescription, Region, colored, placed_at
from omost_pipeline.canvas.names import closest_name
from omost_pipeline.canvas.vocabulary import AREAS, COLORS, GRID, LOCATIONS, METHODS, OFFSETS, Box, MethodName, Rgb
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
_FRACTION = re.compile(r"\s*(\d{1,9}) ?/ ?(\d{1,9})\b")
_PARTS = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))\s*(%?)")
_COMMA = re.compile(r"(?<=\d),(?=\d)")
_NEAR_AND_FAR: Mapping[float, re.Pattern[str]] = MappingProxyType(
    {
        10.0: re.compile(r"far|distant|background|behind|back\b|remote|horizon|远|遠|後|后|背景", re.IGNORECASE),
        5.0: re.compile(r"mid|medium|moderate|中", re.IGNORECASE),
        1.0: re.compile(r"near|close|fore|front|近|前", re.IGNORECASE),
    }
)
"""How far away things are that words alone place."""
_SHOWN = 60


def excerpt(value: object) -> str:
    """A value as messages show it: on one line, at most 60 characters."""
    text = value[: 2 * _SHOWN] if isinstance(value, str) else _safe_text(value)
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"


def nearest_regions(regions: Sequence[Region]) -> tuple[list[int], list[int]]:
    """The numbers of as many regions as a canvas may have, and of those that are too many, each in their order.

    The nearest ones are kept; of two equally far ones the earlier, because a model that repeats itself does so last.
    """
    near_first = sorted(range(len(regions)), key=lambda number: regions[number].distance_to_viewer)
    return sorted(near_first[:MAX_REGIONS]), sorted(near_first[MAX_REGIONS:])


class Fields:
    """The values of one element, read by name. Collects ``corrections`` as it goes.

    ``lines`` gives the line of each value (``line`` where it gives none); ``path`` is put before names in messages.
    """

    def __init__(
        self, values: Mapping[str, object], line: int = 0, lines: Mapping[str, int] | None = None, path: str = ""
    ) -> None:
        self.corrections: list[Correction] = []
        self.rectangle: Rectangle | None = None
        """Where the region is by its ``bbox``, which only all regions together can place on the grid."""
        self._values = values
        self._line = line
        self._lines = lines or {}
        self._path = path

    def scene(self, color: str) -> GlobalDescription:
        """The global description; ``color`` names the colour's field.

        Raises:
            CanvasError: if a value has a type that can mean nothing here.
        """
        scene = GlobalDescription(
            description=self._text("description"),
            detailed_descriptions=self._texts("detailed_descriptions"),
            tags=self._text("tags"),
        )
        return self._colored(self._held(scene), color)

    def region(self, color: str) -> Region:
        """The region; ``color`` names the colour's field.

        Raises:
            CanvasError: if a value has a type that can mean nothing here.
        """
        free = self._free_box()
        self.rectangle = self._rectangle()
        placed = free is not None or self.rectangle is not None
        region = Region(
            location=self._name("location", LOCATIONS, DEFAULT_LOCATION, placed),
            offset=self._name("offset", OFFSETS, DEFAULT_OFFSET, placed),
            area=self._name("area", AREAS, DEFAULT_AREA, placed),
            distance_to_viewer=self._distance("distance_to_viewer"),
            description=self._text("description"),
            detailed_descriptions=self._texts("detailed_descriptions"),
            tags=self._text("tags"),
            atmosphere=self._text("atmosphere"),
            style=self._text("style"),
            quality_meta=self._text("quality_meta"),
        )
        if free is not None:
            named = any(self._values.get(field) is not None for field in ("location", "offset", "area"))
            region = replace(region, free_box=free) if named and region.box != free else placed_at(region, free)
        return self._colored(self._held(region), color)

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

    def _free_box(self) -> Box | None:
        """The box that is given in corners: left, top, right, bottom, in cells."""
        value = self._values.get("free_box")
        if value is None:
            return None
        read = read_rectangle(value)
        place = None if read is None else box_of(Rectangle(read.numbers, corner=True), CELLS)
        if place is None:
            raise self._refuse("free_box", value, "left, top, right and bottom, from 0 to 90")
        return place

    def _rectangle(self) -> Rectangle | None:
        value = self._values.get("bbox")
        if value is None:
            return None
        rectangle = read_rectangle(value)
        if rectangle is None or min(rectangle.numbers[2:]) <= 0 or max(rectangle.numbers) <= 0:
            self.note("bbox", value, "nothing")
            return None
        return rectangle

    def _name(self, field: str, names: Mapping[str, tuple[int, int]], default: str, placed: bool) -> str:
        if placed and self._values.get(field) is None:
            return default  # a rectangle says it
        if self._missing(field, default):
            return default
        value = self._values[field]
        if (meant := _meant(field, value, names, default)) is not None:
            self.note(field, value, meant)
            return meant
        if not isinstance(value, str):
            raise self._refuse(field, value, f"one of its names, such as {default!r}")
        if value in names:
            return value
        right = closest_name(value, names, default)
        self.note(field, value, right)
        return right

    def _colored(self, element: Element, field: str) -> Element:
        """The element in its colour: a name, or digits, which are kept as they are beside the nearest name."""
        if (free := self._values.get("free_rgb")) is not None:
            if (rgb := _exact(free)) is None:
                raise self._refuse("free_rgb", free, "three numbers from 0 to 255")
            near = colored(element, rgb)
            name = self._values.get(field)
            return replace(near, color=name, free_rgb=rgb) if isinstance(name, str) and name in COLORS else near
        if self._missing(field, DEFAULT_COLOR):
            return replace(element, color=DEFAULT_COLOR)
        value = self._values[field]
        if isinstance(value, str) and value in COLORS:
            return replace(element, color=value)
        if (rgb := _exact(value)) is not None:
            exact = colored(element, rgb)
            self.note(field, value, exact.color)
            return exact
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if not isinstance(value, str):
            raise self._refuse(field, value, "a colour's name, such as 'skyblue'")
        right = closest_color(value)
        self.note(field, value, right)
        return replace(element, color=right)

    def _held(self, element: Element) -> Element:
        """The element, held as it is said; what means nothing here is left out."""
        negative, reference = (
            " ".join(self._text(name).split()) if self._values.get(name) is not None else ""
            for name in ("negative", "reference")
        )
        method, strength = self._method("method"), self._strength("strength")
        held = replace(element, negative=negative, method=method, strength=strength, reference=reference)
        return replace(held, control=self._control("control"))

    def _control(self, field: str) -> str:
        value = self._values.get(field)
        found = read_control(value) if isinstance(value, str) else None
        if found is None and value not in (None, ""):
            self.note(field, value, NOTHING)
        return str(found) if found is not None else ""

    def _method(self, field: str) -> MethodName | None:
        value = self._values.get(field)
        said = value.strip().lower() if isinstance(value, str) else value
        for name in METHODS:
            if said == name:
                return name
        if said not in (None, ""):
            self.note(field, value, NOTHING)
        return None

    def _strength(self, field: str) -> float | None:
        value = self._values.get(field)
        if value is None:
            return None
        said = _number(value)
        if said is None or not said > 0:
            self.note(field, value, NOTHING)
            return None
        if said > 1 or isinstance(value, str):
            self.note(field, value, min(said, 1.0))
        return min(said, 1.0)

    def _distance(self, field: str) -> float:
        if self._missing(field, DEFAULT_DISTANCE):
            return DEFAULT_DISTANCE
        value = self._values[field]
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
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


def _meant(field: str, value: object, names: Mapping[str, tuple[int, int]], default: str) -> str | None:
    """The name that a list of words, two numbers of the grid, or a number in an offset's place can mean."""
    if isinstance(value, list) and value and all(isinstance(part, str) for part in value):
        return closest_name(" ".join(value), names, default)
    if isinstance(value, str) and not any(map(str.isalpha, value)):
        value = [float(each) * (0.01 if sign else 1) for each, sign in _PARTS.findall(value[:_SHOWN])]
    if isinstance(value, list) and len(value) == 2 and all(map(_is_number, value)):
        parts = field != "offset" and max(value) <= 1
        return min(names, key=lambda name: math.dist(names[name], [each * GRID if parts else each for each in value]))
    nothing = value is False or value == [] or _is_number(value)
    return default if field == "offset" and nothing else None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _exact(value: object) -> Rgb | None:
    """The sRGB that digits say: ``#rrggbb``, ``rgb(…)``, 0xrrggbb, three numbers."""
    if isinstance(value, str):
        return exact_color(value)
    if _is_number(value) and isinstance(value, int) and 0 <= value <= 0xFFFFFF:
        return value >> 16, value >> 8 & 255, value & 255
    if not (isinstance(value, list) and len(value) == 3 and all(map(_is_number, value))):
        return None
    scale = 255 if any(isinstance(part, float) for part in value) and max(value) <= 1 else 1
    red, green, blue = (round(min(max(part * scale, 0), 255)) for part in value)
    return red, green, blue


def _number(value: object) -> float | None:
    try:
        return float(value) if _is_number(value) or isinstance(value, str) else None  # type: ignore[arg-type]  # as asked
    except (ValueError, OverflowError):
        return None


def _safe_text(value: object) -> str:
    try:
        return str(value)
    except ValueError:  # an int beyond Python's limit of printable digits
        return "a number with thousands of digits"


def _distance(value: object) -> float:
    """``value`` as a distance above zero and finite; a text's first number counts."""
    if isinstance(value, str):
        value = _COMMA.sub(".", value[:MAX_STRING])
        number = _NUMBER.search(value)
        parts = _FRACTION.match(value[:MAX_STRING])
        if parts is not None and float(parts.group(2)):
            value = float(parts.group(1)) / float(parts.group(2))
        else:
            value = float(number.group()) if number else _in_words(value)
    try:
        distance = float(value) if isinstance(value, int | float) else DEFAULT_DISTANCE
    except OverflowError:  # an int beyond every float
        distance = math.copysign(math.inf, 1 if isinstance(value, int) and value > 0 else -1)
    if math.isnan(distance):
        return DEFAULT_DISTANCE
    return min(distance, _FARTHEST) if math.isinf(distance) and distance > 0 else _positive(distance)


def _in_words(said: str) -> float:
    """The distance of what is "far away" or "in the foreground"; of several words the first."""
    found = [(place.start(), far) for far, words in _NEAR_AND_FAR.items() if (place := words.search(said))]
    return min(found)[1] if found else DEFAULT_DISTANCE


def _positive(distance: float) -> float:
    return distance if distance > 0 else _NEAREST
