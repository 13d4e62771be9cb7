"""A command that was understood visibly is not lost, whenever the bot stops between that and the work."""

from __future__ import annotations

import asyncio

import pytest

from tests.platforms.discord.stage import Stage


async def let_go(stage: Stage) -> None:
    """Wait until no command is remembered."""
    async with asyncio.timeout(30):
        while await stage.inbox.begun():
            await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    ("method", "path"), [("POST", r"/interactions/.*/callback$"), ("POST", r"/channels/\d+/messages/\d+/threads$")]
)
async def test_a_command_is_taken_up_where_the_bot_stopped(bare: Stage, method: str, path: str) -> None:
    hold = bare.discord.hold(method, path)
    async with bare.running():
        await bare.ann.slash_at_once(bare.channel, "imagine", {"prompt": "a harbour"})
        await asyncio.wait_for(hold.reached.wait(), 30)
        assert bare.handler.received == []
    hold.released.set()
    bare.discord.holds.clear()
    async with bare.running():
        thread = await bare.thread()
        await let_go(bare)
    assert [each.text for each in bare.handler.said()] == ["/imagine a harbour"]
    assert len(bare.discord.world.threads(bare.guild)) == 1
    assert len(bare.pictures(thread)) == 1


async def test_a_command_that_nobody_saw_understood_is_let_go(bare: Stage) -> None:
    fault = bare.discord.fail("POST", r"/interactions/.*/callback$", status=500, times=99)
    bare.discord.fail("POST", r"/channels/\d+/messages$", status=500, times=99)
    async with bare.running():
        await bare.ann.slash_at_once(bare.channel, "imagine", {"prompt": "a harbour"})
        await bare.until(lambda: fault.hits)
    bare.discord.faults.clear()
    async with bare.running():
        await let_go(bare)
    assert bare.handler.received == []
