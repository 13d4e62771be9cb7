"""The canvas of a picture in layers, in a real browser: things themselves are taken, and seen as they will be drawn."""

from __future__ import annotations

import time
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import httpx
import pytest
from playwright.async_api import FloatRect, Page, expect

from bot.chat.web.board_links import Grant
from bot.messages import Action
from bot.settings.config import RenderSettings, Settings
from omost_pipeline.canvas.codec import canvas_to_reply
from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region, placed_at
from omost_pipeline.canvas.vocabulary import GRID, Box
from omost_pipeline.renderer.layered.openraster import unpack
from tests.fakes import until
from tests.jobs.test_layers import LayeredModels
from tests.platforms.web.init_data import init_data
from tests.platforms.web.test_boards import ANN, ROOM, House, house_in

FAR = placed_at(Region("", "", "", 9.0, "A blue wall.", color="blue"), Box(5, 5, 75, 75))
NEAR = placed_at(Region("", "", "", 2.0, "A red ball.", color="red"), Box(40, 40, 80, 80))


def house_of(models: LayeredModels, folder: Path) -> AbstractAsyncContextManager[House]:
    models.replies["red house"] = canvas_to_reply(Canvas(GlobalDescription("A meadow.", color="green"), (NEAR, FAR)))
    settings = Settings(data_dir=folder, render=RenderSettings.model_validate({"method": "layered"}))
    return house_in(folder, models, settings)


async def opened_in_layers(house: House, page: Page) -> str:
    where = await house.drawn_on_the_web(page)
    await expect(page.locator("#things div")).to_have_count(2)
    return where


async def point_at(page: Page, x: float, y: float) -> None:
    """Point at a place, in cells of the grid."""
    whole = await where_is(page, "#boxes")
    await page.mouse.move(whole["x"] + x * whole["width"] / GRID, whole["y"] + y * whole["height"] / GRID)


async def take(page: Page, one: tuple[float, float], other: tuple[float, float]) -> None:
    """Take what is seen at one place and hold it at another one."""
    await point_at(page, *one)
    await page.mouse.down()
    await point_at(page, *other)


async def where_is(page: Page, what: str) -> FloatRect:
    found = await page.locator(what).bounding_box()
    assert found is not None
    return found


@pytest.mark.slow
async def test_what_is_taken_is_the_thing_that_is_seen_and_it_is_shown_as_it_is_drawn_then(tmp_path: Path) -> None:
    async with house_of(models := LayeredModels(), tmp_path) as house:
        page = await house.page()
        back = await opened_in_layers(house, page)
        wall, ball = "#things div >> nth=0", "#things div >> nth=1"
        before = await where_is(page, wall)
        await take(page, (42, 42), (42, 52))  # in the ball's box, where nothing of the ball is
        moved = await where_is(page, wall)
        await page.mouse.up()
        cell = (await where_is(page, "#boxes"))["width"] / GRID
        assert moved["y"] - before["y"] == pytest.approx(10 * cell, abs=1), "while it is held"
        await expect(page.locator(".box[aria-pressed=true]")).to_have_attribute("aria-label", "A blue wall.")
        await take(page, (60, 60), (40, 30))
        await page.mouse.up()
        await expect(page.locator(".box[aria-pressed=true]")).to_have_attribute("aria-label", "A red ball.")
        grip = await where_is(page, ".box[aria-pressed=true] .grip")
        corner = grip["x"] + 20, grip["y"] + 20
        await page.mouse.move(*corner)
        await page.mouse.down()
        await page.mouse.move(corner[0] - 20 * cell, corner[1])  # narrower alone
        await page.mouse.up()
        shown = [await where_is(page, each) for each in ("#boxes", wall, ball)]
        work = list(models.painter.drawn)
        await page.get_by_role("button", name="Draw it").click()
        await page.wait_for_url(back)
        await until(lambda: len(list((tmp_path / "pictures").glob("*.ora"))) == 2)
        assert models.painter.drawn == work
        stack = unpack(
            max((tmp_path / "pictures").glob("*.ora"), key=lambda file: file.stat().st_mtime_ns).read_bytes()
        )
        scale = shown[0]["width"] / stack.size[0]
        for layer, seen in zip(stack.layers, shown[1:], strict=True):
            left, top, width, height = (side * scale for side in layer.frame)
            assert seen["x"] - shown[0]["x"] == pytest.approx(left, abs=scale)
            assert seen["y"] - shown[0]["y"] == pytest.approx(top, abs=scale)
            assert (seen["width"], seen["height"]) == pytest.approx((width, height), abs=scale)


@pytest.mark.slow
async def test_what_is_removed_shows_what_is_behind_it_and_another_colour_is_seen(tmp_path: Path) -> None:
    async with house_of(LayeredModels(), tmp_path) as house:
        page = await house.page()
        await opened_in_layers(house, page)
        await page.locator("#regions .color").first.fill("#ffff00")
        await page.locator("#regions .color").first.dispatch_event("change")
        await expect(page.locator("#things div").nth(1)).to_have_css("background-color", "rgb(255, 255, 0)")
        await page.locator("#regions .nearer").nth(1).click()
        await expect(page.locator("#things div").nth(0)).to_have_attribute("data-id", "0")
        await page.locator("#regions .remove").first.click()
        await expect(page.locator("#things div")).to_have_count(1)
        await page.locator("#what").fill("a green tree")
        await page.locator("#what").press("Enter")
        await expect(page.locator("#things div")).to_have_count(1)
        await expect(page.locator(".box.moved")).to_have_count(1)
        await page.get_by_role("button", name="Undo").click(click_count=3)
        await expect(page.locator("#things div")).to_have_count(2)


@pytest.mark.slow
async def test_layers_are_for_whom_the_picture_is(tmp_path: Path) -> None:
    async with house_of(LayeredModels(), tmp_path) as house, httpx.AsyncClient() as ann, httpx.AsyncClient() as bob:
        link = await house.link_elsewhere()
        assert (await ann.get(f"{link}/layers")).status_code == 404, "no page was opened"
        await ann.get(link)
        found = await ann.get(f"{link}/layers")
        assert (found.status_code, found.headers["cache-control"]) == (200, "no-store")
        assert [thing["key"] for thing in found.json()["things"]] == ["1", "0"]
        await bob.get(link)
        assert (await bob.get(f"{link}/layers")).status_code == 404, "in another browser"
        assert (await ann.get(f"{link[:-4]}abcd/layers")).status_code == 404, "forged"
        token = house.links.token(Grant(ROOM, ANN, house.elsewhere.button(Action.REROLL)), app=True)
        for text, status in ((init_data(1, time.time()), 200), (init_data(2, time.time()), 404), ("", 404)):
            headers = {"X-Telegram-Init-Data": text}
            answer = await ann.get(f"{house.address}/canvas/app/{token}/layers", headers=headers)
            assert answer.status_code == status
