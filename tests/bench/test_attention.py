"""The benchmark at a small size: its figures are sound, whatever the machine."""

from __future__ import annotations

from omost_pipeline.bench.attention import LevelSize, run


def test_figures_of_a_small_level() -> None:
    result = run([LevelSize(24, 16, 128)], conditions=4, bags=1, repeats=1, device="cpu")
    levels = result["levels"]
    assert isinstance(levels, list)
    (level,) = levels
    assert level["queries"] == 384
    assert level["tokens"] == 4 * 77
    assert level["ratio"] > 0
    assert 0 < level["memory_ratio"] < 1
    assert level["max_difference"] < 1e-4
