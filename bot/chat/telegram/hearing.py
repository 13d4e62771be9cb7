"""Which messages are for the bot, and what they say to it. Pure.

In private everything is; in groups commands, replies to the bot's messages and, where they arrive, mentions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from telegram import Chat, Document, Message, PhotoSize, Update, User
from telegram.ext import filters

from bot.chat.shared.incoming_files import is_picture, read_name

_COMMAND = re.compile(r"/([A-Za-z0-9_]+)(?:@(\w+))?(?=\s|$)\s*", re.DOTALL)
_SIZE = re.compile(r"\d{2,5}\s*[x×]\s*\d{2,5}|\d{1,2}:\d{1,2}")
_PLAIN_LINKS = ("help", "queue", "settings", "canvas", "undo")


@dataclass(frozen=True)
class Heard:
    """Words for the bot, none where a file stands alone. ``command`` is the command's name without its slash."""

    text: str
    command: str = ""


def heard(message: Message, me: User) -> Heard | None:
    """What a message says to the bot; None if it is for people only."""
    file = readable_file(message)
    text = (message.text or (message.caption if file is not None else "") or "").strip()
    if not (text or file) or text.startswith("//"):
        return None
    found = _COMMAND.match(text)
    if found is not None:
        if found[2] is not None and found[2].lower() != (me.username or "").lower():
            return None
        return _command(found[1].lower(), text[found.end() :])
    private = message.chat.type == Chat.PRIVATE
    without = mention(me).sub(" ", text).strip()
    if not (private or answers(message, me) or without != text):
        return None
    words = " ".join(without.split(" ")) if without != text else text
    if not (words or file):  # a mention alone
        return imagining("")
    return Heard(words) if (words or file) and not words.startswith("//") else None


@dataclass(frozen=True)
class SentFile:
    """A file on Telegram's servers, with a name that says what it is."""

    name: str
    size: int
    there: Document | PhotoSize


def readable_file(message: Message) -> SentFile | None:
    """The file of a message, if it may hold a canvas, a picture or words; else the picture of one that it replies to.

    Telegram keeps photos as JPEG, in several sizes, and without names; the largest is the last.
    """
    own = _file_of(message)
    to = message.reply_to_message
    if own is not None or to is None or to.from_user is None or to.from_user.is_bot:
        return own
    found = _file_of(to)
    return found if found is not None and is_picture(found.name) else None


def _file_of(message: Message) -> SentFile | None:
    if message.photo:
        photo = message.photo[-1]
        return SentFile("photo.jpg", photo.file_size or 0, photo)
    document = message.document
    name = read_name(document.file_name or "", document.mime_type or "") if document is not None else ""
    return SentFile(name, document.file_size or 0, document) if document is not None and name else None


def mention(me: User) -> re.Pattern[str]:
    """The bot's mention."""
    return re.compile(rf"(?<!\w)@{re.escape(me.username or '')}(?!\w)[,:]?", re.IGNORECASE)


def answers(message: Message, me: User) -> bool:
    """Whether a message is a reply to one of the bot's; in topics everything is a reply to the topic's beginning."""
    to = message.reply_to_message
    return to is not None and to.forum_topic_created is None and to.from_user is not None and to.from_user.id == me.id


def is_puzzle_for(message: Message, me: User) -> bool:
    """Whether somebody shows the bot a photo, a sticker or anything else that it cannot read yet.

    That is whatever has no text and is not Telegram's own news of the chat.
    """
    if message.text or _is_news(message):
        return False
    caption = (message.caption or "").strip()
    if caption.startswith("//"):
        return False
    called = mention(me).search(caption) is not None or caption.startswith("/")
    return message.chat.type == Chat.PRIVATE or answers(message, me) or called


def _is_news(message: Message) -> bool:
    return bool(filters.StatusUpdate.ALL.check_update(Update(0, message=message)))


def _command(name: str, words: str) -> Heard:
    words = words.strip()
    if name == "start":
        return _started(words)
    if name == "imagine":
        return imagining(words)
    return Heard(f"/{name} {words}".strip(), name)


def imagining(words: str) -> Heard:
    """Words for a new picture."""
    return Heard(f"/imagine {with_options(words)}".strip(), "imagine")


def _started(payload: str) -> Heard:
    """A deep link: ``draw_a_red_house`` draws, the name of a command is that command, anything else only starts."""
    if payload.startswith("draw_"):
        return Heard(f"/imagine {payload.removeprefix('draw_').replace('_', ' ').strip()}".strip(), "imagine")
    if payload in _PLAIN_LINKS:
        return Heard(f"/{payload}", payload)
    return Heard("/start", "start")


def with_options(words: str) -> str:
    """``words | 512x768 | 7 | no people`` as every platform has it: what is meant is told by what it looks like."""
    first, *rest = (part.strip() for part in words.split("|"))
    kept, options = [first], []
    for part in rest:
        if _SIZE.fullmatch(part):
            options.append(f"--size {''.join(part.split())}")
        elif part.isascii() and part.isdecimal():
            options.append(f"--seed {part}")
        elif part.lower().startswith("no "):
            options.append(f'--negative "{part[3:].strip()}"')
        else:
            kept.append(part)
    return " ".join((" | ".join(part for part in kept if part), *options))
