"""The connection is kept alive whatever the models do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from bot.chat.discord.chat import DiscordChat
from bot.messages import Handle
from bot.store.turns import Store
from tests.fakes import FakeModels, Gate
from tests.platforms.behaviour.stage import working
from tests.platforms.discord.stage import Stage, make_chat


@dataclass
class SlowEngine(FakeModels):
    """Loading its models blocks the thread on which they are asked for."""

    planning: Gate = field(default_factory=Gate)
    loading: Gate = field(default_factory=Gate)

    def composer(self) -> FakeModels:
        self.loading()
        return self

    def __getattribute__(self, name: str) -> Any:  # noqa: ANN401 - whatever the attribute is
        if name == "swaps":  # asks the device for its memory, which may take as long as loading a library
            self.planning()
        return super().__getattribute__(name)


async def some_heartbeats(stage: Stage) -> None:
    """Wait until the bot's connection has shown more signs of life."""
    wanted = stage.discord.gateway.heartbeats + 4
    await stage.until(lambda: stage.discord.gateway.heartbeats >= wanted)


@pytest.mark.slow
async def test_heartbeats_go_on_while_models_load_and_draw(bare: Stage) -> None:
    gateway = bare.discord.gateway
    gateway.heartbeat_ms = 40
    engine = SlowEngine()
    engine.planning.shut()

    def made(handle: Handle, store: Store) -> DiscordChat:
        del store
        return make_chat(bare, handle=handle)

    async with working(bare.folder, engine, made):
        await gateway.wait_connected()
        await bare.until(lambda: bare.discord.commands)
        for gate in (engine.loading, engine.drawing):
            gate.shut()
        await bare.ann.slash(bare.channel, "imagine", prompt="a boat")
        for gate in (engine.planning, engine.loading, engine.drawing):
            await bare.until(gate.reached.is_set)
            await some_heartbeats(bare)
            gate.open()
        await bare.thread()  # a gate that was waited for on the event loop's thread would have ended the work by then
        assert gateway.identifies == 1
