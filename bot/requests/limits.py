"""What may be asked for: how much, how large, with which seed. Refusals are sentences that name the value.

Pure. Counting jobs is the queue's work (:class:`bot.jobs.job.Allowance`).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from types import MappingProxyType

from bot.jobs.job import Allowance
from bot.telling import refusals, replies
from bot.turns.conversation import MAX_SEED
from omost_pipeline.errors import OmostError
from omost_pipeline.profiles import Profile
from omost_pipeline.renderer.protocol import Highres

_SIZE = re.compile(r"\s*(\d{1,9})\s*(?:px)?\s*[x×*,;\s]\s*(\d{1,9})\s*(?:px)?\s*", re.IGNORECASE)
_ASPECT = re.compile(r"\s*(\d{1,2})\s*[:/]\s*(\d{1,2})\s*")
_SEED = re.compile(r"[+-]?\d+")

ASPECTS: MappingProxyType[str, tuple[int, int]] = MappingProxyType(
    {"square": (1, 1), "portrait": (3, 4), "landscape": (4, 3), "wide": (16, 9), "tall": (9, 16)}
)
"""A shape's name → width : height."""

_LONGEST_ASPECT = 4


class InputError(OmostError):
    """Something entered cannot be used; names it and says what can."""


@dataclass(frozen=True)
class Limits:
    """``words`` and ``negative`` in characters; sides of a picture in pixels, in steps of ``unit``.

    ``area`` is how many pixels a picture of a named shape has, about; ``larger`` is how many times as large a picture
    is made that somebody wants larger.
    """

    words: int = 4000
    negative: int = 1000
    area: int = 1024 * 1024
    shortest: int = 256
    longest: int = 2048
    unit: int = 64
    larger: float = Highres.scale
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
    shortest, longest = (64, 384) if small else (256, 2048)
    area = profile.width * profile.height
    return Limits(words, area=area, shortest=shortest, longest=longest, unit=unit, allowance=allowance or Allowance())


def check_words(text: str, limits: Limits) -> str:
    """The words without blanks around them.

    Raises:
        InputError: if there are none or too many; names the length.
    """
    words = text.strip()
    if not words:
        raise InputError(replies.EMPTY)
    if len(words) > limits.words:
        raise InputError(refusals.too_long(len(words), limits.words))
    return words


def read_size(text: str, limits: Limits) -> Size:
    """A size such as ``896x1152``, each side rounded to the nearest step; or a shape such as ``wide`` or ``16:9``.

    Raises:
        InputError: if it is no size or out of the limits.
    """
    if (aspect := _aspect(text)) is not None:
        return aspect_size(*aspect, limits)
    found = _SIZE.fullmatch(text)
    if found is None:
        raise InputError(refusals.no_size(text))
    asked = int(found[1]), int(found[2])
    for side in asked:
        if not limits.shortest <= side <= limits.longest:
            raise InputError(refusals.side_out_of_range(side, limits.shortest, limits.longest))
    width, height = (_nearest(side, limits) for side in asked)
    return Size(width, height, asked if asked != (width, height) else None)


def _aspect(text: str) -> tuple[int, int] | None:
    """A named shape's or a ratio's width and height, or None."""
    if (named := ASPECTS.get(text.strip().lower())) is not None:
        return named
    found = _ASPECT.fullmatch(text)
    ratio = (int(found[1]), int(found[2])) if found is not None else (0, 0)
    return ratio if min(ratio) > 0 and max(ratio) <= _LONGEST_ASPECT * min(ratio) else None


def aspect_size(across: int, down: int, limits: Limits) -> Size:
    """The size within the limits that comes nearest to the shape and, half as important, to the usual area."""
    steps = range(-(-limits.shortest // limits.unit), limits.longest // limits.unit + 1)
    units = limits.area / limits.unit**2

    def distance(size: tuple[int, int]) -> float:
        width, height = size
        return 2 * abs(math.log(width * down / (height * across))) + abs(math.log(width * height / units))

    width, height = min(((width, height) for width in steps for height in steps), key=distance)
    return Size(width * limits.unit, height * limits.unit)


def read_seed(text: str, count: int = 1) -> int:
    """A seed for ``count`` pictures in a row.

    Raises:
        InputError: if it is no whole number from 0 to :data:`MAX_SEED`, or the last picture's would not be.
    """
    largest = MAX_SEED - count + 1
    entered = text.strip().replace(",", "").replace("_", "")
    if _SEED.fullmatch(entered) is None:
        raise InputError(refusals.no_seed(text, largest))
    # Python refuses to read numbers of thousands of digits; ten are enough to know.
    if entered.startswith("-") or len(entered.lstrip("+0")) > len(str(largest)) or int(entered) > largest:
        raise InputError(refusals.seed_out_of_range(text, largest))
    return int(entered)


def _nearest(side: int, limits: Limits) -> int:
    steps = max(1, -(-limits.shortest // limits.unit)), limits.longest // limits.unit
    return min(max((side + limits.unit // 2) // limits.unit, steps[0]), steps[1]) * limits.unit
