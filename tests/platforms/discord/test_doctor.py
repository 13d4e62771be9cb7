"""What the doctor finds about Discord, asked of the local one."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.ops.doctor import examine_discord
from bot.ops.finding import Finding, Verdict
from bot.settings.config import load_settings
from tests.platforms.discord.server import TOKEN
from tests.platforms.discord.stage import Stage
from tests.platforms.discord.world import PERMISSIONS


async def findings(stage: Stage, token: str = TOKEN, api_url: str = "") -> list[Finding]:
    file = stage.folder / "config.toml"
    address = api_url or stage.discord.api_url
    file.write_text(f'[discord]\nenabled = true\ntoken = "{token}"\napi_url = "{address}"\n', encoding="utf-8")
    settings = load_settings(file, {})
    return await asyncio.to_thread(lambda: list(examine_discord(settings.discord)))


async def test_it_prints_the_invite_link_with_exactly_the_needed_permissions(bare: Stage) -> None:
    [found] = await findings(bare)
    assert found.verdict is Verdict.FINE
    bits = sum(
        PERMISSIONS[name]
        for name in (
            "view_channel",
            "send_messages",
            "create_public_threads",
            "send_messages_in_threads",
            "attach_files",
            "read_message_history",
        )
    )
    assert f"client_id={bare.discord.world.bot.id}" in found.remedy
    assert f"permissions={bits}" in found.remedy
    assert "scope=bot+applications.commands" in found.remedy


async def test_it_says_that_plain_messages_cannot_be_read(bare: Stage) -> None:
    bare.discord.gateway.content_allowed = False
    found = (await findings(bare))[-1]
    assert found.verdict is Verdict.NOTE
    assert "Message Content Intent" in found.remedy


async def test_it_tells_a_wrong_token_from_a_missing_network(bare: Stage, tmp_path: Path) -> None:
    [refused] = await findings(bare, token="wrong")
    assert refused.verdict is Verdict.WRONG
    bare.discord.violations.clear()  # the refusal itself
    [alone] = await findings(bare, api_url="http://127.0.0.1:9/api")
    assert alone.verdict is Verdict.NOTE
    assert "could not be reached" in alone.found
