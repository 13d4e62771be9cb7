"""What a message says: whom it addresses, its words with names in place of ids, where its conversation is. Pure.

A forwarded message says nothing itself; its words and files are those of the message that it carries.
"""

from __future__ import annotations

import discord

from bot.chat.discord.listening import Heard, addressed
from bot.chat.discord.people import place, place_of
from bot.chat.shared.incoming_files import is_picture, is_text, read_name
from bot.messages import Place


def is_words(message: discord.Message) -> bool:
    """Whether a person wrote it, rather than a bot or Discord itself."""
    return not message.author.bot and message.type in {discord.MessageType.default, discord.MessageType.reply}


def heard(message: discord.Message, me: int) -> Heard:
    """What there is to know of a message for the bot with the id ``me``."""
    answered = _answered(message)
    answers_us = _wrote(me, answered)
    channel = message.channel
    return Heard(
        addressed(_content(message), me),
        direct=message.guild is None,
        own=isinstance(channel, discord.Thread) and channel.owner_id == me,
        mentioned=f"<@{me}>" in message.content or f"<@!{me}>" in message.content,
        answers_us=answers_us,
        answers_other=_is_reply(message) and not answers_us and not _wrote(message.author.id, answered),
        names_other=bool(message.raw_mentions) and me not in message.raw_mentions,
        brings=readable_file(message) is not None,
        shows=_shows(message),
    )


def readable_file(message: discord.Message) -> discord.Attachment | None:
    """The first of the files that are read of a message."""
    return next(iter(readable_files(message)), None)


def readable_files(message: discord.Message) -> list[discord.Attachment]:
    """A message's first file that may hold a canvas or a picture, and all that may hold words; else, of the message
    that it replies to, a picture."""
    read = [each for each in _attachments(message) if name_of(each)]
    own = [each for each in read if not is_text(name_of(each))][:1] + [each for each in read if is_text(name_of(each))]
    answered = _answered(message)
    if own or answered is None or answered.author.bot:
        return own
    shown = picture_in(answered)
    return [shown] if shown is not None else []


def name_of(file: discord.Attachment) -> str:
    """A file's name, by which it is read; empty for one that cannot be read."""
    return read_name(file.filename, file.content_type or "")


def picture_in(message: discord.Message) -> discord.Attachment | None:
    """The first picture among a message's files."""
    return next((each for each in _attachments(message) if is_picture(each.filename)), None)


def _shows(message: discord.Message) -> bool:
    """Whether there is more to a message than words: files, stickers, polls, invitations, or what is forwarded."""
    return bool(
        message.attachments or message.stickers or message.poll or message.message_snapshots or message.activity
    )


def left_out(message: discord.Message) -> list[str]:
    """The names of a message's files that are not read."""
    read = {each.id for each in readable_files(message)}
    return [each.filename for each in _attachments(message) if each.id not in read]


def _content(message: discord.Message) -> str:
    return message.content or "\n".join(each.content for each in message.message_snapshots if each.content)


def _attachments(message: discord.Message) -> list[discord.Attachment]:
    return [*message.attachments, *(file for each in message.message_snapshots for file in each.attachments)]


def _is_reply(message: discord.Message) -> bool:
    return message.reference is not None and message.reference.type is discord.MessageReferenceType.reply


def where(message: discord.Message, told: Heard) -> Place | None:
    """Where the conversation is: here; in the thread under the message that is answered; None: in a new thread."""
    if not isinstance(message.channel, discord.TextChannel):
        return here(message)
    answered = _answered(message)
    if told.answers_us and answered is not None and answered.flags.has_thread:
        return place(message.channel.guild.id, message.channel.id, answered.id)
    return None


def answers(message: discord.Message, me: int) -> str:
    """The id of the message of the bot's that it answers, if it answers one."""
    answered = _answered(message)
    return str(answered.id) if answered is not None and _wrote(me, answered) else ""


def _answered(message: discord.Message) -> discord.Message | None:
    resolved = message.reference.resolved if message.reference is not None else None
    return resolved if isinstance(resolved, discord.Message) else None


def here(message: discord.Message) -> Place:
    """The place that a message's channel is."""
    return place_of(message.guild.id if message.guild is not None else None, message.channel, message.channel.id)


def readable(message: discord.Message, text: str) -> str:
    """The words with the names of people, roles and channels in place of their ids."""
    for user in message.mentions:
        for tag in (f"<@{user.id}>", f"<@!{user.id}>"):
            text = text.replace(tag, user.display_name)
    for channel in message.channel_mentions:
        text = text.replace(channel.mention, channel.name)
    for role in message.role_mentions:
        text = text.replace(role.mention, role.name)
    return text.strip()


def _wrote(author: int, message: discord.Message | None) -> bool:
    return message is not None and message.author.id == author
