"""JSON that holds a canvas in another form than this project's own: told apart by what is in it, not by a file's name.

The forms: an object with a scene and a list of regions under any of the usual names, with the calls' own names for
their fields; a list of such elements, the scene first; a list of calls as tools are called; the ComfyUI port's list;
Ideogram's captions, FIBO's structured prompts, ComfyUI's box lists; and texts with a canvas in a ComfyUI workflow, a
conversation, a server's answer or a notebook. Nothing is executed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import zip_longest

from omost_pipeline.canvas.assembly import Assembly
from omost_pipeline.canvas.comfyui import read_comfyui
from omost_pipeline.canvas.elements import Canvas, Correction
from omost_pipeline.canvas.exchange.pixel_boxes import read_box_node
from omost_pipeline.canvas.exchange.reading import read_exchanged
from omost_pipeline.canvas.fields import Fields, excerpt
from omost_pipeline.canvas.keywords import COLOR
from omost_pipeline.canvas.openings import REGION_METHOD, SCENE_METHOD
from omost_pipeline.canvas.other_names import REGIONS, SCENES, WORDS, WRAPPERS, in_calls_names, key_of
from omost_pipeline.canvas.parser import parse_canvas
from omost_pipeline.errors import CanvasError

Read = tuple[Canvas, tuple[Correction, ...]]

_METHOD = ("method", "function", "name", "call", "tool")
_ARGUMENTS = ("arguments", "args", "params", "parameters", "kwargs", "input")
_SIGNS = (SCENE_METHOD, '"prefixes"', "_descriptions", '"compositional_deconstruction"', '"short_description"')
"""What only a text with a canvas in it has."""
_MOST_TEXTS = 20_000  # texts of a workflow that are looked through
_DEEPEST = 4  # objects around a canvas
_SHOWN = 6


def read_other(found: object, depth: int = 0) -> Read:
    """The canvas in parsed JSON of one of the other forms, and what had to be put right.

    Raises:
        CanvasError: saying what the JSON is, or naming key and value.
    """
    if isinstance(found, str) and (_may_be_canvas(found) or found.lstrip().startswith(("[", "{"))):
        return _from_text(found, "the text")
    if (exchanged := read_exchanged(found)) is not None:
        return exchanged
    if isinstance(found, list):
        return _from_list(found)
    if not isinstance(found, dict):
        raise CanvasError(f"the JSON is {excerpt(found)}; a canvas is an object or a list.")
    whole = {str(key): value for key, value in found.items()}
    if (read := _from_workflow(whole) if _is_workflow(whole) else _from_object(whole)) is not None:
        return read
    wrapped = next((each for name in WRAPPERS if isinstance(each := _value(whole, name), dict | list)), None)
    if wrapped is not None and depth < _DEEPEST:
        return read_other(wrapped, depth + 1)
    if (within := _within(whole)) is not None:
        return within
    raise CanvasError(f"this JSON object holds no canvas: {_described(whole)}. {_WANTED}")


def _value(whole: Mapping[str, object], name: str) -> object:
    key = key_of(whole, (name,))
    return None if key is None else whole[key]


def _from_object(whole: dict[str, object]) -> Read | None:
    """A scene and its regions; None where the object has none of the usual names for them."""
    if isinstance(phrases := _value(whole, "phrases"), list) and isinstance(boxes := _value(whole, "boxes"), list):
        whole = {**whole, "regions": _phrases(phrases, boxes)}
    scene, regions = key_of(whole, SCENES), key_of(whole, REGIONS) or _key_of_pairs(whole)
    listed = [] if regions is None else whole[regions]
    if scene is None and regions is not None:
        scene = next((key for name in WORDS if (key := key_of(whole, (name,))) and isinstance(whole[key], str)), None)
    if scene is not None:
        return _elements(_scene(whole[scene], scene), _listed(listed, regions or ""), regions or "", _size(whole))
    if regions is None or key_of(whole, ("description",)) is None or key_of(whole, WRAPPERS) is not None:
        return None
    own = {key: value for key, value in whole.items() if key != regions}  # the scene's fields beside the list
    return _elements(own, _listed(listed, regions), regions, _size(whole))


def _size(whole: Mapping[str, object]) -> tuple[float, float] | None:
    """The picture's width and height in pixels, where they are given."""
    width, height = _value(whole, "width"), _value(whole, "height")
    if isinstance(width, int) and isinstance(height, int) and min(width, height) > 1:
        return width, height
    return None


_WANTED = "A canvas has a scene and its regions, as the button Code or `omost-bot convert` writes it."


