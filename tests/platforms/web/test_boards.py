"""The canvas in hand, in a real browser on a whole bot: dragged, by keyboard, by touch, by a link, and abused."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from playwright.async_api import Browser, Dialog, Page, Route, expect

from bot.assembly.platforms import Hooks
from bot.catalogues.catalogue import say
from bot.catalogues.text import Text
from bot.chat.telegram.forms import page_button
from bot.chat.web.board_links import BoardLinks, Grant, LinkError, LinkExpiredError, link_secret
from bot.chat.web.chat import WebChat
from bot.chat.web.init_data import InitData
from bot.messages import Action, Author, Notice, Place, Pressed, Said
from bot.settings.config import Settings
from bot.store.transcript import StoredTranscript
from bot.store.turns import Store
from omost_pipeline.canvas.fields import MAX_REGIONS
from omost_pipeline.canvas.vocabulary import Box
from tests.bot_parts import new_store, opened, put_together, serving, working
from tests.fakes import FakeChat, FakeModels, until
from tests.platforms.web.init_data import TOKEN, init_data
from tests.platforms.web.web_browser import chromium_beside

PATIENCE_MS = 90_000
ROOM = Place("discord", "room")
ANN = Author("1", "Ann")


@dataclass
class House:
    """A whole bot with the web chat and another platform, and a browser."""

    address: str
    engine: FakeModels
    elsewhere: FakeChat
    links: BoardLinks
    hooks: Hooks
    browser: Browser

    async def page(self, width: int = 1200, height: int = 900, *, touch: bool = False) -> Page:
        context = await self.browser.new_context(viewport={"width": width, "height": height}, has_touch=touch)
        page = await context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        return page

    async def drawn_on_the_web(self, page: Page) -> str:
        """Ask for a picture and open its canvas; what comes back is the conversation's address."""
        await page.goto(self.address)
        await page.get_by_label("Your message").fill("red house")
        await page.wait_for_function("window.did_handshake && window.socket?.connected")
        await page.get_by_label("Your message").press("Enter")
        link = page.locator(".buttons a", has_text="Canvas")
        await link.wait_for()
        where = page.url
        await link.click()
        await page.wait_for_url("**/canvas/*")
        return where

    async def link_elsewhere(self) -> str:
        """A picture on the other platform, and the path of a link to its canvas."""
        await self.hooks.handle(Said(ROOM, ANN, "red house"))
        await until(self.elsewhere.finished)
        turn = self.elsewhere.button(Action.REROLL)
        return f"{self.address}/canvas/{self.links.token(Grant(ROOM, ANN, turn))}"


@asynccontextmanager
async def house_in(
    folder: Path, models: FakeModels | None = None, settings: Settings | None = None
) -> AsyncGenerator[House]:
    links, elsewhere, addresses = BoardLinks("http://x", "secret"), FakeChat("discord"), []
    engine = models or FakeModels()
    apps = InitData(TOKEN)

    def web(store: Store, hooks: Hooks) -> WebChat:
        chat = WebChat(
            StoredTranscript(store),
            hooks.page,
            port=0,
            links=links,
            apps=apps,
            linked=hooks.page,
            sleep=partial(asyncio.sleep, 0),
        )
        addresses.append(chat.bind())
        return chat

    async with new_store(folder) as store, chromium_beside() as browser:
        bot = put_together(folder, store, engine, [partial(web, store), lambda _: elsewhere], settings=settings)
        async with serving(bot):
            yield House(addresses[0], engine, elsewhere, links, bot.hooks, browser)


async def drag(page: Page, name: str, cells: tuple[float, float]) -> None:
    """Drag a box by so many cells of the grid."""
    box = page.locator(".box", has_text=name)
    where = await box.bounding_box()
    whole = await page.locator("#boxes").bounding_box()
    assert where is not None
    assert whole is not None
    x, y = where["x"] + where["width"] / 2, where["y"] + where["height"] / 2
    await page.mouse.move(x, y)
    await page.mouse.down()
    for part in (0.3, 0.6, 1.0):
        await page.mouse.move(x + part * cells[0] * whole["width"] / 90, y + part * cells[1] * whole["height"] / 90)
    await page.mouse.up()


