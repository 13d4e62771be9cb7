"""Whatever a model is, its replies are canvases: also where they are cut, and where it goes round in circles."""

from __future__ import annotations

import pytest

from omost_pipeline.canvas.parser import parse_canvas
from omost_pipeline.composer.protocol import ComposeOptions
from tests.fuzz.random_model import random_llm, replies


@pytest.mark.slow
def test_every_reply_of_a_random_model_gives_a_canvas() -> None:
    """A hundred cut ones, which takes seconds; ``make fuzz`` writes a thousand whole ones."""
    parsed = [parse_canvas(reply) for reply in replies(100, 128)]
    assert len({each.canvas for each in parsed}) > 90
    assert sum(each.cut for each in parsed) > 50


@pytest.mark.slow
def test_a_reply_is_led_out_of_each_circle_and_says_the_rest() -> None:
    """At temperature 0 a random model repeats itself in every string; what comes after is written all the same."""
    reply = "".join(random_llm().compose((), "a red ball", ComposeOptions(temperature=0.0)))
    canvas = parse_canvas(reply).canvas
    assert canvas.regions
    assert len(canvas.scene.tags) < 500
    assert canvas.regions[0].quality_meta
