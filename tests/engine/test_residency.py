"""Which model makes room for which."""

from __future__ import annotations

import weakref
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace

import pytest
from PIL import Image

from omost_pipeline.canvas.elements import Canvas, GlobalDescription
from omost_pipeline.composer.protocol import ComposeOptions, Composer, Turn
from omost_pipeline.engine.residency import RECOVERY, STRIKES, Models
from omost_pipeline.errors import MemoryShortError, WeightsError
from omost_pipeline.memory import HostMemory, MemoryMeter, Placement, Plan, Sharing
from omost_pipeline.profiles import PROFILES, Profile
from omost_pipeline.renderer.protocol import Rendered, Renderer, RenderOptions, Step

GIB = 2**30


class SilentComposer:
    def compose(self, history: Sequence[Turn], words: str, options: ComposeOptions) -> Generator[str, None, None]:
        yield from ()


class BlankRenderer:
    """Runs out of memory as often as ``fails`` has entries."""

    size_unit = 8

    def __init__(self, fails: list[MemoryShortError]) -> None:
        self._fails = fails

    def render(
        self, canvas: Canvas, options: RenderOptions, picture: Image.Image | None = None
    ) -> Generator[Step | Rendered, None, None]:
        if self._fails:
            raise self._fails.pop()
        yield Rendered((), (options.seed,))


@dataclass
class Card:
    """A device of ``size`` bytes, on which each loaded fake takes what it weighs until it is really gone."""

    size: float
    composer_weighs: float = 6 * GIB
    renderer_weighs: float = 7 * GIB
    loads: list[str] = field(default_factory=list)
    living: list[tuple[weakref.ref[object], float]] = field(default_factory=list)
    released: int = 0
    fails: list[MemoryShortError] = field(default_factory=list)

    def free(self) -> float:
        return self.size - sum(weight for model, weight in self.living if model() is not None)

    def release(self) -> None:
        self.released += 1

    def load_composer(self, name: str, device: str) -> Composer:
        composer = SilentComposer()
        self._place(composer, f"composer {name} on {device}", self.composer_weighs if device != "cpu" else 0.0)
        return composer

    def load_renderer(self, profile: Profile, device: str, placement: Placement, memory: MemoryMeter) -> Renderer:
        assert memory.free() >= self.free()
        renderer = BlankRenderer(self.fails)
        weighs = self.renderer_weighs if placement is Placement.WHOLE else 0.0
        self._place(renderer, f"renderer {profile.renderer} on {device}, {placement}", weighs)
        return renderer

    def _place(self, model: object, what: str, weight: float) -> None:
        if self.free() < weight:
            raise MemoryShortError(f"{what} does not fit")
        self.loads.append(what)
        self.living.append((weakref.ref(model), weight))


def models_on(card: Card, memory: MemoryMeter | None = None, sharing: Sharing = "auto") -> Models:
    return Models(
        replace(PROFILES["omost"], sharing=sharing),
        "cuda:1",
        memory=memory or card,
        load_composer=card.load_composer,
        load_renderer=card.load_renderer,
    )


COMPOSER = "composer lllyasviel/omost-llama-3-8b-4bits on cuda:1"
RENDERER = "renderer SG161222/RealVisXL_V4.0 on cuda:1, whole"


def turn(models: Models) -> None:
    models.composer()
    models.renderer()


def test_nothing_is_loaded_before_it_is_asked_for() -> None:
    card = Card(24 * GIB)
    models_on(card)
    assert card.loads == []


@pytest.mark.parametrize(
    ("gib", "plan"),
    [
        (6, Plan(Placement.LAYERS, on_host=True)),
        (8, Plan(Placement.PARTS)),
        (16, Plan(Placement.WHOLE, together=True)),
        (24, Plan(Placement.WHOLE, together=True)),
    ],
)
def test_each_size_of_card_has_its_plan(gib: int, plan: Plan) -> None:
    assert models_on(Card(gib * GIB)).plan == plan


