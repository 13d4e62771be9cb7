"""The benchmarks of growth and load: what they find on little."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing

import pytest
from sqlalchemy import event

from bot.bench import growth, load

pytestmark = pytest.mark.slow


def test_no_operation_takes_more_statements_on_a_fuller_database() -> None:
    figures = growth.run(conversations_=30, turns_=5, queued=60, repeats=3)
    assert figures["turns"] == 150
    operations = figures["operations"]
    assert isinstance(operations, dict)
    assert figures["worst"] in operations
    for name, measured in operations.items():
        empty, full = measured["statements"]
        assert full <= empty, name


_KEPT_SHORT = ("ix_job_untold", "ix_job_unannounced", "usage", "virtual_time", "CONSTANT ROW", "anon_", "(subquery")
"""What may be gone through from end to end: what is yet to be told, who used anything in the last day, results."""


async def test_nothing_that_is_done_every_day_goes_through_a_whole_table() -> None:
    asked: dict[str, Sequence[object]] = {}
    async with growth._bot("") as (bot, database):

        def note(_: object, __: object, statement: str, parameters: Sequence[object], *rest: object) -> None:
            if statement.startswith(("SELECT", "UPDATE", "DELETE")):
                asked[statement] = parameters

        event.listen(database.sync_engine, "before_cursor_execute", note)
        for operation in {**growth._OPERATIONS, **growth._watching(bot)}.values():
            await operation(bot, "a")
        with closing(sqlite3.connect(str(database.url.database))) as explained:
            plans = {each: _plan(explained, each, parameters) for each, parameters in asked.items()}
    whole = {statement: plan for statement, plan in plans.items() if any(_is_whole(step) for step in plan)}
    assert "\n".join(f"{statement}: {plan}" for statement, plan in whole.items()) == ""
    ended = [step for plan in plans.values() for step in plan if "ix_job_untold" in step]
    assert len(ended) > 1, "who is yet to be told is asked in the words of the index"


def _plan(database: sqlite3.Connection, statement: str, parameters: Sequence[object]) -> list[str]:
    return [row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)]


def _is_whole(step: str) -> bool:
    return step.startswith("SCAN") and not any(each in step for each in _KEPT_SHORT)


def test_load_tells_of_everybody_and_of_waits_within_twice_the_fair_share() -> None:
    figures = load.run(people=9, work=12)
    signs, told, waits, memory = (figures[name] for name in ("first_sign", "first_message", "waits", "memory"))
    assert isinstance(signs, dict)
    assert isinstance(told, dict)
    assert isinstance(waits, dict)
    assert isinstance(memory, dict)
    assert signs["told"] == told["told"] == 9
    assert signs["seconds_median"] <= told["seconds_median"]
    assert waits["longest_wait_to_fair_share"] <= 2
    assert memory["jobs"] >= 12
