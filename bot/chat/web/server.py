"""The small server under the web chat: its socket, its routes, NiceGUI mounted beside them. Knows no conversation."""

from __future__ import annotations

import contextlib
import errno
import socket
from collections.abc import Generator, Sequence
from pathlib import Path

import nicegui
import uvicorn
from fastapi import FastAPI
from nicegui import ui
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from bot.catalogues.catalogue import say
from bot.catalogues.text import Text
from bot.chat.web.desk import Desk, is_key, person_called
from bot.chat.web.entry import NAME, Door, Entry
from bot.chat.web.guard import Guard, names_for
from bot.chat.web.language import language_in
from bot.chat.web.page import ASSETS, register_pages
from bot.errors import ChatError

_RECONNECT_SECONDS = 20.0
"""How long a page may be silent before it is forgotten; generous, because drawing can make the machine slow."""


class WebChatError(ChatError):
    """The web chat cannot be served; names the host and port and says what to do."""


class WebServer(uvicorn.Server):
    """An ASGI server inside somebody else's program: it leaves signals and logging to the program."""

    def __init__(self, app: FastAPI) -> None:
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=2,
            lifespan="on",
            proxy_headers=False,  # the door decides whose word on where somebody comes from counts
        )
        super().__init__(config)

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Capture none."""
        yield


def open_socket(host: str, port: int) -> socket.socket:
    """Listen on ``host`` and ``port``.

    Raises:
        WebChatError: if that is not possible.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            message = f"port {port} on {host} is in use; stop the other program or choose another port for the web chat"
        else:
            message = f"cannot listen on {host}, port {port}: {error.strerror or error}; check the web chat's host"
        raise WebChatError(message) from error


def web_app(
    desk: Desk, host: str, title: str, allowed_hosts: tuple[str, ...], door: Door, pages: Sequence[Route]
) -> FastAPI:
    """The whole web application for one desk; ``pages`` are the addresses of those that are no chat."""

    async def attachment(request: Request) -> Response:
        key, name = request.path_params["key"], request.path_params["name"]
        person = person_called(str(request.scope[NAME]))
        found = await desk.files.find(person.whole_key(key), name) if is_key(key) else None
        if found is None:
            words = say(Text("web-no-attachment"), language_in(request.headers))
            return Response(words, status_code=404, media_type="text/plain")
        headers = {"Cache-Control": "private, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
        return Response(found.content, media_type=found.media_type, headers=headers)

    routes = [
        Route("/attachments/{key}/{name}", attachment),
        Route("/uploads", desk.uploads.receive, methods=["POST"]),
        *pages,
        Mount("/assets", StaticFiles(directory=ASSETS)),
    ]
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, routes=routes)
    desk.can_leave = door.sessions is not None
    app.add_middleware(Entry, door=door)  # what is added last is asked first
    app.add_middleware(Guard, names=names_for(host, allowed_hosts))
    _forget_earlier_run()
    register_pages(desk, title)
    ui.run_with(
        app,
        title=title,
        favicon=(Path(ASSETS) / "mark.svg").read_text(encoding="utf-8"),
        dark=None,
        language="en-US",
        viewport="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content",
        binding_refresh_interval=None,
        reconnect_timeout=_RECONNECT_SECONDS,
        tailwind=False,
        show_welcome_message=False,
    )
    return app


def _forget_earlier_run() -> None:
    """Let NiceGUI be mounted again in a process where it has been served before: it keeps its middleware and pages."""
    nicegui.app.user_middleware.clear()
    nicegui.app.middleware_stack = None
    nicegui.Client.instances.clear()  # so that a page of the earlier run loads itself anew
