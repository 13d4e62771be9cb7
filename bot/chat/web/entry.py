"""The door of the web chat: open on this machine, else with a log-in or by what a trusted proxy says.

Whoever comes in stands in the request's scope from there on, also in a socket's. Knows no conversation.
"""

from __future__ import annotations

import asyncio
import html
from collections.abc import Collection
from dataclasses import dataclass, field
from math import ceil
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.catalogues.catalogue import say
from bot.catalogues.text import Text
from bot.chat.web.accounts import LONGEST_PASSWORD, Accounts, Attempts, is_name
from bot.chat.web.language import language_in
from bot.chat.web.sessions import COOKIE, Sessions

NAME = "omost.person"
"""Where in a request's scope the name of whoever asks stands; empty where the chat is open."""

PUBLIC = ("/healthz", "/readyz")
"""What anybody may ask for: it says nothing about anybody."""

_SIGNED_OR_PUBLIC = ("/assets/", "/canvas/")
"""What begins the addresses that anybody may ask for: files of the pages, and links that are signed for a person."""

_LARGEST_FORM = 8 * LONGEST_PASSWORD
_AT_ONCE = 2
"""Passwords that are checked at the same time: each takes memory."""


@dataclass(frozen=True)
class Door:
    """How people come in. With neither sessions nor a header everybody who reaches the chat does."""

    accounts: Accounts | None = None
    sessions: Sessions | None = None
    header: str = ""
    proxies: frozenset[str] = frozenset()
    attempts: Attempts = field(default_factory=Attempts)

    @property
    def is_open(self) -> bool:
        """Whether there is no log-in."""
        return self.sessions is None and not self.header

    def name_of(self, scope: Scope) -> str | None:
        """Who asks; None for somebody who is not let in."""
        headers = Headers(scope=scope)
        if self.header and peer_of(scope) in self.proxies:
            given = headers.getlist(self.header)
            if given:
                return given[0] if len(given) == 1 and is_name(given[0]) else None
        if self.sessions is not None:
            return self.sessions.name_in(_cookie(headers))
        return "" if self.is_open else None


def peer_of(scope: Scope) -> str:
    """The address that the connection comes from."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def _cookie(headers: Headers) -> str:
    for pair in headers.get("cookie", "").split(";"):
        name, _, value = pair.strip().partition("=")
        if name == COOKIE:
            return value
    return ""


class Entry:
    """ASGI middleware that lets nobody pass who is not known, and serves the log-in."""

    def __init__(self, app: ASGIApp, door: Door, public: Collection[str] = PUBLIC) -> None:
        self._app = app
        self._door = door
        self._public = public
        self._checking = asyncio.Semaphore(_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        if self._door.sessions is not None and scope["type"] == "http" and path in {"/login", "/logout"}:
            await (await self._log_in_or_out(Request(scope, receive), path))(scope, receive, send)
            return
        name = self._door.name_of(scope)
        if name is not None:
            scope[NAME] = name
            await self._app(scope, receive, send)
        elif path in self._public or path.startswith(_SIGNED_OR_PUBLIC):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self._turned_away(Request(scope))(scope, receive, send)

    def _turned_away(self, request: Request) -> Response:
        """To the log-in, where there is one and a page was asked for."""
        pages = "text/html" in request.headers.get("accept", "")
        if self._door.sessions is not None and request.method == "GET" and pages:
            return RedirectResponse("/login", status_code=303)
        return PlainTextResponse(say(Text("web-not-logged-in"), language_in(request.headers)) + "\n", status_code=401)

    async def _log_in_or_out(self, request: Request, path: str) -> Response:
        if path == "/login" and request.method == "GET":
            return _form(request)
        if request.method != "POST":
            return PlainTextResponse("GET or POST\n", status_code=405)
        if path == "/logout":
            left = RedirectResponse("/login", status_code=303)
            left.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")
            return left
        return await self._log_in(request)

    async def _log_in(self, request: Request) -> Response:
        accounts, sessions, attempts = self._door.accounts, self._door.sessions, self._door.attempts
        assert accounts is not None, "where there are sessions there are accounts"
        assert sessions is not None, "else there is no log-in"
        content = bytearray()
        async for piece in request.stream():
            content += piece
            if len(content) > _LARGEST_FORM:
                return PlainTextResponse(
                    say(Text("web-form-too-large"), language_in(request.headers)) + "\n", status_code=413
                )
        given = parse_qs(content.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=8)
        name, password = given.get("name", [""])[0].strip()[:64], given.get("password", [""])[0]
        address = self._address(request)
        if (rest := attempts.wait(name, address)) > 0:
            return _form(request, Text("web-too-many-attempts", minutes=ceil(rest / 60)), 429, name)
        attempts.wrong(name, address)
        async with self._checking:
            known = await asyncio.to_thread(accounts.verify, name, password)
        if not known:
            return _form(request, Text("web-wrong-password"), 401, name)
        attempts.right(name, address)
        entered = RedirectResponse("/", status_code=303)
        entered.set_cookie(
            COOKIE,
            sessions.cookie_for(name),
            max_age=int(sessions.seconds),
            httponly=True,
            samesite="lax",
            secure=self._is_secure(request),
        )
        return entered

    def _address(self, request: Request) -> str:
        """Where somebody really is: what a trusted proxy says last, else where the connection comes from."""
        peer = peer_of(request.scope)
        forwarded = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
        return forwarded[:64] if peer in self._door.proxies and forwarded else peer

    def _is_secure(self, request: Request) -> bool:
        proxied = peer_of(request.scope) in self._door.proxies
        return request.url.scheme == "https" or (proxied and request.headers.get("x-forwarded-proto") == "https")


def _form(request: Request, problem: Text | None = None, status: int = 200, name: str = "") -> Response:
    """The page of the log-in; whatever was entered comes back as text."""
    language = language_in(request.headers)

    def words(text: Text) -> str:
        return html.escape(say(text, language))

    told = f'<p role="alert">{words(problem)}</p>' if problem is not None else ""
    page = f"""<!doctype html>
<html lang="{html.escape(language or "en")}"><head><meta charset="utf-8"><title>{words(Text("web-log-in"))}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/assets/chat.css"></head>
<body class="log-in"><main><img src="/assets/mark.svg" alt="" width="48" height="48">
<h1>{words(Text("web-log-in"))}</h1>
{told}<form method="post" action="/login"><label>{words(Text("web-name"))}
<input name="name" autocomplete="username" required maxlength="64" autofocus value="{html.escape(name)}"></label>
<label>{words(Text("web-password"))}
<input name="password" type="password" autocomplete="current-password" required maxlength="{LONGEST_PASSWORD}"></label>
<button type="submit">{words(Text("web-log-in"))}</button></form></main></body></html>
"""
    return HTMLResponse(page, status_code=status, headers={"Cache-Control": "no-store"})
