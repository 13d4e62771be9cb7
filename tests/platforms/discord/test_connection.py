"""The connection: a wrong token, drops with and without resuming, shards, outages at the start, a clean end."""

from __future__ import annotations

import asyncio

import pytest

from bot.errors import TokenRefusedError
from tests.platforms.discord.stage import Stage, make_chat, status


async def test_a_wrong_token_is_said_in_words(bare: Stage) -> None:
    chat = make_chat(bare, token="wrong")
    with pytest.raises(TokenRefusedError, match="OMOST_DISCORD_TOKEN"):
        await chat.serve()
    bare.discord.violations.clear()  # the refusal itself


async def test_after_a_dropped_connection_the_session_is_resumed_and_nothing_is_missed(stage: Stage) -> None:
    thread = await stage.imagine()
    await stage.discord.gateway.drop()
    await stage.bob.say(thread, "make it night")  # while nobody listens
    await stage.until(lambda: len(stage.handler.said()) == 2)
    assert stage.discord.gateway.resumes == 1
    assert stage.discord.gateway.identifies == 1


async def test_an_outage_at_the_start_is_waited_out(bare: Stage, caplog: pytest.LogCaptureFixture) -> None:
    bare.discord.fail("GET", "/users/@me$", status=503)
    async with bare.running():
        await bare.imagine()
    assert "no connection to Discord, next try in" in caplog.text


async def test_what_is_to_be_posted_waits_for_the_connection(bare: Stage) -> None:
    bare.handler.draws = False
    async with bare.running():
        await bare.ann.slash(bare.channel, "imagine", prompt="a boat")
        await bare.until(lambda: bare.handler.received)
    thread = bare.discord.world.threads(bare.guild)[0]
    chat = make_chat(bare)
    posting = asyncio.create_task(chat.post(bare.place(thread), status("t1", "a boat")))
    serving = asyncio.create_task(chat.serve())
    assert await asyncio.wait_for(posting, 10)
    serving.cancel()
    await asyncio.wait({serving})


async def test_shards_are_one_key_away(bare: Stage) -> None:
    bare.discord.shards = 2
    other = bare.discord.world.add_guild("Other", bare.ann.user)
    while (other.id >> 22) % 2 == (bare.guild.id >> 22) % 2:
        other.id += 1 << 22
    bare.discord.world.guilds = {bare.guild.id: bare.guild, other.id: other}
    channel = bare.discord.world.add_channel(other, "elsewhere")
    async with bare.running(sharded=True):
        assert {session.shard for session in bare.discord.gateway.connected} == {(0, 2), (1, 2)}
        await bare.imagine()
        await bare.ann.slash(channel, "imagine", prompt="a bear")
        await bare.until(lambda: bare.discord.world.threads(other))
        await bare.until(lambda: bare.pictures(bare.discord.world.threads(other)[0]))


async def test_commands_that_cannot_be_brought_up_to_date_stop_nothing(bare: Stage) -> None:
    async with bare.running():
        pass
    bare.discord.fail("PUT", "/commands$", status=503)
    async with bare.running():
        await bare.imagine()


async def test_an_event_that_the_library_cannot_read_ends_nothing(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    await stage.imagine()
    await stage.discord.gateway.dispatch("CHANNEL_UPDATE", {"guild_id": str(stage.guild.id)}, stage.guild)
    await stage.until(lambda: stage.discord.gateway.identifies == 2)
    assert "the connection to Discord broke" in caplog.text
    await stage.ann.slash(stage.channel, "imagine", prompt="a bear")
    assert (await stage.thread(2)).name == "a bear"


async def test_being_thrown_out_and_deleted_channels_crash_nothing(stage: Stage) -> None:
    thread = await stage.imagine()
    gone = {"id": str(thread.id), "guild_id": str(stage.guild.id), "parent_id": str(stage.channel.id), "type": 11}
    await stage.discord.gateway.dispatch("THREAD_DELETE", gone, stage.guild)
    await stage.discord.gateway.dispatch("GUILD_DELETE", {"id": str(stage.guild.id)}, stage.guild)
    direct = stage.discord.world.direct(stage.ann.user)
    await stage.ann.say(direct, "a red house")
    await stage.until(lambda: stage.pictures(direct))
