"""The stage on the web chat: a page in a real browser, and the same page in a second tab."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, FilePayload, Locator, Page

from bot.chat.web.chat import WebChat
from bot.messages import Handle
from bot.store.transcript import StoredTranscript
from bot.store.turns import Store
from tests.platforms.behaviour.stage import PATIENCE, House, Shown, until
from tests.platforms.web.web_browser import chromium_beside

_SHOWN = """() => [...document.querySelectorAll("article.bot")].map((article) => ({
  id: article.dataset.post,
  text: article.querySelector(".bubble").innerText,
  pictures: article.querySelectorAll(".attachments img").length,
  buttons: [...article.querySelectorAll(".buttons .label")].map((label) => label.textContent),
}))"""


class WebStage:
    """A new key for each conversation."""

    alone = True

    def __init__(self, browser: Browser, house: House) -> None:
        self.engine, self.pauses = house.engine, house.pauses
        self._browser = browser
        self._house = house
        self._port = 0
        self._address = ""
        self._tabs: list[Page] = []

    def make(self, handle: Handle, store: Store) -> WebChat:
        chat = WebChat(StoredTranscript(store), handle, port=self._port, sleep=self.pauses)
        self._address = chat.bind()
        self._port = int(self._address.rpartition(":")[2])
        return chat

    async def started(self) -> None:
        """Its pages wait by themselves."""

    async def restart(self) -> None:
        where = self._page.url
        await self._page.goto("about:blank")  # a page comes back by itself, which would get in the way of its opening
        await self._house.restart()
        await self._page.goto(where)

    @property
    def _page(self) -> Page:
        return self._tabs[0]

    async def open(self) -> None:
        for tab in self._tabs:
            await tab.close()  # the last test's page may be on its way back, which would get in the way of an opening
        self._tabs = [await self._tab()]
        await self._page.goto(self._address)

    async def _tab(self) -> Page:
        tab = await self._browser.new_page(reduced_motion="reduce")
        tab.set_default_timeout(PATIENCE * 1000)
        return tab

    async def ask(self, words: str) -> None:
        await self.say(words)

    async def say(self, words: str) -> str:
        own = self._page.locator("article.yours")
        before = await own.count()
        box = self._page.get_by_label("Your message")
        await box.fill(words)
        await self._page.wait_for_function("window.did_handshake && window.socket?.connected")
        await box.press("Enter")
        await own.nth(before).wait_for()
        return await own.nth(before).get_attribute("data-post") or ""

    async def bring(self, name: str, content: bytes, words: str = "") -> None:
        file: FilePayload = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
        await self._page.locator("#file").set_input_files(file)
        await self._page.get_by_label("Your message").fill(words)
        await self._page.get_by_role("button", name="Send").click()

    async def rewrite(self, message: str, words: str) -> None:
        own = self._article(self._page, message)
        await own.hover()
        await own.get_by_role("button", name="Change your words").click()
        await self.fill(What_to_draw=words)

    async def command(self, name: str) -> None:
        await self.say(f"/{name}")

    async def shown(self) -> list[Shown]:
        found = await self._page.evaluate(_SHOWN)
        return [Shown(**{**each, "buttons": tuple(each["buttons"])}) for each in found]

    def _article(self, page: Page, post: str) -> Locator:
        return page.locator(f'article[data-post="{post}"]')

    async def press(self, message: Shown, label: str, *, other: bool = False) -> None:
        if other and len(self._tabs) == 1:
            self._tabs.append(await self._tab())
            await self._tabs[1].goto(self._page.url)
        buttons = self._article(self._tabs[1] if other else self._page, message.id).locator(".buttons")
        await buttons.get_by_role("button", name=label, exact=True).click()

    async def choose(self, label: str) -> None:
        await self._page.get_by_role("dialog").locator(".option", has_text=label).first.click()

    async def fill(self, **values: str) -> None:
        form = self._page.locator("form.form")
        for name, value in values.items():
            field = form.get_by_label(name.replace("_", " "))
            if await field.evaluate("field => field.tagName") == "SELECT":
                await field.select_option(label=value)
            else:
                await field.fill(value)
        await form.locator("button[type=submit]").click()

    async def told(self, words: str, *, other: bool = False) -> None:
        page = self._tabs[1] if other else self._page
        await page.locator(".toast, .notice-sheet, article.bot").filter(has_text=words).last.wait_for()
        if await page.locator(".notice-sheet").count():
            await page.keyboard.press("Escape")
            await until(lambda: _none(page.locator(".notice-sheet")))


async def _none(found: Locator) -> bool:
    return await found.count() == 0


@asynccontextmanager
async def on_web(house: House) -> AsyncGenerator[WebStage]:
    """The stage for a bot that is yet to be started."""
    async with chromium_beside() as browser:
        yield WebStage(browser, house)
        await house.stop()
