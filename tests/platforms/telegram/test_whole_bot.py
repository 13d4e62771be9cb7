"""The bot behind the adapter: its handlers, queue and worker with models that draw at once, on the local Telegram."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.assembly.platforms import Hooks
from bot.chat.telegram.chat import TelegramChat, Tempo
from bot.requests.limits import Limits
from bot.store.database import connect
from bot.store.telegram_messages import StoredThreads
from bot.store.turns import Store
from tests.bot_parts import put_together
from tests.fakes import FakeModels
from tests.platforms.telegram.server import TOKEN
from tests.platforms.telegram.stage import PAUSE, SPEED, Stage


@asynccontextmanager
async def working(stage: Stage, folder: Path) -> AsyncGenerator[None]:
    """The whole bot, from its log-in to its end."""
    database = connect(stage.database)
    store = Store(database)

    def telegram(hooks: Hooks) -> TelegramChat:
        return TelegramChat(
            TOKEN,
            hooks.handle,
            StoredThreads(store),
            base_url=stage.telegram.base_url,
            base_file_url=stage.telegram.base_file_url,
            tempo=Tempo().faster(SPEED),
            pause=PAUSE,
        )

    bot = put_together(folder, store, FakeModels(), [telegram], Limits(), pace=0.0)
    tasks = [asyncio.create_task(service()) for service in bot.services]
    try:
        await stage.until(lambda: len(stage.telegram.calls_to("setMyCommands")) >= 3)
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=15)
        await database.dispose()


@pytest.fixture
async def bot(bare: Stage, folder: Path) -> AsyncGenerator[Stage]:
    async with working(bare, folder):
        yield bare


async def test_a_group_request_grows_into_a_picture_and_a_reply_changes_it(bot: Stage) -> None:
    bot.ann.say("/imagine a red house", bot.group)
    first = await bot.picture(bot.group)
    bot.bob.say("make it night", bot.group, to=first)
    second = await bot.picture(bot.group, 2)
    kinds = [kind for _, _, kind in first.versions]
    assert (kinds[0], kinds[-1]) == ("text", "photo")
    assert second.text.startswith("“make it night”")
    assert len(bot.telegram.messages(bot.group)) == 2


@pytest.mark.slow
async def test_a_reply_to_an_older_picture_changes_that_one(bot: Stage) -> None:
    bot.ann.say("a red house")
    first = await bot.picture(bot.ann.private)
    bot.ann.say("make it night")
    await bot.picture(bot.ann.private, 2)
    bot.ann.say("add a boat", to=first)
    await bot.picture(bot.ann.private, 3)
    bot.ann.say("/undo")
    again = await bot.picture(bot.ann.private, 4)
    assert "a red house" in again.text
    await bot.ann.pressed(first, "Variations")
    below = await bot.picture(bot.ann.private, 5)
    bot.ann.say("add a fish", to=below)
    await bot.picture(bot.ann.private, 6)
    bot.ann.say("/undo")
    await bot.picture(bot.ann.private, 7)
    album = [each for each in bot.telegram.messages(bot.ann.private) if each.album]
    assert len(album) == 8, "the four are shown again"


@pytest.mark.slow
async def test_changed_words_are_a_branch_and_undo_goes_back(bot: Stage) -> None:
    asked = bot.ann.say("a red house")
    await bot.picture(bot.ann.private)
    bot.ann.rewrite(asked, "a blue fish")
    await bot.picture(bot.ann.private, 2)
    bot.ann.say("make it night")
    await bot.picture(bot.ann.private, 3)
    bot.ann.say("/undo")
    again = await bot.picture(bot.ann.private, 4)
    assert "a blue fish" in again.text


@pytest.mark.slow
async def test_regions_are_changed_on_the_keyboard(bot: Stage) -> None:
    bot.ann.say("a red house")
    shown = await bot.picture(bot.ann.private)
    await bot.ann.pressed(shown, "Layout")
    choices = await bot.newest(bot.ann.private, 2)
    await bot.ann.pressed(choices, choices.labels()[0])
    form = await bot.newest(bot.ann.private, 3)
    await bot.ann.pressed(form, "Position")
    await bot.until(lambda: "On the left" in form.labels())
    await bot.ann.pressed(form, "On the left")
    await bot.until(lambda: "Position: On the left" in form.labels())
    await bot.ann.pressed(form, "Send")
    changed = await bot.picture(bot.ann.private, 2)
    assert "on the left" in changed.text


@pytest.mark.slow
async def test_edit_settings_and_variations(bot: Stage) -> None:
    bot.bob.say("/imagine a red house", bot.group)
    shown = await bot.picture(bot.group)
    await bot.bob.pressed(shown, "Edit")
    question = await bot.newest(bot.group, 2)
    bot.bob.say("a green tree", bot.group, to=question)
    await bot.picture(bot.group, 2)
    bot.bob.say("/settings group", bot.group)
    refused = await bot.newest(bot.group, 4)
    bot.ann.say("/settings group", bot.group)
    form = await bot.newest(bot.group, 5)
    await bot.bob.pressed(shown, "Variations")
    await bot.picture(bot.group, 3)
    assert not refused.labels()
    assert any("Style" in label for label in form.labels())
    assert sum(bool(each.album) for each in bot.telegram.messages(bot.group)) == 4
