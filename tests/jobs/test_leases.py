"""Several workers on the same rows: whatever order they work, sleep, wake late and die in, a model says what holds."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from PIL import Image
from sqlalchemy import select

from bot.jobs import fairness
from bot.jobs.job import ACTIVE, MAX_ATTEMPTS, Job, State
from bot.jobs.queue import Queue
from bot.jobs.signals import Concern
from bot.messages import Author, Place
from bot.store.assets import Pictures
from bot.store.database import connect
from bot.store.files import Folder
from bot.store.rulings import EVERYWHERE, Ruling, RulingKind, Rulings
from bot.store.tables import jobs as table
from bot.store.tables import virtual_time
from bot.store.turns import Store
from bot.turns.conversation import Picture
from omost_pipeline.canvas.parser import ParsedCanvas
from omost_pipeline.engine.assets import picture_bytes
from tests.bot_parts import ANN, GENEROUS, database_url, new_store, opened
from tests.fakes import canvas_for
from tests.jobs.test_queue import put, saying

LEASE = 30.0
WORKERS = 3


@dataclass
class Known:
    """What the model knows of a job."""

    id: int
    author: str
    room: str
    start: float
    finish: float
    state: State = State.QUEUED
    fence: int = 0
    attempts: int = 0
    lease: float = 0.0

    @property
    def tag(self) -> tuple[float, int]:
        return self.start, self.id


@dataclass
class Model:
    """The queue as it ought to be."""

    now: float = 0.0
    virtual: float = 0.0
    jobs: dict[int, Known] = field(default_factory=dict)

    def those(self, *states: State) -> list[Known]:
        return [job for job in self.jobs.values() if job.state in states]

    def add(self, id_: int, author: str, room: str) -> None:
        done = max((job.finish for job in self.jobs.values() if job.author == author), default=0.0)
        last = max((job.start for job in self.those(State.QUEUED) if job.room == room), default=0.0)
        start = fairness.start_of(self.virtual, done, last)
        self.jobs[id_] = Known(id_, author, room, start, fairness.finish_of(start, 1.0, None))

    def claim(self, besides: set[int]) -> Known | None:
        busy = {job.room for job in self.those(State.RUNNING)}
        ready = [job for job in self.those(State.QUEUED) if job.room not in busy and job.id not in besides]
        if not ready:
            return None
        job = min(ready, key=lambda each: each.tag)
        people = len({each.author for each in self.those(State.QUEUED)})
        self.virtual = fairness.advanced(self.virtual, job.start, 1.0, people)
        job.state, job.fence, job.attempts = State.RUNNING, job.fence + 1, job.attempts + 1
        job.lease = self.now + LEASE
        return job

    def holds(self, job: Job) -> bool:
        known = self.jobs[job.id]
        return known.state is State.RUNNING and known.fence == job.fence

    def beat(self, held: list[Job]) -> set[int]:
        """What of it is lost; what nobody holds is put back."""
        for job in held:
            if self.holds(job):
                self.jobs[job.id].lease = self.now + LEASE
        lost = {job.id for job in held if not self.holds(job)}
        for known in self.those(State.RUNNING):
            if known.lease < self.now:
                known.state = State.FAILED if known.attempts >= MAX_ATTEMPTS else State.QUEUED
                known.start = known.start if known.state is State.FAILED else fairness.FIRST
        return lost


class Workers(RuleBasedStateMachine):
    """Three workers, two of them in one process; time passes only by a rule."""

    claimed = Bundle("claimed")

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.shown: list[int] = []
        self.hands: list[dict[int, Job]] = [{} for _ in range(WORKERS)]
        self.folder = TemporaryDirectory()
        self.runner = asyncio.Runner()
        self.runner.run(self._open())

    async def _open(self) -> None:
        async with new_store(Path(self.folder.name)):
            pass
        url = database_url(Path(self.folder.name))
        self.engines = [connect(url), connect(url)]
        stores = [Store(engine) for engine in self.engines]
        self.queues = [Queue(stores[each % 2], lambda: self.model.now, LEASE) for each in range(WORKERS)]

    @initialize()
    def begin(self) -> None:
        for author, room in ("ax", "ay", "bx", "bz"):
            self.ask(author, room)

    @rule(author=st.sampled_from("ab"), room=st.sampled_from("xyz"))
    def ask(self, author: str, room: str) -> None:
        place = Place("test", room)
        job = self.runner.run(self.queues[0].enqueue(place, Author(author, author), saying("a house"), GENEROUS))
        self.runner.run(self.queues[1].status_posted(job.id, f"m{job.id}"))
        self.model.add(job.id, author, room)

    @rule(target=claimed, worker=st.integers(0, WORKERS - 1))
    def work(self, worker: int) -> tuple[int, int]:
        return self.claim(worker)

    def claim(self, worker: int) -> tuple[int, int]:
        hands = self.hands[worker]
        job = self.runner.run(self.queues[worker].claim(hands))
        expected = self.model.claim(set(hands))
        assert (job and (job.id, job.fence)) == (expected and (expected.id, expected.fence))
        if job is not None:
            hands[job.id] = job
        return worker, job.id if job is not None else 0

    def _take(self, at_work: tuple[int, int]) -> Job | None:
        worker, job = at_work
        return self.hands[worker].pop(job, None)

    @rule(at_work=consumes(claimed))
    def finish(self, at_work: tuple[int, int]) -> None:
        """Whoever claimed it has drawn it, however long that took, and whoever tells of it looks."""
        job = self._take(at_work)
        if job is None:
            return
        queue, picture = self.queues[at_work[0]], Picture(job.turn, 0, job.fence, f"pictures/{job.fence}.png", 8, 8)
        mine = self.model.holds(job)
        assert self.runner.run(queue.finish(job, [picture])) == mine
        if mine:
            self.model.jobs[job.id].state = State.FINISHED
            [untold] = [each for each in self.runner.run(self.queues[0].untold()) if each.id == job.id]
            self.shown.append(untold.id)
            self.runner.run(self.queues[0].posted(untold.id))
            assert self.runner.run(self.queues[0]._store.pictures(job.turn)) == [picture]

    @rule(at_work=consumes(claimed))
    def fail(self, at_work: tuple[int, int]) -> None:
        job = self._take(at_work)
        if job is not None:
            mine = self.model.holds(job)
            assert self.runner.run(self.queues[at_work[0]].fail(job, "broken")) == mine
            if mine:
                self.model.jobs[job.id].state = State.FAILED

    @rule(at_work=consumes(claimed))
    def release(self, at_work: tuple[int, int]) -> None:
        job = self._take(at_work)
        if job is not None:
            self.runner.run(self.queues[at_work[0]].release(job))
            if self.model.holds(job):
                known = self.model.jobs[job.id]
                known.state, known.start, known.attempts = State.QUEUED, fairness.FIRST, max(known.attempts - 1, 1)

    @rule(worker=st.integers(0, WORKERS - 1), number=st.integers(0, 9))
    def cancel(self, worker: int, number: int) -> None:
        """Anybody may, in whatever process."""
        known = list(self.model.jobs.values())[number : number + 1]
        for job in known:
            assert self.runner.run(self.queues[worker].cancel(job.id)) == (job.state in ACTIVE)
            if job.state is State.QUEUED:
                job.finish = job.start
            if job.state in ACTIVE:
                job.state = State.CANCELLED

    @rule(worker=st.integers(0, WORKERS - 1))
    def beat(self, worker: int) -> None:
        queue, hands = self.queues[worker], self.hands[worker]
        self.runner.run(queue.beat(list(hands.values())))
        for job in self.model.beat(list(hands.values())):
            assert queue.stopping(job), "its work is to stop"
            del hands[job]
            queue.settled(job)

    @rule(seconds=st.sampled_from((1.0, LEASE / 2)))
    def sleep(self, seconds: float) -> None:
        self.model.now += seconds

    @rule(target=claimed, worker=st.integers(0, WORKERS - 1))
    def outlive(self, worker: int) -> tuple[int, int]:
        """Nobody is heard of for as long as a lease, and then this one, which goes on with what nobody holds."""
        return self.take_over(worker)

    def take_over(self, worker: int) -> tuple[int, int]:
        self.model.now += LEASE + 1
        self.beat(worker)
        return self.claim(worker)

    @rule(target=claimed, at_work=consumes(claimed), other=st.integers(0, WORKERS - 1))
    def wake_late(self, at_work: tuple[int, int], other: int) -> tuple[int, int]:
        """Somebody sleeps while another takes over, and then ends what they had begun."""
        taken = self.take_over(other)
        self.finish(at_work)
        return taken

    @rule(worker=st.integers(0, WORKERS - 1))
    def die(self, worker: int) -> None:
        self.hands[worker].clear()

    @invariant()
    def the_rows_are_as_the_model_says(self) -> None:
        found, virtual = self.runner.run(self._rows())
        assert virtual == pytest.approx(self.model.virtual), "what a newcomer's turn is reckoned from"
        assert found == {job.id: (job.state, job.fence, job.attempts) for job in self.model.jobs.values()}
        assert len(self.shown) == len(set(self.shown)), "no picture is posted twice"
        running = [job.room for job in self.model.those(State.RUNNING)]
        assert len(running) == len(set(running)), "a conversation's jobs run one after the other"

    async def _rows(self) -> tuple[dict[int, tuple[str, int, int]], float]:
        async with self.queues[0]._store.reading() as connection:
            rows = await connection.execute(select(table))
            virtual = await connection.scalar(select(virtual_time.c.now))
            return {row.id: (row.state, row.fence, row.attempts) for row in rows}, virtual or 0.0

    def teardown(self) -> None:
        """One worker that lives is enough for everything to come to its end."""
        try:
            self.die(0)
            at_work = self.take_over(0)
            while at_work[1]:
                self.finish(at_work)
                at_work = self.claim(0)
            assert not self.model.those(*ACTIVE), "nothing is lost"
        finally:
            self.runner.run(self._close())
            self.runner.close()
            self.folder.cleanup()

    async def _close(self) -> None:
        for engine in self.engines:
            await engine.dispose()


@pytest.mark.usefixtures("either_database")
async def test_who_wakes_up_late_can_neither_end_a_job_nor_keep_a_canvas(tmp_path: Path) -> None:
    now = 0.0
    async with opened(tmp_path) as bot:
        late, other = (Queue(bot.store, lambda: now, LEASE) for _ in range(2))
        await put(bot.queue, ANN, "a")
        first = await late.claim()
        assert first is not None
        await other.beat([])
        assert await other.claim() is None, "its lease has not run out"
        now += LEASE + 1
        await late.beat([first])
        await other.beat([])
        assert await other.claim() is None, "it was late, but before all others"
        now += LEASE + 1
        await other.beat([])
        second = await other.claim()
        assert second is not None
        assert (second.id, second.fence, second.attempts) == (first.id, first.fence + 1, 2)
        whole = ParsedCanvas(canvas_for("house"), (), cut=False)
        assert not await late.composed(first, whole)
        assert not await late.finish(first, [Picture(first.turn, 0, 1, "pictures/late.png", 8, 8)])
        assert not await late.fail(first, "late")
        await late.release(first)
        await late.beat([first])
        assert late.stopping(first.id)
        picture = Picture(first.turn, 0, 1, "pictures/right.png", 8, 8)
        assert await other.composed(second, whole)
        assert await other.finish(second, [picture])
        assert await bot.store.pictures(first.turn) == [picture]
        assert [each.id for each in await bot.queue.untold()] == [first.id]


@pytest.mark.usefixtures("either_database")
async def test_changes_in_another_process_wake_who_waits_here_and_nothing_else_does(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        here, there = Queue(bot.store, lease=LEASE), Queue(bot.store, lease=LEASE)

        async def woken() -> bool:
            changed = [here.changed(concern) for concern in Concern]
            await here.look()
            assert len({event.is_set() for event in changed}) == 1, "what another process changed concerns everybody"
            return changed[0].is_set()

        await woken()
        job = await put(there, ANN, "a", posted=False)
        assert (await woken(), await woken()) == (True, False)
        await there.status_posted(job.id, "m")
        assert (await woken(), await woken()) == (True, False)
        claimed = await there.claim()
        assert claimed is not None
        assert (await woken(), await woken()) == (True, False)
        await there.beat([claimed])
        assert not await woken()
        assert await here.cancel(job.id)
        await there.look([claimed])
        assert there.stopping(claimed.id), "somebody has cancelled it in another process"
        assert (await woken(), await woken()) == (True, False)
        await there.posted(job.id)
        assert (await woken(), await woken()) == (True, False)


@pytest.mark.usefixtures("either_database")
async def test_the_end_of_a_pause_in_another_process_wakes_who_waits_here(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        here, rulings, pause = Queue(bot.store, lease=LEASE), Rulings(bot.store), Ruling(RulingKind.PAUSE, EVERYWHERE)
        await put(bot.queue, ANN, "a")
        await here.look()
        changed = here.changed(Concern.WORK)
        await rulings.rule(pause, "test:admin", "Admin")
        assert await here.claim() is None
        await rulings.lift(pause, "test:admin", "Admin", "resume")
        assert not changed.is_set()
        await here.look()
        assert changed.is_set(), "a pause that ended before anybody looked, too"
        claimed = await here.claim()
        assert claimed is not None


@pytest.mark.usefixtures("either_database")
async def test_only_an_attempt_that_runs_here_is_stopped(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        here, there = Queue(bot.store, lease=LEASE), Queue(bot.store, lease=LEASE)
        await put(bot.queue, ANN, "a")
        first = await here.claim()
        assert first is not None
        await here.release(first)
        here.settled(first.id)
        await here.look([first])  # as it was listed before it settled
        assert not here.stopping(first.id)
        second = await here.claim()
        assert second is not None
        assert (second.id, second.fence) == (first.id, first.fence + 1)
        await here.beat([first])
        assert not here.stopping(second.id), "only the attempt before is lost"
        assert await there.cancel(second.id)
        there.stop([second.id])
        await here.beat([second])
        assert (here.stopping(second.id), there.stopping(second.id)) == (True, False)
        here.settled(second.id)
        await here.beat([second])
        assert not here.stopping(second.id)


@pytest.mark.usefixtures("either_database")
async def test_who_wakes_after_a_cancel_and_again_leaves_the_next_job_s_picture_alone(tmp_path: Path) -> None:
    pictures = Pictures(Folder(tmp_path / "pictures"))
    async with opened(tmp_path) as bot:
        late, other = Queue(bot.store, lease=LEASE), Queue(bot.store, lease=LEASE)
        await put(bot.queue, ANN, "a")
        first = await late.claim()
        assert first is not None
        assert await bot.queue.cancel(first.id)
        turn = await bot.store.turn(first.turn)
        assert turn is not None
        again = await bot.queue.again(turn, first.place, ANN, GENEROUS)
        assert again is not None
        await bot.queue.status_posted(again.id, "m")
        second = await other.claim()
        assert second is not None
        assert second.id == again.id

        def keep(job: Job, color: str) -> Picture:
            return pictures.keep(
                turn, canvas_for("house"), 0, 5, picture_bytes(Image.new("RGB", (8, 8), color)), attempt=job.fence
            )

        right = keep(second, "red")
        assert await other.finish(second, [right])
        content = pictures.read(right)
        assert content is not None
        assert not await late.finish(first, [keep(first, "blue")])
        pictures.discard(first.turn, first.fence)
        assert pictures.read(right) == content


async def test_files_of_two_that_draw_the_same_turn_are_two(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        turn = await bot.store.turn((await put(bot.queue, ANN, "a")).turn)
    assert turn is not None
    pictures, image = Pictures(Folder(tmp_path / "pictures")), Image.new("RGB", (8, 8))
    first, second = (
        pictures.keep(turn, canvas_for("house"), 0, 5, picture_bytes(image), attempt=each) for each in (1, 2)
    )
    for each in (first, second):
        pictures.keep_latents(each, each.path.encode())
    assert sorted(pictures.every_turn()) == sorted([(first.path, turn.id), (second.path, turn.id)])
    pictures.discard(turn.id, 1)
    assert pictures.read(first) is None
    assert pictures.read_latents(second) == second.path.encode()
    pictures.discard(turn.id)
    assert pictures.every_turn() == []


@pytest.mark.slow
@pytest.mark.usefixtures("either_database")
def test_whatever_workers_do_jobs_keep_their_order_and_are_ended_once() -> None:
    few = settings(
        max_examples=8,
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
        phases=[Phase.generate],  # shrinking would take minutes; the steps are few enough to be read
    )
    run_state_machine_as_test(Workers, settings=few)
