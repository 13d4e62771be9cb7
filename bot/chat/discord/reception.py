"""Turns what happens on Discord into what the bot's handler takes, and shows its answers.

Commands, buttons and forms come here from the client's events; so do messages and their edits, joined and sorted.
Decides nothing about conversations.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, cast

import discord

from bot.catalogues.catalogue import say
from bot.catalogues.text import Text
from bot.chat.discord import forms, problems, reading, shapes
from bot.chat.discord.answers import Answers
from bot.chat.discord.begun import Begun
from bot.chat.discord.opening import Refused, thread_from
from bot.chat.discord.people import Languages, author_of, is_here, place, place_of
from bot.chat.discord.rights import IN_CHANNEL, IN_THREAD, TO_BEGIN, lacks, missing
from bot.chat.shared.incoming_files import fetched
from bot.messages import Action, Form, Incoming, Notice, Place, Pressed, Said, Submitted, Upload

logger = logging.getLogger(__name__)

_REPORTING = (Action.REPORT, Action.TAKE_DOWN, Action.BAN, Action.DISMISS)
_QUIET = (
    Action.LAYOUT,
    Action.CODE,
    Action.CANCEL,
    Action.SETTINGS,
    Action.REGION,
    Action.CHANGES,
    Action.CANVAS,
    *_REPORTING,
)


class Reception:
    """Interactions, from Discord to the handler and back."""

    def __init__(self, answers: Answers, languages: Languages, begun: Begun) -> None:
        self._answers = answers
        self._languages = languages
        self._begun = begun

    async def command(self, interaction: discord.Interaction, text: str, *, posts: bool = False) -> None:
        """A slash command as the words that the handler reads. ``posts``: it leads to a message in the place."""
        self._note(interaction)
        if posts and await self._refused(interaction):
            return
        where = await self._where(interaction)
        if isinstance(where, Refused):
            await self._answers.show(interaction, Notice(where.text))
            return
        await self._answers.answer(interaction, Said(where, author_of(interaction), text))

    async def edit(self, interaction: discord.Interaction, words: str) -> None:
        """A change of the newest picture here. A channel whose pictures are all in threads has none to change."""
        if is_here(interaction) and isinstance(interaction.channel, discord.TextChannel):
            here = place_of(interaction.guild_id, interaction.channel, interaction.channel.id)
            language = interaction.locale.value
            form = await self._answers.handled(Said(here, author_of(interaction), "/edit"), language)
            if not isinstance(form, Form):
                text = Text("channel-without-picture")
                await self._answers.show(interaction, Notice(say(text, language)))
                return
        await self.command(interaction, f"/edit {words}", posts=True)

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
        action = Action(found["action"])
        if action is not Action.SETTINGS and await self._refused(interaction):
            return
        where = await self._where(interaction)
        if isinstance(where, Refused):
            await self._answers.show(interaction, Notice(where.text))
            return
        values = forms.entered(data.get("components", []))
        incoming: Incoming = Submitted(where, author_of(interaction), action, found["turn"], values)
        await self._answers.answer(interaction, incoming)

    async def menu(self, interaction: discord.Interaction, message: discord.Message, action: Action) -> None:
        """A context menu on a message: as its button, or as the command where it began a thread."""
        turns = shapes.turns_of(message)
        if turns:
            await self.pressed(interaction, action, turns[0])
        elif message.author.id == interaction.application_id and message.flags.has_thread:
            self._note(interaction)
            text = {Action.EDIT: "/edit", Action.REPORT: "/report"}.get(action, "/layout")
            await self._answers.answer(
                interaction,
                Said(place(interaction.guild_id, interaction.channel_id, message.id), author_of(interaction), text),
            )
        else:
            words = Text("message-without-picture")
            await self._answers.show(interaction, Notice(say(words, interaction.locale.value)))

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
        assert interaction.channel_id is not None, "commands have a channel"
        language = interaction.locale.value
        here = place_of(interaction.guild_id, interaction.channel, interaction.channel_id)
        request = Said(here, author_of(interaction), f"/imagine {words}", options=dict(options))
        instead = await self._answers.admitted(request, language)
        if instead is not None:
            await self._answers.show(interaction, instead)
            return
        shown, number = _understood(words, language), interaction.id
        if await self._begun.note(number, interaction.channel_id, request, threaded=threaded, shown=shown):
            request = replace(request, message=str(number))
            await self._begin(interaction, request, words, shown, None, threaded)
            self._begun.ended(number)

    async def picture_menu(self, interaction: discord.Interaction, message: discord.Message) -> None:
        """A context menu on a message: begin with the picture in it."""
        attached = reading.picture_in(message)
        if attached is None:
            self._note(interaction)
            text = Text("message-without-any-picture")
            await self._answers.show(interaction, Notice(say(text, interaction.locale.value)))
            return
        await self.attached(interaction, attached)

    async def attached(
        self, interaction: discord.Interaction, picture: discord.Attachment, command: str = "/imagine"
    ) -> None:
        """A picture that goes with a command, or that a menu was used on."""
        fetch = partial(fetched, picture.filename, picture.size, picture.read)
        await self._begin_with(interaction, picture.filename, fetch, command)

    async def avatar_menu(self, interaction: discord.Interaction, user: discord.User | discord.Member) -> None:
        """A context menu on a person: begin with the picture that they show of themselves."""
        name = f"{user.display_name}.png"
        avatar = user.display_avatar.with_format("png").with_size(1024)
        await self._begin_with(interaction, name, partial(fetched, name, 0, avatar.read))

    async def _begin_with(
        self,
        interaction: discord.Interaction,
        name: str,
        fetch: Callable[[], Awaitable[Upload]],
        command: str = "/imagine",
    ) -> None:
        """Answer visibly, and take a picture as the start of a conversation."""
        self._note(interaction)
        threaded = is_here(interaction) and isinstance(interaction.channel, discord.TextChannel)
        where = await self._where(interaction)
        if isinstance(where, Refused):
            await self._answers.show(interaction, Notice(where.text))
            return
        if await self._refused(interaction, TO_BEGIN if threaded else None):
            return
        request = Said(where, author_of(interaction), command, str(interaction.id))
        await self._begin(interaction, request, name, _understood(name, interaction.locale.value), fetch, threaded)

    async def _begin(
        self,
        interaction: discord.Interaction,
        request: Said,
        words: str,
        shown: str,
        fetch: Callable[[], Awaitable[Upload]] | None,
        threaded: bool,
    ) -> None:
        """Answer a first request visibly, and pass it on, with the file that is to be fetched for it."""
        here, language = request.place, interaction.locale.value
        message = await self._answered(interaction, shown)
        if message is None:
            return
        if fetch is not None:
            try:
                request = replace(request, file=await fetch())
            except (discord.HTTPException, *problems.NETWORK) as error:
                logger.warning("a picture could not be fetched: %s", error)
                await self._answers.show(interaction, Notice(say(Text("file-not-fetched"), language)))
                return
        where = await self._opened(interaction, message, words) if threaded else here
        if isinstance(where, Refused):
            await self._answers.show(interaction, Notice(where.text))
            return
        answer = await self._answers.handled(replace(request, place=where), language)
        if answer is not None:
            await self._answers.show(interaction, answer)

    async def _opened(self, interaction: discord.Interaction, message: int, words: str) -> Place | Refused:
        """The thread under the first answer; the channel itself where there can be no thread."""
        assert interaction.channel_id is not None, "it was answered in a channel"
        channel = interaction.client.get_partial_messageable(interaction.channel_id, guild_id=interaction.guild_id)
        granted, language = interaction.app_permissions, interaction.locale.value
        opened = await thread_from(channel, message, words, granted, language)
        if isinstance(opened, Refused):
            return opened
        return place(interaction.guild_id, channel.id, opened if opened != channel.id else None)

    async def _answered(self, interaction: discord.Interaction, text: str) -> int | None:
        """The visible first answer's id. If Discord no longer takes it as an answer, it is an ordinary message."""
        for shown in (text, say(Text("on-its-way"), interaction.locale.value)):
            try:
                return (await interaction.response.send_message(shown)).message_id
            except discord.HTTPException as error:
                if error.code == problems.ALREADY_ANSWERED:
                    return None  # the same event came twice
                logger.warning("the answer was not taken: %s", error)
                if not problems.may_be_lessened(error):  # it came too late, so it becomes a message
                    break
        try:
            channel = interaction.client.get_partial_messageable(interaction.channel_id or 0)
            return (await channel.send(text)).id
        except discord.HTTPException as error:
            logger.warning("a request could not be answered at all: %s", error)
            return None

    async def _imagine_directly(self, interaction: discord.Interaction, words: str, options: Mapping[str, str]) -> None:
        """A request from where the bot cannot post: the conversation is held in direct messages."""
        where = await self._where(interaction)
        if isinstance(where, Refused):
            await self._answers.show(interaction, Notice(where.text))
            return
        request = Said(where, author_of(interaction), f"/imagine {words}", options=dict(options))
        answer = await self._answers.awaited(interaction, request)
        there = Notice(say(Text("in-direct-messages", channel=f"<#{where.key}>"), interaction.locale.value))
        await self._answers.show(interaction, answer or there)

    async def _where(self, interaction: discord.Interaction) -> Place | Refused:
        """Where the conversation is."""
        if is_here(interaction):
            assert interaction.channel_id is not None, "commands and components have a channel"
            return place_of(interaction.guild_id, interaction.channel, interaction.channel_id)
        try:
            return place((await interaction.user.create_dm()).id)
        except discord.HTTPException as error:
            logger.info("no direct messages with %d: %s", interaction.user.id, error)
            text = Text("no-direct-messages")
            return Refused(say(text, interaction.locale.value))

    async def _refused(self, interaction: discord.Interaction, wanted: tuple[str, ...] | None = None) -> bool:
        """Say why there can be no work here, if so: a permission is missing, or the thread is locked."""
        if interaction.guild_id is None or not is_here(interaction):
            return False
        channel, granted, language = interaction.channel, interaction.app_permissions, interaction.locale.value
        if wanted is None:
            wanted = IN_THREAD if isinstance(channel, discord.Thread) else IN_CHANNEL
        lacking = missing(granted, wanted, language)
        if lacking:
            await self._answers.show(interaction, Notice(say(lacks(lacking), language)))
        elif isinstance(channel, discord.Thread) and channel.locked and not granted.manage_threads:
            text = Text("thread-locked")
            await self._answers.show(interaction, Notice(say(text, language)))
        else:
            return False
        return True

    def _note(self, interaction: discord.Interaction) -> None:
        self._languages.note(interaction.user.id, interaction.locale.value)


def _understood(words: str, language: str) -> str:
    """The visible first answer."""
    short = words if len(words) <= 1500 else f"{words[:1499]}…"
    return say(Text("understood", words=shapes.written(short)), language)[:2000]
