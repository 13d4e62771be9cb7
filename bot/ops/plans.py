"""What a profile would do on graphics cards of other sizes: how its models share one, and how often they change places.

The plan, its fallbacks and the order of work are those of the program; only the card and the models on it are made up.
A card counts the bytes that models take, and refuses what does not fit.
"""

from __future__ import annotations

import weakref
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bot.jobs.job import Job, Kind, State
from bot.jobs.rehearsal import rehearse
from bot.messages import Place
from omost_pipeline.canvas.elements import Canvas, GlobalDescription
from omost_pipeline.composer.protocol import ComposeOptions, Composer, Turn
from omost_pipeline.engine.needs import needs_of
from omost_pipeline.engine.residency import Models
from omost_pipeline.errors import MemoryShortError
from omost_pipeline.memory import GIB, RESERVED, MemoryMeter, Needs, Placement, Plan
from omost_pipeline.profiles import Profile
from omost_pipeline.renderer.protocol import Rendered, Renderer, RenderOptions, Step

JOBS = 20
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
    try:
        work = [_done(models, kind) for kind, _ in rehearse(mixed_jobs(), lambda: models.swaps)]
    except MemoryShortError as error:
        raise MemoryShortError(f"{profile.name} does not fit a card of {card_gib:g} GiB: {error}") from error
    swaps = sum(one is not other for one, other in pairwise(work)) if models.swaps else 0
    return CardPlan(card_gib, models.plan, card.most / GIB, card.loads, swaps)


def _done(models: Models, kind: Kind) -> Kind:
    """Have a piece of work done by the model it is for."""
    if kind is Kind.COMPOSE:
        list(models.composer().compose((), "", ComposeOptions()))
    else:
        list(models.renderer().render(Canvas(GlobalDescription("")), RenderOptions(0, 0)))
    return kind


def mixed_jobs(count: int = JOBS) -> list[Job]:
    """Jobs of as many people who ask at once: three in four want a canvas as well, the others its picture alone."""
    jobs = []
    for number in range(1, count + 1):
        kind = Kind.COMPOSE if number % _AGAIN else Kind.RENDER
        place, author = Place("", str(number)), str(number)
        jobs.append(Job(number, str(number), number, place, author, kind, State.QUEUED, "", "", 0, created=0.0))
    return jobs


class _Card:
    """A device of ``size`` bytes. A model takes its weights' bytes as long as somebody holds it, and more at work."""

    def __init__(self, size: float, needs: Needs) -> None:
        self.most, self.loads = 0.0, 0
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
        composer = _Composer(self, self._needs.composing - self._needs.composer if on_card else 0.0)
        self._load(composer, self._needs.composer if on_card else 0.0)
        return composer

    def load_renderer(self, profile: Profile, device: str, placement: Placement, memory: MemoryMeter) -> Renderer:
        del profile, device, memory
        weight = self._needs.renderer if placement is Placement.WHOLE else 0.0
        renderer = _Renderer(self, self._needs.drawing(placement) - weight)
        self._load(renderer, weight)
        return renderer

    def _load(self, model: object, weight: float) -> None:
        self.work(weight)
        self.loads += 1
        self._there.append((weakref.ref(model), weight))


class _Composer:
    """Takes room and writes nothing."""

    def __init__(self, card: _Card, room: float) -> None:
        self._card, self._room = card, room

    def compose(self, history: Sequence[Turn], words: str, options: ComposeOptions) -> Generator[str, None, None]:
        del history, words, options
        self._card.work(self._room)
        yield from ()


class _Renderer:
    """Takes room and draws nothing."""

    size_unit = 1

    def __init__(self, card: _Card, room: float) -> None:
        self._card, self._room = card, room

    def render(self, canvas: Canvas, options: RenderOptions) -> Generator[Step | Rendered, None, None]:
        del canvas
        self._card.work(self._room)
        yield Rendered((), (options.seed,))
