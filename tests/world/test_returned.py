"""What comes back is as it was when it was last there."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from omost_pipeline.canvas.elements import Region
from omost_pipeline.world.returned import returned
from tests.world.test_told import CAT, DOG, TREE, canvas

BLUE = replace(CAT, location="on the top", description="A blue cat.", color="blue")
GUESS = replace(CAT, location="in the center", area="a large square area")


@pytest.mark.parametrize(
    ("words", "written", "back"),
    [
        ("bring the dog back, please", canvas(TREE, replace(DOG, location="on the top")), [DOG]),
        ("I'd like the dog again", canvas(TREE), [DOG]),
        ("don't remove the dog", canvas(TREE), [DOG]),
        ("bring back the cats", canvas(TREE, GUESS), [CAT, BLUE]),
        ("bring back the blue cat", canvas(TREE, GUESS), [BLUE]),
        ("return the cat", canvas(TREE, GUESS), [CAT]),
    ],
)
def test_it_is_as_it_was(words: str, written: object, back: list[Region]) -> None:
    earlier = [canvas(CAT, BLUE, DOG, TREE), canvas(DOG, TREE), canvas(TREE)]
    assert isinstance(written, type(earlier[0]))
    assert returned(written, earlier, words) == canvas(TREE, *back)


def test_of_two_alike_the_one_comes_back_that_is_not_there() -> None:
    copied = canvas(TREE, BLUE, BLUE)
    earlier = [canvas(CAT, BLUE, TREE), canvas(TREE, BLUE)]
    assert returned(copied, earlier, "bring the orange cat back") == canvas(TREE, BLUE, CAT)


@pytest.mark.parametrize(
    "words",
    [
        "draw a cat again",
        "bring the cat back on the left",
        "put the tree back a little",
        "make the tree bigger again",
        "a horse, please",
        "bring the horse back",
        "bring the cat back " * 20,
    ],
)
def test_where_more_or_something_new_is_asked_for_the_composer_has_the_word(words: str) -> None:
    written = canvas(TREE, GUESS)
    assert returned(written, [canvas(CAT, TREE), canvas(TREE)], words) == written


@pytest.mark.parametrize("piece", ["a cat ", "bring the cat back ", "cats "])
def test_no_words_take_long(piece: str) -> None:
    begun = time.process_time()
    returned(canvas(TREE), [canvas(CAT, TREE), canvas(TREE)], f"back {piece * (190 // len(piece))}")
    assert time.process_time() - begun < 60.0
