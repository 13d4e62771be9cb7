"""Puts a typing error of one letter right in an English request, where that makes a word that the bundled models know.

A word that English has stays as it is (who writes "boar" does not mean a boat), and so does one with a capital letter.
Which words English has is pyspellchecker's list.
"""

from __future__ import annotations

import re
from functools import cache

from spellchecker import SpellChecker

from omost_pipeline.bundled.glossary import french, german, spanish
from omost_pipeline.bundled.glossary.entries import several

_WORD = re.compile(r"(?<![\w'-])[a-z]{3,}(?![\w'-])")


def spelled(words: str) -> str:
    """The request with its typing errors put right."""
    return _WORD.sub(lambda found: _right(found[0]), words)


def _right(word: str) -> str:
    if word in known_words() or word in _english():
        return word
    if len(word) == 3:  # so short a word is only taken for one of the same letters
        swapped = (word[1] + word[0] + word[2], word[0] + word[2] + word[1])
        return next((each for each in swapped if each in known_words()), word)
    near = sorted(each for each in _english().edit_distance_1(word) if each in known_words() or each in _english())
    likeliest = max(near, key=_english().word_usage_frequency, default=word)
    return likeliest if likeliest in known_words() else word


def is_odd(word: str) -> bool:
    """Whether hardly anybody means a word as it stands: "ballon" is one, too."""
    return word not in known_words() and _english().word_usage_frequency(word) < _RARE


_RARE = 1e-6
"""Of all words that people write."""


@cache
def _english() -> SpellChecker:
    return SpellChecker(language="en", distance=1)


@cache
def known_words() -> frozenset[str]:
    """What the glossaries lead to, of one and of several."""
    led_to = french.SPEECH.english | german.SPEECH.english | spanish.SPEECH.english
    return led_to | frozenset(several(word) for word in led_to)
