"""Canvas ↔ the JSON captions of Ideogram 4, and the list of elements in them, which ComfyUI's box node takes and gives.

A caption has ``high_level_description``, ``style_description`` and ``compositional_deconstruction`` with a
``background`` and ``elements`` from back to front; an element is ``{"type": "obj", "bbox": [top, left, bottom, right],
"desc": …, "color_palette": ["#RRGGBB"]}``, or of type ``text`` with the letters in ``text``. Boxes count in thousandths
of the picture's sides. The order of keys is part of the form (Ideogram 4, prompting guide; ComfyUI,
``nodes_bounding_boxes.py`` and ``nodes_json_prompt.py``). Nothing in it says distances or how a region is held.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from omost_pipeline.canvas.colors import exact_color
from omost_pipeline.canvas.elements import NOTHING, Canvas, Correction, Region, is_plain
from omost_pipeline.canvas.exchange.edges import box_at, edges_of
from omost_pipeline.canvas.exchange.losses import Loss, Written, in_order
from omost_pipeline.canvas.exchange.prose import as_writing, beside, distinct, running, sentences, strings, writing_in
from omost_pipeline.canvas.fields import (
    DEFAULT_AREA,
    DEFAULT_LOCATION,
    DEFAULT_OFFSET,
    Fields,
    excerpt,
    nearest_regions,
)
from omost_pipeline.canvas.vocabulary import Box, Rgb
from omost_pipeline.errors import CanvasError

SIDE = 1000
"""Steps of a bounding box along each side of the picture."""

Read = tuple[Canvas, tuple[Correction, ...]]

_COMPOSITION = "compositional_deconstruction"
_STYLE = "style_description"
_SCENE = "high_level_description"
_STYLE_WORDS = ("aesthetics", "lighting", "photo", "art_style", "medium")
_FARTHEST = 1e9
_KNOWN = ("type", "bbox", "text", "desc", "color_palette")


def is_caption(whole: Mapping[str, object]) -> bool:
    """Whether an object is a caption."""
    return isinstance(whole.get(_COMPOSITION), Mapping)


def are_elements(found: Sequence[object]) -> bool:
    """Whether a list is one of elements alone."""
    return bool(found) and all(isinstance(each, Mapping) and {"bbox", "desc"} <= set(each) for each in found)


def canvas_to_ideogram(canvas: Canvas) -> Written:
    """The canvas as a caption, on lines for people."""
    scene = canvas.scene
    elements, losses = _elements(canvas)
    style = {
        "aesthetics": distinct([scene.tags, *(region.atmosphere for region in canvas.regions)]),
        "lighting": "",
        "medium": "",
        "art_style": distinct(region.style for region in canvas.regions),
        "color_palette": [_hex(scene.rgb)],
    }
    caption = {
        _SCENE: scene.description,
        _STYLE: style,
        _COMPOSITION: {"background": running(scene.detailed_descriptions), "elements": elements},
    }
    if scene.tags.strip():
        losses.add(Loss.WORDS)
    return Written(json.dumps(caption, ensure_ascii=False, indent=1), in_order(losses))


def canvas_to_elements(canvas: Canvas) -> Written:
    """The canvas's regions alone, as ComfyUI's *Create Bounding Boxes* takes them in."""
    elements, losses = _elements(canvas)
    return Written(json.dumps(elements, ensure_ascii=False, indent=1), in_order(losses | {Loss.SCENE}))


def read_caption(whole: Mapping[str, object]) -> Read:
    """The canvas of a caption, and what had to be put right or left out.

    Raises:
        CanvasError: naming the key and its value, if something has a form that can mean nothing here.
    """
    composition = whole[_COMPOSITION]
    assert isinstance(composition, Mapping), "see is_caption"
    found = composition.get("elements", [])
    if not isinstance(found, list):
        raise CanvasError(f"{_COMPOSITION}.elements is {excerpt(found)}; it must be a list of objects.")
    style = whole.get(_STYLE)
    style = style if isinstance(style, Mapping) else {}
    keywords = ", ".join(strings([style.get(key) for key in _STYLE_WORDS]))
    notes = [
        Correction(0, excerpt(key), excerpt(value), NOTHING)
        for key, value in whole.items()
        if key not in (_SCENE, _STYLE, _COMPOSITION)
    ]
    if keywords:
        notes.append(Correction(0, _STYLE, excerpt(keywords), "tags of the scene"))
    background = sentences(_text(composition, "background", _COMPOSITION))
    said = _text(whole, _SCENE, "the caption") or (background.pop(0) if background else "")
    rgb, more = _color(style, _STYLE)
    scene = Fields({"description": said, "detailed_descriptions": background, "tags": keywords, **_free_rgb(rgb)})
    return _canvas(scene, found, f"{_COMPOSITION}.elements", [*notes, *more], (SIDE, SIDE))


def read_elements(found: Sequence[object], size: tuple[float, float] = (SIDE, SIDE)) -> Read:
    """The canvas of elements alone; its scene is made of what they show. Their boxes count in parts of ``size``.

    Raises:
        CanvasError: naming the key and its value, if something has a form that can mean nothing here.
    """
    described = (each.get("desc") for each in found if isinstance(each, Mapping))
    shown = [text for desc in described if isinstance(desc, str) for text in sentences(desc)[:1]]
    scene = Fields({"description": distinct(shown), "detailed_descriptions": [], "tags": "", "color": "gray"})
    return _canvas(scene, found, "elements", [], size)


def _canvas(
    scene: Fields, found: Sequence[object], path: str, notes: list[Correction], size: tuple[float, float]
) -> Read:
    described = scene.scene("color")
    read = [_region(each, f"{path}[{number}]", len(found) - number, notes, size) for number, each in enumerate(found)]
    kept, lost = nearest_regions(read)
    notes += scene.corrections
    notes += [Correction(0, f"{path}[{number}]", excerpt(read[number].description), NOTHING) for number in lost]
    return Canvas(described, tuple(read[number] for number in kept)), tuple(notes)


def _region(element: object, path: str, distance: float, notes: list[Correction], size: tuple[float, float]) -> Region:
    if not isinstance(element, Mapping):
        raise CanvasError(f"{path} is {excerpt(element)}; it must be a JSON object.")
    texts = sentences(_text(element, "desc", path))
    if element.get("type") == "text" and (letters := _text(element, "text", path)):
        texts = [as_writing(letters), *texts]
    rgb, more = _color(element, path)
    fields = Fields(
        {
            "description": texts[0] if texts else "",
            "detailed_descriptions": texts[1:],
            "distance_to_viewer": float(distance),
            **dict.fromkeys(("tags", "atmosphere", "style", "quality_meta"), ""),
            **_place(element, path, notes, size),
            **_free_rgb(rgb),
        },
        path=f"{path}.",
    )
    region = fields.region("color")
    notes += more
    notes += [Correction(0, f"{path}.{excerpt(key)}", excerpt(value), NOTHING) for key, value in _unknown(element)]
    notes += fields.corrections
    return region


def _place(
    element: Mapping[str, object], path: str, notes: list[Correction], size: tuple[float, float]
) -> dict[str, object]:
    """Where the element is; in the middle where it may be anywhere."""
    found = element.get("bbox")
    place: Box | None = None
    if isinstance(found, list) and len(found) == 4 and all(map(_is_number, found)):
        top, left, bottom, right = found
        place = box_at((left, top, right, bottom), *size)
    if place is not None:
        return {"free_box": [place.left, place.top, place.right, place.bottom]}
    notes.append(Correction(0, f"{path}.bbox", "(missing)" if found is None else excerpt(found), DEFAULT_LOCATION))
    return {"location": DEFAULT_LOCATION, "offset": DEFAULT_OFFSET, "area": DEFAULT_AREA}


def _color(element: Mapping[str, object], path: str) -> tuple[Rgb | None, list[Correction]]:
    """The first colour of a palette, which is the most important one; what the others were is noted."""
    palette = element.get("color_palette")
    listed = palette if isinstance(palette, list) else [] if palette is None else [palette]
    colors = [(said, rgb) for said in listed if isinstance(said, str) and (rgb := exact_color(said)) is not None]
    lost = [said for said in listed if not colors or said is not colors[0][0]]
    right = colors[0][0] if colors else NOTHING
    told = ", ".join(map(excerpt, listed[:5]))
    notes = [Correction(0, f"{path}.color_palette", told, right)] if lost else []
    return colors[0][1] if colors else None, notes


def _free_rgb(rgb: Rgb | None) -> dict[str, object]:
    return {"color": "gray"} if rgb is None else {"free_rgb": list(rgb)}


def _elements(canvas: Canvas) -> tuple[list[dict[str, object]], set[Loss]]:
    losses = {Loss.HELD} if not all(map(is_plain, canvas.elements)) else set()
    elements = []
    far_to_near = canvas.far_to_near()
    for number, region in enumerate(far_to_near):
        (left, top, right, bottom), exact = edges_of(region.box, SIDE, SIDE)
        letters = writing_in(region.description)
        texts = (*region.detailed_descriptions, *beside(region))
        element: dict[str, object] = {"type": "obj" if letters is None else "text", "bbox": [top, left, bottom, right]}
        if letters is not None:
            element["text"] = letters
        element["desc"] = running(texts if letters is not None else (region.description, *texts))
        element["color_palette"] = [_hex(region.rgb)]
        elements.append(element)
        losses |= {Loss.EDGES} if not exact else set()
        losses |= {Loss.WORDS} if beside(region) else set()
        losses |= {Loss.ORDER} if region.distance_to_viewer != len(far_to_near) - number else set()
    return elements, losses


def _hex(rgb: Rgb) -> str:
    return "#{:02X}{:02X}{:02X}".format(*rgb)


def _text(values: Mapping[str, object], key: str, path: str) -> str:
    value = values.get(key)
    if value is not None and not isinstance(value, str):
        raise CanvasError(f"{path}.{key} is {excerpt(value)}; it must be a text.")
    return (value or "").strip()


def _unknown(element: Mapping[str, object]) -> list[tuple[str, object]]:
    return [(str(key), value) for key, value in element.items() if key not in _KNOWN]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _FARTHEST
