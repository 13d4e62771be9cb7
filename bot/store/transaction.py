"""One transaction: a turn, a connection, and what becomes of both however it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Protocol

from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import StoreError

_PATIENCE = 300.0
"""Seconds to wait for a turn that does not come."""


class Turn(Protocol):
    """A lock or a semaphore."""

    async def acquire(self) -> object:
        """Wait for one's turn."""

    def release(self) -> None:
        """Let the next one have theirs."""


class Transaction:
    """``async with`` it for a connection, whose transaction begins with the first statement.

    It is a class since the bot has some thirty of them for a picture: generators within generators take as long to
    enter and leave as a statement takes.
    """

    def __init__(
        self,
        connection: AsyncConnection,
        turn: Turn | None,
        explained: Callable[[BaseException], StoreError | None],
        *,
        writes: bool = False,
    ) -> None:
        """``explained`` says what an error of the database means, and None of any other. Writers wait for ever."""
        self._connection = connection
        self._turn = turn
        self._explained = explained
        self._writes = writes

    async def __aenter__(self) -> AsyncConnection:
        try:
            await self._begin()
            try:
                return await self._connection.start()
            except BaseException:
                self._end()
                raise
        except Exception as error:
            self._explain(error)
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            try:
                if self._writes and error is None:
                    await self._connection.commit()
            finally:  # what was not committed is undone
                await self._connection.__aexit__(kind, error, trace)
        except Exception as late:
            self._explain(late)
            raise
        finally:
            self._end()
        if error is not None:
            self._explain(error)

    async def _begin(self) -> None:
        if self._turn is None:
            return
        try:
            async with asyncio.timeout(None if self._writes else _PATIENCE):
                await self._turn.acquire()
        except TimeoutError as error:
            raise PoolTimeoutError(f"no turn came within {_PATIENCE:.0f} s") from error

    def _end(self) -> None:
        if self._turn is not None:
            self._turn.release()

    def _explain(self, error: BaseException) -> None:
        meaning = self._explained(error)
        if meaning is not None:
            raise meaning from error
