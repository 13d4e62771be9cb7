"""Messages from before a restart, from while the bot was away, and from while the connection was lost: each once."""

from __future__ import annotations

import asyncio
import sqlite3

import pytest

from bot.messages import Rewritten
from bot.store.inbox import StoredInbox
from bot.store.turns import Store
from tests.platforms.discord.player import Player
from tests.platforms.discord.stage import Stage


def rows(stage: Stage, query: str) -> int:
    """A number from the database."""
    with sqlite3.connect(stage.folder / "omost.db") as database:
        return int(database.execute(query).fetchone()[0])


async def caught_up(stage: Stage) -> None:
    """Wait until what was missed has been read and handled."""
    await stage.until(lambda: rows(stage, "SELECT count(*) FROM discord_gap WHERE closed IS NULL") == 0)
    await stage.until(lambda: rows(stage, "SELECT count(*) FROM discord_message WHERE handled IS NULL") == 0)


def texts(stage: Stage) -> list[str]:
    return [each.text for each in stage.handler.said()]


@pytest.mark.slow
async def test_what_was_written_while_the_bot_was_away_is_handled_once(bare: Stage) -> None:
    mention = f"<@{bare.discord.world.bot.id}>"
    async with bare.running():
        thread = await bare.imagine()
        direct = bare.discord.world.direct(bare.mo.user)
        await caught_up(bare)
    await bare.bob.say(thread, "make it night")
    await bare.bob.say(thread, "// this is for people")
    await bare.mo.say(bare.channel, "good morning")
    await bare.ann.say(bare.channel, f"{mention} a bear")
    async with bare.running():
        await caught_up(bare)
        assert texts(bare) == ["/imagine a harbour at dawn", "a bear", "make it night"]
        assert bare.handler.said()[2].place == bare.place(thread)
        await bare.until(lambda: len(bare.pictures(thread)) == 2)
    async with bare.running():
        await caught_up(bare)
        assert len(texts(bare)) == 3, "and not again"
        await bare.mo.say(direct, "a boat")
        await bare.until(lambda: len(texts(bare)) == 4)


@pytest.mark.slow
async def test_a_burst_that_was_interrupted_is_handled_after_the_restart(bare: Stage) -> None:
    async def for_ever(_: float) -> None:
        await asyncio.Event().wait()

    async with bare.running(sleep=for_ever):
        thread = await bare.imagine()
        first = await bare.bob.say(thread, "make it night")
        second = await bare.bob.say(thread, "with a moon")
        await bare.until(lambda: rows(bare, "SELECT count(*) FROM discord_message") == 2)
        assert len(texts(bare)) == 1
    async with bare.running():
        await caught_up(bare)
        assert texts(bare)[1:] == ["make it night\nwith a moon"]
        assert bare.handler.said()[1].message == str(first.id)
    async with bare.running():
        await bare.bob.rewrite(second, "with two moons")
        await bare.until(lambda: isinstance(bare.handler.received[-1], Rewritten))
        change = bare.handler.received[-1]
        assert isinstance(change, Rewritten)
        assert (change.text, change.message) == ("make it night\nwith two moons", str(first.id))
        assert change.place == bare.place(thread)
        assert len(texts(bare)) == 2


@pytest.mark.slow
async def test_an_edit_while_the_missed_message_is_handled_counts(bare: Stage) -> None:
    async with bare.running():
        thread = await bare.imagine()
        await caught_up(bare)
    message = await bare.bob.say(thread, "make it night")
    bare.handler.held = asyncio.Event()
    async with bare.running():
        await bare.until(lambda: len(texts(bare)) == 2)
        await bare.bob.rewrite(message, "make it day")
        bare.handler.held.set()
        await bare.until(lambda: isinstance(bare.handler.received[-1], Rewritten))


@pytest.mark.slow
async def test_messages_apart_in_time_and_commands_stay_requests_of_their_own(bare: Stage) -> None:
    async with bare.running():
        thread = await bare.imagine()
        await caught_up(bare)
    await bare.bob.say(thread, "make it night")
    await bare.bob.say(thread, "/undo")
    bare.discord.skip(5)
    await bare.bob.say(thread, "make it day")

    async def at_once(_: float) -> None:
        """The last one might go on; it waits for those before it, and not only for a while."""

    async with bare.running(sleep=at_once):
        await caught_up(bare)
        assert texts(bare)[1:] == ["make it night", "/undo", "make it day"]


async def test_messages_of_a_lost_session_are_read_from_the_new_one(stage: Stage) -> None:
    thread = await stage.imagine()
    await caught_up(stage)
    gateway = stage.discord.gateway
    gateway.deaf = True
    await gateway.drop(resumable=False)
    await stage.bob.say(thread, "make it night")
    gateway.deaf = False
    await stage.until(lambda: len(texts(stage)) == 2)
    assert texts(stage)[1] == "make it night"
    assert gateway.identifies == 2
    await stage.bob.press(stage.pictures(thread)[0], "Reroll")
    assert stage.handler.pressed(), "and buttons work"


