"""The canvas in hand from where people chat: the program as it is, with bundled models, on a local Discord and a local
Telegram; a box is dragged in a browser, and the changed picture stands in the thread and in the chat."""

from __future__ import annotations

import asyncio
import io
import json
import os
import re
import socket
import sqlite3
import sys
import time
from asyncio.subprocess import STDOUT, Process
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from numpy.typing import NDArray
from PIL import Image
from playwright.async_api import Browser, Page, Route, expect

from omost_pipeline.canvas.vocabulary import GRID, Box
from tests.places import ROOT
from tests.platforms.discord.player import Player as DiscordPlayer
from tests.platforms.discord.player import finished
from tests.platforms.discord.server import TOKEN as DISCORD_TOKEN
from tests.platforms.discord.server import LocalDiscord
from tests.platforms.discord.world import Channel, Guild
from tests.platforms.discord.world import Message as DiscordMessage
from tests.platforms.telegram.player import Player as TelegramPlayer
from tests.platforms.telegram.server import TOKEN as TELEGRAM_TOKEN
from tests.platforms.telegram.server import LocalTelegram
from tests.platforms.telegram.world import Chat
from tests.platforms.telegram.world import Message as TelegramMessage
from tests.platforms.web.init_data import init_data
from tests.platforms.web.tls_proxy import tls_before
from tests.platforms.web.web_browser import chromium_beside

PATIENCE = 200.0
"""Seconds that a picture may take, on a slow and busy machine with the models still to be loaded."""

WORDS = "a red house on the left and a yellow sun on the right"
PUBLIC, MINI_APP = "https://draw.example.org", "https://t.me/PaintBot/canvas"
MARGIN = 28
"""Pixels around a box that may change with it: its own margin in whole cells of eight, which the box need not fill."""


@dataclass
class Town:
    """Ann and Bob are on Discord, Cy and Di on Telegram, and the program on both.

    Its page is at ``port``, and behind TLS at its public address.
    """

    folder: Path
    discord: LocalDiscord
    telegram: LocalTelegram
    guild: Guild
    channel: Channel
    ann: DiscordPlayer
    bob: DiscordPlayer
    cy: TelegramPlayer
    di: TelegramPlayer
    group: Chat
    browser: Browser
    port: int

    def pictures_in(self, channel: Channel) -> list[DiscordMessage]:
        return [each for each in self.discord.world.in_channel(channel) if "Reroll" in each.labels()]

    def pictures_at(self, chat: Chat) -> list[TelegramMessage]:
        return [each for each in self.telegram.messages(chat) if "Reroll" in each.labels()]

    def author_of(self, words: str) -> str:
        """Whose turn it was, by its words."""
        with closing(sqlite3.connect(self.folder / "data" / "omost.db")) as database:
            ((author,),) = database.execute("SELECT author_id FROM turn WHERE words LIKE ?", (words,)).fetchall()
        return str(author)

    async def person(self, *, phone: bool = False) -> Page:
        """A page in somebody's own browser."""
        context = await self.browser.new_context(
            viewport={"width": 390, "height": 780} if phone else {"width": 1280, "height": 800},
            has_touch=phone,
            is_mobile=phone,
            ignore_https_errors=True,
        )
        page = await context.new_page()
        page.set_default_timeout(90_000)
        return page


def settings(town: Town) -> Path:
    file = town.folder / "config.toml"
    file.write_text(
        f"""
profile = "tiny"
device = "cpu"
[render]
steps = 6
[web]
port = {town.port}
public_url = "{PUBLIC}"
[discord]
enabled = true
token = "{DISCORD_TOKEN}"
api_url = "{town.discord.api_url}"
gateway_url = "{town.discord.gateway_url}"
[telegram]
enabled = true
token = "{TELEGRAM_TOKEN}"
base_url = "{town.telegram.base_url}"
base_file_url = "{town.telegram.base_file_url}"
mini_app = "{MINI_APP}"
""",
        encoding="utf-8",
    )
    return file


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.02)


