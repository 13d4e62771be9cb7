"""``kill -9`` before and after each step of a job, on Discord and Telegram at once; then all is as it should be.

The play is the same each time: pictures, changes, one that fails, one that is cancelled, an undo, a removal. At the
trap's point the program dies; it is started again without one, and people go on.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.platforms.discord.world import Channel, Message
from tests.torture.share import share
from tests.torture.stage import Stage, Starter, staged

_QUEUE = "bot.jobs.queue:Queue."
_FILES = "bot.store.assets:Pictures."
_ANNOUNCER = "bot.telling.announcer:Announcer."
_DISCORD = "bot.chat.discord.delivery:Delivery."
_TELEGRAM = "bot.chat.telegram.delivery:Delivery."
_RECEPTION = "bot.chat.discord.reception:Reception."
_INBOX = "bot.store.inbox:StoredInbox."
_THREADS = "bot.store.telegram_messages:StoredThreads."

POINTS = [
    f"{point}@{when}@{number}"
    for point, numbers in {
        f"{_QUEUE}enqueue": (1, 3),
        f"{_QUEUE}status_posted": (1, 2),
        f"{_QUEUE}claim": (1, 3),
        f"{_QUEUE}composed": (1, 2),
        f"{_QUEUE}finish": (1, 2),
        f"{_QUEUE}posted": (1, 2),
        f"{_QUEUE}fail": (1,),
        f"{_QUEUE}cancel": (1,),
        f"{_QUEUE}show": (1,),
        f"{_QUEUE}remove": (1,),
        f"{_QUEUE}recover": (1,),
        f"{_FILES}keep": (1, 2),
        f"{_FILES}keep_latents": (1, 2),
        f"{_FILES}keep_layers": (1, 2),
        f"{_ANNOUNCER}progress": (1, 4),
        f"{_ANNOUNCER}_begin": (1, 3),
        f"{_ANNOUNCER}_end": (1, 3),
        f"{_DISCORD}post": (1, 2),
        f"{_DISCORD}edit": (1, 4),
        f"{_TELEGRAM}post": (1, 2),
        f"{_TELEGRAM}show": (1,),
        f"{_TELEGRAM}change": (1, 2),
        f"{_RECEPTION}_answered": (1,),
        f"{_RECEPTION}_opened": (1, 2),
        f"{_INBOX}begin": (1,),
        f"{_INBOX}ended": (1,),
        f"{_INBOX}note": (1,),
        f"{_INBOX}joined": (1,),
        f"{_INBOX}handled": (1,),
        f"{_THREADS}remember": (1, 2, 3),
        f"{_THREADS}known": (1, 2),
    }.items()
    for when in ("before", "after")
    for number in numbers
] + ["composing@before@2", "composing@before@12", "drawing@before@2", "drawing@before@11"]


def newest(stage: Stage, thread: Channel) -> Message:
    here = stage.discord.world.in_channel(thread)
    return [each for each in here if "Reroll" in each.labels()][-1]


async def play(stage: Stage) -> None:
    """Everything that a job can go through."""
    await stage.imagine(stage.ann, "a red house")
    stage.cy.say(stage.words("a boat"))
    await stage.settled()
    stage.di.say(stage.words("what breaks"))
    await stage.imagine(stage.bob, "a tree")
    await stage.settled()
    threads = stage.discord.world.threads(stage.guild)
    for thread in threads[:1]:
        await stage.ann.say(thread, stage.words("at night"))
        stage.cy.say(stage.words("at dawn"))
        await stage.settled()
        stage.cy.say("/undo")
        await stage.press(stage.ann, newest(stage, thread), "Undo")
        await stage.press(stage.ann, newest(stage, thread), "Variations")
        await cancelled(stage)
        await stage.press(stage.ann, newest(stage, thread), "Delete")


async def cancelled(stage: Stage) -> None:
    """Cy says something and cancels it as soon as there is a button for it."""
    stage.cy.say(stage.words("a fish"))
    chat = stage.cy.private

    def waiting() -> list[str]:
        return [label for label in stage.telegram.messages(chat)[-1].labels() if "Cancel" in label]

    await stage.until(lambda: stage.dead or waiting() or "fish" in stage.telegram.messages(chat)[-1].text)
    if waiting():
        query = stage.cy.press(stage.telegram.messages(chat)[-1], waiting()[0])
        await stage.until(lambda: stage.dead or query.answered)
    await stage.settled()


@pytest.mark.slow
@pytest.mark.parametrize("point", share(POINTS))
async def test_killed_there_it_comes_back_and_nothing_is_lost_or_done_twice(
    tmp_path: Path, starting: Starter, point: str
) -> None:
    async with staged(tmp_path, starting) as stage:
        await stage.start(point)
        await stage.revived()
        await play(stage)
        assert stage.deaths == 1, f"it never came to {point}"
        stage.answered()
        await stage.stop()
        stage.answered()
