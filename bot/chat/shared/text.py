"""Words as every platform shows them: cut to a length, and how far a picture is. Pure."""

from __future__ import annotations

from collections.abc import Callable

_BAR = 12


def shorten(text: str, most: int, length: Callable[[str], int] = len) -> str:
    """A text on one line of at most ``most`` units, as ``length`` counts them; what does not fit ends in ``…``."""
    line = " ".join(text.split())
    return line if length(line) <= most else f"{beginning(line, most - 1, length).rstrip()}…"


def beginning(text: str, most: int, length: Callable[[str], int] = len) -> str:
    """As many of a text's first characters as fit ``most`` units."""
    end = min(len(text), most)
    while length(text[:end]) > most:
        end -= max(1, (length(text[:end]) - most) // 2)
    return text[:end]


def bar(progress: float) -> str:
    """How far it is (0…1), as a row of blocks."""
    share = min(max(progress, 0.0), 1.0)
    full = round(share * _BAR)
    return f"{'▰' * full}{'▱' * (_BAR - full)} {share:.0%}"
