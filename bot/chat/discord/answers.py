"""Takes an interaction to the handler and shows the answer, within Discord's three seconds whatever the handler takes.

Knows interactions; decides nothing about conversations.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import discord

from bot.catalogues.catalogue import say
from bot.catalogues.text import Text
from bot.chat.discord import forms, problems, shapes
from bot.chat.discord.pictures import DEFAULT_LIMIT
from bot.chat.shared.fitting import Sign, unsigned
from bot.messages import Answer, Choices, Form, Handle, Incoming, Notice, Said

logger = logging.getLogger(__name__)

MODAL_SUBMIT = discord.InteractionType.modal_submit
COMPONENT = discord.InteractionType.component


class Answers:
    """Answers interactions. ``patience`` is how many seconds a handler may take before Discord is told to wait.

    ``admit`` is asked before a request gets a place of its own; its answer, if there is one, takes the request's place.
    """

    def __init__(self, handle: Handle, admit: Handle | None, patience: float, sign: Sign = unsigned) -> None:
        self._handle = handle
        self._admit = admit
        self._patience = patience
        self._sign = sign

    async def handled(self, incoming: Incoming, language: str) -> Answer:
        """What the handler says; never raises."""
        return await _unfailing(self._handle, incoming, language)

    async def admitted(self, request: Said, language: str) -> Answer:
        """What to say in place of opening a thread for a request; None if one is to be opened. Never raises."""
        return await _unfailing(self._admit, request, language) if self._admit is not None else None

    async def answer(self, interaction: discord.Interaction, incoming: Incoming) -> None:
        """Pass ``incoming`` on and show what comes back, to whoever acted alone."""
        await self.show(interaction, await self.awaited(interaction, incoming))

    async def awaited(self, interaction: discord.Interaction, incoming: Incoming) -> Answer:
        """What the handler says; Discord is told to wait for it if that takes long."""
        async with asyncio.TaskGroup() as tasks:
            handling = tasks.create_task(self.handled(incoming, interaction.locale.value))
            await asyncio.wait({handling}, timeout=self._patience)
            if not handling.done():
                await quietly_deferred(interaction)
        return handling.result()

    async def show(self, interaction: discord.Interaction, answer: Answer) -> None:
        """Show an answer; one that comes too late is logged."""
        try:
            match answer:
                case None:
                    await self._nothing(interaction)
                case Form() if not interaction.response.is_done() and interaction.type is not MODAL_SUBMIT:
                    await interaction.response.send_modal(forms.modal(answer, interaction.locale.value))
                case Form():
                    await self._offer(interaction, answer)
                case Choices():
                    language = interaction.locale.value
                    view = shapes.menus(answer, say(Text("choose"), language)) if answer.options else None
                    await self.tell(interaction, Notice(answer.text, answer.attachments), view)
                case Notice():
                    await self.tell(interaction, answer, shapes.link_button(answer.page))
        except discord.HTTPException as error:
            if not problems.is_too_late(error):
                logger.warning("an answer could not be shown: %s", error)
        except problems.NETWORK as error:
            logger.warning("an answer could not be shown: %r", error)

    async def _nothing(self, interaction: discord.Interaction) -> None:
        """Everything worth saying is said in the place."""
        if interaction.response.is_done():
            if interaction.response.type is discord.InteractionResponseType.deferred_channel_message:
                await interaction.delete_original_response()
        elif interaction.message is not None and interaction.type in {COMPONENT, MODAL_SUBMIT}:
            await interaction.response.defer()
        else:
            words = say(Text("on-its-way"), interaction.locale.value)
            await interaction.response.send_message(words, ephemeral=True)

    async def _offer(self, interaction: discord.Interaction, form: Form) -> None:
        """A form can only be opened at once; later, a button opens it."""
        language = interaction.locale.value
        view = shapes.one_button(form.action, form.turn, say(Text("form-open"), language))
        await self.tell(interaction, Notice(say(Text("form-ready"), language)), view)

    async def shaped(self, notice: Notice, limit: int, view: discord.ui.View | None) -> shapes.Shape:
        """Words with files for a place where a file may have ``limit`` bytes."""
        return await asyncio.to_thread(shapes.notice, notice.text, notice.attachments, limit, view, self._sign)

    async def tell(self, interaction: discord.Interaction, notice: Notice, view: discord.ui.View | None = None) -> None:
        """Words for this person alone, with files; smaller ones if Discord finds them too large, none if it refuses.

        Raises:
            discord.HTTPException: if they cannot be told.
        """

        async def send(version: Notice) -> None:
            await self._fitting(interaction, version, view)

        await lessening(notice, interaction.locale.value, send)

    async def _fitting(self, interaction: discord.Interaction, notice: Notice, view: discord.ui.View | None) -> None:
        limit = interaction.filesize_limit or DEFAULT_LIMIT
        while True:
            shape = await self.shaped(notice, limit, view)
            try:
                await _sent(interaction, shape)
            except discord.HTTPException as error:
                if not problems.is_too_large(error) or not shape.files:
                    raise
                limit //= 2
            else:
                return


async def lessening(notice: Notice, language: str, send: Callable[[Notice], Awaitable[None]]) -> None:
    """Send an answer as it is, or what Discord lets through of it.

    Raises:
        discord.HTTPException: what ``send`` raises, if nothing of it can be told.
    """
    *more, least = shapes.lessened(notice, language)
    for version in more:
        try:
            return await send(version)
        except discord.HTTPException as error:
            if not problems.may_be_lessened(error):
                raise
            logger.info("answered with less: %s", error)
    return await send(least)


async def _unfailing(handle: Handle, incoming: Incoming, language: str) -> Answer:
    try:
        return await handle(incoming)
    except Exception:
        logger.exception("unexpected, from %s", type(incoming).__name__)
        return Notice(say(Text("failed-platform"), language))


async def _sent(interaction: discord.Interaction, shape: shapes.Shape) -> None:
    # Two calls and not one with shared options, because their "no view" differs from None.
    none = discord.AllowedMentions.none()
    view = shape.view or discord.utils.MISSING
    if interaction.response.is_done():
        await interaction.followup.send(
            shape.content, files=shape.uploads(), view=view, ephemeral=True, allowed_mentions=none
        )
    else:
        await interaction.response.send_message(
            shape.content, files=shape.uploads(), view=view, ephemeral=True, allowed_mentions=none
        )


async def quietly_deferred(interaction: discord.Interaction) -> None:
    """Ask Discord to wait; what goes wrong with that shows when the answer is given."""
    try:
        await interaction.response.defer(ephemeral=True, thinking=True)
    except (discord.HTTPException, *problems.NETWORK) as error:
        logger.warning("an interaction could not be put off: %r", error)
