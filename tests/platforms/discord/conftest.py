"""The stage that every Discord test plays on."""

from __future__ import annotations

import warnings
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import pytest

with warnings.catch_warnings():
    # discord.py imports the standard library's audioop, which warns on Python 3.11 and 3.12.
    warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)
    import discord

from tests.platforms.discord.stage import Stage, staged


@pytest.fixture(autouse=True)
def _own_addresses() -> Iterator[None]:
    """Each test points the library's process-wide addresses at its own server."""
    base, gateway = discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY
    yield
    discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = base, gateway


@pytest.fixture
async def bare(tmp_path: Path) -> AsyncGenerator[Stage]:
    """A local Discord without the bot."""
    async with staged(tmp_path) as stage:
        yield stage


@pytest.fixture
async def stage(bare: Stage) -> AsyncGenerator[Stage]:
    """A local Discord with the bot on it."""
    async with bare.running():
        yield bare
