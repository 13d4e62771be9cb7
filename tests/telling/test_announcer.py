"""Who tells whom about jobs: no platform, and no message, holds up those of others."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import event

from bot.catalogues.catalogue import say
from bot.catalogues.text import Text, Wording
from bot.jobs.job import State
from bot.jobs.queue import Queue
from bot.jobs.states import Begun, Drawing
from bot.messages import Author, Outgoing, Place
from bot.telling.job_tasks import JobTasks
from bot.telling.progress import Progress
from tests.bot_parts import BOB, Bot, opened, put_together, working
from tests.fakes import FakeChat, until

FAR = Place("far", "x")
BOB_PLACE = Place("test", "elsewhere")


@dataclass
class FarChat(FakeChat):
    """A platform whose edits wait, as Discord's and Telegram's do, while it cannot be reached."""

    platform: str = "far"
    online: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: int = 0
    results: int = 0

    async def edit(self, place: Place, message_id: str, message: Outgoing) -> None:
        self.waiting += 1
        self.results += message.progress is None
        await self.online.wait()
        await super().edit(place, message_id, message)


def with_two_platforms(bot: Bot, far: FarChat, time_limit: float = 300.0) -> Bot:
    """The bot on two platforms."""
    both = put_together(bot.folder, bot.store, bot.engine, [lambda _: bot.chat, lambda _: far], time_limit=time_limit)
    bot.queue, bot.announcer, bot.handlers, bot.worker = both.queue, both.announcer, both.handlers, both.worker
    bot.whole = both
    return bot


@pytest.mark.slow
async def test_results_of_one_platform_do_not_wait_for_another_that_cannot_be_reached(tmp_path: Path) -> None:
    far = FarChat()
    async with opened(tmp_path) as bot, working(with_two_platforms(bot, far)):
        await bot.say("a cat", FAR)
        await until(lambda: far.waiting)
        await bot.say("red house")
        await until(bot.chat.finished, "the other platform's result is shown")
        await bot.say("blue house")
        await until(lambda: len(bot.chat.finished()) == 2, "and the next one")
        assert far.finished() == []
        far.online.set()
        await until(far.finished, "what waited is shown once the platform is back")
        await bot.at_rest()


@pytest.mark.slow
async def test_positions_of_one_platform_do_not_wait_for_another_that_cannot_be_reached(tmp_path: Path) -> None:
    far = FarChat()
    async with opened(tmp_path) as bot:
        bot.engine.writing.shut()
        async with working(with_two_platforms(bot, far)):
            await bot.say("first", Place("test", "a"))
            await until(bot.engine.writing.reached.is_set)
            await bot.say("second", Place("test", "b"), BOB)
            await bot.say("third", FAR)
            await bot.say("fourth", Place("test", "c"))
            job = await bot.queue.newest(await bot.head(Place("test", "b")))
            assert job is not None
            await bot.queue.cancel(job.id)
            await until(lambda: far.waiting, "the far platform's position is being shown")
            await until(lambda: "2 pictures ahead" in bot.chat.shown["m3"].text)


async def test_a_send_that_never_ends_is_given_up_and_tried_again(tmp_path: Path) -> None:
    far = FarChat()
    async with opened(tmp_path) as bot, working(with_two_platforms(bot, far, time_limit=0.1)):
        await bot.say("a cat", FAR)
        job = await bot.queue.newest(await bot.head(FAR))
        assert job is not None
        await until(lambda: far.results >= 2, "its result was tried more than once")
        assert (now := await bot.queue.job(job.id)) is not None
        assert (now.state, now.posted) == (State.FINISHED, None)
        far.online.set()
        await until(far.finished)


@pytest.mark.slow
async def test_nothing_is_kept_of_jobs_that_are_told(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        for _ in range(5):
            await bot.say("/imagine a cat")
        await until(lambda: len(bot.chat.finished()) == 5)
        await bot.at_rest()
        kept = bot.announcer
        await until(lambda: not kept._locks and not kept._ahead and not kept._delays, "nothing is kept")


async def test_a_state_that_cannot_be_shown_does_not_end_the_progress(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        await bot.say("red house")
        job = await bot.queue.claim()
        assert job is not None
        turn = await bot.store.turn(job.turn)
        assert turn is not None
        progress = Progress(bot.announcer, job, pace=0.0)
        running = asyncio.create_task(progress.run())
        progress.show(Drawing(turn, True, 1, 4, b"no picture"))
        await progress.seen()
        progress.show(Begun(turn))
        await until(lambda: bot.chat.edits, "the next one is shown")
        progress.close()
        await running


async def test_a_position_on_its_way_does_not_follow_a_newer_status(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        for number in range(3):
            await bot.say("red house", Place("test", str(number)))
        _, position, _ = await bot.queue.positions()
        async with bot.announcer._lock(position.job.id):  # something is being sent for it
            late = asyncio.create_task(bot.announcer._show_position(position, None))
            await asyncio.sleep(0)
            await bot.queue.cancel(position.job.id)
            cancelled = asyncio.create_task(bot.announcer.tell(position.job.id))
            bot.announcer._outdate_position(position.job.id)
        await asyncio.gather(late, cancelled)
        assert "Cancelled" in bot.chat.shown["m2"].text
        assert bot.announcer._moving == set()
        assert position.job.id not in bot.announcer._ahead


async def test_people_see_that_another_process_has_begun_what_they_asked_for(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        bot.queue.lease = 30.0
        telling = asyncio.create_task(bot.announcer.run(0.01))
        await bot.say("red house")
        await bot.say("blue house", Place("test", "b"), BOB)
        begun = say(Text("status-composing-soon"))
        await until(lambda: say(Text("status-next")) in bot.chat.shown["m1"].text)
        claimed = await Queue(bot.store, lease=30.0).claim()
        assert claimed is not None
        assert begun not in bot.chat.shown["m1"].text
        await bot.queue.look()
        await until(lambda: begun in bot.chat.shown["m1"].text)
        assert begun not in bot.chat.shown["m2"].text, "it waits for the other"
        telling.cancel()
        await asyncio.wait({telling})


@pytest.mark.parametrize("taken", [False, True], ids=["cancelled there", "claimed there"])
async def test_how_far_a_job_is_is_not_shown_once_another_process_has_ended_or_taken_it(
    tmp_path: Path, taken: bool
) -> None:
    soon = Outgoing[Wording](Text("status-composing-soon"))
    async with opened(tmp_path) as bot:
        bot.queue.lease = 30.0
        await bot.say("red house")
        claimed = await bot.queue.claim()
        assert claimed is not None
        assert await bot.announcer.progress(claimed, soon)
        assert len(bot.chat.edits) == 1
        there = Queue(bot.store, lease=30.0)
        if taken:
            await there.release(claimed)
            assert await there.claim() is not None
        else:
            assert await there.cancel(claimed.id)
        assert bot.queue.holds(claimed), "nobody has looked yet"
        assert await bot.announcer.progress(claimed, soon)
        assert len(bot.chat.edits) == 1


async def test_an_end_is_told_once_however_often_somebody_asks_for_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        await bot.say("red house")
        async with working(bot):
            await until(bot.chat.finished)
            await bot.at_rest()
        edits = len(bot.chat.edits)
        assert await bot.announcer.tell(1)
        assert len(bot.chat.edits) == edits


@pytest.mark.slow
async def test_positions_take_as_many_statements_for_fifty_as_for_five(tmp_path: Path) -> None:
    counts = []
    for people in (5, 50):
        folder = tmp_path / str(people)
        folder.mkdir()
        async with opened(folder) as bot:
            for number in range(people):
                await bot.say("red house", Place("test", str(number)), Author(str(number), "Ann"))
            first, *_ = await bot.queue.positions()
            await bot.queue.cancel(first.job.id)
            statements: list[str] = []

            def count(*arguments: object, statements: list[str] = statements) -> None:
                statements.append(str(arguments[2]))

            engine = bot.store._engine.sync_engine
            event.listen(engine, "before_cursor_execute", count)
            async with asyncio.TaskGroup() as group:
                await bot.announcer._show_positions(JobTasks(group, lambda: None))
            event.remove(engine, "before_cursor_execute", count)
            assert len(bot.chat.edits) == people - 1
            counts.append(len(statements))
    assert counts[0] == counts[1] <= 12
