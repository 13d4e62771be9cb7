"""What the doctor finds about Telegram, asked of the local one."""

from __future__ import annotations

import asyncio

from bot.ops.doctor import examine_telegram
from bot.ops.finding import Finding, Verdict
from bot.settings.config import Settings
from tests.platforms.telegram.server import TOKEN
from tests.platforms.telegram.stage import Stage


async def found(stage: Stage, token: str = TOKEN, base_url: str = "") -> Finding:
    table = {"enabled": True, "token": token, "base_url": base_url or stage.telegram.base_url}
    settings = Settings(telegram=table)  # type: ignore[arg-type]  # as read from a file
    [finding] = await asyncio.to_thread(lambda: list(examine_telegram(settings.telegram)))
    return finding


async def test_a_good_token_is_told_by_its_bot(bare: Stage) -> None:
    finding = await found(bare)
    assert (finding.verdict, finding.found.startswith("the token is @")) == (Verdict.FINE, True)


async def test_a_refused_token_is_wrong_and_never_repeated(bare: Stage) -> None:
    finding = await found(bare, "99:wrong")
    assert (finding.verdict, finding.found) == (Verdict.WRONG, "the token is refused")
    assert "BotFather" in finding.remedy


async def test_a_telegram_that_cannot_be_reached_is_only_noted(bare: Stage) -> None:
    finding = await found(bare, base_url="http://127.0.0.1:9/bot")
    assert finding.verdict is Verdict.NOTE
    assert TOKEN not in finding.found
