"""Which model makes room for which."""

from __future__ import annotations

import weakref
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field

import pytest

from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.composer.composer import ComposeOptions, Composer, Turn
from omost_pipeline.errors import MemoryShortError, WeightsError
from omost_pipeline.profiles import PROFILES
from omost_pipeline.renderer.renderer import Rendered, Renderer, RenderOptions, Step
from omost_pipeline.residency import HostMemory, MemoryMeter, Models

GIB = 2**30


class SilentComposer:
    def compose(self, history: Sequence[Turn], words: str, options: ComposeOptions) -> Generator[str, None, None]:
        yield from ()


class BlankRenderer:
    size_unit = 8

    def render(self, canvas: Canvas, options: RenderOptions) -> Generator[Step | Rendered, None, None]:
        yield from ()


@dataclass
class Card:
    """A device of ``size`` bytes, on which each loaded fake takes what it weighs until it is really gone."""

    size: float
    composer_weighs: float = 6 * GIB
    renderer_weighs: float = 7 * GIB
    loads: list[str] = field(default_factory=list)
    living: list[tuple[weakref.ref[object], float]] = field(default_factory=list)
    released: int = 0

    def free(self) -> float:
        return self.size - sum(weight for model, weight in self.living if model() is not None)

    def release(self) -> None:
        self.released += 1

    def load_composer(self, name: str, device: str) -> Composer:
        composer = SilentComposer()
        self._place(composer, f"composer {name} on {device}", self.composer_weighs)
        return composer

    def load_renderer(self, name: str, device: str) -> Renderer:
        renderer = BlankRenderer()
        self._place(renderer, f"renderer {name} on {device}", self.renderer_weighs)
        return renderer

    def _place(self, model: object, what: str, weight: float) -> None:
        if self.free() < weight:
            raise MemoryShortError(f"{what} does not fit")
        self.loads.append(what)
        self.living.append((weakref.ref(model), weight))


def models_on(card: Card, memory: MemoryMeter | None = None) -> Models:
    return Models(
        PROFILES["omost"],
        "cuda:1",
        memory=memory or card,
        load_composer=card.load_composer,
        load_renderer=card.load_renderer,
    )


COMPOSER = "composer lllyasviel/omost-llama-3-8b-4bits on cuda:1"
RENDERER = "renderer SG161222/RealVisXL_V4.0 on cuda:1"


def turn(models: Models) -> None:
    models.composer()
    models.renderer()


def test_nothing_is_loaded_before_it_is_asked_for() -> None:
    card = Card(24 * GIB)
    models_on(card)
    assert card.loads == []


def test_both_stay_where_there_is_room_to_work() -> None:
    card = Card(24 * GIB)
    models = models_on(card)
    for _ in range(3):
        turn(models)
    assert card.loads == [COMPOSER, RENDERER]
    assert models.composer() is models.composer()
    assert models.renderer() is models.renderer()


def test_composer_leaves_where_both_fit_but_rendering_would_not() -> None:
    card = Card(16 * GIB)  # 3 GiB are left beside both
    models = models_on(card)
    turn(models)
    assert card.free() == 9 * GIB
    turn(models)
    assert card.loads == [COMPOSER, RENDERER, COMPOSER]  # composing works in 3 GiB, so the renderer stays


def test_models_take_turns_where_only_one_fits() -> None:
    card = Card(8 * GIB)
    models = models_on(card)
    turn(models)
    assert card.free() == 1 * GIB
    turn(models)
    assert card.loads == [COMPOSER, RENDERER, COMPOSER, RENDERER]


def test_model_too_large_even_alone_is_refused() -> None:
    card = Card(6.5 * GIB)
    models = models_on(card)
    models.composer()
    with pytest.raises(MemoryShortError, match="renderer"):
        models.renderer()
    models.composer()
    assert card.loads == [COMPOSER, COMPOSER]


def test_host_memory_never_makes_anybody_leave() -> None:
    card = Card(13 * GIB)
    models = models_on(card, HostMemory())
    for _ in range(3):
        turn(models)
    assert card.loads == [COMPOSER, RENDERER]


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
