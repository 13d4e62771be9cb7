"""Which permissions the bot needs on Discord, what they are called, and the link that invites it with them."""

from __future__ import annotations

import discord

from bot.chat.discord.words import said

NAMES = {
    "view_channel": "View Channel",
    "send_messages": "Send Messages",
    "create_public_threads": "Create Public Threads",
    "send_messages_in_threads": "Send Messages in Threads",
    "attach_files": "Attach Files",
    "read_message_history": "Read Message History",
}
"""Everything that is needed, by discord.py's name."""

IN_THREAD = ("view_channel", "send_messages_in_threads", "attach_files", "read_message_history")
IN_CHANNEL = ("view_channel", "send_messages", "attach_files", "read_message_history")
TO_BEGIN = ("create_public_threads", *IN_THREAD)


def needed() -> discord.Permissions:
    """Exactly what the bot needs, no more."""
    return discord.Permissions(**dict.fromkeys(NAMES, True))


def missing(granted: discord.Permissions, wanted: tuple[str, ...], language: str = "") -> str:
    """The names of what is wanted but not granted, in words; empty if all is there."""
    if granted.administrator:
        return ""
    return ", ".join(said(NAMES[name], language) for name in wanted if not getattr(granted, name))


def invite_link(application: int) -> str:
    """The address at which somebody who manages a server adds the bot to it."""
    return discord.utils.oauth_url(application, permissions=needed(), scopes=("bot", "applications.commands"))
