"""The benchmark of drafts: a small run counts things and time by each way to a picture."""

from __future__ import annotations

import pytest

from omost_pipeline.bench import drafts


@pytest.mark.slow
@pytest.mark.parametrize("hard", [False, True])
def test_every_way_to_a_picture_has_its_figures(hard: bool) -> None:
    found = drafts.run(1, hard=hard)
    assert found["full"]["seconds_ratio"] == 1
    assert found["full"]["light"] == pytest.approx(1)
    assert found["in_one"]["seconds_ratio"] < found["finished"]["seconds_ratio"]
    assert found["finished"]["kind"] >= found["in_one"]["kind"]
    assert all(0 <= way["kind"] <= 1 for way in (found["draft"], found["other_seed"]))
