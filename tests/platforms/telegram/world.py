"""What a local Telegram holds: people, chats, topics, messages with their files. Knows no HTTP and no rule."""

from __future__ import annotations

import io
import itertools
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

Json = dict[str, Any]

BOT_ID = 4242
BOT_NAME = "PaintBot"


@dataclass
class User:
    """A person, or the bot."""

    id: int
    name: str
    language: str = "en"
    is_bot: bool = False
    username: str = ""
    blocked: bool = False
    started: bool = True

    def json(self) -> Json:
        found: Json = {"id": self.id, "is_bot": self.is_bot, "first_name": self.name, "language_code": self.language}
        return found | ({"username": self.username} if self.username else {})


@dataclass
class File:
    """A file of a message."""

    kind: str
    name: str
    content: bytes
    id: str

    def json(self) -> Any:  # noqa: ANN401 - a photo is a list of sizes, a document is one object
        found: Json = {"file_id": self.id, "file_unique_id": f"u{self.id}", "file_size": len(self.content)}
        if self.kind != "photo":
            return found | {"file_name": self.name}
        with Image.open(io.BytesIO(self.content)) as image:
            return [found | {"width": image.width, "height": image.height}]


@dataclass
class Message:
    """A message as it stands now; ``versions`` are the texts it has had, with their times."""

    id: int
    chat: Chat
    sender: User | None
    text: str = ""
    file: File | None = None
    topic: int | None = None
    reply_to: Message | None = None
    markup: Json | None = None
    album: str = ""
    extra: Json = field(default_factory=dict)
    entities: list[Json] = field(default_factory=list)
    edited: float | None = None
    deleted: bool = False
    versions: list[tuple[float, str, str]] = field(default_factory=list)

    def keyboard(self) -> list[list[Json]]:
        rows: list[list[Json]] = (self.markup or {}).get("inline_keyboard", [])
        return rows

    def labels(self) -> list[str]:
        return [button["text"] for row in self.keyboard() for button in row]

    def data(self) -> list[str]:
        return [button["callback_data"] for row in self.keyboard() for button in row if "callback_data" in button]

    def asks(self) -> bool:
        return bool((self.markup or {}).get("force_reply"))

    def json(self, *, depth: int = 1) -> Json:
        found: Json = {"message_id": self.id, "date": int(time.time()), "chat": self.chat.json(), **self.extra}
        if self.sender is not None:
            found["from"] = self.sender.json()
        if self.topic is not None:
            found |= {"message_thread_id": self.topic, "is_topic_message": True}
        if self.file is not None:
            found[self.file.kind] = self.file.json()
        if self.text:
            found["caption" if self.file is not None else "text"] = self.text
            found["caption_entities" if self.file is not None else "entities"] = self.entities or entities(self.text)
        if self.reply_to is not None and depth:
            found["reply_to_message"] = self.reply_to.json(depth=0)
        if self.keyboard():
            found["reply_markup"] = self.markup
        if self.album:
            found["media_group_id"] = self.album
        if self.edited is not None:
            found["edit_date"] = int(self.edited)
        return found


@dataclass
class Chat:
    """A private chat (its id is the person's), a group or a supergroup, perhaps with topics.

    ``forbidden`` are the kinds of messages that the bot may not send: ``photo``, ``document``, ``text message``.
    """

    id: int
    type: str
    title: str = ""
    forum: bool = False
    members: set[int] = field(default_factory=set)
    admins: set[int] = field(default_factory=set)
    topics: dict[int, str] = field(default_factory=dict)
    closed: set[int] = field(default_factory=set)
    bot_here: bool = True
    forbidden: set[str] = field(default_factory=set)
    migrated_to: int | None = None
    messages: dict[int, Message] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def is_group(self) -> bool:
        return self.type != "private"

    def json(self) -> Json:
        found: Json = {"id": self.id, "type": self.type}
        if self.is_group:
            found["title"] = self.title
        if self.forum:
            found["is_forum"] = True
        return found


def entities(text: str) -> list[Json]:
    """The commands and mentions in a person's text."""
    pattern = re.compile(r"(?:^|(?<=\s))(/\w+(?:@\w+)?)|(?:^|(?<=\s))(@\w+)")
    kinds = {1: "bot_command", 2: "mention"}
    return [
        {"type": kinds[found.lastindex or 1], "offset": units(text[: found.start()]), "length": units(found[0])}
        for found in pattern.finditer(text)
    ]


def units(text: str) -> int:
    """How long Telegram thinks a text is: UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


class World:
    """Everything there is."""

    def __init__(self) -> None:
        self.bot = User(BOT_ID, "Paint", is_bot=True, username=BOT_NAME)
        self.users: dict[int, User] = {BOT_ID: self.bot}
        self.chats: dict[int, Chat] = {}
        self.files: dict[str, File] = {}
        self._numbers = itertools.count(1)
        self._shared = itertools.count(1)
        """Message numbers of all private chats and plain groups; a supergroup has its own."""

    def add_user(self, name: str, language: str = "en") -> User:
        user = User(1000 + next(self._numbers), name, language)
        self.users[user.id] = user
        self.chats[user.id] = Chat(user.id, "private", members={user.id})
        return user

    def add_group(self, title: str, *members: User, super_: bool = True, forum: bool = False) -> Chat:
        number = next(self._numbers)
        kind, first = ("supergroup", -1_000_000_000_000) if super_ else ("group", 0)
        chat = Chat(first - number, kind, title, forum)
        chat.members = {user.id for user in members}
        chat.admins = {members[0].id} if members else set()
        self.chats[chat.id] = chat
        return chat

    def add_topic(self, chat: Chat, name: str) -> int:
        message = self.add(chat, None, extra={"forum_topic_created": {"name": name, "icon_color": 7322096}})
        message.topic = message.id
        chat.topics[message.id] = name
        return message.id

    def add(self, chat: Chat, sender: User | None, text: str = "", **more: Any) -> Message:  # noqa: ANN401 - fields
        number = next(chat.numbers if chat.type == "supergroup" else self._shared)
        message = Message(number, chat, sender, text, **more)
        message.versions.append((time.monotonic(), text, message.file.kind if message.file is not None else "text"))
        chat.messages[message.id] = message
        return message

    def add_file(self, kind: str, name: str, content: bytes) -> File:
        file = File(kind, name, content, f"file{next(self._numbers)}")
        self.files[file.id] = file
        return file

    def migrate(self, chat: Chat) -> Chat:
        """The group becomes a supergroup with an id and message numbers of its own."""
        number = next(self._numbers)
        new = Chat(-1_000_000_000_000 - number, "supergroup", chat.title, members=chat.members, admins=chat.admins)
        self.chats[new.id] = new
        chat.migrated_to = new.id
        return new
