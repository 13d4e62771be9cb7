"""Another style changes nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region
from omost_pipeline.composer.composition import Composition, compose_canvas
from omost_pipeline.composer.protocol import ComposeOptions, Turn
from omost_pipeline.engine.residency import Models
from omost_pipeline.profiles import PROFILES
from omost_pipeline.world.restyled import restyled

CAT = Region("in the center", "no offset", "a small square area", 2.0, "An orange cat.", color="orange")
BEFORE = Canvas(GlobalDescription("A green meadow under a blue sky."), (CAT,))


@pytest.mark.parametrize(
    ("words", "style"),
    [
        ("make it a pencil sketch", "pencil sketch"),
        ("Make it a comic, please", "comic"),
        ("in watercolour", "watercolor"),
        ("now draw everything as pixel art!", "pixel art"),
        ("turn the picture into an oil painting", "oil painting"),
        ("could you redraw it in ink?", "ink drawing"),
        ("anime style", "anime"),
    ],
)
def test_words_that_name_a_style_change_that_alone(words: str, style: str) -> None:
    assert restyled(words, BEFORE) == replace(BEFORE, scene=replace(BEFORE.scene, tags=style))


@pytest.mark.parametrize("words", ["back to normal", "make it plain again", "remove the style", "without any style"])
def test_a_style_goes(words: str) -> None:
    styled = replace(BEFORE, scene=replace(BEFORE.scene, tags="anime"))
    assert restyled(words, styled) == BEFORE
    assert restyled(words, BEFORE) is None, "there is none"


@pytest.mark.parametrize(
    "words",
    ["make it a pencil", "add a comic", "in watercolour, at night", "make it blue", "a pencil sketch of a dog", ""],
)
def test_what_says_more_is_left_to_the_model(words: str) -> None:
    assert restyled(words, BEFORE) is None


def test_a_pencil_sketch_of_several_things_has_no_pencil_in_it() -> None:
    composer, history = Models(PROFILES["tiny-world"]).composer(), list[Turn]()
    for words in ("a cat on a sofa and a cup of coffee on a table", "make it a pencil sketch"):
        *_, last = compose_canvas(composer, history, words, ComposeOptions(temperature=0.0))
        assert isinstance(last, Composition)
        history.append(Turn(words, last.parsed.canvas))
    first, second = (turn.canvas for turn in history)
    assert second.regions == first.regions
    assert second.scene.tags == "pencil sketch"
