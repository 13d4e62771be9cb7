"""What the bot says where something that was entered or asked for cannot be had: names the value and says what can.

Pure: ids of the catalogues and their arguments; the other words are in :mod:`bot.telling.replies`.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.catalogues.text import Text, Wording, listed
from bot.telling.lines import shortened

_ENTERED = 40


def too_long(length: int, most: int) -> Text:
    """The words of a request are too long, in characters."""
    return Text("refused-too-long", length=length, most=most)


def file_too_large(name: str, size: int, most: int) -> Text:
    """A file has too many bytes to hold a canvas."""
    return Text("refused-file-too-large", name=_entered(name), size=round(size / 2**20, 1), most=most / 2**20)


def no_size(text: str) -> Text:
    """What was entered is neither a size nor a shape."""
    return Text("refused-no-size", entered=_entered(text))


def side_out_of_range(side: int, shortest: int, longest: int) -> Text:
    """A side of a picture is too short or too long, in pixels."""
    return Text("refused-side", side=str(side), shortest=str(shortest), longest=str(longest))


def no_number(text: str, name: str, bounds: tuple[float, float], *, whole: bool) -> Text:
    """What was entered is no number that the option ``name`` can have."""
    low, high = (f"{bound:.10g}" for bound in bounds)
    if whole:
        return Text("refused-no-whole-number", entered=_entered(text), option=name, low=low, high=high)
    return Text("refused-no-number", entered=_entered(text), option=name, low=low, high=high)


def unknown_choice(name: str, text: str, known: Sequence[str]) -> Text:
    """What was entered is none of the choices of the option ``name``."""
    return Text("refused-unknown-choice", option=name, entered=_entered(text), known=listed(*known))


def text_too_long(label: Wording, length: int, most: int) -> Text:
    """The text of an option is too long, in characters."""
    return Text("refused-text-too-long", option=label, length=length, most=most)


def already_large(width: int, height: int, most: int) -> Text:
    """A picture cannot be made larger still."""
    return Text("refused-already-large", size=size(width, height), most=str(most))


def no_choice(text: str, field: Wording, known: Sequence[Wording]) -> Text:
    """What was entered is none of a field's choices."""
    return Text("refused-no-choice", entered=_entered(text), field=field, known=listed(*known))


def no_color(text: str) -> Text:
    """There is no such colour."""
    return Text("refused-no-color", entered=_entered(text))


def no_distance(text: str, most: float) -> Text:
    """What was entered is no distance."""
    return Text("refused-no-distance", entered=_entered(text), most=most)


def too_many_regions(most: int) -> Text:
    """The canvas is full."""
    return Text("refused-too-many-regions", most=most)


def unknown_scope(text: str) -> Text:
    """There are no such settings."""
    return Text("refused-unknown-scope", entered=_entered(text))


def size(width: int, height: int) -> str:
    """Width and height as people write them."""
    return f"{width} × {height}"


def _entered(text: str) -> str:
    return shortened(text, _ENTERED)