@pytest.mark.parametrize(("gib", "loads"), [(8, 4), (16, 2), (24, 2)])
def test_two_turns_load_no_model_more_often_than_its_plan_says(gib: int, loads: int) -> None:
    card = Card(gib * GIB)
    models = models_on(card)
    turn(models)
    turn(models)
    assert len(card.loads) == loads + (models.plan.placement is Placement.PARTS) * (-1)
    assert card.free() >= 0


def test_a_profile_may_insist_on_a_plan() -> None:
    card = Card(24 * GIB)
    models = models_on(card, sharing="swap")
    assert models.swaps
    turn(models)
    turn(models)
    assert card.loads == [COMPOSER, RENDERER] * 2


TOGETHER = Plan(Placement.WHOLE, together=True)


def draw(models: Models) -> list[tuple[int, ...]]:
    """Draw once, and settle; gives the seeds of what was drawn."""
    drawn = list(models.renderer().render(Canvas(GlobalDescription("A meadow.")), RenderOptions(64, 64, seed=3)))
    models.settle()
    return [each.seeds for each in drawn if isinstance(each, Rendered)]


def test_drawing_that_runs_out_of_memory_is_done_again_with_more_room_for_that_drawing_alone() -> None:
    card = Card(24 * GIB, fails=[MemoryShortError("out of memory.")])
    models = models_on(card)
    models.composer()
    assert draw(models) == [(3,)]
    assert models.plan == TOGETHER, "one canvas that does not fit slows down nobody else"
    assert draw(models) == [(3,)]
    assert models.plan == TOGETHER


def test_a_plan_that_fails_again_and_again_gives_way_and_is_tried_again_later() -> None:
    card = Card(24 * GIB)
    models = models_on(card)
    for _ in range(STRIKES):
        card.fails.append(MemoryShortError("out of memory."))
        draw(models)
    assert models.plan == Plan(Placement.WHOLE)
    for _ in range(RECOVERY):
        assert models.plan == Plan(Placement.WHOLE)
        draw(models)
    assert models.plan == TOGETHER


def test_drawing_that_runs_out_of_memory_by_every_plan_says_what_to_set() -> None:
    card = Card(24 * GIB, fails=[MemoryShortError("out of memory.") for _ in range(4)])
    models = models_on(card)
    with pytest.raises(MemoryShortError, match=r"out of memory\. models\.sharing"):
        list(models.renderer().render(Canvas(GlobalDescription("A meadow.")), RenderOptions(64, 64)))


def test_a_model_too_large_even_alone_is_refused() -> None:
    card = Card(3 * GIB)
    models = models_on(card, sharing="swap")
    models.composer()  # on the processor in the end
    assert not card.loads[-1].endswith("cuda:1")
    card = Card(3 * GIB, composer_weighs=1 * GIB)
    models = models_on(card, sharing="together")
    models.renderer()
    assert card.loads == [f"{RENDERER.removesuffix('whole')}parts"]


def test_host_memory_never_makes_anybody_leave() -> None:
    card = Card(13 * GIB)
    models = models_on(card, HostMemory())
    for _ in range(3):
        models.composer()
        models.renderer()
    assert len(card.loads) == 2


def test_unloading_frees_both_and_they_load_again() -> None:
    card = Card(24 * GIB)
    models = models_on(card)
    turn(models)
    models.unload()
    assert card.free() == card.size
    assert card.released > 0
    turn(models)
    assert card.loads == [COMPOSER, RENDERER] * 2


def test_missing_weights_are_told_as_they_are() -> None:
    def missing(name: str, device: str) -> Composer:
        raise WeightsError(f"no {name} for {device}")

    models = Models(PROFILES["tiny"], "cpu", load_composer=missing)
    with pytest.raises(WeightsError, match="for cpu"):
        models.composer()


def test_device_is_found_when_it_is_not_given() -> None:
    import torch

    assert Models(PROFILES["tiny"]).device == ("cuda" if torch.cuda.is_available() else "cpu")
