"""The one way into the bot: what a message, a button or a form does to the conversation and the queue.

Knows the history and the queue; knows no platform's SDK and no model. Whatever takes time becomes a job.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

from bot import replies
from bot.commands import Command, Wish, clean, read_command
from bot.history import conversation
from bot.history.conversation import MAX_SEED, Draft, TurnRecord
from bot.history.store import Store
from bot.jobs.announcer import Announcer
from bot.jobs.job import ACTIVE, Job, State, author_key
from bot.jobs.queue import Queue
from bot.limits import InputError, Limits, check_words, limits_for, read_seed, read_size
from bot.messages import (
    Action,
    Answer,
    Attachment,
    Author,
    Incoming,
    MessageGoneError,
    Notice,
    Place,
    Pressed,
    Rewritten,
    Said,
    Submitted,
)
from omost_pipeline.canvas.codec import canvas_to_code, canvas_to_json
from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.errors import OmostError
from omost_pipeline.profiles import Profile


def random_seed() -> int:
    """A seed with room for some rerolls after it."""
    return random.randrange(MAX_SEED - 1000)


class Handlers:
    """Answers everything that comes in; :meth:`handle` is the adapters' ``Handle``."""

    def __init__(
        self,
        store: Store,
        queue: Queue,
        announcer: Announcer,
        profile: Profile,
        limits: Limits | None = None,
        new_seed: Callable[[], int] = random_seed,
    ) -> None:
        self._store = store
        self._queue = queue
        self._announcer = announcer
        self._profile = profile
        self._limits = limits or limits_for(profile)
        self._new_seed = new_seed
        self._seeding = asyncio.Lock()

    async def handle(self, incoming: Incoming) -> Answer:
        """Do what is wanted. A Notice says why something was not done; None means that a message in the place does."""
        try:
            match incoming:
                case Said():
                    return await self._said(incoming)
                case Pressed():
                    return await self._pressed(incoming)
                case Submitted():
                    return await self._submitted(incoming)
                case Rewritten():
                    return Notice(replies.NOT_REWRITTEN)
        except MessageGoneError:
            return Notice(replies.CANNOT_POST)
        except OmostError as error:
            return Notice(str(error))

    async def _said(self, said: Said) -> Answer:
        command = read_command(said.text)
        match command.wish:
            case Wish.SAY:
                return await self._draw(said.place, said.author, self._next(check_words(command.words, self._limits)))
            case Wish.IMAGINE if command.words:
                return await self._draw(said.place, said.author, self._root(check_words(command.words, self._limits)))
            case Wish.CANCEL:
                return await self._cancel_newest(said.place)
            case Wish.QUEUE:
                return await self._show_queue(said.place, said.author)
            case Wish.EDIT | Wish.UNDO | Wish.LAYOUT | Wish.CANVAS:
                return await self._about_head(said.place, command.wish)
        return _told(command)

    async def _about_head(self, place: Place, wish: Wish) -> Answer:
        """A command that stands for a button under the newest picture."""
        known = await self._store.conversation(place)
        head = await self._store.turn(known.head) if known is not None and known.head is not None else None
        if head is None:
            return Notice(replies.NOTHING_HERE)
        match wish:
            case Wish.EDIT:
                return replies.edit_form(head)
            case Wish.UNDO:
                return await self._undo(place, await self._undoable(head))
            case Wish.LAYOUT:
                return await self._layout(await self._settled(head))
            case _:
                return _code(await self._settled(head))

    async def _pressed(self, pressed: Pressed) -> Answer:
        turn = await self._known(pressed.place, pressed.turn)
        match pressed.action:
            case Action.EDIT:
                return replies.edit_form(turn)
            case Action.LAYOUT:
                return await self._layout(turn)
            case Action.CODE:
                return _code(turn)
            case _:
                return await self._act(pressed.action, turn, pressed.place, pressed.author)

    async def _act(self, action: Action, turn: TurnRecord, place: Place, author: Author) -> Answer:
        """The buttons that change something."""
        match action:
            case Action.UNDO:
                return await self._undo(place, turn)
            case Action.CANCEL:
                return await self._cancel(await self._queue.newest(turn.id))
            case Action.RETRY:
                return await self._retry(place, author, turn)
            case Action.REROLL | Action.VARIATIONS:
                return await self._draw_again(action, turn, place, author)
            case _:
                return Notice(replies.UNKNOWN_BUTTON)

    async def _submitted(self, submitted: Submitted) -> Answer:
        if submitted.action is not Action.EDIT:
            return Notice(replies.BAD_FORM)
        turn = await self._known(submitted.place, submitted.turn)
        entered = submitted.values
        words = check_words(clean(entered.get("words", turn.words)), self._limits)
        width, height, note = turn.draft.width, turn.draft.height, ""
        if (text := entered.get("size", "").strip()) and text != f"{width}x{height}":
            size = read_size(text, self._limits)
            width, height = size.width, size.height
            note = replies.rounded(size.asked, (width, height), self._limits.unit) if size.asked else ""
        seed = read_seed(text) if (text := entered.get("seed", "").strip()) else turn.draft.seed
        draft = conversation.edited(turn, words, width, height, seed, self._profile)
        if (words, width, height, seed) == (turn.words, turn.draft.width, turn.draft.height, turn.draft.seed):
            raise InputError(f"{note} {replies.UNCHANGED}".strip())
        return await self._draw(submitted.place, submitted.author, lambda _: draft) or (Notice(note) if note else None)

    def _next(self, words: str) -> Callable[[TurnRecord | None], Draft]:
        def draft(head: TurnRecord | None) -> Draft:
            return self._root(words)(None) if head is None else conversation.following(head, words, self._profile)

        return draft

    def _root(self, words: str) -> Callable[[TurnRecord | None], Draft]:
        return lambda _: conversation.first_request(words, self._profile, self._new_seed())

    async def _draw(self, place: Place, author: Author, draft: Callable[[TurnRecord | None], Draft]) -> Answer:
        return await self._announce(await self._queue.enqueue(place, author, draft, self._limits.allowance))

    async def _draw_again(self, action: Action, turn: TurnRecord, place: Place, author: Author) -> Answer:
        _drawn(turn)
        again = conversation.rerolled if action is Action.REROLL else conversation.varied
        async with self._seeding:  # a double click should give two pictures, not one picture twice
            draft = again(turn, await self._store.siblings(turn), self._profile)
            job = await self._queue.enqueue(place, author, lambda _: draft, self._limits.allowance)
        return await self._announce(job)

    async def _announce(self, job: Job) -> Answer:
        """Post the job's status message. Where that may never be, the job has ended and only a Notice can tell."""
        if await self._announcer.tell(job.id):
            return None
        now = await self._queue.job(job.id)
        return Notice(replies.CANNOT_POST) if now is not None and now.state is State.CANCELLED else None

    async def _undo(self, place: Place, turn: TurnRecord) -> Answer:
        target = conversation.undone(await self._store.ancestry(turn.id), turn.id)
        if target is None:
            return Notice(replies.NOTHING_TO_UNDO)
        job = await self._queue.newest(turn.id)
        if job is not None and job.state in ACTIVE:
            await self._cancel(job)
        await self._store.set_head(turn.conversation, target.id)
        await self._announcer.show(place, target)
        return None

    async def _undoable(self, head: TurnRecord) -> TurnRecord:
        """What a plain undo undoes: what is being made, else the newest picture; a failed turn is not one."""
        job = await self._queue.newest(head.id)
        return head if job is not None and job.state in ACTIVE else await self._settled(head)

    async def _settled(self, head: TurnRecord) -> TurnRecord:
        """The nearest turn with a canvas, from ``head`` back; ``head`` itself where there is none."""
        if head.canvas is not None:
            return head
        return conversation.undone(await self._store.ancestry(head.id), head.id) or head

    async def _layout(self, turn: TurnRecord) -> Answer:
        canvas = _drawn(turn)
        return Notice(replies.layout(canvas), (await self._announcer.layout(turn, canvas),))

    async def _cancel_newest(self, place: Place) -> Answer:
        known = await self._store.conversation(place)
        return await self._cancel(await self._queue.pending(known.id) if known is not None else None)

    async def _cancel(self, job: Job | None) -> Answer:
        if job is None or not await self._queue.cancel(job.id):
            return Notice(replies.NOTHING_TO_CANCEL)
        await self._announcer.tell(job.id)
        return Notice(replies.STOPPING) if job.state is State.RUNNING else None

    async def _retry(self, place: Place, author: Author, turn: TurnRecord) -> Answer:
        job = await self._queue.again(turn, place, author, self._limits.allowance)
        return await self._announce(job) if job is not None else Notice(replies.NOT_RETRIED)

    async def _show_queue(self, place: Place, author: Author) -> Answer:
        own = author_key(place, author)
        waiting = await self._queue.positions()
        return Notice(replies.queue(len(waiting), [ahead for job, ahead in waiting if job.author == own]))

    async def _known(self, place: Place, turn: str) -> TurnRecord:
        """A turn of this place: nobody reaches into another chat by a forwarded button."""
        found = await self._store.turn(turn)
        if found is None or await self._store.place_of(turn) != place:
            raise InputError(replies.UNKNOWN_TURN)
        return found


def _told(command: Command) -> Answer:
    """The commands that need nothing but words."""
    match command.wish:
        case Wish.HELP:
            return Notice(replies.HELP)
        case Wish.IMAGINE:
            return Notice(replies.NO_WORDS)
        case Wish.UNKNOWN:
            return Notice(replies.unknown_command(command.words))
        case _:
            return None


def _drawn(turn: TurnRecord) -> Canvas:
    if turn.canvas is None:
        raise InputError(replies.NOT_COMPOSED)
    return turn.canvas


def _code(turn: TurnRecord) -> Notice:
    canvas = _drawn(turn)
    code = canvas_to_code(canvas)
    files = (
        Attachment(f"{turn.id}.py", code.encode(), "The canvas as code"),
        Attachment(f"{turn.id}.json", canvas_to_json(canvas).encode(), "The canvas as JSON"),
    )
    return Notice(replies.code(code), files)
