"""What is plainly asked of one thing is done where a composer did nothing of it, and nowhere else."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from omost_pipeline.canvas.elements import Region
from omost_pipeline.world.neglected import done
from tests.world.test_told import CAT, DOG, OTHER, TREE, at, canvas

BLUE_CAT = replace(CAT, description="A blue cat.", color="blue")


@pytest.mark.parametrize(
    ("words", "cat"),
    [
        ("Paint the cat blue", BLUE_CAT),
        ("the cat on the left should be in blue, please", BLUE_CAT),
        ("turn it blue", BLUE_CAT),
        ("push the cat in the lower right :)", at(CAT, "on the bottom-right")),
        ("I would like the orange cat in the top left corner", at(CAT, "on the top-left")),
        ("I'd like it larger", replace(CAT, area="a large square area")),
        ("shrink the cat", replace(CAT, area="a small square area")),
    ],
)
def test_it_is_done(words: str, cat: Region) -> None:
    before = canvas(CAT, DOG)
    assert done(before, before, words, it=CAT) == canvas(cat, DOG)


@pytest.mark.parametrize(
    "words",
    [
        "don't paint the cat blue",
        "the cat is blue",
        "I love the blue of the cat",
        "make the cat and the dog blue",
        "move the cat a little to the top",
        "make the background blue",
        "give the cat a blue hat",
        "make the cat red or blue",
        "is the cat on the left?",
        "make the cat " + "very " * 40 + "blue",
        "",
    ],
)
def test_what_is_not_plain_is_left(words: str) -> None:
    before = canvas(CAT, DOG)
    assert done(before, before, words) == before


def test_what_is_large_already_is_larger_yet_where_the_words_have_even() -> None:
    before = canvas(replace(CAT, area="a large square area", location="in the center"), DOG)
    assert done(before, before, "make the cat bigger") == before
    after = done(before, before, "make the cat even bigger")
    assert after.regions[0].box.width > before.regions[0].box.width
    assert after.regions[1] == DOG


def test_a_colour_of_two_words_goes_whole() -> None:
    dark = replace(CAT, description="A dark blue cat.", color="darkblue")
    assert done(canvas(dark), canvas(dark), "paint the cat blue") == canvas(BLUE_CAT)


def test_of_two_alike_neither_is_meant_and_a_composer_that_did_anything_has_the_word() -> None:
    assert done(canvas(CAT, OTHER), canvas(CAT, OTHER), "make the cat blue") == canvas(CAT, OTHER)
    written = canvas(CAT, DOG, TREE)
    assert done(written, canvas(CAT, DOG), "make the cat blue") == written


def test_they_are_those_that_are_called_alike() -> None:
    black = [replace(each, description="A black cat.", color="black") for each in (CAT, OTHER)]
    for words in ("make them black", "paint both of them black", "they should be black, please"):
        assert done(canvas(CAT, OTHER), canvas(CAT, OTHER), words) == canvas(*black)
        assert done(canvas(CAT, OTHER, DOG), canvas(CAT, OTHER, DOG), words, it=CAT) == canvas(*black, DOG)
        assert done(canvas(CAT, DOG), canvas(CAT, DOG), words) == canvas(CAT, DOG)
    assert done(canvas(CAT, OTHER), canvas(CAT, OTHER), "move them to the top") == canvas(CAT, OTHER)


@pytest.mark.parametrize("piece", ["the cat ", "make ", "blue blue ", "on the left "])
def test_no_words_take_long(piece: str) -> None:
    begun = time.process_time()
    done(canvas(CAT), canvas(CAT), f"make the cat {piece * (180 // len(piece))}")
    assert time.process_time() - begun < 60.0
