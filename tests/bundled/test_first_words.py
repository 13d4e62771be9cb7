"""First requests as people write them: what is not to be there, whose it is, and who does what."""

from __future__ import annotations

import time

import pytest

from omost_pipeline.bundled.glossary.first_words import (
    Carrying,
    parts_of,
    place_alone,
    with_carried,
    without_absent,
    without_deeds,
    without_parts,
)
from omost_pipeline.composer.composition import Composition, compose_canvas
from omost_pipeline.composer.protocol import ComposeOptions, Turn
from omost_pipeline.engine.residency import Models
from omost_pipeline.profiles import PROFILES
from omost_pipeline.world.kinds import BACKGROUNDS, KINDS, glyphs
from omost_pipeline.world.scenes import visible_share


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("a castle without a flag in the snow", "a castle in the snow"),
        ("a meadow without flowers or trees, at night", "a meadow, at night"),
        ("a snowman with no hat and a tree", "a snowman and a tree"),
        ("a cat, not a dog", "a cat"),
        ("a car that has no wheels next to a house", "a car next to a house"),
        ("a picture without anything", "a picture without anything"),
        ("no cats", "no cats"),
        ("a knot on a tree", "a knot on a tree"),
    ],
)
def test_what_is_not_to_be_there_is_not_said(words: str, left: str) -> None:
    assert without_absent(words) == left


@pytest.mark.parametrize(
    ("words", "things"),
    [
        ("a girl reads a book in the garden", "a girl and a book in the garden"),
        ("a dragon flying over a castle", "a dragon over a castle"),
        ("our cat is sleeping", "the cat"),
        ("his red car in front of her house", "the red car in front of the house"),
        ("an old king on a throne", "an old king on a throne"),
        ("a red bus on the street", "a red bus on the street"),
        ("a glass of water and a house with windows", "a glass of water and a house with windows"),
    ],
)
def test_deeds_are_left_to_models_that_know_them(words: str, things: str) -> None:
    assert without_deeds(words, frozenset((*KINDS, *glyphs()))) == things


CARRYING = Carrying(
    frozenset(("dog", "king", "panda", "snowman")),
    frozenset(("crown", "hat", "sunglasses")),
    frozenset(("guitar", "sword", "umbrella", "cup")),
    frozenset(("horse",)),
)


@pytest.mark.parametrize(
    ("words", "carried"),
    [
        ("a snowman with a hat", "a snowman wearing a hat"),
        ("a panda playing the guitar on a beach", "a panda holding a guitar on a beach"),
        ("the king carries his old sword", "the king holding an old sword"),
        ("a dog wearing sunglasses", "a dog wearing a sunglasses"),
        ("a king with a golden crown and a dog", "a king with a golden crown and a dog"),
        ("a house with an umbrella", "a house with an umbrella"),
        ("a dog with a car", "a dog with a car"),
        ("a king on a white horse", "a king riding a white horse"),
        ("the panda sits on the horse", "the panda riding the horse"),
        ("a hat on a horse", "a hat on a horse"),
        ("a dog and an umbrella", "a dog and an umbrella"),
    ],
)
def test_what_somebody_has_on_or_holds_is_said_so(words: str, carried: str) -> None:
    assert with_carried(words, CARRYING) == carried
    assert with_carried(words, Carrying()) == words


@pytest.mark.parametrize(
    ("words", "left", "parts"),
    [
        ("a house with a red roof", "a house", ["a red roof"]),
        ("a House with a red door and a roof, by a tree", "a House, by a tree", ["a red door and a roof"]),
        ("a dog with a long tail and a hat", "a dog and a hat", ["a long tail"]),
        ("a king who has a beard", "a king", ["a beard"]),
        ("an elephant with big ears holding a flower", "an elephant holding a flower", ["big ears"]),
        ("a car with wheels and a tree with leaves", "a car and a tree", ["wheels", "leaves"]),
        ("a monkey with a leaf", "a monkey with a leaf", []),
        ("a boy with a mouth organ", "a boy with a mouth organ", []),
        ("a house with a tree", "a house with a tree", []),
        ("a room with a window", "a room with a window", []),
        ("a window and a door", "a window and a door", []),
        ("a man with the head of a lion", "a man with the head of a lion", []),
    ],
)
def test_parts_are_told_from_things(words: str, left: str, parts: list[str]) -> None:
    assert without_parts(words) == left
    assert [what for _, what in parts_of(words)] == parts


