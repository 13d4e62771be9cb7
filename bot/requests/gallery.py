"""What can be done with turns that exist: go back to one, remove it, pick one of its pictures, stop or repeat its work.

Knows the history and the queue; knows no message's text, no platform's SDK and no model.
"""

from __future__ import annotations

from bot.catalogues.text import Text, Wording
from bot.jobs.job import ACTIVE, Allowance, Job, State, author_key
from bot.jobs.queue import Queue
from bot.messages import Action, Attachment, Author, Choices, Notice, Option, Place, Reply
from bot.requests.limits import InputError
from bot.store.store import Store
from bot.telling import replies
from bot.telling.announcer import Announcer
from bot.turns import conversation
from bot.turns.conversation import Picture, TurnRecord
from omost_pipeline.canvas.codec import canvas_to_code, canvas_to_json
from omost_pipeline.canvas.comfyui import canvas_to_comfyui
from omost_pipeline.canvas.elements import Canvas


class Gallery:
    """The turns of every place, and what becomes of them."""

    def __init__(self, store: Store, queue: Queue, announcer: Announcer, allowance: Allowance) -> None:
        self._store = store
        self._queue = queue
        self._announcer = announcer
        self._allowance = allowance

    async def known(self, place: Place, turn: str) -> TurnRecord:
        """A turn of this place: nobody reaches into another chat by a forwarded button.

        Raises:
            InputError: if the place has no such turn, or its picture was removed.
        """
        found = await self._store.turn(turn)
        if found is None or await self._store.place_of(turn) != place:
            raise InputError(replies.UNKNOWN_TURN)
        if found.removed is not None:
            raise InputError(replies.REMOVED)
        return found

    async def head(self, place: Place) -> TurnRecord:
        """The turn that the next message builds on.

        Raises:
            InputError: if there is none.
        """
        known = await self._store.conversation(place)
        head = await self._store.turn(known.head) if known is not None and known.head is not None else None
        if head is None:
            raise InputError(replies.NOTHING_HERE)
        return head

    async def settled(self, head: TurnRecord) -> TurnRecord:
        """The nearest turn with a picture, from ``head`` back; ``head`` itself where there is none."""
        return head if head.drawn else await self._before(head) or head

    async def asked(self, turn: TurnRecord) -> TurnRecord:
        """The turn that a turn's words and canvas come from, if it only picked a picture."""
        return conversation.asked(await self._store.ancestry(turn.id), turn)

    async def told(self, job: Job) -> Reply:
        """Post the job's message. Where that may never be, the job has ended and only a Notice can tell."""
        if await self._announcer.tell(job.id):
            return None
        now = await self._queue.job(job.id)
        refused = now is not None and now.status_message is None and now.posted is not None
        return Notice(replies.CANNOT_POST) if refused else None

    async def undo(self, turn: TurnRecord, place: Place, author: Author) -> Reply:
        """Go back to the picture before a turn and show it again; stop what is being done for the turn."""
        target = await self._before(turn)
        if target is None:
            return Notice(replies.NOTHING_TO_UNDO if turn.parent is None else replies.NOTHING_LEFT)
        await self.stop(turn)
        return await self.told(await self._queue.show(target, place, author))

    async def undo_newest(self, place: Place, author: Author) -> Reply:
        """Undo what is being made, else the newest picture; a failed turn is not one."""
        head = await self.head(place)
        job = await self._queue.newest(head.id)
        active = job is not None and job.state in ACTIVE
        return await self.undo(head if active else await self.settled(head), place, author)

    async def _before(self, turn: TurnRecord) -> TurnRecord | None:
        return conversation.undone(await self._store.ancestry(turn.id), turn.id)

    async def stop(self, turn: TurnRecord) -> None:
        """Cancel what is being done for a turn, if anything is."""
        job = await self._queue.newest(turn.id)
        if job is not None and job.state in ACTIVE:
            await self._cancel(job)

    async def cancel_newest(self, place: Place, author: Author) -> Reply:
        """Cancel the newest work of a place, for whoever asked for it or a moderator."""
        known = await self._store.conversation(place)
        return await self.cancel(await self._queue.pending(known.id) if known is not None else None, place, author)

    async def cancel(self, job: Job | None, place: Place, author: Author) -> Reply:
        """Cancel a job that is waiting or running, for whoever asked for it or a moderator."""
        own = job is not None and job.author == author_key(place, author)
        if job is not None and job.state in ACTIVE and not (own or author.moderator):
            return Notice(replies.NOT_YOURS_TO_STOP)
        return await self._cancel(job)

    async def _cancel(self, job: Job | None) -> Reply:
        if job is None or not await self._queue.cancel(job.id):
            return Notice(replies.NOTHING_TO_CANCEL)
        await self._announcer.tell(job.id)
        return Notice(replies.STOPPING) if job.state is State.RUNNING else None

    async def retry(self, turn: TurnRecord, place: Place, author: Author) -> Reply:
        """Do the work of a turn that failed or was cancelled once more."""
        job = await self._queue.again(turn, place, author, self._allowance)
        return await self.told(job) if job is not None else Notice(replies.NOT_RETRIED)

    async def remove(self, turn: TurnRecord, author: Author) -> Reply:
        """Take a turn's picture out of its messages, for the turn's author or a moderator."""
        if not (author.moderator or author.id == turn.author.id):
            return Notice(replies.NOT_YOURS)
        before = await self._before(turn)
        for job in await self._queue.remove(turn, author.name, before.id if before is not None else None):
            await self._announcer.tell(job.id)
        return None

    async def pick(self, turn: TurnRecord, number: str, place: Place, author: Author) -> Reply:
        """Go on with one of a turn's pictures, counted from 1, and show it."""
        picture = await self._picture(turn, number)
        draft = conversation.picked(turn, picture)
        return await self.told(await self._queue.adopt(turn, picture, draft, place, author))

    async def chosen(self, turn: TurnRecord, number: str) -> Picture | Choices[Wording]:
        """One of a turn's pictures, counted from 1; without a number its only one, or the question which.

        Raises:
            InputError: if the turn has no such picture.
        """
        pictures = await self._store.pictures(turn.id)
        if number or len(pictures) < 2:
            return await self._picture(turn, number or "1")
        options: list[Option[Wording]] = [
            Option(str(each.number + 1), str(each.number + 1), Text("footer-seed", seed=str(each.seed)))
            for each in pictures
        ]
        return Choices(replies.WHICH_LARGER, Action.LARGER, turn.id, tuple(options))

    async def _picture(self, turn: TurnRecord, number: str) -> Picture:
        for each in await self._store.pictures(turn.id):
            if str(each.number + 1) == number:
                return each
        raise InputError(replies.NO_SUCH_PICTURE)

    async def waiting(self, place: Place, author: Author) -> Reply:
        """Who waits, and how long somebody's own work will."""
        own = author_key(place, author)
        positions = await self._queue.positions()
        mine = [(ahead, await self._announcer.wait(ahead)) for job, ahead in positions if job.author == own]
        return Notice(replies.queue(len(positions), mine))

    async def layout(self, turn: TurnRecord) -> Attachment[Wording]:
        """The picture of what stands where.

        Raises:
            InputError: if the turn has no canvas yet.
        """
        return await self._announcer.layout(turn, canvas_of(turn))

    async def code(self, turn: TurnRecord) -> Notice[Wording]:
        """A turn's canvas as code, as JSON and as masks, with its pictures in full quality.

        Raises:
            InputError: if it has no canvas yet.
        """
        canvas = canvas_of(turn)
        text = canvas_to_code(canvas)
        files = (
            Attachment(f"{turn.id}.py", text.encode(), Text("alt-code")),
            Attachment(f"{turn.id}.json", canvas_to_json(canvas).encode(), Text("alt-json")),
            Attachment(f"{turn.id}.comfyui.json", canvas_to_comfyui(canvas).encode(), Text("alt-comfyui")),
            await self._announcer.masks(turn, canvas),
        )
        shown = replies.code(text, turn.draft.corrections)
        return Notice(shown, (*files, *await self._announcer.originals(turn, canvas)))


def canvas_of(turn: TurnRecord) -> Canvas:
    """A turn's canvas.

    Raises:
        InputError: if it has none yet.
    """
    if turn.canvas is None:
        raise InputError(replies.NOT_COMPOSED)
    return turn.canvas
