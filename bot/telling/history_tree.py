"""A conversation's turns as pictures: the tree with its branches on one sheet, and the way to one turn as a film.

Pure but for the CPU time it takes: call it on a thread.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from bot.turns.provenance import XMP, is_marked, png_of
from omost_pipeline.canvas.fonts import font_for

MOST_TURNS = 24
"""Turns that are shown, the newest: what platforms can offer in one menu, with room for one entry more."""

_SIDE = 132
_GAP = 30
_PAPER = (24, 24, 28)
_LINE = (120, 120, 132)
_HEAD = (255, 140, 105)
_INK = (255, 255, 255)
_FRAME_MS = 1_100
_FILM_SIDE = 512
_FILM_BYTES = 8_000_000


@dataclass(frozen=True)
class Leaf:
    """A turn on the sheet: its number as people choose it, the turn that it came from, its picture as a file."""

    id: str
    parent: str | None
    number: int
    picture: bytes | None


def tree_sheet(leaves: Sequence[Leaf], head: str | None) -> bytes:
    """The tree as a PNG, first turns on the left, a branch on a row of its own; ``head`` is framed.

    ``leaves`` stand in the order in which they were made, so that each comes after its parent.
    """
    places = places_of(leaves)
    columns = max(column for column, _ in places.values()) + 1
    rows = max(row for _, row in places.values()) + 1
    step = _SIDE + _GAP
    sheet = Image.new("RGB", (columns * step + _GAP, rows * step + _GAP), _PAPER)
    draw = ImageDraw.Draw(sheet)
    for leaf in leaves:
        if leaf.parent is not None and leaf.parent in places:
            _draw_line(draw, places[leaf.parent], places[leaf.id])
    marked = False
    for leaf in leaves:
        column, row = places[leaf.id]
        picture = Image.open(io.BytesIO(leaf.picture)) if leaf.picture is not None else None
        marked = marked or (picture is not None and is_marked(picture))
        corner = _GAP + column * step, _GAP + row * step
        _draw_leaf(sheet, draw, leaf.number, picture, corner, is_head=leaf.id == head)
    return png_of(sheet, marked=marked)


def places_of(leaves: Sequence[Leaf]) -> Mapping[str, tuple[int, int]]:
    """Column and row of each turn: right of its parent, the first child on the parent's row, others on new ones."""
    places: dict[str, tuple[int, int]] = {}
    continued: set[str] = set()
    rows = 0
    for leaf in leaves:
        parent = leaf.parent if leaf.parent in places else None
        column = places[parent][0] + 1 if parent is not None else 0
        if parent is not None and parent not in continued:
            continued.add(parent)
            row = places[parent][1]
        else:
            row, rows = rows, rows + 1
        places[leaf.id] = column, row
    return places


def spots_of(parents: Mapping[str, str | None]) -> dict[str, tuple[float, float, float, float]]:
    """Where each turn is seen on the sheet: left, top, right and bottom, as shares of its sides."""
    places = places_of([Leaf(turn, parent, 0, None) for turn, parent in parents.items()])
    step = _SIDE + _GAP
    width, height = ((max(place[axis] for place in places.values()) + 1) * step + _GAP for axis in (0, 1))
    corners = {turn: (_GAP + column * step, _GAP + row * step) for turn, (column, row) in places.items()}
    return {
        turn: (left / width, top / height, (left + _SIDE) / width, (top + _SIDE) / height)
        for turn, (left, top) in corners.items()
    }


def film(pictures: Sequence[bytes]) -> bytes:
    """The pictures one after the other as an animated WebP that plays for ever, within 512 pixels and 8 MB.

    Raises:
        ValueError: for fewer than two pictures.
    """
    if len(pictures) < 2:
        raise ValueError("a film has at least two pictures")
    read = [Image.open(io.BytesIO(picture)) for picture in pictures]
    xmp = XMP.encode() if any(map(is_marked, read)) else b""
    frames = [each.convert("RGB") for each in read]
    side = min(max(max(frame.size) for frame in frames), _FILM_SIDE)
    scale = side / max(frames[-1].size)
    size = round(frames[-1].width * scale), round(frames[-1].height * scale)
    shown = [frame.resize(size, Image.Resampling.LANCZOS) for frame in frames]
    for quality in (90, 70, 45, 20):
        file = io.BytesIO()
        durations = [_FRAME_MS] * (len(shown) - 1) + [2 * _FRAME_MS]
        shown[0].save(
            file,
            format="WEBP",
            save_all=True,
            append_images=shown[1:],
            duration=durations,
            loop=0,
            quality=quality,
            method=4,
            xmp=xmp,
        )
        if file.tell() <= _FILM_BYTES:
            break
    return file.getvalue()


def _draw_line(draw: ImageDraw.ImageDraw, start: tuple[int, int], end: tuple[int, int]) -> None:
    step, middle = _SIDE + _GAP, _SIDE // 2
    x, y = _GAP + start[0] * step + _SIDE, _GAP + start[1] * step + middle
    to_x, to_y = _GAP + end[0] * step, _GAP + end[1] * step + middle
    bend = x + (_GAP // 2)
    draw.line([(x, y), (bend, y), (bend, to_y), (to_x, to_y)], fill=_LINE, width=3, joint="curve")


def _draw_leaf(
    sheet: Image.Image,
    draw: ImageDraw.ImageDraw,
    number: int,
    picture: Image.Image | None,
    corner: tuple[int, int],
    *,
    is_head: bool,
) -> None:
    left, top = corner
    frame = (left - 4, top - 4, left + _SIDE + 3, top + _SIDE + 3)
    draw.rounded_rectangle(frame, 8, fill=_PAPER, outline=_HEAD if is_head else _LINE, width=4 if is_head else 2)
    if picture is not None:
        small = picture.convert("RGB")
        small.thumbnail((_SIDE, _SIDE), Image.Resampling.LANCZOS)
        sheet.paste(small, (left + (_SIDE - small.width) // 2, top + (_SIDE - small.height) // 2))
    label = str(number)
    draw.rounded_rectangle((left, top, left + 34, top + 28), 6, fill=_PAPER)
    draw.text((left + 17, top + 14), label, font=font_for(label, 20), fill=_INK, anchor="mm")
