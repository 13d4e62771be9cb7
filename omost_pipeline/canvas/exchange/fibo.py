"""Canvas ↔ the structured prompts of Bria's FIBO, which say places, sizes and colours in words and know no boxes.

A prompt has ``short_description``, ``objects`` (the most prominent first, each with ``description``, ``location``,
``relationship``, ``relative_size``, ``shape_and_color``, ``texture``, ``appearance_details`` and more),
``background_setting``, ``lighting``, ``aesthetics``, ``photographic_characteristics``, ``style_medium``,
``text_render``, ``context`` and ``artistic_style`` (the schema that FIBO's own programs ask a language model for).
The 729 named places are words, too, so they go there and back; so do names of colours, and exact ones as digits.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from omost_pipeline.canvas.colors import closest_color, is_color_word
from omost_pipeline.canvas.elements import NOTHING, Canvas, Correction, GlobalDescription, Region, is_plain
from omost_pipeline.canvas.exchange.losses import Loss, Written, in_order
from omost_pipeline.canvas.exchange.prose import as_writing, beside, distinct, running, sentences, strings, writing_in
from omost_pipeline.canvas.fields import DEFAULT_LOCATION, DEFAULT_OFFSET, Fields, excerpt, nearest_regions
from omost_pipeline.canvas.names import closest_name
from omost_pipeline.canvas.vocabulary import COLORS, LOCATIONS, OFFSETS
from omost_pipeline.errors import CanvasError

Read = tuple[Canvas, tuple[Correction, ...]]

_SHORT = "short_description"
_SIZES = {"small": "a small", "medium": "a medium-sized", "large": "a large"}
_SHAPES = ("square", "vertical", "horizontal")
_HEX = re.compile(r"#[0-9a-fA-F]{6}\b")
_WORD = re.compile(r"[a-z]+")
_OWN = ("description", "location", "relative_size", "appearance_details")
"""What of an object has a place of its own in a canvas; everything else becomes a sentence."""
_SAID = (_SHORT, "objects", "background_setting", "lighting", "aesthetics", "photographic_characteristics")
_KNOWN = frozenset((*_SAID, "style_medium", "text_render", "context", "artistic_style"))
_SCORES = ("aesthetic_score", "preference_score")
_BEHIND = "Behind everything else."
_DEPTHS = {"foreground": 0, "background": 2}
_LIST = "objects"


def is_fibo(whole: Mapping[str, object]) -> bool:
    """Whether an object is a structured prompt."""
    return _SHORT in whole and bool({_LIST, "background_setting"} & set(whole))


def canvas_to_fibo(canvas: Canvas) -> Written:
    """The canvas as a structured prompt, on lines for people."""
    near_first = canvas.far_to_near()[::-1]
    things = [(number, each) for number, each in enumerate(near_first) if writing_in(each.description) is None]
    writings = [each for each in near_first if writing_in(each.description) is not None]
    behind = [running((other.description,)) for _, other in things[1:]]
    relations = [f"In front of {name[:1].lower()}{name[1:]}" for name in behind] + [_BEHIND]
    scene = canvas.scene
    whole = {
        _SHORT: scene.description,
        _LIST: [_object(each, said) for (_, each), said in zip(things, relations, strict=False)],
        "background_setting": running((*scene.detailed_descriptions, *beside(scene))),
        "lighting": {"conditions": "", "direction": "", "shadows": ""},
        "aesthetics": {
            "composition": "",
            "color_scheme": f"mostly {_color(scene)}",
            "mood_atmosphere": distinct(each.atmosphere for each in near_first),
        },
        "photographic_characteristics": {
            "depth_of_field": "", "focus": "", "camera_angle": "", "lens_focal_length": ""
        },
        "style_medium": "",
        "text_render": [_writing(each) for each in writings],
        "context": "",
        "artistic_style": distinct(each.style for each in near_first),
    }  # fmt: skip
    return Written(json.dumps(whole, ensure_ascii=False, indent=1), _losses(canvas, near_first))


def read_fibo(whole: Mapping[str, object]) -> Read:
    """The canvas of a structured prompt, and what had to be put right or left out.

    Raises:
        CanvasError: naming the key and its value, if something has a form that can mean nothing here.
    """
    aesthetics = _mapping(whole, "aesthetics")
    mood = _text(aesthetics, "mood_atmosphere", "aesthetics")
    style = ", ".join(strings([whole.get("artistic_style"), whole.get("style_medium")]))
    things = [(each, f"{_LIST}[{number}]") for number, each in enumerate(_objects(whole, _LIST))]
    notes = [Correction(0, excerpt(key), excerpt(value), NOTHING) for key, value in whole.items() if key not in _KNOWN]
    written = [
        ({**each, "relative_size": each.get("size"), "shape_and_color": each.get("color")}, f"text_render[{number}]")
        for number, each in enumerate(_objects(whole, "text_render"))
    ]
    order = _nearest_first([*things, *written])
    names = {f"in front of {_first(each)}".lower().rstrip(".") for each, _ in things}
    regions = [_region(each, path, float(near), mood, style, names) for near, (each, path) in enumerate(order, start=1)]
    for _, more in regions:
        notes += more
    far_first = [region for region, _ in reversed(regions)]
    kept, lost = nearest_regions(far_first)
    notes += [Correction(0, _LIST, excerpt(far_first[number].description), NOTHING) for number in lost]
    scene, more = _scene(whole, aesthetics)
    return Canvas(scene, tuple(far_first[number] for number in kept)), (*notes, *more)


def _scene(whole: Mapping[str, object], aesthetics: Mapping[str, object]) -> tuple[GlobalDescription, list[Correction]]:
    scheme = _text(aesthetics, "color_scheme", "aesthetics")
    named = scheme.removeprefix("mostly ")
    details = sentences(_text(whole, "background_setting", "the prompt"))
    details += _named(_mapping(whole, "lighting"), "Lighting")
    others = {
        key: value for key, value in aesthetics.items() if key not in (*_SCORES, "mood_atmosphere", "color_scheme")
    }
    colors = {"colors": scheme} if scheme and not _is_own(named) else {}
    details += _named({**others, **colors}, "")
    details += _named(_mapping(whole, "photographic_characteristics"), "Camera")
    details += sentences(_text(whole, "context", "the prompt"))
    said = _text(whole, _SHORT, "the prompt") or (details.pop(0) if details else "")
    fields = Fields({"description": said, "detailed_descriptions": details, "tags": "", **_rgb(named)})
    return fields.scene("color"), fields.corrections


def _region(
    each: Mapping[str, object], path: str, near: float, mood: str, style: str, names: set[str]
) -> tuple[Region, list[Correction]]:
    letters = _text(each, "text", path)
    texts = [as_writing(letters)] if letters else []
    texts += sentences(_text(each, "description", path)) + sentences(_text(each, "appearance_details", path))
    color = _text(each, "shape_and_color", path)
    told = {
        key: value
        for key, value in each.items()
        if key not in (*_OWN, "text", "size", "color")
        and not (key == "shape_and_color" and (letters or _is_own(color)))
    }
    relation = _text(each, "relationship", path)
    if relation.rstrip(".").lower() in names or relation == _BEHIND:
        told.pop("relationship")
    texts += _named(told, "")
    location, offset = _place(_text(each, "location", path))
    fields = Fields(
        {
            "location": location,
            "offset": offset,
            "area": _area(_text(each, "relative_size", path), _text(each, "orientation", path)),
            "distance_to_viewer": near,
            "description": texts[0] if texts else "",
            "detailed_descriptions": texts[1:],
            "atmosphere": mood,
            "style": style,
            **dict.fromkeys(("tags", "quality_meta"), ""),
            **_rgb(color),
        },
        path=f"{path}.",
    )
    return fields.region("color"), fields.corrections


def _nearest_first(
    things: list[tuple[Mapping[str, object], str]],
) -> list[tuple[Mapping[str, object], str]]:
    """What is said to be in the foreground before, in the background behind the others; else as they are listed."""

    def depth(entry: tuple[Mapping[str, object], str]) -> int:
        said = str(entry[0].get("location", "")).lower()
        return next((depth for word, depth in _DEPTHS.items() if word in said), 1)

    return sorted(things, key=depth)


def _place(said: str) -> tuple[str, str]:
    """Location and offset: our own words for them, else the location nearest to what is said."""
    location, _, offset = said.partition(", ")
    for name in LOCATIONS:
        if location == _short(name) and (not offset or offset in OFFSETS):
            return name, offset or DEFAULT_OFFSET
    words = re.sub("|".join([*_DEPTHS, "midground"]), "", said.lower())
    return closest_name(words, LOCATIONS, DEFAULT_LOCATION), DEFAULT_OFFSET


def _area(size: str, orientation: str) -> str:
    words = _WORD.findall(size.lower())
    bulk = next((_SIZES[word] for word in ("large", "medium", "small") if word in words), _SIZES["medium"])
    shaped = [*words, *_WORD.findall(orientation.lower())]
    return f"{bulk} {next((shape for shape in _SHAPES if shape in shaped), 'square')} area"


def _object(region: Region, relation: str) -> dict[str, object]:
    more = [region.tags, region.quality_meta]
    return {
        "description": region.description,
        "location": _location(region),
        "relationship": relation,
        "relative_size": _size(region),
        "shape_and_color": _color(region),
        "texture": "",
        "appearance_details": running((*region.detailed_descriptions, *more)),
        "orientation": "",
    }


def _writing(region: Region) -> dict[str, object]:
    return {
        "text": writing_in(region.description),
        "location": _location(region),
        "size": _size(region),
        "color": _color(region),
        "font": "",
        "appearance_details": running((*region.detailed_descriptions, region.tags, region.quality_meta)),
    }


def _location(region: Region) -> str:
    place = _short(region.location)
    return place if region.offset == DEFAULT_OFFSET else f"{place}, {region.offset}"


def _short(location: str) -> str:
    """A location as FIBO says it: ``center``, ``left``, ``top-left``."""
    return location.rpartition(" ")[2]


def _size(region: Region) -> str:
    bulk = next(said for said, name in _SIZES.items() if region.area.startswith(name))
    shape = next(shape for shape in _SHAPES if shape in region.area)
    return f"{bulk}, {shape}"


def _color(element: GlobalDescription | Region) -> str:
    return element.color if element.free_rgb is None else "#{:02x}{:02x}{:02x}".format(*element.free_rgb)


def _is_own(said: str) -> bool:
    """Whether a text is a colour alone, as a canvas has it."""
    return said in COLORS or _HEX.fullmatch(said) is not None


def _rgb(said: str) -> dict[str, object]:
    """The colour in a text of shapes and colours: digits, a name, or what its words for colours mean together."""
    if (digits := _HEX.search(said)) is not None:
        return {"color": digits[0]}
    if said in COLORS:
        return {"color": said}
    words = _WORD.findall(said.lower())
    first = next((number for number, word in enumerate(words) if is_color_word(word)), None)
    if first is None:
        return {"color": "gray"}
    return {"color": closest_color(" ".join(words[first : first + 2]))}


def _named(values: Mapping[str, object], name: str) -> list[str]:
    """What is said under keys, a sentence for each that says anything; under one name a sentence for all."""
    said = {
        str(key): " ".join(str(value).split()).rstrip(".")
        for key, value in values.items()
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip()
    }
    if name:
        return [f"{name}: {'; '.join(said.values())}."] if said else []
    return [f"{key.replace('_', ' ').capitalize()}: {value}." for key, value in said.items()]


def _first(each: Mapping[str, object]) -> str:
    return running((str(each.get("description", "")),))


def _objects(whole: Mapping[str, object], key: str) -> list[Mapping[str, object]]:
    found = whole.get(key)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(each, Mapping) for each in found):
        raise CanvasError(f"{key} is {excerpt(found)}; it must be a list of objects.")
    return [{str(name): value for name, value in each.items()} for each in found]


def _mapping(whole: Mapping[str, object], key: str) -> Mapping[str, object]:
    found = whole.get(key)
    return {str(name): value for name, value in found.items()} if isinstance(found, Mapping) else {}


def _text(values: Mapping[str, object], key: str, path: str) -> str:
    value = values.get(key)
    if value is not None and not isinstance(value, str):
        raise CanvasError(f"{path}.{key} is {excerpt(value)}; it must be a text.")
    return (value or "").strip()


def _losses(canvas: Canvas, near_first: tuple[Region, ...]) -> tuple[Loss, ...]:
    found: set[Loss] = set()
    if any(region.free_box is not None for region in near_first):
        found.add(Loss.PLACES)
    if any(region.distance_to_viewer != number for number, region in enumerate(near_first, start=1)):
        found.add(Loss.ORDER)
    if canvas.scene.tags.strip() or any((each.tags + each.quality_meta).strip() for each in near_first):
        found.add(Loss.WORDS)
    if len({(each.atmosphere, each.style) for each in near_first}) > 1:
        found.add(Loss.SHARED)
    if not all(map(is_plain, canvas.elements)):
        found.add(Loss.HELD)
    return in_order(found)
