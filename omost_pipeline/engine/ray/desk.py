"""The desk of a cluster: takes requests in, gives them to replicas, and keeps what those tell until it is fetched.

Ray neither cancels work that nobody waits for any more nor holds back who tells faster than anybody listens. So the bot
*asks* for events, and each asking renews a lease: what is not asked about for as long as the lease runs is cancelled.
Replicas *tell* events here, and are answered: a telling waits while too much lies here already, and "not wanted" ends
the work, which thereby ends whether the bot, the desk or the network between them died. A replica that dies, or is
silent for too long, is replaced by another one, which begins anew; what the first may still tell is not listened to.

Knows no Ray: who starts it says how work is sent to replicas.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import logging
import time
from collections import deque
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from omost_pipeline.engine.events import Composed, Drawn, Failed, Failure, Looked, Part
from omost_pipeline.engine.ray.frames import pack
from omost_pipeline.engine.wire import to_json

logger = logging.getLogger(__name__)

ATTEMPTS = 3
"""Replicas that may be lost over one request. What has cost so many is not given to more."""

SILENCE = 60.0
"""Seconds without a word after which a replica that works is given up. It speaks every second."""

LINGER = 0.2
"""Seconds that the first event waits for others to go with it, so that a picture costs a handful of answers."""

ROOM = 32 * 2**20
"""Bytes that lie here for one request before its replica has to wait."""

LAST = (Composed, Drawn, Looked, Failed)
"""The events that nothing follows."""

_LOOK = 1.0

News = tuple[str, dict[str, bytes]]
"""An event as JSON, and its assets."""


class Sent(Protocol):
    """Work that has been sent to a replica; awaiting it ends when the work does."""

    def __await__(self) -> Generator[Any, Any, object]: ...

    def cancel(self) -> object:
        """Have it end."""
        ...


Send = Callable[["Errand"], Sent]
"""Sends an errand's current attempt to a replica."""


@dataclass
class Errand:
    """A request at the desk. ``first`` is the number of the oldest event that is still kept."""

    id: str
    part: Part
    request: str
    assets: Mapping[str, Any]
    attempt: int = 0
    first: int = 0
    events: deque[tuple[int, str, dict[str, bytes]]] = field(default_factory=deque)
    size: int = 0
    over: bool = False
    asked: float = field(default_factory=time.monotonic)
    heard: float | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    work: asyncio.Task[None] | None = None

    def add(self, text: str, assets: dict[str, bytes], last: bool) -> None:
        """Keep an event until it is fetched."""
        self.events.append((self.attempt, text, assets))
        self.size += sum(map(len, assets.values()))
        self.over = self.over or last
        self._wake()

    def drop(self, before: int) -> None:
        """Everything before an event's number has arrived."""
        while self.first < before and self.events:
            _, _, assets = self.events.popleft()
            self.size -= sum(map(len, assets.values()))
            self.first += 1
        self._wake()

    def _wake(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()


class Desk:
    """Errands by id. Make it on the event loop that it is used from."""

    def __init__(self, send: Send, lease: float, silence: float = SILENCE) -> None:
        self._send = send
        self._lease = lease
        self._silence = silence
        self._errands: dict[str, Errand] = {}

    def begin(self, errand: Errand) -> None:
        """Take a request in; once is enough."""
        if errand.id not in self._errands:
            self._errands[errand.id] = errand
            # In a context of its own: Ray would take it for a part of the call that brings it, and end it with that.
            errand.work = asyncio.create_task(self._carry_out(errand), context=contextvars.Context())

    async def fetch(self, errand_id: str, after: int, wait: float) -> bytes | None:
        """The events from number ``after`` on, as soon as there are any, at most ``wait`` seconds later.

        None if there is no such errand (any more). Those before ``after`` are taken to have arrived.
        """
        errand = self._errands.get(errand_id)
        if errand is None:
            return None
        errand.asked = time.monotonic()
        errand.drop(after)
        if not errand.events and not errand.over:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(errand.changed.wait(), wait)
            if errand.events and not errand.over:
                await asyncio.sleep(LINGER)
        errand.asked = time.monotonic()
        events = [(attempt, text) for attempt, text, _ in errand.events]
        assets = {name: content for _, _, own in errand.events for name, content in own.items()}
        return pack({"events": events, "over": errand.over}, assets)

    def forget(self, errand_id: str) -> None:
        """Nobody wants an errand any more: if it is not over, it ends, wherever it is."""
        errand = self._errands.pop(errand_id, None)
        if errand is not None and not errand.over:
            errand.over = True
            errand.drop(errand.first + len(errand.events))
            assert errand.work is not None, "it was begun"
            errand.work.cancel()

    async def tell(self, errand_id: str, attempt: int, news: Sequence[News], last: bool) -> bool:
        """What a replica has to say of its attempt at an errand; nothing is a sign of life. False: stop, not wanted."""
        errand = self._errands.get(errand_id)
        while errand is not None and not errand.over and errand.attempt == attempt:
            errand.heard = time.monotonic()
            if not news:
                return True
            if errand.size <= ROOM:
                for number, (text, assets) in enumerate(news, 1):
                    errand.add(text, assets, last and number == len(news))
                return True
            await errand.changed.wait()
        return False

    async def _carry_out(self, errand: Errand) -> None:
        try:
            while not errand.over and errand.attempt < ATTEMPTS:
                errand.attempt += 1
                errand.heard = None
                await self._attempt(errand)
        except _LeaseEndedError:
            logger.warning("request %s: nobody asks about it any more; it is cancelled", errand.id)
            self._errands.pop(errand.id, None)
            return
        if not errand.over:
            errand.add(to_json(_given_up(errand.part)), {}, last=True)
        # The end is kept until it is fetched, or for as long as it might be.
        asyncio.get_running_loop().call_later(self._lease, self._errands.pop, errand.id, None)

    async def _attempt(self, errand: Errand) -> None:
        """Have one replica try.

        Raises:
            _LeaseEndedError: if nobody asks about it any more.
        """
        sent = self._send(errand)
        answer = asyncio.ensure_future(_answer(sent))
        try:
            while not answer.done():
                await asyncio.wait({answer}, timeout=_LOOK)
                self._look(errand)
            await answer
        except (asyncio.CancelledError, _LeaseEndedError):
            sent.cancel()
            raise
        except _SilentError:
            sent.cancel()
            logger.warning("request %s: its replica says nothing any more; another one begins anew", errand.id)
        except Exception as error:  # whatever a replica dies of, another one may do better
            logger.warning("request %s: its replica was lost", errand.id, exc_info=error)
        finally:
            answer.cancel()

    def _look(self, errand: Errand) -> None:
        now = time.monotonic()
        if errand.over:
            return
        if now - errand.asked > self._lease:
            raise _LeaseEndedError
        if errand.heard is not None and now - errand.heard > self._silence:
            raise _SilentError


class _LeaseEndedError(Exception):
    """Nobody has asked about an errand for too long."""


class _SilentError(Exception):
    """A replica has not spoken for too long."""


async def _answer(sent: Sent) -> object:
    return await sent


def _given_up(part: Part) -> Failed:
    failure = Failure.COMPOSER if part is Part.COMPOSER else Failure.RENDERER
    return Failed(failure, f"{ATTEMPTS} {part.value} replicas were lost over this request; see the cluster's logs.")
