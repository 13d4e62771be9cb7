"""What may be asked for: how much, how large, and how long words may be. Refusals are sentences that name the value.

Pure. Counting jobs is the queue's work (:class:`bot.jobs.job.Allowance`).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from bot.errors import UserError
from bot.jobs.job import Allowance
from bot.telling import refusals, replies
from bot.turns.styles import REQUEST_OPTIONS
from omost_pipeline.renderer.info import RendererInfo
from omost_pipeline.renderer.option import DrawingOption
from omost_pipeline.renderer.spec import HIGHRES_SCALE, SIZE

_ASPECT = re.compile(r"\s*(\d{1,2})\s*[:/]\s*(\d{1,2})\s*")

ASPECTS: MappingProxyType[str, tuple[int, int]] = MappingProxyType(
    {"square": (1, 1), "portrait": (3, 4), "landscape": (4, 3), "wide": (16, 9), "tall": (9, 16)}
)
"""A shape's name → width : height."""

_LONGEST_ASPECT = 4

Changing = Literal["own", "thread", "all"]
"""Whose pictures may be changed: one's own, all of a conversation that one began, or everybody's."""


class InputError(UserError):
    """Something entered cannot be used; names it and says what can."""


@dataclass(frozen=True)
class Limits:
    """``words`` in characters; sides of a picture in pixels, in steps of ``unit``; the ``options`` there are.

    ``changing`` says whose pictures somebody may change (:mod:`bot.requests.rights`).

    ``describes`` says whether there is a model that sees what somebody brings.

    ``area`` is how many pixels a picture of a named shape has, about; ``larger`` is how many times as large a picture
    is made that somebody wants larger.
    """

    words: int = 4000
    area: int = 1024 * 1024
    shortest: int = 256
    longest: int = 2048
    unit: int = 64
    larger: float = HIGHRES_SCALE.default or 1.0
    allowance: Allowance = field(default_factory=Allowance)
    options: tuple[DrawingOption[Any], ...] = REQUEST_OPTIONS
    changing: Changing = "all"
    describes: bool = False


@dataclass(frozen=True)
class Size:
    """A size to use, and what was asked for where that had to be rounded."""

    width: int
    height: int
    asked: tuple[int, int] | None = None


def limits_for(
    info: RendererInfo, words: int = 4000, allowance: Allowance | None = None, changing: Changing = "all"
) -> Limits:
    """The limits of a renderer, whatever size its pictures usually get."""
    width, height = info.size
    return Limits(
        words,
        width * height,
        info.sizes.smallest,
        info.sizes.largest,
        info.sizes.unit,
        info.usual.of(HIGHRES_SCALE),
        allowance or Allowance(),
        info.options,
        changing,
    )


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
    asked = SIZE.parse(text)
    if not isinstance(asked, tuple):
        raise InputError(refusals.no_size(text))
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


def _nearest(side: int, limits: Limits) -> int:
    steps = max(1, -(-limits.shortest // limits.unit)), limits.longest // limits.unit
    return min(max((side + limits.unit // 2) // limits.unit, steps[0]), steps[1]) * limits.unit
