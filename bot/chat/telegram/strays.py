"""Finds messages that were sent although nobody learnt their numbers: the bot was killed, or the answer was lost.

Telegram tells no bot what it has said, but lets it edit its own messages and no others. So what is to be sent is
noted before, with the newest number known then; if the note is still there when it is to be sent again, the next few
numbers that are nobody's are tried by editing.
"""

from __future__ import annotations

import logging
from functools import partial

from telegram.error import BadRequest, ChatMigrated, TelegramError

from bot.chat.telegram import problems
from bot.chat.telegram.calls import Calls, Target
from bot.chat.telegram.pacing import Pacer
from bot.chat.telegram.shapes import Shape
from bot.chat.telegram.threads import Known, Threads

logger = logging.getLogger(__name__)

_LOOK_AHEAD = 6
"""Numbers that are tried, besides those of messages that are known: others may have written in between."""


class Strays:
    """What is on its way, by its note."""

    def __init__(self, calls: Calls, threads: Threads, pacer: Pacer) -> None:
        self._calls = calls
        self._threads = threads
        self._pacer = pacer

    async def found(self, target: Target, shape: Shape, note: str) -> int | None:
        """The message that was sent under this note before; None if it is to be sent now, which is noted.

        It is brought to ``shape``. Without a note there is nothing to find.

        Raises:
            TelegramError: if Telegram fails.
        """
        newest = await self._threads.announced(target.chat, note) if note else None
        if newest is not None:
            for number in await self._threads.unknown(target.chat, newest, _LOOK_AHEAD):
                if await self._is_own(target.chat, number, shape):
                    logger.info("chat %d: message %d is the one that was sent before", target.chat, number)
                    return number
        elif note:
            await self._threads.announce(target.chat, target.key, note)
        return None

    async def settled(self, target: Target, number: int, note: str, state: str = "") -> None:
        """Note the number of what was sent."""
        known = Known(target.chat, number, target.key, note, state)
        await (self._threads.arrived(known) if note else self._threads.remember(known))

    async def _is_own(self, chat: int, number: int, shape: Shape) -> bool:
        try:
            await self._pacer.final(chat, number, partial(self._calls.replace, chat, number, shape, keep=False))
        except ChatMigrated:
            return False
        except BadRequest as error:
            if problems.is_message_gone(error) or problems.has_no_text(error):
                return False
            if problems.is_forbidden_kind(error):
                return True  # it stands there, as what the chat allowed of it
            raise
        except TelegramError as error:
            if problems.is_place_gone(error):
                return False
            raise
        return True
