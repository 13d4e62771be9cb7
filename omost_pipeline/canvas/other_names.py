"""The names under which other programs and people keep a canvas in JSON, and what they mean.

Knows no forms: which object is a scene or a region, the caller says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from omost_pipeline.canvas.boxes import SIDES, by_corners, read_rectangle
from omost_pipeline.canvas.elements import Correction
from omost_pipeline.canvas.fields import excerpt
from omost_pipeline.canvas.keywords import COLOR, CORNERS, HELD, OTHER_NAMES
from omost_pipeline.canvas.openings import REGION_METHOD, SCENE_METHOD

SCENES = ("scene", "global_description", "global", "background", "overall", SCENE_METHOD)
REGIONS = (
    *("regions", "local_descriptions", "locals", "local", "elements", "objects", "layers", "items", "annotations"),
    *("areas", REGION_METHOD),
)
WRAPPERS = (
    *("canvas", "data", "result", "output", "composition", "layout"),
    *("json_prompt", "structured_prompt"),
    *("conditions", "bag_of_conditions", "conditioning", "canvas_conditioning"),
)
WORDS = ("prompt", "caption", "base_prompt", "global_prompt")
"""What programs of other kinds call the words for the whole picture; where regions stand beside them."""

_OWN = (
    *("location", "offset", "area", "distance_to_viewer", "description", "detailed_descriptions", "tags", "atmosphere"),
    *("style", "quality_meta", COLOR, "free_box", "free_rgb", *HELD, "bbox"),
)


def plain(key: str) -> str:
    """A key without what naming styles differ in."""
    return re.sub(r"[^a-z0-9]", "", key.lower())


def key_of(whole: Mapping[str, object], names: Iterable[str]) -> str | None:
    """The key of ``whole`` that is the first of ``names``, in whatever style it is written."""
    keys = {plain(key): key for key in reversed(list(whole))}
    return next((keys[plain(name)] for name in names if plain(name) in keys), None)


def in_calls_names(values: Mapping[str, object], path: str) -> tuple[dict[str, object], list[Correction]]:
    """The values under the names that the calls have for them; what means none of them is left out and noted."""
    named: dict[str, object] = {}
    notes: list[Correction] = []
    sides = _sides(values)
    for key, value in values.items():
        meant = key if key in _OWN else _MEANT.get(plain(key))
        if meant is not None and (meant == key or (meant not in values and meant not in named)):
            named[meant] = by_corners(value) if plain(key) in _IN_CORNERS else value
        elif plain(key) in sides:
            named["bbox"] = sides
        elif isinstance(value, Mapping) and read_rectangle(value) is not None and not _placed(values):
            named["bbox"] = value  # whatever programs call it: a mask, a frame, a zone
        elif plain(key) not in _LISTS:
            notes.append(Correction(0, path + excerpt(key), excerpt(value), "nothing"))
    return named, notes


def _sides(values: Mapping[str, object]) -> dict[str, object]:
    """A rectangle whose numbers stand each by itself; nothing where there is none, or another place is given."""
    if _placed(values):
        return {}
    return sides_among({plain(key): value for key, value in values.items()})


def _placed(values: Mapping[str, object]) -> bool:
    """Whether a place is given under one of its names."""
    return any(_MEANT.get(plain(key)) in {"bbox", "location"} for key in values)


def sides_among(values: Mapping[str, object]) -> dict[str, object]:
    """Those of ``values`` that are a rectangle together; nothing where there is none."""
    numbers = {key: value for key, value in values.items() if key in SIDES}
    return numbers if read_rectangle(numbers) is not None else {}


_MEANT = {plain(name): meant for name, meant in OTHER_NAMES.items()} | {plain(name): name for name in _OWN}
_IN_CORNERS = frozenset(map(plain, CORNERS))
_LISTS = frozenset(map(plain, REGIONS))
