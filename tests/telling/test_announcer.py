"""Who tells whom about jobs: no platform, and no message, holds up those of others."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from bot.jobs.job import State
from bot.messages import Attachment, Outgoing, Place
from bot.telling.progress import Progress
from tests.bot_parts import BOB, Bot, opened, put_together, working
from tests.fakes import FakeChat, until

FAR = Place("far", "x")
BOB_PLACE = Place("test", "elsewhere")


@dataclass
class FarChat(FakeChat):
    """A platform whose edits wait, as Discord's and Telegram's do, while it cannot be reached."""

    platform: str = "far"
    online: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: int = 0
    results: int = 0

    async def edit(self, place: Place, message_id: str, message: Outgoing) -> None:
        self.waiting += 1
        self.results += message.progress is None
        await self.online.wait()
        await super().edit(place, message_id, message)


def with_two_platforms(bot: Bot, far: FarChat, time_limit: float = 300.0) -> Bot:
    """The bot on two platforms."""
    both = put_together(bot.folder, bot.store, bot.engine, [lambda _: bot.chat, lambda _: far], time_limit=time_limit)
    bot.queue, bot.announcer, bot.handlers, bot.worker = both.queue, both.announcer, both.handlers, both.worker
    return bot


async def test_results_of_one_platform_do_not_wait_for_another_that_cannot_be_reached(tmp_path: Path) -> None:
    far = FarChat()
    async with opened(tmp_path) as bot, working(with_two_platforms(bot, far)):
        await bot.say("a cat", FAR)
        await until(lambda: far.waiting)
        await bot.say("red house")
        await until(bot.chat.finished, "the other platform's result is shown")
        await bot.say("blue house")
        await until(lambda: len(bot.chat.finished()) == 2, "and the next one")
        assert far.finished() == []
        far.online.set()
        await until(far.finished, "what waited is shown once the platform is back")
        await bot.at_rest()


async def test_positions_of_one_platform_do_not_wait_for_another_that_cannot_be_reached(tmp_path: Path) -> None:
    far = FarChat()
    async with opened(tmp_path) as bot:
        bot.engine.writing.shut()
        async with working(with_two_platforms(bot, far)):
            await bot.say("first", Place("test", "a"))
            await until(bot.engine.writing.reached.is_set)
            await bot.say("second", Place("test", "b"), BOB)
            await bot.say("third", FAR)
            await bot.say("fourth", Place("test", "c"))
            job = await bot.queue.newest(await bot.head(Place("test", "b")))
            assert job is not None
            await bot.queue.cancel(job.id)
            await until(lambda: far.waiting, "the far platform's position is being shown")
            await until(lambda: "2 pictures ahead" in bot.chat.shown["m3"].text)


async def test_a_send_that_never_ends_is_given_up_and_tried_again(tmp_path: Path) -> None:
    far = FarChat()
    async with opened(tmp_path) as bot, working(with_two_platforms(bot, far, time_limit=0.1)):
        await bot.say("a cat", FAR)
        job = await bot.queue.newest(await bot.head(FAR))
        assert job is not None
        await until(lambda: far.results >= 2, "its result was tried more than once")
        assert (now := await bot.queue.job(job.id)) is not None
        assert (now.state, now.posted) == (State.FINISHED, None)
        far.online.set()
        await until(far.finished)


async def test_nothing_is_kept_of_jobs_that_are_told(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        for _ in range(5):
            await bot.say("/imagine a cat")
        await until(lambda: len(bot.chat.finished()) == 5)
        await bot.at_rest()
        kept = bot.announcer
        await until(lambda: not kept._locks and not kept._ahead and not kept._delays, "nothing is kept")


async def test_a_state_that_cannot_be_shown_does_not_end_the_progress(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        await bot.say("red house")
        job = await bot.queue.claim()
        assert job is not None
        progress = Progress(bot.announcer, job.id, pace=0.0)

        def broken() -> Outgoing:
            raise OSError("no memory for a preview")

        running = asyncio.create_task(progress.run())
        progress.show(broken)
        await progress.seen()
        progress.show(lambda: Outgoing("Step 2", (Attachment("a.png", b""),), progress=0.5))
        await until(lambda: bot.chat.shown["m1"].text == "Step 2")
        progress.close()
        await running


async def test_only_a_job_of_this_start_that_never_failed_is_said_to_be_fresh(tmp_path: Path) -> None:
    fresh: list[bool] = []

    class Watching(FakeChat):
        async def post(self, place: Place, message: Outgoing) -> str:
            fresh.append(message.fresh)
            return await super().post(place, message)

    chat = Watching(fail=[RuntimeError("no answer")])
    async with opened(tmp_path, chat) as bot:
        await bot.say("a cat")
        [job] = await bot.queue.untold()
        await bot.announcer.tell(job.id)
    assert fresh == [True, False], "the second post may repeat the first"
    chat.fail = [RuntimeError("no answer")]
    async with opened(tmp_path, chat) as bot:
        await bot.say("a dog", BOB_PLACE)
    async with opened(tmp_path, chat) as bot:
        untold = [job for job in await bot.queue.untold() if job.place == BOB_PLACE]
        await bot.announcer.tell(untold[0].id)
    assert fresh[2:] == [True, False], "the second post is of another start"
