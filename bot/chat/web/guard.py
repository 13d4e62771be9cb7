"""Who may ask: keeps other web sites' pages from reaching a chat that trusts everyone on this machine.

A page elsewhere can make a browser call 127.0.0.1 (by DNS rebinding or a cross-origin socket), so both the ``Host``
and the ``Origin`` header must name this chat.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.catalogues.catalogue import say
from bot.catalogues.text import Text
from bot.chat.web.board_links import APPS
from bot.chat.web.language import language_in

LOCAL_HOSTS = ("127.0.0.1", "localhost", "::1")


def names_for(host: str, allowed: tuple[str, ...]) -> frozenset[str]:
    """The host names a browser may use. Empty means every name: bound wide, and no name was given."""
    if host in LOCAL_HOSTS or allowed:
        return frozenset(name.lower() for name in (*LOCAL_HOSTS, host, *allowed))
    return frozenset()


def is_welcome(host: str, origin: str, names: frozenset[str]) -> bool:
    """Whether a request with these two headers comes from this chat's own page, or from no page at all."""
    if names and _name(f"//{host}") not in names:
        return False
    return not origin or urlsplit(origin).netloc.lower() == host.lower() or _name(origin) in names


def _name(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


class Guard:
    """ASGI middleware that turns away requests which are not welcome, and forbids framing of what it lets pass."""

    def __init__(self, app: ASGIApp, names: frozenset[str]) -> None:
        self._app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)

        async def send_unframed(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered = MutableHeaders(scope=message)
                if not scope["path"].startswith(APPS):  # their own header says by whom
                    answered["X-Frame-Options"] = "DENY"
                answered["Referrer-Policy"] = "same-origin"
            await send(message)

        if scope.get("method") == "HEAD":  # what watches a page asks so; the server leaves the content out
            scope = {**scope, "method": "GET"}
        if is_welcome(headers.get("host", ""), headers.get("origin", ""), self._names):
            await self._app(scope, receive, send_unframed)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            words = say(Text("web-wrong-host"), language_in(headers))
            await PlainTextResponse(f"{words}\n", status_code=421)(scope, receive, send)
