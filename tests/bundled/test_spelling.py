"""Typing errors of one letter in English requests."""

from __future__ import annotations

import pytest

from omost_pipeline.bundled.glossary import in_english, is_understood


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("amke the hosue yelow", "make the house yellow"),
        ("a kinght fihgts a dargon", "a knight fights a dragon"),
        ("chagne the background to nihgt", "change the background to night"),
        ("make the cta black", "make the cat black"),
        ("add three baloons", "add three balloons"),
        ("pink umbrela, gren grass", "pink umbrella, green grass"),
    ],
)
def test_one_wrong_letter_in_a_word_of_the_models_is_put_right(said: str, meant: str) -> None:
    assert in_english(said) == meant
    assert is_understood(said)


@pytest.mark.parametrize(
    "words",
    [
        "a boar in the forest",  # not a boat
        "an angel at an angle, plants on a planet",
        "a gloclim",  # nothing is near
        "a wizard with a staf",  # English has likelier words for it that the models do not know
        "Flwoer and Hosue on the beach",  # names
        "fig.png, don't, well-knwon",
    ],
)
def test_what_may_be_meant_as_it_stands_stays(words: str) -> None:
    assert in_english(words) == words
