"""Answers whoever watches over the bot: /metrics for Prometheus, /healthz and /readyz for supervisors.

A port of its own, so that it is there without the web chat, and so that nobody needs an account for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Generator

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.errors import StoreError, WatchError
from bot.ops.metrics import Metrics


def watch_app(metrics: Metrics) -> Starlette:
    """The three answers."""

    async def figures(_: Request) -> Response:
        try:
            return Response(await metrics.text(), media_type=CONTENT_TYPE_LATEST)
        except StoreError as error:
            return PlainTextResponse(f"{error}\n", status_code=503)

    async def alive(_: Request) -> Response:
        return PlainTextResponse("alive\n")

    async def ready(_: Request) -> Response:
        try:
            await metrics.text()
        except StoreError as error:
            return PlainTextResponse(f"{error}\n", status_code=503)
        return PlainTextResponse("ready\n")

    return Starlette(routes=[Route("/metrics", figures), Route("/healthz", alive), Route("/readyz", ready)])


class WatchServer(uvicorn.Server):
    """Serves the answers inside the program, which keeps its signals and its log.

    Raises:
        WatchError: if the address cannot be had.
    """

    def __init__(self, metrics: Metrics, host: str, port: int) -> None:
        super().__init__(
            uvicorn.Config(watch_app(metrics), log_config=None, access_log=False, timeout_graceful_shutdown=1)
        )
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            self._socket = socket.create_server((host, port), family=family)
        except OSError as error:
            reason = error.strerror or error
            raise WatchError(f"metrics: cannot listen on {host}, port {port}: {reason}; set metrics.port") from error

    @property
    def address(self) -> str:
        """Where it answers."""
        host, port = self._socket.getsockname()[:2]
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    async def answer(self) -> None:
        """Answer until cancelled."""
        # A task outside any group: a group would cancel it in the midst of its own shutdown.
        serving = asyncio.create_task(self.serve(sockets=[self._socket]), name="figures")
        try:
            await asyncio.shield(serving)
        finally:
            self.should_exit = True
            with contextlib.suppress(asyncio.CancelledError):
                await serving
            self.close()

    def close(self) -> None:
        """Let the address go."""
        self._socket.close()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """Capture none."""
        yield
