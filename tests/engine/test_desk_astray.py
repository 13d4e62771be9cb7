"""What goes astray between the bot and a cluster's desk: connections that are cut, and who leaves while they wait."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import aclosing, suppress
from pathlib import Path

import pytest
from PIL import Image

from omost_pipeline.engine.assets import picture_bytes, picture_of
from omost_pipeline.engine.events import Drawn, Event, Looked, Stepped
from omost_pipeline.engine.local import LocalEngine
from omost_pipeline.engine.ray import engine as engine_module
from omost_pipeline.engine.ray.engine import RayEngine
from omost_pipeline.engine.requests import DrawRequest, LookRequest, Request
from omost_pipeline.renderer.protocol import Highres, RenderOptions
from tests.contract.desk_engine import DeskCluster, held_on_a_desk, on_a_desk
from tests.fakes import FakeModels, canvas_for, until

UP, DOWN = "up", "down"
"""To the desk, and from it."""

CANVAS = canvas_for("red house")
SIDE = 1200
"""Of a picture that takes four megabytes."""


class CutWire:
    """The way to a desk: each connection ends after so many bytes in one direction, and those after them are whole."""

    def __init__(self, cluster: DeskCluster, cuts: list[tuple[str, int]]) -> None:
        self._cluster = cluster
        self.cuts = cuts
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    @property
    def up(self) -> bool:
        return self._cluster.up

    def start(self) -> None:
        self._cluster.start()

    async def url(self) -> str:
        self._desk = int((await self._cluster.url()).rpartition(":")[2])
        if self._server is None:
            self._server = await asyncio.start_server(self._begin, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.wait(self._open)
        await self._cluster.close()

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        direction, most = self.cuts.pop(0) if self.cuts else ("", 0)
        desk_reader, desk_writer = await asyncio.open_connection("127.0.0.1", self._desk)
        up = asyncio.create_task(_carry(reader, desk_writer, most if direction == UP else None))
        down = asyncio.create_task(_carry(desk_reader, writer, most if direction == DOWN else None))
        try:
            await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            up.cancel()
            down.cancel()
            for each in (writer, desk_writer):
                each.close()
                with suppress(ConnectionError):
                    await each.wait_closed()


class Silent:
    """A cluster that is there and says nothing."""

    up = True

    def __init__(self, url: str) -> None:
        self._url = url

    def start(self) -> None:
        """It is there already."""

    async def url(self) -> str:
        return self._url

    async def close(self) -> None:
        """Nothing is held."""


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, most: int | None) -> None:
    """Pass bytes on until there are no more, or ``most`` have been."""
    while content := await reader.read(2**16):
        writer.write(content if most is None else content[:most])
        with suppress(ConnectionError):
            await writer.drain()
        if most is not None:
            most -= len(content)
            if most <= 0:
                return


async def events_of(engine: RayEngine, request: Request) -> list[Event]:
    async with asyncio.timeout(30), aclosing(engine.run(request)) as events:
        return [event async for event in events]


def cluster_of(engine: RayEngine) -> DeskCluster:
    assert isinstance(engine._cluster, DeskCluster)
    return engine._cluster


@pytest.mark.parametrize(
    "cuts",
    [
        pytest.param([(DOWN, 0)], id="no answer"),
        pytest.param([(DOWN, 20), (DOWN, 700)], id="half an answer, twice"),
        pytest.param([(UP, 50)], id="half a request's head"),
        pytest.param([(UP, 1_000_000), (DOWN, 100)], id="half a picture up, then half an answer down"),
    ],
)
async def test_a_connection_that_is_cut_costs_nothing_but_another_one(cuts: list[tuple[str, int]]) -> None:
    models = FakeModels()
    engine = on_a_desk(lambda: LocalEngine(models))
    cluster = cluster_of(engine)
    wire = CutWire(cluster, cuts)
    engine._cluster = wire
    large = engine.assets.keep(picture_bytes(Image.effect_noise((SIDE, SIDE), 90.0)))
    options = RenderOptions(640, 640, images=3, highres=Highres(scale=1.5, steps=2))
    events = await events_of(engine, DrawRequest("d", CANVAS, options, large, preview_every=0.0))
    assert [event.number for event in events if isinstance(event, Stepped)] == [1, 2, 3]
    [drawn] = [event for event in events if isinstance(event, Drawn)]
    for each in drawn.pictures:
        assert picture_of(await engine.assets.get(each.asset)).size == (each.width, each.height)
    assert (len(models.drawn), len(cluster.attempts), wire.cuts) == (1, 1, [])
    [enlarged] = models.enlarged
    assert enlarged is not None
    assert enlarged.size == (SIDE, SIDE)
    await engine.close()


async def test_who_leaves_before_the_first_event_leaves_no_work_behind() -> None:
    engine, models = held_on_a_desk()
    cluster = cluster_of(engine)
    request = DrawRequest("d", CANVAS, RenderOptions(64, 64))
    for _ in range(2):  # the second one waits for its turn behind what cannot be stopped at once
        begun = len(cluster.attempts)
        asking = asyncio.create_task(events_of(engine, request))
        await until(lambda begun=begun: len(cluster.attempts) > begun)  # type: ignore[misc]
        asking.cancel()
        await asyncio.wait({asking})
        assert cluster.desk is not None
        assert not cluster.desk._errands
    for each in models:
        each.drawing.open()
    await until(lambda: all(attempt.done() for attempt in cluster.attempts))
    assert not any(each.drawn for each in models)
    await engine.close()


async def test_who_cancels_does_not_wait_for_a_desk_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "_FAREWELL", 0.1)
    asked: list[bytes] = []
    over = asyncio.Event()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        await over.wait()
        writer.close()

    engine = on_a_desk()
    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    engine._cluster = Silent(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    asking = asyncio.create_task(events_of(engine, DrawRequest("d", CANVAS, RenderOptions(64, 64))))
    await until(lambda: asked)
    asking.cancel()
    async with asyncio.timeout(10):
        await asyncio.wait({asking})
    assert [line.partition(b" ")[0] for line in asked] == [b"PUT", b"DELETE"]
    over.set()
    await engine.close()
    server.close()


def test_who_holds_on_to_ray_leaves_no_folder_behind_where_the_bot_was_killed(tmp_path: Path) -> None:
    folder = tmp_path / "ray"
    folder.mkdir()
    (folder / "log").touch()
    keeper = [sys.executable, "-m", "omost_pipeline.engine.ray.keeper"]
    subprocess.run(keeper, input=f"{folder}\n".encode(), check=True)
    assert not folder.exists()


async def test_a_picture_is_looked_at_once() -> None:
    engine = on_a_desk()
    asset = engine.assets.keep(picture_bytes(Image.new("RGB", (8, 8))))
    assert await events_of(engine, LookRequest("l", asset)) == [Looked({})]
    assert len(cluster_of(engine).attempts) == 1
    await engine.close()
