"""Emoji that stand for a thing are read as nouns, the others as what they are: moods."""

from __future__ import annotations

import time

import pytest

from omost_pipeline.bundled.glossary import in_english
from omost_pipeline.bundled.glossary.emoji import in_words


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("🐕 instead of the cat", "a dog instead of the cat"),
        ("add a 🌳", "add a tree"),
        ("add an old ⛵️ and 🐙", "add an old boat and an octopus"),
        ("a red 🏠 with a 🚗 in front", "a red house with a car in front"),
        ("🐕🌳", "a dog and a tree"),
        ("🎈🎈🎈", "three balloons"),
        ("remove the 🐈!", "remove the cat!"),
        ("👩‍🚀 on the 🌙", "an astronaut on the moon"),
        ("a 👧🏽 and a 🐶", "a girl and a dog"),
        ("make it blue ❤️", "make it blue"),
        ("make the 🏠 blue 👍", "make the house blue"),
        ("love it 😍😍", "love it"),
        ("a cat 🐱 and a dog", "a cat and a dog"),
        ("add a cat", "add a cat"),
        ("", ""),
    ],
)
def test_emoji_are_nouns_where_a_noun_fits(words: str, said: str) -> None:
    assert in_words(words) == said


@pytest.mark.parametrize(
    ("words", "english"),
    [("ajoute un 🌳", "add a tree"), ("把🐶去掉", "remove the dog"), ("entferne den 🐕", "remove the dog")],
)
def test_they_are_nouns_in_every_language(words: str, english: str) -> None:
    assert in_english(words) == english


def test_many_of_them_take_no_time() -> None:
    begun = time.process_time()
    in_words("🐕🌳 " * 2000)
    in_words("👩‍🚀" * 4000)
    assert time.process_time() - begun < 20.0
