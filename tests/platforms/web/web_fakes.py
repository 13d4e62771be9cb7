"""A bot to put behind the web chat: it keeps posts in memory, and draws with a few rectangles, quickly."""

from __future__ import annotations

import asyncio
import io
import random
import sys
import threading
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from typing import Any

from PIL import Image, ImageDraw

from bot.chat.web.admin_page import Overview
from bot.chat.web.chat import WebChat
from bot.chat.web.entry import Door
from bot.errors import MessageGoneError
from bot.messages import (
    Action,
    Answer,
    Attachment,
    Author,
    Button,
    Choices,
    Field,
    Form,
    Incoming,
    Notice,
    Option,
    Outgoing,
    Place,
    Post,
    Pressed,
    Rewritten,
    Said,
    Submitted,
    Upload,
    digest_of,
)

CODE = """# Initialize the canvas
canvas = Canvas()

# Set a global description for the canvas
canvas.set_global_description(
    description='<b>a red house</b> under a yellow sun',
    distance_to_viewer=2.5,
)
"""


class MemoryTranscript:
    """A transcript that lasts as long as the object."""

    def __init__(self) -> None:
        self._posts: dict[Place, dict[str, Post]] = {}
        self._nonces: dict[tuple[Place, str], str] = {}
        self._count = 0

    async def places(self, platform: str = "", within: str = "") -> list[tuple[Place, str]]:
        newest = sorted(self._posts, key=lambda place: int(list(self._posts[place])[-1]), reverse=True)
        return [(place, next(iter(self._posts[place].values())).message.text) for place in newest]

    async def posts(self, place: Place) -> list[Post]:
        return list(self._posts.get(place, {}).values())

    async def words(self, place: Place) -> list[Post]:
        return [replace(post, message=replace(post.message, attachments=())) for post in await self.posts(place)]

    async def file(self, place: Place, digest: str) -> Attachment | None:
        files = (each for post in await self.posts(place) for each in post.message.attachments)
        return next((each for each in files if digest_of(each.content) == digest), None)

    async def add(self, place: Place, message: Outgoing, author: Author | None) -> str:
        known = self._nonces.get((place, message.nonce)) if message.nonce else None
        if known:
            await self.change(place, known, message)
            return known
        self._count += 1
        post_id = str(self._count)
        self._posts.setdefault(place, {})[post_id] = Post(post_id, message, author)
        if message.nonce:
            self._nonces[place, message.nonce] = post_id
        return post_id

    async def change(self, place: Place, post_id: str, message: Outgoing) -> None:
        if post_id not in self._posts.get(place, {}):
            raise MessageGoneError(f"there is no post {post_id}")
        self._posts[place][post_id] = Post(post_id, message, self._posts[place][post_id].author)

    async def reword(self, place: Place, post_id: str, text: str) -> None:
        await self.change(place, post_id, replace(self._posts[place][post_id].message, text=text))

    async def passed_on(self, place: Place, request: Sequence[str]) -> None:
        here = self._posts.get(place, {})
        for each in filter(here.__contains__, request):  # what was deleted meanwhile is not missed
            message = here[each].message
            await self.change(place, each, replace(message, parent=request[0], progress=None))

    async def waiting(self) -> list[tuple[Place, Post]]:
        own = [(place, post) for place, posts in self._posts.items() for post in posts.values() if post.author]
        return [(place, post) for place, post in own if post.message.progress is not None]


def drawing(size: int, seed: int, detail: float = 1.0) -> bytes:
    """A PNG of a house under a sun, the blurrier the smaller ``detail`` (0…1) is."""
    dice = random.Random(seed)
    picture = Image.new("RGB", (size, size), (176 + dice.randrange(40), 220, 240))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, size * 0.68, size, size), fill=(96, 168 + dice.randrange(30), 88))
    pen.ellipse((size * 0.66, size * 0.08, size * 0.9, size * 0.32), fill=(246, 196, 60))
    left = size * (0.18 + 0.14 * dice.random())
    pen.rectangle((left, size * 0.46, left + size * 0.42, size * 0.82), fill=(196, 60, 44))
    pen.polygon(
        [(left - 6, size * 0.47), (left + size * 0.21, size * 0.26), (left + size * 0.42 + 6, size * 0.47)],
        fill=(120, 40, 28),
    )
    if detail < 1:
        small = max(2, round(size * detail / 4))
        picture = picture.resize((small, small)).resize((size, size), Image.Resampling.BICUBIC)
    file = io.BytesIO()
    picture.save(file, "png")
    return file.getvalue()


def done_buttons(turn: str) -> tuple[Button, ...]:
    """The buttons of a finished picture."""
    labels = {
        Action.EDIT: "Edit",
        Action.REROLL: "Reroll",
        Action.VARIATIONS: "Variations",
        Action.UNDO: "Undo",
        Action.LAYOUT: "Layout",
        Action.CODE: "Code",
        Action.DELETE: "Delete",
    }
    return tuple(Button(action, turn, label) for action, label in labels.items())


