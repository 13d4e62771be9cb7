"""One bot on all platforms at once, and a stage on each, on which all the behavioural tests play.

Each test has a conversation of its own. Where no browser is installed, or none is asked for, the bot does without the
web chat: a browser takes ten times as long for everything, so its tests are slow.
"""

from __future__ import annotations

import warnings
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass
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
from tests.platforms.behaviour.stage import House, Stage
from tests.platforms.web.web_browser import is_installed


@dataclass(frozen=True)
class Street:
    """The house and the stages in it, by their platform."""

    house: House
    stages: dict[str, Any]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def street(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Street]:
    """One bot on every platform. The Discord library's process-wide addresses are put back afterwards."""
    base, gateway = discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY
    house = House(tmp_path_factory.mktemp("house"))
    platforms: dict[str, Any] = {"discord": on_discord, "telegram": on_telegram}
    asked = {item.callspec.params.get("stage") for item in request.session.items if hasattr(item, "callspec")}
    if is_installed() and "web" in asked:
        platforms["web"] = on_web
    async with AsyncExitStack() as exits:
        stages = {name: await exits.enter_async_context(on(house)) for name, on in platforms.items()}
        house.guests += stages.values()
        await house.start()
        yield Street(house, stages)
    discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = base, gateway


@pytest_asyncio.fixture(
    loop_scope="module", params=[pytest.param("web", marks=pytest.mark.slow), "discord", "telegram"]
)
async def stage(request: pytest.FixtureRequest, street: Street) -> AsyncGenerator[Stage]:
    """A platform, where no conversation has begun."""
    if request.param not in street.stages:
        pytest.skip("no browser found; install chromium to run the browser tests")
    stage: Stage = street.stages[request.param]
    await stage.open()
    yield stage
    _open_gates(street)


@pytest_asyncio.fixture(loop_scope="module")
async def two(street: Street) -> AsyncGenerator[Street]:
    """Discord and Telegram, each where no conversation has begun."""
    for stage in (street.stages["discord"], street.stages["telegram"]):
        await stage.open()
    yield street
    _open_gates(street)


def _open_gates(street: Street) -> None:
    street.house.engine.hold_after = 0
    street.house.engine.writing.open()
    street.house.engine.drawing.open()
