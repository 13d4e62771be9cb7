"""Engines on a real Ray of the tests' own, and the stand-ins that their replicas are made of."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PIL import Image

from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.engine.events import Event, Failed, Failure, Part, Stepped
from omost_pipeline.engine.families import sizes_of
from omost_pipeline.engine.local import LocalEngine
from omost_pipeline.engine.protocol import EngineInfo
from omost_pipeline.engine.ray.cluster import Cluster
from omost_pipeline.engine.ray.engine import RayEngine
from omost_pipeline.engine.ray.plan import ClusterPlan, Pool, half_engine
from omost_pipeline.engine.requests import Request
from omost_pipeline.profiles import PROFILES
from omost_pipeline.renderer.protocol import Rendered, RenderOptions, Step
from tests.fakes import FakeModels

TINY = PROFILES["tiny"]

LOSE_DEVICE = "lose-device"


def engine_on(plan: ClusterPlan) -> RayEngine:
    """The engine on a cluster that runs a plan for the profile ``tiny``."""
    info = EngineInfo(TINY.name, TINY.composer, TINY.renderer, sizes_of(TINY.renderer), plan.capacity)
    return RayEngine(Cluster(plan), info)


def bundled() -> RayEngine:
    """Two replicas that draw and one that writes, with the bundled models."""
    renderers = Pool(partial(half_engine, TINY, Part.RENDERER, "cpu"), 2, 2)
    return engine_on(ClusterPlan(renderers, Pool(partial(half_engine, TINY, Part.COMPOSER, "cpu"))))


@dataclass
class SlowModels(FakeModels):
    """Models whose every step takes ``pause`` seconds."""

    pause: float = 0.0

    def render(
        self, canvas: Canvas, options: RenderOptions, picture: Image.Image | None = None
    ) -> Generator[Step | Rendered, None, None]:
        self.steps = options.steps
        for news in super().render(canvas, options, picture):
            time.sleep(self.pause)
            yield news


class Witnessed(LocalEngine):
    """Draws for a while, and leaves notes in a folder of each request that it begins, and of how that ended.

    Who finds the note :data:`LOSE_DEVICE` takes it away, and can do nothing any more.
    """

    def __init__(self, folder: Path, pause: float) -> None:
        super().__init__(SlowModels(pause=pause))
        self._folder = folder
        self._device_is_lost = False

    async def run(self, request: Request) -> AsyncGenerator[Event]:
        note = f"{os.getpid()}-{secrets.token_hex(4)}"
        (self._folder / f"begun-{note}").write_text(request.id)
        with suppress(FileNotFoundError):
            (self._folder / LOSE_DEVICE).unlink()
            self._device_is_lost = True
        if self._device_is_lost:
            yield Failed(Failure.DEVICE, "The device is lost.")
            return
        how = "broken off"
        try:
            async with aclosing(super().run(request)) as events:
                async for event in events:
                    if isinstance(event, Stepped) and 2 * event.number == event.total:
                        (self._folder / f"halfway-{note}").touch()
                    yield event
            how = "done"
        finally:
            (self._folder / f"ended-{note}").write_text(how)


def witnessed(folder: Path, pause: float, replicas: int, most: int, idle_seconds: float) -> RayEngine:
    """Replicas that draw as slowly as they are told, and one that writes at once."""
    renderers = Pool(partial(Witnessed, folder, pause), replicas, most, idle_seconds=idle_seconds)
    return engine_on(ClusterPlan(renderers, Pool(writing), lease=10.0))


def writing() -> LocalEngine:
    """An engine that writes at once."""
    return LocalEngine(SlowModels())