@asynccontextmanager
async def running(town: Town) -> AsyncGenerator[Process]:
    """The program, from when it is on both platforms to its clean end."""
    log = town.folder / "log"
    command = (sys.executable, "-m", "bot", "run", "--config", str(settings(town)))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with log.open("wb") as output:
        bot = await asyncio.create_subprocess_exec(*command, env=environment, stdout=output, stderr=STDOUT)
    try:
        await until(
            lambda: (
                bot.returncode is not None
                or (
                    town.discord.calls_to("PUT", "/commands$")
                    and town.discord.gateway.connected
                    and len(town.telegram.calls_to("setMyCommands")) >= 3
                )
            )
        )
        assert bot.returncode is None, log.read_text(encoding="utf-8")
        yield bot
        bot.terminate()
        assert await bot.wait() == 0, log.read_text(encoding="utf-8")
    finally:
        if bot.returncode is None:
            bot.kill()
            await bot.wait()


@pytest.fixture
async def town(tmp_path: Path) -> AsyncGenerator[Town]:
    """The program on both platforms. Neither platform's rules may have been broken at the end."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with (
        LocalDiscord() as discord,
        LocalTelegram() as telegram,
        tls_before(port, tmp_path) as public,
        chromium_beside(
            f"--host-resolver-rules=MAP draw.example.org:443 127.0.0.1:{public}",
            "--disable-features=LocalNetworkAccessChecks",  # the public address is one of this machine here
        ) as browser,
    ):
        ann, bob = (DiscordPlayer(discord, discord.world.add_user(name)) for name in ("Ann", "Bob"))
        cy, di = (TelegramPlayer(telegram, telegram.world.add_user(name)) for name in ("Cy", "Di"))
        guild = discord.world.add_guild("Studio", ann.user)
        channel = discord.world.add_channel(guild, "pictures")
        group = telegram.world.add_group("Studio", cy.user, di.user)
        found = Town(tmp_path, discord, telegram, guild, channel, ann, bob, cy, di, group, browser, port)
        async with running(found):
            yield found
        assert not discord.violations, discord.violations
        assert not telegram.violations, telegram.violations


async def box_of(page: Page, name: str) -> Box:
    """Where the page shows a thing's box, in cells."""
    style = await page.locator(".box", has_text=name).evaluate("({ style: s }) => [s.left, s.top, s.width, s.height]")
    left, top, width, height = (float(each.rstrip("%")) * 0.9 for each in style)
    return Box(left, top, left + width, top + height)


async def moved(page: Page, name: str, cells: tuple[float, float], *, finger: bool = False) -> list[Box]:
    """Drag the box of what is called so, with the mouse or with a finger, and draw it; where it was and where it is."""
    box = page.locator(".box", has_text=name)
    await box.wait_for()
    before = await box_of(page, name)
    where, whole = await box.bounding_box(), await page.locator("#boxes").bounding_box()
    assert where is not None
    assert whole is not None
    x, y = where["x"] + where["width"] / 2, where["y"] + where["height"] / 2
    steps = [
        (x + part * cells[0] * whole["width"] / 90, y + part * cells[1] * whole["height"] / 90) for part in (0.3, 1)
    ]
    if finger:
        touching = await page.context.new_cdp_session(page)
        for kind, points in (
            ("touchStart", [(x, y)]),
            *(("touchMove", [step]) for step in steps),
            ("touchEnd", []),
        ):
            told = {"type": kind, "touchPoints": [{"x": at[0], "y": at[1]} for at in points]}
            await touching.send("Input.dispatchTouchEvent", told)
    else:
        await page.mouse.move(x, y)
        await page.mouse.down()
        for step in steps:
            await page.mouse.move(*step)
        await page.mouse.up()
    after = await box_of(page, name)
    await page.get_by_role("button", name="Draw it").click()
    await expect(page.get_by_role("status")).to_contain_text("It is being drawn", timeout=90_000)
    return [before, after]


