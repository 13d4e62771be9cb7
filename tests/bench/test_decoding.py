"""Recorded conversations replayed: passes are counted as a reply would take them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from omost_pipeline.bench import recordings
from omost_pipeline.bench.decoding import count_forwards, run
from omost_pipeline.bench.recordings import RecordedTurn, Recording, read_recording, sample_tokens
from omost_pipeline.errors import OmostError
from tests.places import TRANSCRIPTS

pytestmark = pytest.mark.slow

FILES = sorted(TRANSCRIPTS.glob("*.ids.json"))
needs_transcripts = pytest.mark.skipif(not FILES, reason="the recorded conversations are not beside this checkout")


def recorded(reply: list[int], prompt: list[int]) -> tuple[Recording, RecordedTurn]:
    turn = RecordedTurn(tuple(prompt), tuple(reply))
    return Recording("made up", {}, (turn,)), turn


@needs_transcripts
def test_real_replies_take_half_the_passes_and_edits_a_twelfth() -> None:
    turns = run(FILES)["turns"]
    first = [turn["forwards"] / turn["tokens"] for turn in turns if turn["turn"] == 0]
    later = [turn["forwards"] / turn["tokens"] for turn in turns if turn["turn"] > 0]
    assert sum(first) / len(first) <= 1 / 2
    assert max(later) <= 1 / 12


@needs_transcripts
def test_first_replies_take_half_the_passes_without_any_sample_canvas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recordings, "sample_replies", lambda: ())
    recordings_read = [read_recording(path) for path in FILES]
    first = [count_forwards(each, each.turns[0]) / len(each.turns[0].reply) for each in recordings_read]
    assert sum(first) / len(first) <= 1 / 2


def test_reply_that_repeats_the_prompt_takes_few_passes_and_a_new_one_takes_all() -> None:
    text = list(range(100, 160))
    assert count_forwards(*recorded(text, [*text, 1, *text[:3]])) < 10
    assert count_forwards(*recorded(text, [1, 2, 3])) == len(text)


def test_a_word_that_a_recording_cannot_spell_is_no_token_of_it() -> None:
    tokens = sample_tokens({"canvas": 5, " =": 6})
    assert {5, 6} <= set(tokens[0])
    assert all(token < 0 for token in tokens[0] if token not in {5, 6})


@pytest.mark.parametrize("content", ["[1", json.dumps({"turns": []}), json.dumps({"pieces": {}, "turns": [{}]}), "[]"])
def test_file_that_is_no_recording_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "made.ids.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(OmostError, match=r"made\.ids\.json is no recording"):
        read_recording(path)


def test_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(OmostError, match=r"none\.ids\.json cannot be read"):
        run([tmp_path / "none.ids.json"])
