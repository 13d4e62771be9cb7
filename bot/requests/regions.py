"""Changing a canvas by hand: the list of its regions, the form of one, and the canvas that comes of a filled form.

Pure. What is done is also put in words, as somebody would have asked for it, because the composer reads them later.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from bot.catalogues.text import Named, Text, Wording
from bot.messages import Action, Attachment, Choices, Field, Form, Option
from bot.requests.limits import InputError, Limits, check_words
from bot.telling import refusals, replies
from bot.telling.lines import shortened
from omost_pipeline.canvas.colors import DEFAULT_COLOR, exact_color, named_color, spoken_color
from omost_pipeline.canvas.control import KINDS, read_control
from omost_pipeline.canvas.elements import Canvas, Region, colored
from omost_pipeline.canvas.fields import DEFAULT_AREA, DEFAULT_LOCATION, DEFAULT_OFFSET, MAX_REGIONS
from omost_pipeline.canvas.names import closest_name
from omost_pipeline.canvas.vocabulary import AREAS, COLORS, LOCATIONS, METHODS, OFFSETS, MethodName
from omost_pipeline.canvas.wording import with_articles

NEW = "new"
"""Stands for the region that is yet to be added."""

_REMOVE = "remove"
_KEEP = Option("keep", Text("region-keep")), Option(_REMOVE, Text("region-remove"))
FARTHEST = 1000.0
"""The largest distance to the viewer that can be entered."""
USUAL = "usual"
"""Stands for the region method that the whole picture has."""

_METHODS: tuple[Option[Wording], ...] = (
    Option(USUAL, Text("method-usual")),
    *(Option(name, name) for name in METHODS),
)
_LABEL = 60
_DIGITS = re.compile(r"#|(?:rgb|hs[lvb])a?\b")


@dataclass(frozen=True)
class Change:
    """A canvas after a change, and what was done."""

    canvas: Canvas
    words: str


def choices(turn: str, canvas: Canvas, picture: Attachment[Wording]) -> Choices[Wording]:
    """The regions to choose from, with the picture of the layout."""
    options: list[Option[Wording]] = [
        Option(str(number), _label(region), f"{region.location}, {region.area.removeprefix('a ')}, {region.color}")
        for number, region in enumerate(canvas.regions)
    ]
    if len(options) < MAX_REGIONS:
        options.append(Option(NEW, Text("region-add")))
    return Choices(replies.layout(canvas), Action.REGION, turn, tuple(options), (picture,))


def varied(turn: str, canvas: Canvas) -> Choices[Wording]:
    """The regions of which one can be drawn anew.

    Raises:
        InputError: if there is none.
    """
    if not canvas.regions:
        raise InputError(replies.NO_REGIONS)
    options: tuple[Option[Wording], ...] = tuple(
        Option(str(number), _label(region)) for number, region in enumerate(canvas.regions)
    )
    return Choices(replies.WHICH_REGION, Action.VARY, turn, options)


def number_of(canvas: Canvas, which: str) -> int:
    """The number of a region that was chosen.

    Raises:
        InputError: if the canvas has no such region.
    """
    number = None if which == NEW else _number(canvas, which)
    if number is None:
        raise InputError(replies.UNKNOWN_REGION)
    return number


def form(turn: str, canvas: Canvas, which: str) -> Form[Wording]:
    """The form of one region, or of a new one. ``which`` is what was chosen from :func:`choices`.

    Raises:
        InputError: if the canvas has no such region.
    """
    number = _number(canvas, which)
    region = canvas.regions[number] if number is not None else blank(canvas)
    fields: list[Field[Wording]] = [
        Field("description", Text("field-description"), region.description),
        Field("colour", Text("field-color"), _color_of(region)),
        Field("place", Text("field-place"), region.location, options=_options("place", LOCATIONS)),
        Field("size", Text("field-area"), region.area, options=_options("area", AREAS)),
        Field("offset", Text("field-offset"), region.offset, options=_options("offset", OFFSETS)),
        Field("nearness", Text("field-distance"), f"{region.distance_to_viewer:g}"),
        Field("negative", Text("field-negative"), region.negative),
        Field("method", Text("field-method"), region.method or USUAL, options=_METHODS),
        Field("strength", Text("field-strength"), "" if region.strength is None else f"{region.strength:g}"),
        Field("reference", Text("field-reference"), region.reference),
        Field("control", Text("field-control"), region.control),
    ]
    if number is not None:
        fields.append(Field(_REMOVE, Text("field-remove"), "keep", options=_KEEP))
    title = _label(region) if number is not None else Text("form-new-region")
    return Form(title, Action.REGION, reference(turn, which), tuple(fields))


def reference(turn: str, part: str) -> str:
    """A turn and one part of it, a region or a picture, as buttons and forms carry them."""
    return f"{turn}-{part}"


def split_reference(text: str) -> tuple[str, str]:
    """The turn and the part of :func:`reference`; the part is empty where there is none."""
    turn, _, part = text.replace(".", "-").partition("-")
    return turn, part


def changed(canvas: Canvas, which: str, values: Mapping[str, str], limits: Limits) -> Change:
    """The canvas after a filled form; values that are missing stay as they are.

    Raises:
        InputError: if a value cannot be used, or nothing is different.
    """
    number = _number(canvas, which)
    if number is None:
        if not values.get("description", "").strip():
            raise InputError(replies.NO_DESCRIPTION)
        region = _entered(blank(canvas), values, limits)
        return Change(replace(canvas, regions=(*canvas.regions, region)), added(region))
    old = canvas.regions[number]
    before, after = canvas.regions[:number], canvas.regions[number + 1 :]
    if values.get(_REMOVE, "").strip().lower() == _REMOVE:
        return Change(replace(canvas, regions=(*before, *after)), f"remove {name_in_sentence(old)}")
    new = _entered(old, values, limits)
    if new == old:
        raise InputError(replies.UNCHANGED)
    return Change(replace(canvas, regions=(*before, new, *after)), changed_in_words(old, new))


def _number(canvas: Canvas, which: str) -> int | None:
    """A region's place in the canvas; None for a new one."""
    if which == NEW:
        if len(canvas.regions) >= MAX_REGIONS:
            raise InputError(refusals.too_many_regions(MAX_REGIONS))
        return None
    if not (which.isascii() and which.isdecimal() and len(which) < 4 and int(which) < len(canvas.regions)):
        raise InputError(replies.UNKNOWN_REGION)
    return int(which)


