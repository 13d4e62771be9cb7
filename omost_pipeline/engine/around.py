"""What an engine is that stands around another one, for whoever watches or changes what passes through it."""

from __future__ import annotations

from omost_pipeline.engine.protocol import Assets, Engine, EngineInfo


class EngineAround:
    """All of an engine but ``run``, which whoever stands around it has of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def assets(self) -> Assets:
        """As the engine's."""
        return self._engine.assets

    async def describe(self) -> EngineInfo:
        """As the engine's."""
        return await self._engine.describe()

    async def prepare(self) -> None:
        """As the engine's."""
        await self._engine.prepare()

    async def close(self) -> None:
        """As the engine's."""
        await self._engine.close()
