"""JSON that holds a canvas in another form than this project's own: told apart by what is in it, not by a file's name.

The forms: an object with a scene and a list of regions under any of the usual names, with the calls' own names for
their fields; a list of such elements, the scene first; a list of calls as tools are called; the ComfyUI port's list;
and a ComfyUI workflow, in which the port's nodes keep a canvas as text. Nothing in it is executed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from omost_pipeline.canvas.assembly import Assembly
from omost_pipeline.canvas.comfyui import read_comfyui
from omost_pipeline.canvas.elements import Canvas, Correction
from omost_pipeline.canvas.fields import Fields, excerpt
from omost_pipeline.canvas.keywords import COLOR, HELD, OTHER_NAMES
from omost_pipeline.canvas.openings import REGION_METHOD, SCENE_METHOD
from omost_pipeline.canvas.parser import parse_canvas
from omost_pipeline.errors import CanvasError

Read = tuple[Canvas, tuple[Correction, ...]]

_SCENES = ("scene", "global_description", "global", "globaldescription", "background", "overall", SCENE_METHOD)
_REGIONS = (
    *(
        "regions",
        "local_descriptions",
        "locals",
        "local",
        "localdescriptions",
        "elements",
        "objects",
        "layers",
        "items",
    ),
    REGION_METHOD,
)
_WRAPPERS = ("canvas", "data", "result", "output", "composition", "layout")
_METHOD = ("method", "function", "name", "call", "tool")
_ARGUMENTS = ("arguments", "args", "params", "parameters", "kwargs", "input")
_OWN = (
    *("location", "offset", "area", "distance_to_viewer", "description", "detailed_descriptions", "tags", "atmosphere"),
    *("style", "quality_meta", COLOR, "free_box", "free_rgb", *HELD, "bbox"),
)
_MOST_TEXTS = 20_000  # texts of a workflow that are looked through
_DEEPEST = 4  # objects around a canvas
_SHOWN = 6


def read_other(found: object, depth: int = 0) -> Read:
    """The canvas in parsed JSON of one of the other forms, and what had to be put right.

    Raises:
        CanvasError: saying what the JSON is, or naming key and value.
    """
    if isinstance(found, list):
        return _from_list(found)
    if not isinstance(found, dict):
        raise CanvasError(f"the JSON is {excerpt(found)}; a canvas is an object or a list.")
    whole = {str(key): value for key, value in found.items()}
    if _is_workflow(whole):
        return _from_workflow(whole)
    lower = {key.lower(): value for key, value in whole.items()}
    scene = next((key for key in _SCENES if key in lower), None)
    regions = next((key for key in _REGIONS if key in lower), None)
    if scene is not None:
        return _elements(
            _scene(lower[scene], scene), _listed(lower.get(regions or "", []), regions or ""), regions or ""
        )
    wrapped = next((lower[key] for key in _WRAPPERS if isinstance(lower.get(key), dict | list)), None)
    if wrapped is not None and depth < _DEEPEST:
        return read_other(wrapped, depth + 1)
    if regions is not None and "description" in lower:  # the scene's fields beside the list of regions
        own = {key: value for key, value in whole.items() if key.lower() != regions}
        return _elements(own, _listed(lower[regions], regions), regions)
    raise CanvasError(f"this JSON object holds no canvas: {_described(whole)}. {_WANTED}")


_WANTED = "A canvas has a scene and its regions, as the button Code or `omost-bot convert` writes it."


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
            return _elements(_scene(entries[0], "[0]"), _listed(found[1:], "the list"), "")
    return read_comfyui(json.dumps(found))


def _as_call(entry: Mapping[object, object]) -> tuple[str, Mapping[str, object]] | None:
    """A tool call's method and arguments, wherever the entry keeps them."""
    inner = entry.get("function")
    if isinstance(inner, Mapping):
        return _as_call(inner)
    said = next((value for key in _METHOD if isinstance(value := entry.get(key), str)), "")
    method = said.rpartition(".")[2]
    if method not in (SCENE_METHOD, REGION_METHOD):
        return None
    arguments = next((entry[key] for key in _ARGUMENTS if key in entry), {})
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except (ValueError, RecursionError):
            raise CanvasError(f"the arguments of {method} are {excerpt(arguments)}; they must be JSON.") from None
    return method, _object(arguments, f"the arguments of {method}")


def _elements(scene: Mapping[str, object], regions: list[Mapping[str, object]], path: str) -> Read:
    notes: list[Correction] = []
    fields = Fields(_named(scene, "scene.", notes), path="scene.")
    assembly = Assembly()
    assembly.set_scene(fields.scene(COLOR), 0)
    notes += fields.corrections
    for number, values in enumerate(regions):
        where = f"{path}[{number}]."
        each = Fields(_named(values, where, notes), path=where)
        region = each.region(COLOR)
        assembly.add_region(region, each.rectangle, 0, 0)
        notes += each.corrections
    notes += assembly.finish(cut=False)
    assert assembly.canvas is not None
    return assembly.canvas, tuple(notes)


def _named(values: Mapping[str, object], path: str, notes: list[Correction]) -> dict[str, object]:
    """The values under the calls' own names; what means none of them is left out and noted."""
    named: dict[str, object] = {}
    for key, value in values.items():
        meant = key if key in _OWN else OTHER_NAMES.get(key.lower())
        if meant is not None and (meant == key or (meant not in values and meant not in named)):
            named[meant] = value
        elif key.lower() not in _REGIONS:
            notes.append(Correction(0, path + excerpt(key), excerpt(value), "nothing"))
    return named


def _scene(value: object, path: str) -> Mapping[str, object]:
    return {"description": value} if isinstance(value, str) else _object(value, path)


def _listed(value: object, path: str) -> list[Mapping[str, object]]:
    """The regions of a list, or of an object whose keys name them."""
    if isinstance(value, dict):
        objects = {str(key): _object(each, f"{path}.{key}") for key, each in value.items()}
        return [{"description": key, **each} for key, each in objects.items()]
    if not isinstance(value, list):
        raise CanvasError(f"{path} is {excerpt(value)}; it must be a list of objects.")
    return [_object(each, f"{path}[{number}]") for number, each in enumerate(value)]


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
    for text in _texts(whole):
        if not _may_be_canvas(text):
            continue
        try:
            read = _from_text(text)
        except CanvasError as error:
            refused = error
            continue
        if all(read[0] != other[0] for other in found):
            found.append(read)
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
    return SCENE_METHOD in text or '"prefixes"' in text or "_descriptions" in text


def _from_text(text: str) -> Read:
    if not text.lstrip().startswith(("[", "{")):
        parsed = parse_canvas(text)
        return parsed.canvas, parsed.corrections
    try:
        inner = json.loads(text)
    except (ValueError, RecursionError):
        raise CanvasError(f"the text {excerpt(text)!r} is not JSON.") from None
    if isinstance(inner, dict) and _is_workflow({str(key): value for key, value in inner.items()}):
        raise CanvasError("a workflow stands within the workflow.")
    return read_other(inner)


def _texts(whole: object) -> Iterator[str]:
    """Every text in it, in order, without recursion: JSON may be nested deeply."""
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
            waiting.extend(reversed(value))


def _described(whole: Mapping[str, object]) -> str:
    """What an object seems to be, by its keys."""
    if not whole:
        return "it is empty"
    keys = ", ".join(excerpt(key) for key in list(whole)[:_SHOWN])
    return f"its keys are {keys}{' …' if len(whole) > _SHOWN else ''}"
