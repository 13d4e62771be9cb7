"""/history: the tree of a conversation, going on from any turn, and the edits as an animation."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from bot.messages import Action, Choices, Notice, Pressed
from tests.bot_parts import ANN, PLACE, Bot, opened, working
from tests.fakes import until

pytestmark = pytest.mark.usefixtures("either_database")


async def drawn(bot: Bot, words: str, count: int) -> str:
    assert await bot.say(words) is None
    await until(lambda: len(bot.chat.finished()) == count)
    return await bot.head()


@pytest.mark.slow
async def test_every_turn_is_shown_and_one_can_go_on_from_any(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        first = await drawn(bot, "a red house", 1)
        second = await drawn(bot, "make it blue", 2)
        history = await bot.say("/history")
        assert isinstance(history, Choices)
        assert [(each.value, each.label) for each in history.options[:2]] == [
            (first, "1 · a red house"), (second, "2 · make it blue"),
        ]  # fmt: skip
        assert history.attachments[0].content.startswith(b"\x89PNG")
        assert await bot.handle(Pressed(PLACE, ANN, Action.RESUME, history.turn, first)) is None
        await until(lambda: len(bot.chat.posts) == 3)
        assert await bot.head() == first
        third = await drawn(bot, "add a tree", 4)
        turn = await bot.store.turn(third)
        assert turn is not None
        assert turn.parent == first


@pytest.mark.slow
async def test_the_way_to_the_newest_picture_is_an_animation(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        only = await drawn(bot, "a red house", 1)
        alone = await bot.say("/history")
        assert isinstance(alone, Choices)
        assert [each.value for each in alone.options] == [only]
        none = await bot.handle(Pressed(PLACE, ANN, Action.RESUME, only, "film"))
        assert isinstance(none, Notice)
        assert none.attachments == ()
        newest = await drawn(bot, "make it blue", 2)
        made = await bot.handle(Pressed(PLACE, ANN, Action.RESUME, newest, "film"))
        assert isinstance(made, Notice)
        assert [file.name for file in made.attachments] == ["edits.webp"]


async def test_where_nothing_was_drawn_it_says_so(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        answer = await bot.say("/history")
        assert isinstance(answer, Notice)
        unknown = await bot.handle(Pressed(PLACE, ANN, Action.RESUME, "aaaaaaaaaa", "bbbbbbbbbb"))
        assert isinstance(unknown, Notice)


@pytest.mark.slow
async def test_every_turn_is_found_at_its_place_on_the_tree(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        await drawn(bot, "a red house", 1)
        await drawn(bot, "make it blue", 2)
        history = await bot.say("/history")
        assert isinstance(history, Choices)
        *turns, film = history.options
        assert film.spot is None
        with Image.open(io.BytesIO(history.attachments[0].content)) as tree:
            for option in turns:
                assert option.spot is not None
                left, top, right, bottom = option.spot
                inside = ((left + right) / 2 * tree.width, (top + bottom) / 2 * tree.height)
                assert tree.getpixel((int(inside[0]), int(inside[1]))) == (100, 0, 0), "the picture of seed 100"
                assert (right - left) * tree.width == pytest.approx((bottom - top) * tree.height)
