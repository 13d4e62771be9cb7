"""What holds for every test: no token or model hub of the person who runs them is touched."""

from __future__ import annotations

import gc
import importlib.util
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import hypothesis
import pytest

from bot.settings.environment import PREFIX

if TYPE_CHECKING:
    from tests.postgres_server import PostgresServer


# Properties are tried with a few examples each time and with many by `make slow`. Other work may hold the processor.
hypothesis.settings.register_profile("everyday", max_examples=25, deadline=None)
hypothesis.settings.register_profile("thorough", max_examples=200, deadline=None)
hypothesis.settings.load_profile("everyday")


def pytest_configure() -> None:
    os.environ["HF_HUB_OFFLINE"] = "1"  # before the library that reads it is imported
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # the same; tests run beside each other


def pytest_collection_finish() -> None:
    """What all tests import stays until the end; without this, garbage is looked for in it every few tests."""
    gc.freeze()
    gc.set_threshold(50_000)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """More than cores, as everyday tests wait a quarter of their time; slow ones start processes of their own."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores * 3 // 2 if config.option.markexpr == "not slow" else cores


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as slow what is asked of a PostgreSQL server, and of the tests that are `sampled` all but some.

    SQLite, which everybody has, answers in `make test`.
    """
    variants: dict[object, list[pytest.Function]] = {}
    for item in items:
        if not isinstance(item, pytest.Function):
            continue
        if _asks_postgres(item):
            item.add_marker(pytest.mark.slow)
        if item.get_closest_marker("sampled") is not None:
            variants.setdefault(item.function, []).append(item)
    for some in variants.values():
        marker = some[0].get_closest_marker("sampled")
        assert marker is not None
        count, size = int(marker.args[0]), len(some)
        kept = {place * size // count for place in range(count)}
        for place, item in enumerate(some):
            if place not in kept:
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
