"""JSON as people and models write it: in a fence or among words, with comments and last commas, one object a line.

Nothing is executed: Python's own literals go through ``ast.literal_eval``, which knows nothing else. Knows no canvas.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice

_FENCED = re.compile(r"^(?:```|~~~)[ \t]*(?:\w+[ \t]*)?\n(.*?)^(?:```|~~~)", re.DOTALL | re.MULTILINE)
_NOISE = re.compile(r'("(?:[^"\\\n]|\\.)*")|//[^\n]*|/\*(?:[^*]|\*(?!/))*(?:\*/|$)|,(?=\s*[\]}])')
_BEGINS = re.compile(r"[\[{]")
_LONGEST = 524_288
_TRIES = 8
"""Fences, and places in a text at which JSON may begin, that are tried."""


def json_in(text: str) -> object | None:
    """What the first JSON in a text holds, however loosely it is written; None where there is none."""
    if len(text) > _LONGEST:
        return None
    for part in (text, *(match[1] for match in islice(_FENCED.finditer(text), _TRIES))):
        for read in (json.loads, _lines, _cleaned, _literal):
            if (found := _tried(read, part)) is not None:
                return found
    return next(_embedded(text), None)


def _tried(read: Callable[[str], object], text: str) -> object | None:
    """An object, a list or a text; numbers and the like are none."""
    with suppress(ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
        found = read(text.strip("\ufeff \t\r\n"))
        if isinstance(found, dict | list | str):
            return found
    return None


def _lines(text: str) -> object:
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) < 2:
        raise ValueError
    return [json.loads(line) for line in lines]


def _cleaned(text: str) -> object:
    return json.loads(_NOISE.sub(lambda match: match[1] or "", text))


def _literal(text: str) -> object:
    if not text.startswith(("{", "[")):
        raise ValueError
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # of escapes that mean nothing
        found: object = ast.literal_eval(text)
    return found


def _embedded(text: str) -> Iterator[object]:
    """Objects and lists of objects within words."""
    decoder = json.JSONDecoder()
    for match in islice(_BEGINS.finditer(text), _TRIES):
        with suppress(ValueError, RecursionError):
            found = decoder.raw_decode(text, match.start())[0]
            if isinstance(found, dict) or (isinstance(found, list) and any(isinstance(each, dict) for each in found)):
                yield found
