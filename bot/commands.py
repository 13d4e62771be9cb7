"""From the text of a message to what is wanted. Pure; knows no conversation, so a first request is like an edit."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Wish(StrEnum):
    """What a message wants."""

    SAY = "say"
    IMAGINE = "imagine"
    EDIT = "edit"
    UNDO = "undo"
    CANCEL = "cancel"
    CANVAS = "canvas"
    LAYOUT = "layout"
    QUEUE = "queue"
    HELP = "help"
    NOTHING = "nothing"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Command:
    """A wish and its words: what to draw, or the name of an unknown command."""

    wish: Wish
    words: str = ""


_COMMANDS = {
    "imagine": Wish.IMAGINE,
    "edit": Wish.EDIT,
    "undo": Wish.UNDO,
    "cancel": Wish.CANCEL,
    "canvas": Wish.CANVAS,
    "code": Wish.CANVAS,
    "layout": Wish.LAYOUT,
    "queue": Wish.QUEUE,
    "help": Wish.HELP,
    "start": Wish.HELP,
}


def clean(text: str) -> str:
    """The text with what no file could hold (lone surrogates, NUL) as question marks."""
    return text.encode("utf-8", "replace").decode().replace("\0", "?")


def read_command(text: str) -> Command:
    """What a message wants. ``/name@bot words`` is a command, ``// …`` is nothing, anything else are words to draw."""
    message = clean(text).strip()
    if message.startswith("//"):
        return Command(Wish.NOTHING)
    if not message.startswith("/"):
        return Command(Wish.SAY, message)
    name, *rest = message.split(maxsplit=1)
    words = rest[0] if rest else ""
    wish = _COMMANDS.get(name[1:].partition("@")[0].lower())
    if wish is None:
        return Command(Wish.UNKNOWN, name[:32])
    return Command(Wish.SAY if wish is Wish.EDIT and words else wish, words)
