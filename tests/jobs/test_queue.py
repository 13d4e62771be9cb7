"""The durable queue: order, fairness, cancelling, recovery and two callers at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.catalogues.text import Text
from bot.jobs.admission import QueueFullError
from bot.jobs.job import MAX_ATTEMPTS, Allowance, Job, State
from bot.jobs.queue import Queue
from bot.jobs.signals import Concern
from bot.messages import Author, Place
from bot.store.database import connect
from bot.store.turns import Store
from bot.turns.conversation import Draft, TurnRecord, first_request, following
from tests.bot_parts import ANN, BOB, GENEROUS, PLACE, Bot, database_url, opened
from tests.fakes import TINY

pytestmark = pytest.mark.usefixtures("either_database")


def saying(words: str) -> Callable[[TurnRecord | None], Draft]:
    def draft(head: TurnRecord | None) -> Draft:
        return first_request(words, TINY, 1) if head is None else following(head, words, TINY)

    return draft


async def put(queue: Queue, author: Author, key: str, posted: bool = True) -> Job:
    job = await queue.enqueue(Place("test", key), author, saying(key), GENEROUS)
    if posted:
        await queue.status_posted(job.id, f"m{job.id}")
    return job


async def run_all(bot: Bot) -> list[int]:
    """Run every waiting job to its end and give their ids in that order."""
    order = []
    while (job := await bot.queue.claim()) is not None:
        order.append(job.id)
        await bot.queue.fail(job, "")
    return order


async def test_jobs_of_one_author_run_in_the_order_of_asking(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        jobs = [await put(bot.queue, ANN, key) for key in "abc"]
        assert await run_all(bot) == [job.id for job in jobs]


async def test_an_author_with_many_jobs_does_not_starve_another(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        ann = [(await put(bot.queue, ANN, key)).id for key in "abcd"]
        first = await bot.queue.claim()
        assert first is not None
        await bot.queue.fail(first, "")
        bob = [(await put(bot.queue, BOB, key)).id for key in "ef"]
        order = await run_all(bot)
        assert order == [bob[0], ann[1], bob[1], ann[2], ann[3]]


async def test_the_same_id_on_two_platforms_is_two_authors(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        first = await put(bot.queue, ANN, "a")
        second = await put(bot.queue, ANN, "b")
        elsewhere = await bot.queue.enqueue(Place("other", "c"), ANN, saying("c"))
        await bot.queue.status_posted(elsewhere.id, "m")
        assert await run_all(bot) == [first.id, elsewhere.id, second.id]


async def test_within_a_conversation_jobs_keep_their_order_whoever_asks(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        ann = [(await put(bot.queue, ANN, "same")).id for _ in range(2)]
        bob = (await put(bot.queue, BOB, "same")).id
        assert await run_all(bot) == [*ann, bob]


async def test_positions_tell_the_order_in_which_jobs_then_run(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        for author, key in ((ANN, "a"), (ANN, "b"), (ANN, "b"), (BOB, "c"), (BOB, "a")):
            await put(bot.queue, author, key)
        told = [(each.job.id, each.ahead) for each in await bot.queue.positions()]
        assert [ahead for _, ahead in told] == [0, 1, 2, 3, 4]
        running = await bot.queue.claim()
        assert running is not None
        assert await bot.queue.ahead(running.id) is None
        assert [each.ahead for each in await bot.queue.positions()] == [1, 2, 3, 4], "the running one is ahead"
        await bot.queue.fail(running, "")
        assert [running.id, *await run_all(bot)] == [job for job, _ in told]


async def test_a_job_without_its_status_message_holds_up_its_conversation_only(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        silent = await put(bot.queue, ANN, "a", posted=False)
        behind = await put(bot.queue, ANN, "a")
        other = await put(bot.queue, ANN, "b")
        claimed = await bot.queue.claim()
        assert claimed is not None
        assert claimed.id == other.id
        assert await bot.queue.claim() is None
        await bot.queue.status_posted(silent.id, "m")
        assert await run_all(bot) == [silent.id, behind.id]


async def test_an_interrupted_job_goes_first_after_a_restart(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        waiting = [(await put(bot.queue, author, key)).id for author, key in ((ANN, "a"), (BOB, "b"), (ANN, "c"))]
        interrupted = await bot.queue.claim()
        assert interrupted is not None
    async with opened(tmp_path) as bot:
        await bot.queue.recover()
        again = await bot.queue.claim()
        assert again is not None
        assert (again.id, again.attempts, again.status_message) == (interrupted.id, 2, interrupted.status_message)
        await bot.queue.fail(again, "")
        assert await run_all(bot) == [job for job in waiting if job != interrupted.id]


async def test_a_job_that_kills_the_bot_three_times_fails(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        job = await put(bot.queue, ANN, "a")
        for _ in range(MAX_ATTEMPTS):
            assert await bot.queue.claim() is not None
            await bot.queue.recover()
        assert await bot.queue.claim() is None
        ended = await bot.queue.job(job.id)
        assert ended is not None
        assert (ended.state, ended.error) == (State.FAILED, Text("failed-too-often", times=3))
        assert await bot.queue.untold() == [ended], "the user is still to be told"


async def test_stopping_in_good_order_is_no_attempt(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        await put(bot.queue, ANN, "a")
        for _ in range(MAX_ATTEMPTS + 2):
            job = await bot.queue.claim()
            assert job is not None
            await bot.queue.release(job)
            await bot.queue.recover()
        assert await bot.queue.claim() is not None


async def test_a_cancelled_job_never_runs_and_cannot_be_finished(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        waiting, running = await put(bot.queue, ANN, "b"), await put(bot.queue, BOB, "a")
        assert await bot.queue.cancel(waiting.id)
        assert not await bot.queue.cancel(waiting.id), "it has ended already"
        claimed = await bot.queue.claim()
        assert claimed is not None
        assert claimed.id == running.id
        assert not bot.queue.stopping(claimed.id)
        assert await bot.queue.cancel(claimed.id)
        assert bot.queue.stopping(claimed.id)
        assert not await bot.queue.finish(claimed, [])
        assert not await bot.queue.fail(claimed, "late")
        assert await bot.store.pictures(claimed.turn) == []


async def test_two_messages_at_once_make_one_conversation_and_one_line_of_turns(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        words = [f"words {number}" for number in range(6)]
        jobs = await asyncio.gather(*(bot.queue.enqueue(PLACE, ANN, saying(each), GENEROUS) for each in words))
        assert len({job.conversation for job in jobs}) == 1
        turns = [await bot.store.turn(job.turn) for job in sorted(jobs, key=lambda job: job.id)]
        assert [turn.parent for turn in turns if turn] == [None, *(turn.id for turn in turns[:-1] if turn)]


async def test_two_claimers_never_take_the_same_job(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        for key in "abcdef":
            await put(bot.queue, ANN, key)
        second = connect(database_url(tmp_path))
        queues = [bot.queue, Queue(Store(second))] * 4
        claimed = await asyncio.gather(*(queue.claim() for queue in queues))
        ids = [job.id for job in claimed if job is not None]
        assert len(ids) == len(set(ids)) == 6
        await second.dispose()


async def test_a_full_queue_refuses_and_stores_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        allowance = Allowance(waiting_per_author=2, waiting=3, per_minute=100)
        for key in "ab":
            await bot.queue.enqueue(Place("test", key), ANN, saying(key), allowance)
        with pytest.raises(QueueFullError, match="already have 2 pictures waiting"):
            await bot.queue.enqueue(Place("test", "c"), ANN, saying("c"), allowance)
        assert await bot.store.conversation(Place("test", "c")) is None
        await bot.queue.enqueue(Place("test", "d"), BOB, saying("d"), allowance)
        with pytest.raises(QueueFullError, match="3 pictures are already waiting"):
            await bot.queue.enqueue(Place("test", "e"), BOB, saying("e"), allowance)


async def test_too_many_in_a_minute_are_refused_until_it_has_passed(tmp_path: Path) -> None:
    now = 1000.0
    async with opened(tmp_path) as bot:
        queue = Queue(bot.store, clock=lambda: now)
        allowance = Allowance(per_minute=2)
        for key in "ab":
            await queue.enqueue(Place("test", key), ANN, saying(key), allowance)
        with pytest.raises(QueueFullError, match="more than 2 pictures in a minute"):
            await queue.enqueue(PLACE, ANN, saying("c"), allowance)
        now += 61
        await queue.enqueue(PLACE, ANN, saying("c"), allowance)


async def test_a_change_wakes_those_whom_it_concerns_and_nobody_else(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        queue = bot.queue

        async def woken(change: Awaitable[object]) -> set[Concern]:
            events = {concern: queue.changed(concern) for concern in Concern}
            assert not any(event.is_set() for event in events.values())
            await change
            return {concern for concern, event in events.items() if event.is_set()}

        every = set(Concern)
        assert await woken(put(queue, ANN, "a", posted=False)) == {Concern.NEWS, Concern.ORDER}
        [job] = await queue.untold()
        assert await woken(queue.status_posted(job.id, "m")) == {Concern.WORK, Concern.ORDER}
        assert await woken(queue.claim()) == {Concern.ORDER}
        claimed = await queue.job(job.id)
        assert claimed is not None
        assert queue.holds(claimed)
        assert await woken(queue.release(claimed)) == {Concern.WORK, Concern.ORDER}
        await queue.claim()
        assert await woken(queue.fail(claimed, Text("failed-unexpected"))) == every
        assert not queue.holds(claimed), "its status is no longer who claimed it's to change"
        assert await woken(queue.posted(job.id)) == set()
        other = await put(queue, ANN, "b")
        assert await woken(queue.cancel(other.id)) == every


async def test_limits_weigh_what_a_request_takes(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        weights = {"small": 0.5, "usual": 1.0, "huge": 40.0}
        allowance = Allowance(2, 50, 100, lambda draft: weights[draft.words])

        async def ask(words: str, author: Author = ANN) -> None:
            await bot.queue.enqueue(Place("test", f"{words} {author.id}"), author, saying(words), allowance)

        await ask("usual")
        await ask("small")
        await ask("small")
        with pytest.raises(QueueFullError):
            await ask("small")
        await ask("huge", BOB)  # more than anybody may have waiting, but all that he has
        with pytest.raises(QueueFullError):
            await ask("small", BOB)


async def test_one_message_at_the_same_time_is_one_turn(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:

        def draft(_: TurnRecord | None) -> Draft:
            return replace(saying("a cat")(None), message="7")

        found = await asyncio.gather(*(bot.queue.enqueue(PLACE, ANN, draft, once=True) for _ in range(5)))
        assert len({job.id for job in found}) == 1
        assert len(await bot.queue.positions()) == 1
