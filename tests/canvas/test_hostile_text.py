"""Damaged replies neither crash the parser nor make it do anything but parse; what it gives can be written back."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omost_pipeline.composer.samples import sample_replies
from tests.fuzz.hostile_text import damaged, read, watched


@pytest.mark.slow
@given(st.randoms(use_true_random=False), st.sampled_from(sample_replies()), st.sampled_from([500, 2000, 70_000]))
def test_damaged_replies_are_read_or_refused(dice: random.Random, reply: str, length: int) -> None:
    read(damaged(dice, reply[:length]))


@pytest.mark.slow
def test_some_damage_is_mended() -> None:
    dice = random.Random(0)
    read_ones = [read(damaged(dice, reply)) for reply in sample_replies() for _ in range(10)]
    assert 20 < sum(canvas is not None for canvas in read_ones) < 100


def test_running_code_would_be_noticed() -> None:
    with pytest.raises(AssertionError, match="led to exec"), watched():
        exec("1")  # noqa: S102 - this is what must never happen
