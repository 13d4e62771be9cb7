"""What a message, a button or a form is to do: reads what is known of its place and gives an order.

Changes nothing, so that an order can be refused as a whole. Knows no queue's work, no platform's SDK and no model.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from bot.catalogues.text import Text
from bot.messages import Action, Author, Choices, Incoming, Notice, Pressed, Reply, Rewritten, Said, Submitted, Upload
from bot.requests import drafts, leading, regions
from bot.requests.boards import canvas_from_board
from bot.requests.bringing import Bringing
from bot.requests.brought_pictures import BroughtPicture, OwnPicture, read_picture
from bot.requests.canvas_files import read_upload, words_of
from bot.requests.characters import CharacterRequests, notes
from bot.requests.commands import Command, Wish, clean, read_command
from bot.requests.drafts import Request
from bot.requests.exports import LAYER_FORMS, exported
from bot.requests.forms import edit_form
from bot.requests.gallery import FILM, Gallery, canvas_of
from bot.requests.limits import InputError, Limits, check_words
from bot.requests.options import Asked, changed_values, examples, read_options
from bot.requests.orders import Adopt, Draw, DrawAgain, GoBack, Order, Remove, Retry, Stop, Tell
from bot.requests.preferences import DefaultForms
from bot.requests.rights import check_change
from bot.telling import refusals, replies
from bot.turns import conversation
from bot.turns.conversation import Draft, TurnRecord
from omost_pipeline.canvas.exchange.forms import FORMS
from omost_pipeline.canvas.files import pasted
from omost_pipeline.canvas.parser import ParsedCanvas
from omost_pipeline.renderer.info import RendererInfo

_SHOWING = (Action.EDIT, Action.LAYOUT, Action.REGION, Action.CODE, Action.CHANGES, Action.CANVAS, Action.EXPORT)
"""Buttons that change nothing."""

_TAKING_AWAY = (Action.CANCEL, Action.DELETE)
"""Buttons with rules of their own."""

_OF_PARTS = (Action.PICK, Action.LARGER, Action.ENHANCE, Action.VARY)
"""Buttons about one of several pictures, or one of the regions."""

_AGAIN = (Action.REROLL, Action.VARIATIONS, Action.REDRAW)
"""Buttons that draw the same canvas once more."""

_COURTESIES = (Wish.HELLO, Wish.THANKS)

_BUTTONS = {
    Wish.LAYOUT: Action.LAYOUT,
    Wish.CANVAS: Action.CODE,
    Wish.CHANGES: Action.CHANGES,
    Wish.REDRAW: Action.REDRAW,
    Wish.VARY: Action.VARY,
    Wish.EXPORT: Action.EXPORT,
    Wish.ENHANCE: Action.ENHANCE,
}
"""Commands that stand for a button under the newest picture."""


class Decisions:
    """Decides about everything that comes in."""

    def __init__(
        self,
        gallery: Gallery,
        preferences: DefaultForms,
        characters: CharacterRequests,
        info: RendererInfo,
        limits: Limits,
        new_seed: Callable[[], int],
    ) -> None:
        self._gallery = gallery
        self._preferences = preferences
        self._characters = characters
        self._info = info
        self._limits = limits
        self._new_seed = new_seed
        self._looking = asyncio.Lock()

    def use(self, limits: Limits) -> None:
        """Other limits hold from now on."""
        self._limits = limits

    async def order_for(self, incoming: Incoming) -> Order:
        """What is to be done.

        Raises:
            OmostError: if what is wanted cannot be; says why.
        """
        match incoming:
            case Said():
                return await self._said(incoming)
            case Rewritten():
                return await self._rewritten(incoming)
            case Pressed():
                return await self._pressed(incoming)
            case Submitted():
                return await self._submitted(incoming)

    def draws(self, said: Said) -> bool:
        """Whether a message asks for a picture."""
        return _asks(self._command(said), said.file)

    def _command(self, said: Said) -> Command:
        """What a message wants. Beside a file, a greeting or thanks is no more than that."""
        command = read_command(said.text, self._limits.options)
        return Command(Wish.SAY) if said.file is not None and command.wish in _COURTESIES else command

    async def check(self, said: Said) -> None:
        """Do nothing, where a message that asks for a picture could be drawn.

        Raises:
            OmostError: if its words, options or file cannot be used.
        """
        command = self._command(said)
        if said.file is not None and said.file.is_picture:
            leading.read(command.words, self._info)
            await self._picture(said.file)
        else:
            await self._words(said, command)
        read_options({**command.options, **said.options}, self._limits)

    async def _said(self, said: Said) -> Order:
        command = self._command(said)
        if _asks(command, said.file):
            return await self._request(said, command)
        if command.wish is Wish.EDIT or command.wish in _BUTTONS:
            return await self._about_head(said, command)
        if command.wish is Wish.UNDO:
            undone = await self._gallery.undoable(said.place)
            await self._check(undone, said.author)
            return await self._go_back(undone)
        return await self._other(said, command)

    async def _other(self, said: Said, command: Command) -> Order:
        """The commands that are about no new words."""
        match command.wish:
            case Wish.DESCRIBE:
                return await self._describe(said, command)
            case Wish.CHARACTER:
                return await self._characters.order(said, command.words)
            case Wish.CANCEL:
                return Stop(await self._gallery.pending(said.place))
            case _:
                return Tell(await self._answer(said, command))

    async def _answer(self, said: Said, command: Command) -> Reply:
        """The commands that only want to know something."""
        answer: Reply = None
        match command.wish:
            case Wish.HISTORY:
                answer = await self._gallery.history(said.place)
            case Wish.COMPARE:
                answer = await self._gallery.compare(said.place, command.words)
            case Wish.QUEUE:
                answer = await self._gallery.waiting(said.place, said.author)
            case Wish.SETTINGS:
                answer = await self._preferences.form(command.words, said.place, said.author)
            case Wish.HELP:
                answer = Notice(replies.help_text(examples(self._limits)))
            case Wish.HELLO:
                answer = Notice(replies.HELLO)
            case Wish.THANKS:
                answer = Notice(replies.WELCOME)
            case Wish.IMAGINE:
                answer = Notice(replies.NO_WORDS)
            case Wish.UNKNOWN:
                answer = Notice(replies.unknown_command(command.words))
        return answer

    async def _request(self, said: Said, command: Command) -> Order:
        """Words to draw: a new picture, or a change of the newest one. A message that comes again is drawn once.

        The canvas of a file takes the place of what is there, which undoing it brings back.
        """
        if said.message and await self._gallery.made_from(said.place, said.message) is not None:
            return Tell(None)
        asked = read_options({**command.options, **said.options}, self._limits)
        defaults = await self._preferences.defaults(said.place, said.author)
        answered = await self._gallery.answered(said)
        shown = await self._gallery.newest(said.place)
        beginner = await self._beginner(shown)

        def head_of(newest: TurnRecord | None) -> TurnRecord | None:
            head = None if command.wish is Wish.IMAGINE else answered or newest
            if head is not None:
                check_change(head, said.author, self._limits.changing, beginner)
            return head

        if said.file is not None and said.file.is_picture:
            control, rest = leading.read(command.words, self._info)
            words = check_words(rest, self._limits) if rest.strip() else ""
            picture, describes = await self._picture(said.file), command.wish is Wish.DESCRIBE
            if describes and not isinstance(picture.made, OwnPicture):
                self._check_sees()
            words = words or ("/describe" if describes else "")
            about = said.file.name, words, asked, defaults, said.message, head_of
            bringing = Bringing(picture, *about, control, described=describes)
            return bringing.order(self._info, self._limits, self._new_seed())
        words, canvas = await self._words(said, command)
        request = Request(words, asked, defaults, canvas, said.message)
        before = None if command.wish is Wish.IMAGINE else answered or shown
        note = notes(asked.note(self._limits), await self._characters.missing(said, words, before))

        def draft(newest: TurnRecord | None) -> Draft:
            return request.draft(head_of(newest), self._info, self._limits, self._new_seed())

        return Draw(draft, note, once=True)

    async def _describe(self, said: Said, command: Command) -> Order:
        """A picture that was brought before gets the canvas that a model makes of it."""
        turn = await self._gallery.answered(said) or await self._gallery.newest(said.place)
        if turn is None:
            raise InputError(Text("describe-what"))
        await self._check(turn, said.author)
        if not conversation.is_undescribed(turn):
            raise InputError(Text("describe-known"))
        self._check_sees()
        draft = replace(
            conversation.described(turn, command.words or "/describe", self._info), message=said.message or None
        )
        return Draw(lambda _: draft, once=True)

    def _check_sees(self) -> None:
        """Do nothing, where there is a model that sees pictures.

        Raises:
            InputError: if there is none; says how there is one.
        """
        if not self._limits.describes:
            raise InputError(Text("describe-unset"))

    async def _picture(self, file: Upload) -> BroughtPicture:
        async with self._looking:  # each may take a lot of memory for a moment
            return await asyncio.to_thread(read_picture, file, self._limits)

    async def _beginner(self, turn: TurnRecord | None) -> str | None:
        """Who began a turn's conversation, if that matters."""
        asked = turn is not None and self._limits.changing == "thread"
        return await self._gallery.beginner(turn) if turn is not None and asked else None

    async def _check(self, turn: TurnRecord, author: Author) -> None:
        """Do nothing, where somebody may change a turn's picture.

        Raises:
            InputError: if they may not.
        """
        check_change(turn, author, self._limits.changing, await self._beginner(turn))

    async def _words(self, said: Said, command: Command) -> tuple[str, ParsedCanvas | None]:
        """A request's words, and the canvas of its file, which may come without words, or in place of them."""
        if said.file is None:
            return await self._typed(command.words)
        canvas = await asyncio.to_thread(read_upload, said.file)
        return check_words(command.words or words_of(canvas, said.file.name), self._limits), canvas

    async def _typed(self, text: str) -> tuple[str, ParsedCanvas | None]:
        """Words, or the canvas that somebody pasted where they are usually written."""
        canvas = await asyncio.to_thread(pasted, text)
        return check_words(text if canvas is None else words_of(canvas), self._limits), canvas

    async def _about_head(self, said: Said, command: Command) -> Order:
        """A command that stands for a button under the newest picture."""
        head = await self._gallery.head(said.place)
        given = {**command.options, **said.options}
        if command.wish is not Wish.EDIT:
            part = command.words if command.wish is Wish.EXPORT else ""
            return await self._press(await self._gallery.settled(head), _BUTTONS[command.wish], part, said.author)
        if given:
            await self._check(head, said.author)
            return await self._edit(head, head.words, read_options(given, self._limits))
        return Tell(edit_form(head, self._limits))

    async def _rewritten(self, rewritten: Rewritten) -> Order:
        """Do the turn made from a message again, with its new words; what was no request stays as it is."""
        turn = await self._gallery.made_from(rewritten.place, rewritten.message)
        command = read_command(rewritten.text, self._limits.options)
        if (
            turn is None
            or conversation.is_brought(turn)
            or turn.removed is not None
            or turn.author.id != rewritten.author.id
            or not _asks(command)
        ):
            return Tell(None)
        words, canvas = await self._typed(command.words)
        asked = read_options(command.options, self._limits)
        draft = drafts.rewrite(turn, words, asked, self._info, self._limits)
        if canvas is not None:
            draft = conversation.brought(draft, canvas)
        if draft == turn.draft:
            return Tell(None)
        return Draw(lambda _: draft, asked.note(self._limits), instead_of=turn)

    async def _pressed(self, pressed: Pressed) -> Order:
        name, part = regions.split_reference(pressed.turn)
        turn, part = await self._gallery.known(pressed.place, name), pressed.value or part
        if pressed.action is Action.RESUME:
            return await self._resume(turn, part, pressed)
        return await self._press(turn, pressed.action, part, pressed.author)

    async def _press(self, turn: TurnRecord, action: Action, part: str, author: Author) -> Order:
        """A button under a turn, or the command that stands for it."""
        if action in _SHOWING:
            return Tell(await self._view(turn, action, part))
        if action not in _TAKING_AWAY:
            await self._check(turn, author)
        if action in _OF_PARTS:
            return await self._of_part(turn, action, part)
        if action in _AGAIN:
            return self._again(turn, action)
        return await self._about(turn, action, author)

    async def _view(self, turn: TurnRecord, action: Action, part: str) -> Reply:
        """The buttons that only show something."""
        match action:
            case Action.REGION:
                return regions.form(turn.id, canvas_of(turn), part)
            case Action.EXPORT:
                form = part.strip().lower()
                if form in LAYER_FORMS:
                    return await self._gallery.layers(turn, form)
                layered = form not in FORMS and await self._gallery.is_layered(turn)  # reads files: where it is told
                return exported(turn.id, canvas_of(turn), form, layered=layered)
            case _:
                return await self._shown(turn, action)

    async def _shown(self, turn: TurnRecord, action: Action) -> Reply:
        """Those of them that are about no part."""
        match action:
            case Action.LAYOUT:
                return await self._layout(turn)
            case Action.CODE:
                return await self._gallery.code(turn)
            case Action.CHANGES:
                return await self._gallery.changes(turn)
            case Action.CANVAS:
                return await self._gallery.board(turn)
            case _:
                return edit_form(turn, self._limits)

    async def _of_part(self, turn: TurnRecord, action: Action, part: str) -> Order:
        if action is Action.PICK:
            picture = await self._gallery.picture(turn, part)
            return Adopt(turn, picture, conversation.picked(turn, picture))
        if action is Action.ENHANCE:
            return await self._enhance(turn, part)
        return await self._larger(turn, part) if action is Action.LARGER else self._vary(turn, part)

    def _again(self, turn: TurnRecord, action: Action) -> Order:
        canvas_of(turn)
        if action is Action.REDRAW:
            draft = conversation.redrawn(turn, self._info)
            return Draw(lambda _: draft)
        return DrawAgain(turn, conversation.rerolled if action is Action.REROLL else conversation.varied)

    async def _about(self, turn: TurnRecord, action: Action, author: Author) -> Order:
        """The buttons that change something about a whole turn."""
        match action:
            case Action.UNDO:
                return await self._go_back(turn)
            case Action.CANCEL:
                return Stop(await self._gallery.job_of(turn))
            case Action.RETRY:
                return Retry(turn)
            case Action.DELETE:
                return await self._remove(turn, author)
            case _:
                return Tell(Notice(replies.UNKNOWN_BUTTON))

    async def _resume(self, turn: TurnRecord, chosen: str, pressed: Pressed) -> Order:
        """Go on from any turn that was chosen from the history; or show how it came to ``turn``."""
        if chosen == FILM:
            return Tell(await self._gallery.film(turn))
        await self._check(turn, pressed.author)
        return GoBack(turn, await self._gallery.known(pressed.place, chosen))

    async def _remove(self, turn: TurnRecord, author: Author) -> Order:
        """For the turn's author and for moderators."""
        if not (author.moderator or author.id == turn.author.id):
            return Tell(Notice(replies.NOT_YOURS))
        return await self.removal(turn)

    async def removal(self, turn: TurnRecord) -> Remove:
        """To take a turn's pictures away, whoever asks."""
        before = await self._gallery.before(turn)
        return Remove(turn, before.id if before is not None else None)

    async def _go_back(self, turn: TurnRecord) -> Order:
        target = await self._gallery.before(turn)
        if target is None:
            return Tell(Notice(replies.NOTHING_TO_UNDO if turn.parent is None else replies.NOTHING_LEFT))
        return GoBack(turn, target)

    def _vary(self, turn: TurnRecord, which: str) -> Order:
        """Ask which region, or draw it anew."""
        canvas = canvas_of(turn)
        if not which:
            return Tell(regions.varied(turn.id, canvas))
        number = regions.number_of(canvas, which)
        return DrawAgain(
            turn, lambda old, children, info: conversation.region_varied(old, children, number, info), is_child=True
        )

    async def _enhance(self, turn: TurnRecord, number: str) -> Order:
        canvas_of(turn)
        if not conversation.is_sketch(turn):
            raise InputError(Text("enhanced-already"))
        picture = await self._gallery.chosen(turn, number, Action.ENHANCE)
        if isinstance(picture, Choices):
            return Tell(picture)
        draft = conversation.enhanced(turn, picture, self._info)
        return Draw(lambda _: draft)

    async def _larger(self, turn: TurnRecord, number: str) -> Order:
        canvas_of(turn)
        picture = await self._gallery.chosen(turn, number)
        if isinstance(picture, Choices):
            return Tell(picture)
        if max(picture.width, picture.height) >= self._limits.longest:
            raise InputError(refusals.already_large(picture.width, picture.height, self._limits.longest))
        draft = conversation.enlarged(turn, picture, self._limits.larger, self._info)
        return Draw(lambda _: draft)

    async def _submitted(self, submitted: Submitted) -> Order:
        values = {name: clean(value) for name, value in submitted.values.items()}
        if submitted.action is Action.SETTINGS:
            return self._preferences.saving(submitted.turn, values, submitted.place, submitted.author)
        name, part = regions.split_reference(submitted.turn)
        turn = await self._gallery.known(submitted.place, name)
        await self._check(turn, submitted.author)
        if submitted.action is Action.REGION:
            change = regions.changed(canvas_of(turn), part, values, self._limits)
            draft = conversation.recast(turn, change.canvas, change.words, self._info)
            return Draw(lambda _: draft)
        if submitted.action is Action.CANVAS:
            return await self._redrawn(turn, submitted, values)
        if submitted.action is Action.EDIT:
            words = check_words(values.get("words", turn.words), self._limits)
            different = changed_values(values, turn.draft.spec, self._limits)
            return await self._edit(turn, words, read_options(different, self._limits))
        return Tell(Notice(replies.BAD_FORM))

    async def _redrawn(self, turn: TurnRecord, submitted: Submitted, values: dict[str, str]) -> Order:
        """A canvas that was taken in hand; told first, where somebody else has gone on meanwhile."""
        newest = await self._gallery.newest(submitted.place)
        if newest is not None and newest.id != values.get("newest", newest.id) and not values.get("anyway"):
            raise InputError(Text("canvas-changed-meanwhile", name=newest.author.name))
        change = canvas_from_board(canvas_of(turn), values.get("regions", ""), self._limits)
        draft = conversation.recast(turn, change.canvas, change.words, self._info)
        return Draw(lambda _: draft)

    async def _edit(self, turn: TurnRecord, words: str, asked: Asked) -> Order:
        draft = drafts.edit(turn, await self._gallery.asked(turn), words, asked, self._info, self._limits)
        return Draw(lambda _: draft, asked.note(self._limits))

    async def _layout(self, turn: TurnRecord) -> Reply:
        return regions.choices(turn.id, canvas_of(turn), await self._gallery.layout(turn))


def _asks(command: Command, file: Upload | None = None) -> bool:
    """Whether it is a request for a picture; beside a file no words are needed."""
    if file is not None:
        return command.wish in {Wish.SAY, Wish.IMAGINE, Wish.EDIT} or (
            command.wish is Wish.DESCRIBE and file.is_picture
        )
    return command.wish is Wish.SAY or (command.wish is Wish.IMAGINE and bool(command.words))