@pytest.mark.slow
async def test_what_is_dragged_is_previewed_and_two_turns_are_compared_and_walked_between(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        page = await house.page()
        where = await house.drawn_on_the_web(page)
        await page.locator(".box").first.wait_for()
        await drag(page, "A red house.", (-20, 0))
        await expect(page.locator("#gone div")).to_have_count(1)
        await page.get_by_role("button", name="Draw it").click()
        await page.wait_for_url(where)
        await page.locator("article.bot").nth(1).get_by_role("button", name="Reroll").wait_for()
        await page.wait_for_function("window.did_handshake && window.socket?.connected")
        words = page.get_by_label("Your message")
        await words.fill("/compare")
        await words.press("Enter")
        slider = page.get_by_role("slider")
        await slider.wait_for()
        await slider.fill("25")
        assert await page.locator(".comparison .side").all_inner_texts() == ["Earlier", "Later"]
        assert "--at: 25%" in str(await page.locator(".comparison").get_attribute("style"))
        await slider.press("ArrowRight")
        assert "--at: 26%" in str(await page.locator(".comparison").get_attribute("style"))
        await page.keyboard.press("Escape")
        await expect(page.locator(".comparison")).to_have_count(0)
        await words.fill("/history")
        await words.press("Enter")
        spots = page.locator(".map .spot")
        await expect(spots).to_have_count(2)
        await spots.nth(1).focus()
        await page.keyboard.press("ArrowLeft")
        await expect(spots.nth(0)).to_be_focused()
        await page.keyboard.press("Enter")
        await page.locator("article.bot").nth(2).get_by_role("button", name="Reroll").wait_for()


@pytest.mark.slow
async def test_a_box_is_dragged_and_drawn_as_the_next_turn(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        page = await house.page()
        where = await house.drawn_on_the_web(page)
        await expect(page.get_by_role("button", name="Draw it")).to_be_disabled()
        await page.locator("#snap").check()
        await drag(page, "A red house.", (-20, 0))
        await page.get_by_role("button", name="Draw it").click()
        await page.wait_for_url(where)
        await page.locator("article.bot").nth(1).get_by_role("button", name="Reroll").wait_for()
        region = house.engine.drawn[-1][0].regions[0]
        assert (region.location, region.free_box) == ("on the left", None)
        assert "move a red house: on the left" in await page.locator("article.bot").nth(1).inner_text()


@pytest.mark.slow
async def test_free_boxes_undo_redo_and_every_key(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        page = await house.page()
        await house.drawn_on_the_web(page)
        house_box = page.locator(".box", has_text="A red house.")
        await house_box.focus()
        await page.keyboard.press("ArrowLeft")
        await page.keyboard.press("Shift+ArrowUp")
        await page.keyboard.press("Control+ArrowRight")
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Control+z")
        await page.keyboard.press("PageDown")
        await expect(page.locator("#regions li").first.locator("textarea")).to_have_value("A yellow sun.")
        await page.keyboard.press("Control+z")
        await page.keyboard.press("Control+y")
        await page.locator("#what").fill("a dark green tree")
        await page.locator("#what").press("Enter")
        added = page.locator("#regions li").first
        assert await added.locator(".control").input_value() == ""
        assert await added.locator(".color").input_value() == "#006400"
        await added.locator("textarea").fill(" ")
        await added.locator("textarea").blur()
        await expect(added.locator("textarea")).to_have_value("a dark green tree")
        await page.locator(".box", has_text="a dark green tree").focus()
        await page.keyboard.press("Delete")
        await expect(page.locator(".box", has_text="A yellow sun.")).to_be_focused()
        await page.get_by_role("button", name="Remove A yellow sun.").click()
        await expect(house_box).to_be_focused()
        await page.locator("#what").evaluate(
            "(what, n) => { while (n--) { what.value = 'a ball'; what.form.requestSubmit(); } }",
            MAX_REGIONS,
        )
        await expect(page.locator("#status")).to_contain_text(f"at most {MAX_REGIONS} regions")
        await page.locator("#regions .color").first.focus()
        await page.keyboard.press("Control+z")
        await expect(page.locator("#status")).to_be_empty()
        await page.locator("#undo").evaluate("(undo, n) => { while (n--) undo.click(); }", MAX_REGIONS - 2)
        await expect(page.locator(".box")).to_have_count(1)
        asked = list[str]()

        async def stay(dialog: Dialog) -> None:
            asked.append(dialog.type)
            await dialog.dismiss()

        page.on("dialog", stay)
        await page.locator("#back").click()
        await until(lambda: asked == ["beforeunload"])
        await page.get_by_role("button", name="Draw it").click()
        await until(lambda: len(house.engine.drawn) == 2)
        (region,) = house.engine.drawn[-1][0].regions
        assert region.box == Box(19, 10, 70, 60)
        assert region.distance_to_viewer > 9
        assert asked == ["beforeunload"], "what was drawn is not lost"


@pytest.mark.slow
async def test_what_is_chosen_in_the_list_can_be_taken_though_something_lies_before_it(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        page = await house.page()
        await house.drawn_on_the_web(page)
        await page.locator(".box").first.wait_for()
        await page.locator("#what").fill("a green wall")
        await page.locator("#what").press("Enter")
        for _ in range(2):
            await page.keyboard.press("Tab")  # away from what was typed
        wall = page.locator(".box", has_text="a green wall")
        await wall.focus()
        for key in ("Shift+ArrowLeft", "Control+Shift+ArrowRight", "Control+Shift+ArrowRight"):
            await page.keyboard.press(key)
        covering, behind = await wall.get_attribute("style"), page.locator(".box", has_text="A red house.")
        before = await behind.evaluate("box => box.offsetWidth")
        await page.locator("#regions textarea").nth(1).click()
        where = await behind.bounding_box()
        assert where is not None
        x, y = where["x"] + where["width"] + 2, where["y"] + where["height"] + 2  # on the line around it
        await page.mouse.move(x, y)
        await page.mouse.down()
        await page.mouse.move(x - 60, y - 60)
        await page.mouse.up()
        assert await behind.evaluate("box => box.offsetWidth") < before - 40
        assert await wall.get_attribute("style") == covering


@pytest.mark.slow
async def test_words_and_colours_are_changed_on_a_phone_by_touch(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        page = await house.page(390, 800, touch=True)
        await house.drawn_on_the_web(page)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        heading = page.locator("header")
        height = await heading.evaluate("heading => heading.offsetHeight")
        words = {"#back": "canvas-back", "#undo": "canvas-undo", "#redo": "canvas-redo", "#draw": "web-draw-it"}
        for place, text in words.items():
            await page.locator(place).evaluate("(found, text) => (found.textContent = text)", say(Text(text), "fr"))
        assert await heading.evaluate("heading => heading.offsetHeight") == height, "one line in French, too"
        first = page.locator("#regions li").first
        await first.locator("input[type=color]").fill("#0000ff")
        await first.locator("textarea").fill("A tall lighthouse.")
        await first.locator("textarea").blur()
        await page.locator("#draw").tap()
        await until(lambda: len(house.engine.drawn) == 2)
        region = house.engine.drawn[-1][0].regions[0]
        assert (region.description, region.color) == ("A tall lighthouse.", "blue")


@pytest.mark.slow
async def test_a_link_opens_one_canvas_for_one_person_and_its_change_is_drawn_there(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        address = await house.link_elsewhere()
        page = await house.page()
        await page.goto(address)
        await page.locator("#snap").check()
        await drag(page, "A red house.", (20, 0))
        await page.get_by_role("button", name="Draw it").click()
        await expect(page.locator("#status")).to_contain_text("being drawn")
        await until(lambda: len(house.elsewhere.finished()) == 2)
        assert house.engine.drawn[-1][0].regions[0].location == "on the right"


@pytest.mark.slow
async def test_the_second_of_two_people_is_told_and_nothing_is_overwritten(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        page = await house.page()
        await page.goto(await house.link_elsewhere())
        await page.locator("#snap").check()
        await drag(page, "A red house.", (20, 0))
        await house.hooks.handle(Said(ROOM, Author("2", "Bob"), "a green house"))
        await until(lambda: len(house.elsewhere.finished()) == 2)
        await page.get_by_role("button", name="Draw it").click()
        await expect(page.locator("#status")).to_contain_text("Bob has changed the picture")
        await page.get_by_role("button", name="Draw it anyway").click()
        await expect(page.locator("#status")).to_contain_text("being drawn")
        await until(lambda: len(house.elsewhere.finished()) == 3)


@pytest.mark.slow
async def test_links_and_pages_are_not_to_be_abused(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house, httpx.AsyncClient() as client:
        address = await house.link_elsewhere()
        body = {"regions": [], "newest": ""}
        assert (await client.get(f"{address}/board")).status_code == 404, "no page was opened"
        page = await client.get(address)
        assert "HttpOnly; Path=/canvas/; SameSite=lax" in page.headers["Set-Cookie"]
        assert page.headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
        assert (await client.get(f"{address}/board")).status_code == 200
        forged = f"{address[:-4]}abcd"
        assert (await client.get(f"{address}/layers")).status_code == 404, "it was drawn in one"
        for method, url in (("GET", forged), ("GET", f"{forged}/board"), ("POST", f"{forged}/board")):
            answer = await client.request(method, url, json=body if method == "POST" else None)
            assert (answer.status_code, "opens no canvas" in answer.text) == (404, True)
            assert answer.headers["Content-Type"].startswith("text/html" if url == forged and method == "GET" else "")
        other = await client.post(f"{address}/board", json=body, headers={"Origin": "http://evil.example"})
        assert other.status_code == 421
        form = await client.post(f"{address}/board", data={"regions": "[]"})
        assert form.status_code == 415
        assert (await client.post(f"{address}/board", json={"regions": 3, "newest": ""})).status_code == 409
        headers = {"Content-Type": "application/json"}
        assert (await client.post(f"{address}/board", content=b"[" * 90_000, headers=headers)).status_code == 400
        assert (await client.post(f"{address}/board", content=b" " * 700_000, headers=headers)).status_code == 413
        assert len(house.engine.drawn) == 1


def test_a_link_ends_and_names_its_person(tmp_path: Path) -> None:
    secret = link_secret(tmp_path / "data" / "link-secret")
    assert link_secret(tmp_path / "data" / "link-secret") == secret
    assert (tmp_path / "data" / "link-secret").stat().st_mode & 0o077 == 0
    grant = Grant(ROOM, Author("1", "Ann", "fr", roles=("9",)), "turn")
    links = BoardLinks("https://draw.example.org/", secret)
    assert links.url(grant) == f"https://draw.example.org/canvas/{links.token(grant)}"
    assert links.read(links.token(grant)) == grant
    with pytest.raises(LinkExpiredError):
        BoardLinks("", secret, minutes=-1).read(links.token(grant))
    with pytest.raises(LinkError):
        BoardLinks("", "another secret").read(links.token(grant))


@pytest.mark.parametrize(("place", "words"), [(ROOM, "https://draw"), (Place("telegram", "-100"), "Everybody here")])
async def test_elsewhere_the_button_gives_a_link_where_nobody_else_sees_it(
    tmp_path: Path, place: Place, words: str
) -> None:
    settings = Settings.model_validate({"data_dir": tmp_path, "web": {"public_url": "https://draw.example.org"}})
    async with opened(tmp_path, FakeChat(place.platform), settings=settings) as bot, working(bot):
        await bot.say("red house", place)
        await until(bot.chat.finished)
        answer = await bot.handle(Pressed(place, ANN, Action.CANVAS, bot.chat.button(Action.CANVAS)))
        assert isinstance(answer, Notice)
        assert words in answer.text
        assert answer.attachments == ()


@pytest.mark.parametrize(
    ("public", "app", "opens"),
    [
        ("https://draw.example.org", True, "https://draw.example.org/canvas/app/"),
        ("http://10.0.0.5:8080", False, "http://10.0.0.5:8080/canvas/"),
    ],
)
async def test_in_a_private_chat_of_telegrams_the_button_opens_an_app_where_it_can(
    tmp_path: Path, public: str, *, app: bool, opens: str
) -> None:
    told = {"data_dir": tmp_path, "web": {"public_url": public}}
    place = Place("telegram", "1")
    async with opened(tmp_path, FakeChat("telegram"), settings=Settings.model_validate(told)) as bot, working(bot):
        await bot.say("red house", place)
        await until(bot.chat.finished)
        answer = await bot.handle(Pressed(place, ANN, Action.CANVAS, bot.chat.button(Action.CANVAS)))
        assert isinstance(answer, Notice)
        assert answer.page is not None
        assert (answer.page.app, answer.page.label) == (app, "Open the canvas")
        assert answer.page.url.startswith(opens)
        assert (page_button(answer.page) is not None) == app
        assert (answer.page.url in answer.text) != app


async def a_start_parameter_opens_it_for_its_person_alone(house: House, client: httpx.AsyncClient) -> None:
    """As a Mini App that a link in a group opens: Telegram tells the parameter, and who opened it."""
    url = house.links.start_url("https://t.me/PaintBot/canvas", Grant(ROOM, ANN, house.elsewhere.button(Action.REROLL)))
    start = url.removeprefix("https://t.me/PaintBot/canvas?startapp=")
    assert re.fullmatch(r"[\w-]{1,512}", start, re.ASCII)
    page, now = f"{house.address}/canvas/app/start", time.time()
    shown = await client.get(page)
    assert (shown.status_code, "x-frame-options" in shown.headers) == (200, False)
    ann, bob = init_data(1, now, start_param=start), init_data(2, now, start_param=start)
    changed = init_data(1, now, start_param=start[:-3] + "AAA")
    for text, status in ((ann, 200), (bob, 404), (changed, 404), (init_data(1, now), 404), ("", 404)):
        for path in ("board", "picture"):
            answer = await client.get(f"{page}/{path}", headers={"X-Telegram-Init-Data": text})
            assert answer.status_code == status
    assert (await client.get(f"{page}/board")).json() == {"refused": say(Text("canvas-not-opened-by-you"), "en")}


async def cut_off(route: Route) -> None:
    await route.abort()


async def test_in_a_group_of_telegrams_the_button_is_a_link_to_the_mini_app_where_there_is_one(tmp_path: Path) -> None:
    told = {"web": {"public_url": "https://draw.example.org"}, "telegram": {"mini_app": "https://t.me/PaintBot/canvas"}}
    settings, group = Settings.model_validate({"data_dir": tmp_path, **told}), Place("telegram", "-100")
    async with opened(tmp_path, FakeChat("telegram"), settings=settings) as bot, working(bot):
        await bot.say("red house", group)
        await until(bot.chat.finished)
        answer = await bot.handle(Pressed(group, ANN, Action.CANVAS, bot.chat.button(Action.CANVAS)))
        assert isinstance(answer, Notice)
        assert answer.page is not None
        assert answer.text.startswith("Ann, take the canvas in hand")
        assert answer.page.url.startswith("https://t.me/PaintBot/canvas?startapp=")
        assert page_button(answer.page) is not None
        assert not answer.page.app, "Telegram refuses such buttons in groups"
        assert "https://" not in answer.text


async def failed(route: Route) -> None:
    await route.fulfill(status=500, body="oops")


@pytest.mark.slow
async def test_an_app_opens_for_whom_telegram_says_it_is_and_for_nobody_else(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        await house.hooks.handle(Said(ROOM, ANN, "red house"))
        await until(house.elsewhere.finished)
        token = house.links.token(Grant(ROOM, ANN, house.elsewhere.button(Action.REROLL)), app=True)
        address = f"{house.address}/canvas/app/{token}"
        async with httpx.AsyncClient() as client:
            shown = await client.get(address)
            assert shown.status_code == 200
            assert "x-frame-options" not in shown.headers
            assert "frame-ancestors https://web.telegram.org" in shown.headers["content-security-policy"]
            forged = init_data(1, time.time(), token="another")
            for text in ("", forged, init_data(2, time.time()), init_data(1, time.time() - 3600)):
                headers = {"X-Telegram-Init-Data": text}
                for path in ("board", "picture"):
                    assert (await client.get(f"{address}/{path}", headers=headers)).status_code == 404
                answer = await client.post(f"{address}/board", headers=headers, json={"regions": [], "newest": ""})
                assert answer.status_code == 404
            assert (await client.get(f"{house.address}/canvas/{token}")).status_code == 404, "it is no link"
            seen = await client.get(f"{address}/picture", headers={"X-Telegram-Init-Data": init_data(1, time.time())})
            assert (seen.status_code, seen.headers["cache-control"]) == (200, "no-store")
            await a_start_parameter_opens_it_for_its_person_alone(house, client)
        page = await house.page(390, 780, touch=True)
        app = f"{address}#tgWebAppData={quote(init_data(1, time.time()))}&tgWebAppVersion=9.0"
        for lost in (cut_off, failed):
            await page.route("**/picture", lost)
            await page.goto("about:blank")
            await page.goto(app)
            await page.locator(".box").first.wait_for()
            await expect(page.locator("#stage")).not_to_have_attribute("style", re.compile(r"url\("))
            await page.unroute("**/picture")
        await page.goto("about:blank")
        await page.goto(app)
        await expect(page.locator("#stage")).to_have_attribute("style", re.compile(r"url\(\"?blob:"))
        await drag(page, "A red house.", (-20, 0))
        await page.get_by_role("button", name="Draw it").click()
        await expect(page.get_by_role("status")).to_contain_text("It is being drawn")
        await until(lambda: len(house.elsewhere.finished()) == 2)
