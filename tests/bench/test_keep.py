"""The benchmark of edits: on the bundled renderer, a few of them, and what each kind does to a scene."""

from __future__ import annotations

from random import Random

import pytest

from omost_pipeline.bench import full_size
from omost_pipeline.bench.adherence import held_out
from omost_pipeline.bench.keep import KINDS_OF_EDIT, changed, run
from omost_pipeline.bench.render import SDXL


@pytest.mark.slow
def test_edits_on_the_bundled_renderer_keep_every_pixel_and_show_what_changed() -> None:
    found = run(edits=3, chain=3)
    assert [edit["kind"] for edit in found["edits"]] == list(KINDS_OF_EDIT[:3])
    assert found["summary"]["edit"]["kept_pixels"] == found["summary"]["in_a_row"] == 1.0
    assert found["summary"]["latents_only"]["kept_pixels"] < 1
    assert list(found["summary"]["kinds"]) == list(KINDS_OF_EDIT[:3])
    assert all(edit["psnr_latents_only"] < 99 for edit in found["edits"])
    assert all(0 < edit["kept"] < 1 for edit in found["edits"])
    assert found["summary"]["edit"]["color"] == 1.0


@pytest.mark.slow
def test_an_edit_of_a_quarter_costs_less_than_its_window_and_more_in_the_middle() -> None:
    small = {**SDXL, "block_out_channels": (32, 32, 64), "transformer_layers_per_block": 1, "cross_attention_dim": 8}
    found = full_size.run({**small, "attention_head_dim": (1, 1, 2), "layers_per_block": 1})
    assert found["corner"]["window"] < found["middle"]["window"] < 1
    for quarter in found.values():
        assert 0 < quarter["steps_ratio"] < quarter["work_ratio"] < quarter["window"]


@pytest.mark.parametrize("kind", KINDS_OF_EDIT)
def test_an_edit_changes_one_thing_and_leaves_the_others(kind: str) -> None:
    for number, scene in enumerate(held_out(10)):
        change = changed(kind, scene, Random(number))
        others = [thing for thing in scene.things if thing is not change.before]
        assert [thing for thing in change.scene.things if thing is not change.now] == others
        assert change.scene.background == scene.background
        assert (change.now is None) == (kind == "remove")
        assert (change.before is None) == (kind == "add")
        if change.now is not None:
            assert change.now in change.scene.things
            assert 0 <= change.now.box.left < change.now.box.right <= 90
