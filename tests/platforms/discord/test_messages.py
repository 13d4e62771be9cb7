"""Everything that people can send on Discord, by the library's own lists: what the bot does is what the docs say."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import discord
import pytest

from tests.platforms.discord.stage import Stage
from tests.platforms.discord.world import Channel, Message
from tests.platforms.messages_table import DRAWN, NOT_THERE, NOTHING, TOLD, rows

STICKER: dict[str, Any] = {"sticker_items": [{"id": "7", "name": "wave", "format_type": 1}]}
POLL: dict[str, Any] = {
    "poll": {
        "question": {"text": "Cats?"},
        "answers": [{"answer_id": 1, "poll_media": {"text": "Yes"}}],
        "expiry": "2026-01-02T00:00:00+00:00",
        "allow_multiselect": False,
        "layout_type": 1,
    }
}
Send = Callable[[Stage, Channel], Awaitable[object]]


def says(text: str, **extra: Any) -> Send:  # noqa: ANN401  # of Discord's JSON
    return lambda stage, here: stage.ann.say(here, text, extra=extra)


def brings(name: str, text: str = "") -> Send:
    return lambda stage, here: stage.ann.bring(here, name, b"a boat on a lake", text)


def forwards(text: str = "", file: str = "", **extra: Any) -> Send:  # noqa: ANN401  # of Discord's JSON
    async def send(stage: Stage, here: Channel) -> Message:
        there = stage.channel
        first = await (stage.bob.bring(there, file, b"a boat") if file else stage.bob.say(there, text, extra=extra))
        return await stage.ann.forward(first, here)

    return send


def answers_picture(text: str) -> Send:
    async def send(stage: Stage, here: Channel) -> Message:
        shown = await stage.bob.bring(here, "boat.png", b"a boat", "// look")
        return await stage.ann.say(here, f"<@{stage.discord.world.bot.id}> {text}", reply_to=shown)

    return send


CONTENTS: dict[str, Send] = {
    "words": says("a boat on a lake"),
    "words read aloud (tts)": says("a boat on a lake", tts=True),
    "a canvas as a file (`.json`, `.py`)": brings("boat.json"),
    "a text file, as the app makes of a long paste": brings("message.txt"),
    "forwarded words": forwards("a boat on a lake"),
    "a forwarded canvas": forwards(file="boat.json"),
    "words with a picture": brings("boat.png", "a boat on a lake"),
    "a picture": brings("boat.png"),
    "a picture of somebody else, replied to": answers_picture("a boat"),
    "words with any other file": brings("boat.mp4", "a boat on a lake"),
    "a video, voice message or any other file": brings("voice-message.ogg"),
    "a forwarded picture": forwards(file="boat.png"),
    "a sticker": says("", **STICKER),
    "a forwarded sticker": forwards("", **STICKER),
    "a poll": says("", **POLL),
    "an invitation to an activity": says("", activity={"type": 1, "party_id": "x"}),
    "a mention alone": says("<@{bot}>"),
    "words behind `//`, which are for people": says("// never mind"),
}
ABOUT = {
    *("application", "application_id", "author", "call", "components", "content", "embeds", "flags", "nonce", "pinned"),
    *("interaction_metadata", "mention_everyone", "mentions", "position", "purchase_notification", "reactions"),
    *("reference", "role_mentions", "role_subscription", "type", "webhook_id"),
    *("activity", "attachments", "message_snapshots", "poll", "stickers", "tts"),
}
"""The parts of a message that the library knows; the last row is what people put into it beside words."""

_HEARD = {discord.MessageType.default, discord.MessageType.reply}


async def done(stage: Stage, here: Channel, send: Callable[[], Awaitable[object]]) -> str:
    """What the bot does about something, told apart by what comes before the answer to a next request."""
    said, told = len(stage.handler.said()), len(words(stage, here))
    await send()
    await stage.bob.say(here, "the next one")
    await stage.until(lambda: any(each.text.endswith("the next one") for each in stage.handler.said()[said:]))
    drawn = len(stage.handler.said()) - said
    await stage.until(lambda: len(stage.pictures(here)) >= len(stage.handler.said()))
    outcome = [DRAWN] * (drawn > 1) + [TOLD] * (len(words(stage, here)) > told)
    return ", with ".join(outcome) or NOTHING


def words(stage: Stage, here: Channel) -> list[Message]:
    return [each for each in stage.bots(here) if not each.components]


@pytest.mark.slow  # each waits for what may belong to it
async def test_whatever_a_message_holds_is_drawn_or_answered(stage: Stage) -> None:
    found = {}
    here = await stage.imagine()
    for name, send in CONTENTS.items():
        text = f"<@{stage.discord.world.bot.id}>"
        fitted = says(text) if name == "a mention alone" else send
        found[name] = await done(stage, here, partial(fitted, stage, here))
    assert found == rows("What a Discord message holds")
    assert {name for name in discord.Message.__slots__ if not name.startswith("_")} == ABOUT


@pytest.mark.slow  # each waits for what may belong to it
async def test_only_people_s_own_kinds_of_messages_are_requests(stage: Stage) -> None:
    here = await stage.imagine()
    found = {}
    for kind in discord.MessageType:
        answered = stage.bots(here)[-1] if kind is discord.MessageType.reply else None
        says = partial(stage.ann.say, here, "a boat", reply_to=answered, extra={"type": kind.value})
        found[kind.name] = await done(stage, here, says)
    assert found == rows("Kinds of Discord messages")
    assert {name for name, outcome in found.items() if outcome == DRAWN} == {kind.name for kind in _HEARD}


PLACES = {
    discord.ChannelType.text: "a new thread",
    discord.ChannelType.news: "a new thread",
    discord.ChannelType.private: "there",
    discord.ChannelType.voice: "there",
    discord.ChannelType.stage_voice: "there",
    discord.ChannelType.public_thread: "there",
    discord.ChannelType.private_thread: "there",
    discord.ChannelType.news_thread: "there",
    discord.ChannelType.forum: "there, in the post",
    discord.ChannelType.media: "there, in the post",
    discord.ChannelType.group: NOT_THERE,
    discord.ChannelType.category: NOT_THERE,
}


def place_of(stage: Stage, kind: discord.ChannelType) -> Channel:
    world, guild = stage.discord.world, stage.guild
    if kind is discord.ChannelType.private:
        return world.direct(stage.ann.user)
    if kind in {discord.ChannelType.forum, discord.ChannelType.media}:
        parent = world.add_channel(guild, kind.name)
        parent.kind = kind.value
        post = world.add_channel(guild, "a post")
        post.parent, post.owner = parent, stage.ann.user.id
        return post
    channel = world.add_channel(guild, kind.name)
    channel.kind = kind.value
    if kind.name.endswith("thread"):
        channel.parent, channel.owner = stage.channel, stage.ann.user.id
    return channel


async def drawn_in(stage: Stage, channel: Channel) -> Channel:
    """Where the picture stands that a mention of the bot in this channel asks for."""
    before = len(stage.handler.said())
    await stage.ann.say(channel, f"<@{stage.discord.world.bot.id}> a boat on a lake")
    await stage.until(lambda: len(stage.handler.said()) > before)
    there = stage.channel_at(stage.handler.said()[-1].place)
    await stage.until(lambda: stage.pictures(there))
    return there


@pytest.mark.slow
async def test_a_mention_is_answered_in_every_kind_of_place(bare: Stage) -> None:
    assert set(PLACES) == set(discord.ChannelType)
    channels = {kind: place_of(bare, kind) for kind, where in PLACES.items() if where != NOT_THERE}
    found = {kind.name: where for kind, where in PLACES.items() if where == NOT_THERE}
    async with bare.running():
        for kind, channel in channels.items():
            drawn = await drawn_in(bare, channel)
            assert drawn is channel or drawn.parent is channel
            here = "there, in the post" if kind in {discord.ChannelType.forum, discord.ChannelType.media} else "there"
            found[kind.name] = here if drawn is channel else "a new thread"
    assert found == {kind.name: where for kind, where in PLACES.items()} == rows("Places on Discord")


@pytest.mark.parametrize("action", ["react", "delete"])
async def test_what_is_no_message_asks_for_nothing(stage: Stage, action: str) -> None:
    here = await stage.imagine()
    message = await stage.ann.say(here, "a boat")
    await stage.until(lambda: len(stage.pictures(here)) > 1)

    async def act() -> None:
        await (stage.ann.react(message, "👍") if action == "react" else stage.ann.delete(message))

    assert await done(stage, here, act) == NOTHING
