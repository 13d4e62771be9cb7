"""The benchmark of many cards: what it counts, on a few quick stand-ins in this process."""

from __future__ import annotations

import pytest
import typer

from bot.bench.scale import run
from bot.cli.bench import _numbers


@pytest.mark.slow
def test_it_counts_jobs_a_minute_and_what_each_takes_of_bot_and_database() -> None:
    figures = run([1, 2], seconds=0.3, rounds=1, here=True)
    assert (figures["replicas_are"], figures["database"]) == ("here", "sqlite")
    replicas = figures["replicas"]
    assert isinstance(replicas, dict)
    assert list(replicas) == ["1", "2"]
    for number, found in replicas.items():
        assert found["of_linear"] == pytest.approx(found["jobs_per_minute"] * 0.3 / 60 / int(number), abs=0.01)
        assert 0 < found["event_loop_cpu_ms_per_job"] <= found["bot_cpu_ms_per_job"] + 0.1
        assert 0 < found["writing_transactions_per_job"] < found["statements_per_job"]


def test_numbers_of_replicas_are_read_or_refused() -> None:
    assert _numbers("1, 16") == [1, 16]
    for wrong in ("", "1,,2", "0", "two", "-1"):
        with pytest.raises(typer.BadParameter, match="no list of numbers above 0"):
            _numbers(wrong)
