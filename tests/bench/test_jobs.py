"""The benchmark of the queue: what it counts, on a few quick jobs."""

from __future__ import annotations

import pytest

from bot.bench.jobs import run

pytestmark = pytest.mark.slow


def test_it_counts_what_the_bot_takes_beside_the_engine() -> None:
    figures = run(jobs=3, seconds=0.4, waiting=4)
    assert figures["jobs"] == 3
    busy, idle = figures["engine_busy"], figures["idle_seconds_per_job"]
    assert isinstance(busy, float)
    assert isinstance(idle, float)
    assert 0 < busy < 1
    assert abs(busy - 0.4 / (0.4 + idle)) < 0.01
    positions = figures["positions"]
    assert isinstance(positions, dict)
    assert positions["waiting"] == 3
    assert positions["statements"] > 0
