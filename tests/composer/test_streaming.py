"""Text grows by whole characters, and a reply ends at its fence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers import PreTrainedTokenizerFast

from omost_pipeline.canvas.codec import canvas_to_reply
from omost_pipeline.canvas.elements import Canvas, GlobalDescription
from omost_pipeline.composer.streaming import ReplyEnd, TextPieces


def stream(tokenizer: PreTrainedTokenizerFast, ids: list[int]) -> list[str]:
    pieces = TextPieces(tokenizer)
    return [*[pieces.push(token) for token in ids], pieces.finish()]


@given(st.text(max_size=40))
def test_pieces_join_to_the_text(tokenizer: PreTrainedTokenizerFast, text: str) -> None:
    ids = tokenizer(text, add_special_tokens=False, split_special_tokens=True).input_ids
    assert "".join(stream(tokenizer, ids)) == text


@given(st.lists(st.integers(0, 300), max_size=40))
def test_pieces_join_to_the_decoded_whole_whatever_the_tokens(
    tokenizer: PreTrainedTokenizerFast, ids: list[int]
) -> None:
    assert "".join(stream(tokenizer, ids)) == tokenizer.decode(ids, skip_special_tokens=True)


def test_character_of_several_tokens_comes_whole(tokenizer: PreTrainedTokenizerFast) -> None:
    ids = tokenizer("a 🐉 b", add_special_tokens=False).input_ids
    pieces = [piece for piece in stream(tokenizer, ids) if piece]
    assert "🐉" in pieces
    assert len(ids) > len(pieces)


def test_half_a_character_at_the_end_is_marked(tokenizer: PreTrainedTokenizerFast) -> None:
    ids = tokenizer("a🐉", add_special_tokens=False).input_ids
    assert "".join(stream(tokenizer, ids[:-1])) == "a\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_reply_ends_with_the_fence_line_and_not_before(size: int) -> None:
    reply = canvas_to_reply(Canvas(GlobalDescription("A sign that says ```code```.")))
    end = ReplyEnd()
    pieces = [reply[at : at + size] for at in range(0, len(reply), size)]
    assert [end.feed(piece) for piece in pieces] == [False] * (len(pieces) - 1) + [True]


def test_fence_before_any_canvas_ends_nothing() -> None:
    end = ReplyEnd()
    assert not any(end.feed(piece) for piece in ("Like this:\n", "```python\nx = 1\n", "```\n", "\n```python\n"))
    assert end.feed("canvas.set_global_description(\n)\n```")


def test_a_reply_led_out_of_a_circle_ends_with_its_fence_or_the_next_circle() -> None:
    end = ReplyEnd()
    assert end.feed("canvas.set_global_description(\n    description='" + "a lovely day and " * 9)
    assert end.circling
    end.go_on()
    assert not end.feed("',\n    tags='a lovely day and a lovely night',\n)\n")
    assert end.feed("```")
    assert not end.circling
