"""Fonts for labels, and wrapping text with them.

Pillow brings a Latin font along; for what it lacks (Cyrillic, CJK …) fonts that systems commonly have are tried.
"""

from __future__ import annotations

from functools import lru_cache

from PIL import ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

_SYSTEM_FONTS = (
    "NotoSansCJK-Regular.ttc",
    "NotoSansCJKsc-Regular.otf",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "DroidSansFallbackFull.ttf",
    "msyh.ttc",
    "PingFang.ttc",
    "Arial Unicode.ttf",
    "DejaVuSans.ttf",
)
_LONGEST = 300  # characters of a label's text worth measuring


def font_for(text: str, size: int) -> Font:
    """A font of ``size`` pixels that has every character of ``text``, or else the one that lacks the fewest."""
    characters = frozenset(_shown(text)) - {" "}
    best = _default_font(size)
    least = _lacking(best, characters)
    for name in _SYSTEM_FONTS if least else ():
        font = _system_font(name, size)
        if font is not None and (lacking := _lacking(font, characters)) < least:
            best, least = font, lacking
    return best


def wrap(text: str, font: Font, width: float, most: int) -> tuple[str, ...]:
    """``text`` in at most ``most`` lines of at most ``width`` pixels; "…" ends what did not fit.

    Words longer than a line are broken. Empty where there is no text or not room for one letter.
    """
    rest = _shown(text)
    lines: list[str] = []
    while rest and len(lines) < most:
        fits = _fitting(rest, font, width)
        if not fits:
            return tuple(lines)
        if fits < len(rest) and len(lines) == most - 1:
            return (*lines, _ellipsis(rest[:fits], font, width))
        end = fits if fits == len(rest) else rest.rfind(" ", 0, fits + 1)
        end = end if end > 0 else fits
        lines.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return tuple(lines)


def _shown(text: str) -> str:
    printable = "".join(char if char.isprintable() else " " for char in text[:_LONGEST])
    return " ".join(printable.split())


def _fitting(text: str, font: Font, width: float) -> int:
    """How many characters of ``text`` fit in ``width``."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if font.getlength(text[:middle]) <= width:
            low = middle
        else:
            high = middle - 1
    return low


def _ellipsis(text: str, font: Font, width: float) -> str:
    while text and font.getlength(text + "…") > width:
        text = text[:-1]
    return text.rstrip(" .,;:") + "…"


def _lacking(font: Font, characters: frozenset[str]) -> int:
    blank = bytes(font.getmask("\U0010ffff"))  # the box that stands for any missing character
    return sum(bytes(font.getmask(char)) == blank for char in characters)


@lru_cache(maxsize=16)
def _default_font(size: int) -> Font:
    return ImageFont.load_default(size)


@lru_cache(maxsize=64)
def _system_font(name: str, size: int) -> Font | None:
    try:
        return ImageFont.truetype(name, size)
    except OSError:
        return None
