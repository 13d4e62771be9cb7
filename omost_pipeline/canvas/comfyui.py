"""A canvas as the ComfyUI port of Omost keeps it: a JSON list of conditions, the global one first, then far to near.

A condition is ``{"rect": [top, bottom, left, right], "color": [r, g, b], "prefixes": […], "suffixes": […]}`` on the
90 × 90 grid; a region's has ``distance_to_viewer`` too, and the scene's description before its own in ``prefixes``
(omost-facts §4). The texts are there, but not what they were called: read back, all suffixes are detailed
descriptions, which says the same to a renderer. Knows no other form of a canvas.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TypeGuard

from omost_pipeline.canvas.boxes import CELLS, Rectangle, Unit, box_of, common_unit, on_grid
from omost_pipeline.canvas.elements import Canvas, Correction, Region, sub_prompt
from omost_pipeline.canvas.fields import Fields, excerpt, nearest_regions
from omost_pipeline.canvas.vocabulary import GRID, Box
from omost_pipeline.errors import CanvasError

MAX_TEXT = 524_288
"""Characters of a list; no canvas comes near."""

_FARTHEST = 100_000
_WHOLE = Box(0, 0, GRID, GRID)


def canvas_to_comfyui(canvas: Canvas) -> str:
    """The canvas as the port's JSON, indented for people."""
    scene = canvas.scene
    first = _condition(_WHOLE, scene.rgb, (scene.description,), (*scene.detailed_descriptions, scene.tags))
    return json.dumps(
        [first, *(_of_region(canvas, each) for each in canvas.far_to_near())], ensure_ascii=False, indent=4
    )


def read_comfyui(text: str) -> tuple[Canvas, tuple[Correction, ...]]:
    """Read what the port writes, with what had to be put right.

    Boxes and colours are held exactly, with or without names. Where no distances are given, the order is from far to
    near.

    Raises:
        CanvasError: naming the entry, its key and its value, if the text is not such a list.
    """
    entries = _entries(text)
    scene, *regions = (_Entry(entry, number) for number, entry in enumerate(entries))
    common = scene.texts("prefixes")
    first = scene.fields(common)
    unit = _unit(scene, regions)
    others = [
        entry.region_fields(_own(entry.texts("prefixes"), common), unit, float(len(entries) - entry.number))
        for entry in regions
    ]
    described = first.scene("color")
    read = [each.region("color") for each in others]
    kept, lost = nearest_regions(read)
    notes = [each for fields in (first, *others) for each in fields.corrections]
    notes += [Correction(0, f"[{number + 1}]", excerpt(read[number].description), "nothing") for number in lost]
    return Canvas(described, tuple(read[number] for number in kept)), tuple(notes)


class _Entry:
    """One condition of the list."""

    def __init__(self, values: object, number: int) -> None:
        self.number = number
        if not isinstance(values, dict):
            raise CanvasError(f"[{number}] is {excerpt(values)}; it must be a JSON object.")
        self._values: dict[str, object] = values

    def fields(self, prefixes: list[str], **values: object) -> Fields:
        """The values under the canvas's own names, with others that the caller knows."""
        return Fields(
            {
                "description": " ".join(prefixes),
                "detailed_descriptions": self.texts("suffixes"),
                **self._color(),
                **dict.fromkeys(("tags", "atmosphere", "style", "quality_meta"), ""),
                **values,
            },
            path=f"[{self.number}].",
        )

    def region_fields(self, prefixes: list[str], unit: Unit, distance: float) -> Fields:
        """A region's values; ``distance`` is that of entries without one."""
        place = self._place(unit)
        fields = self.fields(
            prefixes,
            free_box=[place.left, place.top, place.right, place.bottom],
            distance_to_viewer=self._values.get("distance_to_viewer", distance),
        )
        if unit != CELLS:
            fields.note("rect", self._values["rect"], on_grid(place))
        return fields

    def texts(self, key: str) -> list[str]:
        """A list of texts, without empty ones; none where the key is missing."""
        value = self._values.get(key, [])
        if not (isinstance(value, list) and all(isinstance(each, str) for each in value)):
            raise self._refusal(key, "a list of texts")
        return [each for each in value if each.strip()]

    def _color(self) -> dict[str, object]:
        """Three numbers as they are; a name or anything else is read as in other canvases."""
        value = self._values.get("color")
        if _are_numbers(value, 3, 255):
            return {"free_rgb": [round(part) for part in value]}
        if isinstance(value, list):
            raise self._refusal("color", "three numbers from 0 to 255, or a name")
        return {} if value is None else {"color": value}

    def rectangle(self) -> Rectangle | None:
        """Its rectangle, whatever it counts in."""
        value = self._values.get("rect")
        if isinstance(value, dict):
            value = [value.get(side) for side in ("top", "bottom", "left", "right")]
        if not (_are_numbers(value, 4, _FARTHEST) and value[0] < value[1] and value[2] < value[3]):
            return None
        top, bottom, left, right = value
        return Rectangle((left, top, right, bottom), corner=True)

    def _place(self, unit: Unit) -> Box:
        rectangle = self.rectangle()
        place = box_of(rectangle, unit) if rectangle is not None and _fits(rectangle, unit) else None
        if place is None:
            most = max(unit.across, unit.down)
            raise self._refusal("rect", f"[top, bottom, left, right] with numbers from 0 to {most:g}")
        return place

    def _refusal(self, key: str, wanted: str) -> CanvasError:
        found = excerpt(self._values[key]) if key in self._values else "missing"
        return CanvasError(f"[{self.number}].{key} is {found}; it must be {wanted}.")


