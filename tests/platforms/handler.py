"""A small handler in place of the rest of the bot, and the messages, forms and notices that it sends in its place."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from dataclasses import dataclass, field

from PIL import Image

from bot.messages import (
    Action,
    Answer,
    Attachment,
    Button,
    Chat,
    Choices,
    Field,
    Form,
    Incoming,
    Notice,
    Option,
    Outgoing,
    Place,
    Pressed,
    Rewritten,
    Said,
    Submitted,
)

_LABELS = {
    Action.EDIT: "Edit",
    Action.REROLL: "Reroll",
    Action.VARIATIONS: "Variations",
    Action.LARGER: "Larger",
    Action.UNDO: "Undo",
    Action.LAYOUT: "Layout",
    Action.CODE: "Code",
    Action.DELETE: "Delete",
}


def picture(size: int | tuple[int, int] = 32, color: str = "orange") -> bytes:
    """A small PNG."""
    file = io.BytesIO()
    Image.new("RGB", (size, size) if isinstance(size, int) else size, color).save(file, "PNG")
    return file.getvalue()


def result(turn: str, words: str, files: tuple[Attachment, ...] | None = None) -> Outgoing:
    """A finished picture's message."""
    shown = files or (Attachment(f"{turn}.png", picture(), f"A picture of {words}"),)
    buttons = tuple(Button(action, turn, label) for action, label in _LABELS.items())
    return Outgoing("", shown, buttons, words=words, footer="Seed 7, 32 × 32, tiny")


def status(turn: str, words: str, progress: float = 0.0, *, preview: bool = False) -> Outgoing:
    """A status message with its Cancel button."""
    shade = f"#{round(progress * 200):02x}8080"
    files = (Attachment(f"{turn}-preview.png", picture(8, shade), "Preview"),) if preview else ()
    buttons = (Button(Action.CANCEL, turn, "Cancel"),)
    return Outgoing("Drawing.", files, buttons, progress, f"{turn}-1", words)


def edit_form(turn: str) -> Form:
    """As the bot's edit form."""
    sizes = (Option("32x32", "Square"), Option("48x32", "Landscape"))
    fields = (
        Field("words", "What to draw", "a red house", multiline=True),
        Field("size", "Size", "32x32", options=sizes),
        Field("seed", "Seed", "7"),
    )
    return Form("Edit the picture", Action.EDIT, turn, fields)


@dataclass
class Handler:
    """Draws at once whatever is said, and answers buttons as the real one would.

    ``regions`` are offered of a layout, each with the form that ``region_form`` makes for a turn. ``received`` is all
    that came in, ``posted`` the messages begun. Nothing is answered until ``held`` is set, if there is such an event.
    """

    regions: tuple[Option, ...]
    region_form: Callable[[str], Form]
    received: list[Incoming] = field(default_factory=list)
    chat: Chat | None = None
    answers: dict[str, Answer] = field(default_factory=dict)
    held: asyncio.Event | None = None
    error: Exception | None = None
    draws: bool = True
    posted: list[str] = field(default_factory=list)

    async def handle(self, incoming: Incoming) -> Answer:
        self.received.append(incoming)
        if self.held is not None:
            await self.held.wait()
        if self.error is not None:
            raise self.error
        match incoming:
            case Said(text=text) if text in self.answers:
                return self.answers[text]
            case Said(text=text) if text.startswith("/") and not text.startswith(("/imagine ", "/edit ")):
                return Notice(f"You said {text}")
            case Said(text=text) | Rewritten(text=text):
                await self._draw(incoming.place, text.removeprefix("/imagine ").removeprefix("/edit "))
            case Pressed():
                return self._pressed(incoming)
            case Submitted():
                return Notice(f"Got {incoming.values}")
        return None

    async def admit(self, incoming: Incoming) -> Answer:
        """Nothing speaks against any request."""
        del incoming
        return None

    async def _draw(self, place: Place, words: str) -> None:
        if not self.draws:
            return
        assert self.chat is not None
        turn = f"t{len(self.received)}"
        self.posted.append(await self.chat.post(place, status(turn, words)))
        await self.chat.edit(place, self.posted[-1], result(turn, words))

    def _pressed(self, pressed: Pressed) -> Answer:
        match pressed.action:
            case Action.CANCEL if pressed.author.name == "Bob":
                return Notice("Only Ann may do that.")
            case Action.EDIT:
                return edit_form(pressed.turn)
            case Action.LAYOUT:
                layout = (Attachment("layout.png", picture(), "The layout"),)
                return Choices("What stands where", Action.REGION, pressed.turn, self.regions, layout)
            case Action.REGION:
                return self.region_form(pressed.turn)
            case Action.CODE:
                files = (Attachment("t.png", picture(), ""), Attachment("t.py", b"canvas = Canvas()", ""))
                return Notice("canvas = Canvas()\n" * 10, files)
            case _:
                return None

    def said(self) -> list[Said]:
        return [each for each in self.received if isinstance(each, Said)]

    def pressed(self) -> list[Pressed]:
        return [each for each in self.received if isinstance(each, Pressed)]

    def submitted(self) -> list[Submitted]:
        return [each for each in self.received if isinstance(each, Submitted)]
