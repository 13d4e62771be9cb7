"""The Larger button: a finished picture becomes the beginning of one with more pixels, as a turn of its own."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from bot.catalogues.catalogue import say
from bot.messages import Action, Choices, Notice
from bot.telling import replies
from bot.turns.conversation import TurnRecord
from omost_pipeline.renderer.spec import LARGER
from tests.bot_parts import Bot, opened, working
from tests.fakes import until

LINE = "Seed 100 · 288 × 288 · made larger, changes are drawn in the size before · tiny"


async def drawn(bot: Bot, words: str = "red house") -> str:
    """Say something, wait for its picture and give its turn."""
    count = len(bot.chat.finished())
    assert await bot.say(words) is None
    await until(lambda: len(bot.chat.finished()) > count)
    return await bot.head()


async def larger(bot: Bot, turn: str, number: int) -> TurnRecord:
    """Press Larger under a turn; gives the turn that came of it, whose picture is the ``number``-th posted."""
    assert await bot.press(Action.LARGER, turn) is None
    await until(lambda: len(bot.chat.finished()) == number)
    return await newest(bot)


async def newest(bot: Bot) -> TurnRecord:
    turn = await bot.store.turn(await bot.head())
    assert turn is not None
    return turn


@pytest.mark.slow
async def test_the_picture_itself_is_made_larger_as_a_turn_below_its_own(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        turn = await drawn(bot)
        child = await larger(bot, turn, 2)
        assert (child.parent, child.draft.seed, child.draft.spec.get(LARGER)) == (turn, 100, 1.5)
        original = bot.engine.enlarged[-1]
        assert original is not None
        shown = bot.chat.shown["m1"].attachments[0].content
        assert original.tobytes() == Image.open(io.BytesIO(shown)).convert("RGB").tobytes()
        assert len(bot.engine.composed) == 1, "nothing was composed for it"
        result = bot.chat.shown["m2"]
        assert (result.words, result.footer, result.parent) == ("red house", LINE, "m1")


@pytest.mark.slow
async def test_what_follows_a_larger_picture_is_drawn_at_the_usual_size(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        child = await larger(bot, await drawn(bot), 2)
        await bot.say("add a tree")
        await until(lambda: len(bot.chat.finished()) == 3)
        following = await newest(bot)
        assert (following.parent, following.draft.spec.get(LARGER), following.draft.width) == (child.id, None, 192)
        assert [turn.words for turn in bot.engine.composed[-1][0]] == ["red house"], "told once"
        assert await bot.press(Action.REROLL, child.id) is None
        await until(lambda: len(bot.chat.finished()) == 4)
        again = await newest(bot)
        assert (again.parent, again.draft.seed, again.draft.spec.get(LARGER)) == (child.parent, 101, None)


@pytest.mark.slow
async def test_undo_leads_from_the_larger_picture_back_to_the_one_before(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        turn = await drawn(bot)
        child = await larger(bot, turn, 2)
        assert await bot.press(Action.UNDO, child.id) is None
        assert await bot.head() == turn


@pytest.mark.slow
async def test_of_several_pictures_one_is_asked_for(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        await bot.say("/imagine --count 3 red house")
        await until(bot.chat.finished)
        turn = await bot.head()
        asked = await bot.press(Action.LARGER, turn)
        assert isinstance(asked, Choices)
        assert (asked.text, asked.action, asked.turn) == (say(replies.WHICH_LARGER), Action.LARGER, turn)
        assert [(each.value, each.description) for each in asked.options] == [
            ("1", "Seed 100"),
            ("2", "Seed 101"),
            ("3", "Seed 102"),
        ]
        assert await bot.press(Action.LARGER, f"{turn}-2") is None
        await until(lambda: len(bot.chat.finished()) == 2)
        assert (await newest(bot)).draft.seed == 101
        assert bot.engine.drawn[-1][1].seed == 101
        assert await bot.press(Action.LARGER, f"{turn}-4") == Notice(say(replies.NO_SUCH_PICTURE))


@pytest.mark.slow
async def test_a_picture_grows_until_it_is_as_large_as_can_be(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):  # sides of at most 512 pixels
        turn = await drawn(bot)
        for number, side in enumerate((288, 432, 648), start=2):
            turn = (await larger(bot, turn, number)).id
            picture = (await bot.store.pictures(turn))[0]
            assert picture.width == side
        refused = await bot.press(Action.LARGER, turn)
        assert refused == Notice("That picture is already 648 × 648 pixels; the longest side I can draw is 512 pixels.")


@pytest.mark.slow
async def test_a_picture_whose_file_is_gone_is_drawn_once_more_first(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        turn = await drawn(bot)
        (tmp_path / (await bot.store.pictures(turn))[0].path).unlink()
        await larger(bot, turn, 2)
        _, options = bot.engine.drawn[-1]
        assert options.highres is not None
        assert (bot.engine.enlarged[-1], options.highres.scale, options.seed) == (None, 1.5, 100)


async def test_a_turn_without_a_picture_yet_has_nothing_to_enlarge(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        await bot.say("red house")
        assert await bot.press(Action.LARGER, await bot.head()) == Notice(say(replies.NOT_COMPOSED))
