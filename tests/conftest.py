"""What holds for every test: no token or model hub of the person who runs them is touched."""

from __future__ import annotations

import os

import pytest

from bot.settings.environment import PREFIX


def pytest_configure() -> None:
    os.environ["HF_HUB_OFFLINE"] = "1"  # before the library that reads it is imported


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(variable)