_PLACED = ("location", "offset", "area", "bbox", "box", "distance_to_viewer")
"""What regions have and a scene has not."""


def _from_list(found: list[object]) -> Read:
    entries = [each for each in found if isinstance(each, Mapping)]
    if len(entries) == len(found) and entries:
        calls = [_as_call(each) for each in entries]
        if all(calls):
            named = [each for each in calls if each]
            scenes = [arguments for method, arguments in named if method == SCENE_METHOD]
            if not scenes:
                raise CanvasError(f"the list of calls holds no {SCENE_METHOD}.")
            return _elements(scenes[-1], [arguments for method, arguments in named if method == REGION_METHOD], "")
        if (
            not any(key in entries[0] for key in ("rect", "prefixes", "suffixes", "color"))
            and "description" in entries[0]
        ):
            if (placed := next((key for key in _PLACED if entries[0].get(key)), None)) is not None:
                raise CanvasError(
                    f"the first entry of this list has a place ({placed}), so it is a region, and no scene is there: "
                    "put the scene, a description without a place, before the regions."
                )
            return _elements(_scene(entries[0], "[0]"), _listed(found[1:], "the list"), "")
        if not {"rect", "prefixes"} & set(entries[0]):
            if (within := _within(found)) is not None:
                return within
            raise CanvasError(f"the first entry of this list is no scene: {_described(_object(entries[0], '[0]'))}.")
    elif (within := _within(found)) is not None:
        return within
    return read_comfyui(json.dumps(found))


def _phrases(phrases: list[object], boxes: list[object]) -> list[object]:
    """Phrases beside boxes that go from corner to corner, as models with grounded words take them."""
    corners = ("x1", "y1", "x2", "y2")
    places = [dict(zip(corners, each, strict=False)) if isinstance(each, list) else {} for each in boxes]
    return [{"description": phrase, "bbox": place} for phrase, place in zip_longest(phrases, places, fillvalue=None)]


def _within(whole: object) -> Read | None:
    """The newest canvas that stands as a text, or as calls of tools, in a conversation, a notebook or an answer."""
    found: Read | None = None
    for value in _values(whole):
        if isinstance(value, list) and value and all(isinstance(each, Mapping) and _as_call(each) for each in value):
            found = _from_list(value)
        elif isinstance(value, str) and _may_be_canvas(value):
            with suppress(CanvasError):
                found = _from_text(value, "the JSON")
    return found


def _as_call(entry: Mapping[object, object]) -> tuple[str, Mapping[str, object]] | None:
    """A tool call's method and arguments, wherever the entry keeps them."""
    inner = entry.get("function")
    if isinstance(inner, Mapping):
        return _as_call(inner)
    said = {key: str(entry[key]).rpartition(".")[2] for key in _METHOD if key in entry}
    by = next((key for key, method in said.items() if method in (SCENE_METHOD, REGION_METHOD)), None)
    if by is None:
        return None
    method = said[by]
    beside = {key: value for key, value in entry.items() if key != by}
    arguments = next((entry[key] for key in _ARGUMENTS if key in entry), beside)
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except (ValueError, RecursionError):
            raise CanvasError(f"the arguments of {method} are {excerpt(arguments)}; they must be JSON.") from None
    return method, _object(arguments, f"the arguments of {method}")


def _elements(
    scene: Mapping[str, object],
    regions: list[Mapping[str, object]],
    path: str,
    size: tuple[float, float] | None = None,
) -> Read:
    named, notes = in_calls_names(scene, "scene.")
    fields = Fields(named, path="scene.")
    assembly = Assembly(size)
    assembly.set_scene(fields.scene(COLOR), 0)
    notes += fields.corrections
    for number, values in enumerate(regions):
        where = f"{path}[{number}]."
        named, unused = in_calls_names(values, where)
        each = Fields(named, path=where)
        region = each.region(COLOR)
        assembly.add_region(region, each.rectangle, 0, 0)
        notes += unused + each.corrections
    notes += assembly.finish(cut=False)
    assert assembly.canvas is not None
    return assembly.canvas, tuple(notes)


def _scene(value: object, path: str) -> Mapping[str, object]:
    return {"description": value} if isinstance(value, str) else _object(value, path)


