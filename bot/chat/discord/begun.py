"""Commands that were understood visibly and are not passed on yet: a bot that dies between the two goes on with them.

A command's event comes once, so it is noted before it is answered. After a restart the answer is looked for in the
channel: where it stands, somebody waits for a picture. Decides nothing about conversations.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import asdict
from typing import Any

import discord

from bot.chat.discord import problems
from bot.chat.discord.answers import Answers
from bot.chat.discord.inbox import Inbox
from bot.chat.discord.opening import Refused, thread_from
from bot.chat.discord.people import place
from bot.errors import UnreachableError
from bot.messages import Answer, Author, Notice, Place, Said

logger = logging.getLogger(__name__)

_LONGEST = 24 * 3600.0
"""Seconds back at most: nobody waits any more for what is older."""

_LOOKED_AT = 50
"""Messages after the command among which its answer is looked for."""


class Begun:
    """Requests by commands, from their answer to the work. ``start`` begins what ends with the platform.

    ``now`` gives seconds since 1970.
    """

    def __init__(
        self,
        client: discord.Client,
        answers: Answers,
        inbox: Inbox,
        start: Callable[[Coroutine[Any, Any, None]], object],
        now: Callable[[], float] = time.time,
    ) -> None:
        self._client = client
        self._answers = answers
        self._inbox = inbox
        self._start = start
        self._now = now
        self._own: set[int] = set()  # noted since the start, so that they are being passed on already

    async def note(self, number: int, channel: int, request: Said, *, threaded: bool, shown: str) -> bool:
        """Note a command before it is answered with ``shown``; False if the same event came before."""
        state = {
            "author": asdict(request.author),
            "text": request.text,
            "options": dict(request.options),
            "key": request.place.key,
            "threaded": threaded,
            "shown": shown,
        }
        self._own.add(number)
        return await self._inbox.begin(number, channel, json.dumps(state, ensure_ascii=False))

    def ended(self, number: int) -> None:
        """A command was passed on, or whoever gave it was told why not."""
        with suppress(UnreachableError):  # the bot stops: the next start finds that all is done
            self._start(self._inbox.ended(number))

    async def take_up(self) -> None:
        """Pass on what was begun before the bot was stopped. What cannot be read now waits for the next connection."""
        for number, channel, state in await self._inbox.begun():
            if number in self._own:
                continue
            try:
                await self._again(number, channel, state)
            except (discord.HTTPException, *problems.NETWORK) as error:
                logger.warning("a request from before the start waits, channel %d cannot be read: %s", channel, error)
                if not (isinstance(error, discord.HTTPException) and problems.is_gone(error)):
                    continue
            self.ended(number)

    async def _again(self, number: int, channel: int, state: str) -> None:
        noted = json.loads(state)
        if discord.utils.snowflake_time(number).timestamp() < self._now() - _LONGEST:
            return
        answer = await self._answer_to(number, channel, noted["shown"])
        if answer is None:
            return  # nobody was told that it was understood
        where, author = Place("discord", noted["key"]), _author(noted["author"])
        if noted["threaded"]:
            guild = int(noted["key"].partition("/")[0])
            partial = self._client.get_partial_messageable(channel, guild_id=guild)
            words = noted["text"].removeprefix("/imagine ")
            opened = await thread_from(partial, answer.id, words, discord.Permissions.none(), author.language)
            if isinstance(opened, Refused):
                await answer.reply(opened.text, mention_author=False)
                return
            where = place(guild, channel, opened if opened != channel else None)
        logger.info("command %d: it was understood before the start and is passed on now", number)
        request = Said(where, author, noted["text"], str(number), options=noted["options"])
        await _told(answer, await self._answers.handled(request, author.language))

    async def _answer_to(self, number: int, channel: int, shown: str) -> discord.Message | None:
        """What the bot answered to a command, if that is there."""
        after = discord.Object(number)
        history = self._client.get_partial_messageable(channel).history(limit=_LOOKED_AT, after=after)
        async for message in history:
            if self._client.user is None or message.author.id != self._client.user.id:
                continue
            known = message.interaction_metadata
            if known.id == number if known is not None else message.content == shown:
                return message
        return None


def _author(noted: dict[str, Any]) -> Author:
    return Author(**{**noted, "roles": tuple(noted["roles"])})


async def _told(answer: discord.Message, instead: Answer) -> None:
    """Say in the place why there will be no picture: it is too late for what one person alone sees."""
    if isinstance(instead, Notice):
        await answer.reply(instead.text, mention_author=False)
