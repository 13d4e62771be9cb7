"""The library's application: made for one token, at one address, and kept fed with updates.

Knows no conversation.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httpx
from telegram import BotCommand
from telegram.error import Conflict, TelegramError
from telegram.ext import Application, ApplicationBuilder
from telegram.request import HTTPXRequest

from bot.catalogues.catalogue import say
from bot.chat.telegram.confirming import PollingRequest, Unnoted
from bot.chat.telegram.listener import UPDATES
from bot.chat.telegram.pacing import Limiter, Tempo
from bot.chat.telegram.words import COMMANDS, menu_languages

logger = logging.getLogger(__name__)

App = Application[Any, Any, Any, Any, Any, Any]

API = "https://api.telegram.org/bot"
FILES = "https://api.telegram.org/file/bot"

_STOPPING_SECONDS = 5.0
_TOLD_EVERY = 60.0

_trusted = cache(httpx.create_ssl_context)
"""Whom to trust; the certificates of all authorities are read once."""


@dataclass(frozen=True)
class Webhook:
    """Where Telegram sends updates: the public https address, and where the bot listens behind it.

    Without ``path`` and ``secret`` they are made from the token, so that nobody else knows them.
    """

    url: str
    listen: str = "127.0.0.1"
    port: int = 8443
    path: str = ""
    secret: str = ""


def application(token: str, base_url: str, base_file_url: str, tempo: Tempo, unnoted: Unnoted) -> App:
    """An application that is not connected yet. It confirms what ``unnoted`` says is noted."""
    # The library's own switch for times that are times; without it each refusal is also a deprecation warning.
    os.environ.setdefault("PTB_TIMEDELTA", "1")
    # Refusals are dealt with where they are raised; the limiter would log each as an error, with its traceback.
    logging.getLogger("telegram.ext.AIORateLimiter").setLevel(logging.CRITICAL)
    plain = ApplicationBuilder().token(token).base_url(base_url or API).base_file_url(base_file_url or FILES)
    builder = plain.rate_limiter(Limiter(tempo)).update_queue(unnoted.queue)
    trusted = {"verify": _trusted()}
    request = HTTPXRequest(
        connection_pool_size=32,
        pool_timeout=30,
        connect_timeout=10,
        read_timeout=30,
        write_timeout=30,
        media_write_timeout=90,
        httpx_kwargs=trusted,
    )
    polling = PollingRequest(unnoted, connection_pool_size=2, httpx_kwargs=trusted)
    return builder.request(request).get_updates_request(polling).build()


async def listen(app: App, webhook: Webhook | None, poll_seconds: float, unnoted: Unnoted) -> None:
    """Begin to receive updates, also those that came while the bot was down."""
    updater = app.updater
    assert updater is not None, "the builder makes one"
    await app.start()
    unnoted.queue.answers = webhook is not None
    if webhook is None:
        await updater.start_polling(
            timeout=timedelta(seconds=poll_seconds),
            bootstrap_retries=-1,
            allowed_updates=list(UPDATES),
            error_callback=_Complaints(),
        )
        return
    path = webhook.path.strip("/") or _derived(app.bot.token, "path")
    await updater.start_webhook(
        listen=webhook.listen,
        port=webhook.port,
        url_path=path,
        webhook_url=public_address(webhook.url, path),
        secret_token=webhook.secret or _derived(app.bot.token, "secret"),
        bootstrap_retries=-1,
        allowed_updates=list(UPDATES),
    )


def public_address(url: str, path: str) -> str:
    """Where Telegram is to send updates: ``url``, with the path where it has none of its own."""
    return url if urlsplit(url).path.strip("/") else f"{url.rstrip('/')}/{path}"


def _derived(token: str, purpose: str) -> str:
    return hashlib.sha256(f"{purpose} of {token}".encode()).hexdigest()[:40]


class _Complaints:
    """Tells what is wrong with receiving updates; the library goes on trying, ever more slowly."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told: dict[str, float] = {}

    def __call__(self, error: TelegramError) -> None:
        name = type(error).__name__
        if self._clock() - self._told.get(name, float("-inf")) < _TOLD_EVERY:
            return
        self._told[name] = self._clock()
        if isinstance(error, Conflict):
            logger.error(
                "another program receives this bot's messages with the same token, so some are lost to it; stop it, "
                "or make a token for each at @BotFather. I keep trying. (%s)",
                error.message,
            )
        else:
            logger.warning("no updates from Telegram; I keep trying: %s", error)


async def register_commands(app: App) -> None:
    """Tell Telegram the commands; if that fails, the ones it knows go on working."""
    try:
        for language in menu_languages():
            commands = [BotCommand(name, say(description, language)) for name, description in COMMANDS.items()]
            await app.bot.set_my_commands(commands, language_code=language or None)
    except TelegramError as error:
        logger.warning("the commands could not be registered: %s", error)


async def deafen(app: App) -> None:
    """Receive no more updates; what has been received is confirmed, if Telegram answers within a few seconds."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_STOPPING_SECONDS):
            if app.updater is not None and app.updater.running:
                await app.updater.stop()
            if app.running:
                await app.stop()


async def close(app: App) -> None:
    """Close the connections."""
    with contextlib.suppress(TimeoutError, RuntimeError):
        async with asyncio.timeout(_STOPPING_SECONDS):
            await app.shutdown()
            await app.bot.shutdown()  # what has not logged in is no application's yet
