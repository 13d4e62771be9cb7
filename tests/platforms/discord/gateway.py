"""The WebSocket gateway: identify, heartbeat, events by intents and shards, resume. Knows no REST."""

from __future__ import annotations

import asyncio
import json
import secrets
import zlib
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from tests.platforms.discord.rules import Json
from tests.platforms.discord.world import Guild, World

GUILDS, MESSAGE_CONTENT = 1 << 0, 1 << 15
MESSAGES, REACTIONS = (1 << 9, 1 << 12), (1 << 10, 1 << 13)
"""In servers, and in direct conversations."""


@dataclass
class Session:
    """A client's session; outlives its connection until another identify."""

    id: str
    intents: int
    shard: tuple[int, int]
    events: list[Json] = field(default_factory=list)
    socket: _Socket | None = None
    alive: bool = True


class _Socket:
    """One connection; compresses as the client asked."""

    def __init__(self, socket: web.WebSocketResponse, *, compress: bool) -> None:
        self.socket = socket
        self._deflate = zlib.compressobj() if compress else None

    async def send(self, payload: Json) -> None:
        text = json.dumps(payload)
        if self.socket.closed:
            return
        try:
            if self._deflate is None:
                await self.socket.send_str(text)
            else:
                data = self._deflate.compress(text.encode()) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
                await self.socket.send_bytes(data)
        except ConnectionError:  # the client was killed; its session may be resumed
            return


class Gateway:
    """All sessions of the one bot. ``content_allowed`` is the switch of the message-content intent in the portal."""

    def __init__(self, world: World, token: str) -> None:
        self._world = world
        self._token = token
        self.url = ""
        self.content_allowed = True
        self.deaf = False
        self.heartbeat_ms = 20_000
        self.heartbeats = 0
        self.sessions: list[Session] = []
        self.identifies = 0
        self.resumes = 0
        self.closed_with: list[int] = []
        self.changed = asyncio.Event()

    @property
    def connected(self) -> list[Session]:
        return [each for each in self.sessions if each.socket is not None and not each.socket.socket.closed]

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """One connection from hello to its end."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if request.query.get("v") != "10" or request.query.get("encoding") != "json":
            await socket.close(code=4012)
            return socket
        wire = _Socket(socket, compress=request.query.get("compress") == "zlib-stream")
        await wire.send({"op": 10, "d": {"heartbeat_interval": self.heartbeat_ms}})
        session: Session | None = None
        async for frame in socket:
            if frame.type is not WSMsgType.TEXT:
                break
            said = json.loads(frame.data)
            if said["op"] == 1:
                self.heartbeats += 1
                await wire.send({"op": 11})
            elif said["op"] == 2:
                session = await self._identify(wire, said["d"])
            elif said["op"] == 6:
                session = await self._resume(wire, said["d"])
            elif said["op"] not in {3, 4, 8}:
                await self._close(wire, 4001)
        if session is not None and session.socket is wire:
            session.socket = None
            self.changed.set()
        return socket

    async def _close(self, wire: _Socket, code: int) -> None:
        self.closed_with.append(code)
        await wire.socket.close(code=code)

    async def _identify(self, wire: _Socket, data: Json) -> Session | None:
        if data["token"] != self._token:
            await self._close(wire, 4004)
            return None
        if data["intents"] & MESSAGE_CONTENT and not self.content_allowed:
            await self._close(wire, 4014)
            return None
        number, count = data.get("shard", (0, 1))
        self.identifies += 1
        session = Session(secrets.token_hex(8), data["intents"], (number, count), socket=wire)
        self.sessions = [each for each in self.sessions if each.shard != session.shard or each.socket is not None]
        self.sessions.append(session)
        mine = [guild for guild in self._guilds() if (guild.id >> 22) % count == number]
        ready: Json = {
            "v": 10,
            "user": self._world.bot.json(),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in mine],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "application": {"id": str(self._world.bot.id), "flags": 0},
            "shard": [number, count],
        }
        await self._send(session, "READY", ready)
        for guild in mine:
            await self._send(session, "GUILD_CREATE", self.guild_json(guild))
        self.changed.set()
        return session

    async def _resume(self, wire: _Socket, data: Json) -> Session | None:
        session = next((each for each in self.sessions if each.id == data["session_id"] and each.alive), None)
        if session is None:
            await wire.send({"op": 9, "d": False})
            return None
        session.socket = wire
        self.resumes += 1
        for event in [each for each in session.events if each["s"] > data["seq"]]:
            await wire.send(event)
        await self._send(session, "RESUMED", {})
        self.changed.set()
        return session

    def _guilds(self) -> list[Guild]:
        return [guild for guild in self._world.guilds.values() if guild.bot_rights is not None]

    def guild_json(self, guild: Guild) -> Json:
        """A server as a client first sees it."""
        channels = [each for each in self._world.channels.values() if each.guild is guild and not each.is_thread]
        threads = [each for each in self._world.threads(guild) if not each.archived]
        return {
            "id": str(guild.id),
            "name": guild.name,
            "owner_id": str(guild.owner),
            "roles": guild.roles(),
            "emojis": [],
            "stickers": [],
            "features": [],
            "channels": [each.json() for each in channels],
            "threads": [each.json() for each in threads],
            "members": [guild.member(self._world.bot)],
            "member_count": len(self._world.users),
            "premium_tier": guild.tier,
            "preferred_locale": "en-US",
            "large": False,
            "unavailable": False,
        }

    async def dispatch(self, event: str, data: Json, guild: Guild | None) -> None:
        """Send an event to every session that should have it; kept for those that come back. ``deaf``: to none."""
        if self.deaf:
            return
        for session in list(self.sessions):
            number, count = session.shard
            if (guild.id >> 22) % count != number if guild is not None else number != 0:
                continue
            if event.startswith("MESSAGE"):
                kinds = REACTIONS if event.startswith("MESSAGE_REACTION") else MESSAGES
                if not session.intents & kinds[guild is None]:
                    continue
                data = self.readable(data, guild, session.intents)
            await self._send(session, event, data)

    def readable(self, data: Json, guild: Guild | None, intents: int = MESSAGE_CONTENT) -> Json:
        """A message as the bot may read it: without the intent, content arrives only in direct messages, mentions and
        one's own messages."""
        mine = data.get("author", {}).get("id") == str(self._world.bot.id)
        mentioned = any(each["id"] == str(self._world.bot.id) for each in data.get("mentions", []))
        allowed = intents & MESSAGE_CONTENT and self.content_allowed
        if allowed or guild is None or mine or mentioned or "content" not in data:
            return data
        return {**data, "content": "", "attachments": [], "embeds": [], "components": []}

    async def _send(self, session: Session, event: str, data: Json) -> None:
        payload = {"op": 0, "s": len(session.events) + 1, "t": event, "d": data}
        session.events.append(payload)
        if session.socket is not None:
            await session.socket.send(payload)

    async def drop(self, *, resumable: bool = True) -> None:
        """Cut every connection, as Discord does now and then."""
        for session in self.connected:
            session.alive = resumable
            assert session.socket is not None
            await session.socket.socket.close(code=4000 if resumable else 4009)

    async def wait_connected(self, shards: int = 1, patience: float = 30.0) -> None:
        """Wait until the bot is here with so many shards."""
        async with asyncio.timeout(patience):
            while len(self.connected) < shards:
                self.changed.clear()
                await self.changed.wait()
