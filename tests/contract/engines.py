"""The engines that the contract suite is run with, by name. A new kind of engine is one more line here."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from omost_pipeline.engine.around import EngineAround
from omost_pipeline.engine.events import Event
from omost_pipeline.engine.local import LocalEngine
from omost_pipeline.engine.mixed import MixedEngine
from omost_pipeline.engine.protocol import Engine
from omost_pipeline.engine.requests import ComposeRequest, DrawRequest, LookRequest, Request
from omost_pipeline.engine.residency import Models
from omost_pipeline.engine.wire import from_json, to_json
from omost_pipeline.profiles import PROFILES
from tests.contract.desk_engine import on_a_desk
from tests.fakes import FakeModels
from tests.renderer.flux2.small_klein import write_checkpoint


class EngineBehindJson(EngineAround):
    """An engine of which every request and event goes through JSON, as to another process and back."""

    async def run(self, request: Request) -> AsyncGenerator[Event]:
        crossed = from_json(to_json(request))
        assert isinstance(crossed, ComposeRequest | DrawRequest | LookRequest)
        async with aclosing(self._engine.run(crossed)) as events:
            async for event in events:
                back = from_json(to_json(event))
                assert not isinstance(back, ComposeRequest | DrawRequest | LookRequest)
                yield back


@cache
def small_klein() -> str:
    """A random FLUX.2-klein checkpoint in the published layout; in a folder that goes when the tests end."""
    folder = TemporaryDirectory(prefix="klein")
    _FOLDERS.append(folder)
    return str(write_checkpoint(Path(folder.name)))


_FOLDERS: list[TemporaryDirectory[str]] = []


def klein() -> LocalEngine:
    """The bundled composer with the other family of renderers."""
    profile = replace(PROFILES["tiny"], renderer=small_klein(), sampler="euler", guidance=1.0, steps=4)
    return LocalEngine(Models(profile, "cpu"))


ENGINES: dict[str, Callable[[], Engine]] = {
    "local": lambda: LocalEngine(FakeModels()),
    "local, taking turns": lambda: LocalEngine(FakeModels(swaps=True)),
    "bundled": lambda: LocalEngine(Models(PROFILES["tiny"], "cpu")),
    "flux2": klein,
    "a cluster's desk": on_a_desk,
    "mixed": lambda: MixedEngine([on_a_desk(), LocalEngine(FakeModels())], LocalEngine(FakeModels())),
    "behind JSON": lambda: EngineBehindJson(LocalEngine(FakeModels())),
}
