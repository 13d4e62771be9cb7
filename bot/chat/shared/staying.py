"""Serves several platforms: one that lets the bot in no longer ends itself alone, and only the last one the program.

Knows no SDK: a platform is whatever can be served and has a name.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Protocol

from bot.errors import TokenRefusedError

logger = logging.getLogger(__name__)


class Served(Protocol):
    """A platform."""

    @property
    def platform(self) -> str:
        """Its name."""
        ...

    async def serve(self) -> None:
        """Hear and speak until cancelled."""
        ...


class Staying:
    """The platforms that are served. ``gone`` is told the name of one that is no more."""

    def __init__(self, platforms: Iterable[Served], gone: Callable[[str], object]) -> None:
        self._left = {each.platform for each in platforms}
        self._gone = gone

    async def serve(self, platform: Served) -> None:
        """Serve a platform, for as long as it lets the bot in.

        Raises:
            TokenRefusedError: if none is left.
        """
        try:
            await platform.serve()
        except TokenRefusedError as error:
            self._left.discard(platform.platform)
            if not self._left:
                raise
            self._gone(platform.platform)
            logger.error("%s is left out, %s: %s", platform.platform, self._others(), error)  # noqa: TRY400 - it says all

    def _others(self) -> str:
        return f"{' and '.join(sorted(self._left))} go{'es' if len(self._left) == 1 else ''} on"
