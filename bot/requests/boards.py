"""A canvas taken in hand: what a page needs to show its regions as boxes, and the canvas that comes of moved ones.

Pure. The form is JSON: boxes in cells of the grid, colours as ``#rrggbb``. What was done is also put in words, as
somebody would have asked for it, because the composer reads them later.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import astuple, replace

from bot.catalogues.text import Text
from bot.requests.limits import InputError, Limits, check_words
from bot.requests.regions import (
    FARTHEST,
    USUAL,
    Change,
    added,
    blank,
    changed_in_words,
    held,
    name_in_sentence,
    recolored,
)
from bot.telling import refusals, replies
from omost_pipeline.canvas.elements import Canvas, Region, colored, placed_at
from omost_pipeline.canvas.fields import MAX_REGIONS
from omost_pipeline.canvas.keywords import HELD
from omost_pipeline.canvas.vocabulary import AREAS, COLORS, GRID, LOCATIONS, METHODS, OFFSETS, Box, Rgb, box
from omost_pipeline.renderer.layered.openraster import LayersError, unpack_shown

_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_LEAST = 1.0
"""Cells of the grid that a box has at least on each side."""
_MOST_JSON = 500_000


def board_json(canvas: Canvas, turn: str, newest: str, size: tuple[int, int]) -> str:
    """What a page shows of a canvas. ``size`` is the picture's in pixels, ``newest`` its place's newest turn."""
    named = sorted({astuple(box(place, offset, area)) for place in LOCATIONS for offset in OFFSETS for area in AREAS})
    regions = [
        {
            "key": str(number),
            "box": astuple(region.box),
            "nearness": region.distance_to_viewer,
            "description": region.description,
            "color": _hex(region.rgb),
            "negative": region.negative,
            "method": region.method or USUAL,
            "strength": "" if region.strength is None else f"{region.strength:g}",
            "reference": region.reference,
            "control": region.control,
        }
        for number, region in enumerate(canvas.regions)
    ]
    board = {
        "turn": turn,
        "newest": newest,
        "width": size[0],
        "height": size[1],
        "grid": GRID,
        "most": MAX_REGIONS,
        "scene": {"description": canvas.scene.description, "color": _hex(canvas.scene.rgb)},
        "regions": regions,
        "named": named,
        "methods": [USUAL, *METHODS],
        "colors": {name: _hex(rgb) for name, rgb in COLORS.items()},
    }
    return json.dumps(board, ensure_ascii=False)


def cut_outs_json(canvas: Canvas, layers: bytes) -> str:
    """A picture's layers as a page shows them: what is behind all things, and each thing with its key and its place.

    ``wider`` and ``taller`` say what became of its region's box since it was drawn, as shares.

    Raises:
        LayersError: if they cannot be read, or are another canvas's.
    """
    stack, (behind, *shown) = unpack_shown(layers)
    order = canvas.painting_order()
    if len(order) != len(shown):
        raise LayersError(f"{len(shown)} layers are not those of {len(order)} regions")
    across, down = GRID / stack.size[0], GRID / stack.size[1]
    things = []
    for number, layer, content in zip(order, stack.layers, shown, strict=True):
        left, top, width, height = layer.frame
        place = left * across, top * down, (left + width) * across, (top + height) * down
        pose = {"wider": layer.pose.wider, "taller": layer.pose.taller}
        if not layer.is_empty:
            things.append({"key": str(number), "box": place, **pose, "image": _data_url(content)})
    return json.dumps({"behind": _data_url(behind), "things": things})


def _data_url(png: bytes) -> str:
    return f"data:image/png;base64,{b64encode(png).decode()}"


def canvas_from_board(canvas: Canvas, text: str, limits: Limits) -> Change:
    """The canvas after a page's regions, a JSON list in their order, have taken the place of its own.

    Raises:
        InputError: if the list is none, names a value that cannot be used, or nothing is different.
    """
    entries = _entries(text)
    kept: dict[int, Region] = {}
    new: list[Region] = []
    for entry in entries:
        number = _number(entry.get("key"), canvas)
        if number is None:
            new.append(_region(blank(canvas), entry, limits))
        else:
            kept[number] = _region(canvas.regions[number], entry, limits)
    said = [
        changed_in_words(old, kept[number]) if number in kept else f"remove {name_in_sentence(old)}"
        for number, old in enumerate(canvas.regions)
        if kept.get(number) != old
    ]
    said += [added(region) for region in new]
    after = replace(canvas, regions=(*(kept[number] for number in sorted(kept)), *new))
    if after == canvas:
        raise InputError(replies.UNCHANGED)
    return Change(after, check_words("; ".join(said)[: limits.words], limits))


def _entries(text: str) -> list[Mapping[str, object]]:
    try:
        entries = json.loads(text) if len(text) <= _MOST_JSON else None
    except (ValueError, RecursionError):
        entries = None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise InputError(replies.BAD_FORM)
    if len(entries) > MAX_REGIONS:
        raise InputError(refusals.too_many_regions(MAX_REGIONS))
    keys = [entry["key"] for entry in entries if entry.get("key")]
    if len({str(key) for key in keys}) < len(keys):
        raise InputError(replies.BAD_FORM)
    return entries


def _number(key: object, canvas: Canvas) -> int | None:
    """A region's place in the canvas; None for a new one, whose key is empty."""
    if not key:
        return None
    if isinstance(key, str) and key.isascii() and key.isdecimal() and len(key) < 4 and int(key) < len(canvas.regions):
        return int(key)
    raise InputError(replies.UNKNOWN_REGION)


