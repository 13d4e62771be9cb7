"""A person on the local Telegram, who writes, replies, edits, presses and leaves as people do."""

from __future__ import annotations

import time
from typing import Any

from tests.platforms.telegram.server import LocalTelegram, Query
from tests.platforms.telegram.world import Chat, File, Message, User


class Player:
    """Acts as one user."""

    def __init__(self, telegram: LocalTelegram, user: User) -> None:
        self._telegram = telegram
        self.user = user

    @property
    def private(self) -> Chat:
        """The chat with the bot."""
        return self._telegram.world.chats[self.user.id]

    def say(
        self,
        text: str,
        chat: Chat | None = None,
        *,
        to: Message | None = None,
        topic: int | None = None,
        **extra: Any,  # noqa: ANN401
    ) -> Message:
        """Write a message, perhaps as a reply, perhaps with more fields."""
        return self._wrote(chat, text, to, topic, **extra)

    def send(self, chat: Chat | None = None, *, to: Message | None = None, **extra: Any) -> Message:  # noqa: ANN401
        """Send something other than text: its fields."""
        return self._wrote(chat, "", to, None, **extra)

    def send_file(
        self, name: str, content: bytes, caption: str = "", chat: Chat | None = None, *, to: Message | None = None
    ) -> Message:
        """Send a file as it is."""
        file = self._telegram.world.add_file("document", name, content)
        return self._wrote(chat, caption, to, None, file=file)

    def send_photo(
        self,
        content: bytes,
        caption: str = "",
        chat: Chat | None = None,
        *,
        to: Message | None = None,
        **extra: Any,  # noqa: ANN401
    ) -> Message:
        """Send a photo, which Telegram keeps without a name."""
        file = self._telegram.world.add_file("photo", "", content)
        return self._wrote(chat, caption, to, None, file=file, **extra)

    def _wrote(
        self,
        chat: Chat | None,
        text: str,
        to: Message | None,
        topic: int | None,
        file: File | None = None,
        **extra: Any,  # noqa: ANN401
    ) -> Message:
        chat = chat or self.private
        if to is not None and topic is None:
            topic = to.topic
        if topic is not None and to is None:
            to = chat.messages[topic]  # every message of a topic answers the message that opened it
        message = self._telegram.world.add(chat, self.user, text, reply_to=to, topic=topic, file=file, extra=extra)
        self._telegram.deliver(message)
        return message

    def rewrite(self, message: Message, text: str) -> None:
        """Change the words of one's message."""
        message.text, message.edited = text, time.time()
        self._telegram.deliver(message, "edited_message")

    def press(self, message: Message, label: str) -> Query:
        """Press a button."""
        labels = {button["text"]: button["callback_data"] for row in message.keyboard() for button in row}
        found = labels.get(label) or next(data for text, data in labels.items() if label in text)
        return self._telegram.query(self.user, message, found)

    async def pressed(self, message: Message, label: str) -> Query:
        """Press a button and wait for the answer."""
        query = self.press(message, label)
        await self._telegram.until(lambda: query.answered)
        return query

    def kick_bot(self, chat: Chat) -> None:
        """Remove the bot from a group."""
        chat.bot_here = False
        self._membership(chat, {"status": "member"}, {"status": "kicked", "until_date": 0})

    def add_bot(self, chat: Chat) -> None:
        """Add the bot to a group."""
        chat.bot_here = True
        self._membership(chat, {"status": "left"}, {"status": "member"})

    def _membership(self, chat: Chat, old: dict[str, Any], new: dict[str, Any]) -> None:
        bot = self._telegram.world.bot.json()
        self._telegram.send(
            "my_chat_member",
            {
                "chat": chat.json(),
                "from": self.user.json(),
                "date": int(time.time()),
                "old_chat_member": old | {"user": bot},
                "new_chat_member": new | {"user": bot},
            },
        )

    def upgrade(self, chat: Chat) -> Chat:
        """Make a group a supergroup, as its owner may."""
        new = self._telegram.world.migrate(chat)
        world = self._telegram.world
        self._telegram.deliver(world.add(chat, self.user, extra={"migrate_to_chat_id": new.id}))
        self._telegram.deliver(world.add(new, self.user, extra={"migrate_from_chat_id": chat.id}))
        return new
