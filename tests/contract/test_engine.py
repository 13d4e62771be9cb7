"""What every engine keeps to, whatever is behind it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from omost_pipeline.composer.protocol import ComposeOptions, Turn
from omost_pipeline.engine.assets import picture_bytes, picture_of
from omost_pipeline.engine.events import Composed, Drawn, Event, Failed, Failure, Outlined, Preparing, Stepped
from omost_pipeline.engine.protocol import Engine
from omost_pipeline.engine.requests import ComposeRequest, DrawRequest, EarlierPicture, Request
from omost_pipeline.errors import AssetGoneError
from omost_pipeline.renderer.protocol import Highres, RenderOptions
from tests.contract.engines import ENGINES
from tests.fakes import canvas_for

COMPOSE = ComposeRequest("c", "a red house", options=ComposeOptions(seed=7, temperature=0.0))
CANVAS = canvas_for("red house")
DRAW = DrawRequest("d", CANVAS, RenderOptions(96, 128, seed=7, steps=3, guidance=1.0))
PATIENCE = 60.0


_REAL = {"bundled", "flux2"}
"""With real models in them: slow beside the stand-ins, of which the same is asked."""


@pytest.fixture(params=[pytest.param(each, marks=[pytest.mark.slow] * (each in _REAL)) for each in ENGINES])
async def engine(request: pytest.FixtureRequest) -> AsyncGenerator[Engine]:
    made = ENGINES[request.param]()
    yield made
    async with asyncio.timeout(PATIENCE):
        await made.close()


@pytest.fixture
def sees(request: pytest.FixtureRequest) -> bool:
    """Whether the engine has a model that describes pictures: the stand-ins have."""
    return request.node.callspec.params["engine"] not in _REAL


async def events_of(engine: Engine, request: Request) -> list[Event]:
    async with asyncio.timeout(PATIENCE), aclosing(engine.run(request)) as events:
        return [event async for event in events]


async def test_composing_tells_what_there_is_to_see_and_ends_with_the_whole(engine: Engine) -> None:
    *before, last = await events_of(engine, COMPOSE)
    assert isinstance(last, Composed)
    outlines = [event.outline for event in before if isinstance(event, Outlined)]
    assert len(outlines) + sum(isinstance(event, Preparing) for event in before) == len(before)
    assert outlines
    assert outlines[0].canvas.scene.description == last.canvas.scene.description
    counts = [len(outline.canvas.regions) for outline in outlines]
    assert counts == sorted(counts)


async def test_an_edit_is_told_of_the_turn_before(engine: Engine) -> None:
    *_, first = await events_of(engine, COMPOSE)
    assert isinstance(first, Composed)
    edit = replace(COMPOSE, words="make the house blue", history=(Turn(COMPOSE.words, first.canvas),))
    *_, last = await events_of(engine, edit)
    assert isinstance(last, Composed)
    assert last.canvas != first.canvas


async def test_a_picture_is_described_or_it_is_said_that_no_model_here_sees(engine: Engine, sees: bool) -> None:
    picture = await engine.assets.put(picture_bytes(Image.new("RGB", (32, 32), "red")))
    *_, last = await events_of(engine, replace(COMPOSE, words="", picture=picture))
    if sees:
        assert isinstance(last, Composed)
    else:
        assert isinstance(last, Failed)
        assert "vision.model" in last.message
    assert await engine.assets.get(picture), "it is whoever put it there that discards it"
    *_, last = await events_of(engine, replace(COMPOSE, picture="gone"))
    assert isinstance(last, Failed)


async def test_drawing_counts_its_steps_and_ends_with_pictures_of_the_size_asked_for(engine: Engine) -> None:
    *before, last = await events_of(engine, replace(DRAW, options=replace(DRAW.options, images=2)))
    steps = [event for event in before if isinstance(event, Stepped)]
    assert [step.number for step in steps] == list(range(1, steps[0].total + 1))
    assert all(not step.preview for step in steps), "nobody asked for any"
    assert isinstance(last, Drawn)
    assert [(each.seed, each.width, each.height) for each in last.pictures] == [(7, 96, 128), (8, 96, 128)]
    pictures = [picture_of(await engine.assets.get(each.asset)) for each in last.pictures]
    assert [picture.size for picture in pictures] == [(96, 128)] * 2
    assert pictures[0].tobytes() != pictures[1].tobytes()


async def test_the_same_request_draws_the_same_picture(engine: Engine) -> None:
    contents = []
    for _ in range(2):
        *_, last = await events_of(engine, DRAW)
        assert isinstance(last, Drawn)
        contents.append(await engine.assets.get(last.pictures[0].asset))
    assert contents[0] == contents[1]


@pytest.mark.parametrize(("every", "seen"), [(0.0, 3), (1000.0, 1)])
async def test_previews_come_as_often_as_they_are_asked_for(engine: Engine, every: float, seen: int) -> None:
    events = await events_of(engine, replace(DRAW, preview_every=every))
    previews = [event.preview for event in events if isinstance(event, Stepped) and event.preview]
    assert len(previews) == seen
    pictures = [picture_of(await engine.assets.get(preview)) for preview in previews]
    assert all(picture.width > 0 for picture in pictures)


async def test_a_finished_picture_is_made_larger(engine: Engine) -> None:
    *_, first = await events_of(engine, DRAW)
    assert isinstance(first, Drawn)
    kept = await engine.assets.get(first.pictures[0].asset)
    larger = replace(DRAW.options, highres=Highres(scale=1.5, steps=2))
    *_, last = await events_of(engine, replace(DRAW, options=larger, picture=await engine.assets.put(kept)))
    assert isinstance(last, Drawn)
    assert last.pictures[0].width > first.pictures[0].width


async def test_of_an_earlier_picture_every_pixel_stays_outside_the_mask_or_all_is_drawn(engine: Engine) -> None:
    *_, first = await events_of(engine, DRAW)
    assert isinstance(first, Drawn)
    before = first.pictures[0]
    house = replace(CANVAS.regions[0], description="A blue house.", color="blue")
    after = replace(CANVAS, regions=(house, *CANVAS.regions[1:]))
    earlier = EarlierPicture(CANVAS, before.asset, before.latents)
    *_, last = await events_of(engine, replace(DRAW, canvas=after, earlier=earlier))
    assert isinstance(last, Drawn)
    assert bool(last.mask) == (last.kept > 0)
    if last.mask:
        pictures = [np.asarray(picture_of(await engine.assets.get(each.pictures[0].asset))) for each in (first, last)]
        outside = np.asarray(picture_of(await engine.assets.get(last.mask)))[..., 0] == 0
        assert outside.mean() == pytest.approx(last.kept)
        assert (pictures[0] == pictures[1])[outside].all()
        assert last.pictures[0].latents


async def test_an_asset_is_kept_until_it_is_discarded(engine: Engine) -> None:
    asset = await engine.assets.put(b"some bytes")
    assert await engine.assets.get(asset) == b"some bytes"
    await engine.assets.discard([asset, "unknown"])
    with pytest.raises(AssetGoneError, match=asset):
        await engine.assets.get(asset)


@pytest.mark.parametrize("request_", [COMPOSE, DRAW], ids=["composing", "drawing"])
async def test_what_is_closed_early_leaves_room_for_the_next(engine: Engine, request_: Request) -> None:
    async with asyncio.timeout(PATIENCE), aclosing(engine.run(request_)) as events:
        await anext(events)
    *_, last = await events_of(engine, request_)
    assert isinstance(last, Composed | Drawn)


async def test_who_is_cancelled_while_waiting_leaves_the_others_their_turn(engine: Engine) -> None:
    async with aclosing(engine.run(DRAW)) as events:
        await anext(events)
        waiting = asyncio.create_task(events_of(engine, COMPOSE))
        other = asyncio.create_task(events_of(engine, DRAW))
        await asyncio.sleep(0)
        waiting.cancel()
    assert isinstance((await other)[-1], Drawn)
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_many_requests_at_once_all_end_well(engine: Engine) -> None:
    found = await asyncio.gather(*(events_of(engine, request) for request in (COMPOSE, DRAW) * 3))
    assert [type(events[-1]) for events in found] == [Composed, Drawn] * 3


async def test_a_picture_that_is_gone_is_a_failure_in_words(engine: Engine) -> None:
    larger = replace(DRAW.options, highres=Highres(scale=1.5, steps=2))
    *_, last = await events_of(engine, replace(DRAW, options=larger, picture="mislaid"))
    assert isinstance(last, Failed)
    assert (last.failure, "mislaid" in last.message) == (Failure.RENDERER, True)


async def test_what_was_made_ready_draws_at_once(engine: Engine) -> None:
    async with asyncio.timeout(PATIENCE):
        await engine.prepare()
    events = await events_of(engine, DRAW)
    assert isinstance(events[-1], Drawn)
    assert not any(isinstance(event, Preparing) for event in events)


async def test_it_says_what_it_is(engine: Engine) -> None:
    info = await engine.describe()
    assert info == await engine.describe()
    assert info.capacity >= 1
    assert info.sizes.nearest(DRAW.options.width) == DRAW.options.width
    assert all((info.profile, info.composer, info.renderer))
