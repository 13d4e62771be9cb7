"""The REST routes that a bot like this one needs; every other route does not exist here. Knows no rules of its own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, cast

from aiohttp import web

from tests.platforms.discord.interactions import CHOICES, DEFER, MESSAGE, MODAL, UPDATE, Interaction
from tests.platforms.discord.rules import ApiError, File, Json, check_choices, check_commands, check_modal, refuse
from tests.platforms.discord.world import PERMISSIONS, Message
from tests.platforms.multipart import posted

if TYPE_CHECKING:
    from tests.platforms.discord.server import LocalDiscord

Route = Callable[[web.Request], Awaitable[Any]]


class Rest:
    """Routes under ``/api/v10``."""

    def __init__(self, server: LocalDiscord) -> None:
        self._server = server
        self._world = server.world
        self._posting = server.posting

    def add_routes(self, app: web.Application) -> None:
        """Add every route to ``app``."""
        message, hook = "/channels/{channel}/messages/{message}", "/webhooks/{app}/{token}"
        routes: list[tuple[str, str, Route]] = [
            ("GET", "/users/@me", self._me),
            ("GET", "/oauth2/applications/@me", self._application),
            ("GET", "/applications/@me", self._application),
            ("GET", "/gateway", self._gateway),
            ("GET", "/gateway/bot", self._gateway),
            ("GET", "/applications/{app}/commands", self._commands),
            ("PUT", "/applications/{app}/commands", self._put_commands),
            ("POST", "/users/@me/channels", self._direct),
            ("GET", "/channels/{channel}", self._channel),
            ("PATCH", "/channels/{channel}", self._patch_channel),
            ("GET", "/channels/{channel}/messages", self._history),
            ("POST", "/channels/{channel}/messages", self._post),
            ("POST", "/channels/{channel}/typing", self._typing),
            ("GET", message, self._message),
            ("PATCH", message, self._patch),
            ("DELETE", message, self._delete),
            ("POST", f"{message}/threads", self._thread),
            ("POST", "/interactions/{id}/{token}/callback", self._callback),
            ("POST", hook, self._follow_up),
            ("GET", f"{hook}/messages/{{message}}", self._hook_message),
            ("PATCH", f"{hook}/messages/{{message}}", self._hook_patch),
            ("DELETE", f"{hook}/messages/{{message}}", self._hook_delete),
        ]
        for method, path, route in routes:
            app.router.add_route(method, f"/api/v10{path}", _rendered(route))

    async def _me(self, request: web.Request) -> Json:
        return self._world.bot.json()

    async def _application(self, request: web.Request) -> Json:
        return {
            "id": str(self._world.bot.id),
            "name": "Painter",
            "icon": None,
            "description": "",
            "summary": "",
            "bot_public": True,
            "bot_require_code_grant": False,
            "verify_key": "",
            "owner": next(iter(self._world.users.values())).json(),
            "flags": 1 << 19 if self._server.gateway.content_allowed else 0,
        }

    async def _gateway(self, request: web.Request) -> Json:
        limit = {"total": 1000, "remaining": 999, "reset_after": 1000, "max_concurrency": 1}
        return {"url": self._server.gateway.url, "shards": self._server.shards, "session_start_limit": limit}

    async def _commands(self, request: web.Request) -> list[Json]:
        return self._server.commands

    async def _put_commands(self, request: web.Request) -> list[Json]:
        commands = cast("list[Json]", await request.json())
        check_commands(commands)
        old = {(each.get("type", 1), each["name"]): each["id"] for each in self._server.commands}
        app = str(self._world.bot.id)
        self._server.commands = [
            {
                "description": "",
                "default_member_permissions": None,
                **each,
                "type": each.get("type", 1),
                "id": old.get((each.get("type", 1), each["name"])) or str(self._world.snowflake()),
                "application_id": app,
                "version": "1",
            }
            for each in commands
        ]
        return self._server.commands

    async def _direct(self, request: web.Request) -> Json:
        user = self._world.users.get(int((await request.json())["recipient_id"]))
        if user is None:
            raise ApiError(400, 50033, "Invalid Recipient(s)")
        return self._world.direct(user).json()

    async def _channel(self, request: web.Request) -> Json:
        channel = self._world.channel(_number(request, "channel"))
        self._posting.need(channel)
        return channel.json()

    async def _patch_channel(self, request: web.Request) -> Json:
        channel = self._world.channel(_number(request, "channel"))
        return (await self._posting.change_channel(channel, await request.json())).json()

    async def _history(self, request: web.Request) -> list[Json]:
        channel = self._world.channel(_number(request, "channel"))
        self._posting.need(channel)
        limit = int(request.query.get("limit", "50"))
        if not 1 <= limit <= 100:
            raise refuse(f"limit {limit}")
        if not channel.bot_rights() & PERMISSIONS["read_message_history"]:
            return []
        here = self._world.in_channel(channel)
        if "after" in request.query:
            here = [each for each in here if each.id > int(request.query["after"])][:limit]
        found = [each.full_json() for each in reversed(here[-limit:])]
        return [self._server.gateway.readable(each, channel.guild) for each in found]

    async def _post(self, request: web.Request) -> Json:
        body, files = await _body(request)
        channel = self._world.channel(_number(request, "channel"))
        return (await self._posting.by_bot(channel, body, files)).json()

    async def _typing(self, request: web.Request) -> None:
        channel = self._world.channel(_number(request, "channel"))
        self._posting.need(channel)

    def _found(self, request: web.Request) -> Message:
        channel = self._world.channel(_number(request, "channel"))
        self._posting.need(channel)
        return self._world.message(channel, _number(request, "message"))

    async def _message(self, request: web.Request) -> Json:
        return self._found(request).json()

    async def _patch(self, request: web.Request) -> Json:
        body, files = await _body(request)
        return (await self._posting.change(self._found(request), body, files)).json()

    async def _delete(self, request: web.Request) -> None:
        message = self._found(request)
        if message.author is not self._world.bot:
            self._posting.need(message.channel, "manage_messages")
        await self._posting.remove(message)

    async def _thread(self, request: web.Request) -> Json:
        message = self._found(request)
        return (await self._posting.thread(message, await request.json(), self._world.bot)).json()

    async def _callback(self, request: web.Request) -> Json:
        interaction = self._interaction(request)
        if request.match_info["id"] != str(interaction.id):
            raise ApiError(404, 10062, "Unknown interaction")
        payload, files = await _body(request)
        kind, body = payload["type"], payload.get("data") or {}
        if kind == MODAL:
            check_modal(body)
        elif kind == CHOICES:
            check_choices(body.get("choices") or [])
        interaction.answered(kind, self._server.now())
        if kind == MODAL:
            interaction.modal = body
        elif kind == CHOICES:
            interaction.choices = body.get("choices") or []
        elif kind in {MESSAGE, DEFER}:
            await self._first(interaction, kind, body, files)
        elif kind == UPDATE and interaction.message is not None:
            await self._posting.change(interaction.message, body, files, interaction=True)
        interaction.told()
        return self._callback_json(interaction, kind)

    async def _first(self, interaction: Interaction, kind: int, body: Json, files: list[File]) -> None:
        if kind == MESSAGE:
            interaction.original = await self._posting.by_bot(
                interaction.channel, body, files, interaction=True, caused_by=interaction.metadata()
            )
            return
        placeholder = Message(
            self._world.snowflake(), interaction.channel, self._world.bot, flags=body.get("flags") or 0
        )
        interaction.original, interaction.loading = placeholder, True

    def _callback_json(self, interaction: Interaction, kind: int) -> Json:
        shown: Json = {"id": str(interaction.id), "type": interaction.kind}
        resource: Json = {"type": kind}
        if interaction.original is not None:
            shown["response_message_id"] = str(interaction.original.id)
            shown["response_message_ephemeral"] = interaction.original.ephemeral
            shown["response_message_loading"] = interaction.loading
            resource["message"] = interaction.original.json()
        return {"interaction": shown, "resource": resource}

    def _interaction(self, request: web.Request) -> Interaction:
        found = self._server.interactions.get(request.match_info["token"])
        if found is None:
            raise ApiError(404, 10062, "Unknown interaction")
        return found

    def _live(self, request: web.Request) -> Interaction:
        interaction = self._interaction(request)
        interaction.check_token(self._server.now())
        return interaction

    async def _follow_up(self, request: web.Request) -> Json:
        interaction = self._live(request)
        body, files = await _body(request)
        if interaction.loading:
            message = await self._fill(interaction, body, files)
        else:
            message = await self._posting.by_bot(interaction.channel, body, files, interaction=True)
            interaction.followups.append(message)
        interaction.told()
        return message.json()

    async def _fill(self, interaction: Interaction, body: Json, files: list[File]) -> Message:
        """The first words after a deferral take the place of the waiting dots, as public or private as those."""
        waiting = interaction.original
        assert waiting is not None
        flags = (body.get("flags") or 0) & ~64 | waiting.flags
        interaction.original = await self._posting.by_bot(
            interaction.channel, {**body, "flags": flags}, files, interaction=True
        )
        interaction.loading = False
        return interaction.original

    def _hooked(self, request: web.Request) -> tuple[Interaction, Message]:
        interaction = self._live(request)
        name = request.match_info["message"]
        candidates = [interaction.original, *interaction.followups]
        wanted = interaction.original if name == "@original" else None
        found = wanted or next((each for each in candidates if each is not None and str(each.id) == name), None)
        if found is None or found.deleted:
            raise ApiError(404, 10008, "Unknown Message")
        return interaction, found

    async def _hook_message(self, request: web.Request) -> Json:
        return self._hooked(request)[1].json()

    async def _hook_patch(self, request: web.Request) -> Json:
        interaction, message = self._hooked(request)
        body, files = await _body(request)
        if interaction.loading and message is interaction.original:
            filled = await self._fill(interaction, body, files)
        else:
            filled = await self._posting.change(message, body, files, interaction=True)
        interaction.told()
        return filled.json()

    async def _hook_delete(self, request: web.Request) -> None:
        interaction, message = self._hooked(request)
        interaction.loading = False
        message.deleted = True
        interaction.told()


def _rendered(route: Route) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def render(request: web.Request) -> web.Response:
        # A request whose client was killed is still carried out: it had arrived.
        result = await asyncio.shield(asyncio.ensure_future(route(request)))
        if result is None:
            return web.Response(status=204)
        # The client library reads a body as JSON only if the type is exactly this, without a character set.
        return web.Response(body=json.dumps(result).encode(), content_type="application/json")

    return render


async def _body(request: web.Request) -> tuple[Json, list[File]]:
    if request.content_type == "application/json":
        return cast("Json", await request.json()), []
    form = await posted(request)
    files: list[File] = []
    for name, value in form.items():
        if name.startswith("files["):
            if isinstance(value, str):
                raise refuse(f"{name} is no file")
            files.append(File(*value))
    return cast("Json", json.loads(str(form["payload_json"]))), files


def _number(request: web.Request, name: str) -> int:
    text = request.match_info[name]
    if not text.isdigit():
        raise refuse(f"{text!r} is not a snowflake")
    return int(text)
