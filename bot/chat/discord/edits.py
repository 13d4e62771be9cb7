"""One edit of a message at a time, and the newest wins: while one waits out a rate limit, those in between are dropped.

A passing state does not keep its sender waiting for long; a final one returns when it stands, or raises.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

Send = Callable[[], Awaitable[None]]
Key = tuple[str, str]


class LatestWins:
    """Edits by message. ``patience`` is how many seconds a passing state may keep its sender."""

    def __init__(self, start: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]], patience: float) -> None:
        self._start = start
        self._patience = patience
        self._sending: dict[Key, asyncio.Task[None]] = {}
        self._next: dict[Key, Send] = {}
        self._errors: dict[Key, Exception] = {}

    async def passing(self, key: Key, send: Send) -> None:
        """Send unless something newer comes first; soon returns, whatever becomes of it.

        Raises:
            Exception: what the previous edit of this message raised, or this one if that was quick.
        """
        self._raise_earlier(key)
        self._next[key] = send
        task = self._sending.get(key)
        if task is None:
            task = self._begin(key)
        await asyncio.wait({task}, timeout=self._patience)
        self._raise_earlier(key)

    async def final(self, key: Key, send: Send) -> None:
        """Send in place of everything that still waits; returns when it is done.

        Raises:
            Exception: what ``send`` raises.
        """
        self._next.pop(key, None)
        task = self._sending.get(key)
        if task is not None:
            await asyncio.wait({task})
        self._next.pop(key, None)
        self._errors.pop(key, None)
        await send()

    def _begin(self, key: Key) -> asyncio.Task[None]:
        task = self._sending[key] = self._start(self._drain(key))
        task.add_done_callback(lambda _: self._sending.pop(key, None))
        return task

    async def _drain(self, key: Key) -> None:
        while (send := self._next.pop(key, None)) is not None:
            try:
                await send()
            except Exception as error:  # noqa: BLE001 - kept for the next caller, who knows what to do with it
                self._errors[key] = error
                self._next.pop(key, None)

    def _raise_earlier(self, key: Key) -> None:
        error = self._errors.pop(key, None)
        if error is not None:
            raise error
