"""Confirms to Telegram only what is noted: an update that is confirmed is never sent again, whatever dies then.

Asking for the next updates confirms the ones before, and so does answering the webhook. Both wait here until each
update has been noted durably or dealt with; but never long, as one chat that hangs must not keep all others waiting.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from telegram.request import HTTPXRequest

_PATIENCE = 2.0


class Unnoted:
    """Updates that were received and are not noted yet. ``queue`` is where the library keeps what it has received."""

    def __init__(self, patience: float = _PATIENCE) -> None:
        self.queue: _Queue = _Queue(self)
        self._patience = patience
        self._under_way: set[int] = set()
        self._next = 0
        self._changed = asyncio.Event()

    def begin(self) -> Callable[[], None]:
        """An update is being dealt with; what comes back is to be called once it is noted, and may be called again."""
        number = self._next = self._next + 1
        self._under_way.add(number)

        def noted() -> None:
            self._under_way.discard(number)
            self._changed.set()

        return noted

    async def settled(self) -> None:
        """Wait until everything that was received is noted, for ``patience`` seconds at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience):
                await self.queue.join()
                while self._under_way:
                    self._changed.clear()
                    await self._changed.wait()


class _Queue(asyncio.Queue[object]):
    """The library's queue of updates; what came by the webhook is answered when it is noted."""

    def __init__(self, unnoted: Unnoted) -> None:
        super().__init__()
        self._unnoted = unnoted
        self.answers = False
        """Whether whoever puts something in answers for it, as the webhook does."""

    async def put(self, item: object) -> None:
        await super().put(item)
        if self.answers:
            await self._unnoted.settled()


class PollingRequest(HTTPXRequest):
    """Asks for updates; each time it waits first until the ones before are noted."""

    def __init__(self, unnoted: Unnoted, **options: Any) -> None:  # noqa: ANN401 - the library's
        super().__init__(**options)
        self._unnoted = unnoted

    async def do_request(self, *arguments: Any, **named: Any) -> tuple[int, bytes]:  # noqa: ANN401 - the library's
        """As the library's own."""
        await self._unnoted.settled()
        return await super().do_request(*arguments, **named)
