"""What a Discord holds: servers, channels, threads, messages, people. Knows no HTTP and no gateway.

Objects render themselves as the platform's JSON. Ids are snowflakes, so that a client can read their time.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.platforms.discord.rules import MIB, ApiError, File, Json

EPOCH_MS = 1420070400000
TEXT_CHANNEL, DM, PUBLIC_THREAD = 0, 1, 11

PERMISSIONS = {
    "create_instant_invite": 1 << 0,
    "manage_channels": 1 << 4,
    "manage_guild": 1 << 5,
    "add_reactions": 1 << 6,
    "view_channel": 1 << 10,
    "send_messages": 1 << 11,
    "manage_messages": 1 << 13,
    "embed_links": 1 << 14,
    "attach_files": 1 << 15,
    "read_message_history": 1 << 16,
    "use_application_commands": 1 << 31,
    "manage_threads": 1 << 34,
    "create_public_threads": 1 << 35,
    "send_messages_in_threads": 1 << 38,
}
MEMBER = sum(
    PERMISSIONS[name]
    for name in (
        "add_reactions view_channel send_messages embed_links attach_files read_message_history "
        "use_application_commands create_public_threads send_messages_in_threads"
    ).split()
)
MODERATOR = MEMBER | sum(PERMISSIONS[name] for name in ("manage_messages", "manage_threads", "manage_channels"))


@dataclass
class User:
    """A person or a bot."""

    id: int
    name: str
    bot: bool = False
    locale: str = "en-US"

    def json(self) -> Json:
        return {
            "id": str(self.id),
            "username": self.name.lower(),
            "global_name": self.name,
            "discriminator": "0",
            "avatar": None,
            "bot": self.bot,
        }


@dataclass
class Guild:
    """A server. ``moderators`` are ids of its members with more rights; ``bot_rights`` are the bot's, None if it is
    not a member."""

    id: int
    name: str
    owner: int
    moderators: set[int] = field(default_factory=set)
    bot_rights: int | None = MEMBER
    tier: int = 0

    @property
    def moderator_role(self) -> int:
        return self.id + 1

    @property
    def bot_role(self) -> int:
        return self.id + 2

    @property
    def member_role(self) -> int:
        return self.id + 3

    @property
    def file_limit(self) -> int:
        return {2: 50, 3: 100}.get(self.tier, 10) * MIB

    def rights(self, user: int) -> int:
        return MODERATOR if user in self.moderators else MEMBER

    def member(self, user: User) -> Json:
        role = self.bot_role if user.bot else self.moderator_role if user.id in self.moderators else self.member_role
        return {
            "user": user.json(),
            "nick": None,
            "roles": [str(role)],
            "joined_at": "2026-01-01T00:00:00+00:00",
            "deaf": False,
            "mute": False,
            "flags": 0,
            "permissions": str(self.rights(user.id)),
        }

    def roles(self) -> list[Json]:
        rights = {
            self.id: 0,
            self.moderator_role: MODERATOR,
            self.bot_role: self.bot_rights or 0,
            self.member_role: MEMBER,
        }
        return [
            {
                "id": str(role),
                "name": str(role),
                "color": 0,
                "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
                "hoist": False,
                "position": number,
                "permissions": str(bits),
                "managed": False,
                "mentionable": False,
                "flags": 0,
            }
            for number, (role, bits) in enumerate(rights.items())
        ]


_VOICE: Json = {"bitrate": 64000, "user_limit": 0, "rtc_region": None}
_POSTS: Json = {"available_tags": [], "default_reaction_emoji": None, "default_forum_layout": 0}
_MORE: dict[int, Json] = {2: _VOICE, 13: _VOICE, 15: _POSTS, 16: _POSTS}
"""What channels of some kinds say of themselves besides."""


@dataclass
class Channel:
    """A text channel, a direct conversation (``guild`` None) or a thread (``parent`` set).

    ``denied`` are permissions that the bot lacks here.
    """

    id: int
    name: str
    guild: Guild | None
    parent: Channel | None = None
    nsfw: bool = False
    owner: int = 0
    people: tuple[User, ...] = ()
    denied: int = 0
    archived: bool = False
    locked: bool = False
    last_message: int = 0
    kind: int | None = None

    @property
    def is_thread(self) -> bool:
        return self.parent is not None

    def bot_rights(self) -> int:
        """What the bot may do here."""
        if self.guild is None:
            return MEMBER
        denied = self.denied | (self.parent.denied if self.parent else 0)
        return (self.guild.bot_rights or 0) & ~denied

    def _overwrites(self) -> list[Json]:
        role = self.guild.bot_role if self.guild else 0
        return [{"id": str(role), "type": 0, "allow": "0", "deny": str(self.denied)}] if self.denied else []

    def json(self) -> Json:
        last = str(self.last_message) if self.last_message else None
        if self.guild is None:
            return {
                "id": str(self.id),
                "type": DM,
                "recipients": [person.json() for person in self.people if not person.bot],
                "last_message_id": last,
            }
        common: Json = {"id": str(self.id), "guild_id": str(self.guild.id), "name": self.name}
        if self.parent is None:
            return {
                **common,
                "type": TEXT_CHANNEL if self.kind is None else self.kind,
                "position": 0,
                "permission_overwrites": self._overwrites(),
                "nsfw": self.nsfw,
                "topic": None,
                "parent_id": None,
                "last_message_id": last,
                "rate_limit_per_user": 0,
                **_MORE.get(self.kind or TEXT_CHANNEL, {}),
            }
        return {
            **common,
            "type": PUBLIC_THREAD if self.kind is None else self.kind,
            "parent_id": str(self.parent.id),
            "owner_id": str(self.owner),
            "last_message_id": last,
            "message_count": 0,
            "member_count": 1,
            "thread_metadata": {
                "archived": self.archived,
                "locked": self.locked,
                "auto_archive_duration": 1440,
                "archive_timestamp": "2026-01-01T00:00:00+00:00",
            },
        }


@dataclass
class Message:
    """A message as it now stands. ``versions`` counts its edits; ``kind`` 21 begins a thread."""

    id: int
    channel: Channel
    author: User
    content: str = ""
    files: list[tuple[Json, File]] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    embeds: list[Json] = field(default_factory=list)
    reference: Message | None = None
    forwarded: Message | None = None
    nonce: str | None = None
    flags: int = 0
    edited: str | None = None
    versions: list[Json] = field(default_factory=list)
    mentions: list[User] = field(default_factory=list)
    deleted: bool = False
    thread: Channel | None = None
    extra: Json = field(default_factory=dict)
    caused_by: Json | None = None

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & 64)

    @property
    def buttons(self) -> list[Json]:
        return [part for row in self.components for part in row["components"]]

    def labels(self) -> list[str]:
        return [part["label"] for part in self.buttons if part["type"] == 2]

    def full_json(self) -> Json:
        """With the message that it answers."""
        return self.json() | ({"referenced_message": self.reference.json()} if self.reference is not None else {})

    def json(self) -> Json:
        shown: Json = {
            "id": str(self.id),
            "channel_id": str(self.channel.id),
            "author": self.author.json(),
            "content": self.content,
            "timestamp": "2026-01-01T00:00:00+00:00",
            "edited_timestamp": self.edited,
            "tts": False,
            "mention_everyone": False,
            "mentions": [each.json() for each in self.mentions],
            "mention_roles": [],
            "attachments": [meta for meta, _ in self.files],
            "embeds": self.embeds,
            "components": self.components,
            "pinned": False,
            "type": 19 if self.reference else 0,
            "flags": self.flags,
        }
        shown |= self.extra
        if self.nonce is not None:
            shown["nonce"] = self.nonce
        if self.reference is not None:
            shown["message_reference"] = {
                "message_id": str(self.reference.id),
                "channel_id": str(self.reference.channel.id),
            }
        if self.forwarded is not None:
            kept = self.forwarded.json()
            names = ("content", "timestamp", "edited_timestamp", "attachments", "embeds", "components", "type", "flags")
            also = {name: kept[name] for name in ("sticker_items",) if name in kept}
            shown["message_snapshots"] = [{"message": {name: kept[name] for name in names} | also | {"mentions": []}}]
            shown["message_reference"] = {
                "type": 1,
                "message_id": str(self.forwarded.id),
                "channel_id": str(self.forwarded.channel.id),
            }
        if self.thread is not None:
            shown["thread"] = self.thread.json()
        if self.caused_by is not None:
            shown["interaction_metadata"] = self.caused_by
        return shown


class World:
    """Everything there is. ``now`` gives seconds since 1970."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._numbers = itertools.count(1)
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.messages: dict[int, Message] = {}
        self.bot = self.add_user("Painter", bot=True)

    def snowflake(self) -> int:
        """A new id that carries the time."""
        return (int(self._now() * 1000) - EPOCH_MS << 22) | (next(self._numbers) & 0xFFF)

    def add_user(self, name: str, *, bot: bool = False, locale: str = "en-US") -> User:
        user = User(self.snowflake(), name, bot, locale)
        self.users[user.id] = user
        return user

    def add_guild(self, name: str, owner: User) -> Guild:
        guild = Guild(self.snowflake() & ~0xFFF, name, owner.id)
        self.guilds[guild.id] = guild
        return guild

    def add_channel(self, guild: Guild, name: str, *, nsfw: bool = False) -> Channel:
        channel = Channel(self.snowflake(), name, guild, nsfw=nsfw)
        self.channels[channel.id] = channel
        return channel

    def direct(self, user: User) -> Channel:
        """The direct conversation of a person with the bot."""
        for channel in self.channels.values():
            if channel.guild is None and user in channel.people:
                return channel
        channel = Channel(self.snowflake(), user.name, None, people=(user, self.bot))
        self.channels[channel.id] = channel
        return channel

    def channel(self, channel_id: int) -> Channel:
        found = self.channels.get(channel_id)
        if found is None:
            raise ApiError(404, 10003, "Unknown Channel")
        return found

    def message(self, channel: Channel, message_id: int) -> Message:
        found = self.messages.get(message_id)
        if found is None or found.channel is not channel or found.deleted:
            raise ApiError(404, 10008, "Unknown Message")
        return found

    def in_channel(self, channel: Channel, *, ephemeral: bool = False) -> list[Message]:
        """The standing messages of a channel, oldest first."""
        here = [each for each in self.messages.values() if each.channel is channel and not each.deleted]
        return sorted((each for each in here if ephemeral or not each.ephemeral), key=lambda each: each.id)

    def threads(self, guild: Guild) -> list[Channel]:
        return [each for each in self.channels.values() if each.guild is guild and each.is_thread]
