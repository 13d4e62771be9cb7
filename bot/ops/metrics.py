"""Figures for Prometheus: the queue as the database has it when it is asked, and what went through the engine.

Nothing here names a person or says a word that somebody said.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from sqlalchemy import func, select

from bot.jobs.job import ACTIVE, State
from bot.store.tables import jobs, untold_end
from bot.store.turns import Store
from omost_pipeline.engine.around import EngineAround
from omost_pipeline.engine.events import Composed, Drawn, Event, Failed, Preparing, Stepped
from omost_pipeline.engine.protocol import Engine
from omost_pipeline.engine.requests import ComposeRequest, DrawRequest, LookRequest, Request

_SECONDS = (0.5, 1, 2, 5, 10, 20, 40, 80, 160, 320, 640)

_RECOUNT = 600.0
"""Seconds until ended jobs are counted again: there are as many as ever were asked for."""

_STAGES = {ComposeRequest: "compose", DrawRequest: "draw", LookRequest: "look"}
"""What the time of each kind of request is counted under."""


class Metrics:
    """What is counted, in a registry of its own. ``clock`` gives seconds since 1970."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock
        registry = self._registry = CollectorRegistry()
        self._recount = -math.inf
        told = "Jobs in the database by state; those that have ended are counted every ten minutes."
        self._jobs = Gauge("omost_jobs", told, ["state"], registry=registry)
        self._untold = Gauge("omost_untold", "Ended jobs whose people have not been told.", registry=registry)
        self._oldest = Gauge("omost_oldest_wait_seconds", "How long the oldest waiting job waits.", registry=registry)
        self._stage = Histogram(
            "omost_stage_seconds", "Time in the engine by stage.", ["stage"], buckets=_SECONDS, registry=registry
        )
        self._steps = Counter("omost_steps", "Denoising steps.", registry=registry)
        self._pictures = Counter("omost_pictures", "Finished pictures.", registry=registry)
        self._canvases = Counter("omost_canvases", "Written canvases.", ["cut"], registry=registry)
        self._tokens = Counter("omost_tokens", "Tokens of written canvases, where they are counted.", registry=registry)
        self._passes = Counter("omost_passes", "The language model's forward passes for them.", registry=registry)
        self._loads = Counter(
            "omost_model_loads", "How often a model was loaded or fetched.", ["part"], registry=registry
        )
        self._failures = Counter("omost_failures", "Failed work in the engine by kind.", ["kind"], registry=registry)
        self._memory = Gauge("omost_device_bytes", "The graphics card's memory.", ["kind"], registry=registry)

    async def text(self) -> bytes:
        """All figures, as Prometheus reads them.

        Raises:
            StoreError: if the database cannot be read.
        """
        await self._look()
        self._look_at_card()
        return generate_latest(self._registry)

    async def _look(self) -> None:
        recount = time.monotonic() >= self._recount
        states = tuple(State) if recount else ACTIVE
        by_state = select(jobs.c.state, func.count()).where(jobs.c.state.in_(states)).group_by(jobs.c.state)
        untold = select(func.count()).select_from(jobs).where(untold_end)
        oldest = select(jobs.c.created).where(jobs.c.state == State.QUEUED).order_by(jobs.c.id).limit(1)
        async with self._store.reading() as connection:
            counts = {row[0]: row[1] for row in await connection.execute(by_state)}
            self._untold.set(await connection.scalar(untold) or 0)
            since = await connection.scalar(oldest)
        for state in states:
            self._jobs.labels(state.value).set(counts.get(state.value, 0))
        if recount:
            self._recount = time.monotonic() + _RECOUNT
        self._oldest.set(max(0.0, self._clock() - since) if since is not None else 0.0)

    def _look_at_card(self) -> None:
        """The card's memory, where torch is loaded already and has one; asking loads nothing."""
        torch = sys.modules.get("torch")
        if torch is None or not torch.cuda.is_initialized():
            return
        free, total = torch.cuda.mem_get_info(0)
        self._memory.labels("free").set(free)
        self._memory.labels("total").set(total)

    def note(self, event: Event) -> None:
        """Count what an engine says."""
        match event:
            case Stepped():
                self._steps.inc()
            case Composed(cut=cut, tokens=tokens, passes=passes):
                self._canvases.labels(str(cut).lower()).inc()
                self._tokens.inc(tokens)
                self._passes.inc(passes)
            case Drawn(pictures=pictures):
                self._pictures.inc(len(pictures))
            case Failed(failure=failure):
                self._failures.labels(failure.value).inc()
            case _:
                return

    def loading(self, part: str) -> None:
        """A model begins to be loaded."""
        self._loads.labels(part).inc()

    def took(self, stage: str, seconds: float) -> None:
        """A stage has ended, well or not."""
        self._stage.labels(stage).observe(seconds)


class MeasuredEngine(EngineAround):
    """An engine whose events are counted on their way; it is as it was otherwise."""

    def __init__(self, engine: Engine, metrics: Metrics) -> None:
        super().__init__(engine)
        self._metrics = metrics

    async def run(self, request: Request) -> AsyncGenerator[Event]:
        """As the engine's; counted."""
        began = time.monotonic()
        parts: set[str] = set()
        try:
            async with aclosing(self._engine.run(request)) as events:
                async for event in events:
                    self._metrics.note(event)
                    if isinstance(event, Preparing) and event.part not in parts:
                        parts.add(event.part)
                        self._metrics.loading(event.part.value)
                    yield event
        finally:
            self._metrics.took(_STAGES[type(request)], time.monotonic() - began)
