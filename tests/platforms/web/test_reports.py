"""A picture of the web chat is reported in a browser, and its moderators decide on another platform."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from playwright.async_api import expect

from bot.assembly.platforms import Hooks, MakePlatform
from bot.catalogues.catalogue import say
from bot.catalogues.text import Text
from bot.chat.web.chat import WebChat
from bot.messages import Action, Author, Place, Pressed
from bot.settings.config import Settings
from bot.settings.sections import DecencySettings, ReportSettings
from bot.store.transcript import StoredTranscript
from bot.store.turns import Store
from tests.bot_parts import new_store, put_together, serving
from tests.fakes import FakeChat, FakeModels, until
from tests.platforms.web.web_browser import chromium_beside

PATIENCE_MS = 30_000
MODERATORS = Place("discord", "7/99")
EVE = Author("4", "Eve", moderator=True)


@pytest.mark.slow
async def test_a_picture_is_reported_with_a_button_and_goes_for_everybody_once_moderators_say_so(
    tmp_path: Path,
) -> None:
    policy = ReportSettings(to="discord:channel:99")
    settings = Settings(data_dir=tmp_path, decency=DecencySettings(reports=(policy,)))
    discord, addresses = FakeChat("discord"), []

    def web(store: Store, hooks: Hooks) -> WebChat:
        chat = WebChat(StoredTranscript(store), hooks.page, port=0, reports=True)
        addresses.append(chat.bind())
        return chat

    async with new_store(tmp_path) as store, chromium_beside() as browser:
        platforms: list[MakePlatform] = [partial(web, store), lambda _: discord]
        bot = put_together(tmp_path, store, FakeModels(), platforms, settings=settings)
        async with serving(bot):
            author, reader = [await (await browser.new_context()).new_page() for _ in range(2)]
            author.set_default_timeout(PATIENCE_MS)
            reader.set_default_timeout(PATIENCE_MS)
            await author.goto(addresses[0])
            await author.get_by_label("Your message").fill("red house")
            await author.wait_for_function("window.did_handshake && window.socket?.connected")
            await author.get_by_label("Your message").press("Enter")
            await author.get_by_role("button", name="Reroll").wait_for()
            await reader.goto(author.url)
            report = reader.get_by_role("button", name=say(Text("button-report")))
            await report.click()
            await expect(reader.get_by_text(say(Text("report-thanks")))).to_be_visible(timeout=PATIENCE_MS)
            [(told, case)] = discord.shown.items()
            assert case.words == "red house"
            assert [file.spoiler for file in case.attachments] == [True]
            await report.click()
            await expect(reader.get_by_text(say(Text("report-known")))).to_be_visible(timeout=PATIENCE_MS)
            turn = next(each.turn for each in case.buttons if each.action is Action.TAKE_DOWN)
            assert await bot.hooks.handle(Pressed(MODERATORS, EVE, Action.TAKE_DOWN, turn)) is None
            for page in (author, reader):
                await expect(page.locator("article.bot img")).to_have_count(0, timeout=PATIENCE_MS)
                await expect(page.get_by_role("button", name=say(Text("button-report")))).to_have_count(0)
            await until(lambda: discord.shown[told].attachments == ())
            assert [each.action for each in discord.shown[told].buttons] == [Action.BAN]
            assert not list((tmp_path / "pictures").iterdir())
