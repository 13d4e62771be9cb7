"""Which permissions the bot needs on Discord, what they are called, and the link that invites it with them."""

from __future__ import annotations

import discord

from bot.catalogues.catalogue import say
from bot.catalogues.text import Text, listed

NAMES = {
    "view_channel": Text("permission-view-channel"),
    "send_messages": Text("permission-send-messages"),
    "create_public_threads": Text("permission-create-public-threads"),
    "send_messages_in_threads": Text("permission-send-messages-in-threads"),
    "attach_files": Text("permission-attach-files"),
    "read_message_history": Text("permission-read-message-history"),
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
    return say(listed(*(NAMES[name] for name in wanted if not getattr(granted, name))), language)


def lacks(missing: str) -> Text:
    """What is said where permissions are missing, which are named."""
    return Text("permission-missing", missing=missing)


def invite_link(application: int) -> str:
    """The address at which somebody who manages a server adds the bot to it."""
    return discord.utils.oauth_url(application, permissions=needed(), scopes=("bot", "applications.commands"))
