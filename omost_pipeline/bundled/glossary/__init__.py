"""Requests in French, Chinese, German and Spanish, put into the English that the bundled composer was trained on.

A glossary of the small world and a few rules of word order, no more: words it lacks stay as they were said. Whatever
goes beyond is for the full profiles, whose composers read these languages themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from types import MappingProxyType
from typing import Literal

from omost_pipeline.bundled.glossary import french, german, spanish
from omost_pipeline.bundled.glossary.chinese import from_chinese, is_chinese
from omost_pipeline.bundled.glossary.emoji import in_words
from omost_pipeline.bundled.glossary.entries import Speech
from omost_pipeline.bundled.glossary.first_words import (
    NOBODY,
    Carrying,
    of_anybody,
    place_alone,
    with_carried,
    without_absent,
    without_deeds,
    without_parts,
)
from omost_pipeline.bundled.glossary.next_words import adds, next_words
from omost_pipeline.bundled.glossary.places import with_known_places
from omost_pipeline.bundled.glossary.spelling import spelled
from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.composer.protocol import ComposeOptions, Composer, Turn, Written

Language = Literal["en", "fr", "zh", "de", "es"]

_TOO_LONG = re.compile(r"([A-Za-zÀ-ɏ]{18})[A-Za-zÀ-ɏ]+")
"""A word that a small model cannot spell: it loses its way in it, and the picture's other things with that."""

_SPEECHES: dict[Language, Speech] = {"fr": french.SPEECH, "de": german.SPEECH, "es": spanish.SPEECH}


def language_of(words: str) -> Language:
    """The language of a request: Chinese by its characters, others by their words, otherwise English."""
    words = in_words(words)
    if is_chinese(words):
        return "zh"
    found = {language: speech.evidence(words) for language, speech in _SPEECHES.items()}
    likeliest = max(found, key=lambda language: found[language])
    return likeliest if found[likeliest] else "en"


def in_english(words: str) -> str:
    """The request in English, as far as the glossary goes; of an English one typing errors are put right."""
    words = in_words(words)
    match language_of(words):
        case "zh":
            return from_chinese(words)
        case "fr":
            return french.from_french(words)
        case "de":
            return german.from_german(words)
        case "es":
            return spanish.from_spanish(words)
        case "en":
            return spelled(words)


def is_understood(words: str) -> bool:
    """Whether all of a request could be put into English."""
    language, english = language_of(words), in_english(words)
    if language == "en":
        return True
    return not is_chinese(english) if language == "zh" else not _SPEECHES[language].is_left_over(words, english)


class Translated:
    """A composer that reads English, made to read the glossary's languages too. One that knows ``things`` and no deeds
    reads of who does what with what the things; one that does reads of what is carried. ``places`` are the replies to
    requests for a place alone. What is to come is asked for with its groups named ``apart``."""

    def __init__(
        self,
        composer: Composer,
        things: AbstractSet[str] = frozenset(),
        places: Mapping[str, str] = MappingProxyType({}),
        carrying: Carrying = NOBODY,
        apart: Callable[[str], str] = str,
    ) -> None:
        self._composer = composer
        self._things = things
        self._places = places
        self._carrying = carrying
        self._apart = apart

    def compose(
        self, history: Sequence[Turn], words: str, options: ComposeOptions
    ) -> Generator[str, None, Written | None]:
        """As the composer's own; see :class:`Composer`."""
        canvases = [turn.canvas for turn in history]
        known = [replace(turn, words=self._english(turn.words, canvases[:now])) for now, turn in enumerate(history)]
        asked = self._english(words, canvases)
        place = None if history else place_alone(asked, self._places)
        if place is None:
            return (yield from self._composer.compose(known, asked, options))
        yield self._places[place]  # a world of things was never taught what is empty
        return None

    def _english(self, words: str, canvases: Sequence[Canvas]) -> str:
        there = " ".join(region.description for region in canvases[-1].regions) if canvases else ""
        english = with_known_places(_TOO_LONG.sub(r"\1", in_english(words)), there)
        if canvases:
            edit = next_words(english, canvases)
            return self._apart(edit) if adds(edit) else edit
        english = self._apart(english)
        english = with_carried(without_parts(of_anybody(without_absent(english))), self._carrying)
        return without_deeds(english, self._things) if self._things else english
