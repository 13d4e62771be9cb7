"""Puts messages into words: one Fluent file (``en.ftl``) for each language, which translators edit.

A language is a file, and nothing else lists them. Knows the files beside it; knows no platform and no message's
purpose.
"""

from __future__ import annotations

import logging
from functools import cache, lru_cache
from pathlib import Path

from fluent.runtime import FluentBundle, FluentResource

from bot.catalogues.text import Lines, Named, Text, Wording

logger = logging.getLogger(__name__)

DEFAULT = "en"
"""The language of those whose own is unknown, and of what another catalogue lacks."""

_FOLDER = Path(__file__).parent


@cache
def languages() -> tuple[str, ...]:
    """The languages there are catalogues for, as tags such as ``fr``."""
    return tuple(sorted(file.stem for file in _FOLDER.glob("*.ftl")))


@lru_cache(maxsize=256)  # tags come from outside
def language_for(tag: str) -> str:
    """The language of the catalogues that serves somebody with the tag ``tag``: ``zh-TW`` is served by ``zh``."""
    parts = tag.lower().replace("_", "-").split("-")
    prefixes = ("-".join(parts[:end]) for end in range(len(parts), 0, -1))
    return next((prefix for prefix in prefixes if prefix in languages()), DEFAULT)


def say(wording: Wording, tag: str = "") -> str:
    """What is to be said, in the language that serves the tag ``tag``; somebody's own words as they are.

    Raises:
        KeyError: if no catalogue has the message; tests see to it that all have each.
    """
    match wording:
        case str():
            return wording
        case Named():
            language = language_for(tag)
            return (
                _formatted(wording.id, {}, language) if _bundle(language).has_message(wording.id) else wording.english
            )
        case Lines():
            return say(wording.separator, tag).join(say(part, tag) for part in wording.parts)
        case Text():
            args = {
                name: value if isinstance(value, str | int | float) else say(value, tag) for name, value in wording.args
            }
            return _formatted(wording.id, args, language_for(tag))


def _formatted(name: str, args: dict[str, str | int | float], language: str) -> str:
    bundle = _bundle(language)
    if not bundle.has_message(name) and language != DEFAULT:
        return _formatted(name, args, DEFAULT)
    pattern = bundle.get_message(name).value
    if pattern is None:
        raise KeyError(name)
    words, errors = bundle.format_pattern(pattern, args)
    for error in errors:  # a translator's slip should not cost somebody their answer
        logger.error("%s.ftl, %s: %r", language, name, error)
    return str(words)


@cache
def _bundle(language: str) -> FluentBundle:
    # Isolating marks around arguments are for mixed writing directions; in plain text some platforms show them.
    bundle = FluentBundle([language], use_isolating=False)
    bundle.add_resource(FluentResource((_FOLDER / f"{language}.ftl").read_text(encoding="utf-8")))
    return bundle
