"""Whose turn it is on a device that one model at a time can use: work for the same model together, nobody starved."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from omost_pipeline.engine.events import Part

GROUP = 8
"""Pieces of work for one model in a row while there is some for the other: two swaps in eight jobs."""


class Grouping:
    """Remembers which model has worked last, and how often in a row.

    While there is work for both, each model does at most ``limit`` pieces in a row; whoever is at place p of those who
    wait for a model is therefore served after at most 2p + 2 · ``limit`` pieces of work.
    """

    def __init__(self, limit: int = GROUP) -> None:
        self._limit = limit
        self._part: Part | None = None
        self._run = 0

    def choose(self, waiting: Sequence[Part]) -> int:
        """The place among those who wait, of whom there is one at least, of the one to work next."""
        same = next((place for place, part in enumerate(waiting) if part is self._part), None)
        other = next((place for place, part in enumerate(waiting) if part is not self._part), None)
        if same is None or (other is not None and self._run >= self._limit):
            assert other is not None, "somebody waits"
            return other
        return same

    def ran(self, part: Part) -> None:
        """A model has done a piece of work."""
        self._run = self._run + 1 if part is self._part else 1
        self._part = part


class Line:
    """Those who wait for the device. One works at a time, in the order of asking or, where ``grouped``, by model."""

    def __init__(self) -> None:
        self.grouped = False
        self._grouping = Grouping()
        self._waiting: list[tuple[Part, asyncio.Future[None]]] = []
        self._busy = False

    @asynccontextmanager
    async def turn(self, part: Part) -> AsyncGenerator[None]:
        """Wait for one's turn, and have the device meanwhile."""
        ticket = part, asyncio.get_running_loop().create_future()
        self._waiting.append(ticket)
        self._serve()
        try:
            await ticket[1]
        except asyncio.CancelledError:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
            elif ticket[1].done() and not ticket[1].cancelled():  # cancelled in the moment in which it was served
                self._leave()
            raise
        try:
            yield
        finally:
            self._grouping.ran(part)
            self._leave()

    def _leave(self) -> None:
        self._busy = False
        self._serve()

    def _serve(self) -> None:
        self._waiting = [ticket for ticket in self._waiting if not ticket[1].done()]
        if self._busy or not self._waiting:
            return
        place = self._grouping.choose([part for part, _ in self._waiting]) if self.grouped else 0
        _, served = self._waiting.pop(place)
        self._busy = True
        served.set_result(None)
