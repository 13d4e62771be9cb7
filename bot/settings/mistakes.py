"""What is wrong with settings, in words that name the key, and never a secret."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bot.settings.sections import SECRETS

_BARE = {"bool_type", "int_type", "float_type"}
"""Mistakes in values that TOML writes without quotes."""
_TOKENS = {section: variable for variable, (section, key) in SECRETS.items() if key == "token"}
_SECRETIVE = {*(section for section, _ in SECRETS.values()), "s3"}
_HIDDEN = {"key", "token", "webhook_secret", "secret_key"}


def mistakes(
    error: ValidationError, settings: type[BaseModel], variables: Mapping[tuple[str, ...], str] = MappingProxyType({})
) -> Iterator[str]:
    """One sentence for each mistake that checking ``settings`` found: the key, what was found, what was expected.

    A key whose value came from a variable of the environment is called by that variable's name.
    """
    for detail in error.errors(include_url=False):
        where = tuple(str(part) for part in detail["loc"])
        name = next((variables[where[:end]] for end in range(len(where), 0, -1) if where[:end] in variables), "")
        quoted = not name and detail["type"] in _BARE and isinstance(detail["input"], str)
        yield f"{name or '.'.join(where)}: {_mistake(where, detail, settings)}{', without quotes' if quoted else ''}"


def _mistake(where: tuple[str, ...], detail: ErrorDetails, settings: type[BaseModel]) -> str:
    if detail["type"] == "extra_forbidden":
        return f"there is no such setting{did_you_mean(where[-1], _keys(settings, where[:-1]))}"
    if detail["type"] == "value_error" and len(where) == 1 and where[0] in _TOKENS:
        return f"there is no token, but enabled is true: set it here or as {_TOKENS[where[0]]}"
    if detail["type"] == "missing":
        return "it is missing"
    if detail["type"] == "model_type" and where[-1].isdigit():
        first, *_ = _keys(settings, where)
        return f"found {_shown(where, detail['input'])}; it should be a table, {{ {first} = … }}"
    if detail["type"] == "model_type":
        return f"found {_shown(where, detail['input'])}; it should be a table, [{where[-1]}]"
    return f"found {_shown(where, detail['input'])}; {expected(detail['msg'])}"


def _keys(model: type[BaseModel], section: tuple[str, ...]) -> list[str]:
    for name in (name for name in section if not name.isdigit()):  # an array's entries are all of one kind
        annotation = model.model_fields[name].annotation
        annotation = get_args(annotation)[0] if get_origin(annotation) is tuple else annotation
        assert isinstance(annotation, type)
        assert issubclass(annotation, BaseModel)
        model = annotation
    return list(model.model_fields)


_PASSWORD = re.compile(r"(?<=:)[^:@/\s]+(?=@)")
"""That of an address: scheme://user:password@host."""


def _shown(where: tuple[str, ...], value: object) -> str:
    """A found value as the user wrote it, except where it may be or hold a token."""
    if where[0] in _SECRETIVE and (len(where) == 1 or where[-1] in _HIDDEN):
        return "no token" if isinstance(value, dict) else "something else"
    return shown(value)


def shown(value: object) -> str:
    """A value as people write it, cut where it is long; of an address without its password."""
    value = list(value) if isinstance(value, tuple) else value  # TOML has arrays
    written = str(value).lower() if isinstance(value, bool) else _PASSWORD.sub("…", repr(value))
    return written if len(written) <= _LONGEST else f"{written[:_LONGEST]}…"


_LONGEST = 200
"""Characters of a value that are shown."""

_IN_WORDS = {
    "Value error, ": "",
    "Input should": "it should",
    "String should have at least 1 character": "it should not be empty",
    "a valid tuple": "an array",
    "a valid dictionary": "a table, { key = value }",
    "an instance of Path": "a path",
    "a valid boolean": "true or false",
    "a valid integer": "a whole number",
    "a valid number": "a number",
    "a valid string": "a text in quotes",
}
"""What pydantic says, for people who know TOML."""


def expected(message: str) -> str:
    """What pydantic says is wrong, in the words of this project."""
    for theirs, ours in _IN_WORDS.items():
        message = message.replace(theirs, ours)
    return message


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A question in brackets where a known word is close, else nothing."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""
