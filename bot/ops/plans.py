"""What a profile would do on graphics cards of other sizes: how its models share one, and how often they change places.

The plan, its fallbacks and the order of work are those of the program; only the card and the models on it are made up.
A card counts the bytes that models take, and refuses what does not fit.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable, Generator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from itertools import pairwise

from PIL.Image import Image

from bot.jobs.job import Job, JobKind, State
from bot.messages import Place
from omost_pipeline.canvas.codec import canvas_to_reply
from omost_pipeline.canvas.elements import Canvas, GlobalDescription
from omost_pipeline.composer.protocol import ComposeOptions, Composer, Turn
from omost_pipeline.engine.events import Failed, Part
from omost_pipeline.engine.local import LocalEngine
from omost_pipeline.engine.needs import needs_of
from omost_pipeline.engine.requests import ComposeRequest, DrawRequest, Request
from omost_pipeline.engine.residency import Models
from omost_pipeline.errors import MemoryShortError
from omost_pipeline.memory import GIB, RESERVED, MemoryMeter, Needs, Placement, Plan
from omost_pipeline.profiles import Profile
from omost_pipeline.renderer.protocol import Rendered, Renderer, RenderOptions, Step

JOBS = 20
_BLANK = Canvas(GlobalDescription(""))
_AGAIN = 4
"""Every so-many-th job draws a canvas that is written already, as rerolls and enlargements do."""


@dataclass(frozen=True)
class CardPlan:
    """What a queue of jobs comes to on a card that is sold with ``card_gib`` of memory.

    ``plan`` is the last one, should the memory not have sufficed for the first. ``most_gib`` is what was in use at the
    fullest moment, ``loads`` how often a model was loaded, ``swaps`` how often one made room for the other.
    """

    card_gib: float
    plan: Plan
    most_gib: float
    loads: int
    swaps: int


def plan_on(profile: Profile, card_gib: float) -> CardPlan:
    """Go through a mixed queue of :data:`JOBS` jobs with a profile's models on a made-up card.

    Raises:
        MemoryShortError: if the models do not fit by any plan; names the card.
    """
    card = _Card(card_gib * GIB - RESERVED, needs_of(profile))
    models = Models(profile, "cuda", memory=card, load_composer=card.load_composer, load_renderer=card.load_renderer)
    card.visits = lambda: profile.one_model and models.plan.placement is not Placement.WHOLE
    error = asyncio.run(_work_through(LocalEngine(models), mixed_jobs()))
    if error is not None:
        raise MemoryShortError(f"{profile.name} does not fit a card of {card_gib:g} GiB: {error}")
    swaps = sum(one is not other for one, other in pairwise(card.work_done)) if models.swaps else 0
    return CardPlan(card_gib, models.plan, card.most / GIB, card.loads, swaps)


async def _work_through(engine: LocalEngine, jobs: Sequence[Job]) -> str | None:
    """Have an engine do jobs in the order of asking, as many at once as it can make use of; gives the first failure."""
    waiting = iter(jobs)
    capacity = (await engine.describe()).capacity

    async def draw() -> str | None:
        for job in waiting:
            requests: list[Request] = [ComposeRequest(str(job.id), "")] if job.kind is JobKind.COMPOSE else []
            for request in (*requests, DrawRequest(str(job.id), _BLANK, RenderOptions(0, 0))):
                async with aclosing(engine.run(request)) as events:
                    failures = [event.message async for event in events if isinstance(event, Failed)]
                if failures:
                    return failures[0]
        return None

    try:
        found = await asyncio.gather(*(draw() for _ in range(capacity)))
    finally:
        await engine.close()
    return next((error for error in found if error is not None), None)


def mixed_jobs(count: int = JOBS) -> list[Job]:
    """Jobs of as many people who ask at once: three in four want a canvas as well, the others its picture alone."""
    jobs = []
    for number in range(1, count + 1):
        kind = JobKind.COMPOSE if number % _AGAIN else JobKind.RENDER
        place, author = Place("", str(number)), str(number)
        jobs.append(Job(number, str(number), number, place, author, kind, State.QUEUED, "", "", 0, created=0.0))
    return jobs


class _Card:
    """A device of ``size`` bytes. A model takes its weights' bytes as long as somebody holds it, and more at work."""

    def __init__(self, size: float, needs: Needs) -> None:
        self.most, self.loads = 0.0, 0
        self.work_done: list[Part] = []
        self.visits: Callable[[], bool] = lambda: False
        """Whether the language model comes only while it writes."""
        self._size, self._needs = size, needs
        self._there: list[tuple[weakref.ref[object], float]] = []

    def free(self) -> float:
        return self._size - sum(weight for model, weight in self._there if model() is not None)

    def release(self) -> None:
        """What nobody holds is gone already."""

    def work(self, room: float) -> None:
        """Take so many bytes for a moment.

        Raises:
            MemoryShortError: if there are fewer.
        """
        free = self.free()
        if room > free:
            raise MemoryShortError(f"{room / GIB:.1f} GiB are needed, {max(free, 0.0) / GIB:.1f} are free.")
        self.most = max(self.most, self._size - free + room)

    def load_composer(self, name: str, device: str) -> Composer:
        del name
        on_card = device != "cpu"
        weight = self._needs.composer if on_card and not self.visits() else 0.0
        composer = _Composer(self, self._needs.composing - weight if on_card else 0.0)
        self._load(composer, weight)
        return composer

    def load_renderer(self, profile: Profile, device: str, placement: Placement, memory: MemoryMeter) -> Renderer:
        del profile, device, memory
        needs = self._needs
        weight = needs.beside if placement is Placement.WHOLE else 0.0
        renderer = _Renderer(self, needs.drawing(placement) - weight - (needs.shared if weight else 0.0))
        self._load(renderer, weight)
        return renderer

    def _load(self, model: object, weight: float) -> None:
        self.work(weight)
        self.loads += 1
        self._there.append((weakref.ref(model), weight))


class _Composer:
    """Takes room and writes the blank canvas."""

    def __init__(self, card: _Card, room: float) -> None:
        self._card, self._room = card, room

    def compose(self, history: Sequence[Turn], words: str, options: ComposeOptions) -> Generator[str, None, None]:
        del history, words, options
        self._card.work(self._room)
        self._card.work_done.append(Part.COMPOSER)
        yield canvas_to_reply(_BLANK)


class _Renderer:
    """Takes room and draws nothing."""

    size_unit = 1

    def __init__(self, card: _Card, room: float) -> None:
        self._card, self._room = card, room

    def render(
        self, canvas: Canvas, options: RenderOptions, picture: Image | None = None
    ) -> Generator[Step | Rendered, None, None]:
        del canvas, options, picture
        self._card.work(self._room)
        self._card.work_done.append(Part.RENDERER)
        yield Rendered((), ())
