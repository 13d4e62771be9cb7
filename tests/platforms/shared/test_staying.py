"""A platform that refuses the bot ends itself alone, loudly; only when none is left the program ends with its words."""

from __future__ import annotations

import asyncio

import pytest

from bot.chat.shared.staying import Staying
from bot.errors import TokenRefusedError


class Platform:
    def __init__(self, platform: str, *, refuses: bool) -> None:
        self.platform = platform
        self.refuses = refuses

    async def serve(self) -> None:
        if self.refuses:
            raise TokenRefusedError(f"{self.platform} refuses the token; copy it again")
        await asyncio.Event().wait()


async def test_the_others_go_on_and_the_log_says_why(caplog: pytest.LogCaptureFixture) -> None:
    good, bad = Platform("telegram", refuses=False), Platform("discord", refuses=True)
    gone: list[str] = []
    staying = Staying([good, bad], gone.append)
    serving = [asyncio.create_task(staying.serve(each)) for each in (good, bad)]
    await asyncio.wait_for(serving[1], 5)
    assert gone == ["discord"]
    assert not serving[0].done()
    [record] = caplog.records
    assert record.levelname == "ERROR"
    assert record.getMessage() == ("discord is left out, telegram goes on: discord refuses the token; copy it again")
    serving[0].cancel()
    await asyncio.wait(serving[:1])


async def test_where_none_is_left_it_ends_with_the_last_ones_words() -> None:
    both = [Platform("telegram", refuses=True), Platform("discord", refuses=True)]
    staying = Staying(both, lambda _: None)
    await staying.serve(both[0])
    with pytest.raises(TokenRefusedError, match="discord refuses the token"):
        await staying.serve(both[1])
