"""A small strict Discord on this machine: REST, gateway and the people's side, for the real client library.

It holds a world, enforces the platform's rules, notes every call and breaks on request. ``violations`` is what no
well-behaved bot would have done.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import chain

from aiohttp import web

from tests.platforms.discord.gateway import Gateway
from tests.platforms.discord.interactions import Interaction
from tests.platforms.discord.posting import Posting
from tests.platforms.discord.rate_limits import Window
from tests.platforms.discord.rest import Rest
from tests.platforms.discord.rules import ApiError, File, Json
from tests.platforms.discord.world import Channel, Message, World

TOKEN = "local.discord.token"
_ROUTINE = {10003, 10004, 10008, 10062, 40005, 40060, 50001, 50007, 50013, 50027, 50083, 160004, 160005}
"""Codes that the world's events may bring about; any other refusal is the bot's own fault."""


@dataclass
class Fault:
    """Something to go wrong with the next ``times`` requests that match.

    ``after`` does the work first, so that only the answer is lost. ``cut`` drops the connection in place of an answer.
    """

    method: str
    path: str
    status: int = 500
    code: int = 0
    retry_after: float = 0.0
    times: int = 1
    after: bool = False
    cut: bool = False
    hits: int = 0

    def matches(self, request: web.Request) -> bool:
        return bool(self.times > self.hits and request.method == self.method and re.search(self.path, request.path))


@dataclass
class Hold:
    """Keeps back the answers to requests that match and say ``saying``, after they were carried out.

    ``reached`` is set at the first; all go out once ``released`` is.
    """

    method: str
    path: str
    saying: str = ""
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def keep(self, request: web.Request, answer: bytes) -> None:
        """Wait if this answer is to be kept back."""
        if request.method == self.method and re.search(self.path, request.path) and self.saying.encode() in answer:
            self.reached.set()
            await self.released.wait()


@dataclass(frozen=True)
class Call:
    """A request that was made and how it was answered."""

    at: float
    method: str
    path: str
    status: int


class LocalDiscord:
    """The server. Use as an async context manager; ``api_url`` and ``gateway_url`` are what a bot is pointed at."""

    def __init__(self, *, messages: tuple[int, float] = (5, 2.0), requests: tuple[int, float] = (50, 1.0)) -> None:
        self._skipped = 0.0
        self._stopped: float | None = None
        self.world = World(self.now)
        self.gateway = Gateway(self.world, TOKEN)
        self.interactions: dict[str, Interaction] = {}
        self.uploads: list[tuple[Json, File]] = []  # what goes with commands
        self.commands: list[Json] = []
        self.faults: list[Fault] = []
        self.holds: list[Hold] = []
        self.calls: list[Call] = []
        self.violations: list[str] = []
        self.shards = 1
        self.posting = Posting(self)
        self.messages = Window(*messages)
        self._global = Window(*requests)
        self._runner: web.AppRunner | None = None
        self.api_url = ""

    def now(self) -> float:
        """Seconds since 1970, as this server sees it."""
        return (time.time() if self._stopped is None else self._stopped) + self._skipped

    def stop_clock(self) -> None:
        """From now on time only passes by :meth:`skip`."""
        self._stopped = time.time()

    def skip(self, seconds: float) -> None:
        """Let time pass."""
        self._skipped += seconds

    @property
    def gateway_url(self) -> str:
        return self.gateway.url

    async def __aenter__(self) -> LocalDiscord:
        app = web.Application(middlewares=[self._guard], client_max_size=64 * 2**20)
        app.router.add_get("/gateway", self.gateway.serve)
        app.router.add_get("/api/v10/attachments/{number}", self._attachment)
        app.router.add_get("/api/v10/embed/avatars/{name}", self._avatar)
        Rest(self).add_routes(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.api_url = f"http://127.0.0.1:{port}/api/v10"
        self.gateway.url = f"ws://127.0.0.1:{port}/gateway"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        for session in self.gateway.connected:
            assert session.socket is not None
            await session.socket.socket.close(code=1001)
        await self._runner.cleanup()

    def fail(self, method: str, path: str, **how: object) -> Fault:
        """Arrange a :class:`Fault`."""
        fault = Fault(method, path, **how)  # type: ignore[arg-type]  # the dataclass checks the names
        self.faults.append(fault)
        return fault

    def hold(self, method: str, path: str, saying: str = "") -> Hold:
        """Arrange a :class:`Hold`."""
        hold = Hold(method, path, saying)
        self.holds.append(hold)
        return hold

    def calls_to(self, method: str, path: str) -> list[Call]:
        """The calls whose path matches, oldest first."""
        return [call for call in self.calls if call.method == method and re.search(path, call.path)]

    async def open_thread(self, channel: Channel, name: str) -> Channel:
        """A thread of the bot's, from before its start."""
        message = Message(self.world.snowflake(), channel, self.world.bot, name)
        await self.posting.publish(message)
        return await self.posting.thread(message, {"name": name}, self.world.bot)

    async def _avatar(self, request: web.Request) -> web.Response:
        """What people show of themselves who have chosen nothing."""
        return web.Response(body=b"avatar", content_type="image/png")

    async def _attachment(self, request: web.Request) -> web.Response:
        """A file of a person's message or command."""
        number = request.match_info["number"]
        files = chain(self.uploads, *(message.files for message in self.world.messages.values()))
        content = next((file.content for meta, file in files if meta["id"] == number), None)
        return web.Response(body=content) if content is not None else web.Response(status=404)

    @web.middleware
    async def _guard(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        if request.path == "/gateway":
            return await handler(request)
        response = await self._answered(request, handler)
        assert isinstance(response, web.Response), "every route but the gateway's answers at once"
        self.calls.append(Call(self.now(), request.method, request.path, response.status))
        for hold in self.holds:
            await hold.keep(request, response.body if isinstance(response.body, bytes) else b"")
        return response

    async def _answered(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        fault = next((each for each in self.faults if each.matches(request)), None)
        if fault is not None:
            fault.hits += 1
        if fault is not None and not fault.after:
            return self._broken(request, fault)
        try:
            response = await self._lawful(request, handler)
        except ApiError as error:
            if error.code not in _ROUTINE:
                self.violations.append(f"{request.method} {request.path}: {error}")
            response = _json({"code": error.code, "message": error.message}, error.status)
        except web.HTTPNotFound:
            self.violations.append(f"{request.method} {request.path}: there is no such route")
            response = _json({"code": 0, "message": "404: Not Found"}, 404)
        except web.HTTPMethodNotAllowed:
            self.violations.append(f"{request.method} {request.path}: no such method")
            response = _json({"code": 0, "message": "405: Method Not Allowed"}, 405)
        return self._broken(request, fault) if fault is not None else response

    def _broken(self, request: web.Request, fault: Fault) -> web.Response:
        if fault.cut:
            assert request.transport is not None
            request.transport.abort()
        if fault.status == 429:
            return _too_many(fault.retry_after, everywhere=False)
        return _json({"code": fault.code, "message": "this is a fault"}, fault.status)

    async def _lawful(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Authorization, shape of the body and rates; then the route. Files are for whoever knows their address."""
        if "/attachments/" in request.path or "/embed/" in request.path:
            return await handler(request)
        with_token = re.search(r"/(interactions|webhooks)/", request.path) is not None
        if not with_token and request.headers.get("Authorization") != f"Bot {TOKEN}":
            raise ApiError(401, 0, "401: Unauthorized")
        named = request.headers.get("User-Agent", "").startswith("DiscordBot (")
        if not with_token and not named:  # the library answers interactions without naming itself
            raise ApiError(400, 40001, "a bot names itself in User-Agent: DiscordBot (…)")
        if request.can_read_body and request.content_type not in {"application/json", "multipart/form-data"}:
            raise ApiError(400, 50109, f"The request body contains invalid JSON: {request.content_type}")
        if with_token:
            return await handler(request)
        everywhere = self._global.take("all", self.now())
        if everywhere.retry_after is not None:
            self.violations.append(f"{request.method} {request.path}: more than 50 requests a second")
            return _too_many(everywhere.retry_after, everywhere=True)
        found = re.search(r"/channels/(\d+)/messages(/\d+)?$", request.path)
        if found is None or request.method not in {"POST", "PATCH"}:
            return await handler(request)
        key = f"{request.method}:{found[1]}"
        standing = self.messages.take(key, self.now())
        if standing.retry_after is not None:
            return _too_many(standing.retry_after, everywhere=False)
        response = await handler(request)
        response.headers["X-RateLimit-Limit"] = str(standing.limit)
        response.headers["X-RateLimit-Remaining"] = str(standing.remaining)
        response.headers["X-RateLimit-Reset-After"] = f"{standing.reset_after:.3f}"
        response.headers["X-RateLimit-Reset"] = f"{self.now() + standing.reset_after:.3f}"
        response.headers["X-RateLimit-Bucket"] = f"messages-{request.method}"
        return response


def _json(body: Json, status: int, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(body=json.dumps(body).encode(), status=status, content_type="application/json", headers=headers)


def _too_many(retry_after: float, *, everywhere: bool) -> web.Response:
    body = {"message": "You are being rate limited.", "retry_after": round(retry_after, 3), "global": everywhere}
    return _json(body, 429, {"Retry-After": str(retry_after), "Via": "1.1 local"})
