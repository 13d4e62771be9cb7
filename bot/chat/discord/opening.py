"""Opens the thread that a conversation lives in, whatever stands in the way. Knows Discord only."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

import discord
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from bot.catalogues.catalogue import say
from bot.catalogues.text import Text
from bot.chat.discord import problems
from bot.chat.discord.rights import TO_BEGIN, lacks, missing
from bot.chat.shared.text import shorten

logger = logging.getLogger(__name__)

_TITLE = 90


@dataclass(frozen=True)
class Refused:
    """No place could be had; ``text`` says why, naming the permission."""

    text: str


def title_of(words: str, language: str) -> str:
    """A thread's name: the first words; nothing of what was marked as a spoiler."""
    if not words.strip() or "||" in words:
        return say(Text("thread-title"), language)
    return shorten(words, _TITLE)


async def thread_from(
    channel: discord.PartialMessageable,
    message: int,
    words: str,
    granted: discord.Permissions,
    language: str,
) -> int | Refused:
    """The id of the thread under a message: a new one, or the one that is there already.

    Where threads cannot be had for another reason than permissions, it is the channel itself.
    """
    try:
        return await _opened(channel.get_partial_message(message), title_of(words, language))
    except discord.HTTPException as error:
        if error.code == problems.THREAD_EXISTS:
            return message  # a thread has the id of the message it was made from
        if error.code in {problems.MISSING_PERMISSIONS, problems.MISSING_ACCESS}:
            lacking = missing(granted, TO_BEGIN, language) or say(Text("permission-create-public-threads"), language)
            return Refused(say(lacks(lacking), language))
        logger.warning("no thread under message %d, so the conversation stays in its channel: %s", message, error)
        return channel.id


async def _opened(message: discord.PartialMessage, title: str) -> int:
    """The new thread's id. Trying again is safe: a message has one thread."""
    retrying = AsyncRetrying(
        retry=retry_if_exception_type(problems.NETWORK),
        stop=stop_after_attempt(3),
        wait=wait_random_exponential(1, 4),
        sleep=asyncio.sleep,
        reraise=True,
    )
    thread: discord.Thread = await retrying(message.create_thread, name=title, auto_archive_duration=10080)
    return thread.id
