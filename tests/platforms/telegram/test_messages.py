"""Everything that people can send on Telegram, by the library's own lists: what the bot does is what the docs say."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

import pytest
from telegram import Chat, Document, Message, PhotoSize, Update, User
from telegram.constants import ChatType, MessageType, UpdateType

from bot.chat.telegram import hearing
from bot.chat.telegram.listener import UPDATES
from tests.platforms.messages_table import DRAWN, NOT_THERE, NOTHING, TOLD, rows
from tests.platforms.telegram.stage import Stage

ME = User(1, "Paint", is_bot=True, username="paint_bot")
ANN = User(2, "Ann", is_bot=False)
SAYS_NOTHING: Any = (object(),)

BESIDE_WORDS = {
    MessageType.BUSINESS_CONNECTION_ID,
    MessageType.EFFECT_ID,
    MessageType.REPLY_TO_STORY,
    MessageType.SENDER_BOOST_COUNT,
    MessageType.SENDER_BUSINESS_BOT,
    MessageType.SUGGESTED_POST_INFO,
}
"""What is said of a message beside what it holds; such a one holds words as well here."""


def message(chat: str = ChatType.PRIVATE, **holds: Any) -> Message:  # noqa: ANN401  # whatever a message may hold
    return Message(3, datetime.now(UTC), Chat(4, chat), from_user=ANN, **holds)


def done(sent: Message) -> str:
    if hearing.heard(sent, ME) is not None:
        return DRAWN
    return TOLD if hearing.is_puzzle_for(sent, ME) else NOTHING


def holding(kind: MessageType) -> Message:
    """A message of a kind, as far as telling kinds apart goes: something stands in its place."""
    match kind:
        case MessageType.TEXT:
            return message(text="a boat")
        case MessageType.DOCUMENT:
            return message(document=Document("x", "x", file_name="cat.zip"))
        case MessageType.PHOTO:
            return message(photo=(PhotoSize("x", "x", 1, 1),))
        case _ if kind in BESIDE_WORDS:
            return message(text="a boat", **{kind.value: SAYS_NOTHING})
    return message(**{kind.value: SAYS_NOTHING})


CONTENTS: dict[str, Message] = {
    "words": message(text="a boat on a lake"),
    "a command": message(text="/imagine a boat"),
    "another bot's command": message(text="/imagine@other_bot a boat"),
    "a canvas as a file (`.json`, `.py`)": message(document=Document("x", "x", file_name="boat.json")),
    "a text file": message(document=Document("x", "x", file_name="boat.txt")),
    "forwarded words": message(text="a boat", forward_origin=cast("Any", SAYS_NOTHING)),
    "a picture with words below it": message(photo=(PhotoSize("x", "x", 1, 1),), caption="a boat"),
    "something that this version does not know": message(api_kwargs={"hologram": {}}),
    "words behind `//`, which are for people": message(text="// never mind"),
}


def test_whatever_a_private_message_holds_is_drawn_or_answered() -> None:
    assert {name: done(each) for name, each in CONTENTS.items()} == rows("What a Telegram message holds")


def test_every_kind_of_message_is_accounted_for() -> None:
    assert {kind.name: done(holding(kind)) for kind in MessageType} == rows("Kinds of Telegram messages")


def test_every_kind_of_update_is_asked_for_or_left_with_telegram() -> None:
    found = {kind.value: "asked for" if kind.value in UPDATES else "not asked for" for kind in UpdateType}
    assert found == rows("Telegram's updates")
    assert set(Update.ALL_TYPES) == set(UpdateType)


GROUP: dict[str, tuple[str, str]] = {
    "private": (ChatType.PRIVATE, "a boat"),
    "group, to the bot": (ChatType.GROUP, "@paint_bot a boat"),
    "group, to the bot without words": (ChatType.GROUP, "@paint_bot"),
    "group, a command": (ChatType.SUPERGROUP, "/imagine a boat"),
    "group, to others": (ChatType.SUPERGROUP, "a boat"),
}


def test_in_groups_only_what_is_said_to_the_bot_is_heard() -> None:
    found = {name: done(message(chat, text=text)) for name, (chat, text) in GROUP.items()}
    found["channel, to the bot"] = TOLD
    found["sender"] = NOT_THERE
    assert found == rows("Places on Telegram")
    assert {name.partition(",")[0] for name in found} | {"supergroup"} == {kind.value for kind in ChatType}


@pytest.mark.parametrize(
    "holds",
    [
        {"location": {"longitude": 1.0, "latitude": 2.0}},
        {"contact": {"phone_number": "1", "first_name": "Bob"}},
        {"dice": {"emoji": "🎲", "value": 3}},
        {"checklist": {"title": "To do", "tasks": [{"id": 1, "text": "paint"}]}},
        {"story": {"id": 1, "chat": {"id": 5, "type": "private", "first_name": "Bob"}}},
        {"hologram": {"id": 1}},
    ],
    ids=lambda holds: next(iter(holds)),
)
async def test_what_cannot_be_read_gets_a_friendly_word(stage: Stage, holds: dict[str, Any]) -> None:
    stage.ann.send(**holds)
    told = await stage.newest(stage.ann.private)
    assert "only text, pictures and canvases" in told.text


async def test_a_mention_alone_is_asked_what_to_draw(stage: Stage) -> None:
    stage.telegram.privacy = False
    stage.ann.say(f"@{stage.telegram.world.bot.username}", stage.group)
    asked = await stage.newest(stage.group)
    assert "What should I draw?" in asked.text
    stage.ann.say("a boat", stage.group, to=asked)
    await stage.picture(stage.group)


async def test_a_channel_is_told_once_where_to_write(stage: Stage) -> None:
    channel = stage.telegram.world.add_group("News", stage.ann.user)
    channel.type = "channel"
    channel.admins.add(stage.telegram.world.bot.id)
    for text in ("news of the day", "/imagine a boat", "/imagine a boat"):
        post = stage.telegram.world.add(channel, None, text)
        stage.telegram.deliver(post, "channel_post")
    told = await stage.newest(channel)
    assert "I don't draw in channels" in told.text
    stage.ann.say("a boat")
    await stage.picture(stage.ann.private)
    assert len(stage.telegram.messages(channel)) == 1
