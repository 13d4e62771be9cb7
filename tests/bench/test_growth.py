"""The benchmarks of growth and load: what they find on little."""

from __future__ import annotations

from bot.bench import growth, load


def test_no_operation_takes_more_statements_on_a_fuller_database() -> None:
    figures = growth.run(conversations_=30, turns_=5, queued=60, repeats=3)
    assert figures["turns"] == 150
    operations = figures["operations"]
    assert isinstance(operations, dict)
    assert figures["worst"] in operations
    for name, measured in operations.items():
        empty, full = measured["statements"]
        assert full <= empty, name


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
