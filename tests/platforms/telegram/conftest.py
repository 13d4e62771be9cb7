"""The stage that every Telegram test plays on."""

from __future__ import annotations

import shutil
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from bot.store.migrate import upgrade
from tests.platforms.telegram.stage import Stage, staged


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with all its tables, to be copied."""
    file = tmp_path_factory.mktemp("tables") / "omost.db"
    upgrade(f"sqlite+aiosqlite:///{file}")
    return file


@pytest.fixture
def folder(tables: Path, tmp_path: Path) -> Path:
    """A folder with a fresh database."""
    shutil.copy(tables, tmp_path)
    return tmp_path


@pytest.fixture
async def bare(folder: Path) -> AsyncGenerator[Stage]:
    """A local Telegram without the bot."""
    async with staged(folder) as stage:
        yield stage


@pytest.fixture
async def stage(bare: Stage) -> AsyncGenerator[Stage]:
    """A local Telegram with the bot on it."""
    async with bare.running():
        yield bare
