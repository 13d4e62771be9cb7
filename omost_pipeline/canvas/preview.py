"""A picture of the layout: each region's box in its colour over the global colour, near over far, with its label.

It exists so that a composition can be judged before anything is rendered, or even written: the region that is being
written is a dashed frame. Knows no models.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from omost_pipeline.canvas.elements import Canvas, Region
from omost_pipeline.canvas.fonts import Font, font_for, wrap
from omost_pipeline.canvas.vocabulary import GRID

_SCALE = 4  # corners are drawn larger and shrunk, to be smooth
_FILL = 0.55  # opacity of a box
_INK = (24, 24, 28)
_PAPER = (255, 255, 255)
_COLUMNS = (0.0, 1.0, 0.5)  # where in its box a label may stand across, in order of preference
_MOST_LINES = 3


@dataclass(frozen=True)
class _Rect:
    left: int
    top: int
    right: int
    bottom: int

    def inset(self, by: int) -> _Rect:
        return _Rect(self.left + by, self.top + by, self.right - by, self.bottom - by)


@dataclass(frozen=True)
class _Label:
    rect: _Rect
    lines: tuple[str, ...]
    font: Font
    region: Region


@dataclass(frozen=True)
class _Sizes:
    """Lengths in pixels, from the picture's shorter side."""

    text: int
    line: int
    border: int
    pad: int

    @classmethod
    def of(cls, width: int, height: int) -> _Sizes:
        side = min(width, height)
        text = max(round(side / 32), 10)
        return cls(text, round(text * 1.25), max(round(side / 220), 1), round(text * 0.4))


def layout_image(canvas: Canvas, width: int, height: int, pending: Region | None = None) -> Image.Image:
    """The layout as an RGB picture of width × height pixels (64 or more each, to be legible).

    ``pending`` is a region that is still being written; it stands before all others.
    """
    size = (width, height)
    sizes = _Sizes.of(*size)
    regions = [*canvas.far_to_near(), *([] if pending is None else [pending])]
    rects = [_rect(region, *size) for region in regions]
    image = Image.new("RGB", size, canvas.scene.rgb)
    for region, rect in zip(regions, rects, strict=True):
        if region is pending:
            _draw_frame(image, region, rect, sizes)
        else:
            _draw_box(image, region, rect, sizes)
    for label in reversed(_place_labels(regions, rects, sizes)):
        _draw_label(image, label, sizes)
    return image


def _rect(region: Region, width: int, height: int) -> _Rect:
    box = region.box
    return _Rect(
        round(box.left * width / GRID),
        round(box.top * height / GRID),
        round(box.right * width / GRID),
        round(box.bottom * height / GRID),
    )


