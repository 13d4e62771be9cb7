"""Deletes what people want forgotten and what was kept long enough: rows, files, and what the database left of them.

``/forget`` empties a person's turns at once, has their messages on the platforms changed, and deletes what nobody else
builds on. A task does the rest and keeps the time limits. Never reaches into a platform itself.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from bot.access import personal
from bot.access.personal import Person
from bot.catalogues.text import Text, Wording, sentences
from bot.errors import StoreError
from bot.jobs.job import ACTIVE
from bot.jobs.queue import Queue
from bot.messages import Said
from bot.store.assets import Pictures
from bot.store.rulings import Rulings
from bot.store.tables import jobs, pictures
from bot.store.turns import Store
from bot.subjects import Subjects
from bot.telling.announcer import Announcer

logger = logging.getLogger(__name__)

_DAY = 86_400.0
_EVERY = 3600.0
_AT_ONCE = 500
_PATIENCE = 8.0
"""Seconds in which the platforms may change messages before the answer is given."""


@dataclass(frozen=True)
class Retention:
    """For how many days words and pictures are kept; 0 for ever."""

    words: float = 0
    pictures: float = 0


class Privacy:
    """Forgets. ``forgetters`` empty what the platforms hold in memory."""

    def __init__(
        self,
        store: Store,
        queue: Queue,
        announcer: Announcer,
        files: Pictures,
        retention: Retention,
        forgetters: Sequence[Callable[[], None]] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._queue = queue
        self._announcer = announcer
        self._files = files
        self._retention = retention
        self.forgetters = forgetters
        self._unwiped = not store.wipes_at_once  # what a process before this one forgot
        self._clock = clock

    async def answer(self, words: str, said: Said, subjects: Subjects) -> Wording:
        """What ``/forget`` says: what it would do, and with the word that it asks for, what it did."""
        if words.strip().lower() != "everything":
            return Text("forget-ask")
        person = Person(said.place.platform, said.author.id)
        turns, pending = await self.forget(person)
        await Rulings(self._store).note(subjects.person, "", "forget", subjects.person)
        done = Text("forget-done", turns=turns)
        return sentences(done, Text("forget-pending", messages=pending)) if pending else done

    async def forget(self, person: Person) -> tuple[int, int]:
        """Delete everything of somebody; how many turns they had, and how many messages still show them."""
        async with self._store.writing() as connection:
            stopped = await personal.stop(connection, person, self._clock())
            paths = await personal.files_of(connection, person)
            turns = await personal.forget(connection, person)
        self._queue.stop(stopped)
        await asyncio.to_thread(self._files.delete, paths)
        for forget in self.forgetters:
            forget()
        await self._tell()
        async with self._store.writing() as connection:
            await personal.purge(connection)
            left = len(await personal.untold(connection))
        if self._store.wipes_at_once:
            await self._store.wipe()
        else:
            self._unwiped = True
        logger.info("somebody on %s was forgotten: %d turns", person.platform, turns)
        return turns, left

    async def _tell(self) -> None:
        """Have the messages of forgotten turns changed, as many as can be soon; the announcer goes on with the rest."""
        async with self._store.reading() as connection:
            waiting = await personal.untold(connection)
        try:
            async with asyncio.timeout(_PATIENCE):
                for job in waiting:
                    await self._announcer.tell(job)
        except TimeoutError:
            logger.info("some messages of somebody who was forgotten are yet to be changed")

    async def sweep(self) -> None:
        """Delete the files of removed pictures, then their rows."""
        async with self._store.reading() as connection:
            paths = await personal.removed_files(connection)
        await asyncio.to_thread(self._files.delete, paths)
        async with self._store.writing() as connection:
            await personal.delete_removed(connection)

    async def run(self) -> None:
        """Now and every hour: finish what was begun, and delete what is too old. Until cancelled."""
        while True:
            try:
                await self.tidy()
            except Exception:
                logger.exception("what is to be deleted could not be")
            await asyncio.sleep(_EVERY)

    async def tidy(self) -> None:
        """One round of :meth:`run`."""
        await self.sweep()
        await self._expire()
        async with self._store.writing() as connection:
            purged = await personal.purge(connection)
        await self._sweep_strays()
        if purged or self._unwiped:
            self._unwiped = False
            try:
                await self._store.wipe()
            except StoreError:
                self._unwiped = True
                raise

    async def _expire(self) -> None:
        now, kept = self._clock(), self._retention
        if kept.pictures:
            before = now - _DAY * kept.pictures
            async with self._store.reading() as connection:
                paths = await personal.old_files(connection, before)
            await asyncio.to_thread(self._files.delete, paths)
            async with self._store.writing() as connection:
                await personal.expire_pictures(connection, before)
        if kept.words:
            async with self._store.writing() as connection:
                gone, paths = await personal.old_conversations(connection, now - _DAY * kept.words)
                await personal.delete_conversations(connection, gone)
            await asyncio.to_thread(self._files.delete, paths)
            if gone:
                await self._store.wipe()
                logger.info("%d conversations were old enough to be deleted", len(gone))

    async def _sweep_strays(self) -> None:
        """Delete files that belong to no picture and to no work under way: somebody's work was stopped as it ended."""
        found = await asyncio.to_thread(self._files.every_turn)
        strays: list[str] = []
        for first in range(0, len(found), _AT_ONCE):  # of a long history, so that nobody waits for the whole
            some = found[first : first + _AT_ONCE]
            paths, turns = [path for path, _ in some], {turn for _, turn in some}
            async with self._store.reading() as connection:
                shown = set(await connection.scalars(select(pictures.c.path).where(pictures.c.path.in_(paths))))
                working = select(jobs.c.turn).where(jobs.c.turn.in_(turns), jobs.c.state.in_(ACTIVE))
                at_work = set(await connection.scalars(working))
            strays += [path for path, turn in some if path not in shown and turn not in at_work]
        await asyncio.to_thread(self._files.delete, strays)
