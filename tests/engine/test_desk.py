"""The desk of a cluster without Ray: what is fetched, who is still wanted, and who takes over."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest

from omost_pipeline.engine.assets import picture_of
from omost_pipeline.engine.events import Activity, Drawn, Event, Failed, Part, Preparing, Stepped
from omost_pipeline.engine.local import LocalEngine
from omost_pipeline.engine.ray.desk import ATTEMPTS, ROOM, Desk, Errand
from omost_pipeline.engine.ray.frames import assets_of, pack, unpack
from omost_pipeline.engine.ray.replica import _gathered
from omost_pipeline.engine.requests import DrawRequest, EarlierPicture
from omost_pipeline.engine.wire import from_json, to_json
from omost_pipeline.renderer.protocol import RenderOptions
from tests.contract.desk_engine import DeskCluster, held_on_a_desk, on_a_desk
from tests.fakes import FakeModels, canvas_for, until

STEP, DRAWN = to_json(Stepped(1, 2)), to_json(Drawn(()))


class Work:
    """Work at a replica, which ends when the test says so."""

    def __init__(self) -> None:
        self.end = asyncio.get_running_loop().create_future()
        self.cancelled = False

    def __await__(self) -> Generator[Any, Any, object]:
        return self.end.__await__()

    def cancel(self) -> None:
        self.cancelled = True


class Replicas:
    """Remembers what it is sent."""

    def __init__(self) -> None:
        self.sent: list[Work] = []

    def __call__(self, errand: Errand) -> Work:
        self.sent.append(Work())
        return self.sent[-1]


async def begun(desk: Desk, replicas: Replicas, name: str = "a") -> Errand:
    errand = Errand(name, Part.RENDERER, "a request", {})
    desk.begin(errand)
    await until(lambda: replicas.sent)
    return errand


async def fetched(desk: Desk, after: int) -> tuple[list[tuple[int, str]], bool, dict[str, bytes]]:
    body = await desk.fetch("a", after, 1.0)
    assert body is not None
    head, assets = unpack(body)
    return [(attempt, text) for attempt, text in head["events"]], head["over"], assets


async def test_what_has_not_arrived_is_fetched_once_more() -> None:
    replicas = Replicas()
    desk = Desk(replicas, lease=30.0)
    await begun(desk, replicas)
    assert await desk.tell("a", 1, [(STEP, {"p": b"preview"})], last=False)
    assert await fetched(desk, 0) == ([(1, STEP)], False, {"p": b"preview"})
    assert await fetched(desk, 0) == ([(1, STEP)], False, {"p": b"preview"})
    assert await desk.tell("a", 1, [(DRAWN, {})], last=True)
    replicas.sent[0].end.set_result(None)
    assert await fetched(desk, 1) == ([(1, DRAWN)], True, {})


async def test_work_that_nobody_asks_about_is_cancelled_when_its_lease_ends() -> None:
    replicas = Replicas()
    desk = Desk(replicas, lease=0.5)
    await begun(desk, replicas)
    await until(lambda: replicas.sent[0].cancelled)
    assert await desk.fetch("a", 0, 0.0) is None
    assert not await desk.tell("a", 1, [], last=False), "the replica is told so, too"


async def test_what_is_forgotten_is_cancelled_at_once() -> None:
    replicas = Replicas()
    desk = Desk(replicas, lease=30.0)
    await begun(desk, replicas)
    desk.forget("a")
    await until(lambda: replicas.sent[0].cancelled)
    assert not await desk.tell("a", 1, [(STEP, {})], last=False)


async def test_a_replica_waits_while_too_much_lies_there() -> None:
    replicas = Replicas()
    desk = Desk(replicas, lease=30.0)
    await begun(desk, replicas)
    assert await desk.tell("a", 1, [(STEP, {"p": bytes(ROOM + 1)})], last=False)
    telling = asyncio.create_task(desk.tell("a", 1, [(STEP, {})], last=False))
    assert not (await asyncio.wait({telling}, timeout=0.1))[0]
    await fetched(desk, 0)
    assert not telling.done(), "it may not have arrived"
    assert (await asyncio.gather(telling, fetched(desk, 1)))[0]


async def test_who_takes_over_is_listened_to_and_who_was_given_up_is_not() -> None:
    replicas = Replicas()
    desk = Desk(replicas, lease=30.0)
    await begun(desk, replicas)
    replicas.sent[0].end.set_exception(RuntimeError("the replica died"))
    await until(lambda: len(replicas.sent) == 2)
    assert not await desk.tell("a", 1, [(DRAWN, {})], last=True), "it woke up late"
    assert await desk.tell("a", 2, [(DRAWN, {})], last=True)
    replicas.sent[1].end.set_result(None)
    assert await fetched(desk, 0) == ([(2, DRAWN)], True, {})


async def test_a_silent_replica_is_given_up() -> None:
    replicas = Replicas()
    desk = Desk(replicas, lease=30.0, silence=0.2)
    await begun(desk, replicas)
    assert await desk.tell("a", 1, [], last=False)
    await until(lambda: len(replicas.sent) == 2)
    assert replicas.sent[0].cancelled


async def test_a_request_that_kills_replicas_is_not_given_to_all_of_them() -> None:
    replicas = Replicas()
    desk = Desk(replicas, lease=30.0)
    await begun(desk, replicas)
    for number in range(ATTEMPTS):
        await until(lambda number=number: len(replicas.sent) > number)  # type: ignore[misc]
        replicas.sent[number].end.set_exception(RuntimeError("the replica died"))
    [(_, text)], over, _ = await fetched(desk, 0)
    assert isinstance(from_json(text), Failed)
    assert (over, len(replicas.sent)) == (True, ATTEMPTS)


async def test_steps_that_show_nothing_are_told_with_what_comes_next() -> None:
    told: asyncio.Queue[Event | None] = asyncio.Queue()
    bare, shown = Stepped(1, 3), Stepped(2, 3, "a preview")
    told.put_nowait(bare)
    gathering = asyncio.create_task(_gathered(told))
    await until(told.empty)
    assert not gathering.done()
    told.put_nowait(shown)
    assert await gathering == [bare, shown]
    told.put_nowait(shown)
    assert await _gathered(told) == [shown]
    told.put_nowait(Stepped(3, 3))
    told.put_nowait(None)
    assert await _gathered(told) == [Stepped(3, 3), None]


def test_a_body_that_came_in_part_is_refused() -> None:
    body = pack({"over": False}, {"a": b"\n123", "b": b""})
    assert unpack(body) == ({"over": False}, {"a": b"\n123", "b": b""})
    for cut in (body[:-1], body[:5], b"", b"[]\n"):
        with pytest.raises(ValueError, match=r"came|neither|Expecting|Unterminated"):
            unpack(cut)


def test_a_request_takes_the_pictures_along_that_it_begins_with() -> None:
    canvas = canvas_for("red house")
    request = DrawRequest("d", canvas, RenderOptions(64, 64), "larger", earlier=EarlierPicture(canvas, "p", "l"))
    assert assets_of(request) == ["larger", "p", "l"]
    assert assets_of(replace(request, references={"cat": "c"})) == ["larger", "p", "l", "c"]


async def test_pictures_come_packed_from_where_they_are_drawn() -> None:
    engine, local = on_a_desk(), LocalEngine(FakeModels())
    pictures: list[bytes] = []
    for each in (engine, local):
        request = DrawRequest("d", canvas_for("red house"), RenderOptions(64, 64))
        [drawn] = [event async for event in each.run(request) if isinstance(event, Drawn)]
        pictures.append(await each.assets.get(drawn.pictures[0].asset))
        await each.close()
    assert [picture[:4] for picture in pictures] == [b"\x89PNG", b"P6\n6"]
    assert picture_of(pictures[0]).tobytes() == picture_of(pictures[1]).tobytes()


async def test_a_desk_that_has_forgotten_everything_is_said_to_be_lost_and_asked_again() -> None:
    engine, models = held_on_a_desk()
    cluster = engine._cluster
    assert isinstance(cluster, DeskCluster)
    request = DrawRequest("d", canvas_for("red house"), RenderOptions(64, 64), preview_every=0.0)
    seen: list[Event] = []
    async with asyncio.timeout(20), aclosing(engine.run(request)) as events:
        async for event in events:
            seen.append(event)
            if seen == [Stepped(1, 3, getattr(event, "preview", "-"))]:
                lost = models[:]
                cluster.replace()
                for each in models:
                    each.drawing.open()
    assert len(models) == 4
    assert lost
    assert [type(event) for event in seen] == [Stepped, Preparing, Stepped, Stepped, Drawn]
    assert [event.number for event in seen if isinstance(event, Stepped)] == [1, 2, 3], "nothing is shown twice"
    assert Preparing(Part.RENDERER, Activity.LOST) in seen
    await engine.close()
