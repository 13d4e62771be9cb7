"""ComfyUI's box lists → a canvas: rectangles in pixels, what they show in ``metadata``, and the node that has them.

An entry has ``x``, ``y``, ``width``, ``height`` and ``metadata`` with ``type``, ``text``, ``desc`` and ``palette``.
They are listed from back to front, once or within one more list (ComfyUI, ``nodes_bounding_boxes.py``). How large the
picture is, only the node *Create Bounding Boxes* beside them says. Boxes without words hold no canvas.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from omost_pipeline.canvas.boxes import Rectangle, common_unit
from omost_pipeline.canvas.elements import Canvas, Correction
from omost_pipeline.canvas.exchange.ideogram import read_caption, read_elements
from omost_pipeline.canvas.fields import excerpt
from omost_pipeline.errors import CanvasError

Read = tuple[Canvas, tuple[Correction, ...]]

_NODE = "CreateBoundingBoxes"
_WORDS_NODE = "BuildJsonPromptIdeogram"
_SIDES = ("x", "y", "width", "height")
_SIZE = ("width", "height")
_FARTHEST = 1e6


def pixel_boxes(found: object) -> list[Mapping[str, object]] | None:
    """The entries of a list of rectangles in pixels, or of a list of such lists; None for anything else."""
    if isinstance(found, list) and len(found) == 1 and isinstance(found[0], list):
        found = found[0]
    if not isinstance(found, list) or not found:
        return None
    if not all(isinstance(each, Mapping) and set(_SIDES) <= set(each) <= {*_SIDES, "metadata"} for each in found):
        return None
    return found


def read_pixel_boxes(boxes: Sequence[Mapping[str, object]], size: tuple[float, float] | None = None) -> Read:
    """The canvas of rectangles in a picture of ``size``; where that is not known, the smallest usual one around them.

    Raises:
        CanvasError: naming the entry, if one has no words or is no rectangle.
    """
    if not any(isinstance(each.get("metadata"), Mapping) for each in boxes):
        raise CanvasError("these boxes say where things are, but not what they are: their metadata holds no desc.")
    elements = [_element(each, number) for number, each in enumerate(boxes)]
    guessed: list[Correction] = []
    if size is None:
        sides = [_numbers(each, number) for number, each in enumerate(boxes)]
        reach = [Rectangle((0, 0, x + width, y + height), True) for x, y, width, height in sides]
        unit = common_unit([*reach, Rectangle((0, 0, 101, 101), True)])  # pixels, however few
        size = unit.across, unit.down
        guessed = [Correction(0, "size of the picture", "(missing)", f"{size[0]:g} × {size[1]:g} pixels")]
    canvas, notes = read_elements(elements, size)
    return canvas, (*guessed, *notes)


def read_box_node(workflow: Mapping[str, object]) -> Read | None:
    """The canvas in a workflow's *Create Bounding Boxes*, with the words of the node that writes captions of them.

    None where it has no such node, or one without boxes. Of two, the first counts.

    Raises:
        CanvasError: naming the entry, if a box of it has no words or is no rectangle.
    """
    nodes = _nodes(workflow)
    for kind, inputs in nodes:
        boxes = next((found for value in inputs.values() if (found := pixel_boxes(value)) is not None), None)
        if kind != _NODE or boxes is None:
            continue
        width, height = (inputs.get(name) for name in _SIZE)
        known = (width, height) if isinstance(width, int) and isinstance(height, int) else None
        canvas, notes = read_pixel_boxes(boxes, known if known is not None and min(known) > 0 else None)
        words = next((inputs for kind, inputs in nodes if kind == _WORDS_NODE), {})
        return _with_words(canvas, words), notes
    return None


def _with_words(canvas: Canvas, words: Mapping[str, object]) -> Canvas:
    """The canvas with the scene that the caption's node says, if it says one."""
    said = {
        name: value for name in ("high_level_description", "background") if isinstance(value := words.get(name), str)
    }
    if not any(value.strip() for value in said.values()):
        return canvas
    composition = {"background": said.pop("background", ""), "elements": []}
    read, _ = read_caption({**said, "compositional_deconstruction": composition})
    return Canvas(read.scene, canvas.regions)


def _nodes(workflow: Mapping[str, object]) -> list[tuple[str, Mapping[str, object]]]:
    """Each node's kind and what goes in: of a graph as the page saves it, or of a prompt as the server takes it."""
    inner = workflow.get("prompt")
    listed = workflow.get("nodes")
    if isinstance(listed, list):
        return [(str(each.get("type")), _widgets(each)) for each in listed if isinstance(each, Mapping)]
    graph = inner if isinstance(inner, Mapping) else workflow
    nodes = [each for each in graph.values() if isinstance(each, Mapping)]
    inputs = ((str(each.get("class_type")), each.get("inputs")) for each in nodes)
    return [(kind, given) for kind, given in inputs if isinstance(given, Mapping)]


def _widgets(node: Mapping[str, object]) -> Mapping[str, object]:
    """A saved node's values under their names, where they have any; the box node's sizes are its first two numbers."""
    values = node.get("widgets_values")
    if isinstance(values, Mapping):
        return values
    if not isinstance(values, list):
        return {}
    if node.get("type") == _WORDS_NODE:
        return dict(zip(("high_level_description", "background"), values, strict=False))
    sizes = [value for value in values if isinstance(value, int) and not isinstance(value, bool)][:2]
    boxes = [value for value in values if pixel_boxes(value) is not None][:1]
    return {**dict(zip(_SIZE, sizes, strict=False)), **dict(zip(("boxes",), boxes, strict=False))}


def _element(box: Mapping[str, object], number: int) -> dict[str, object]:
    """A rectangle as an element whose box counts in pixels."""
    x, y, width, height = _numbers(box, number)
    told = box.get("metadata")
    said = told if isinstance(told, Mapping) else {}
    return {
        "type": said.get("type"),
        "bbox": [y, x, y + height, x + width],
        "text": said.get("text"),
        "desc": said.get("desc") or "",
        "color_palette": said.get("palette"),
    }


def _numbers(box: Mapping[str, object], number: int) -> tuple[float, float, float, float]:
    sides = [box.get(name) for name in _SIDES]
    numbers = [side for side in sides if isinstance(side, int | float) and not isinstance(side, bool)]
    if len(numbers) != len(_SIDES) or not all(abs(each) < _FARTHEST for each in numbers):
        raise CanvasError(f"[{number}] is {excerpt(sides)}; x, y, width and height must be numbers of pixels.")
    x, y, width, height = numbers
    return x, y, width, height
