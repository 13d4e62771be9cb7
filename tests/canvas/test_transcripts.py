"""Real conversations of a published model parse whole and are written back as the model wrote them."""

from __future__ import annotations

import json
import re

import pytest

from omost_pipeline.canvas.codec import canvas_to_code, canvas_to_reply
from omost_pipeline.canvas.parser import CanvasReader, parse_canvas
from tests.places import TRANSCRIPTS

_FOLDER = TRANSCRIPTS
_FILES = sorted(path for path in _FOLDER.glob("*.json") if not path.name.endswith(".ids.json"))
_REPLIES = [
    pytest.param(turn["assistant"], id=f"{path.stem}-{number}")
    for path in _FILES
    for number, turn in enumerate(json.loads(path.read_text(encoding="utf-8"))["turns"], 1)
]

pytestmark = pytest.mark.skipif(not _REPLIES, reason="no transcripts beside this checkout")


@pytest.mark.parametrize("reply", _REPLIES)
def test_a_real_reply_parses_whole_without_corrections(reply: str) -> None:
    parsed = parse_canvas(reply)
    assert len(parsed.canvas.regions) == reply.count("canvas.add_local_description(")
    assert parsed.corrections == ()
    assert not parsed.cut


@pytest.mark.parametrize("reply", _REPLIES)
def test_a_real_reply_is_written_back_byte_for_byte_but_for_comments(reply: str) -> None:
    written = canvas_to_reply(parse_canvas(reply).canvas)
    assert re.sub(r"(?m)^# Add .*$", "# Add", written) == re.sub(r"(?m)^# Add .*$", "# Add", reply)


@pytest.mark.parametrize("reply", _REPLIES)
def test_parsing_what_was_written_back_changes_nothing(reply: str) -> None:
    canvas = parse_canvas(reply).canvas
    assert parse_canvas(canvas_to_code(canvas)).canvas == canvas


@pytest.mark.parametrize("reply", _REPLIES)
def test_a_real_reply_streams_element_by_element(reply: str) -> None:
    reader = CanvasReader()
    completed = sum(reader.feed(character) for character in reply)
    assert completed == 1 + reply.count("canvas.add_local_description(")
    assert reader.finish() == parse_canvas(reply)
