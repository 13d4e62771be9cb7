"""Who is next: everybody is served, newcomers soon; where models take turns, work for one is done together."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.jobs import fairness
from bot.messages import Author, Place
from omost_pipeline.engine.grouping import GROUP
from tests.bot_parts import Bot, opened, working
from tests.fakes import FakeModels, until

_JOBS = 12


def runs(work: list[str]) -> list[tuple[str, int]]:
    """How much work of a kind was done in a row."""
    return [(kind, len(list(same))) for kind, same in groupby(work)]


def finished(bot: Bot, count: int) -> bool:
    return len(bot.chat.finished()) >= count


async def worked(folder: Path, jobs: int, *, swapping: bool) -> list[str]:
    """What the models did for so many people who had asked for a picture each before the first canvas was written."""
    models = FakeModels(swaps=swapping, steps=1)
    async with opened(folder, engine=models) as bot:
        for number in range(jobs):
            await bot.say(f"house {number}", author=Author(str(number), "Ann"), place=Place("test", f"room {number}"))
        models.writing.shut()
        async with working(bot):
            under_way = min(jobs, (await bot.worker._engine.describe()).capacity)
            await until(lambda: len(bot.worker._computing) == under_way)
            models.writing.open()
            for number in range(jobs):  # one by one, because each has its time
                await until(partial(finished, bot, number + 1))
    return models.work


@pytest.mark.slow
async def test_models_that_take_turns_swap_once_in_four_jobs_at_most(tmp_path: Path) -> None:
    work = await worked(tmp_path, _JOBS, swapping=True)
    assert sorted(work) == ["compose"] * _JOBS + ["render"] * _JOBS
    assert len(runs(work)) - 1 <= _JOBS / 4
    assert work[0] == "compose"
    assert all(length <= GROUP for _, length in runs(work)[:-1]), "nobody waits for more than a group of either kind"


@pytest.mark.slow
async def test_models_that_both_stay_finish_each_picture_before_the_next(tmp_path: Path) -> None:
    assert await worked(tmp_path, 3, swapping=False) == ["compose", "render"] * 3


@dataclass
class Line:
    """People's jobs as the queue orders them, and one worker that does them."""

    now: float = 0.0
    done: dict[str, float] = field(default_factory=dict)
    waiting: list[tuple[float, int, str, float]] = field(default_factory=list)
    served: list[tuple[int, str, float]] = field(default_factory=list)
    asked: int = 0

    def ask(self, author: str, weight: float = 1.0, priority: float | None = None) -> int:
        self.asked += 1
        start = fairness.start_of(self.now, self.done.get(author, 0.0), 0.0)
        self.done[author] = fairness.finish_of(start, weight, priority)
        self.waiting.append((start, self.asked, author, weight))
        return self.asked

    def serve(self) -> int:
        self.waiting.sort()
        start, number, author, weight = self.waiting.pop(0)
        people = len({each[2] for each in self.waiting})
        self.now = fairness.advanced(self.now, start, weight, people)
        self.served.append((number, author, weight))
        return number

    def work_before(self, number: int) -> float:
        """What was done before a job was, itself included."""
        order = [each for each, _, _ in self.served]
        return sum(weight for _, _, weight in self.served[: order.index(number) + 1])


_HEAVIEST = 8.0


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.floats(0.1, _HEAVIEST)), min_size=1, max_size=60))
def test_nobody_waits_longer_than_their_fair_share_and_one_job_of_each_of_the_others(
    asked: list[tuple[str, float]],
) -> None:
    """Everybody asks at once: somebody's work is done when all others have had no more than that, and a job."""
    line, own = Line(), dict[str, float]()
    numbers = []
    for author, weight in asked:
        own[author] = own.get(author, 0.0) + weight
        numbers.append((line.ask(author, weight), author, own[author]))
    while line.waiting:
        line.serve()
    for number, _, mine in numbers:
        most = mine + (len(own) - 1) * (mine + _HEAVIEST)
        assert line.work_before(number) <= most + 1e-6


@given(st.integers(2, 30), st.integers(1, 6))
def test_newcomers_without_end_do_not_starve_who_has_been_served(people: int, heavy: int) -> None:
    """However many new people come, as many as wait: who was served is served again after about as many jobs."""
    line = Line()
    line.ask("Ann", heavy)
    line.serve()
    mine = line.ask("Ann")
    for number in range(people):
        line.ask(f"new {number}")
    served = 0
    while line.serve() != mine:
        served += 1
        line.ask(f"newer {served}")
        assert served <= 2 * (people + 2) * (heavy + 1)


def test_a_large_job_counts_as_the_many_small_ones_that_it_is() -> None:
    line = Line()
    line.ask("Ann", 6.0)
    line.ask("Ann", 6.0)
    for _ in range(12):
        line.ask("Bob", 1.0)
    while line.waiting:
        line.serve()
    order = [author for _, author, _ in line.served]
    second = [place for place, author in enumerate(order) if author == "Ann"][1]
    assert order[:second].count("Bob") in {6, 7}, "as much work of Bob's as Ann's first was"


def test_priority_gives_a_larger_share() -> None:
    line = Line()
    for _ in range(9):
        line.ask("Ann", priority=2.0)
        line.ask("Bob")
    for _ in range(9):
        line.serve()
    assert [author for _, author, _ in line.served].count("Ann") == 6


def test_somebody_new_goes_before_who_has_just_been_served() -> None:
    line = Line()
    line.ask("Ann")
    line.serve()
    known, new = line.ask("Ann"), line.ask("Bob")
    assert [line.serve(), line.serve()] == [new, known]


def test_what_was_drawn_while_nobody_else_wanted_anything_is_not_held_against_one() -> None:
    line = Line()
    for _ in range(50):
        line.ask("Ann")
        line.serve()
    first = line.ask("Bob")
    mine = line.ask("Ann")
    line.ask("Bob")
    assert [line.serve(), line.serve()] == [first, mine]


@pytest.mark.parametrize("swapping", [True, False])
async def test_a_conversation_keeps_its_order(tmp_path: Path, swapping: bool) -> None:
    models = FakeModels(swaps=swapping, steps=1)
    async with opened(tmp_path, engine=models) as bot:
        for words in ("house", "tree", "boat"):
            await bot.say(words)
        async with working(bot):
            await until(partial(finished, bot, 3))
    assert [words for _, words in models.composed] == ["house", "tree", "boat"]
    assert [len(history) for history, _ in models.composed] == [0, 1, 2], "each was told of the ones before it"
