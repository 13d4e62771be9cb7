"""Does what was decided: stores turns and jobs, stops work, and tells of it.

Knows orders, the queue and the announcer; knows no message and no words but those of its own answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace

from bot.catalogues.text import Text
from bot.errors import UserError
from bot.jobs.failures import NOT_SAVED
from bot.jobs.job import ACTIVE, Allowance, Job, State
from bot.jobs.looking import PictureCheck
from bot.jobs.queue import Queue
from bot.messages import Author, Notice, Place, Reply
from bot.requests.orders import (
    Adopt,
    Bring,
    Draw,
    DrawAgain,
    Drop,
    GoBack,
    Keep,
    Order,
    Remove,
    Retry,
    Save,
    Stop,
    Tell,
)
from bot.requests.rights import may_stop
from bot.store.assets import Pictures
from bot.store.characters import MOST, Characters
from bot.store.preferences import Preferences
from bot.store.turns import Store
from bot.subjects import subjects_of
from bot.telling import replies
from bot.telling.announcer import Announcer
from bot.turns.conversation import Picture, TurnRecord
from omost_pipeline.engine.assets import picture_bytes
from omost_pipeline.renderer.info import RendererInfo

WRITING = 5.0
"""Seconds that a brought picture may take to be kept: meanwhile nobody else writes to the database."""


class Execution:
    """Carries out orders, each for somebody at some place."""

    def __init__(
        self,
        store: Store,
        queue: Queue,
        announcer: Announcer,
        pictures: Pictures,
        info: RendererInfo,
        allowance: Allowance,
        swept: Callable[[], Awaitable[None]] | None = None,
        check: PictureCheck | None = None,
    ) -> None:
        self._check = check
        self._pictures = pictures
        self._store = store
        self._queue = queue
        self._announcer = announcer
        self._info = info
        self._allowance = allowance
        self._swept = swept
        self._preferences = Preferences(store)
        self._characters = Characters(store)
        self._seeding = asyncio.Lock()

    def use(self, allowance: Allowance) -> None:
        """As much may be asked for from now on."""
        self._allowance = allowance

    async def check(self, place: Place, author: Author) -> None:
        """Do nothing, where something new could now be drawn.

        Raises:
            QueueFullError: if the allowance is used up.
        """
        await self._queue.check(place, author, self._allowance)

    async def carry_out(self, order: Order, place: Place, author: Author) -> Reply:
        """Do it. A Notice says why something was not done; None means that a message in the place does.

        Raises:
            QueueFullError: if the allowance is used up; nothing has changed then.
        """
        match order:
            case Tell():
                return order.reply
            case Draw():
                return await self._draw(order, place, author)
            case DrawAgain():
                return await self._draw_again(order, place, author)
            case Bring() | Adopt():
                return await self._take(order, place, author)
            case Save() | Keep() | Drop():
                return await self._keep(order, place, author)
            case _:
                return await self._change(order, place, author)

    async def _keep(self, order: Save | Keep | Drop, place: Place, author: Author) -> Reply:
        """The orders about what people have of their own."""
        match order:
            case Save():
                await self._preferences.save(order.owner, order.defaults)
                return order.reply
            case Keep():
                kept = await self._characters.save(place, author, order.character, order.picture)
                return order.reply if kept else Notice(Text("character-too-many", most=MOST))
            case Drop(name):
                gone = await self._characters.forget(place, author, name)
                return Notice(Text("character-forgotten" if gone else "character-unknown", name=name))

    async def _change(self, order: GoBack | Stop | Retry | Remove, place: Place, author: Author) -> Reply:
        """The orders about work that is under way or done."""
        match order:
            case GoBack(turn, target):
                await self._stop_own(turn, place, author)
                return await self._told(await self._queue.show(target, place, author))
            case Stop(job):
                if job is not None and job.state in ACTIVE and not may_stop(job, place, author):
                    return Notice(replies.NOT_YOURS_TO_STOP)
                return await self._stop(job)
            case Retry(turn):
                again = await self._queue.again(turn, place, author, self._allowance)
                return await self._told(again) if again is not None else Notice(replies.NOT_RETRIED)
            case Remove(turn, head):
                for removed in await self._queue.remove(turn, author.name, head):
                    await self._announcer.tell(removed.id)
                if self._swept is not None:
                    await self._swept()
                return None

    async def _draw(self, order: Draw, place: Place, author: Author) -> Reply:
        job = await self._queue.enqueue(place, author, order.draft, self._allowance, once=order.once)
        if order.instead_of is not None:
            await self._stop_own(order.instead_of, place, author)
        return await self._told(job) or (Notice(order.note) if order.note is not None else None)

    async def _take(self, order: Bring | Adopt, place: Place, author: Author) -> Reply:
        """The orders about pictures that are there already."""
        if isinstance(order, Adopt):
            return await self._told(await self._queue.adopt(order.turn, order.picture, order.draft, place, author))
        return await self._told(await self._bring(order, place, author)) or (
            Notice(order.note) if order.note is not None else None
        )

    async def _bring(self, order: Bring, place: Place, author: Author) -> Job:
        begun: list[TurnRecord] = []
        places = subjects_of(place, author).places
        veil = ""
        if self._check is not None:
            await self._queue.check(place, author, self._allowance, order.message)  # the engine looks at no other
            veil = await self._check.veil(order.image, places)

        async def keep(turn: TurnRecord) -> Picture:
            begun.append(turn)
            canvas = turn.canvas
            assert canvas is not None, "it comes with the picture"
            try:
                async with asyncio.timeout(WRITING):
                    content = await asyncio.to_thread(picture_bytes, order.image)
                    kept = await asyncio.to_thread(self._pictures.keep, turn, canvas, 0, turn.draft.seed, content)
            except OSError as error:  # said here: a database on a server would be told to be out of reach
                raise UserError(NOT_SAVED) from error
            return replace(kept, veil=veil)

        bring = self._queue.bring(place, author, order.draft, keep, order.after, self._allowance, order.message)
        try:
            return await bring
        except BaseException:
            for turn in begun:
                with suppress(OSError):
                    await asyncio.to_thread(self._pictures.discard, turn.id)
            raise

    async def _draw_again(self, order: DrawAgain, place: Place, author: Author) -> Reply:
        async with self._seeding:  # a double click should give two pictures, not one picture twice
            find = self._store.children if order.is_child else self._store.siblings
            draft = order.draft(order.turn, await find(order.turn), self._info)
            job = await self._queue.enqueue(place, author, lambda _: draft, self._allowance)
        return await self._told(job)

    async def _told(self, job: Job) -> Reply:
        """Post the job's message. Where that may never be, the job has ended and only a Notice can tell."""
        if await self._announcer.tell(job.id):
            return None
        now = await self._queue.job(job.id)
        refused = now is not None and now.status_message is None and now.posted is not None
        return Notice(replies.CANNOT_POST) if refused else None

    async def _stop_own(self, turn: TurnRecord, place: Place, author: Author) -> None:
        """Stop what is being done for a turn, if anything is; others' work goes on beside what is done now."""
        job = await self._queue.newest(turn.id)
        if job is not None and job.state in ACTIVE and may_stop(job, place, author):
            await self._stop(job)

    async def _stop(self, job: Job | None) -> Reply:
        if job is None or not await self._queue.cancel(job.id):
            return Notice(replies.NOTHING_TO_CANCEL)
        await self._announcer.tell(job.id)
        return Notice(replies.STOPPING) if job.state is State.RUNNING else None
