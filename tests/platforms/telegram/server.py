"""A small strict Bot API server on this machine, for the real client library.

It holds a world, enforces the platform's rules, notes every call and breaks on request. ``violations`` is what no
well-behaved bot would have done.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from tests.platforms.multipart import posted
from tests.platforms.telegram.methods import Methods, Request
from tests.platforms.telegram.rules import LARGEST_DOWNLOAD, PARAMETERS, ApiError, Pace, bad
from tests.platforms.telegram.world import Chat, Json, Message, User, World

TOKEN = "4242:local-telegram-token"


@dataclass
class Fault:
    """Something to go wrong with the next ``times`` calls of a method, of those that say ``about`` somewhere.

    ``after`` does the work first, so that only the answer is lost. ``cut`` drops the connection in place of an answer,
    ``hold`` never answers.
    """

    method: str
    code: int = 500
    description: str = "Internal Server Error"
    retry_after: float = 0.0
    times: int = 1
    after: bool = False
    cut: bool = False
    hold: bool = False
    about: str = ""
    hits: int = 0

    def strikes(self, method: str, values: Json) -> bool:
        """Whether a call with these values is to go wrong."""
        here = self.method == method and self.hits < self.times
        return here and (not self.about or any(self.about in str(value) for value in values.values()))


@dataclass(frozen=True)
class Call:
    """A call that was made, and the status it was answered with."""

    at: float
    method: str
    values: Json
    status: int


@dataclass
class Query:
    """A press of a button, and how the bot answered it."""

    id: str
    user: User
    message: Message
    at: float
    text: str | None = None
    alert: bool = False
    answered: bool = False


@dataclass
class Webhook:
    """Where updates are to be sent."""

    url: str = ""
    secret: str = ""
    refused: int = 0
    tasks: set[asyncio.Task[None]] = field(default_factory=set)


class LocalTelegram:
    """The server. Use as an async context manager; ``base_url`` and ``base_file_url`` are what a bot is pointed at."""

    def __init__(self, *, privacy: bool = True, speed: float = 20.0) -> None:
        self.world = World()
        self.privacy = privacy
        self.pace = Pace(speed)
        self.faults: list[Fault] = []
        self.calls: list[Call] = []
        self.violations: list[str] = []
        self.floods: list[str] = []
        self.queries: dict[str, Query] = {}
        self.commands: dict[str, list[Json]] = {}
        self.webhook = Webhook()
        self.updates: list[Json] = []
        self.confirmed = 0
        self.base_url = self.base_file_url = ""
        self._new = asyncio.Event()
        self._poller: asyncio.Task[Any] | None = None
        self._number = 100
        self._methods = Methods(self)
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> LocalTelegram:
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_route("*", "/bot{token}/{method}", self._serve)
        app.router.add_get("/file/bot{token}/{name}", self._download)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        address = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self.base_url, self.base_file_url = f"{address}/bot", f"{address}/file/bot"
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self.webhook.tasks:
            task.cancel()
        assert self._runner is not None
        await self._runner.cleanup()

    def fail(self, method: str, **how: object) -> Fault:
        """Arrange a :class:`Fault`."""
        fault = Fault(method, **how)  # type: ignore[arg-type]  # the dataclass checks the names
        self.faults.append(fault)
        return fault

    def calls_to(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]

    # Towards the bot.

    def deliver(self, message: Message, kind: str = "message") -> None:
        """Send a message to the bot, if it may see it."""
        if self._visible(message):
            self.send(kind, message.json())

    def _visible(self, message: Message) -> bool:
        chat = message.chat
        if not chat.is_group or not self.privacy or self.world.bot.id in chat.admins:
            return chat.bot_here
        command = re.match(r"/\w+(@(\w+))?", message.text)
        if command is not None:
            return command[2] is None or command[2].lower() == self.world.bot.username.lower()
        to_bot = message.reply_to is not None and message.reply_to.sender is self.world.bot
        return to_bot or bool(message.extra)

    def send(self, kind: str, content: Json) -> None:
        """Send an update."""
        self._number += 1
        update = {"update_id": self._number, kind: content}
        if self.webhook.url:
            task = asyncio.create_task(self._push(update))
            self.webhook.tasks.add(task)
            task.add_done_callback(self.webhook.tasks.discard)
            return
        self.updates.append(update)
        self._new.set()
        self._new = asyncio.Event()

    async def _push(self, update: Json) -> None:
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.webhook.secret}
        async with aiohttp.ClientSession() as session:
            for _ in range(20):
                with contextlib.suppress(aiohttp.ClientError):
                    async with session.post(self.webhook.url, json=update, headers=headers) as response:
                        if response.status == 200:
                            return
                        self.webhook.refused += 1
                await asyncio.sleep(0.1)

    async def take_updates(self, offset: int, seconds: float) -> list[Json]:
        """What getUpdates gives; a second one ends the first."""
        if self.webhook.url:
            raise ApiError(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook")
        if self._poller is not None:
            self._poller.cancel()
        self.confirmed = max(self.confirmed, offset - 1)
        self.updates = [each for each in self.updates if each["update_id"] >= offset]
        if self.updates:
            return self.updates[:100]
        waiting = self._poller = asyncio.create_task(self._new.wait())
        done, _ = await asyncio.wait({waiting}, timeout=seconds)
        if self._poller is waiting:
            self._poller = None
        if done and waiting.cancelled():
            text = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
            raise ApiError(409, text, routine=True)
        waiting.cancel()
        return self.updates[:100]

    # From the bot.

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        if request.match_info["token"] != TOKEN:
            return _refused(ApiError(401, "Unauthorized"))
        values = await _values(request)
        fault = next((each for each in self.faults if each.strikes(method, values)), None)
        if fault is not None:
            fault.hits += 1
        if fault is not None and not fault.after:
            return await self._broken(request, method, values, fault)
        response = await self._answered(method, values)
        shown = {name: value for name, value in values.items() if isinstance(value, str)}
        self.calls.append(Call(time.monotonic(), method, shown, response.status))
        return await self._broken(request, method, values, fault) if fault is not None else response

    async def _answered(self, method: str, values: dict[str, Any]) -> web.Response:
        try:
            _check_names(method, values)
            result = await self._methods.call(method, Request(method, values))
        except ApiError as error:
            if error.code == 429:
                self.floods.append(f"{method} {values.get('chat_id')}")
            elif not error.routine:
                self.violations.append(f"{method}: {error}")
            return _refused(error)
        return _json({"ok": True, "result": result}, 200)

    async def _broken(self, request: web.Request, method: str, values: Json, fault: Fault) -> web.Response:
        self.calls.append(Call(time.monotonic(), method, {"fault": True}, fault.code))
        if fault.hold:
            await asyncio.Event().wait()
        if fault.cut:
            assert request.transport is not None
            request.transport.abort()
        if fault.code == 429 and "chat_id" in values:
            self.pace.shut(int(values["chat_id"]), fault.retry_after * self.pace.speed)
        error = ApiError(fault.code, fault.description)
        if fault.retry_after:
            error.parameters["retry_after"] = fault.retry_after
        return _refused(error)

    async def _download(self, request: web.Request) -> web.Response:
        file = self.world.files.get(request.match_info["name"])
        if request.match_info["token"] != TOKEN or file is None or len(file.content) > LARGEST_DOWNLOAD:
            raise web.HTTPNotFound
        return web.Response(body=file.content)

    # For tests.

    def messages(self, chat: Chat) -> list[Message]:
        """The bot's messages in a chat that are still there, oldest first."""
        here = chat.messages.values()
        return [each for each in here if each.sender is self.world.bot and not each.deleted]

    def query(self, user: User, message: Message, data: str) -> Query:
        """A press of a button."""
        self._number += 1
        query = Query(f"q{self._number}", user, message, self.pace.now())
        self.queries[query.id] = query
        self.send(
            "callback_query",
            {
                "id": query.id,
                "from": user.json(),
                "message": message.json(),
                "chat_instance": "1",
                "data": data,
            },
        )
        return query

    async def until(self, condition: Callable[[], object], seconds: float = 15.0) -> None:
        """Wait until something holds."""
        async with asyncio.timeout(seconds):
            while not condition():
                await asyncio.sleep(0.01)


def _check_names(method: str, values: dict[str, Any]) -> None:
    if method not in PARAMETERS:
        raise ApiError(404, "Not Found: method not found")
    files = {name for name, value in values.items() if not isinstance(value, str)}
    unknown = set(values) - PARAMETERS[method] - files
    if unknown:
        raise bad(f"{method} has no parameters {sorted(unknown)}")


async def _values(request: web.Request) -> dict[str, Any]:
    if request.content_type == "application/json":
        found: dict[str, Any] = await request.json()
        return found
    return {**request.query, **await posted(request)}


def _refused(error: ApiError) -> web.Response:
    body: Json = {"ok": False, "error_code": error.code, "description": error.description}
    if error.parameters:
        body["parameters"] = error.parameters
    return _json(body, error.code)


def _json(body: Json, status: int) -> web.Response:
    return web.Response(body=json.dumps(body).encode(), status=status, content_type="application/json")