def _listed(value: object, path: str) -> list[Mapping[str, object]]:
    """The regions of a list, or of an object whose keys name them; one by itself is one, and nothing is none."""
    if value is None:
        return []
    if isinstance(value, dict) and not all(isinstance(each, Mapping) for each in value.values()):
        value = [value]
    if isinstance(value, dict):
        objects = {str(key): _object(each, f"{path}.{key}") for key, each in value.items()}
        return [{"description": key, **each} for key, each in objects.items()]
    if not isinstance(value, list):
        raise CanvasError(f"{path} is {excerpt(value)}; it must be a list of objects.")
    return [_object(_paired(each), f"{path}[{number}]") for number, each in enumerate(value)]


def _key_of_pairs(whole: Mapping[str, object]) -> str | None:
    """The key, whatever it is, of a list of words with their rectangles."""
    lists = ((key, value) for key, value in whole.items() if isinstance(value, list) and value)
    return next((key for key, value in lists if isinstance(value[0], list) and _paired(value[0]) != value[0]), None)


def _paired(entry: object) -> object:
    """An element that is its words and its rectangle beside each other, as layout models write it, by name."""
    match entry:
        case [str(words), list(sides)] | [list(sides), str(words)] if len(sides) == 4:  # of a rectangle
            return {"description": words, "bbox": sides}
    return entry


def _object(value: object, path: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise CanvasError(f"{path} is {excerpt(value)}; it must be a JSON object.")
    return {str(key): each for key, each in value.items()}


def _is_workflow(whole: Mapping[str, object]) -> bool:
    """Whether this is ComfyUI's: a graph as its page saves it, or a prompt as its server takes it."""
    if isinstance(whole.get("nodes"), list) and ("links" in whole or "last_node_id" in whole):
        return True
    nodes = [each for each in whole.values() if isinstance(each, Mapping)]
    inner = whole.get("prompt")
    return any("class_type" in each for each in nodes) or (isinstance(inner, Mapping) and _is_workflow(inner))


def _from_workflow(whole: Mapping[str, object]) -> Read:
    found: list[Read] = []
    refused: CanvasError | None = None
    for text in _values(whole):
        if not (isinstance(text, str) and _may_be_canvas(text)):
            continue
        try:
            read = _from_text(text, "the workflow")
        except CanvasError as error:
            refused = error
            continue
        if all(read[0] != other[0] for other in found):
            found.append(read)
    if not found and (boxes := read_box_node(whole)) is not None:
        return boxes
    if not found and refused is not None:
        raise CanvasError(f"this ComfyUI workflow holds a canvas that cannot be read: {refused}")
    if not found:
        raise CanvasError(
            "this is a ComfyUI workflow without a canvas in it: it asks its language model anew each time. Save the "
            "canvas from the node that shows it, and bring that."
        )
    canvas, notes = found[0]
    others = [Correction(0, "workflow", excerpt(each.scene.description), "nothing") for each, _ in found[1:]]
    return canvas, (*notes, *others)


def _may_be_canvas(text: str) -> bool:
    return any(sign in text for sign in _SIGNS)


def _from_text(text: str, around: str) -> Read:
    if not text.lstrip().startswith(("[", "{")):
        parsed = parse_canvas(text)
        return parsed.canvas, parsed.corrections
    try:
        inner = json.loads(text)
    except (ValueError, RecursionError):
        raise CanvasError(f"the text {excerpt(text)!r} is not JSON.") from None
    if isinstance(inner, dict) and _is_workflow({str(key): value for key, value in inner.items()}):
        raise CanvasError(f"a workflow stands within {around}.")
    if isinstance(inner, str):
        raise CanvasError(f"a text stands within {around} as a text once more.")
    return read_other(inner)


def _values(whole: object) -> Iterator[object]:
    """Every text and list in it, in order, without recursion: JSON may be nested deeply. Lines are joined."""
    waiting: list[object] = [whole]
    for _ in range(_MOST_TEXTS):
        if not waiting:
            return
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, Mapping):
            waiting.extend(reversed(list(value.values())))
        elif isinstance(value, list):
            texts = [each for each in value if isinstance(each, str)]
            if texts and len(texts) == len(value) and all(map(_is_line, texts)):
                yield "\n".join(text.removesuffix("\n") for text in texts)
            else:
                yield value
                waiting.extend(reversed(value))


def _is_line(text: str) -> bool:
    """Whether a text is a line of a longer one, as notebooks keep their cells."""
    return "\n" not in text.removesuffix("\n") and not text.lstrip().startswith(("[", "{"))


def _described(whole: Mapping[str, object]) -> str:
    """What an object seems to be, by its keys."""
    if not whole:
        return "it is empty"
    keys = ", ".join(excerpt(key) for key in list(whole)[:_SHOWN])
    return f"its keys are {keys}{' …' if len(whole) > _SHOWN else ''}"
