"""The engine on a Ray cluster, seen from the bot: requests go to the cluster's desk over HTTP, events are fetched.

The bot holds every asset itself, so that a cluster may be lost at any time: what was asked of it is then asked again of
the next one, and what has been told once is not told again. Knows no Ray.
"""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass
from secrets import token_hex
from typing import Any, Protocol

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector

from omost_pipeline.engine.assets import MemoryAssets
from omost_pipeline.engine.events import Activity, Event, Failed, Failure, Outlined, Part, Preparing, Stepped
from omost_pipeline.engine.protocol import EngineInfo
from omost_pipeline.engine.ray.cluster import ClusterClosedError, ClusterLostError
from omost_pipeline.engine.ray.frames import assets_of, pack, unpack
from omost_pipeline.engine.requests import ComposeRequest, DrawRequest, LookRequest, Request
from omost_pipeline.engine.wire import from_json, to_json
from omost_pipeline.errors import AssetGoneError

logger = logging.getLogger(__name__)

_WAIT = 5.0
"""Seconds that the desk may hold an asking until there is news. It is to be well below the lease."""

_PATIENCE = 30.0
"""Seconds after which an answer that does not come is given up."""

_FAREWELL = 5.0
"""Seconds that a desk may take to hear that a request is not wanted any more: who cancels waits for it."""

_PAUSES = (0.0, 0.2, 0.8)
"""Seconds before each time that the desk is asked the same."""

_SERVER_ERROR = 500
"""From here on a status says that the desk is to blame, and not what it was asked."""

_AGAIN = 0.5
"""Seconds before a desk that could not be reached is asked again."""

_FAILURES = {Part.COMPOSER: Failure.COMPOSER, Part.RENDERER: Failure.RENDERER}


class _LostError(Exception):
    """The desk cannot be reached, or knows nothing of the request."""


class Reached(Protocol):
    """Where a desk is: :class:`~omost_pipeline.engine.ray.cluster.Cluster`."""

    @property
    def up(self) -> bool: ...

    def start(self) -> None: ...

    async def url(self) -> str: ...

    async def close(self) -> None: ...


