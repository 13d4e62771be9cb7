"""Telegram as a platform of the bot's: private chats, topics and chains of replies, through the ``Chat`` protocol.

Turns Telegram's updates into messages for the handler and the bot's messages into Telegram's. What a conversation is,
who may do what, and what is drawn are decided elsewhere.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from telegram import Update
from telegram.error import InvalidToken, RetryAfter, TelegramError
from telegram.ext import CallbackContext, TypeHandler

from bot.chat.shared.fitting import Sign, unsigned
from bot.chat.shared.service import Backoff, Login, Tasks, stay_connected
from bot.chat.telegram import problems, running
from bot.chat.telegram.confirming import Unnoted
from bot.chat.telegram.delivery import Delivery
from bot.chat.telegram.listener import Listener
from bot.chat.telegram.pacing import Pacer, Tempo
from bot.chat.telegram.people import Administrators, Doors
from bot.chat.telegram.places import PLATFORM, is_name, link_to, named, spot_of
from bot.chat.telegram.presses import Presses
from bot.chat.telegram.reception import Reception
from bot.chat.telegram.running import App, Webhook
from bot.chat.telegram.threads import Memory, Threads
from bot.errors import TokenRefusedError
from bot.messages import Handle, Outgoing, Place

__all__ = ["Memory", "TelegramChat", "Tempo", "Webhook"]

logger = logging.getLogger(__name__)

_GRACE = 5.0


class TelegramChat:
    """The bot on Telegram; implements :class:`~bot.messages.Chat`.

    ``post`` and ``edit`` wait a moment for the bot to log in. Nothing is connected before :meth:`serve`.
    """

    def __init__(
        self,
        token: str,
        handle: Handle,
        memory: Memory,
        *,
        base_url: str = "",
        base_file_url: str = "",
        webhook: Webhook | None = None,
        chats: Iterable[int] = (),
        users: Iterable[int] = (),
        age_restricted: Iterable[int] = (),
        tempo: Tempo | None = None,
        poll_seconds: float = 20.0,
        pause: float = 2.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        sign: Sign = unsigned,
    ) -> None:
        """Prepare. ``memory`` holds which message belongs to which conversation.

        ``base_url`` and ``base_file_url`` lead to another Bot API server, as ``https://host/bot`` and
        ``https://host/file/bot``. Updates are fetched by long polling of ``poll_seconds``, unless there is a
        ``webhook``. Only ``chats`` and ``users`` are let in, everybody if both are empty. ``age_restricted`` are the
        chats for adults only, which Telegram itself does not mark. ``pause`` is how many seconds may lie between
        messages that are one request; ``sleep`` waits them out. ``sign`` signs pictures that had to be encoded again.
        """
        self._token = token
        self._sign = sign
        self._handle = handle
        self._threads = Threads(memory)
        self._urls = base_url, base_file_url
        self._webhook = webhook
        self._doors = Doors(frozenset(chats), frozenset(users))
        self._age_restricted = frozenset(age_restricted)
        self._tempo = tempo or Tempo()
        self._poll_seconds = poll_seconds
        self._pauses = pause, sleep
        self._login = Login("Telegram", self._tempo.login)
        self._tasks = Tasks("Telegram")
        self._taking: set[asyncio.Task[None]] = set()
        self._listener: Listener | None = None
        self._delivery: Delivery | None = None

    @property
    def platform(self) -> str:
        """The name that this chat's places carry."""
        return PLATFORM

    async def age_restricted(self, place: Place) -> bool:
        """Whether the chat is one of those that were named so, by its first or its present id."""
        chat = spot_of(place.key).chat
        return not self._age_restricted.isdisjoint((chat, await self._threads.current(chat)))

    async def serve(self) -> None:
        """Be on Telegram until cancelled; lost connections are taken up again.

        Raises:
            TokenRefusedError: if the token is wrong.
        """
        async with self._tasks.served():
            await stay_connected(
                "Telegram",
                self._connect,
                Backoff(self._tempo.pause),
                final=(TokenRefusedError,),
                expected=(TelegramError,),
                asked=lambda error: problems.seconds_of(error) if isinstance(error, RetryAfter) else 0.0,
            )

    async def _connect(self) -> None:
        """Be on Telegram with one application, until that ends."""
        try:
            unnoted = Unnoted()
            app = running.application(self._token, *self._urls, self._tempo, unnoted)
        except InvalidToken as error:
            raise _refused() from error
        try:
            await app.initialize()
            listener = self._listener = self._wire(app, unnoted)
            self._login.begin()
            await listener.resume()
            await running.listen(app, self._webhook, self._poll_seconds, unnoted)
            await running.register_commands(app)
            logger.info("on Telegram as @%s", app.bot.username)
            await asyncio.Event().wait()
        except InvalidToken as error:
            raise _refused() from error
        finally:
            await running.deafen(app)
            await self._finish()
            self._login.end()
            await running.close(app)

    def _wire(self, app: App, unnoted: Unnoted) -> Listener:
        """Put the adapter's parts around an application that has logged in."""
        pacer = Pacer(self._tempo, self._tasks.start)
        administrators = Administrators()
        delivery = self._delivery = Delivery(app.bot, self._threads, pacer, self._sign)
        reception = Reception(app.bot, self._handle, delivery, self._tasks.start)
        presses = Presses(app.bot, reception, self._threads, delivery, administrators, self._doors)
        listener = Listener(
            app.bot,
            self._threads,
            delivery,
            reception,
            presses,
            administrators,
            self._doors,
            self._tasks.start,
            *self._pauses,
        )

        async def taken(update: Update, _: CallbackContext[Any, Any, Any, Any]) -> None:
            task = self._tasks.start(listener.take(update, unnoted.begin()))
            self._taking.add(task)
            task.add_done_callback(self._taking.discard)

        app.add_handler(TypeHandler(Update, taken))
        return listener

    async def _finish(self) -> None:
        """Let what is being answered be answered, if that is soon."""
        if self._taking:
            await asyncio.wait(self._taking, timeout=_GRACE)
        if self._listener is not None:
            await self._listener.settled(_GRACE)

    def link(self, place: Place, message: str) -> str:
        """A message's address; empty where it has none, outside supergroups."""
        del place
        return link_to(*named(message)) if is_name(message) else ""

    async def post(self, place: Place, message: Outgoing) -> str:
        """Post a message and return its name. One that this chat has already by its nonce is edited instead.

        Raises:
            MessageGoneError: if the place is gone or closed to the bot.
            UnreachableError: if Telegram does not answer in time; the message may have been posted.
            telegram.error.TelegramError: if Telegram fails; trying again makes no second picture.
        """
        return await (await self._ready()).post(spot_of(place.key), message)

    async def edit(self, place: Place, message_id: str, message: Outgoing) -> None:
        """Replace a message. A passing state returns at once and gives way to whatever is newer.

        Raises:
            MessageGoneError: if the place is closed to the bot, or an earlier passing state found the message gone. A
                final state whose message is gone is posted anew.
            UnreachableError: if Telegram does not answer in time.
            telegram.error.TelegramError: if Telegram fails; trying again is safe.
        """
        delivery = await self._ready()
        if message.progress is None:
            await delivery.change(spot_of(place.key), message_id, message)
        else:
            await delivery.show(spot_of(place.key), message_id, message)

    async def _ready(self) -> Delivery:
        await self._login.wait()
        assert self._delivery is not None, "it is online"
        return self._delivery


def _refused() -> TokenRefusedError:
    return TokenRefusedError(
        "Telegram refuses the token; copy it again from @BotFather (/mybots, API Token) into telegram.token or "
        "OMOST_TELEGRAM_TOKEN"
    )
