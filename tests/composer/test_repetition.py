"""A text that goes round in circles is noticed soon, and no real reply is taken for one."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omost_pipeline.canvas.codec import canvas_to_reply
from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region
from omost_pipeline.composer.repetition import LEAST, LONGEST, TIMES, Repetition
from omost_pipeline.composer.samples import sample_replies
from tests.places import TRANSCRIPTS

_FOLDER = TRANSCRIPTS
_FILES = sorted(path for path in _FOLDER.glob("*.json") if not path.name.endswith(".ids.json"))
_BALL = Region(
    "on the left", "no offset", "a small square area", 2.0, "A red ball.", ("Round.",) * 3, "ball, red, ball"
)


def noticed(text: str) -> int | None:
    """How many characters it takes until ``text`` is found to repeat itself."""
    repetition = Repetition()
    return next((end for end, character in enumerate(text, 1) if repetition.feed(character)), None)


@pytest.mark.parametrize("path", _FILES or [pytest.param(None, marks=pytest.mark.skip("no transcripts here"))], ids=str)
def test_no_real_reply_is_taken_for_a_repetition(path: Path) -> None:
    turns = json.loads(path.read_text(encoding="utf-8"))["turns"]
    assert turns
    assert [noticed(turn["assistant"]) for turn in turns] == [None] * len(turns)


def test_neither_are_sample_canvases_nor_equal_things_side_by_side() -> None:
    assert [noticed(reply) for reply in sample_replies()] == [None] * 10
    assert noticed(canvas_to_reply(Canvas(GlobalDescription("Balls."), (_BALL,) * 16))) is None


@given(st.text(st.characters(categories=["L", "P", "Zs"]), min_size=1, max_size=LONGEST), st.text(max_size=80))
def test_any_phrase_over_and_over_is_noticed_in_time(phrase: str, before: str) -> None:
    end = noticed(before + phrase * (TIMES * LEAST))
    assert end is not None
    assert end <= len(before) + max((TIMES + 1) * len(phrase), 2 * LEAST)


@pytest.mark.parametrize(
    "text",
    [
        "the dragon's wings are wide, the dragon's wings are wide, the dragon's wings",
        "a very, very, very old tree",
        "ha ha ha ha ha ha ha ha",
        "        'Red.',\n        'Red.',\n",
        "-" * (LEAST - 1),
    ],
)
def test_a_phrase_said_a_few_times_is_style(text: str) -> None:
    assert noticed(text) is None


def test_counting_on_and_on_is_a_repetition() -> None:
    text = "".join(f"'Person {number} looks up.', " for number in range(8, 100))
    end = noticed(text)
    assert end is not None
    assert text[:end].count("Person") <= TIMES + 3


@given(st.text("ab ", max_size=400), st.lists(st.integers(0, 400), max_size=6))
def test_pieces_make_no_difference(text: str, cuts: list[int]) -> None:
    borders = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    repetition = Repetition()
    pieces = [repetition.feed(text[start:end]) for start, end in pairwise(borders)]
    assert any(pieces) == (noticed(text) is not None)


def test_long_texts_are_followed_to_the_end() -> None:
    words = " ".join(
        f"word{chr(97 + number % 26)}{chr(97 + number // 26 % 26)}{chr(97 + number // 676)}" for number in range(2000)
    )
    assert noticed(words) is None
    assert noticed(words + " and so on" * 9) is not None