@pytest.mark.parametrize("piece", ["a house ", "with ", "a red ", "roof and ", "with a door, "])
def test_no_parts_take_long(piece: str) -> None:
    begun = time.process_time()
    without_parts("a house with a " + piece * (180 // len(piece)))
    assert without_parts(piece * 10_000) == piece * 10_000
    assert time.process_time() - begun < 10.0


def test_a_place_alone_is_known_from_one_with_something_in_it() -> None:
    for words in ("a beach", "The beach!", "beach", "on the beach", "a picture of an empty beach"):
        assert place_alone(words, BACKGROUNDS) == "beach"
    for words in ("a purple beach", "a beach at night", "a dog on the beach", "beaches", ""):
        assert place_alone(words, BACKGROUNDS) is None


ASKED = {
    "a beach": [],
    "a beach with no people": [],
    "le désert": [],
    "the sea": [],
    "a house without windows": ["house"],
    "une maison sans fenêtres": ["house"],
    "three dogs and no cat": ["dog", "dog", "dog"],
    "a cat, not a dog": ["cat"],
    "a knight fights a dragon": ["knight", "dragon"],
    "my cat sleeping on a blue sofa": ["cat", "sofa"],
    "our dog in the garden": ["dog"],
    "his red car in front of her house": ["car", "house"],
}


@pytest.mark.sampled(1)
@pytest.mark.parametrize("profile", ["tiny", "tiny-world"])
def test_the_bundled_models_draw_what_was_asked_for(profile: str) -> None:
    models = Models(PROFILES[profile], "cpu")
    found = {}
    for words in ASKED:
        *_, last = compose_canvas(models.composer(), (), words, ComposeOptions(temperature=0.0))
        assert isinstance(last, Composition)
        described = [region.description.rstrip(".").split() for region in last.parsed.canvas.regions]
        assert not any("my" in each or "our" in each for each in described)
        found[words] = [each[-1] for each in described]
    assert found == ASKED


@pytest.mark.parametrize("profile", ["tiny", "tiny-world"])
def test_something_may_come_to_an_empty_place(profile: str) -> None:
    models = Models(PROFILES[profile], "cpu")
    *_, first = compose_canvas(models.composer(), (), "a beach", ComposeOptions(temperature=0.0))
    assert isinstance(first, Composition)
    before = (Turn("a beach", first.parsed.canvas),)
    *_, last = compose_canvas(models.composer(), before, "add a red car", ComposeOptions(temperature=0.0))
    assert isinstance(last, Composition)
    canvas = last.parsed.canvas
    assert canvas.scene.description == "A sandy beach by the sea."
    assert [region.description for region in canvas.regions] == ["A red car."]


@pytest.mark.slow
def test_a_word_too_long_to_spell_is_one_thing_and_takes_nothing_away() -> None:
    composer, history = Models(PROFILES["tiny-world"], "cpu").composer(), list[Turn]()
    for words in ("a knight and a dragon", "add a pneumonoultramicroscopicsilicovolcanoconiosis", "make it red"):
        *_, last = compose_canvas(composer, history, words, ComposeOptions(temperature=0.0))
        assert isinstance(last, Composition)
        history.append(Turn(words, last.parsed.canvas))
    knight, dragon, red = (region.description for region in history[-1].canvas.regions)
    assert (knight, dragon) == ("A knight.", "A dragon.")
    assert red.startswith("A red pneumono")


IN_FRONT = ["a dog in front of a red house", "a cat behind a tree", "his red car in front of her house"]


@pytest.mark.slow
@pytest.mark.parametrize("profile", ["tiny", "tiny-world"])
def test_who_stands_in_front_of_something_does_not_hide_it(profile: str) -> None:
    models = Models(PROFILES[profile], "cpu")
    for words in IN_FRONT:
        *_, last = compose_canvas(models.composer(), (), words, ComposeOptions(temperature=0.0))
        assert isinstance(last, Composition)
        far, near = last.parsed.canvas.far_to_near()
        assert visible_share(far.box, [near.box]) >= 0.3, words
        assert near.distance_to_viewer < far.distance_to_viewer