def _draw_box(image: Image.Image, region: Region, rect: _Rect, sizes: _Sizes) -> None:
    """A translucent fill, and a solid border with a thin line of the opposite lightness around it."""
    bounds = (rect.left, rect.top, rect.right, rect.bottom)
    size = (rect.right - rect.left, rect.bottom - rect.top)
    image.paste(region.rgb, bounds, Image.new("L", size, round(255 * _FILL)))
    thin = max(sizes.border // 3, 1)
    if min(rect.right - rect.left, rect.bottom - rect.top) <= 2 * (sizes.border + thin):
        return  # too small for a border
    draw = ImageDraw.Draw(image)
    inner = (rect.left, rect.top, rect.right - 1, rect.bottom - 1)
    draw.rectangle(inner, outline=_contrast(region.rgb), width=thin)
    within = (inner[0] + thin, inner[1] + thin, inner[2] - thin, inner[3] - thin)
    draw.rectangle(within, outline=region.rgb, width=sizes.border)


def _draw_frame(image: Image.Image, region: Region, rect: _Rect, sizes: _Sizes) -> None:
    """A dashed border in the box's colour on a line of the opposite lightness, with nothing in it."""
    draw = ImageDraw.Draw(image)
    thin = max(sizes.border // 3, 1)
    inner = rect.inset(thin + sizes.border)
    if min(inner.right - inner.left, inner.bottom - inner.top) <= 0:
        return
    for start, end in _dashes(inner, 4 * sizes.border):
        draw.line((start, end), fill=_contrast(region.rgb), width=sizes.border + 2 * thin)
        draw.line((start, end), fill=region.rgb, width=sizes.border)


def _dashes(rect: _Rect, length: int) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """The ends of dashes along the edges of ``rect``: each has ``length`` pixels or more, and so have the gaps."""
    for first, last, across in (
        (rect.left, rect.right - 1, True),
        (rect.top, rect.bottom - 1, False),
    ):
        count = max((last - first) // length | 1, 1)  # odd, so that corners are drawn
        ends = [first + (last - first) * number // count for number in range(count + 1)]
        for start, end in zip(ends[::2], ends[1::2], strict=True):
            for edge in (rect.top, rect.bottom - 1) if across else (rect.left, rect.right - 1):
                yield ((start, edge), (end, edge)) if across else ((edge, start), (edge, end))


def _place_labels(regions: Sequence[Region], rects: Sequence[_Rect], sizes: _Sizes) -> list[_Label]:
    """A place for each label in its own box, near ones first; in fewer lines where they would cover each other."""
    tries = []
    for most in range(_MOST_LINES, 0, -1):
        tries.append(_try_labels(regions, rects, sizes, most))
        if not _covered(tries[-1]):
            break
    return min(tries, key=_covered)


def _covered(labels: Sequence[_Label]) -> int:
    """Pixels that two labels share."""
    bounds = _bounds([label.rect for label in labels])
    return int(_overlaps(bounds, bounds).sum() - _areas(bounds).sum()) // 2


def _try_labels(regions: Sequence[Region], rects: Sequence[_Rect], sizes: _Sizes, most: int) -> list[_Label]:
    placed: list[_Label] = []
    for index in reversed(range(len(regions))):  # near ones choose first: their boxes are whole
        options = _options(regions[index], rects[index].inset(sizes.border + sizes.pad), sizes, most)
        if options:
            costs = _costs(options, [label.rect for label in placed], rects[index + 1 :])
            placed.append(options[int(costs.argmin())])
    return placed


def _options(region: Region, room: _Rect, sizes: _Sizes, most_lines: int) -> list[_Label]:
    """The label in ``most_lines`` or fewer, at every place that its box offers; best first."""
    font = font_for(region.description, sizes.text)
    options = []
    for most in range(most_lines, 0, -1):
        lines = wrap(region.description, font, room.right - room.left - 2 * sizes.pad, most)
        if not lines:
            continue
        width = round(max(font.getlength(line) for line in lines)) + 2 * sizes.pad
        height = len(lines) * sizes.line + sizes.pad
        spare_x, spare_y = room.right - room.left - width, room.bottom - room.top - height
        if spare_y < 0:
            continue
        for down, column in product(range(0, spare_y + 1, sizes.line // 2), _COLUMNS):
            left, top = room.left + round(column * spare_x), room.top + down
            options.append(_Label(_Rect(left, top, left + width, top + height), lines, font, region))
    return options


def _costs(options: Sequence[_Label], taken: Sequence[_Rect], nearer: Sequence[_Rect]) -> NDArray[np.float64]:
    """Covering another label is worst; then standing on a nearer box; then losing words to fewer lines."""
    bounds = _bounds([label.rect for label in options])
    areas = _areas(bounds)
    on_labels = _overlaps(bounds, _bounds(taken)) / areas
    on_boxes = np.minimum(_overlaps(bounds, _bounds(nearer)) / areas, 2.0)
    lost = np.array([label.lines[-1].endswith("…") for label in options])
    costs: NDArray[np.float64] = 20 * on_labels + on_boxes + 0.3 * lost
    return costs


def _bounds(rects: Sequence[_Rect]) -> NDArray[np.int64]:
    """Rectangles as rows (left, top, right, bottom)."""
    rows = [(rect.left, rect.top, rect.right, rect.bottom) for rect in rects]
    return np.array(rows, dtype=np.int64).reshape(-1, 4)


def _areas(bounds: NDArray[np.int64]) -> NDArray[np.int64]:
    areas: NDArray[np.int64] = (bounds[..., 2:] - bounds[..., :2]).clip(0).prod(axis=-1)
    return areas


def _overlaps(bounds: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each of ``bounds`` the pixels it shares with ``others``, summed."""
    first = np.maximum(bounds[:, None, :2], others[None, :, :2])
    last = np.minimum(bounds[:, None, 2:], others[None, :, 2:])
    overlaps: NDArray[np.int64] = _areas(np.concatenate((first, last), axis=-1)).sum(axis=1)
    return overlaps


def _draw_label(image: Image.Image, label: _Label, sizes: _Sizes) -> None:
    fill, ink, rect = label.region.rgb, _contrast(label.region.rgb), label.rect
    _draw_rounded(image, rect, sizes.pad, ink)
    thin = max(sizes.border // 3, 1)
    _draw_rounded(image, rect.inset(thin), sizes.pad - thin, fill)
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(label.lines):
        middle = rect.top + sizes.pad / 2 + (number + 0.5) * sizes.line
        draw.text((rect.left + sizes.pad, middle), line, font=label.font, fill=ink, anchor="lm")


def _draw_rounded(image: Image.Image, rect: _Rect, radius: int, colour: tuple[int, int, int]) -> None:
    """A filled rectangle with smooth round corners, which Pillow does not draw."""
    width, height = rect.right - rect.left, rect.bottom - rect.top
    mask = Image.new("L", (width * _SCALE, height * _SCALE))
    bounds = (0, 0, width * _SCALE - 1, height * _SCALE - 1)
    ImageDraw.Draw(mask).rounded_rectangle(bounds, radius * _SCALE, fill=255)
    image.paste(colour, (rect.left, rect.top), mask.reduce(_SCALE))


def _contrast(rgb: tuple[int, int, int]) -> tuple[int, int, int]:
    """Dark ink on light colours and white on dark ones, by relative luminance (WCAG 2)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (value / 255 for value in rgb)]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return _INK if luminance > 0.2 else _PAPER
