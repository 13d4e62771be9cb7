"""The engine in this process: one thread for torch, what is told while models come, and what goes wrong."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from omost_pipeline import hub
from omost_pipeline.composer.protocol import ComposeOptions, Turn, Written
from omost_pipeline.engine.events import Activity, Composed, Event, Failed, Failure, Part, Preparing
from omost_pipeline.engine.local import LocalEngine
from omost_pipeline.engine.requests import ComposeRequest
from omost_pipeline.errors import (
    BudgetError,
    CanvasError,
    ComposerError,
    MemoryShortError,
    OmostError,
    OptionsError,
    RendererError,
    WeightsError,
)
from tests.fakes import PATIENCE, FakeModels
from tests.renderer.hub_server import Hub, serving

COMPOSE = ComposeRequest("c", "red house")
MODEL = "somebody/large"
SMALL, LARGE = 2, 3 * 2**20
"""Bytes of the model's two files."""


async def events_of(engine: LocalEngine) -> list[Event]:
    async with aclosing(engine.run(COMPOSE)) as events:
        return [event async for event in events]


@dataclass
class FailingModels(FakeModels):
    """The composer raises what it is told to, as soon as it is asked for anything."""

    raised: Exception | None = None

    def compose(
        self, history: Sequence[Turn], words: str, options: ComposeOptions
    ) -> Generator[str, None, Written | None]:
        if self.raised is not None:
            raise self.raised
        yield ""
        return None


def lost() -> RuntimeError:
    return RuntimeError("CUDA error: an illegal memory access was encountered")


def wrapped() -> ComposerError:
    error = ComposerError("the model failed")
    error.__cause__ = lost()
    return error


@pytest.mark.parametrize(
    ("raised", "failure"),
    [
        (CanvasError("location is 5"), Failure.CANVAS),
        (BudgetError("too long"), Failure.BUDGET),
        (ComposerError("lost its thread"), Failure.COMPOSER),
        (OptionsError("steps is 0"), Failure.OPTIONS),
        (RendererError("nothing"), Failure.RENDERER),
        (WeightsError("no files"), Failure.WEIGHTS),
        (MemoryShortError("too little"), Failure.MEMORY),
        (ZeroDivisionError("a mistake"), Failure.UNEXPECTED),
        (lost(), Failure.DEVICE),
        (wrapped(), Failure.DEVICE),
    ],
)
async def test_each_error_is_a_failure_with_its_words(raised: Exception, failure: Failure) -> None:
    engine = LocalEngine(FailingModels(raised=raised))
    *_, last = await events_of(engine)
    assert isinstance(last, Failed)
    assert last.failure is failure
    if isinstance(raised, OmostError) and failure is not Failure.DEVICE:
        assert last.message == str(raised)
    await engine.close()


async def test_everything_of_the_models_runs_on_the_one_thread(tmp_path: Path) -> None:
    class Watched(FakeModels):
        @property
        def swaps(self) -> bool:
            self.threads.add(threading.current_thread().name)
            return False

        @swaps.setter
        def swaps(self, value: bool) -> None:
            pass

        def settle(self) -> None:
            self.threads.add(threading.current_thread().name)

        def unload(self) -> None:
            self.threads.add(threading.current_thread().name)

    models = Watched()
    engine = LocalEngine(models)
    await engine.describe()
    await events_of(engine)
    await engine.close()
    assert models.threads == {"torch_0"}


@dataclass
class FetchedModels(FakeModels):
    """Models that are fetched from a hub when they are first asked for."""

    here: bool = False

    def ready(self, part: Part) -> bool:
        return self.here

    def composer(self) -> FetchedModels:
        hub.fetch(MODEL, lambda files: files)
        self.here = True
        return self


@pytest.fixture
def slow_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Hub, Callable[[], None]]]:
    """A hub with one large file, of which half comes at once and the rest when the function is called."""
    model = tmp_path / "hub"
    model.mkdir()
    (model / "config.json").write_text("{}")
    (model / "model.safetensors").write_bytes(bytes(LARGE))
    rest = threading.Event()
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 2**16)
    with serving(Hub({MODEL: model}, rest=rest), tmp_path / "cache", monkeypatch) as found:
        yield found, rest.set
        rest.set()


