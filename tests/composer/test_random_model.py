"""Whatever a model is, its replies are canvases: also where they are cut, and where it goes round in circles."""

from __future__ import annotations

from omost_pipeline.canvas.parser import parse_canvas
from tests.fuzz.random_model import replies


def test_every_reply_of_a_random_model_gives_a_canvas() -> None:
    """A hundred cut ones, which takes seconds; ``make fuzz`` writes a thousand whole ones."""
    parsed = [parse_canvas(reply) for reply in replies(100, 128)]
    assert len({each.canvas for each in parsed}) > 90
    assert sum(each.cut for each in parsed) > 50
