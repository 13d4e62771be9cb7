"""The composition root: the one place where settings, history, queue, models and platforms are put together.

Everything runs in one task group until a signal ends it; what was being drawn then is taken up at the next start.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

from bot.jobs.job import Allowance
from bot.jobs.queue import Queue
from bot.jobs.worker import Engine, Worker
from bot.messages import Chat, Handle
from bot.ops import doctor
from bot.ops.age_limit import AdultsOnly, Discreet
from bot.requests.handlers import Handlers
from bot.requests.limits import Limits, limits_for
from bot.requests.options import size_options, style_options
from bot.settings.config import ConfigError, Settings
from bot.store.assets import Pictures
from bot.store.inbox import StoredInbox
from bot.store.lock import sole_user
from bot.store.migrate import upgrade
from bot.store.store import Store, connect
from bot.store.telegram_messages import StoredThreads
from bot.store.transcript import StoredTranscript
from bot.telling.announcer import Announcer
from omost_pipeline.engine.residency import Models
from omost_pipeline.profiles import Profile

if TYPE_CHECKING:
    # Imported where they are enabled: their libraries take their time.
    from bot.chat.discord.chat import DiscordChat
    from bot.chat.telegram.chat import TelegramChat
    from bot.chat.web.chat import WebChat

logger = logging.getLogger(__name__)

_WEB_PACE = 0.15
"""Seconds between two states of a picture in the browser: nobody limits how fast our own page may change."""

_LOCAL = ("127.0.0.1", "::1", "localhost")


class _StoppedError(Exception):
    """A signal has asked the program to end."""


async def run(
    settings: Settings, say: Callable[[str], None], engine: Callable[[Profile, str | None], Engine] = Models
) -> None:
    """Run the bot until SIGINT or SIGTERM. ``say`` shows one line to whoever started it.

    ``engine`` makes the models for a profile and a device.

    Raises:
        ConfigError: if the settings leave nothing to run.
        OmostError: if the database cannot be used.
        OSError: if the web chat's port cannot be had.
    """
    if not (settings.web.enabled or settings.discord.enabled or settings.telegram.enabled):
        expected = "it should be true, or discord.enabled or telegram.enabled should: there is no platform to run"
        raise ConfigError("settings", (f"web.enabled: found false; {expected}",))
    try:
        async with _store(settings) as store:
            await _serve(settings, store, say, engine)
    except ExceptionGroup as group:
        raise _first(group) from group


@asynccontextmanager
async def _store(settings: Settings) -> AsyncGenerator[Store]:
    with sole_user(settings.database):
        await asyncio.to_thread(upgrade, settings.database)
        engine = connect(settings.database)
        try:
            yield Store(engine)
        finally:
            await engine.dispose()


async def _serve(
    settings: Settings, store: Store, say: Callable[[str], None], engine: Callable[[Profile, str | None], Engine]
) -> None:
    profile = settings.chosen_profile()
    chats: dict[str, Chat] = {}
    queue = Queue(store)
    pictures = Pictures(settings.data_dir / "pictures")
    announcer = Announcer(store, queue, pictures, chats)
    compose = settings.compose_options()
    models = engine(profile, settings.torch_device)
    drawing, paces = settings.render_options(), {"web": _WEB_PACE}
    worker = Worker(store, queue, announcer, pictures, models, compose, drawing, settings.highres(), paces=paces)
    limits = limits_of(settings, profile)
    handlers = Handlers(store, queue, announcer, profile, limits)
    handle = AdultsOnly(handlers.handle, chats) if profile.unfiltered else handlers.handle
    shown: Callable[[Chat], Chat] = Discreet if profile.unfiltered else _as_it_is
    greetings: list[str] = []
    services: list[Callable[[], Coroutine[object, object, None]]] = [worker.run]
    if settings.web.enabled:
        web = _web(settings, store, handle)
        chats[web.platform] = shown(web)
        services.append(web.serve)
        greetings += _welcome(settings, web.bind())
    if settings.discord.enabled:
        admit = AdultsOnly(handlers.admit, chats) if profile.unfiltered else handlers.admit
        discord = _discord(settings, store, handle, admit, limits)
        chats[discord.platform] = shown(discord)
        services.append(discord.serve)
        greetings.append("On Discord, /imagine begins.")
    if settings.telegram.enabled:
        telegram = _telegram(settings, store, handle)
        chats[telegram.platform] = shown(telegram)
        services.append(telegram.serve)
        greetings.append("On Telegram, say what to draw; in groups, /imagine begins.")
    with contextlib.suppress(_StoppedError):
        await _until_stopped(settings, services, greetings, say)
    say("Stopped.")


def _as_it_is(chat: Chat) -> Chat:
    return chat


def _web(settings: Settings, store: Store, handle: Handle) -> WebChat:
    from bot.chat.web.chat import WebChat

    return WebChat(
        StoredTranscript(store),
        handle,
        settings.web.host,
        settings.web.port,
        allowed_hosts=settings.web.allowed_hosts,
        age_restricted=settings.web.age_restricted,
    )


def _discord(settings: Settings, store: Store, handle: Handle, admit: Handle, limits: Limits) -> DiscordChat:
    from bot.chat.discord.chat import DiscordChat

    discord = settings.discord
    assert discord.token is not None, "the settings were checked: it is enabled"
    return DiscordChat(
        discord.token.get_secret_value(),
        handle,
        StoredInbox(store),
        api_url=discord.api_url,
        gateway_url=discord.gateway_url,
        sharded=discord.sharded,
        message_content=discord.message_content,
        switches=settings.data_dir / "discord-listening.json",
        sizes=size_options(limits),
        styles=style_options(),
        admit=admit,
    )


def _telegram(settings: Settings, store: Store, handle: Handle) -> TelegramChat:
    from bot.chat.telegram.chat import TelegramChat, Webhook

    telegram = settings.telegram
    assert telegram.token is not None, "the settings were checked: it is enabled"
    secret = telegram.webhook_secret.get_secret_value() if telegram.webhook_secret is not None else ""
    own = telegram.webhook_listen, telegram.webhook_port, telegram.webhook_path, secret
    return TelegramChat(
        telegram.token.get_secret_value(),
        handle,
        StoredThreads(store),
        base_url=telegram.base_url,
        base_file_url=telegram.base_file_url,
        webhook=Webhook(telegram.webhook_url, *own) if telegram.webhook_url else None,
        chats=telegram.allowed_chats,
        users=telegram.allowed_users,
        age_restricted=telegram.age_restricted_chats,
    )


async def _until_stopped(
    settings: Settings,
    services: Sequence[Callable[[], Coroutine[object, object, None]]],
    greetings: Sequence[str],
    say: Callable[[str], None],
) -> None:
    """Everything that runs, in one group; raises what ended it."""
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_signal())
            for service in services:
                tasks.create_task(service())
            for greeting in greetings:
                say(greeting)
            if settings.profile == "tiny" and settings.device != "cpu":
                tasks.create_task(_mention_card(say))
    except ExceptionGroup as group:
        raise _first(group) from group


def limits_of(settings: Settings, profile: Profile) -> Limits:
    """What may be asked for, as the settings and the profile have it."""
    limits = settings.limits
    allowance = Allowance(limits.waiting_per_author, limits.waiting, limits.per_minute)
    return replace(limits_for(profile, limits.words, allowance), larger=settings.render.highres_scale)


def _welcome(settings: Settings, address: str) -> Iterator[str]:
    yield f"Open {address} and say what to draw. Ctrl-C stops the bot."
    host, port = settings.web.host, settings.web.port
    if host not in _LOCAL:
        yield f"The web chat has no log-in: whoever reaches {host}:{port} can use and read it."


async def _mention_card(say: Callable[[str], None]) -> None:
    """One line where the machine could do more than the tiny models."""
    card = await asyncio.to_thread(doctor.graphics_card)
    better = doctor.fitting_profile(card) if card is not None else None
    if card is not None and better is not None:
        say(f"{card.name} is here: {doctor.advice(better)}.")


async def _signal() -> NoReturn:
    """Wait for SIGINT or SIGTERM, then end the group. A second signal does what it does to any program."""
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    caught = (signal.SIGINT, signal.SIGTERM)
    try:
        for number in caught:
            loop.add_signal_handler(number, stopped.set)
    except NotImplementedError:  # Windows: Ctrl-C cancels the whole run instead
        logger.debug("this platform has no signal handlers")
    try:
        await stopped.wait()
    finally:
        for number in caught:
            with contextlib.suppress(NotImplementedError):
                loop.remove_signal_handler(number)
    raise _StoppedError


def _first(group: ExceptionGroup[Exception]) -> Exception:
    """The error to tell of: the first that is not merely the wish to stop."""
    errors = list(_leaves(group))
    return next((error for error in errors if not isinstance(error, _StoppedError)), errors[0])


def _leaves(group: ExceptionGroup[Exception]) -> list[Exception]:
    found: list[Exception] = []
    for error in group.exceptions:
        found.extend(_leaves(error) if isinstance(error, ExceptionGroup) else [error])
    return found
