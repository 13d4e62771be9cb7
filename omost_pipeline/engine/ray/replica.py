"""A replica: an engine whose events are told to the desk, which says whether they are still wanted.

Knows no Ray: who starts it says how the desk is told.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress

from omost_pipeline.engine.assets import packed
from omost_pipeline.engine.events import Drawn, Event, Failed, Failure, Stepped
from omost_pipeline.engine.ray.desk import LAST, News
from omost_pipeline.engine.ray.frames import assets_of
from omost_pipeline.engine.ray.plan import MakeEngine
from omost_pipeline.engine.requests import ComposeRequest, DrawRequest, LookRequest, Request
from omost_pipeline.engine.wire import from_json, to_json
from omost_pipeline.errors import DeviceLostError, OmostError

HEARTBEAT = 1.0
"""Seconds without news after which the desk is asked whether the work is still wanted."""

AHEAD = 16
"""Events that an engine may be ahead of what the desk has taken."""

STUCK = 120.0
"""Seconds after which a step that does not end although its request is cancelled makes a replica unhealthy."""

Tell = Callable[[str, int, Sequence[News], bool], Awaitable[bool]]
"""(errand, attempt, news, whether they are the last) → whether more is wanted."""


class _UnwantedError(Exception):
    """Nobody wants the work any more."""


class Replica:
    """Does errands, as many at once as it is sent."""

    def __init__(self, make: MakeEngine, tell: Tell) -> None:
        self._engine = make()
        self._tell = tell
        self._closing: dict[str, float] = {}

    async def work(self, errand: str, attempt: int, text: str, assets: Mapping[str, Awaitable[bytes]]) -> None:
        """Do what is asked, and tell of it. Cancelling ends it at the model's next step.

        Raises:
            DeviceLostError: if this replica can do nothing more.
        """
        request = from_json(text)
        assert isinstance(request, ComposeRequest | DrawRequest | LookRequest), "the desk passes requests on"
        told: asyncio.Queue[Event | None] = asyncio.Queue(AHEAD)
        try:
            for name, content in assets.items():
                self._engine.assets.receive(name, await content)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._do(f"{errand}.{attempt}", request, told))
                tasks.create_task(self._tell_of(errand, attempt, told))
        except* _UnwantedError:
            pass
        except* DeviceLostError as group:
            raise group.exceptions[0] from None
        finally:
            await self._engine.assets.discard(assets)

    def check(self) -> None:
        """Do nothing while all is well.

        Raises:
            DeviceLostError: if this replica should be replaced by another.
        """
        if any(time.monotonic() - since > STUCK for since in self._closing.values()):
            raise DeviceLostError("A step of a model has not ended long after it was cancelled.")

    async def _do(self, name: str, request: Request, told: asyncio.Queue[Event | None]) -> None:
        events = self._engine.run(request)
        try:
            async for event in events:
                if isinstance(event, Failed) and event.failure is Failure.DEVICE:
                    raise DeviceLostError(event.message)
                await told.put(event)
        finally:
            self._closing[name] = time.monotonic()
            await events.aclose()
            del self._closing[name]
        await told.put(None)

    async def _tell_of(self, errand: str, attempt: int, told: asyncio.Queue[Event | None]) -> None:
        last = False
        while not last:
            events = await _gathered(told)
            last = None in events
            news = [await self._news(event) for event in events if event is not None]
            if not await self._tell(errand, attempt, news, last or any(isinstance(event, LAST) for event in events)):
                raise _UnwantedError

    async def _news(self, event: Event) -> News:
        names = assets_of(event)
        assets: dict[str, bytes] = {}
        with suppress(OmostError):  # it is kept no longer: whoever wants it is told so
            for name in names:
                assets[name] = await self._engine.assets.get(name)
            if isinstance(event, Drawn):  # here, where there are many processors for each picture
                for picture in event.pictures:
                    assets[picture.asset] = await asyncio.to_thread(packed, assets[picture.asset])
        await self._engine.assets.discard(names)
        return to_json(event), assets


async def _gathered(told: asyncio.Queue[Event | None]) -> list[Event | None]:
    """What there is to tell, after a heartbeat at the latest; steps that show nothing go with what comes next."""
    events: list[Event | None] = []
    with suppress(TimeoutError):
        async with asyncio.timeout(HEARTBEAT):
            while all(isinstance(event, Stepped) and not event.preview for event in events):
                events.append(await told.get())
    while not told.empty():
        events.append(told.get_nowait())
    return events
