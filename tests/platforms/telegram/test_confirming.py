"""An update is confirmed to Telegram when it is noted, so that whatever dies before gets it again."""

from __future__ import annotations

import asyncio
import time

import pytest

from bot.chat.telegram.confirming import Unnoted
from tests.platforms.telegram.stage import Stage


@pytest.mark.slow
async def test_what_is_received_and_not_noted_is_not_confirmed(bare: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    reached, free = asyncio.Event(), asyncio.Event()

    async def slowly(*_: object) -> None:
        reached.set()
        await free.wait()

    monkeypatch.setattr("bot.store.telegram_messages.StoredThreads.remember", slowly)
    async with bare.running():
        bare.ann.say("a red house")
        await reached.wait()
        await asyncio.sleep(0.2)
        assert [each["message"]["text"] for each in bare.telegram.updates] == ["a red house"]
        free.set()
        await bare.until(lambda: not bare.telegram.updates)


async def test_a_chat_that_hangs_keeps_the_others_waiting_for_a_moment_only() -> None:
    unnoted = Unnoted(patience=0.2)
    unnoted.begin()
    began = time.monotonic()
    await unnoted.settled()
    assert time.monotonic() - began > 0.1
    other = unnoted.begin()
    other()
    other()
    await unnoted.settled()


async def test_who_puts_something_in_for_the_webhook_waits_until_it_is_noted() -> None:
    unnoted = Unnoted()
    unnoted.queue.answers = True
    putting = asyncio.create_task(unnoted.queue.put("an update"))
    await unnoted.queue.get()
    noted = unnoted.begin()
    unnoted.queue.task_done()
    await asyncio.sleep(0.05)
    assert not putting.done()
    noted()
    await putting


@pytest.mark.slow
async def test_what_was_passed_on_and_what_came_later_stay_apart_over_a_restart(
    bare: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(*_: object) -> None:
        await asyncio.Event().wait()

    with monkeypatch.context() as patched:
        patched.setattr("bot.chat.telegram.threads.Threads.took", hang)
        async with bare.running():
            bare.ann.say("a red house")
            await bare.until(lambda: len(bare.handler.said()) == 1)
            bare.ann.say("a boat")
            await bare.until(lambda: not bare.telegram.updates)
    async with bare.running():
        await bare.until(lambda: len(bare.handler.said()) == 3)
    assert [each.text for each in bare.handler.said()] == ["a red house", "a red house", "a boat"]
    assert len({each.message for each in bare.handler.said()}) == 2, "the one that came again is known by its name"