def _region(old: Region, entry: Mapping[str, object], limits: Limits) -> Region:
    description = entry.get("description", old.description)
    if not isinstance(description, str) or not description.strip():
        raise InputError(replies.NO_DESCRIPTION)
    place = _box(entry.get("box"), old)
    region = old if place == old.box else placed_at(old, place)
    region = replace(region, distance_to_viewer=_distance(entry.get("nearness", old.distance_to_viewer)))
    region = _held(region, entry, limits)
    rgb = _rgb(entry.get("color", _hex(old.rgb)))
    if rgb != old.rgb:
        region = colored(region, rgb)
    if (words := check_words(description, limits)) != old.description.strip():
        return replace(region, description=words, detailed_descriptions=(), tags="")  # they told of another thing
    return recolored(region, old.color) if region.color != old.color else region


def _held(region: Region, entry: Mapping[str, object], limits: Limits) -> Region:
    """The region with what the page says of how it is held; what it does not say stays."""
    said = {name: entry[name] for name in HELD if name in entry}
    if not all(isinstance(value, str) for value in said.values()):
        raise InputError(replies.BAD_FORM)
    return held(region, {name: str(value).strip() for name, value in said.items()}, limits)


def _box(value: object, old: Region) -> Box:
    if value is None:
        return old.box
    if not isinstance(value, list) or len(value) != 4 or not all(_is_number(each) for each in value):
        raise InputError(Text("canvas-bad-box", value=str(value)[:40]))
    if tuple(value) == astuple(old.box):
        return old.box
    left, top, right, bottom = (min(max(round(float(each), 3), 0.0), float(GRID)) for each in value)
    if right - left < _LEAST or bottom - top < _LEAST:
        raise InputError(Text("canvas-bad-box", value=", ".join(f"{float(each):g}" for each in value)))
    return Box(*(int(each) if each.is_integer() else each for each in (left, top, right, bottom)))


def _distance(value: object) -> float:
    if not _is_number(value) or not 0 < float(str(value)) <= FARTHEST:
        raise InputError(refusals.no_distance(str(value)[:40], FARTHEST))
    return float(str(value))


def _rgb(value: object) -> Rgb:
    if not isinstance(value, str) or _COLOR.fullmatch(value) is None:
        raise InputError(refusals.no_color(str(value)[:40]))
    return int(value[1:3], 16), int(value[3:5], 16), int(value[5:7], 16)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9


def _hex(rgb: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*rgb)
