"""The memory of messages: noted once, joined, handled, and what is still open after a death at any moment."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.messages import Author, Place
from bot.store.inbox import StoredInbox
from bot.turns.conversation import first_request
from tests.bot_parts import opened
from tests.fakes import TINY

pytestmark = pytest.mark.usefixtures("either_database")

PLACE = Place("discord", "1/2/3")


async def test_a_message_is_to_be_handled_until_it_was(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        inbox = StoredInbox(bot.store)
        assert await inbox.note(10, 3, "make it night", meant=True) == 0
        assert await inbox.note(10, 3, "make it night", meant=True) == 0, "still open"
        assert await inbox.note(11, 3, "hello", meant=False) is None
        assert await inbox.joined([10])
        assert await inbox.note(10, 3, "make it night", meant=True) == 10, "open, as part of a request"
        await inbox.handled(10, "1/2/3")
        assert await inbox.note(10, 3, "make it night", meant=True) is None


async def test_a_request_whose_turn_was_stored_before_a_death_is_not_made_again(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        inbox = StoredInbox(bot.store)
        draft = replace(first_request("make it night\nwith a moon", TINY, 1), message="10")
        for number, words in ((10, "make it night"), (11, "with a moon"), (12, "a boat")):
            await inbox.note(number, 3, words, meant=True)
        assert await inbox.joined([10, 11])
        assert await inbox.joined([12])
        await bot.queue.enqueue(PLACE, Author("1", "Ann"), lambda _: draft)
        assert not await inbox.joined([10, 11])
        assert await inbox.joined([12]), "this one never became a turn"


async def test_the_parts_of_a_request_and_their_new_words(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        inbox = StoredInbox(bot.store)
        await inbox.note(11, 3, "with a moon", meant=True)
        await inbox.note(10, 3, "make it night", meant=True)
        assert await inbox.part_of(10) is None
        await inbox.joined([10, 11])
        await inbox.handled(10, "1/2/3")
        await inbox.reword(11, "with two moons")
        assert await inbox.part_of(11) == (10, "1/2/3", {10: "make it night", 11: "with two moons"})
        assert await inbox.part_of(99) is None


async def test_what_may_be_missed_begins_with_the_oldest_open_message_or_gap(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        inbox = StoredInbox(bot.store)
        assert await inbox.unread() is None
        await inbox.away(50, 0)
        assert await inbox.unread() == 50
        await inbox.note(60, 3, "hello", meant=False)
        assert await inbox.unread() == 50, "the gap is open"
        await inbox.away(70, 0)
        await inbox.back()
        assert await inbox.unread() == 60
        await inbox.note(80, 3, "make it night", meant=True)
        await inbox.note(90, 3, "hello", meant=False)
        assert await inbox.unread() == 80
        await inbox.away(90, 85)
        assert await inbox.note(80, 3, "make it night", meant=True) == 0, "forgotten"


async def test_direct_conversations_are_found_by_their_turns(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        ann = Author("1", "Ann")
        for place in (PLACE, Place("discord", "42"), Place("telegram", "43"), Place("discord", "44")):
            await bot.queue.enqueue(place, ann, lambda _: first_request("a boat", TINY, 1))
        assert await StoredInbox(bot.store).direct() == [44, 42]
        later = StoredInbox(bot.store, lambda: 1e11)
        assert await later.direct() == []
