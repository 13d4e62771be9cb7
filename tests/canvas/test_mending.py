"""Replies that end too early or lack a mark are mended where only one thing can be meant; every mend is recorded."""

from __future__ import annotations

from dataclasses import replace

import pytest

from omost_pipeline.canvas.elements import Canvas, Correction, GlobalDescription, Region
from omost_pipeline.canvas.parser import parse_canvas
from omost_pipeline.errors import CanvasError
from tests.canvas.reply_parts import BALL, REPLY, SCENE, START, START_CANVAS, region_with, whole_region


@pytest.mark.slow
def test_a_cut_reply_keeps_its_complete_elements_wherever_it_is_cut() -> None:
    scene_end = REPLY.index("skyblue',\n)") + len("skyblue',\n)")
    ball_end = REPLY.index("crimson',\n)") + len("crimson',\n)")
    fence_end = REPLY.rindex("```") + 3
    for end in range(scene_end, len(REPLY) + 1):
        parsed = parse_canvas(REPLY[:end])
        assert parsed.canvas.scene == SCENE
        assert len(parsed.canvas.regions) <= 1
        assert (BALL in parsed.canvas.regions) == (end >= ball_end)
        assert parsed.cut == (end < fence_end)


@pytest.mark.parametrize(
    ("end", "region"),
    [
        ("    offset='slightly to the right',\n    area='a sm", None),
        ("    distance_to_viewer=2", None),
        ("    description='A re", replace(BALL, description="A re", tags="", atmosphere="", style="", quality_meta="")),
        ("    tags='ball, red", replace(BALL, atmosphere="", style="", quality_meta="")),
        ("    tags='ball, red',\n    atmos", replace(BALL, atmosphere="", style="", quality_meta="")),
        ("    quality_meta='Clean.',\n    HTML_web_color_name='cri", BALL),
        ("    quality_meta='Clean.',\n    HTML_web_color_name='crimson'", BALL),
    ],
)
def test_a_region_in_which_the_reply_was_cut_is_kept_once_it_says_what_and_where(
    end: str, region: Region | None
) -> None:
    head, _, _ = REPLY.partition("# Add a red ball.")
    whole = REPLY[: REPLY.index(end, len(head)) + len(end)]
    parsed = parse_canvas(whole)
    assert parsed.canvas.regions == (() if region is None else (replace(region, color="gray"),))
    assert parsed.cut
    assert [note.wrong for note in parsed.corrections] == ([] if region is None else ["a call without its end"])


def test_a_reply_cut_in_its_global_description_keeps_what_it_said() -> None:
    with pytest.raises(CanvasError, match="cut before its global description"):
        parse_canvas(REPLY[: REPLY.index("'A beach")])
    parsed = parse_canvas(REPLY[: REPLY.index("roll in")])
    assert parsed.canvas == Canvas(GlobalDescription("A beach at noon.", ("Waves ",)))
    assert parsed.corrections == (
        Correction(8, "set_global_description", "a call without its end", "its first 2 arguments"),
    )


MENDED = {
    "apostrophe": (
        whole_region(description="'A dragon's ball.'"),
        replace(BALL, description="A dragon's ball."),
        ("text", "'A dragon's ball."),
    ),
    "plural apostrophe": (
        whole_region(description="'The dragons' ball, red.'"),
        replace(BALL, description="The dragons' ball, red."),
        ("text", "'The dragons' ball, red."),
    ),
    "quoted words": (
        whole_region(description='"It says "hi", you and "no""'),
        replace(BALL, description='It says "hi", you and "no"'),
        ("text", '"It says "hi", you and "no"'),
    ),
    "forgotten quote": (
        whole_region(tags="'ball, red,\n").replace(" atmosphere", "atmosphere").replace(",\n,", ",\n"),
        BALL,
        ("text", "'ball, red,"),
    ),
    "line break in a text": (
        whole_region(tags="'ball,\nred'"),
        BALL,
        ("text", "'ball, red"),
    ),
    "missing comma": (
        whole_region().replace("'ball, red',", "'ball, red'"),
        BALL,
        ("comma", "(missing)"),
    ),
    "missing comma behind a number": (
        whole_region().replace("2.5, ", "2.5\n"),
        BALL,
        ("comma", "(missing)"),
    ),
    "list closed by the call": (
        whole_region().replace("detailed_descriptions=[], ", "") + ", detailed_descriptions=['Shiny.'",
        replace(BALL, detailed_descriptions=("Shiny.",)),
        ("bracket", "(missing)"),
    ),
    "list that runs into the next argument": (
        whole_region(detailed_descriptions="['Shiny.'"),
        replace(BALL, detailed_descriptions=("Shiny.",)),
        ("bracket", "(missing)"),
    ),
    "list of texts that runs into the next argument": (
        whole_region(detailed_descriptions="[\n'Shiny.',\n'Round.'\n"),
        replace(BALL, detailed_descriptions=("Shiny.", "Round.")),
        ("bracket", "(missing)"),
    ),
    "leading zeros": (
        whole_region(distance_to_viewer="002"),
        replace(BALL, distance_to_viewer=2.0),
        ("number", "002"),
    ),
    "bare colour": (
        whole_region(HTML_web_color_name="crimson"),
        BALL,
        ("HTML_web_color_name", "crimson"),
    ),
}


@pytest.mark.parametrize(("arguments", "region", "noted"), MENDED.values(), ids=MENDED.keys())
def test_forgotten_marks_are_put_in_and_recorded(arguments: str, region: Region, noted: tuple[str, str]) -> None:
    parsed = parse_canvas(region_with(arguments))
    assert parsed.canvas == replace(START_CANVAS, regions=(region,))
    assert [(note.field, note.wrong) for note in parsed.corrections] == [noted]
    assert not parsed.cut


def test_a_call_that_was_never_closed_ends_where_the_next_one_or_the_fence_begins() -> None:
    call = f"canvas.add_local_description({whole_region()},\n"
    parsed = parse_canvas(f"```python\n{START}{call}{call}```\nEnjoy!")
    assert parsed.canvas == replace(START_CANVAS, regions=(BALL, BALL))
    assert [(note.line, note.field, note.right) for note in parsed.corrections] == [
        (5, "bracket", ")"),
        (6, "bracket", ")"),
    ]
    assert not parsed.cut


def test_a_call_without_arguments_adds_nothing() -> None:
    parsed = parse_canvas(f"```python\n{START}canvas.add_local_description(\n```")
    assert parsed.canvas == START_CANVAS
    assert [note.right for note in parsed.corrections] == [")", "nothing"]
