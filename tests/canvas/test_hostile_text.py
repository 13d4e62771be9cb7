"""Damaged replies neither crash the parser nor make it do anything but parse; what it gives can be written back."""

from __future__ import annotations

import random
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omost_pipeline.composer.samples import sample_replies
from tests.fuzz.hostile_text import damaged, read


@pytest.mark.slow
@given(st.randoms(use_true_random=False), st.sampled_from(sample_replies()), st.sampled_from([500, 2000, 70_000]))
def test_damaged_replies_are_read_or_refused(dice: random.Random, reply: str, length: int) -> None:
    read(damaged(dice, reply[:length]))


@pytest.mark.slow
def test_some_damage_is_mended() -> None:
    dice = random.Random(0)
    read_ones = [read(damaged(dice, reply)) for reply in sample_replies() for _ in range(10)]
    assert 20 < sum(canvas is not None for canvas in read_ones) < 100


_WATCHED = """
import random
from omost_pipeline.composer.samples import sample_replies
from tests.fuzz.hostile_text import damaged, read, watch, watched

watch()
dice = random.Random(1)
for reply in sample_replies():
    for _ in range(20):
        read(damaged(dice, reply))
exec("1")
print("read", flush=True)
with watched():
    exec("1")
"""


@pytest.mark.slow
def test_reading_does_nothing_but_read() -> None:
    done = subprocess.run([sys.executable, "-c", _WATCHED], capture_output=True, text=True, check=False)
    assert done.stdout == "read\n", done.stderr
    assert "AssertionError: reading text led to exec" in done.stderr  # so what runs code would have been noticed
