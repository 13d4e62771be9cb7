"""How much of the torture a run goes through: ``make torture`` all of it, the checks of each push a seeded tenth."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

SHARE = float(os.environ.get("TORTURE_SHARE", "0.1"))
SEED = int(os.environ.get("TORTURE_SEED", "20"))


def share(of: Sequence[T]) -> list[T]:
    """A part of all, in their order, at least one."""
    count = max(1, round(len(of) * SHARE))
    chosen = set(random.Random(SEED).sample(range(len(of)), count))
    return [each for number, each in enumerate(of) if number in chosen]
