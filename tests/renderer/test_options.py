"""Render options that are refused, each with the value and what is allowed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from omost_pipeline.errors import OptionsError
from omost_pipeline.renderer.options import SizeLimits, check
from omost_pipeline.renderer.protocol import RenderOptions

SDXL = SizeLimits(64, 256, 2048)
GOOD = RenderOptions(896, 1152)


def test_sizes_follow_from_the_model() -> None:
    assert SizeLimits.of_model(native=1024, cell=8, levels=3) == SizeLimits(64, 256, 2048)
    assert SizeLimits.of_model(native=192, cell=16, levels=2) == SizeLimits(32, 64, 384)


@pytest.mark.parametrize(
    "change",
    [
        {"width": 256, "height": 2048},
        {"steps": 1, "guidance": 1.0, "images": 1, "seed": 0},
        {"steps": 100, "guidance": 32.0, "images": 12, "seed": 2**32 - 1},
    ],
)
def test_the_ends_of_every_range_are_allowed(change: dict[str, Any]) -> None:
    check(replace(GOOD, **change), SDXL)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"width": 192}, "width is 192 pixels; it must be from 256 to 2048."),
        ({"height": 2112}, "height is 2112 pixels; it must be from 256 to 2048."),
        ({"width": -64}, "width is -64 pixels"),
        ({"width": 900}, "width is 900 pixels; this model draws multiples of 64."),
        ({"steps": 0}, "steps is 0; it must be from 1 to 100."),
        ({"steps": 101}, "steps is 101"),
        ({"guidance": 0.5}, "guidance is 0.5; it must be from 1 to 32."),
        ({"guidance": float("nan")}, "guidance is nan"),
        ({"images": 13}, "count is 13; it must be from 1 to 12."),
        ({"seed": -1}, "seed is -1; it must be from 0 to 4294967295."),
        ({"seed": 10**30}, "seed is 1000000"),
    ],
)
def test_what_is_out_of_range_is_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionsError) as caught:
        check(replace(GOOD, **change), SDXL)
    assert str(caught.value).startswith(message)
