"""One stage for each platform, on which all the behavioural tests play, each in a conversation of its own."""

from __future__ import annotations

import warnings
from collections.abc import AsyncGenerator
from typing import Any

import pytest
import pytest_asyncio

with warnings.catch_warnings():
    # discord.py imports the standard library's audioop, which warns on Python 3.11 and 3.12.
    warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)
    import discord

from tests.platforms.behaviour.on_discord import on_discord
from tests.platforms.behaviour.on_telegram import on_telegram
from tests.platforms.behaviour.on_web import on_web
from tests.platforms.behaviour.stage import Stage

PLATFORMS = {"web": on_web, "discord": on_discord, "telegram": on_telegram}


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=PLATFORMS)
async def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Stage]:
    """A platform with the bot on it. The Discord library's process-wide addresses are put back afterwards."""
    base, gateway = discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY
    on: Any = PLATFORMS[request.param]
    async with on(tmp_path_factory.mktemp(request.param)) as stage:
        yield stage
    discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = base, gateway


@pytest_asyncio.fixture(loop_scope="module")
async def stage(house: Stage) -> AsyncGenerator[Stage]:
    """The platform, where no conversation has begun."""
    await house.open()
    yield house
    house.engine.hold_after = 0
    house.engine.writing.open()
    house.engine.drawing.open()
