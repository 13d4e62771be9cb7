"""The web chat: a page in the browser that speaks through the same ``Chat`` protocol as the other platforms.

It keeps its messages in a :class:`~bot.messages.Transcript` and pushes each change to every open page. It does not
know what a picture is made of, who makes it, or where the transcript is stored.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Awaitable, Callable

from bot.chat.shared.outbox import Outbox
from bot.chat.shared.service import Tasks
from bot.chat.web.admin_page import AdminPage, Overview
from bot.chat.web.board_links import BoardLinks
from bot.chat.web.board_page import BoardPages
from bot.chat.web.desk import Desk
from bot.chat.web.entry import Door
from bot.chat.web.init_data import InitData
from bot.chat.web.server import WebChatError, WebServer, open_socket, web_app
from bot.messages import Handle, Outgoing, Place, Post, Transcript

__all__ = ["WebChat", "WebChatError"]

log = logging.getLogger(__name__)


class WebChat:
    """A web page for one person at one machine; implements :class:`~bot.messages.Chat`.

    What the person writes is added to the transcript here, then handed to ``handle``. Only one web chat can serve at
    a time in a process, because NiceGUI keeps its pages in the process.
    """

    def __init__(
        self,
        transcript: Transcript,
        handle: Handle,
        host: str = "127.0.0.1",
        port: int = 8080,
        *,
        title: str = "Omost",
        allowed_hosts: tuple[str, ...] = (),
        age_restricted: bool = False,
        door: Door | None = None,
        links: BoardLinks | None = None,
        apps: InitData | None = None,
        linked: Handle | None = None,
        reports: bool = False,
        overview: Overview | None = None,
        pause: float = 1.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Prepare; nothing is opened yet.

        ``port`` 0 takes any free port. ``allowed_hosts`` are the names, besides this machine's own, under which a
        browser may ask; without any, a chat bound to more than this machine answers to every name. ``age_restricted``
        says that only adults reach it. ``door`` is how people come in, by default without a log-in. ``links`` open
        canvases for people of other platforms, whose changes go to ``linked``. With ``reports`` pictures can be
        reported. ``overview`` is what admins see on a page of their own.
        ``pause`` is how many seconds may lie between messages that are one request;
        ``sleep`` waits them out.
        """
        self._transcript = transcript
        self._host = host
        self._port = port
        self._title = title
        self._allowed_hosts = allowed_hosts
        self._age_restricted = age_restricted
        self._door = door or Door()
        self._tasks = Tasks("The web chat")
        self._outbox: Outbox[tuple[str, str]] = Outbox("The web chat", self._tasks.start)
        self._desk = Desk(transcript, handle, self._tasks.start, pause, sleep)
        self._desk.reports = reports
        self._pages = BoardPages(self._desk, links, linked, apps).routes()
        if overview is not None:
            self._pages += AdminPage(overview).routes()
        self._socket: socket.socket | None = None

    @property
    def platform(self) -> str:
        """The name that this chat's places carry."""
        return "web"

    @property
    def visited(self) -> asyncio.Event:
        """Set once somebody has opened the page."""
        return self._desk.visited

    async def age_restricted(self, place: Place) -> bool:
        """As the settings say, for every conversation."""
        del place
        return self._age_restricted

    def bind(self) -> str:
        """Take the port, so that a browser can already knock, and return the address to open.

        Raises:
            WebChatError: if the port or the host cannot be had.
            AccountsError: if the accounts cannot be read.
        """
        if self._socket is None:
            if self._door.accounts is not None:
                self._door.accounts.read()
            self._socket = open_socket(self._host, self._port)
        port = self._socket.getsockname()[1]
        shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self._host, self._host)  # noqa: S104 - shown, not bound
        return f"http://{f'[{shown}]' if ':' in shown and not shown.startswith('[') else shown}:{port}"

    async def serve(self) -> None:
        """Serve until cancelled, on the running event loop; then close every page's connection and return.

        Raises:
            WebChatError: if the port or the host cannot be had.
        """
        log.info("web chat at %s", self.bind())
        assert self._socket is not None
        taken, self._socket = self._socket, None
        application = web_app(self._desk, self._host, self._title, self._allowed_hosts, self._door, self._pages)
        server = WebServer(application)
        # A task outside any group: a group would cancel it in the midst of its own shutdown.
        serving = asyncio.create_task(server.serve(sockets=[taken]), name="web chat server")
        try:
            async with self._tasks.served():
                self._tasks.start(self._desk.resume())
                try:
                    await asyncio.shield(serving)
                finally:
                    await self._desk.flush()
        finally:
            server.should_exit = True
            with contextlib.suppress(asyncio.CancelledError):
                await serving
            taken.close()

    async def post(self, place: Place, message: Outgoing) -> str:
        """Store a message and show it on every page that looks at its place; return its id."""
        post_id = await self._transcript.add(place, message, None)
        self._desk.show(place, Post(post_id, message))
        await self._desk.refresh_list()
        return post_id

    async def edit(self, place: Place, message_id: str, message: Outgoing) -> None:
        """Replace a message on every page that looks at its place; a passing state is shown and not stored.

        Raises:
            MessageGoneError: if there is no such message to be stored.
        """
        key = place.key, message_id
        if message.progress is not None:
            await self._outbox.passing(key, lambda: self._desk.pass_by(place, Post(message_id, message)))
        else:
            await self._outbox.final(key, lambda: self._replace(place, message_id, message))

    def forget(self) -> None:
        """Keep no file in memory that pages have shown; what is still there is found again."""
        self._desk.files.clear()

    async def _replace(self, place: Place, message_id: str, message: Outgoing) -> None:
        await self._transcript.change(place, message_id, message)
        self._desk.show(place, Post(message_id, message))
