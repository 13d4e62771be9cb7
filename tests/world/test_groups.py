"""Groups of a kind that look otherwise are named each by itself."""

from __future__ import annotations

import time

import pytest

from omost_pipeline.composer.composition import Composition, compose_canvas
from omost_pipeline.composer.protocol import ComposeOptions
from omost_pipeline.engine.residency import Models
from omost_pipeline.profiles import PROFILES
from omost_pipeline.world.groups import groups_apart


@pytest.mark.parametrize(
    ("words", "apart"),
    [
        ("red and blue balloons", "two red balloons and two blue balloons"),
        ("four red and blue balloons", "two red balloons and two blue balloons"),
        ("three red and blue balloons", "two red balloons and a blue balloon"),
        ("red, yellow and green apples", "a red apple and a yellow apple and a green apple"),
        ("a red and a blue balloon", "a red balloon and a blue balloon"),
        ("one big and two small fish", "one big fish and two small fish"),
        ("a red and two blue cars", "a red car and two blue cars"),
        ("a bird on each side of a tree", "a tree between two birds"),
        ("a red flower on both sides of the house", "the house between two red flowers"),
    ],
)
def test_each_group_has_its_noun(words: str, apart: str) -> None:
    assert groups_apart(words) == apart


@pytest.mark.parametrize(
    "words",
    [
        "a red and blue balloon",
        "black and white cows",
        "a red house and a blue car",
        "the sky is red and blue clouds pass",
        "one red and blue balloons",
        "a dog with red and blue eyes",
        "",
    ],
)
def test_what_is_one_thing_stays_so(words: str) -> None:
    assert groups_apart(words) == words


@pytest.mark.parametrize("piece", ["red and ", "two red and ", "a bird on each ", "red, "])
def test_no_words_take_long(piece: str) -> None:
    begun = time.process_time()
    groups_apart(piece * 60)
    groups_apart(piece * (190 // len(piece)))
    assert time.process_time() - begun < 5.0


@pytest.mark.parametrize(
    "words",
    ["red and blue balloons", "rote und blaue Luftballons", "des ballons rouges et bleus", "globos rojos y azules"],
)
def test_a_bundled_composer_has_balloons_of_both_colours(words: str) -> None:
    *_, last = compose_canvas(Models(PROFILES["tiny-world"]).composer(), (), words, ComposeOptions(temperature=0.0))
    assert isinstance(last, Composition)
    assert [each.description for each in last.parsed.canvas.regions] == ["A red balloon."] * 2 + ["A blue balloon."] * 2