def blank(canvas: Canvas) -> Region:
    """What stands in the form of a new region: before everything else, so that it is seen."""
    nearest = min((region.distance_to_viewer for region in canvas.regions), default=2.0)
    return Region(DEFAULT_LOCATION, DEFAULT_OFFSET, DEFAULT_AREA, nearest, "", color=DEFAULT_COLOR)


def _entered(old: Region, values: Mapping[str, str], limits: Limits) -> Region:
    entered = {name: value.strip() for name, value in values.items()}
    description = check_words(entered.get("description", old.description), limits)
    placed = replace(
        old,
        location=_choice(Text("field-place"), entered.get("place", ""), LOCATIONS, old.location),
        offset=_choice(Text("field-offset"), entered.get("offset", ""), OFFSETS, old.offset),
        area=_choice(Text("field-area"), entered.get("size", ""), AREAS, old.area),
        distance_to_viewer=_distance(entered.get("nearness", ""), old.distance_to_viewer),
    )
    if (placed.location, placed.offset, placed.area) != (old.location, old.offset, old.area):
        placed = replace(placed, free_box=None)
    new = held(_in_color(placed, entered.get("colour", "")), entered, limits)
    if description != old.description:
        return replace(new, description=description, detailed_descriptions=(), tags="")  # they told of another thing
    return recolored(new, old.color) if new.color != old.color else new


def held(region: Region, entered: Mapping[str, str], limits: Limits) -> Region:
    """The region, held as was entered; what is missing stays.

    Raises:
        InputError: if a value cannot be used.
    """
    negative = entered.get("negative", region.negative)
    return replace(
        region,
        negative=" ".join(check_words(negative, limits).split()) if negative else "",
        method=method_named(entered.get("method", region.method or "")),
        strength=strength_of(entered["strength"]) if "strength" in entered else region.strength,
        reference=" ".join(entered.get("reference", region.reference)[:_LABEL].split()),
        control=control_of(entered.get("control", region.control)),
    )


def method_named(entered: str) -> MethodName | None:
    """A region's method by its name; None for the picture's own.

    Raises:
        InputError: if there is no such method.
    """
    if entered.lower() in ("", USUAL):
        return None
    for name in METHODS:
        if entered.lower() == name:
            return name
    raise InputError(refusals.no_choice(entered, Text("field-method"), (USUAL, *METHODS)))


def control_of(entered: str) -> str:
    """By which picture shapes are led; empty for none.

    Raises:
        InputError: if it is not of that form.
    """
    found = read_control(entered)
    if entered.strip() and found is None:
        raise InputError(Text("canvas-bad-control", entered=entered[:40], kinds=", ".join(KINDS)))
    return str(found) if found is not None else ""


