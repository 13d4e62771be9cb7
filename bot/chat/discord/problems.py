"""Discord's refusals: which mean that a message or place is gone, which can be mended, and how."""

from __future__ import annotations

import aiohttp
import discord

NETWORK = (aiohttp.ClientError, OSError, TimeoutError)
"""What a broken connection raises; discord.py passes it on."""

UNKNOWN_CHANNEL = 10003
UNKNOWN_GUILD = 10004
UNKNOWN_MESSAGE = 10008
UNKNOWN_INTERACTION = 10062
TOO_LARGE = 40005
ALREADY_ANSWERED = 40060
MISSING_ACCESS = 50001
OTHERS_MESSAGE = 50005
NO_DIRECT_MESSAGES = 50007
MISSING_PERMISSIONS = 50013
DEAD_TOKEN = 50027
ARCHIVED = 50083
CANNOT_REPLY = 160002
THREAD_EXISTS = 160004
THREAD_LOCKED = 160005

_GONE = {
    UNKNOWN_CHANNEL,
    UNKNOWN_GUILD,
    UNKNOWN_MESSAGE,
    MISSING_ACCESS,
    OTHERS_MESSAGE,
    NO_DIRECT_MESSAGES,
    MISSING_PERMISSIONS,
    THREAD_LOCKED,
}


def is_gone(error: discord.HTTPException) -> bool:
    """Whether nothing more can be said there: deleted, or closed to the bot."""
    return error.code in _GONE or isinstance(error, discord.NotFound)


def is_refusal(error: discord.HTTPException) -> bool:
    """Whether Discord will never take this message as it is: too explicit, caught by a filter, against a rule."""
    return 400 <= error.status < 500 and error.status not in {401, 408, 429}


def may_be_lessened(error: discord.HTTPException) -> bool:
    """Whether an answer that was refused may arrive with less in it: the place is there, and so is who asked."""
    gone = is_gone(error) and error.code != MISSING_PERMISSIONS
    return is_refusal(error) and not gone and not is_too_late(error)


def is_about_reply(error: discord.HTTPException) -> bool:
    """Whether a message can be said, but not as a reply: the one before cannot be read, or is no more."""
    return error.code == CANNOT_REPLY or "message_reference" in error.text


def is_too_large(error: discord.HTTPException) -> bool:
    """Whether smaller files would do."""
    return error.status == 413 or error.code == TOO_LARGE


def is_too_late(error: discord.HTTPException) -> bool:
    """Whether an interaction was answered after its time, or twice."""
    return error.code in {UNKNOWN_INTERACTION, ALREADY_ANSWERED, DEAD_TOKEN, 10015}
