"""The web chat without a browser: errors in the background end nothing, and only what lasts is stored."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from functools import partial

import pytest

from bot.chat.web.chat import WebChat
from bot.chat.web.desk import Watcher
from bot.errors import MessageGoneError
from bot.messages import Answer, Handle, Incoming, Notice, Outgoing, Place, Post, Said, Upload
from tests.fakes import until
from tests.platforms.web.web_fakes import MemoryTranscript

HERE = Place("web", "abc")


class Transcript(MemoryTranscript):
    """Counts what is written, and fails as often as it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.changes = 0
        self.failures = 0

    async def change(self, place: Place, post_id: str, message: Outgoing) -> None:
        self.changes += 1
        await super().change(place, post_id, message)

    async def passed_on(self, place: Place, request: Sequence[str]) -> None:
        self._fail()
        await super().passed_on(place, request)

    async def waiting(self) -> list[tuple[Place, Post]]:
        self._fail()
        return await super().waiting()

    def _fail(self) -> None:
        if self.failures:
            self.failures -= 1
            raise RuntimeError("the database is locked")


@asynccontextmanager
async def serving(
    transcript: Transcript, received: list[Incoming] | None = None, handle: Handle | None = None
) -> AsyncGenerator[WebChat]:
    async def receive(incoming: Incoming) -> Answer:
        if received is not None:
            received.append(incoming)
        return None

    chat = WebChat(transcript, handle or receive, port=0, pause=0.01)
    chat.bind()
    task = asyncio.create_task(chat.serve())
    try:
        await until(lambda: chat._tasks.running)
        yield chat
    finally:
        assert not task.done(), f"the web chat ended by itself: {task.exception()!r}"
        task.cancel()
        await asyncio.wait({task})


def _more_than(seen: list[Outgoing], number: int) -> bool:
    return len(seen) > number


async def test_a_database_that_fails_in_the_background_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    transcript, received = Transcript(), list[Incoming]()
    transcript.failures = 2  # one as the chat begins, one as the first words are passed on
    async with serving(transcript, received) as chat:
        await until(lambda: transcript.failures == 1)
        await chat._desk.say("abc", "a cat", lambda _: None)
        await until(lambda: transcript.failures == 0)
        await chat._desk.say("abc", "a dog", lambda _: None)
        await until(lambda: len(received) == 2)
    assert [str(each.exc_info[1]) for each in caplog.records if each.exc_info] == ["the database is locked"] * 2


async def test_passing_states_are_shown_and_not_stored() -> None:
    transcript, seen = Transcript(), list[Outgoing]()
    async with serving(transcript, []) as chat:
        chat._desk.watch(Watcher(lambda _, post: seen.append(post.message), lambda _: None))
        name = await chat.post(HERE, Outgoing("You are next.", progress=0.0))
        for share in (0.25, 0.5, 0.75):
            shown = len(seen)
            await chat.edit(HERE, name, Outgoing("Drawing.", progress=share))
            await until(partial(_more_than, seen, shown))
        assert transcript.changes == 0
        [late] = await chat._desk.posts("abc")
        assert late.message.progress == 0.75, "a page that is opened now sees the newest state"
        await chat.edit(HERE, name, Outgoing("Done."))
        [done] = await chat._desk.posts("abc")
        assert (transcript.changes, done.message.text, seen[-1].text) == (1, "Done.", "Done.")
        with pytest.raises(MessageGoneError):
            await chat.edit(HERE, "77", Outgoing("Done."))


async def test_an_answer_in_a_sentence_stands_below_its_words_while_they_are_there() -> None:
    transcript, told = Transcript(), list[Answer]()

    async def handle(incoming: Incoming) -> Answer:
        assert isinstance(incoming, Said)
        if incoming.text == "/forget everything":
            transcript._posts.clear()
        return Notice("long\nwords" if incoming.text == "/help" else f"Answer to {incoming.text}.")

    async with serving(transcript, handle=handle) as chat:
        await chat._desk.say("abc", "hello", told.append)
        await until(lambda: len(transcript._posts[HERE]) == 2)
        assert [post.message.text for post in await chat._desk.posts("abc")] == ["hello", "Answer to hello."]
        await chat._desk.say("abc", "/help", told.append)
        await until(lambda: told == [Notice("long\nwords")])
        await chat._desk.say("abc", "/forget everything", told.append)
        await until(lambda: told[1:] == [Notice("Answer to /forget everything.")])
        assert await chat._desk.posts("abc") == []


async def test_words_in_a_text_file_are_words() -> None:
    received: list[Incoming] = []
    async with serving(Transcript(), received) as chat:
        for name, content in (("message.txt", b"a harbour at dawn"), ("canvas.txt", b"canvas = Canvas()")):
            upload = Upload(name, len(content), content)
            await chat._desk.say("abc", "please draw", lambda _: None, upload)
        await until(lambda: len(received) == 2)
    said = [(each.text, each.file) for each in received if isinstance(each, Said)]
    assert said == [("please draw\na harbour at dawn", None), ("please draw", upload)]
