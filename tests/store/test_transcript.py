"""The stored transcript of the web chat."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from bot.errors import MessageGoneError
from bot.messages import Action, Attachment, Button, Outgoing, Place, digest_of
from bot.store.transcript import StoredTranscript
from tests.bot_parts import ANN, new_store, opened

pytestmark = pytest.mark.usefixtures("either_database")

HERE = Place("web", "here")
THERE = Place("web", "there")
PICTURE = Attachment("a.png", b"\x00\x01png", "A house")
FULL = Outgoing(
    "result",
    (PICTURE, Attachment("b.py", b"code")),
    (Button(Action.EDIT, "t", "Edit"),),
    0.5,
    "n1",
    "red",
    "Seed 1",
    "2",
)


async def test_posts_come_back_as_they_were_after_a_restart(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        transcript = StoredTranscript(bot.store)
        await transcript.add(HERE, Outgoing("a red house"), ANN)
        await transcript.add(HERE, FULL, None)
    async with opened(tmp_path) as bot:
        first, second = await StoredTranscript(bot.store).posts(HERE)
        assert (first.message, first.author) == (Outgoing("a red house"), ANN)
        assert (second.message, second.author) == (FULL, None)


async def test_a_known_nonce_changes_its_post_and_makes_no_second_one(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        transcript = StoredTranscript(bot.store)
        first = await transcript.add(HERE, FULL, None)
        assert await transcript.add(HERE, Outgoing("again", nonce="n1"), None) == first
        assert await transcript.add(THERE, FULL, None) != first, "a nonce counts within its place"
        assert [post.message for post in await transcript.posts(HERE)] == [Outgoing("again", nonce="n1")]
        assert await transcript.add(HERE, Outgoing("x"), None) != await transcript.add(HERE, Outgoing("x"), None)


async def test_changing_a_post_replaces_text_files_and_buttons(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        transcript = StoredTranscript(bot.store)
        post = await transcript.add(HERE, FULL, None)
        await transcript.change(HERE, post, Outgoing("done", (PICTURE,)))
        (found,) = await transcript.posts(HERE)
        assert found.message == Outgoing("done", (PICTURE,), nonce="n1")


@pytest.mark.parametrize("post", ["999", "none", "", "²"])
async def test_changing_an_unknown_post_says_that_it_is_gone(tmp_path: Path, post: str) -> None:
    async with opened(tmp_path) as bot:
        with pytest.raises(MessageGoneError):
            await StoredTranscript(bot.store).change(HERE, post, FULL)


async def test_a_post_of_another_place_cannot_be_changed(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        transcript = StoredTranscript(bot.store)
        post = await transcript.add(HERE, FULL, None)
        with pytest.raises(MessageGoneError):
            await transcript.change(THERE, post, FULL)


async def test_places_are_listed_newest_activity_first_under_their_first_words(tmp_path: Path) -> None:
    now = iter(range(100))
    async with opened(tmp_path) as bot:
        transcript = StoredTranscript(bot.store, clock=lambda: float(next(now)))
        first = await transcript.add(HERE, Outgoing("welcome"), None)
        await transcript.add(HERE, Outgoing("a red house"), ANN)
        await transcript.add(THERE, Outgoing("a blue house"), ANN)
        assert await transcript.places() == [(THERE, "a blue house"), (HERE, "a red house")]
        await transcript.change(HERE, first, Outgoing("welcome back"))
        assert [place for place, _ in await transcript.places()] == [HERE, THERE]


async def test_what_was_not_passed_on_waits_with_its_newest_words(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        transcript = StoredTranscript(bot.store)
        first, second, third = [
            await transcript.add(place, Outgoing(words, files, progress=0.0), ANN)
            for place, words, files in ((HERE, "a house", ()), (HERE, "a tree", ()), (THERE, "", (PICTURE,)))
        ]
        await transcript.add(HERE, FULL, None)
        await transcript.reword(HERE, second, "two trees")
    async with opened(tmp_path) as bot:
        transcript = StoredTranscript(bot.store)
        waiting = await transcript.waiting()
        assert [(place, post.id, post.message.text) for place, post in waiting] == [
            (HERE, first, "a house"),
            (HERE, second, "two trees"),
            (THERE, third, ""),
        ]
        assert waiting[2][1].message.attachments == (PICTURE,)
        await transcript.passed_on(HERE, [first, second])
        assert [post.id for _, post in await transcript.waiting()] == [third]
        own = [post for post in await transcript.posts(HERE) if post.author is not None]
        assert [(post.message.text, post.message.parent) for post in own] == [("a house", first), ("two trees", first)]
        assert (THERE, "a.png") in await transcript.places(), "titled after its file"
        with pytest.raises(MessageGoneError):
            await transcript.reword(THERE, second, "three trees")


@pytest.mark.parametrize("either_database", ["sqlite"], indirect=True)
async def test_one_file_is_found_without_reading_the_others(tmp_path: Path) -> None:
    async with new_store(tmp_path) as store:
        transcript = StoredTranscript(store)
        here = Place("web", "abc")
        for number in range(20):
            await transcript.add(here, Outgoing("x", (Attachment(f"{number}.png", bytes([number]) * 1000),)), None)
        wanted = digest_of(bytes([7]) * 1000)
        found = await transcript.file(here, wanted)
        assert found is not None
        assert (found.name, found.content) == ("7.png", bytes([7]) * 1000)
        assert await transcript.file(Place("web", "other"), wanted) is None
        assert await transcript.file(here, "0" * 32) is None
        async with store.reading() as connection:
            query = "EXPLAIN QUERY PLAN SELECT content FROM post_attachment WHERE digest = 'x'"
            plan = [row[3] for row in await connection.execute(text(query))]
        assert "ix_post_attachment_digest" in plan[0]
        assert [post.message.attachments for post in await transcript.words(here)] == [()] * 20