def pixels(content: bytes) -> NDArray[np.int_]:
    with Image.open(io.BytesIO(content)) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def check_kept(before: bytes, after: bytes, boxes: list[Box]) -> None:
    """The picture has changed where the thing was and where it came, and nowhere beyond their margin."""
    different = np.any(pixels(before) != pixels(after), axis=-1)
    scale, free = len(different) / GRID, np.zeros_like(different)
    for box in boxes:
        top, left = (max(0, round(scale * each) - MARGIN) for each in (box.top, box.left))
        bottom, right = (round(scale * each) + MARGIN for each in (box.bottom, box.right))
        free[top:bottom, left:right] = True
    assert different[free].mean() > 0.1, "nothing has moved"
    assert free.mean() < 0.8
    assert not different[~free].any(), "the rest is not as it was"


def link_of(answer: DiscordMessage) -> str:
    """The address behind the button that only whoever pressed sees."""
    (button,) = answer.buttons
    assert answer.ephemeral
    return str(button["url"])


def signed(town: Town, link: str, age: float) -> str:
    """The same link, as if the bot had made it so many seconds ago."""

    class Earlier(TimestampSigner):
        def get_timestamp(self) -> int:
            return int(time.time() - age)

    secret = (town.folder / "data" / "link-secret").read_text(encoding="utf-8")
    head, token = link.rsplit("/", 1)
    payload = URLSafeTimedSerializer(secret, salt="canvas").loads(token)
    return f"{head}/{URLSafeTimedSerializer(secret, salt='canvas', signer=Earlier).dumps(payload)}"


async def refused(page: Page, address: str, words: str) -> None:
    """Open a page, and wait until it says these words, in place of a canvas."""
    await page.goto(address)
    await page.wait_for_function("words => document.body.innerText.includes(words)", arg=words)


async def abused(town: Town, link: str) -> None:
    """What a link opens for others, forged, too late, and within another site."""
    stranger = await town.person()
    head, token = link.rsplit("/", 1)
    forged = f"{head}/{token[:-3]}{'abc' if token[-3:] != 'abc' else 'abd'}"
    await refused(stranger, forged, "opens no canvas")
    await refused(stranger, signed(town, link, 31 * 60), "has expired")
    await refused(stranger, f"{head}/app/{token}", "opens no canvas")  # it is no Mini App's
    await stranger.goto(link)
    await expect(stranger.get_by_role("status")).to_contain_text("opened in another browser", timeout=90_000)
    assert not await stranger.locator(".box").count()
    assert not await stranger.evaluate("getComputedStyle(document.getElementById('stage')).backgroundImage != 'none'")
    await framed(stranger, "https://evil.example", signed(town, link, 0))
    assert not [frame for frame in stranger.frames[1:] if frame.url.startswith(PUBLIC)], "another site frames it"


async def framed(page: Page, site: str, address: str) -> None:
    """A page of another site's with a frame of ours."""
    body = f'<iframe src="{address}" width="390" height="700"></iframe>'

    async def shown(route: Route) -> None:
        await route.fulfill(content_type="text/html", body=body)

    await page.route(f"{site}/**", shown)
    await page.goto(f"{site}/")


@pytest.mark.slow
async def test_a_box_dragged_in_a_browser_changes_the_picture_where_it_was_asked_for(town: Town) -> None:
    await town.ann.slash(town.channel, "imagine", prompt=WORDS, seed=5)
    await until(lambda: [each for each in town.discord.world.threads(town.guild) if town.pictures_in(each)])
    (thread,) = town.discord.world.threads(town.guild)
    (first,) = town.pictures_in(thread)
    link = link_of(await finished(await town.ann.press(first, "Canvas")))
    page = await town.person()
    await page.goto(link)
    boxes = await moved(page, "red house", (10, -5))
    await until(lambda: len(town.pictures_in(thread)) == 2)
    second = town.pictures_in(thread)[1]
    check_kept(first.files[0][1].content, second.files[0][1].content, boxes)
    assert "move a red house" in second.content
    assert town.author_of("move a red house%") == str(town.ann.user.id)
    await abused(town, link)

    # The same again is no second turn: whoever says it is told that the picture has changed.
    sent = {"regions": [], "newest": "what is long gone"}
    replayed = await page.evaluate(
        "body => fetch(location + '/board', {method: 'POST', body, headers: {'Content-Type': 'application/json'}})"
        ".then((found) => found.json())",
        json.dumps(sent),
    )
    assert "Ann has changed the picture meanwhile" in replayed["refused"]
    assert len(town.pictures_in(thread)) == 2