@pytest.mark.slow
async def test_what_cannot_be_read_back_at_first_is_read_soon(bare: Stage) -> None:
    async with bare.running():
        thread = await bare.imagine()
        await caught_up(bare)
    await bare.bob.say(thread, "make it night")
    outage = bare.discord.fail("GET", "/messages$", status=503)
    async with bare.running():
        await caught_up(bare)
        assert outage.hits
        assert texts(bare)[1:] == ["make it night"]


@pytest.mark.slow
async def test_what_is_read_back_waits_for_what_comes_right_behind_it(bare: Stage) -> None:
    async with bare.running():
        thread = await bare.imagine()
        await caught_up(bare)
    first = await bare.bob.say(thread, "make it night")
    pausing = list[None]()
    go_on = asyncio.Event()

    async def pause(_: float) -> None:
        pausing.append(None)
        await go_on.wait()

    async with bare.running(sleep=pause):
        await bare.until(lambda: len(pausing) == 1)
        await bare.bob.say(thread, "with a moon")
        await bare.mo.say(thread, "a boat")  # taken in only after what came before it
        await bare.until(lambda: len(pausing) == 2)  # by then all three are kept
        assert rows(bare, "SELECT count(*) FROM discord_message WHERE handled IS NULL") == 3
        go_on.set()
        await caught_up(bare)
        assert texts(bare)[1:] == ["make it night\nwith a moon", "a boat"]
        assert bare.handler.said()[1].message == str(first.id)


@pytest.mark.slow
async def test_many_threads_are_read_newest_first_and_far_below_the_limit(bare: Stage) -> None:
    discord = bare.discord

    async with bare.running():
        await caught_up(bare)
    bare.handler.draws = False
    threads = [await discord.open_thread(bare.channel, f"picture {number}") for number in range(40)]
    for thread in threads:
        await bare.bob.say(thread, "make it night")
    async with bare.running():
        await caught_up(bare)
    assert len(texts(bare)) == len(threads)
    reads = [int(call.path.split("/")[-2]) for call in discord.calls_to("GET", "/messages$")]
    assert reads == [*(thread.id for thread in reversed(threads)), bare.channel.id]
    times = [call.at for call in discord.calls]
    assert max(sum(first <= at < first + 1 for at in times) for first in times) <= 35


async def test_the_first_start_ever_answers_nothing_old(bare: Stage) -> None:
    bare.discord.skip(-3600)
    old = Player(bare.discord, bare.discord.world.add_user("Old"))
    await old.say(bare.channel, f"<@{bare.discord.world.bot.id}> a bear")
    bare.discord.skip(3600)
    async with bare.running():
        await caught_up(bare)
        assert not bare.handler.received


@pytest.mark.slow
async def test_what_was_not_for_the_bot_then_is_not_afterwards(bare: Stage) -> None:
    async with bare.running():
        thread = await bare.imagine()
        await bare.ann.slash(thread, "listen", to="Only mentions, replies and commands")
        await bare.bob.say(thread, "what a lovely harbour")
        await bare.until(lambda: rows(bare, "SELECT count(*) FROM discord_message") == 1)
        await bare.ann.slash(thread, "listen", to="Everything written here")
    async with bare.running():
        await caught_up(bare)
        assert len(texts(bare)) == 1


class Watched(StoredInbox):
    """Counts how often the direct conversations were read, the last thing of each look back; the first look waits."""

    looks = 0

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.reached, self.released = asyncio.Event(), asyncio.Event()

    async def direct(self) -> list[int]:
        if not self.reached.is_set():
            self.reached.set()
            await self.released.wait()
        found = await super().direct()
        self.looks += 1
        return found


@pytest.mark.slow
async def test_a_look_back_that_a_newer_connection_has_overtaken_closes_no_gap(bare: Stage) -> None:
    gateway = bare.discord.gateway
    inbox = bare.inbox = Watched(bare.inbox._store)
    async with bare.running():
        await asyncio.wait_for(inbox.reached.wait(), 30)
        await gateway.drop(resumable=False)
        await bare.until(lambda: inbox.looks == 1)
        await caught_up(bare)
        gateway.deaf = True
        await gateway.drop(resumable=False)
        await bare.until(lambda: rows(bare, "SELECT count(*) FROM discord_gap WHERE closed IS NULL") == 1)
        inbox.released.set()
        await bare.until(lambda: inbox.looks == 2)
        assert rows(bare, "SELECT count(*) FROM discord_gap WHERE closed IS NULL") == 1, "nobody has read that yet"
        gateway.deaf = False
        await caught_up(bare)
