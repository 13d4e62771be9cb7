"""Two engines as one: some that compose, and one that draws. Knows nothing of what is behind them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace

from omost_pipeline.engine.events import Event
from omost_pipeline.engine.failures import failed
from omost_pipeline.engine.protocol import Assets, Engine, EngineInfo
from omost_pipeline.engine.requests import ComposeRequest, Request
from omost_pipeline.errors import AssetGoneError


class MixedEngine:
    """Has what is to be composed composed by the least busy of some engines, and pictures drawn by another one."""

    def __init__(self, composers: Sequence[Engine], renderer: Engine) -> None:
        self._composers = composers
        self._renderer = renderer
        self._busy = [0] * len(composers)

    @property
    def assets(self) -> Assets:
        """Those of the engine that draws."""
        return self._renderer.assets

    async def describe(self) -> EngineInfo:
        """The models that are used of each, and room for the work of all."""
        composes, draws = await self._composers[0].describe(), await self._renderer.describe()
        return replace(draws, composer=composes.composer, capacity=draws.capacity + len(self._composers))

    async def prepare(self) -> None:
        """All of them, one after the other."""
        for engine in (*self._composers, self._renderer):
            await engine.prepare()

    async def run(self, request: Request) -> AsyncGenerator[Event]:
        """As :class:`~omost_pipeline.engine.protocol.Engine`."""
        if not isinstance(request, ComposeRequest):
            async with aclosing(self._renderer.run(request)) as events:
                async for event in events:
                    yield event
            return
        place = self._busy.index(min(self._busy))
        self._busy[place] += 1
        composer, lent = self._composers[place], ""
        try:
            if request.picture:  # its composer has assets of its own
                lent = await composer.assets.put(await self.assets.get(request.picture))
            async with aclosing(composer.run(replace(request, picture=lent))) as events:
                async for event in events:
                    yield event
        except AssetGoneError as error:
            yield failed(error)
        finally:
            self._busy[place] -= 1
            if lent:
                await composer.assets.discard([lent])

    async def close(self) -> None:
        """Let all models go."""
        for composer in self._composers:
            await composer.close()
        await self._renderer.close()