class FakeBot:
    """Handles what the web chat passes on, and remembers it in ``received``. ``turns`` have been before.

    No picture is finished while ``held``.
    """

    def __init__(self, *, steps: int = 4, pause: float = 0.15, size: int = 256, turns: int = 0) -> None:
        self.received: list[Incoming] = []
        self.chat: WebChat | None = None
        self._steps, self._pause, self._size = steps, pause, size
        self._turns = turns
        self.held = False
        self._words: dict[str, str] = {}
        self._newest = ""
        self._work: set[asyncio.Task[None]] = set()

    async def handle(self, incoming: Incoming) -> Answer:
        self.received.append(incoming)
        match incoming:
            case Said(text="/help"):
                return Notice("Say what you want to see.\nThen say what to change.")
            case Said(text="fail"):
                raise RuntimeError("asked to fail")
            case Said(file=Upload(name=name, content=None)):
                return Notice(f"{name} has too many bytes.")
            case Said(text="wait"):
                self._start(self._unfinished(incoming.place))
            case Said(text=text) | Rewritten(text=text):
                self._start(self._draw(incoming.place, text))
            case Submitted(values=values):
                self._start(self._draw(incoming.place, values["words"]))
            case Pressed():
                return self._pressed(incoming)
        return None

    def _pressed(self, pressed: Pressed) -> Answer:
        turn = pressed.turn
        match pressed.action:
            case Action.EDIT:
                fields = (
                    Field("words", "What to draw", self._words.get(turn, ""), multiline=True),
                    Field("size", "Size", "256 × 256"),
                    Field("seed", "Seed", "12345"),
                    Field("style", "Style", "flat", options=(Option("ink", "Ink"), Option("flat", "Flat"))),
                )
                return Form("Edit this picture", Action.EDIT, turn, fields)
            case Action.LAYOUT:
                return Notice("House in front of the sky.", (Attachment("layout.png", drawing(180, 3), "the layout"),))
            case Action.CODE:
                return Notice(CODE, (Attachment("canvas.py", CODE.encode()), Attachment("canvas.json", b"[]")))
            case Action.VARIATIONS:
                self._start(self._draw(pressed.place, self._words.get(turn, ""), count=4))
            case Action.UNDO | Action.DELETE:
                gone = pressed.action is Action.DELETE
                return Notice("It is gone." if gone else "There is nothing before this picture.")
            case Action.REROLL if not pressed.value:
                seeds = (Option("1", "Seed 1", "the first of them"), Option("2", "Seed 2"))
                return Choices("Which seed?", Action.REROLL, turn, seeds)
            case _:
                self._start(self._draw(pressed.place, self._words.get(turn, "")))
        return None

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    async def _unfinished(self, place: Place) -> None:
        assert self.chat is not None
        picture = Attachment("preview.png", drawing(self._size, 7, 0.5), "preview")
        cancel = (Button(Action.CANCEL, "t0", "Cancel"),)
        await self.chat.post(place, Outgoing("Drawing, step 11 of 25 …", (picture,), cancel, 0.44))

    async def _draw(self, place: Place, words: str, count: int = 1) -> None:
        assert self.chat is not None
        self._turns += 1
        turn = f"t{self._turns}"
        self._words[turn] = words
        cancel = (Button(Action.CANCEL, turn, "Cancel"),)
        post = await self.chat.post(place, Outgoing("Writing the canvas …", (), cancel, 0.0, nonce=turn))
        for step in range(1, self._steps + 1):
            await asyncio.sleep(self._pause)
            share = step / self._steps
            picture = Attachment("preview.png", drawing(self._size, self._turns, share / 2), "preview")
            text = f"Drawing, step {step} of {self._steps} …"
            await self.chat.edit(place, post, Outgoing(text, (picture,), cancel, share))
        await asyncio.sleep(self._pause)
        while self.held:
            await asyncio.sleep(0.01)
        seeds = range(self._turns, self._turns + count)
        pictures = tuple(Attachment(f"{turn}-{seed}.png", drawing(self._size, seed), words) for seed in seeds)
        footer, parent = f"Seed {self._turns}, {self._size} × {self._size}", self._newest
        done = Outgoing(words, pictures, done_buttons(turn), words=words, footer=footer, parent=parent)
        await self.chat.edit(place, post, done)
        self._newest = post


class ServedChat:
    """A web chat on an event loop in a thread of its own; a context manager, and ``address`` while it runs."""

    def __init__(
        self,
        bot: FakeBot,
        transcript: MemoryTranscript,
        port: int = 0,
        pause: float = 0.02,
        door: Door | None = None,
        overview: Overview | None = None,
    ) -> None:
        self.chat = WebChat(transcript, bot.handle, port=port, pause=pause, door=door, overview=overview)
        bot.chat = self.chat
        self.address = self.chat.bind()
        self._loop = asyncio.new_event_loop()
        self._serving: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run, name="web chat under test")
        self.stopped_by_cancelling = False
        self.failure: Exception | None = None

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._serving = self._loop.create_task(self.chat.serve())
        try:
            self._loop.run_until_complete(self._serving)
        except asyncio.CancelledError:
            self.stopped_by_cancelling = True
        except Exception as error:  # noqa: BLE001 - told to the test at the end
            self.failure = error
        finally:
            for task in asyncio.all_tasks(self._loop):
                task.cancel()
            self._loop.run_until_complete(asyncio.sleep(0))
            self._loop.close()

    def __enter__(self) -> ServedChat:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._serving is not None
        self._loop.call_soon_threadsafe(self._serving.cancel)
        self._thread.join(timeout=20)
        assert not self._thread.is_alive(), "the web chat did not stop"
        if self.failure is not None:
            raise self.failure


if __name__ == "__main__":  # look at it by hand
    with ServedChat(FakeBot(steps=25, pause=0.3), MemoryTranscript(), port=8123) as served:
        sys.stdout.write(served.address + "\n")
        threading.Event().wait()
