"""Many pictures as one, numbered as they can be picked: platforms show about ten files with a message.

Pure but for the CPU time it takes: call it on a thread.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw

from bot.turns.provenance import is_marked, png_of
from omost_pipeline.canvas.fonts import font_for

MOST_FILES = 10
"""Pictures that every platform shows with one message; more than these become a sheet."""

_GAP = 8
_PAPER = (24, 24, 28)
_INK = (255, 255, 255)


def contact_sheet(pictures: Sequence[bytes]) -> bytes:
    """Pictures of one size as a PNG: in rows, each with its number, counted from 1, in its corner."""
    read = [Image.open(io.BytesIO(picture)) for picture in pictures]
    images = [each.convert("RGB") for each in read]
    width, height = images[0].size
    count = len(images)
    across = min(range(1, count + 1), key=lambda columns: max(columns * width, -(-count // columns) * height))
    down = -(-count // across)
    sheet = Image.new("RGB", (across * (width + _GAP) + _GAP, down * (height + _GAP) + _GAP), _PAPER)
    draw = ImageDraw.Draw(sheet)
    size = max(round(min(width, height) / 9), 16)
    for number, image in enumerate(images):
        left, top = _GAP + number % across * (width + _GAP), _GAP + number // across * (height + _GAP)
        sheet.paste(image, (left, top))
        label = str(number + 1)
        draw.rounded_rectangle((left, top, left + round(size * 1.6), top + round(size * 1.4)), size // 4, fill=_PAPER)
        middle = (left + round(size * 0.8), top + round(size * 0.7))
        draw.text(middle, label, font=font_for(label, size), fill=_INK, anchor="mm")
    return png_of(sheet, marked=any(map(is_marked, read)))
