"""Two edits in one message are done one after the other, where it is plain that they are two."""

from __future__ import annotations

import time

import pytest

from omost_pipeline.bundled.stepwise import steps
from omost_pipeline.composer.composition import Composition, compose_canvas
from omost_pipeline.composer.protocol import ComposeOptions, Turn
from omost_pipeline.engine.residency import Models
from omost_pipeline.profiles import PROFILES


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("Remove the tree and make the Dog blue", ["Remove the tree", "make the Dog blue"]),
        ("please add a cat, then move it to the left.", ["please add a cat", "move it to the left."]),
        ("the sun should be red; delete the two birds", ["the sun should be red", "delete the two birds"]),
        ("take the cat away. add a dog and a horse", ["take the cat away", "add a dog and a horse"]),
        ("replace the cat with a dog and also put it on top", ["replace the cat with a dog", "put it on top"]),
        ("could you make it bigger and then the dog must go", ["could you make it bigger", "the dog must go"]),
        ("i'd like a sun and please add a cat instead of the dog", ["i'd like a sun", "add a cat instead of the dog"]),
        (
            "swap the places of the cat and the dog and the sun should be red",
            ["swap the places of the cat and the dog", "the sun should be red"],
        ),
    ],
)
def test_two_edits_are_two(words: str, wanted: list[str]) -> None:
    assert steps(words) == wanted


@pytest.mark.parametrize(
    "words",
    [
        "add a cat and a dog",
        "make it red and blue",
        "take the apple and make it a pear",
        "remove the cat and put a dog there",
        "remove the cat and add a dog instead",
        "replace the cat and put a dog",
        "add a cat and a dog and make them blue",
        "swap the cat and the dog",
        "a knight who is ready, make it rain",
        "add a sign, make it red, turn the dog green",
        "mach den Hund blau und die Katze rot",
        "add " + "a very " * 40 + "old cat and remove the dog",
        "",
    ],
)
def test_what_is_one_or_may_be_is_one(words: str) -> None:
    assert steps(words) == [words]


@pytest.mark.parametrize("piece", ["please ", "and ", ", ", "the a ", "take a ", "i would like you to ", "it "])
def test_no_words_take_long(piece: str) -> None:
    begun = time.process_time()
    steps("add " + piece * (195 // len(piece)))
    steps(piece * 10_000)
    assert time.process_time() - begun < 60.0


def test_the_second_edit_is_of_what_the_first_one_left() -> None:
    composer = Models(PROFILES["tiny-world"]).composer()
    history: list[Turn] = []
    for words in ("a cat and a dog", "remove the cat and put a tree to the right of the dog"):
        *_, last = compose_canvas(composer, history, words, ComposeOptions(temperature=0.0))
        assert isinstance(last, Composition)
        history.append(Turn(words, last.parsed.canvas))
    dog, tree = history[-1].canvas.regions
    assert (dog.description, tree.description) == ("A brown dog.", "A green tree.")
