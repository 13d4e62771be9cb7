"""Small rules of English words."""

from __future__ import annotations

import pytest

from omost_pipeline.canvas.wording import article_of, with_articles


@pytest.mark.parametrize("word", "unicorn ufo uniform unit user used ukulele euro utensil one-eyed house dog".split())
def test_a_stands_before_what_sounds_like_a_consonant(word: str) -> None:
    assert article_of(word) == "a"


@pytest.mark.parametrize("word", "apple umbrella hour honest urn uninvited unidentified usher owl onion".split())
def test_an_stands_before_what_sounds_like_a_vowel(word: str) -> None:
    assert article_of(word) == "an"


def test_articles_of_a_text_are_put_right() -> None:
    assert with_articles("A apple and an unicorn by a hour glass") == "An apple and a unicorn by an hour glass"
