"""Forms and choices as the page builds them, looked at and used without a browser."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from nicegui import core, ui
from nicegui.client import Client
from nicegui.elements.mixins.text_element import TextElement
from nicegui.events import GenericEventArguments
from nicegui.page import page

from bot.chat.web.dialogs import open_choices, open_form
from bot.chat.web.files import WebFile
from bot.messages import Action, Attachment, Choices, Field, Form, Option

PLACES = (Option("on the left", "On the left"), Option("on the right", "On the right"))
REGION = Form(
    "A red house",
    Action.REGION,
    "t-0",
    (Field("description", "What it is", "A red house."), Field("place", "Place", "on the right", options=PLACES)),
)


@pytest.fixture
async def client(monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Client]:
    """A page to build on, which no browser has asked for."""
    monkeypatch.setattr(core, "loop", asyncio.get_running_loop())
    client = Client(page("/"))
    yield client
    client.delete()


def tagged(client: Client, tag: str) -> list[ui.element]:
    return [element for element in client.elements.values() if element.tag == tag]


async def happen(element: ui.element, event: str, args: object = None) -> None:
    """What the browser would report."""
    (listener,) = (each for each in element._event_listeners.values() if each.type == event and each.handler)
    handler: Any = listener.handler
    await (
        handler() if args is None else handler(GenericEventArguments(sender=element, client=element.client, args=args))
    )


async def test_a_field_with_options_is_a_list_with_its_value_selected(client: Client) -> None:
    sent: list[dict[str, str]] = []

    async def submit(values: dict[str, str]) -> None:
        sent.append(values)

    with client:
        open_form(REGION, submit)
        (select,) = tagged(client, "select")
        assert select.props["name"] == "place"
        assert [(each.props["value"], "selected" in each.props) for each in tagged(client, "option")] == [
            ("on the left", False),
            ("on the right", True),
        ]
        await happen(tagged(client, "form")[0], "submit", {"place": "on the left"})
    assert sent == [{"description": "A red house.", "place": "on the left"}]


async def test_choices_show_the_layout_and_hand_on_what_was_taken(client: Client) -> None:
    taken: list[str] = []

    async def choose(value: str) -> None:
        taken.append(value)

    def publish(attachment: Attachment) -> WebFile:
        return WebFile(f"/files/{attachment.name}", attachment.name, attachment.description, 4, width=8, height=8)

    offered = (Option("0", "A red house", "on the right"), Option("new", "Add a region"))
    layout = Attachment("layout.png", b"\x89PNG", "Layout: a house")
    with client:
        open_choices("Layout", Choices("A meadow.", Action.REGION, "t", offered, (layout,)), choose, publish)
        assert [image.props["alt"] for image in tagged(client, "img")] == ["Layout: a house"]
        buttons = [each for each in tagged(client, "button") if "option" in each.classes]
        assert len(buttons) == 2
        await happen(buttons[1], "click")
    assert taken == ["new"]


async def test_settings_are_saved_and_not_drawn(client: Client) -> None:
    async def submit(values: dict[str, str]) -> None:
        del values

    with client:
        open_form(Form("Your own defaults", Action.SETTINGS, "me", (Field("size", "Size"),)), submit)
        (send,) = (each for each in tagged(client, "button") if each.props["type"] == "submit")
        (label,) = send.default_slot.children
    assert isinstance(label, TextElement)
    assert label.text == "Save"


async def test_what_is_seen_on_a_picture_is_chosen_there_and_the_rest_from_a_list(client: Client) -> None:
    chosen: list[str] = []

    async def choose(value: str) -> None:
        chosen.append(value)

    first = Option("t1", "1 · a house", "Ann", (0.1, 0.2, 0.3, 0.6))
    tree = Choices("History", Action.RESUME, "t1", (first, Option("film", "As a film")), (Attachment("h.png", b""),))
    with client:
        open_choices("History", tree, choose, lambda _: WebFile("/h.png", "h.png", "The tree", 0, 400, 300))
    spot, film = (each for each in tagged(client, "button") if "spot" in each.classes or "option" in each.classes)
    assert spot.props["aria-label"] == "1 · a house · Ann"
    assert spot.style["left"] == "10.0%"
    assert spot.style["height"] == "40.0%"
    await happen(spot, "click")
    await happen(film, "click")
    assert chosen == ["t1", "film"]
