"""Places and times are called as the bundled composer was taught to call them."""

from __future__ import annotations

import time

import pytest

from omost_pipeline.bundled.glossary.places import TAUGHT, with_known_places
from omost_pipeline.world.lexicon import MORE_WHERE, PLACE, WHERE


@pytest.mark.parametrize(
    ("words", "things", "wanted"),
    [
        ("A cat At the Seaside of course", "", "A cat on the beach of course"),
        ("a knight in the middle of a city", "", "a knight in the city"),
        ("a knight in the middle of a city of gold", "", "a knight in the middle of a city of gold"),
        ("at midnight, an owl", "", "at night, an owl"),
        ("a red car inside the house", "", "a red car in a room"),
        ("a small house and a cat in the house", "", "a small house and a cat in the house"),
        ("put the cat in the house", "A cat. A red house.", "put the cat in the house"),
        ("a boat on the river", "", "a boat on the river"),
    ],
)
def test_a_place_is_called_as_it_was_taught(words: str, things: str, wanted: str) -> None:
    assert with_known_places(words, things) == wanted


def test_what_it_leads_to_was_taught() -> None:
    ways = {way for each in (WHERE, MORE_WHERE) for ways in each.values() for way in ways.seen}
    assert set(TAUGHT.values()) <= ways | {name for names in PLACE.values() for name in names}
    assert not set(TAUGHT) & ways


@pytest.mark.parametrize("piece", ["in the ", "at the sea ", "in the house ", "in the middle of a city of "])
def test_no_words_take_long(piece: str) -> None:
    begun = time.process_time()
    with_known_places(piece * (4000 // len(piece)))
    assert time.process_time() - begun < 60.0
