"""The platforms that the settings enable, each with its hooks into the bot and what it greets with."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable
from urllib.parse import urlsplit

from bot.access.overview import Overview
from bot.catalogues.text import Text, Wording
from bot.chat.shared.fitting import Sign, unsigned
from bot.chat.web.board_links import BoardLinks, Grant, link_secret
from bot.chat.web.init_data import InitData
from bot.errors import extra_installed
from bot.messages import Author, Chat, Handle, Page, Place
from bot.requests.board_links import MakeLink
from bot.requests.limits import Limits
from bot.requests.options import parameters
from bot.settings.config import Settings
from bot.store.inbox import StoredInbox
from bot.store.telegram_messages import StoredThreads
from bot.store.transcript import StoredTranscript
from bot.store.turns import Store

if TYPE_CHECKING:
    # Imported where they are enabled: their libraries take their time.
    from bot.chat.discord.chat import DiscordChat
    from bot.chat.telegram.chat import TelegramChat
    from bot.chat.web.chat import WebChat


_LOCAL = ("127.0.0.1", "::1", "localhost")


@runtime_checkable
class KeepsFiles(Protocol):
    """A platform that keeps files in memory."""

    def forget(self) -> None:
        """Keep them no longer."""
        ...


@runtime_checkable
class Linked(Protocol):
    """A platform whose messages have addresses."""

    def link(self, place: Place, message: str) -> str:
        """A message's address; empty where it has none."""
        ...


@dataclass(frozen=True)
class Hooks:
    """What a platform passes on to the bot: what people do, and whether they may before it is worth the trouble.

    ``page`` is the way in for a platform that shows canvases on a page of its own; the others get links to it.
    """

    handle: Handle
    admit: Handle
    page: Handle


class Platform(Chat, Protocol):
    """A chat that is served: it hears people as long as it runs."""

    async def serve(self) -> None:
        """Hear and speak until cancelled."""
        ...


@runtime_checkable
class HasAddress(Protocol):
    """A platform that is reached at an address of this machine."""

    def bind(self) -> str:
        """Take the address, and say what it is.

        Raises:
            ChatError: if it cannot be had.
        """
        ...


@runtime_checkable
class HasVisitors(Protocol):
    """A platform that people come to: before, nobody is there."""

    @property
    def visited(self) -> asyncio.Event:
        """Set once somebody has come."""
        ...


MakePlatform = Callable[[Hooks], Platform]


def enabled_platforms(
    settings: Settings, store: Store, limits: Limits, links: BoardLinks | None, overview: Overview, sign: Sign | None
) -> Iterator[MakePlatform]:
    if settings.web.enabled:
        yield lambda hooks: _web(settings, store, hooks.page, links, overview)
    if settings.discord.enabled:
        yield lambda hooks: _discord(settings, store, hooks.handle, hooks.admit, limits, sign or unsigned)
    if settings.telegram.enabled:
        yield lambda hooks: _telegram(settings, store, hooks.handle, sign or unsigned)


def board_links_of(settings: Settings) -> BoardLinks | None:
    """The links that open canvases for people of the other platforms; None without a page that they can reach."""
    if not (settings.web.enabled and settings.web.public_url):
        return None
    return BoardLinks(settings.web.public_url, link_secret(settings.data_dir / "link-secret"))


def whispers(place: Place) -> bool:
    """Whether answers there are seen by one person alone: not in Telegram's groups, whose keys are negative."""
    return place.platform != "telegram" or not place.key.startswith("-")


def _apps(settings: Settings) -> InitData | None:
    """Who opened a page as a Mini App; None without a Telegram that could say it."""
    token = settings.telegram.token
    return None if token is None or not settings.telegram.enabled else InitData(token.get_secret_value())


def links_to(links: BoardLinks, mini_app: str = "") -> MakeLink:
    """What makes a page's link for a person; within Telegram it opens as a Mini App, which takes an https address.

    Buttons that open one are for private chats alone; in groups a link to ``mini_app`` does it, where there is one.
    """

    def page(place: Place, author: Author, turn: str) -> Page[Wording]:
        grant, label = Grant(place, author, turn), Text("canvas-open")
        if place.platform == "telegram" and links.is_secure:
            if whispers(place):
                return Page(links.app_url(grant), label, app=True, guarded=True)
            if mini_app:
                return Page(links.start_url(mini_app, grant), label, guarded=True)
        return Page(links.url(grant), label)

    return page


def greetings_of(settings: Settings, chats: Sequence[Platform]) -> Iterator[str]:
    for chat in chats:
        if isinstance(chat, HasAddress):
            yield from _welcome(settings, chat.bind())
        elif chat.platform == "discord":
            yield "On Discord, start with /imagine."
        elif chat.platform == "telegram":
            yield "On Telegram, say what to draw; in groups, start with /imagine."


def _web(settings: Settings, store: Store, handle: Handle, links: BoardLinks | None, overview: Overview) -> WebChat:
    from bot.chat.web.accounts import Accounts
    from bot.chat.web.chat import WebChat
    from bot.chat.web.entry import Door
    from bot.chat.web.sessions import Sessions, session_key

    public = urlsplit(settings.web.public_url).hostname
    web = settings.web
    accounts = Accounts(settings.data_dir / web.accounts) if web.accounts else None
    sessions = None
    if accounts is not None:
        key = session_key(settings.data_dir / "web-session.key")
        sessions = Sessions(key, accounts, 86_400 * web.session_days)
    return WebChat(
        StoredTranscript(store),
        handle,
        settings.web.host,
        settings.web.port,
        allowed_hosts=(*settings.web.allowed_hosts, *([public] if public else ())),
        links=links,
        linked=handle,
        apps=_apps(settings),
        age_restricted=settings.web.age_restricted,
        reports=bool(settings.decency.reports),
        overview=overview,
        door=Door(accounts, sessions, web.proxy_header, frozenset(web.trusted_proxies)),
    )


def _discord(
    settings: Settings, store: Store, handle: Handle, admit: Handle, limits: Limits, sign: Sign
) -> DiscordChat:
    with extra_installed("discord"):
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
        parameters=parameters(limits),
        admit=admit,
        sign=sign,
    )


def _telegram(settings: Settings, store: Store, handle: Handle, sign: Sign) -> TelegramChat:
    with extra_installed("telegram"):
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
        sign=sign,
    )


def address_of(chats: Mapping[str, Linked], place: Place, message: str) -> str:
    chat = chats.get(place.platform)
    return chat.link(place, message) if chat is not None else ""


def _welcome(settings: Settings, address: str) -> Iterator[str]:
    yield f"Open {address} and say what to draw. Ctrl-C stops the bot."
    host, port = settings.web.host, settings.web.port
    if host not in _LOCAL and settings.web.open:
        yield f"The web chat has no login: anyone who can reach {host}:{port} can read and use it."
