"""The engine of a cluster without the cluster: its client, desk and replicas in one process, with HTTP between them."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Generator, Sequence

import uvicorn
from starlette.requests import Request
from starlette.types import Receive, Scope
from starlette.types import Send as SendResponse

from omost_pipeline.engine.families import sizes_of
from omost_pipeline.engine.local import LocalEngine
from omost_pipeline.engine.protocol import EngineInfo
from omost_pipeline.engine.ray.desk import Desk, Errand, News
from omost_pipeline.engine.ray.engine import RayEngine
from omost_pipeline.engine.ray.front import answer
from omost_pipeline.engine.ray.replica import Replica
from omost_pipeline.profiles import PROFILES
from tests.fakes import FakeModels

TINY = PROFILES["tiny"]


class DeskCluster:
    """A desk and some replicas, which a test may take away and bring back."""

    def __init__(self, make: Callable[[], LocalEngine], replicas: int = 2, lease: float = 30.0) -> None:
        self._make, self._count, self._lease = make, replicas, lease
        self._replicas: list[Replica] = []
        self._turn = 0
        self.attempts: list[asyncio.Task[None]] = []
        self.desk: Desk | None = None
        self._server: _Server | None = None

    @property
    def up(self) -> bool:
        return self.desk is not None

    def start(self) -> None:
        if not self.up:
            self.replace()

    def replace(self) -> None:
        """Another desk, which knows nothing of what the one before was asked, and other replicas."""
        self.desk = Desk(self._send, self._lease)
        self._replicas = [Replica(self._make, self._tell) for _ in range(self._count)]

    async def url(self) -> str:
        if self._server is None:
            self._server = _Server(self)
        return self._server.url

    async def close(self) -> None:
        if self._server is not None:
            await self._server.stop()
        for attempt in self.attempts:
            attempt.cancel()
        for replica in self._replicas:
            await replica._engine.close()

    async def __call__(self, scope: Scope, receive: Receive, send: SendResponse) -> None:
        """The desk's HTTP, as ASGI."""
        assert self.desk is not None
        response = await answer(self.desk, Request(scope, receive), _held)
        await response(scope, receive, send)

    async def _tell(self, errand: str, attempt: int, news: Sequence[News], last: bool) -> bool:
        assert self.desk is not None
        return await self.desk.tell(errand, attempt, news, last)

    def _send(self, errand: Errand) -> asyncio.Task[None]:
        self._turn += 1
        replica = self._replicas[self._turn % len(self._replicas)]
        work = replica.work(errand.id, errand.attempt, errand.request, errand.assets)
        self.attempts.append(asyncio.get_running_loop().create_task(work))
        return self.attempts[-1]


class _Server(uvicorn.Server):
    """Answers on a port of its own, with none of the process's signals."""

    def __init__(self, app: DeskCluster) -> None:
        config = uvicorn.Config(app, lifespan="off", log_config=None, access_log=False, timeout_graceful_shutdown=1)
        super().__init__(config)
        listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        self._serving = asyncio.create_task(self.serve([listening]))

    async def stop(self) -> None:
        self.should_exit = True
        await self._serving

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


def _held(content: bytes) -> Awaitable[bytes]:
    held: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
    held.set_result(content)
    return held


def on_a_desk(make: Callable[[], LocalEngine] = lambda: LocalEngine(FakeModels())) -> RayEngine:
    """The engine, with a cluster of this process."""
    cluster = DeskCluster(make)
    info = EngineInfo(TINY.name, TINY.composer, TINY.renderer, sizes_of(TINY.renderer), 4)
    return RayEngine(cluster, info)


def held_on_a_desk() -> tuple[RayEngine, list[FakeModels]]:
    """The same, and the models of its replicas as they are made: each holds its drawing until it is opened."""
    models: list[FakeModels] = []

    def make() -> LocalEngine:
        models.append(FakeModels())
        models[-1].drawing.shut()
        return LocalEngine(models[-1])

    return on_a_desk(make), models
