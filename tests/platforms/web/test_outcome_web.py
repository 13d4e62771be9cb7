"""The whole program with its bundled models, as a person meets it: a browser, two pictures, kill -9, a third one."""

from __future__ import annotations

import contextlib
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.platforms.web.web_browser import chromium, say

pytest.importorskip("torch")

SETTINGS = """
profile = "tiny"
device = "cpu"

[render]
steps = 6  # few: this is about the way to a picture and back, not about its beauty
"""
TURN_MS = 240_000
"""How long a turn may take, on a slow and busy machine with the models still to be loaded."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@contextlib.contextmanager
def program(config: Path, log: Path, port: int) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The running program with its address. Ends it as a person would, and checks that it ends well."""
    command = [sys.executable, "-m", "bot", "run", "--config", str(config), "--port", str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield _address(process, log), process
    except BaseException:
        process.kill()
        raise
    else:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            status = process.wait(timeout=60)
            assert status == 0, log.read_text(encoding="utf-8")
    finally:
        process.wait(timeout=60)


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    for _ in range(600):
        found = re.search(r"http://127\.0\.0\.1:\d+", log.read_text(encoding="utf-8"))
        if found:
            return found[0]
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise AssertionError(f"the program named no address:\n{log.read_text(encoding='utf-8')}")


def kill_once_stored(process: subprocess.Popen[bytes], words: str, database: Path) -> None:
    """kill -9 as soon as the words are stored, within the second in which the program waits for more of them."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        for _ in range(6000):
            found = connection.execute("SELECT 1 FROM post WHERE text = ? AND author_id IS NOT NULL", (words,))
            if found.fetchone() is not None:
                break
            time.sleep(0.01)
        else:
            raise AssertionError(f"{words!r} was never stored")
    process.kill()
    process.wait(timeout=60)


def wait_for_words(page: Page, words: str, count: int) -> None:
    """Wait until the bot's message number ``count`` has shown these words; looks at every frame, so misses none."""
    seen = "([words, count]) => document.querySelectorAll('article.bot')[count - 1]?.innerText.includes(words)"
    page.wait_for_function(seen, arg=[words, count], timeout=TURN_MS)


def expect_picture(page: Page, count: int) -> None:
    """Wait until the bot's message number ``count`` is finished, and check that it holds a real picture."""
    message = page.locator("article.bot").nth(count - 1)
    expect(message.get_by_role("button", name="Variations")).to_be_visible(timeout=TURN_MS)
    picture = message.get_by_role("img")
    expect(picture).to_have_js_property("complete", True)
    assert int(str(picture.evaluate("image => image.naturalWidth"))) >= 64


@pytest.mark.slow
def test_a_person_draws_edits_and_goes_on_after_kill_9(browser: Browser, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(SETTINGS, encoding="utf-8")
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with program(config, tmp_path / "first.log", port) as (address, process):
        page.goto(address)
        say(page, "a red house under a yellow sun")
        wait_for_words(page, "Composing:", 1)
        expect(page.locator("article.bot").get_by_role("img")).to_be_visible(timeout=TURN_MS)  # the layout, first
        wait_for_words(page, "Drawing: step", 1)
        expect_picture(page, 1)
        assert "house" in str(page.locator("article.bot").get_by_role("img").get_attribute("alt"))

        page.locator("article.bot").get_by_role("button", name="Edit").click()
        form = page.get_by_role("dialog")
        expect(form.get_by_label("What to draw")).to_have_value("a red house under a yellow sun")
        form.get_by_label("Seed").fill("7")
        form.get_by_role("button", name="Draw it").click()
        expect_picture(page, 2)
        expect(page.locator("article.bot").nth(1)).to_contain_text("Seed 7")
        page.evaluate("window.isOldPage = true")
        say(page, "make the house blue")
        kill_once_stored(process, "make the house blue", tmp_path / "data" / "omost.db")

    with program(config, tmp_path / "second.log", port):
        page.wait_for_function("!window.isOldPage", timeout=TURN_MS)
        expect_picture(page, 1)
        expect_picture(page, 2)
        expect_picture(page, 3)
        expect(page.locator("article.yours .words")).to_have_text(
            ["a red house under a yellow sun", "make the house blue"]
        )
        expect(page.locator("article.bot")).to_have_count(3)
        page.locator("article.bot").nth(2).get_by_role("button", name="Layout").click()
        expect(page.get_by_role("dialog").get_by_role("img")).to_be_visible()
        page.close()