def app_of(answer: TelegramMessage) -> str:
    """The address of the Mini App behind the button below the bot's answer."""
    ((button,),) = answer.keyboard()
    return str(button["web_app"]["url"])


def opened_in_group(answer: TelegramMessage, person: TelegramPlayer) -> str:
    """What Telegram's program opens for a person who follows a link to the Mini App that is registered here."""
    ((button,),) = answer.keyboard()
    app, _, start = str(button["url"]).partition("?startapp=")
    assert app == MINI_APP
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,512}", start)
    told = init_data(person.user.id, time.time(), TELEGRAM_TOKEN, start_param=start, chat_type="supergroup")
    return f"{PUBLIC}/canvas/app/start?tgWebAppStartParam={start}#tgWebAppData={quote(told)}&tgWebAppVersion=9.0"


@pytest.mark.slow
async def test_a_box_dragged_by_touch_in_a_mini_app_changes_the_picture_in_that_chat(town: Town) -> None:
    chat = town.cy.private
    town.cy.say(WORDS)
    await until(lambda: town.pictures_at(chat))
    (first,) = town.pictures_at(chat)
    before = first.file
    await town.cy.pressed(first, "Canvas")
    await until(lambda: "web_app" in str(town.telegram.messages(chat)[-1].markup))
    app = app_of(town.telegram.messages(chat)[-1])

    def opened(person: TelegramPlayer, token: str = TELEGRAM_TOKEN) -> str:
        """What Telegram's program opens for a person who presses the button."""
        told = init_data(person.user.id, time.time(), token)
        return f"{app}#tgWebAppData={quote(told)}&tgWebAppVersion=9.0&tgWebAppPlatform=android"

    stranger = await town.person(phone=True)
    for address in (app, opened(town.di), opened(town.cy, "4242:forged")):
        await stranger.goto("about:blank")
        await stranger.goto(address)
        await expect(stranger.get_by_role("status")).to_contain_text("Only whoever asked", timeout=90_000)
    await framed(stranger, "https://evil.example", opened(town.cy))
    assert not [frame for frame in stranger.frames[1:] if frame.url.startswith(PUBLIC)], "another site frames it"
    await framed(stranger, "https://web.telegram.org", opened(town.cy))
    await expect(stranger.frame_locator("iframe").locator(".box").first).to_be_visible(timeout=90_000)

    page = await town.person(phone=True)
    await page.goto(opened(town.cy))
    boxes = await moved(page, "red house", (10, -5), finger=True)
    await until(lambda: len(town.pictures_at(chat)) == 2)
    second = town.pictures_at(chat)[1]
    assert "move a red house" in second.text
    assert town.author_of("move a red house%") == str(town.cy.user.id)
    assert before is not None
    assert second.file is not None
    check_kept(before.content, second.file.content, boxes)
    await in_a_group(town)


async def in_a_group(town: Town) -> None:
    """Where everybody sees the button, it opens for whoever pressed alone."""
    town.cy.say(f"/imagine {WORDS}", town.group)
    await until(lambda: town.pictures_at(town.group))
    (first,) = town.pictures_at(town.group)
    before = first.file
    await town.cy.pressed(first, "Canvas")
    await until(lambda: "startapp" in str(town.telegram.messages(town.group)[-1].markup))
    answer = town.telegram.messages(town.group)[-1]
    assert answer.text.startswith("Cy, take the canvas in hand")
    other, own = await town.person(phone=True), await town.person(phone=True)
    await other.goto(opened_in_group(answer, town.di))
    await expect(other.get_by_role("status")).to_contain_text("Only whoever asked", timeout=90_000)
    await own.goto(opened_in_group(answer, town.cy))
    boxes = await moved(own, "red house", (10, -5), finger=True)
    await until(lambda: len(town.pictures_at(town.group)) == 2)
    second = town.pictures_at(town.group)[1]
    assert before is not None
    assert second.file is not None
    check_kept(before.content, second.file.content, boxes)
