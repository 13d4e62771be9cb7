"""What can be drawn of a canvas while it is still being written."""

from __future__ import annotations

from dataclasses import replace

import pytest

from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Outline, Region
from omost_pipeline.canvas.parser import CanvasReader
from omost_pipeline.errors import CanvasError
from tests.canvas.reply_parts import BALL, REPLY, SCENE, START, START_CANVAS


def outlines(reply: str) -> list[tuple[int, Outline]]:
    """Each new outline, and how many characters of the reply it took."""
    reader = CanvasReader()
    seen: list[tuple[int, Outline]] = []
    for end, character in enumerate(reply, 1):
        reader.feed(character)
        if reader.outline is not None and (not seen or seen[-1][1] != reader.outline):
            seen.append((end, reader.outline))
    return seen


def test_background_and_boxes_show_before_their_texts_are_complete() -> None:
    background, detailed, tagged, scene, placed, *described, whole = [outline for _, outline in outlines(REPLY)]
    assert background == Outline(Canvas(GlobalDescription("A beach at noon.", color="lightgray")))
    assert detailed.canvas.scene.detailed_descriptions == SCENE.detailed_descriptions
    assert tagged.canvas.scene == replace(SCENE, color="lightgray")
    assert scene == Outline(Canvas(SCENE))
    assert placed == Outline(
        Canvas(SCENE),
        Region("on the left", "slightly to the right", "a small square area", 1.0, "A red ball.", color="lightgray"),
    )
    assert described[-1].pending == BALL
    assert whole == Outline(Canvas(SCENE, (BALL,)))


def test_a_box_shows_with_the_line_that_completes_its_place() -> None:
    end = next(end for end, outline in outlines(REPLY) if outline.pending is not None)
    assert REPLY[:end].endswith("area='a small square area',\n")


def test_a_fault_is_told_by_the_whole_call_and_not_by_what_is_drawn_of_it_before() -> None:
    reader = CanvasReader()
    reader.feed(f"```python\n{START}canvas.add_local_description(location=5, offset='no offset', area=7,\n")
    assert reader.outline == Outline(START_CANVAS)
    with pytest.raises(CanvasError, match="line 4: location is 5"):
        reader.feed(")")