class RayEngine:
    """Composes and draws on a cluster. Use it from one event loop."""

    def __init__(self, cluster: Reached, info: EngineInfo) -> None:
        self._cluster = cluster
        self._info = info
        self._assets = MemoryAssets()
        self._client: ClientSession | None = None

    @property
    def assets(self) -> MemoryAssets:
        """Pictures by id, in this process's memory."""
        return self._assets

    async def describe(self) -> EngineInfo:
        """What the models are, by the settings; the cluster begins to start."""
        self._cluster.start()
        return self._info

    async def prepare(self) -> None:
        """The cluster begins to start; its replicas load their models by themselves."""
        self._cluster.start()

    async def run(self, request: Request) -> AsyncGenerator[Event]:
        """As :class:`~omost_pipeline.engine.protocol.Engine`."""
        part = Part.COMPOSER if isinstance(request, ComposeRequest) else Part.RENDERER
        self._cluster.start()
        if not self._cluster.up:
            yield Preparing(part, Activity.LOADING)
        novelty, lost = _Novelty(), False
        while True:
            try:
                url = await self._cluster.url()
                async with aclosing(self._asked(url, part, request)) as events:
                    async for attempt, event in events:
                        lost = False
                        if novelty.take(attempt, event):
                            yield event
            except ClusterClosedError:
                yield Failed(_FAILURES[part], "The program is being stopped.")
                return
            except (ClusterLostError, _LostError) as error:
                logger.warning("request %s: the cluster is lost: %s", request.id, error)
            else:
                return
            novelty.start_over()
            if not lost:
                lost = True
                yield Preparing(part, Activity.LOST)
            await asyncio.sleep(_AGAIN)

    async def close(self) -> None:
        """Let go of the cluster; one of our own ends."""
        await self._cluster.close()
        if self._client is not None:
            await self._client.close()

    def _http(self) -> ClientSession:
        """Not httpx's, as elsewhere: with it a picture took a third more of the event loop."""
        if self._client is None:
            self._client = ClientSession(
                connector=TCPConnector(limit=0),
                timeout=ClientTimeout(total=_PATIENCE),
                cookie_jar=DummyCookieJar(),
            )
        return self._client

    async def _asked(self, url: str, part: Part, request: Request) -> AsyncGenerator[tuple[int, Event]]:
        """The events of one asking, each with the number of the replica that tells it, as the desk counts them.

        Raises:
            _LostError: if it has to be asked again.
        """
        errand = f"{url}/errands/{token_hex(12)}"
        body = pack({"part": part.value, "request": to_json(request)}, self._needed(request))
        try:
            after, (head, assets) = 0, await self._fetch("PUT", errand, 0, body)
            while True:
                for name, content in assets.items():
                    self._assets.receive(name, content)
                after += len(head["events"])
                for attempt, text in head["events"]:
                    yield attempt, _event(text)
                if head["over"]:
                    return
                head, assets = await self._fetch("GET", errand, after)
        finally:
            # Shielded: who is cancelled twice cancels all the same. If this does not arrive, the lease ends.
            await asyncio.shield(asyncio.create_task(self._forget(errand)))

    def _needed(self, request: Request) -> dict[str, bytes]:
        """The assets that a request needs, but for those that are gone: the replica says so in words."""
        needed = {}
        for asset in assets_of(request):
            with suppress(AssetGoneError):
                needed[asset] = self._assets.read(asset)
        return needed

    async def _fetch(
        self, method: str, errand: str, after: int, body: bytes | None = None
    ) -> tuple[dict[str, Any], dict[str, bytes]]:
        answer = await self._call(method, errand, data=body, params={"after": after, "wait": _WAIT})
        try:
            return unpack(answer)
        except ValueError as error:
            raise _LostError(str(error)) from error

    async def _call(
        self, method: str, url: str, data: bytes | None = None, params: Mapping[str, int | float] | None = None
    ) -> bytes:
        """What the desk answers. All that it is asked may be asked twice, so an answer that goes astray costs nothing.

        A body is sent in pieces, between which others have their turn.

        Raises:
            _LostError: if there is none, again and again, or it says that it does not know the request.
        """
        wrong = ""
        for pause in _PAUSES:
            await asyncio.sleep(pause)
            try:
                body = io.BytesIO(data) if data is not None else None
                async with self._http().request(method, url, data=body, params=params) as answer:
                    content = await answer.read()
            except (ClientError, TimeoutError) as error:
                wrong = type(error).__name__
                continue
            if answer.ok:
                return content
            wrong = f"{answer.status}: {content[:200].decode(errors='replace')}"
            if answer.status < _SERVER_ERROR:
                break
        raise _LostError(wrong)

    async def _forget(self, errand: str) -> None:
        with suppress(_LostError, TimeoutError):
            async with asyncio.timeout(_FAREWELL):
                await self._call("DELETE", errand)


@dataclass
class _Novelty:
    """What of a request's events has not been told yet, however often it is begun anew."""

    step: int = 0
    outlines: int = 0
    attempt: int = 0
    outlines_now: int = 0

    def start_over(self) -> None:
        """Another asking begins."""
        self.attempt = 0

    def take(self, attempt: int, event: Event) -> bool:
        """Whether an event is new."""
        if attempt != self.attempt:
            self.attempt, self.outlines_now = attempt, 0
        if isinstance(event, Stepped):
            new = event.number > self.step
            self.step = max(self.step, event.number)
            return new
        if isinstance(event, Outlined):
            self.outlines_now += 1
            new = self.outlines_now > self.outlines
            self.outlines = max(self.outlines, self.outlines_now)
            return new
        return True


def _event(text: str) -> Event:
    event = from_json(text)
    assert not isinstance(event, ComposeRequest | DrawRequest | LookRequest), "a desk tells events"
    return event
