"""One bot on two platforms: one that hangs or is offline delays nobody on the other."""

from __future__ import annotations

import asyncio

import pytest

from tests.platforms.behaviour.conftest import Street
from tests.platforms.behaviour.on_discord import DiscordStage
from tests.platforms.behaviour.on_telegram import TelegramStage
from tests.platforms.behaviour.stage import pictures, says

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.slow
async def test_while_discord_hangs_telegram_gets_its_pictures(two: Street) -> None:
    discord: DiscordStage = two.stages["discord"]
    telegram: TelegramStage = two.stages["telegram"]
    hold = discord.discord.hold("PATCH", "/messages/")
    await discord.ask("a cat")
    await asyncio.wait_for(hold.reached.wait(), 30)
    await telegram.ask("red house")
    await pictures(telegram, 1)
    await telegram.say("make it night")
    await pictures(telegram, 2)
    hold.released.set()
    await pictures(discord, 1)


@pytest.mark.slow
async def test_while_telegram_hangs_discord_gets_its_pictures(two: Street) -> None:
    discord: DiscordStage = two.stages["discord"]
    telegram: TelegramStage = two.stages["telegram"]
    fault = telegram.telegram.fail("editMessageMedia", hold=True)
    await telegram.ask("a cat")
    await telegram.telegram.until(lambda: fault.hits, 30)
    await discord.ask("red house")
    await pictures(discord, 1)
    await discord.say("make it night")
    await pictures(discord, 2)


@pytest.mark.slow
async def test_a_platform_that_is_offline_at_the_start_is_told_when_it_is_back(two: Street) -> None:
    discord: DiscordStage = two.stages["discord"]
    telegram: TelegramStage = two.stages["telegram"]
    two.house.engine.drawing.shut()
    await telegram.ask("a cat")
    await says(telegram, "Drawing: step 1")
    outage = telegram.telegram.fail("getMe", code=502, description="Bad Gateway", times=10**6)
    telegram.waited_for = False
    await two.house.restart()
    await discord.ask("red house")
    await pictures(discord, 1)
    assert not [each for each in await telegram.shown() if each.done]
    outage.times = 0
    await pictures(telegram, 1)
    telegram.waited_for = True
