"""The whole program as a process: it starts, answers, stops when told to, or says in a sentence why it cannot start."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot import app
from bot.settings.config import load_settings
from omost_pipeline.engine.local import LocalEngine
from tests.fakes import FakeModels
from tests.platforms.web.web_browser import chromium_beside

PATIENCE = 120.0
"""Seconds a start or stop may take on a machine that is busy with other things."""


def command(config: Path) -> list[str]:
    return [sys.executable, "-m", "bot", "run", "--config", str(config)]


def settings(folder: Path, port: int = 0, more: str = "") -> Path:
    file = folder / "config.toml"
    file.write_text(f'device = "cpu"\n{more}\n[web]\nport = {port}\n', encoding="utf-8")
    return file


@contextmanager
def running(config: Path) -> Generator[tuple[subprocess.Popen[str], str]]:
    """The bot and its address; killed at the end if it still runs."""
    with subprocess.Popen(command(config), stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://\S+", process.stdout.readline())
            assert found is not None
            yield process, found[0]
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
def test_it_serves_its_page_until_a_signal_stops_it_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    with running(settings(tmp_path)) as (process, address):
        with urllib.request.urlopen(address, timeout=PATIENCE) as page:  # noqa: S310  # our own address
            assert page.status == 200
        process.send_signal(number)
        said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert said.strip() == "Stopped."
    assert (tmp_path / "data" / "omost.db").exists()


@pytest.mark.slow
async def test_the_bundled_models_are_loaded_once_somebody_is_there(tmp_path: Path) -> None:
    loaded, said = asyncio.Event(), list[str]()
    loop = asyncio.get_running_loop()

    class Models(FakeModels):
        def renderer(self) -> FakeModels:
            loop.call_soon_threadsafe(loaded.set)
            return super().renderer()

    config = load_settings(settings(tmp_path), {})
    running = asyncio.create_task(app.run(config, said.append, LocalEngine(Models())))
    async with asyncio.timeout(PATIENCE), chromium_beside() as browser:
        page = await browser.new_page()
        while not said:
            await asyncio.sleep(0.05)
        assert not loaded.is_set()
        address = re.search(r"http://\S+", said[0])
        assert address is not None
        await page.goto(address[0])
        await loaded.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


def refused(config: Path) -> str:
    """What the program says when it cannot start: nothing on stdout, and status 1."""
    done = subprocess.run(command(config), capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert done.returncode == 1
    assert done.stdout == ""
    return done.stderr


@pytest.mark.slow
def test_a_port_in_use_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refused(settings(tmp_path, port))
    assert str(port) in said
    assert said.count("\n") == 1


@pytest.mark.slow
def test_a_database_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "omost.db").write_text("not a database, " * 1000, encoding="utf-8")
    said = refused(settings(tmp_path))
    assert "omost.db" in said
    assert said.count("\n") == 1


@pytest.mark.slow
def test_a_data_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    said = refused(settings(tmp_path, more='data_dir = "file/data"'))
    assert "file" in said
    assert said.count("\n") == 1