@pytest.mark.usefixtures("slow_hub")
async def test_a_download_is_told_while_it_comes(slow_hub: tuple[Hub, Callable[[], None]]) -> None:
    engine = LocalEngine(FetchedModels())
    told: list[Preparing] = []
    async with asyncio.timeout(PATIENCE), aclosing(engine.run(COMPOSE)) as events:
        async for event in events:
            last = event
            if isinstance(event, Preparing):
                told.append(event)
                if event.activity is Activity.DOWNLOADING and event.done > SMALL:
                    slow_hub[1]()
    assert isinstance(last, Composed)
    assert told[0] == Preparing(Part.COMPOSER, Activity.LOADING)
    assert any(SMALL < each.done < each.total for each in told)
    await engine.close()


async def test_a_download_ends_when_its_request_is_cancelled(slow_hub: tuple[Hub, Callable[[], None]]) -> None:
    models = FetchedModels()
    engine = LocalEngine(models)
    async with asyncio.timeout(PATIENCE):
        async with aclosing(engine.run(COMPOSE)) as events:
            async for event in events:
                if isinstance(event, Preparing) and event.done:
                    asyncio.get_running_loop().call_later(
                        0.1, slow_hub[1]
                    )  # the next bytes find that nobody wants them
                    break
        assert not models.here
        assert models.composed == []
        await engine.close()


@dataclass
class LoadedModels(FakeModels):
    """Models that note what is done with them and by which thread; loading the composer waits for the gate."""

    gate: threading.Event = field(default_factory=threading.Event)
    done: list[str] = field(default_factory=list)
    broken_files: bool = False

    def ready(self, part: Part) -> bool:
        return part.value in self.done

    def composer(self) -> LoadedModels:
        return self._loaded(Part.COMPOSER)

    def renderer(self) -> LoadedModels:
        return self._loaded(Part.RENDERER)

    def _loaded(self, part: Part) -> LoadedModels:
        assert self.gate.wait(PATIENCE)
        if self.broken_files:
            raise WeightsError("The file is damaged.")
        if not self.ready(part):
            self.threads.add(threading.current_thread().name)
            self.done.append(part.value)
        return self

    def compose(
        self, history: Sequence[Turn], words: str, options: ComposeOptions
    ) -> Generator[str, None, Written | None]:
        self.done.append(words)
        return super().compose(history, words, options)


async def test_models_are_made_ready_before_anybody_asks_and_who_asks_meanwhile_does_not_wait_for_both() -> None:
    models = LoadedModels()
    engine = LocalEngine(models)
    preparing = asyncio.create_task(engine.prepare())
    async with aclosing(engine.run(COMPOSE)) as events:
        assert await anext(events) == Preparing(Part.COMPOSER, Activity.LOADING)
        models.gate.set()
        *_, last = [event async for event in events]
    await preparing
    assert isinstance(last, Composed)
    assert models.done == ["composer", COMPOSE.words, "renderer"]
    assert models.threads == {"torch_0"}
    assert not any(isinstance(event, Preparing) for event in await events_of(engine))
    await engine.close()


async def test_of_models_that_change_places_the_first_one_is_made_ready() -> None:
    models = LoadedModels(swaps=True)
    models.gate.set()
    engine = LocalEngine(models)
    await engine.prepare()
    assert models.done == ["composer"]
    await engine.close()


async def test_what_cannot_be_made_ready_is_told_to_who_asks() -> None:
    models = LoadedModels(broken_files=True)
    models.gate.set()
    engine = LocalEngine(models)
    await engine.prepare()
    *_, last = await events_of(engine)
    assert last == Failed(Failure.WEIGHTS, "The file is damaged.")
    models.broken_files = False
    assert isinstance((await events_of(engine))[-1], Composed)
    await engine.close()