def strength_of(entered: str) -> float | None:
    """How much a region's words weigh; None for nothing entered.

    Raises:
        InputError: if it is no number above 0 and up to 1.
    """
    if not entered:
        return None
    try:
        strength = float(entered.replace(",", "."))
    except ValueError:
        strength = math.nan
    if not 0 < strength <= 1:  # also false for what is no number
        raise InputError(Text("canvas-bad-strength", entered=entered[:40]))
    return strength


def recolored(region: Region, old: str) -> Region:
    """The region with the name of its new colour wherever its texts name the old one."""
    word, new = re.compile(rf"\b(?:{spoken_color(old)}|{old})\b", re.IGNORECASE), spoken_color(region.color)

    def told(text: str) -> str:
        return word.sub(lambda found: new.capitalize() if found[0][0].isupper() else new, text)

    details = tuple(told(text) for text in region.detailed_descriptions)
    return replace(
        region,
        description=with_articles(told(region.description)),
        detailed_descriptions=details,
        tags=told(region.tags),
    )


def _choice(label: Text, entered: str, names: Collection[str], old: str) -> str:
    if not entered or entered in names:
        return entered or old
    found = closest_name(entered, names, "")
    if not found:
        raise InputError(refusals.no_choice(entered, label, tuple(names)))
    return found


def _in_color(region: Region, entered: str) -> Region:
    """The region in the colour that was entered: digits exactly, words by the nearest name."""
    if not entered:
        return region
    if (rgb := exact_color(entered)) is not None:
        return colored(region, rgb)
    return replace(region, color=_color(entered), free_rgb=None)


def _color(entered: str) -> str:
    if entered.lower() in COLORS:
        return entered.lower()
    found = named_color(entered)
    if found is None or _DIGITS.match(entered.lower()):
        raise InputError(refusals.no_color(entered))
    return found


def _distance(entered: str, old: float) -> float:
    if not entered or entered == f"{old:g}":
        return old
    try:
        distance = float(entered.replace(",", "."))
    except ValueError:
        distance = math.nan
    if not 0 < distance <= FARTHEST:  # also false for what is no number
        raise InputError(refusals.no_distance(entered, FARTHEST))
    return distance


def added(region: Region) -> str:
    """In plain words: a region that was not there."""
    return f"add {name_in_sentence(region)} {_where(region)}"


def changed_in_words(old: Region, new: Region) -> str:
    """In plain words: how a region was changed."""
    name, said = name_in_sentence(old), []
    if new.description != old.description:
        said.append(f"turn {name} into {name_in_sentence(new)}")
    if new.rgb != old.rgb and new.color not in name_in_sentence(new):
        said.append(f"colour {name if new.description == old.description else 'it'} {_color_of(new)}")
    if (new.location, new.offset) != (old.location, old.offset):
        said.append(f"move {name}: {_where(new)}")
    if new.area != old.area and (new.box.width, new.box.height) != (old.box.width, old.box.height):
        said.append(f"give {name} {new.area}")
    if new.distance_to_viewer != old.distance_to_viewer:
        nearer = new.distance_to_viewer < old.distance_to_viewer
        said.append(f"bring {name} nearer" if nearer else f"put {name} farther away")
    if new.negative != old.negative:
        said.append(f"show no {shortened(new.negative, _LABEL)} in {name}" if new.negative else f"let {name} be free")
    if (new.method, new.strength) != (old.method, old.strength):
        said.append(f"hold {name} in another way")
    if new.reference != old.reference:
        said.append(f"make {name} look like {new.reference}" if new.reference else f"let {name} look like itself")
    if new.control != old.control:
        said.append(f"let {name} follow {new.control}" if new.control else f"let {name} have its own shape")
    return "; ".join(said) or f"move {name} a little"


def _color_of(region: Region) -> str:
    return region.color if region.free_rgb is None else "#{:02x}{:02x}{:02x}".format(*region.free_rgb)


def _where(region: Region) -> str:
    return region.location if region.offset == DEFAULT_OFFSET else f"{region.location}, {region.offset}"


def _label(region: Region) -> Wording:
    """A region's name for people."""
    return _name(region) if region.description.strip(". ") else Text("region-unnamed")


def _name(region: Region) -> str:
    return shortened(region.description.strip().rstrip("."), _LABEL) or "something"


def name_in_sentence(region: Region) -> str:
    """A region's name with a small first letter."""
    name = _name(region)
    return name[:1].lower() + name[1:]


def _options(kind: str, names: Collection[str]) -> tuple[Option[Wording], ...]:
    return tuple(Option(name, _named(kind, name)) for name in names)


def _named(kind: str, name: str) -> Named:
    """A word of the canvas as people see it, which catalogues may have in other languages."""
    return Named(f"{kind}-{name.replace(' ', '-')}", name.removeprefix("a ").capitalize())
