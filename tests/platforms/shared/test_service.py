"""Serving a platform: what fails in a task ends nothing, connections are taken up again, and nobody waits for ever."""

from __future__ import annotations

import asyncio
import logging

import pytest

from bot.chat.shared.service import Backoff, Login, Tasks, stay_connected
from bot.errors import UnreachableError
from tests.fakes import until

QUICK = Backoff(first=0.01, longest=0.02)


class RefusedError(Exception):
    """What no other attempt mends."""


async def test_an_error_in_a_task_is_logged_and_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    tasks, done = Tasks("the platform"), asyncio.Event()

    async def broken() -> None:
        raise RuntimeError("the database is locked")

    async def sound() -> None:
        done.set()

    async with tasks.served():
        await tasks.start(broken())
        tasks.start(sound())
        await asyncio.wait_for(done.wait(), 10)
    assert "the database is locked" in caplog.text


async def test_what_the_body_raises_comes_out_as_it_is() -> None:
    tasks = Tasks("the platform")
    with pytest.raises(RefusedError, match="token"):
        async with tasks.served():
            raise RefusedError("token")


async def test_work_is_refused_when_nothing_is_served_and_leaves_no_coroutine_behind() -> None:
    async def work() -> None:
        raise AssertionError("it never runs")

    tasks = Tasks("the platform")
    with pytest.raises(UnreachableError, match="the platform is not served"):
        tasks.start(work())
    async with tasks.served():
        tasks.start(work()).cancel()  # before its first step


async def test_a_connection_is_taken_up_again_until_an_error_that_nothing_mends(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ends = [ConnectionError("no route"), ValueError("an event that cannot be read"), None, RefusedError("token")]

    async def connect() -> None:
        end = ends.pop(0)
        if end is not None:
            raise end

    with pytest.raises(RefusedError):
        await stay_connected("Mars", connect, QUICK, final=(RefusedError,), expected=(ConnectionError,))
    assert not ends
    lines = [(each.levelno, each.getMessage().partition(",")[0], bool(each.exc_info)) for each in caplog.records]
    assert lines == [
        (logging.WARNING, "no connection to Mars", False),
        (logging.ERROR, "the connection to Mars broke", True),
    ]


async def test_the_platform_itself_says_how_long_to_stay_away() -> None:
    times: list[float] = []

    async def connect() -> None:
        times.append(asyncio.get_running_loop().time())
        raise ConnectionError("come back in 0.3 s") if len(times) == 1 else RefusedError("done")

    with pytest.raises(RefusedError):
        await stay_connected("Mars", connect, QUICK, final=(RefusedError,), expected=(), asked=lambda _: 0.3)
    assert times[1] - times[0] >= 0.3


async def test_cancelling_ends_it_at_once() -> None:
    begun = asyncio.Event()

    async def connect() -> None:
        begun.set()
        raise ConnectionError("no route")

    slow = Backoff(first=1000.0, longest=1000.0)
    task = asyncio.create_task(stay_connected("Mars", connect, slow, final=(), expected=(ConnectionError,)))
    await begun.wait()
    task.cancel()
    await until(task.done)
    assert task.cancelled()


async def test_who_wants_to_speak_waits_for_the_login_and_not_for_ever() -> None:
    login = Login("Mars", patience=0.05)
    with pytest.raises(UnreachableError, match="not connected to Mars"):
        await login.wait()
    login.begin()
    await login.wait()
    login.end()
    with pytest.raises(UnreachableError):
        await login.wait()
