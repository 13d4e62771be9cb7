"""What holds for every test: no token or model hub of the person who runs them is touched."""

from __future__ import annotations

import gc
import importlib.util
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from bot.settings.environment import PREFIX

if TYPE_CHECKING:
    from tests.postgres_server import PostgresServer


def pytest_configure() -> None:
    os.environ["HF_HUB_OFFLINE"] = "1"  # before the library that reads it is imported


def pytest_collection_finish() -> None:
    """What all tests import stays until the end; without this, garbage is looked for in it every few tests."""
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is asked of a PostgreSQL server is slow: SQLite, which everybody has, answers it in `make test`."""
    for item in items:
        if isinstance(item, pytest.Function) and _asks_postgres(item):
            item.add_marker(pytest.mark.slow)


def _asks_postgres(item: pytest.Function) -> bool:
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    return "postgres_server" in item.fixturenames or parameters.get("either_database") == "postgresql"


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(variable)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One server for all tests; they are skipped where PostgreSQL or its driver is not installed."""
    if importlib.util.find_spec("asyncpg") is None:
        pytest.skip("asyncpg is not installed")
    from tests.postgres_server import programs, running_server

    found = programs()
    if found is None:
        pytest.skip("PostgreSQL is not installed")
    with running_server(found) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def either_database(request: pytest.FixtureRequest) -> Iterator[str]:
    """Run a test on each database; parametrise it indirectly for what holds of one only."""
    kind: str = request.param
    if kind == "sqlite":
        yield kind
        return
    from tests.bot_parts import on_postgres  # not above: it brings the library that reads what is set here

    with on_postgres(request.getfixturevalue("postgres_server")):
        yield kind