def _unit(scene: _Entry, regions: Sequence[_Entry]) -> Unit:
    """What the rectangles count in: the scene's is the whole picture; without one, what suits all the others.

    Regions that are all within one cell of a whole of 90 are parts of 1: nobody draws specks.
    """
    known = [found for entry in regions if (found := entry.rectangle()) is not None]
    whole = scene.rectangle()
    if whole is None or whole.numbers[:2] != (0, 0):
        return common_unit(known)
    unit = Unit(whole.numbers[2], whole.numbers[3])
    specks = bool(known) and all(max(each.numbers) <= 1 for each in known)
    return Unit(1, 1) if specks and unit == CELLS else unit


def _fits(rectangle: Rectangle, unit: Unit) -> bool:
    """Whether it is within the picture, but for what floats are off by."""
    _, _, right, bottom = rectangle.numbers
    return right <= unit.across * 1.001 and bottom <= unit.down * 1.001


def _entries(text: str) -> list[object]:
    if len(text) > MAX_TEXT:
        raise CanvasError(f"the JSON text has {len(text)} characters; {MAX_TEXT} is the limit.")
    try:
        entries = json.loads(text)
    except json.JSONDecodeError as error:
        raise CanvasError(f"this is not JSON ({error.msg}).", error.lineno) from None
    except (ValueError, RecursionError):  # an integer of thousands of digits; thousands of brackets
        raise CanvasError(f"this JSON cannot be read; it begins {excerpt(text)!r}.") from None
    if not isinstance(entries, list) or not entries:
        raise CanvasError(f"the text is {excerpt(entries)}; it must be a list that begins with the global entry.")
    return entries


def _of_region(canvas: Canvas, region: Region) -> dict[str, object]:
    prefixes = (canvas.scene.description, region.description)
    suffixes = (*region.detailed_descriptions, region.tags, region.atmosphere, region.style, region.quality_meta)
    condition = _condition(region.box, region.rgb, prefixes, suffixes)
    return {**condition, "distance_to_viewer": region.distance_to_viewer}


def _condition(
    place: Box, rgb: tuple[int, int, int], prefixes: tuple[str, ...], suffixes: tuple[str, ...]
) -> dict[str, object]:
    return {
        "rect": [place.top, place.bottom, place.left, place.right],
        "color": list(rgb),
        "prefixes": [said for text in prefixes if (said := sub_prompt(text))],
        "suffixes": [said for text in suffixes if (said := sub_prompt(text))],
    }


def _own(prefixes: list[str], common: list[str]) -> list[str]:
    """A region's prefixes without the scene's before them."""
    return prefixes[len(common) :] if prefixes[: len(common)] == common else prefixes


def _are_numbers(value: object, count: int, most: float) -> TypeGuard[list[float]]:
    return (
        isinstance(value, list)
        and len(value) == count
        and all(isinstance(each, int | float) and not isinstance(each, bool) and 0 <= each <= most for each in value)
    )
