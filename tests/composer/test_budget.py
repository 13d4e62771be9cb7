"""What stays in the prompt when a conversation grows longer than the context."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region
from omost_pipeline.composer.budget import Prompt, fit, good_reply, least_reply
from omost_pipeline.composer.protocol import Turn
from omost_pipeline.errors import BudgetError

SYSTEM = 10


def encode(history: Sequence[Turn], words: str) -> list[int]:
    """One token a character; the system prompt has ten."""
    told = (turn.words + turn.canvas.scene.description + "".join(_details(turn.canvas)) for turn in history)
    text = "s" * SYSTEM + "".join(told) + words
    return [ord(letter) for letter in text]


def _details(canvas: Canvas) -> Iterator[str]:
    yield from canvas.scene.detailed_descriptions
    for region in canvas.regions:
        yield from region.detailed_descriptions


def detailed(words: int, details: int) -> Turn:
    """A turn whose canvas has twenty tokens and two regions with so many details of ten."""
    region = Region("on the left", "no offset", "a small square area", 1.0, "Thing.", ("d" * 10,) * details)
    return Turn("w" * words, Canvas(GlobalDescription("c" * 20), (region, region)))


def turn(words: int, canvas: int) -> Turn:
    return Turn("w" * words, Canvas(GlobalDescription("c" * canvas)))


turns = st.lists(st.builds(turn, st.integers(0, 30), st.integers(1, 80)), max_size=12)


@given(turns, st.integers(0, 40), st.integers(200, 600), st.integers(1, 300))
def test_prompt_and_reply_fit_and_the_newest_turns_stay(
    history: list[Turn], words: int, context: int, max_new: int
) -> None:
    prompt = fit(history, "n" * words, encode, context, max_new)
    assert len(prompt.ids) + prompt.reply_room <= context
    assert prompt.reply_room >= least_reply(context, max_new)
    assert prompt.turns >= min(len(history), 1)
    assert list(prompt.ids) == encode(history[len(history) - prompt.turns :], "n" * words)


@given(turns, st.integers(200, 600), st.integers(1, 300))
def test_older_turns_stay_as_long_as_a_good_reply_has_room(history: list[Turn], context: int, max_new: int) -> None:
    prompt = fit(history, "new", encode, context, max_new)
    newest = len(encode(history[-1:], "new")) - len(encode((), "new"))
    wanted = good_reply(context, max_new, newest)
    if prompt.turns > 1:
        assert len(prompt.ids) + wanted <= context
    if prompt.turns < len(history):
        assert len(encode(history[-prompt.turns - 1 :], "new")) + wanted > context


@given(turns, st.integers(200, 400), st.integers(0, 400))
def test_a_larger_context_never_keeps_fewer_turns(history: list[Turn], context: int, more: int) -> None:
    assert fit(history, "new", encode, context + more, 50).turns >= fit(history, "new", encode, context, 50).turns


@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 300), st.integers(1, 200))
def test_it_fits_or_says_why_not(old_words: int, canvas: int, words: int, max_new: int) -> None:
    needed = SYSTEM + canvas + words + least_reply(400, max_new)
    if needed > 400:
        with pytest.raises(BudgetError, match="shorter message"):
            fit([turn(old_words, canvas)], "n" * words, encode, 400, max_new)
    else:
        assert fit([turn(old_words, canvas)], "n" * words, encode, 400, max_new).turns == 1


def test_newest_turn_gives_up_its_words_before_its_canvas() -> None:
    prompt = fit([turn(5, 5), turn(150, 40)], "more", encode, 200, 20)
    assert prompt == Prompt(tuple(encode([turn(0, 40)], "more")), 1, 20, (turn(0, 40),))


@pytest.mark.parametrize(
    ("context", "details"),
    [(393, 8), (392, 4), (233, 4), (232, 2), (153, 2), (152, 1), (113, 1), (112, 0), (73, 0)],
)
def test_canvas_is_told_with_as_many_details_as_can_be_written_again(context: int, details: int) -> None:
    prompt = fit([turn(5, 5), detailed(10, 8)], "new", encode, context, 400)
    newest = prompt.history[-1]
    assert [len(region.detailed_descriptions) for region in newest.canvas.regions] == [details, details]
    assert newest.canvas.scene == detailed(10, 8).canvas.scene
    assert list(prompt.ids) == encode(prompt.history, "new")
    canvas = 20 + 20 * details
    assert prompt.reply_room >= canvas
    assert prompt.reply_room == min(400, context - len(prompt.ids))


def test_details_stay_where_leaving_them_out_would_not_make_enough_room_either() -> None:
    prompt = fit([detailed(60, 1)], "new", encode, 160, 400)
    assert prompt.history == (detailed(60, 1),)
    assert prompt.reply_room == 47


def test_conversation_of_a_thousand_edits_still_fits() -> None:
    prompt = fit([turn(20, 60)] * 1000, "and another", encode, 1000, 400)
    assert 5 < prompt.turns < 20


def test_words_too_long_are_refused_with_the_numbers() -> None:
    with pytest.raises(BudgetError, match=r"prompt of 510 tokens .* room for 350 .* shorter message\."):
        fit([], "n" * 500, encode, 400, 4096)
