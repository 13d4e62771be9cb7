"""What can be done with pictures that exist: picking, removing and going back, over a real database."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.catalogues.catalogue import say
from bot.jobs.job import Allowance
from bot.messages import Action, Author, Notice, Outgoing, Pressed
from bot.requests.limits import Limits
from bot.telling import replies
from tests.bot_parts import ANN, BOB, PLACE, Bot, opened, working
from tests.fakes import FakeChat, canvas_for, until

pytestmark = pytest.mark.usefixtures("either_database")

MODERATOR = replace(BOB, moderator=True)


async def drawn(bot: Bot, words: str = "red house") -> str:
    """Say something, wait for its picture and give its turn."""
    count = len(bot.chat.finished())
    assert await bot.say(words) is None
    await until(lambda: len(bot.chat.finished()) > count)
    return await bot.head()


async def varied(bot: Bot) -> str:
    """A picture and its four variations, whose turn is given."""
    await bot.press(Action.VARIATIONS, await drawn(bot))
    await until(lambda: len(bot.chat.finished()) == 2)
    return await bot.head()


def picks(message: Outgoing) -> list[str]:
    return [button.turn for button in message.buttons if button.action is Action.PICK]


@pytest.mark.slow
async def test_a_picked_variation_becomes_a_picture_of_its_own_without_drawing(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        four = await varied(bot)
        assert [button.label for button in bot.chat.shown["m2"].buttons][:5] == ["1", "2", "3", "4", "Edit"]
        assert all(len(button.data) <= 64 for button in bot.chat.shown["m2"].buttons)
        assert await bot.press(Action.PICK, picks(bot.chat.shown["m2"])[2]) is None
        shown = bot.chat.shown["m3"]
        picked = await bot.store.turn(await bot.head())
        assert picked is not None
        assert (picked.parent, picked.draft.seed, picked.draft.images) == (four, 103, 1)
        assert shown.attachments[0].content == bot.chat.shown["m2"].attachments[2].content
        assert (shown.footer, shown.parent) == ("Seed 103 · 192 × 192 · tiny", "m2")
        assert picks(shown) == [], "there is only one"
        assert len(bot.engine.drawn) == 2, "nothing was drawn for it"


@pytest.mark.slow
async def test_going_on_from_a_picked_variation_tells_the_composer_once_of_its_canvas(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        await varied(bot)
        await bot.press(Action.PICK, picks(bot.chat.shown["m2"])[0])
        picked = await bot.head()
        following = await drawn(bot, "add a tree")
        assert [turn.words for turn in bot.engine.composed[-1][0]] == ["red house"]
        turn = await bot.store.turn(following)
        assert turn is not None
        assert (turn.parent, turn.draft.seed) == (picked, 101)
        assert await bot.submit(picked, words="blue house") is None
        await until(lambda: len(bot.engine.composed) == 3)
        assert bot.engine.composed[-1][0] == (), "other words for the first request, not a change of it"
        assert await bot.press(Action.PICK, f"{picked}-2") == Notice(say(replies.NO_SUCH_PICTURE))


@pytest.mark.slow
async def test_a_removed_picture_leaves_every_message_of_it_and_is_not_gone_back_to(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        first = await drawn(bot)
        second = await drawn(bot, "add a tree")
        third = await drawn(bot, "add a cat")
        await bot.press(Action.UNDO, third)  # shows the second once more
        assert await bot.press(Action.DELETE, second, author=BOB) == Notice(say(replies.NOT_YOURS))
        assert await bot.press(Action.DELETE, second) is None
        for name in ("m2", "m4"):
            assert bot.chat.shown[name] == Outgoing("Removed by Ann.")
        assert await bot.head() == first, "the next message builds on what is left"
        assert await bot.press(Action.UNDO, third) is None
        assert await bot.head() == first
        for action in (Action.EDIT, Action.REROLL, Action.LAYOUT, Action.CODE, Action.DELETE, Action.PICK):
            assert await bot.press(action, second) == Notice(say(replies.REMOVED))


@pytest.mark.slow
async def test_a_moderator_may_remove_anything_also_while_it_is_drawn(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        bot.engine.drawing.shut()
        await bot.say("red house")
        await until(bot.engine.drawing.reached.is_set)
        turn = await bot.head()
        assert await bot.press(Action.DELETE, turn, author=MODERATOR) is None
        assert bot.chat.shown["m1"] == Outgoing("Removed by Bob.")
        bot.engine.drawing.open()
        await until(lambda: "render" in bot.engine.closed)
        assert await bot.say("/undo") == Notice(say(replies.NOTHING_HERE))
        following = await drawn(bot, "blue house")
        turn_after = await bot.store.turn(following)
        assert turn_after is not None
        assert turn_after.parent is None, "nothing was left to build on"
        assert bot.chat.shown["m1"] == Outgoing("Removed by Bob.")


@pytest.mark.slow
async def test_a_removal_that_could_not_be_shown_is_shown_after_a_restart(tmp_path: Path) -> None:
    chat = FakeChat()
    async with opened(tmp_path, chat) as bot:
        async with working(bot):
            turn = await drawn(bot)
            await bot.at_rest()
        chat.fail.append(OSError("no connection"))
        assert await bot.press(Action.DELETE, turn) is None
        assert chat.shown["m1"].attachments
    async with opened(tmp_path, chat) as bot, working(bot):
        await until(lambda: chat.shown["m1"] == Outgoing("Removed by Ann."))


@pytest.mark.slow
async def test_undo_shows_once_also_where_posting_fails_at_first(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        await drawn(bot)
        second = await drawn(bot, "add a tree")
        await bot.at_rest()
        bot.chat.fail.append(OSError("no connection"))
        assert await bot.press(Action.UNDO, second) is None
        await until(lambda: len(bot.chat.posts) == 3)
        await bot.at_rest()
        assert len(bot.chat.posts) == 3
        bot.chat.closed = True
        assert await bot.press(Action.UNDO, second) == Notice(say(replies.CANNOT_POST))


@pytest.mark.slow
async def test_going_back_and_picking_use_up_no_allowance(tmp_path: Path) -> None:
    limits = Limits(shortest=64, longest=512, allowance=Allowance(5, 5, per_minute=6))
    async with opened(tmp_path, limits=limits) as bot, working(bot):
        await varied(bot)
        for number in (0, 1, 2, 3):
            assert await bot.press(Action.PICK, picks(bot.chat.shown["m2"])[number]) is None
        assert await bot.say("add a tree") is None


@pytest.mark.slow
async def test_two_people_may_pick_different_ones_at_once(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        await varied(bot)
        one, two, *_ = picks(bot.chat.shown["m2"])
        pressed = [Pressed(PLACE, ANN, Action.PICK, one), Pressed(PLACE, Author("3", "Cy"), Action.PICK, two)]
        assert await asyncio.gather(*map(bot.handlers.handle, pressed)) == [None, None]
        assert {shown.footer.split(" ·")[0] for shown in bot.chat.finished()[2:]} == {
            "Seed 101",
            "Seed 102",
        }
        turn = await bot.store.turn(await bot.head())
        assert turn is not None
        assert turn.canvas == canvas_for("red house")
