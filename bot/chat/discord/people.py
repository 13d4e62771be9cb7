"""From Discord's events to the bot's terms: who speaks, where, and what the place is like. Pure."""

from __future__ import annotations

import discord

from bot.chat.shared.recent import Recent
from bot.messages import Author, Place

PLATFORM = "discord"
_REMEMBERED = 5000


class Languages:
    """The language each person's app is set to, as far as they have used a command or button."""

    def __init__(self) -> None:
        self._known: Recent[int, str] = Recent(_REMEMBERED)

    def note(self, person: int, language: str) -> None:
        """Remember it."""
        self._known[person] = language

    def of(self, message: discord.Message) -> str:
        """The writer's language, else that of the server, else none."""
        known = self._known.get(message.author.id)
        return known or (message.guild.preferred_locale.value if message.guild is not None else "")


def place(*ids: int | None) -> Place:
    """The place for a server's, a channel's and a thread's id, from wide to narrow, as far as there are such.

    So that settings may be made for a server or a channel, its key is ``server/channel/thread``, or the id of a
    direct conversation alone.
    """
    return Place(PLATFORM, "/".join(str(each) for each in ids if each))


def channel_of(where: Place) -> int:
    """The id of the channel or thread that a place is."""
    return int(where.key.rpartition("/")[2])


def link_to(where: Place, message: str) -> str:
    """The address of a message of a place."""
    guild = where.key.partition("/")[0] if "/" in where.key else "@me"
    return f"https://discord.com/channels/{guild}/{channel_of(where)}/{message}"


def place_of(guild: int | None, channel: object, channel_id: int) -> Place:
    """The place that a channel or thread is."""
    return place(guild, channel.parent_id if isinstance(channel, discord.Thread) else None, channel_id)


def author_of(interaction: discord.Interaction) -> Author:
    """Whoever used a command, button or form. In direct messages one manages the place oneself."""
    rights = interaction.permissions
    manages = interaction.guild_id is None or rights.manage_messages or rights.administrator
    user = interaction.user
    admin = interaction.guild_id is not None and (rights.manage_guild or rights.administrator)
    return Author(str(user.id), user.display_name, interaction.locale.value, manages, admin, _roles(user))


def writer_of(message: discord.Message, language: str) -> Author:
    """Whoever wrote a message."""
    writer = message.author
    manages, admin = message.guild is None, False
    if isinstance(writer, discord.Member) and not isinstance(message.channel, discord.PartialMessageable):
        try:
            rights = message.channel.permissions_for(writer)
            manages = rights.manage_messages or rights.administrator
            admin = rights.manage_guild or rights.administrator
        except discord.ClientException:  # a thread whose parent is unknown
            manages = False
    return Author(str(writer.id), writer.display_name, language, manages, admin, _roles(writer))


def _roles(user: discord.User | discord.Member) -> tuple[str, ...]:
    """The ids of somebody's roles, but for the one that everybody has."""
    roles = user.roles if isinstance(user, discord.Member) else []
    return tuple(str(role.id) for role in roles if not role.is_default())


def is_adult(channel: object) -> bool:
    """Whether a channel, or the channel a thread is in, is marked as age-restricted."""
    if isinstance(channel, discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread):
        return channel.is_nsfw()
    return False


def is_here(interaction: discord.Interaction) -> bool:
    """Whether the bot may post where the interaction took place: not in servers and talks it was not added to."""
    if interaction.guild_id is not None:
        return interaction.is_guild_integration()
    return not interaction.context.private_channel
