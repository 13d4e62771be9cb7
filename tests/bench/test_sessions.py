"""The benchmark of sessions: how its marks are summed up, and a short session with the bundled models."""

from __future__ import annotations

import pytest

from omost_pipeline.bench.sessions import EDITS, Marks, conversation, run, summed

RIGHT = Marks("recolor", canvas=True, shown=True, kept=True, pixels=1.0)


def test_success_is_of_every_edit_up_to_then_and_the_first_mistake_is_named() -> None:
    unseen = Marks("add", canvas=True, shown=False, kept=True, pixels=1.0)
    misread = Marks("move", canvas=False, shown=True, kept=True, pixels=1.0)
    torn = Marks("add", canvas=True, shown=True, kept=False, pixels=0.5)
    found = summed(
        [[RIGHT] * 10, [RIGHT] * 4 + [misread] + [RIGHT] * 5, [RIGHT] * 3 + [unseen, misread] + [RIGHT] * 5, [torn]]
    )
    assert found["success"] == {"1": 0.75, "3": 0.75, "5": 0.25, "8": 0.25, "10": 0.25}
    assert found["drawing"] == {"1": 0.75, "3": 0.75, "5": 0.5, "8": 0.5, "10": 0.5}
    assert found["first_mistakes"] == {"none": 1, "canvas": 1, "shown": 1, "kept": 1}
    assert found["unchanged_pixels"] == 0.5
    assert found["kinds"]["add"] == {"edits": 2, "canvas": 1.0, "shown": 0.5, "kept": 0.5, "all": 0.0}


def test_a_session_is_a_picture_and_ten_edits_the_same_every_time() -> None:
    for number in range(5):
        found = conversation(number)
        assert len(found) == 1 + EDITS
        assert found[0].canvas.regions
        assert found == conversation(number)
    assert conversation(0) != conversation(1)


@pytest.mark.slow
def test_a_session_with_the_bundled_models_keeps_every_pixel_outside() -> None:
    found = run(1)
    assert found["sessions"] == 1
    assert found["unchanged_pixels"] == 1.0
    assert sum(kind["edits"] for kind in found["kinds"].values()) == EDITS
    assert sum(kind["kept"] * kind["edits"] for kind in found["kinds"].values()) >= 0.8 * EDITS
