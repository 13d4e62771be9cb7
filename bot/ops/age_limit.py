"""Keeps a language model that was trained without filtering to the chats that are marked age-restricted.

Whatever comes in and every message with something to see asks the platform anew. So nothing gets through by an old
button, a job from before a restart, or a channel whose mark was taken away meanwhile. Knows the platforms as
:class:`~bot.messages.Chat`; which model is used is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.catalogues.text import Wording
from bot.messages import Action, Chat, Handler, Incoming, Notice, Outgoing, Place, Pressed, Reply, Rewritten, Said
from bot.requests.commands import Wish, read_command
from bot.telling import replies


class AdultsOnly:
    """The way into the bot for places that their platform calls age-restricted; others are told why not.

    What only stops or removes is served everywhere. ``chats`` is looked at when something comes in.
    """

    def __init__(self, handle: Handler, chats: Mapping[str, Chat[Wording]]) -> None:
        self._handle = handle
        self._chats = chats

    async def __call__(self, incoming: Incoming) -> Reply:
        if _takes_away(incoming) or await self._chats[incoming.place.platform].age_restricted(incoming.place):
            return await self._handle(incoming)
        # Nobody asked for anything by rewriting a message.
        return None if isinstance(incoming, Rewritten) else Notice(replies.ADULTS_ONLY)


class Discreet:
    """A chat that shows no picture where it is not age-restricted."""

    def __init__(self, chat: Chat[Wording]) -> None:
        self._chat = chat

    @property
    def platform(self) -> str:
        return self._chat.platform

    async def age_restricted(self, place: Place) -> bool:
        return await self._chat.age_restricted(place)

    async def post(self, place: Place, message: Outgoing[Wording]) -> str:
        return await self._chat.post(place, await self._fit(place, message))

    async def edit(self, place: Place, message_id: str, message: Outgoing[Wording]) -> None:
        await self._chat.edit(place, message_id, await self._fit(place, message))

    async def _fit(self, place: Place, message: Outgoing[Wording]) -> Outgoing[Wording]:
        if not message.attachments or await self._chat.age_restricted(place):
            return message
        return replace(message, text=replies.ADULTS_ONLY, attachments=(), buttons=(), footer="", progress=None)


def _takes_away(incoming: Incoming) -> bool:
    if isinstance(incoming, Pressed):
        return incoming.action in {Action.CANCEL, Action.DELETE}
    return isinstance(incoming, Said) and read_command(incoming.text).wish is Wish.CANCEL
