"""Options as they are typed among the words of a request: ``--name value``. Knows no command and no conversation."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from bot.turns.styles import REQUEST_OPTIONS
from omost_pipeline.renderer.option import DrawingOption

_VALUE = r"\"[^\"]*\"|“[^”]*”|(?!--|—)\S+"


def typed_option(options: Iterable[DrawingOption[Any]] = REQUEST_OPTIONS) -> re.Pattern[str]:
    """An option that may be asked for, its name as the first group and its value, if there is one, as the second.

    The value may be in quotes, which are part of it.
    """
    return _named(tuple(option.name for option in options if option.asked))


@cache
def _named(names: tuple[str, ...]) -> re.Pattern[str]:
    """Telephones make one long dash of two short ones."""
    named = "|".join(map(re.escape, names))
    return re.compile(rf"(?:^|(?<=\s))(?:--|—)({named})(?:\s*=\s*|\s+|$)({_VALUE})?(?=\s|$)", re.IGNORECASE)
