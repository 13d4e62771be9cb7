"""The benchmark of conversations that alternate, on the bundled model."""

from __future__ import annotations

import pytest

from omost_pipeline.bench import kv
from omost_pipeline.composer.local.pace import Pace


@pytest.mark.slow
def test_turns_that_alternate_take_no_more_passes_and_say_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kv, "_REPEATS", {"bundled": 1})
    monkeypatch.setattr(Pace, "_node", lambda _: 0.04)  # else the length of drafts goes by the clock
    report = kv.run(counts=(4,), shapes=("bundled",))
    (found,) = report["runs"]
    assert found["conversations"] == 4
    assert found["same_text"]
    assert found["forwards_ratio"] <= 1.15
    assert 0 < found["kv_bytes"] <= report["kv_limit_bytes"]
