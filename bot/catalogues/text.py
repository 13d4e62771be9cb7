"""Words as the core hands them on: a message's id in the catalogues and its arguments, not yet in any language.

Plain data; knows no catalogue. What people and models wrote is plain ``str`` and stays as it is.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, init=False)
class Text:
    """A message of the catalogues by its id, with its arguments in the order of their names.

    Numbers are written and counted as the reader's language does it; a ``str`` stays as it is.

    Ids are written out where a text is made, so that a test can compare them with the catalogues.
    """

    id: str
    args: tuple[tuple[str, str | int | float | Text | Named | Lines], ...]

    def __init__(self, id: str, /, **args: str | int | float | Text | Named | Lines) -> None:  # noqa: A002 - it is one
        object.__setattr__(self, "id", id)
        object.__setattr__(self, "args", tuple(sorted(args.items())))


@dataclass(frozen=True)
class Named:
    """A message whose English stands with the thing that it describes, an option say; the other catalogues have it."""

    id: str
    english: str


@dataclass(frozen=True)
class Lines:
    """Several wordings, one below the other, or with another separator between them."""

    parts: tuple[str | Text | Named | Lines, ...]
    separator: str | Text | Named | Lines = "\n"


Wording = str | Text | Named | Lines
"""What is to be said: somebody's own words, or messages that are yet to be put into a language."""


def listed(*parts: Wording) -> Lines:
    """Several things in a row, separated as the reader's language does it."""
    return Lines(parts, Text("list-separator"))


def sentences(*parts: Wording) -> Lines:
    """Sentences that follow each other on one line."""
    return Lines(parts, Text("sentence-separator"))


def to_json(wording: Wording) -> str:
    """A wording for the database; :func:`from_json` reads it."""
    return json.dumps(_plain(wording), ensure_ascii=False)


def from_json(stored: str) -> Wording:
    """A wording that was stored; what is none of :func:`to_json`'s, from before there were ids, is said as it is."""
    try:
        read = _wording(json.loads(stored))
    except (ValueError, TypeError):
        return stored
    return read if isinstance(read, str | Text | Named | Lines) else stored


def _plain(wording: str | float | Text | Named | Lines) -> Any:  # noqa: ANN401 - JSON
    match wording:
        case Text():
            return {"id": wording.id, "args": {name: _plain(value) for name, value in wording.args}}
        case Named():
            return {"id": wording.id, "english": wording.english}
        case Lines():
            return {"lines": [_plain(part) for part in wording.parts], "separator": _plain(wording.separator)}
        case _:
            return wording


def _wording(stored: Any) -> Any:  # noqa: ANN401 - JSON
    match stored:
        case {"id": str(name), "args": dict(args)}:
            return Text(name, **{key: _wording(value) for key, value in args.items()})
        case {"id": str(name), "english": str(english)}:
            return Named(name, english)
        case {"lines": list(parts), "separator": separator}:
            return Lines(tuple(_wording(part) for part in parts), _wording(separator))
        case dict() | list():
            raise ValueError(stored)
        case _:
            return stored
