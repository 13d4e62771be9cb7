"""What belongs to a thing is part of its description, and nothing beside it."""

from __future__ import annotations

import time

import pytest

from omost_pipeline.bundled.parts import with_part
from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.composer.composition import Composition, compose_canvas
from omost_pipeline.composer.protocol import ComposeOptions, Turn
from omost_pipeline.engine.residency import Models
from omost_pipeline.profiles import PROFILES
from tests.bundled.test_left_alone import BEFORE


def described(canvas: Canvas | None) -> list[str]:
    """What there is beside the two cats."""
    return [] if canvas is None else [each.description for each in canvas.regions][:2]


@pytest.mark.parametrize(
    ("words", "house", "dog"),
    [
        ("The house should have a red roof.", "A red house with a red roof.", "A brown dog."),
        ("please give the dog long ears", "A red house.", "A brown dog with long ears."),
        ("add a chimney to my house", "A red house with a chimney.", "A brown dog."),
        ("paint the roof of the house dark blue", "A red house with a dark blue roof.", "A brown dog."),
        ("the dog needs two wings too", "A red house.", "A brown dog with two wings."),
        ("make the dog's tail black", "A red house.", "A brown dog with a black tail."),
    ],
)
def test_a_thing_is_described_with_its_part(words: str, house: str, dog: str) -> None:
    given = with_part(words, [BEFORE])
    assert described(given) == [house, dog]
    assert given is not None
    assert given.regions[2:] == BEFORE.regions[2:]


def test_a_part_that_is_there_is_changed_and_goes() -> None:
    given = with_part("give the house a blue door", [BEFORE])
    assert given is not None
    history = [BEFORE, given]
    assert described(with_part("make the door green", history))[0] == "A red house with a green door."
    assert described(with_part("a tiny door for the house", history))[0] == "A red house with a tiny door."
    assert described(with_part("remove the door", history))[0] == "A red house."
    both = with_part("the house has a red roof", history)
    assert described(both)[0] == "A red house with a blue door and a red roof."
    assert both is not None
    assert described(with_part("remove the blue door", [*history, both]))[0] == "A red house with a red roof."


@pytest.mark.parametrize(
    "words",
    [
        "give the dog a hat",
        "the cat should have stripes",
        "the tree should have a roof",
        "add a roof",
        "add a roof next to the house",
        "make the house red",
        "remove the roof of the tree",
        "give the house a door and make it blue",
        "",
    ],
)
def test_other_words_are_the_composers(words: str) -> None:
    assert with_part(words, [BEFORE]) is None


@pytest.mark.parametrize("piece", ["please ", "the house ", "should ", "have a ", "red ", "door "])
def test_no_words_take_long(piece: str) -> None:
    begun = time.process_time()
    for lead in ("the house should have ", "give the house ", "paint the ", ""):
        with_part(lead + piece * (180 // len(piece)), [BEFORE])
    assert time.process_time() - begun < 20.0


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("a house with a red roof", ["A red house with a red roof."]),
        ("a cat with green eyes and a dog", ["An orange cat with green eyes.", "A brown dog."]),
        (
            "a red house with a blue roof and a blue house with a red roof",
            ["A red house with a blue roof.", "A blue house with a red roof."],
        ),
        ("two houses with chimneys", ["A red house with chimneys."] * 2),
        ("ein Haus mit einem roten Dach und ein Baum", ["A red house with a red roof.", "A green tree."]),
    ],
)
def test_a_first_request_describes_a_thing_with_its_part(words: str, wanted: list[str]) -> None:
    *_, last = compose_canvas(Models(PROFILES["tiny-world"]).composer(), (), words, ComposeOptions(temperature=0.0))
    assert isinstance(last, Composition)
    assert [each.description for each in last.parsed.canvas.regions] == wanted


def test_what_a_thing_is_described_with_outlasts_the_next_edits() -> None:
    composer = Models(PROFILES["tiny-world"]).composer()
    history: list[Turn] = []
    for words in ("a house under a tree", "das Haus soll ein rotes Dach haben", "make the house blue"):
        *_, last = compose_canvas(composer, history, words, ComposeOptions(temperature=0.0))
        assert isinstance(last, Composition)
        history.append(Turn(words, last.parsed.canvas))
    house, tree = history[-1].canvas.regions
    assert (house.description, tree.description) == ("A blue house with a red roof.", "A green tree.")
