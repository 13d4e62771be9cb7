"""The one way into the bot: what a message, a button or a form does to the conversation and the queue.

Knows the history and the queue; knows no platform's SDK and no model. Whatever takes time becomes a job.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import replace

from bot.catalogues.text import sentences
from bot.errors import UserError
from bot.jobs.queue import Queue
from bot.messages import (
    Action,
    Author,
    Choices,
    Incoming,
    MessageGoneError,
    Notice,
    Place,
    Pressed,
    Reply,
    Rewritten,
    Said,
    Submitted,
    Upload,
)
from bot.requests import regions
from bot.requests.canvas_files import read_upload, words_of
from bot.requests.commands import Command, Wish, clean, read_command
from bot.requests.forms import edit_form
from bot.requests.gallery import Gallery, canvas_of
from bot.requests.limits import InputError, Limits, check_words, limits_for
from bot.requests.options import Asked, changed_values, examples, read_options
from bot.requests.preferences import Settings
from bot.store.preferences import Preferences
from bot.store.store import Store
from bot.telling import refusals, replies
from bot.telling.announcer import Announcer
from bot.telling.failures import explanation
from bot.turns import conversation
from bot.turns.conversation import Draft, TurnRecord
from omost_pipeline.canvas.parser import ParsedCanvas
from omost_pipeline.errors import OmostError
from omost_pipeline.renderer.info import RendererInfo
from omost_pipeline.renderer.spec import COUNT, LARGEST_SEED, SEED, SIZE

logger = logging.getLogger(__name__)


def random_seed() -> int:
    """A seed with room for some rerolls after it."""
    return random.randrange(LARGEST_SEED - 1000)


class Handlers:
    """Answers everything that comes in; :meth:`handle` is the way into the bot."""

    def __init__(
        self,
        store: Store,
        queue: Queue,
        announcer: Announcer,
        info: RendererInfo,
        limits: Limits | None = None,
        new_seed: Callable[[], int] = random_seed,
    ) -> None:
        self._store = store
        self._queue = queue
        self._info = info
        self._limits = limits or limits_for(info)
        self._new_seed = new_seed
        self._gallery = Gallery(store, queue, announcer, self._limits.allowance)
        self._settings = Settings(Preferences(store), self._limits)
        self._seeding = asyncio.Lock()

    async def handle(self, incoming: Incoming) -> Reply:
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
                    return await self._rewritten(incoming)
        except MessageGoneError:
            return Notice(replies.CANNOT_POST)
        except OmostError as error:
            return _refusal(error)

    async def admit(self, incoming: Incoming) -> Reply:
        """What to answer in place of opening a new thread for words; None where they begin a picture.

        For platforms that make a place for each conversation: refusals need none, nor do commands that draw nothing.
        """
        if not isinstance(incoming, Said):
            return None
        command = read_command(incoming.text, self._limits.options)
        if not _asks(command, incoming.file):
            return await self.handle(incoming)
        try:
            await self._read(incoming, command)
            read_options({**command.options, **incoming.options}, self._limits)
            await self._queue.check(incoming.place, incoming.author, self._limits.allowance)
        except OmostError as error:
            return _refusal(error)
        return None

    async def _said(self, said: Said) -> Reply:
        command = read_command(said.text, self._limits.options)
        if _asks(command, said.file):
            return await self._request(said, command)
        return await self._commanded(said, command)

    async def _commanded(self, said: Said, command: Command) -> Reply:
        match command.wish:
            case Wish.CANCEL:
                return await self._gallery.cancel_newest(said.place, said.author)
            case Wish.QUEUE:
                return await self._gallery.waiting(said.place, said.author)
            case Wish.SETTINGS:
                return await self._settings.form(command.words, said.place, said.author)
            case Wish.UNDO:
                return await self._gallery.undo_newest(said.place, said.author)
            case Wish.EDIT | Wish.LAYOUT | Wish.CANVAS:
                return await self._about_head(said, command)
        return _told(command, self._limits)

    async def _request(self, said: Said, command: Command) -> Reply:
        """Words to draw: a new picture, or a change of the newest one. A message that comes again is drawn once.

        The canvas of a file takes the place of what is there, which undoing it brings back.
        """
        if said.message and await self._store.made_from(said.place, said.message) is not None:
            return None
        words, canvas = await self._read(said, command)
        options = read_options({**command.options, **said.options}, self._limits)
        defaults = await self._settings.defaults(said.place, said.author)
        answered = await self._store.shown_by(said.place, said.answers) if said.answers else None

        def draft(newest: TurnRecord | None) -> Draft:
            head = newest if answered is None or answered.removed is not None else answered
            if head is None or command.wish is Wish.IMAGINE:
                new = conversation.first_request(words, self._info, self._new_seed())
                for each in defaults:
                    new = each.applied(new, self._limits)
            else:
                new = conversation.following(head, words, self._info)
            new = replace(options.applied(new, self._limits), message=said.message or None)
            return new if canvas is None else conversation.brought(new, canvas)

        return await self._draw(said.place, said.author, draft, options)

    async def _read(self, said: Said, command: Command) -> tuple[str, ParsedCanvas | None]:
        """A request's words, and the canvas of its file, which may come without words.

        Raises:
            OmostError: if they cannot be used.
        """
        if said.file is None:
            return check_words(command.words, self._limits), None
        canvas = await asyncio.to_thread(read_upload, said.file)
        return check_words(command.words or words_of(canvas, said.file), self._limits), canvas

    async def _about_head(self, said: Said, command: Command) -> Reply:
        """A command that stands for a button under the newest picture."""
        head = await self._gallery.head(said.place)
        given = {**command.options, **said.options}
        match command.wish:
            case Wish.EDIT if given:
                return await self._edit(head, head.words, read_options(given, self._limits), said.place, said.author)
            case Wish.EDIT:
                return edit_form(head, self._limits)
            case Wish.LAYOUT:
                return await self._layout(await self._gallery.settled(head))
            case _:
                return await self._gallery.code(await self._gallery.settled(head))

    async def _rewritten(self, rewritten: Rewritten) -> Reply:
        """Do the turn made from a message again, with its new words; what was no request stays as it is."""
        turn = await self._store.made_from(rewritten.place, rewritten.message)
        command = read_command(rewritten.text, self._limits.options)
        if turn is None or turn.removed is not None or turn.author.id != rewritten.author.id or not _asks(command):
            return None
        words = check_words(command.words, self._limits)
        options = read_options(command.options, self._limits)
        draft = self._edited(turn, turn, words)
        draft = replace(draft, spec=draft.spec.having(COUNT, turn.draft.spec.get(COUNT)), message=rewritten.message)
        draft = options.applied(draft, self._limits)
        if draft == turn.draft:
            return None
        await self._gallery.stop(turn)
        return await self._draw(rewritten.place, rewritten.author, lambda _: draft, options)

    async def _pressed(self, pressed: Pressed) -> Reply:
        name, part = regions.split_reference(pressed.turn)
        turn = await self._gallery.known(pressed.place, name)
        match pressed.action:
            case Action.EDIT:
                return edit_form(turn, self._limits)
            case Action.LAYOUT:
                return await self._layout(turn)
            case Action.REGION:
                return regions.form(turn.id, canvas_of(turn), pressed.value or part)
            case Action.CODE:
                return await self._gallery.code(turn)
            case Action.PICK | Action.LARGER:
                return await self._one_picture(pressed, turn, pressed.value or part)
            case _:
                return await self._act(pressed.action, turn, pressed.place, pressed.author)

    async def _act(self, action: Action, turn: TurnRecord, place: Place, author: Author) -> Reply:
        """The buttons that change something about a whole turn."""
        match action:
            case Action.UNDO:
                return await self._gallery.undo(turn, place, author)
            case Action.CANCEL:
                return await self._gallery.cancel(await self._queue.newest(turn.id), place, author)
            case Action.RETRY:
                return await self._gallery.retry(turn, place, author)
            case Action.DELETE:
                return await self._gallery.remove(turn, author)
            case Action.REROLL | Action.VARIATIONS:
                return await self._draw_again(action, turn, place, author)
            case _:
                return Notice(replies.UNKNOWN_BUTTON)

    async def _submitted(self, submitted: Submitted) -> Reply:
        place, author = submitted.place, submitted.author
        values = {name: clean(value) for name, value in submitted.values.items()}
        if submitted.action is Action.SETTINGS:
            return await self._settings.save(submitted.turn, values, place, author)
        name, part = regions.split_reference(submitted.turn)
        turn = await self._gallery.known(place, name)
        if submitted.action is Action.REGION:
            change = regions.changed(canvas_of(turn), part, values, self._limits)
            draft = conversation.recast(turn, change.canvas, change.words, self._info)
            return await self._draw(place, author, lambda _: draft)
        if submitted.action is Action.EDIT:
            words = check_words(values.get("words", turn.words), self._limits)
            return await self._edit(
                turn,
                words,
                read_options(changed_values(values, turn.draft.spec, self._limits), self._limits),
                place,
                author,
            )
        return Notice(replies.BAD_FORM)

    async def _edit(self, turn: TurnRecord, words: str, options: Asked, place: Place, author: Author) -> Reply:
        draft = self._edited(turn, await self._gallery.asked(turn), words)
        draft = options.applied(draft, self._limits)
        if words == turn.words and options.applied(turn.draft, self._limits) == turn.draft:
            note = options.note(self._limits)
            raise InputError(replies.UNCHANGED if note is None else sentences(note, replies.UNCHANGED))
        return await self._draw(place, author, lambda _: draft, options)

    def _edited(self, turn: TurnRecord, asked: TurnRecord, words: str) -> Draft:
        """A sibling of ``turn``; with other words, of the turn that asked for what it shows."""
        base = turn if words == turn.words else asked
        draft = conversation.edited(base, words, self._info)
        size, seed = turn.draft.spec.get(SIZE), turn.draft.seed
        return replace(draft, spec=draft.spec.having(SIZE, size).having(SEED, seed))

    async def _layout(self, turn: TurnRecord) -> Reply:
        return regions.choices(turn.id, canvas_of(turn), await self._gallery.layout(turn))

    async def _draw(
        self,
        place: Place,
        author: Author,
        draft: Callable[[TurnRecord | None], Draft],
        options: Asked | None = None,
    ) -> Reply:
        job = await self._queue.enqueue(place, author, draft, self._limits.allowance)
        note = options.note(self._limits) if options is not None else None
        return await self._gallery.told(job) or (Notice(note) if note is not None else None)

    async def _one_picture(self, pressed: Pressed, turn: TurnRecord, number: str) -> Reply:
        """The buttons that are about one of a turn's pictures."""
        if pressed.action is Action.PICK:
            return await self._gallery.pick(turn, number, pressed.place, pressed.author)
        canvas_of(turn)
        picture = await self._gallery.chosen(turn, number)
        if isinstance(picture, Choices):
            return picture
        if max(picture.width, picture.height) >= self._limits.longest:
            raise InputError(refusals.already_large(picture.width, picture.height, self._limits.longest))
        draft = conversation.enlarged(turn, picture, self._limits.larger, self._info)
        return await self._draw(pressed.place, pressed.author, lambda _: draft)

    async def _draw_again(self, action: Action, turn: TurnRecord, place: Place, author: Author) -> Reply:
        canvas_of(turn)
        again = conversation.rerolled if action is Action.REROLL else conversation.varied
        async with self._seeding:  # a double click should give two pictures, not one picture twice
            draft = again(turn, await self._store.siblings(turn), self._info)
            job = await self._queue.enqueue(place, author, lambda _: draft, self._limits.allowance)
        return await self._gallery.told(job)


def _refusal(error: OmostError) -> Reply:
    if not isinstance(error, UserError):
        logger.warning("a request could not be served: %s", error)
    return Notice(explanation(error))


def _asks(command: Command, file: Upload | None = None) -> bool:
    """Whether it is a request for a picture; beside a file no words are needed."""
    if file is not None:
        return command.wish in {Wish.SAY, Wish.IMAGINE, Wish.EDIT}
    return command.wish is Wish.SAY or (command.wish is Wish.IMAGINE and bool(command.words))


def _told(command: Command, limits: Limits) -> Reply:
    """The commands that need nothing but words."""
    match command.wish:
        case Wish.HELP:
            return Notice(replies.help_text(examples(limits)))
        case Wish.IMAGINE:
            return Notice(replies.NO_WORDS)
        case Wish.UNKNOWN:
            return Notice(replies.unknown_command(command.words))
        case _:
            return None
