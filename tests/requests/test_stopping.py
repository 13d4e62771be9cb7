"""Who may stop work, and what is left where something is refused: one rule, whatever would stop it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.jobs.job import Allowance, State
from bot.messages import Action, Author, Notice, Rewritten, Said
from bot.requests.limits import Limits
from tests.bot_parts import ANN, BOB, PLACE, Bot, opened, working
from tests.fakes import until

MODERATOR = replace(BOB, moderator=True)


async def drawing(bot: Bot) -> tuple[str, str]:
    """Ann's finished picture, and her change of it that is being drawn."""
    assert await bot.say("a cat") is None
    await until(lambda: len(bot.chat.finished()) == 1)
    first = await bot.head()
    bot.engine.drawing.shut()
    assert await bot.say("make it black") is None
    assert await asyncio.to_thread(bot.engine.drawing.reached.wait, 10)
    return first, await bot.head()


async def state_of(bot: Bot, turn: str) -> State:
    job = await bot.queue.newest(turn)
    assert job is not None
    return job.state


@pytest.mark.slow
async def test_undo_by_somebody_else_goes_back_and_stops_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        first, second = await drawing(bot)
        refused = await bot.say("/cancel", author=BOB)
        assert isinstance(refused, Notice)
        assert "moderator, can stop it" in refused.text
        assert await bot.say("/undo", author=BOB) is None
        assert (await bot.head(), await state_of(bot, second)) == (first, State.RUNNING)
        bot.engine.drawing.open()
        await until(lambda: len(bot.chat.finished()) == 3)
        assert await state_of(bot, second) is State.FINISHED
        assert await bot.head() == first, "what is finished meanwhile does not bring it back"
        assert await bot.say("add a hat", author=BOB) is None
        await until(lambda: len(bot.chat.finished()) == 4)
        assert [turn.words for turn in bot.engine.composed[-1][0]] == ["a cat"]


@pytest.mark.sampled(2)
@pytest.mark.parametrize("author", [ANN, MODERATOR], ids=["whoever asked", "a moderator"])
@pytest.mark.parametrize("by", ["/undo", "/cancel", "button"])
async def test_whoever_asked_and_moderators_stop_work(tmp_path: Path, author: Author, by: str) -> None:
    async with opened(tmp_path) as bot, working(bot):
        first, second = await drawing(bot)
        await (bot.press(Action.UNDO, second, author=author) if by == "button" else bot.say(by, author=author))
        assert await state_of(bot, second) is State.CANCELLED
        assert await bot.head() == (second if by == "/cancel" else first)
        bot.engine.drawing.open()


@pytest.mark.parametrize(
    "allowance", [Allowance(5, 50, per_minute=2), Allowance(waiting_per_author=2), Allowance(waiting=2)]
)
async def test_a_message_whose_new_words_are_refused_keeps_its_picture(tmp_path: Path, allowance: Allowance) -> None:
    limits = Limits(shortest=64, longest=512, allowance=allowance)
    async with opened(tmp_path, limits=limits) as bot:
        await bot.handlers.handle(Said(PLACE, ANN, "a cat", message="1"))
        await bot.handlers.handle(Said(PLACE, ANN, "a dog", message="2"))
        turn = await bot.head()
        refused = await bot.handlers.handle(Rewritten(PLACE, ANN, "a big dog", "2"))
        assert isinstance(refused, Notice)
        assert (await bot.head(), await state_of(bot, turn)) == (turn, State.QUEUED)


@pytest.mark.slow
async def test_new_words_stop_the_work_on_the_old_ones_only_once_they_are_taken(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        bot.engine.drawing.shut()
        await bot.handlers.handle(Said(PLACE, ANN, "a dog", message="1"))
        assert await asyncio.to_thread(bot.engine.drawing.reached.wait, 10)
        old = await bot.head()
        assert await bot.handlers.handle(Rewritten(PLACE, ANN, "a big dog", "1")) is None
        assert await state_of(bot, old) is State.CANCELLED
        bot.engine.drawing.open()
        await until(bot.chat.finished)
        assert [words for _, words in bot.engine.composed] == ["a dog", "a big dog"]
