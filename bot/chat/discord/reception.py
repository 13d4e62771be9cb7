"""Turns what happens on Discord into what the bot's handler takes, and shows its answers.

Commands, buttons and forms come here from the client's events; so do messages and their edits, joined and sorted.
Decides nothing about conversations.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any, cast

import discord

from bot.chat.discord import forms, problems, shapes
from bot.chat.discord.answers import Answers
from bot.chat.discord.opening import LACKING, Refused, thread_from
from bot.chat.discord.people import Languages, author_of, is_here, place, place_of
from bot.chat.discord.rights import IN_CHANNEL, IN_THREAD, TO_BEGIN, missing
from bot.chat.discord.words import said
from bot.messages import Action, Incoming, Notice, Place, Pressed, Said, Submitted

logger = logging.getLogger(__name__)

_QUIET = (Action.LAYOUT, Action.CODE, Action.CANCEL, Action.SETTINGS, Action.REGION)


class Reception:
    """Interactions, from Discord to the handler and back."""

    def __init__(self, answers: Answers, languages: Languages) -> None:
        self._answers = answers
        self._languages = languages

    async def command(
        self, interaction: discord.Interaction, text: str, options: Mapping[str, str] | None = None
    ) -> None:
        """A slash command as the words that the handler reads."""
        self._note(interaction)
        where = await self._where(interaction)
        if isinstance(where, Refused):
            await self._answers.show(interaction, Notice(where.text))
            return
        request = Said(where, author_of(interaction), text, options=dict(options or {}))
        await self._answers.answer(interaction, request)

    async def pressed(self, interaction: discord.Interaction, action: str, turn: str, value: str = "") -> None:
        """A button or a menu."""
        self._note(interaction)
        known = Action(action)
        if known not in _QUIET and await self._refused(interaction):
            return
        where = await self._where(interaction)
        if isinstance(where, Refused):
            await self._answers.show(interaction, Notice(where.text))
            return
        await self._answers.answer(
            interaction, Pressed(where, author_of(interaction), known, turn, shapes.decoded(value))
        )

    async def submitted(self, interaction: discord.Interaction) -> None:
        """A form that was sent back, also one from before a restart."""
        data = cast("Mapping[str, Any]", interaction.data or {})
        found = re.fullmatch(shapes.PATTERN, str(data.get("custom_id", "")))
        if found is None or found["action"] not in set(Action):
            return
        self._note(interaction)
        if await self._refused(interaction):
            return
        where = await self._where(interaction)
        if isinstance(where, Refused):
            await self._answers.show(interaction, Notice(where.text))
            return
        values = forms.entered(data.get("components", []))
        action = Action(found["action"])
        incoming: Incoming = Submitted(where, author_of(interaction), action, found["turn"], values)
        await self._answers.answer(interaction, incoming)

    async def menu(self, interaction: discord.Interaction, message: discord.Message, action: Action) -> None:
        """A context menu on a message: as its button, or as the command where it began a thread."""
        turns = shapes.turns_of(message)
        if turns:
            await self.pressed(interaction, action, turns[0])
        elif message.author.id == interaction.application_id and message.flags.has_thread:
            self._note(interaction)
            text = "/edit" if action is Action.EDIT else "/layout"
            await self._answers.answer(
                interaction,
                Said(place(interaction.guild_id, interaction.channel_id, message.id), author_of(interaction), text),
            )
        else:
            words = "I have not understood that message: it carries no picture of mine."
            await self._answers.show(interaction, Notice(said(words, interaction.locale.value)))

    async def imagine(self, interaction: discord.Interaction, words: str, options: Mapping[str, str]) -> None:
        """A first request: understood at once and visibly, then a thread, then the work in it."""
        self._note(interaction)
        if not is_here(interaction):
            await self._imagine_directly(interaction, words, options)
            return
        threaded = isinstance(interaction.channel, discord.TextChannel)
        wanted = TO_BEGIN if threaded else None
        if await self._refused(interaction, wanted):
            return
        message = await self._understood(interaction, words)
        if message is None:
            return
        assert interaction.channel_id is not None, "it was answered in a channel"
        where: Place | Refused = place_of(interaction.guild_id, interaction.channel, interaction.channel_id)
        if threaded:
            channel = interaction.client.get_partial_messageable(interaction.channel_id, guild_id=interaction.guild_id)
            language = interaction.locale.value
            opened = await thread_from(channel, message, words, interaction.app_permissions, language)
            if isinstance(opened, Refused):
                where = opened
            elif opened != interaction.channel_id:
                where = place(interaction.guild_id, interaction.channel_id, opened)
        if isinstance(where, Refused):
            await self._answers.show(interaction, Notice(where.text))
        else:
            await self._begin(interaction, where, words, options)

    async def _begin(
        self, interaction: discord.Interaction, where: Place, words: str, options: Mapping[str, str]
    ) -> None:
        request = Said(where, author_of(interaction), f"/imagine {words}", options=dict(options))
        answer = await self._answers.handled(request, interaction.locale.value)
        if answer is not None:
            await self._answers.show(interaction, answer)

    async def _understood(self, interaction: discord.Interaction, words: str) -> int | None:
        """The visible first answer's id. If Discord no longer takes it as an answer, it is an ordinary message."""
        short = words if len(words) <= 1500 else f"{words[:1499]}…"
        text = said("Understood: {words}", interaction.locale.value, words=shapes.written(short))
        try:
            return (await interaction.response.send_message(text[:2000])).message_id
        except discord.HTTPException as error:
            if error.code == problems.ALREADY_ANSWERED:
                return None  # the same event came twice
            logger.warning("the answer came too late, so it becomes a message: %s", error)
        try:
            channel = interaction.client.get_partial_messageable(interaction.channel_id or 0)
            return (await channel.send(text[:2000])).id
        except discord.HTTPException as error:
            logger.warning("a request could not be answered at all: %s", error)
            return None

    async def _imagine_directly(self, interaction: discord.Interaction, words: str, options: Mapping[str, str]) -> None:
        """A request from where the bot cannot post: the conversation is held in direct messages."""
        where = await self._where(interaction)
        if isinstance(where, Refused):
            await self._answers.show(interaction, Notice(where.text))
            return
        text = "I am not a member of this server, so I draw it in our direct messages: {channel}"
        await self._answers.show(interaction, Notice(said(text, interaction.locale.value, channel=f"<#{where.key}>")))
        await self._begin(interaction, where, words, options)

    async def _where(self, interaction: discord.Interaction) -> Place | Refused:
        """Where the conversation is."""
        if is_here(interaction):
            assert interaction.channel_id is not None, "commands and components have a channel"
            return place_of(interaction.guild_id, interaction.channel, interaction.channel_id)
        try:
            return place((await interaction.user.create_dm()).id)
        except discord.HTTPException as error:
            logger.info("no direct messages with %d: %s", interaction.user.id, error)
            text = "I may not write to you in direct messages, and I am not a member of this server."
            return Refused(said(text, interaction.locale.value))

    async def _refused(self, interaction: discord.Interaction, wanted: tuple[str, ...] | None = None) -> bool:
        """Say which permission is missing for work here, if one is."""
        if interaction.guild_id is None or not is_here(interaction):
            return False
        if wanted is None:
            wanted = IN_THREAD if isinstance(interaction.channel, discord.Thread) else IN_CHANNEL
        language = interaction.locale.value
        lacking = missing(interaction.app_permissions, wanted, language)
        if lacking:
            await self._answers.show(interaction, Notice(said(LACKING, language, missing=lacking)))
        return bool(lacking)

    def _note(self, interaction: discord.Interaction) -> None:
        self._languages.note(interaction.user.id, interaction.locale.value)
