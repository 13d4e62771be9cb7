"""The system's Chromium for browser tests, or a clear word why they are skipped."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import AsyncIterator, Iterator

import pytest
from playwright import async_api
from playwright.sync_api import Browser, Page, expect, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """A headless browser; skips the test where none is installed."""
    path = _installed()
    expect.set_options(timeout=30_000)  # a busy machine is no reason to fail
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextlib.asynccontextmanager
async def chromium_beside(*flags: str) -> AsyncIterator[async_api.Browser]:
    """The same, on the event loop of a test that has other things on it; with more ``flags``."""
    path = _installed()
    async with async_api.async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=[*_FLAGS, *flags])
        try:
            yield browser
        finally:
            await browser.close()


def is_installed() -> bool:
    """Whether there is a browser."""
    return any(map(shutil.which, _NAMES))


def _installed() -> str:
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        pytest.skip(f"no browser found (looked for {', '.join(_NAMES)}); install chromium to run the browser tests")
    return path


def say(page: Page, words: str) -> None:
    """Type a message and send it, as a person does."""
    box = page.get_by_label("Your message")
    expect(box).to_be_visible()
    box.fill(words)
    page.wait_for_function("window.did_handshake && window.socket?.connected")
    box.press("Enter")
