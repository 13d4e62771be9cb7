"""Settings from environment variables: ``OMOST_`` and the key in capitals, two underscores between a table and its key.

``OMOST_RENDER__STEPS=30`` stands for ``steps = 30`` in ``[render]`` and wins over it. Knows how a value is written in a
variable; whether it is a good one, the settings themselves check.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr

from bot.settings.mistakes import did_you_mean
from bot.settings.sections import SECRETS

PREFIX = "OMOST_"
_BETWEEN = "__"

_YES, _NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")

Where = tuple[str, ...]
"""A key with the table it is in."""


@dataclass(frozen=True)
class FromEnvironment:
    """A file's values with those of variables put in, which variable each of those came from, and what is no key."""

    values: dict[str, Any]
    variables: Mapping[Where, str]
    mistakes: tuple[str, ...]


def variable_of(where: Where) -> str:
    """The variable that stands for a key."""
    return PREFIX + _BETWEEN.join(where).upper()


def put_in(found: Mapping[str, Any], environment: Mapping[str, str], settings: type[BaseModel]) -> FromEnvironment:
    """The values of a file, and in their place those that the environment has."""
    keys = {variable_of(where): (where, annotation) for where, annotation in _keys(settings)}
    values, variables, mistakes = dict(found), dict[Where, str](), list[str]()
    for variable, text in sorted(environment.items()):
        if not variable.startswith(PREFIX) or variable in SECRETS or not text:
            continue
        if variable in keys:
            where, annotation = keys[variable]
            _put(values, where, value_of(text, annotation))
            variables[where] = variable
        else:
            mistakes.append(f"{variable}: there is no such setting{did_you_mean(variable, [*keys, *SECRETS])}")
    for variable, where in SECRETS.items():
        if environment.get(variable):
            _put(values, where, environment[variable])
            variables[where] = variable
    return FromEnvironment(values, variables, tuple(mistakes))


def value_of(text: str, annotation: Any) -> object:  # noqa: ANN401 - whatever stands behind a key's colon
    """A variable's text as the file would have it; the text itself where it cannot be that."""
    kinds = [kind for kind in _parts(annotation) if kind is not type(None)]
    if any(kind in {str, SecretStr, Path} or get_origin(kind) is Literal for kind in kinds):
        return text
    if bool in kinds:
        return text.lower() in _YES if text.lower() in (*_YES, *_NO) else text
    if any(get_origin(kind) is tuple for kind in kinds):
        return _array(text, words=str in get_args(kinds[0]))
    return _toml(text, text)


def _array(text: str, *, words: bool) -> object:
    if text.lstrip().startswith("["):
        return _toml(text, text)
    return [each.strip() for each in text.split(",")] if words else _toml(f"[{text}]", text)


def _toml(text: str, otherwise: object) -> object:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):  # no TOML, or a number or depth beyond what can be read
        return otherwise


def _parts(annotation: Any) -> tuple[Any, ...]:  # noqa: ANN401 - as above
    """A union's members, or the one type there is."""
    origin = get_origin(annotation)
    united = origin is Union or str(origin) == "<class 'types.UnionType'>"
    return tuple(part for each in get_args(annotation) for part in _parts(each)) if united else (annotation,)


def _keys(model: type[BaseModel], within: Where = ()) -> list[tuple[Where, Any]]:
    """Every key with its type, those of tables included."""
    found: list[tuple[Where, Any]] = []
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            found += _keys(kind, (*within, name))
        else:
            found.append(((*within, name), kind))
    return found


def _put(values: dict[str, Any], where: Where, value: object) -> None:
    """Put a value in, unless what should be a table is none, which is told then."""
    *tables, key = where
    for name in tables:
        table = values.get(name, {})
        if not isinstance(table, dict):
            return
        values[name] = dict(table)
        values = values[name]
    values[key] = value
