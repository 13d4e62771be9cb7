"""Canvas → Canvas code, and canvas ↔ JSON.

Reading code is the parser's job. Knows nothing of models or pictures.
"""

from __future__ import annotations

import json
from dataclasses import asdict, astuple

from omost_pipeline.canvas.elements import Canvas, Correction, GlobalDescription, Region, in_names
from omost_pipeline.canvas.fields import Fields, excerpt, nearest_regions
from omost_pipeline.canvas.keywords import HELD
from omost_pipeline.errors import CanvasError

VERSION = 1
"""Of the JSON form: ``{"version": 1, "scene": {…}, "regions": [{…}, …]}`` with the field names of :mod:`elements`."""

MAX_JSON = 524_288
"""Characters of a JSON canvas. Code may have 65,536, and one of them takes up to six here (``\\u001f``)."""


def canvas_to_code(canvas: Canvas) -> str:
    """The canvas as an Omost LLM writes it (omost-facts §1), without the fence around it.

    What has no names is written beside them: ``free_box`` in cells (left, top, right, bottom), ``free_rgb``; and how an
    element is held, where anything is said of that.
    """
    blocks = ["# Initialize the canvas\ncanvas = Canvas()", _global_code(canvas.scene)]
    return "\n\n".join(blocks + [_region_code(region) for region in canvas.regions]) + "\n"


def canvas_to_reply(canvas: Canvas) -> str:
    """The canvas as a whole LLM reply: the code in a fenced python block, in names alone, as no model knows others."""
    return f"```python\n{canvas_to_code(in_names(canvas))}```"


def canvas_to_json(canvas: Canvas) -> str:
    """The canvas as JSON on one line, in the form that :data:`VERSION` describes."""
    scene, *regions = (_without_unset(asdict(each)) for each in canvas.elements)
    return json.dumps({"version": VERSION, "scene": scene, "regions": regions}, ensure_ascii=False)


def canvas_from_json(text: str) -> Canvas:
    """Read what :func:`canvas_to_json` writes; wrong names and missing fields are put right as in LLM text.

    Raises:
        CanvasError: naming the key, if the text is not JSON of this form and version.
    """
    return read_json(text)[0]


def read_json(text: str) -> tuple[Canvas, tuple[Correction, ...]]:
    """Like :func:`canvas_from_json`, with what was put right; a correction's ``field`` is the path of its key.

    Raises:
        CanvasError: naming the key, if the text is not JSON of this form and version.
    """
    whole = _object(load_json(text), "the text")
    if str(whole.get("version")) not in {str(VERSION), f"{VERSION}.0"}:
        raise CanvasError(f"version is {excerpt(whole.get('version'))}; this program reads version {VERSION}.")
    regions = whole.get("regions", [])
    if not isinstance(regions, list):
        raise CanvasError(f"regions is {excerpt(regions)}; it must be a list of objects.")
    scene = Fields(_object(whole.get("scene"), "scene"), path="scene.")
    each = [Fields(_object(region, f"regions[{i}]"), path=f"regions[{i}].") for i, region in enumerate(regions)]
    read = [fields.region("color") for fields in each]
    kept, lost = nearest_regions(read)
    canvas = Canvas(scene.scene("color"), tuple(read[number] for number in kept))
    notes = [note for fields in (scene, *each) for note in fields.corrections]
    notes += [Correction(0, f"regions[{number}]", excerpt(read[number].description), "nothing") for number in lost]
    return canvas, tuple(notes)


def load_json(text: str) -> object:
    """JSON of bounded length.

    Raises:
        CanvasError: naming line and place, if it is none.
    """
    if len(text) > MAX_JSON:
        raise CanvasError(f"the JSON text has {len(text)} characters; {MAX_JSON} is the limit.")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        near = text[max(error.pos - 20, 0) : error.pos + 20]
        raise CanvasError(f"this is not JSON ({error.msg}) near {excerpt(near)!r}.", error.lineno) from None
    except (ValueError, RecursionError):  # an integer of thousands of digits; thousands of brackets
        raise CanvasError(f"this JSON cannot be read; it begins {excerpt(text)!r}.") from None


def _object(value: object, path: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise CanvasError(f"{path} is {excerpt(value)}; it must be a JSON object.")
    return value


def _global_code(scene: GlobalDescription) -> str:
    return "\n".join(
        (
            "# Set a global description for the canvas",
            "canvas.set_global_description(",
            f"    description={_quote(scene.description)},",
            f"    detailed_descriptions={_list(scene.detailed_descriptions)},",
            f"    tags={_quote(scene.tags)},",
            f"    HTML_web_color_name={_quote(scene.color)},",
            *_free(free_rgb=scene.free_rgb),
            *_held(scene),
            ")",
        )
    )


def _region_code(region: Region) -> str:
    return "\n".join(
        (
            f"# Add {_comment(region)}",
            "canvas.add_local_description(",
            f"    location={_quote(region.location)},",
            f"    offset={_quote(region.offset)},",
            f"    area={_quote(region.area)},",
            f"    distance_to_viewer={region.distance_to_viewer!r},",
            f"    description={_quote(region.description)},",
            f"    detailed_descriptions={_list(region.detailed_descriptions)},",
            f"    tags={_quote(region.tags)},",
            f"    atmosphere={_quote(region.atmosphere)},",
            f"    style={_quote(region.style)},",
            f"    quality_meta={_quote(region.quality_meta)},",
            f"    HTML_web_color_name={_quote(region.color)},",
            *_free(free_box=None if region.free_box is None else astuple(region.free_box), free_rgb=region.free_rgb),
            *_held(region),
            ")",
        )
    )


def _free(**values: tuple[float, ...] | None) -> list[str]:
    return [f"    {name}={list(numbers)!r}," for name, numbers in values.items() if numbers is not None]


def _held(element: GlobalDescription | Region) -> list[str]:
    values = [(name, getattr(element, name)) for name in HELD]
    return [
        f"    {name}={_quote(value) if isinstance(value, str) else repr(value)}," for name, value in values if value
    ]


def _without_unset(values: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if value or name not in HELD}


def _comment(region: Region) -> str:
    """The words after "# Add": the description with a small first letter, on one line, ending in one full stop.

    A colour that stands before its noun goes behind it, so that whoever writes word by word has named the thing before
    its colour: ``A red cat.`` → ``a cat, red.``
    """
    printable = "".join(char if char.isprintable() else " " for char in region.description)
    words = " ".join(printable.split()).rstrip(".")
    article, *rest = f"{words[:1].lower()}{words[1:]}".split(" ")
    for length in (1, 2):
        color, noun = rest[:length], " ".join(rest[length:])
        if article in ("a", "an") and noun and "".join(color) == region.color:
            return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}, {' '.join(color)}."
    return f"{' '.join((article, *rest))}."


def _quote(text: str) -> str:
    """A Python string literal in single quotes, or in double quotes where the text holds an apostrophe."""
    if "'" not in text:
        return repr(text)
    parts = (repr(part)[1:-1] for part in text.split("'"))  # each part alone is quoted singly, its " left as they are
    return '"' + "'".join(parts).replace('"', '\\"') + '"'


def _list(texts: tuple[str, ...]) -> str:
    if not texts:
        return "[]"
    lines = "".join(f"        {_quote(text)},\n" for text in texts)
    return f"[\n{lines}    ]"
