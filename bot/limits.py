"""What may be asked for: how much, how large, with which seed. Refusals are sentences that name the value.

Pure. Counting jobs is the queue's work (:class:`bot.jobs.job.Allowance`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bot import replies
from bot.history.conversation import MAX_SEED
from bot.jobs.job import Allowance
from omost_pipeline.errors import OmostError
from omost_pipeline.profiles import Profile

_SIZE = re.compile(r"\s*(\d{1,9})\s*(?:px)?\s*[x×*,;\s]\s*(\d{1,9})\s*(?:px)?\s*", re.IGNORECASE)
_SEED = re.compile(r"[+-]?\d+")


class InputError(OmostError):
    """Something entered cannot be used; names it and says what can."""


@dataclass(frozen=True)
class Limits:
    """``words`` in characters; sides of a picture in pixels, in steps of ``unit``."""

    words: int = 4000
    shortest: int = 256
    longest: int = 2048
    unit: int = 64
    allowance: Allowance = field(default_factory=Allowance)


@dataclass(frozen=True)
class Size:
    """A size to use, and what was asked for where that had to be rounded."""

    width: int
    height: int
    asked: tuple[int, int] | None = None


def limits_for(profile: Profile, words: int = 4000, allowance: Allowance | None = None, unit: int = 64) -> Limits:
    """The limits that suit a profile: models of small pictures draw nothing sensible at 2,048 pixels."""
    small = min(profile.width, profile.height) < 256
    shortest, longest = (64, 512) if small else (256, 2048)
    return Limits(words, shortest, longest, unit, allowance or Allowance())


def check_words(text: str, limits: Limits) -> str:
    """The words without blanks around them.

    Raises:
        InputError: if there are none or too many; names the length.
    """
    words = text.strip()
    if not words:
        raise InputError(replies.EMPTY)
    if len(words) > limits.words:
        raise InputError(replies.too_long(len(words), limits.words))
    return words


def read_size(text: str, limits: Limits) -> Size:
    """A size such as ``896x1152``, each side rounded to the nearest step.

    Raises:
        InputError: if it is no size or out of the limits.
    """
    found = _SIZE.fullmatch(text)
    if found is None:
        raise InputError(replies.no_size(text))
    asked = int(found[1]), int(found[2])
    for side in asked:
        if not limits.shortest <= side <= limits.longest:
            raise InputError(replies.side_out_of_range(side, limits.shortest, limits.longest))
    width, height = (_nearest(side, limits) for side in asked)
    return Size(width, height, asked if asked != (width, height) else None)


def read_seed(text: str) -> int:
    """A seed.

    Raises:
        InputError: if it is no whole number from 0 to :data:`MAX_SEED`.
    """
    entered = text.strip().replace(",", "").replace("_", "")
    if _SEED.fullmatch(entered) is None:
        raise InputError(replies.no_seed(text, MAX_SEED))
    # Python refuses to read numbers of thousands of digits; ten are enough to know.
    if entered.startswith("-") or len(entered.lstrip("+0")) > len(str(MAX_SEED)) or int(entered) > MAX_SEED:
        raise InputError(replies.seed_out_of_range(text, MAX_SEED))
    return int(entered)


def _nearest(side: int, limits: Limits) -> int:
    steps = max(1, -(-limits.shortest // limits.unit)), limits.longest // limits.unit
    return min(max((side + limits.unit // 2) // limits.unit, steps[0]), steps[1]) * limits.unit
