"""What people say to each other in the bot's threads is theirs: their words are kept nowhere."""

from __future__ import annotations

import sqlite3

from tests.platforms.discord.stage import Stage


def texts(stage: Stage) -> list[str]:
    """The words that the database holds, oldest first."""
    with sqlite3.connect(stage.folder / "omost.db") as database:
        return [str(text) for (text,) in database.execute("SELECT text FROM discord_message ORDER BY message")]


async def test_side_talk_is_not_stored_and_neither_is_what_it_is_changed_to(stage: Stage) -> None:
    thread = await stage.imagine()
    await stage.ann.slash(thread, "listen", to="Only mentions, replies and commands")
    await stage.bob.say(thread, "// between us: my phone number is 555")
    talk = await stage.bob.say(thread, "the number is 556")
    await stage.until(lambda: len(texts(stage)) == 2)
    await stage.bob.rewrite(talk, "the number is 557")
    await stage.bob.say(thread, f"<@{stage.discord.world.bot.id}> make it night")
    await stage.until(lambda: len(texts(stage)) == 3)
    assert texts(stage) == ["", "", "make it night"]


async def test_a_request_is_stored_so_that_no_restart_loses_it(stage: Stage) -> None:
    thread = await stage.imagine()
    request = await stage.bob.say(thread, "make it night")
    await stage.until(lambda: len(stage.pictures(thread)) == 2)
    await stage.bob.rewrite(request, "make it day")
    await stage.until(lambda: len(stage.pictures(thread)) == 3)
    assert texts(stage) == ["make it day"]
