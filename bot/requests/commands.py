"""From the text of a message to what is wanted. Pure; knows no conversation, so a first request is like an edit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.requests.courtesies import calls_for_help, is_greeting, is_thanks
from bot.requests.describing import asks_to_describe
from bot.turns.styles import REQUEST_OPTIONS
from bot.turns.typed import typed_option
from omost_pipeline.renderer.option import DrawingOption


class Wish(StrEnum):
    """What a message wants."""

    SAY = "say"
    IMAGINE = "imagine"
    EDIT = "edit"
    UNDO = "undo"
    CANCEL = "cancel"
    CANVAS = "canvas"
    LAYOUT = "layout"
    CHANGES = "changes"
    REDRAW = "redraw"
    VARY = "vary"
    HISTORY = "history"
    COMPARE = "compare"
    EXPORT = "export"
    ENHANCE = "enhance"
    QUEUE = "queue"
    SETTINGS = "settings"
    HELP = "help"
    ADMIN = "admin"
    FORGET = "forget"
    REPORT = "report"
    CHARACTER = "character"
    DESCRIBE = "describe"
    HELLO = "hello"
    THANKS = "thanks"
    NOTHING = "nothing"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Command:
    """A wish and its words: what to draw, whose settings, or the name of an unknown command or option.

    ``options`` are those given in the text, by name; what their values mean is :mod:`bot.requests.options`' business.
    """

    wish: Wish
    words: str = ""
    options: Mapping[str, str] = field(default_factory=dict)


_STRANGE = re.compile(r"(?:^|\s)(--[a-z][\w-]*)", re.IGNORECASE)


_COMMANDS = {
    "imagine": Wish.IMAGINE,
    "edit": Wish.EDIT,
    "undo": Wish.UNDO,
    "cancel": Wish.CANCEL,
    "canvas": Wish.CANVAS,
    "code": Wish.CANVAS,
    "layout": Wish.LAYOUT,
    "changes": Wish.CHANGES,
    "redraw": Wish.REDRAW,
    "vary": Wish.VARY,
    "history": Wish.HISTORY,
    "compare": Wish.COMPARE,
    "export": Wish.EXPORT,
    "enhance": Wish.ENHANCE,
    "queue": Wish.QUEUE,
    "settings": Wish.SETTINGS,
    "help": Wish.HELP,
    "admin": Wish.ADMIN,
    "forget": Wish.FORGET,
    "report": Wish.REPORT,
    "character": Wish.CHARACTER,
    "describe": Wish.DESCRIBE,
    "start": Wish.HELP,
}


def clean(text: str) -> str:
    """The text with what no file could hold (lone surrogates, NUL) as question marks."""
    return text.encode("utf-8", "replace").decode().replace("\0", "?")


def read_command(text: str, options: Iterable[DrawingOption[Any]] = REQUEST_OPTIONS) -> Command:
    """What a message wants. ``/name@bot words`` is a command, ``// …`` is nothing, anything else are words to draw.

    Requests may hold ``options``, as in ``--size wide a harbour``; ``/edit words`` is the same as the words.
    """
    message = clean(text).strip()
    if message.startswith("//"):
        return Command(Wish.NOTHING)
    if not message.startswith("/"):
        return _said(message, typed_option(options))
    name, *rest = message.split(maxsplit=1)
    words = rest[0] if rest else ""
    wish = _COMMANDS.get(name[1:].partition("@")[0].lower())
    if wish is None:
        return Command(Wish.UNKNOWN, name[:32])
    if wish not in (Wish.IMAGINE, Wish.EDIT):
        return Command(wish, words)
    return _request(wish, words, typed_option(options))


def _said(message: str, option: re.Pattern[str]) -> Command:
    """Words to draw, and what is asked for besides, unless they are what people say to each other."""
    if option.search(message):
        return _request(Wish.EDIT, message, option)
    if calls_for_help(message):
        return Command(Wish.HELP)
    if asks_to_describe(message):
        return Command(Wish.DESCRIBE, message)
    if is_greeting(message):
        return Command(Wish.HELLO, message)
    return Command(Wish.THANKS if is_thanks(message) else Wish.SAY, message)


def _request(wish: Wish, text: str, option: re.Pattern[str]) -> Command:
    """A request's words without the options that stand among them."""
    options = {found[1].lower(): (found[2] or "").strip('"“”') for found in option.finditer(text)}
    words = option.sub("", text).strip() if options else text
    strange = _STRANGE.search(words)
    if strange is not None:
        return Command(Wish.UNKNOWN, strange[1][:32])
    return Command(Wish.SAY if wish is Wish.EDIT and words else wish, words, options)
