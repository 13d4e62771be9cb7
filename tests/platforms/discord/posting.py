"""Makes, changes and removes messages and threads by the rules, and tells the gateway. Knows no HTTP."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.platforms.discord.rules import ApiError, File, Json, check_message, check_thread, refuse
from tests.platforms.discord.world import DM, PERMISSIONS, Channel, Guild, Message, User

if TYPE_CHECKING:
    from tests.platforms.discord.server import LocalDiscord

NONCE_LIVES = 300.0
HAS_THREAD = 32


class Posting:
    """The bot's and the people's writing."""

    def __init__(self, server: LocalDiscord) -> None:
        self._server = server
        self._nonces: dict[tuple[int, str], tuple[float, Message]] = {}

    def need(self, channel: Channel, *names: str) -> None:
        """Raise unless the bot may do all of that here."""
        if channel.guild is not None and channel.guild.bot_rights is None:
            raise ApiError(403, 50001, "Missing Access")
        rights = channel.bot_rights()
        if not rights & PERMISSIONS["view_channel"]:
            raise ApiError(403, 50001, "Missing Access")
        if any(not rights & PERMISSIONS[name] for name in names):
            raise ApiError(403, 50013, "Missing Permissions")

    async def by_bot(
        self,
        channel: Channel,
        body: Json,
        files: list[File],
        *,
        interaction: bool = False,
        caused_by: Json | None = None,
    ) -> Message:
        """A message of the bot's own; ``interaction`` answers need no permissions."""
        guild = channel.guild
        if not interaction:
            self.need(channel, "send_messages_in_threads" if channel.is_thread else "send_messages")
            if files:
                self.need(channel, "attach_files")
            await self.open(channel)
        known = self._repeated(channel, body)
        if known is not None:
            return known
        check_message(body, files, guild.file_limit if guild else 10 * 2**20)
        message = Message(
            self._server.world.snowflake(),
            channel,
            self._server.world.bot,
            body.get("content") or "",
            self._stored(channel, body, files),
            body.get("components") or [],
            body.get("embeds") or [],
            nonce=body.get("nonce"),
            flags=body.get("flags") or 0,
            mentions=self._pinged(body),
            caused_by=caused_by,
        )
        reference = body.get("message_reference")
        if reference is not None:
            message.reference = self._server.world.message(channel, int(reference["message_id"]))
        if message.nonce is not None:
            self._nonces[channel.id, message.nonce] = (self._server.now(), message)
        await self.publish(message)
        return message

    async def publish(self, message: Message) -> None:
        """Put a message into its channel; ephemeral ones are sent to nobody else."""
        self._server.world.messages[message.id] = message
        if not message.ephemeral:
            message.channel.last_message = message.id
            await self._tell("MESSAGE_CREATE", message)

    def _repeated(self, channel: Channel, body: Json) -> Message | None:
        if not (body.get("nonce") and body.get("enforce_nonce")):
            return None
        at, known = self._nonces.get((channel.id, body["nonce"]), (0.0, None))
        return known if known is not None and self._server.now() - at < NONCE_LIVES and not known.deleted else None

    def _pinged(self, body: Json) -> list[User]:
        """Whom the message would ping, given ``allowed_mentions``."""
        content = body.get("content") or ""
        allowed = body.get("allowed_mentions")
        kinds = allowed.get("parse", []) if allowed is not None else ["users", "roles", "everyone"]
        if re.search(r"@(everyone|here)", content) and "everyone" in kinds:
            self._server.violations.append(f"everyone is pinged: {content[:60]!r}")
        if "users" not in kinds:
            return []
        return [user for user in self._server.world.users.values() if f"<@{user.id}>" in content]

    def _stored(self, channel: Channel, body: Json, files: list[File]) -> list[tuple[Json, File]]:
        described = {int(each["id"]): each for each in body.get("attachments") or []}
        stored: list[tuple[Json, File]] = []
        for number, file in enumerate(files):
            name = str(described.get(number, {}).get("filename") or file.name)
            file_id = self._server.world.snowflake()
            meta: Json = {
                "id": str(file_id),
                "filename": name,
                "size": len(file.content),
                "url": f"https://cdn.invalid/{channel.id}/{file_id}/{name}",
                "proxy_url": f"https://media.invalid/{channel.id}/{file_id}/{name}",
            }
            if described.get(number, {}).get("description"):
                meta["description"] = described[number]["description"]
            stored.append((meta, file))
        return stored

    async def change(self, message: Message, body: Json, files: list[File], *, interaction: bool = False) -> Message:
        """An edit of a message of the bot's own."""
        channel = message.channel
        if message.author is not self._server.world.bot:
            raise ApiError(403, 50005, "Cannot edit a message authored by another user")
        if not interaction:
            self.need(channel)
            if channel.archived:
                raise ApiError(400, 50083, "Thread is archived")
            if files:
                self.need(channel, "attach_files")
        wanted = body.get("attachments")
        kept = [each for each in message.files if wanted is None or _keeps(wanted, each[0]["id"])]
        after = {"content": message.content, "components": message.components, "embeds": message.embeds, **body}
        guild = channel.guild
        check_message(after, files, guild.file_limit if guild else 10 * 2**20, kept=len(kept))
        message.versions.append({**message.json(), "at": self._server.now()})
        message.content = after["content"] or ""
        message.components = after["components"] or []
        message.embeds = after["embeds"] or []
        message.files = kept + self._stored(channel, body, files)
        message.edited = datetime.now(UTC).isoformat()
        if not message.ephemeral:
            await self._tell("MESSAGE_UPDATE", message)
        return message

    async def remove(self, message: Message) -> None:
        """Take a message away."""
        message.deleted = True
        data = {"id": str(message.id), "channel_id": str(message.channel.id)}
        await self._dispatch("MESSAGE_DELETE", data, message.channel)

    async def thread(self, message: Message, body: Json, owner: User) -> Channel:
        """A thread from a message; it has the message's id."""
        channel = message.channel
        if channel.guild is None or channel.is_thread:
            raise ApiError(400, 50024, "Cannot execute action on this channel type")
        if owner.bot:
            self.need(channel, "create_public_threads")
        if message.thread is not None:
            raise ApiError(400, 160004, "A thread has already been created for this message")
        check_thread(body)
        thread = Channel(message.id, body["name"], channel.guild, channel, channel.nsfw, owner.id)
        self._server.world.channels[thread.id] = thread
        message.thread = thread
        message.flags |= HAS_THREAD
        await self._dispatch("THREAD_CREATE", {**thread.json(), "newly_created": True}, thread)
        return thread

    async def change_channel(self, channel: Channel, body: Json) -> Channel:
        """Archive, lock or rename a thread."""
        if not channel.is_thread:
            raise ApiError(403, 50013, "Missing Permissions")
        unknown = set(body) - {"archived", "locked", "name", "auto_archive_duration"}
        if unknown:
            raise refuse(f"unknown keys {unknown}")
        if channel.locked or "locked" in body:
            self.need(channel, "manage_threads")
        else:
            self.need(channel, "send_messages_in_threads")
        channel.archived = body.get("archived", channel.archived)
        channel.locked = body.get("locked", channel.locked)
        channel.name = body.get("name", channel.name)
        await self._dispatch("THREAD_UPDATE", channel.json(), channel)
        return channel

    async def open(self, channel: Channel) -> None:
        """A message opens an archived thread, unless it is locked."""
        if channel.locked:
            try:
                self.need(channel, "manage_threads")
            except ApiError:
                raise ApiError(403, 160005, "This thread is locked") from None
        if channel.archived:
            channel.archived = False
            await self._dispatch("THREAD_UPDATE", channel.json(), channel)

    async def _tell(self, event: str, message: Message) -> None:
        data = message.full_json()
        guild = message.channel.guild
        if guild is not None:
            data["guild_id"] = str(guild.id)
            member = guild.member(message.author)
            data["member"] = {key: value for key, value in member.items() if key not in {"user", "permissions"}}
        else:
            data["channel_type"] = DM
        await self._dispatch(event, data, message.channel)

    async def _dispatch(self, event: str, data: Json, channel: Channel) -> None:
        guild: Guild | None = channel.guild
        if guild is not None:
            if guild.bot_rights is None or not channel.bot_rights() & PERMISSIONS["view_channel"]:
                return
            data = {**data, "guild_id": str(guild.id)}
        await self._server.gateway.dispatch(event, data, guild)


def _keeps(wanted: list[Json], file_id: str) -> bool:
    return any(str(each["id"]) == file_id for each in wanted)
