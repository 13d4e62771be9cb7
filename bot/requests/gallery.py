"""The turns that there are: finds them and their pictures, and shows what is in them. Changes nothing.

Knows the history and the queue; knows no message's text, no platform's SDK and no model.
"""

from __future__ import annotations

import asyncio
import logging
import re

from bot.catalogues.text import Text, Wording
from bot.jobs.job import ACTIVE, Job, author_key
from bot.jobs.queue import Queue
from bot.messages import CUT_OUTS, Action, Attachment, Author, Choices, Notice, Option, Place, Reply, Said
from bot.requests.boards import board_json, cut_outs_json
from bot.requests.limits import InputError
from bot.store.turns import Store
from bot.telling import replies
from bot.telling.comparison import changes_in_words
from bot.telling.history_tree import MOST_TURNS, spots_of
from bot.telling.lines import shortened
from bot.telling.views import Views
from bot.turns import conversation
from bot.turns.conversation import Picture, TurnRecord
from omost_pipeline.canvas.codec import canvas_to_code, canvas_to_json
from omost_pipeline.canvas.comfyui import canvas_to_comfyui
from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.renderer.layered.openraster import LayersError

logger = logging.getLogger(__name__)

FILM = "film"
"""What stands for the animation among the turns to choose from."""

BOARD = "board.json"
"""The name of the file that a page reads a canvas from."""


class Gallery:
    """The turns of every place."""

    def __init__(self, store: Store, queue: Queue, views: Views) -> None:
        self._store = store
        self._queue = queue
        self._views = views

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
        head = await self.newest(place)
        if head is None:
            raise InputError(replies.NOTHING_HERE)
        return head

    async def settled(self, head: TurnRecord) -> TurnRecord:
        """The nearest turn with a picture, from ``head`` back; ``head`` itself where there is none."""
        return head if head.drawn else await self.before(head) or head

    async def asked(self, turn: TurnRecord) -> TurnRecord:
        """The turn that a turn's words and canvas come from, if it only picked a picture."""
        return conversation.asked(await self._store.ancestry(turn.id), turn)

    async def undoable(self, place: Place) -> TurnRecord:
        """What undoing here is about: what is being made, else the newest picture; a failed turn is not one.

        Raises:
            InputError: if there is neither.
        """
        head = await self.head(place)
        job = await self._queue.newest(head.id)
        return head if job is not None and job.state in ACTIVE else await self.settled(head)

    async def before(self, turn: TurnRecord) -> TurnRecord | None:
        """The picture that undoing a turn leads back to."""
        return conversation.undone(await self._store.ancestry(turn.id), turn.id)

    async def made_from(self, place: Place, message: str) -> TurnRecord | None:
        """The turn that was made from a message."""
        return await self._store.made_from(place, message)

    async def answered(self, said: Said) -> TurnRecord | None:
        """The turn whose picture a message replies to; None where that is gone, or there is none."""
        turn = await self._store.shown_by(said.place, said.answers) if said.answers else None
        return turn if turn is not None and turn.removed is None else None

    async def job_of(self, turn: TurnRecord) -> Job | None:
        """The newest work on a turn."""
        return await self._queue.newest(turn.id)

    async def beginner(self, turn: TurnRecord) -> str | None:
        """The id of whoever began a turn's conversation."""
        return await self._store.beginner(turn.conversation)

    async def newest(self, place: Place) -> TurnRecord | None:
        """The turn that the next message builds on; None where there is none yet."""
        return await self._store.head(place)

    async def pending(self, place: Place) -> Job | None:
        """The newest work of a place that is not done."""
        known = await self._store.conversation(place)
        return await self._queue.pending(known.id) if known is not None else None

    async def chosen(self, turn: TurnRecord, number: str, action: Action = Action.LARGER) -> Picture | Choices[Wording]:
        """One of a turn's pictures, counted from 1; without a number its only one, or the question which to act on.

        Raises:
            InputError: if the turn has no such picture.
        """
        pictures = await self._store.pictures(turn.id)
        if number or len(pictures) < 2:
            return await self.picture(turn, number or "1")
        options: list[Option[Wording]] = [
            Option(str(each.number + 1), str(each.number + 1), Text("footer-seed", seed=str(each.seed)))
            for each in pictures
        ]
        which = Text("which-enhance") if action is Action.ENHANCE else replies.WHICH_LARGER
        return Choices(which, action, turn.id, tuple(options))

    async def picture(self, turn: TurnRecord, number: str) -> Picture:
        """One of a turn's pictures, counted from 1.

        Raises:
            InputError: if the turn has no such picture.
        """
        for each in await self._store.pictures(turn.id):
            if str(each.number + 1) == number:
                return each
        raise InputError(replies.NO_SUCH_PICTURE)

    async def waiting(self, place: Place, author: Author) -> Reply:
        """Who waits, and how long somebody's own work will."""
        total, _ = await self._queue.load()
        own = await self._queue.waiting_of(author_key(place, author))
        mine = [(each.jobs, await self._queue.wait(each.weight)) for each in own]
        return Notice(replies.queue(total, mine))

    async def layout(self, turn: TurnRecord) -> Attachment[Wording]:
        """The picture of what stands where.

        Raises:
            InputError: if the turn has no canvas yet.
        """
        return await self._views.layout(turn, canvas_of(turn))

    async def changes(self, turn: TurnRecord) -> Notice[Wording]:
        """What an edit changed, or may change: an overlay, or why there is none.

        Raises:
            InputError: if the turn has no canvas yet.
        """
        canvas_of(turn)
        if turn.edited is not None and turn.edited.whole is not None:
            return Notice(replies.drawn_whole(turn.edited.whole))
        pictures = await self._store.pictures(turn.id)
        overlay = await self._views.changes(turn) if turn.edited is not None or not pictures else None
        if overlay is None:
            return Notice(replies.FIRST_PICTURE)
        return Notice(replies.changes(turn.edited), (overlay,))

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
            await self._views.masks(turn, canvas),
        )
        shown = replies.code(text, turn.draft.corrections)
        layers = await self._views.layers(turn)
        return Notice(shown, (*files, *layers, *await self._views.originals(turn, canvas)))

    async def layers(self, turn: TurnRecord, form: str) -> Notice[Wording]:
        """A turn's pictures in layers, in one of their forms.

        Raises:
            InputError: if they have none, or this installation cannot write that form.
        """
        canvas_of(turn)
        files = await self._views.layers(turn, form)
        if not files:
            raise InputError(Text("export-no-layers"))
        return Notice(Text("export-layers"), files)

    async def is_layered(self, turn: TurnRecord) -> bool:
        """Whether a turn's pictures have layers."""
        return await self._views.is_layered(turn)

    async def history(self, place: Place) -> Choices[Wording]:
        """The conversation's newest turns as a tree of pictures, each to go on from.

        Raises:
            InputError: if nothing was drawn yet.
        """
        head = await self.head(place)
        shown = await self._store.drawn_turns(head.conversation, MOST_TURNS)
        if not shown:
            raise InputError(replies.NOTHING_HERE)
        spots = spots_of({turn.id: turn.parent for turn in shown})
        options = [
            Option[Wording](turn.id, replies.numbered(number, turn.words), turn.author.name, spots[turn.id])
            for number, turn in enumerate(shown, start=1)
        ]
        if len(shown) > 1:
            options.append(Option(FILM, Text("history-film")))
        tree = await self._views.tree(shown, head.id)
        return Choices(Text("history"), Action.RESUME, head.id, tuple(options), (tree,))

    async def compare(self, place: Place, numbers: str) -> Notice[Wording]:
        """Two turns beside each other and what changed, by their numbers in the history; the newest and the one before.

        Raises:
            InputError: if there are no two such.
        """
        head = await self.head(place)
        if numbers.strip():
            shown = await self._store.drawn_turns(head.conversation, MOST_TURNS)
            asked = [int(each) for each in re.findall(r"\d{1,4}", numbers)][:2]
            if len(asked) < 2 or not all(1 <= number <= len(shown) for number in asked):
                raise InputError(Text("compare-numbers", entered=shortened(numbers, 40), most=len(shown)))
            before, after = (shown[number - 1] for number in asked)
        else:
            after = await self.settled(head)
            found = await self.before(after)
            if found is None:
                raise InputError(Text("compare-nothing"))
            before = found
        picture = await self._views.comparison(before, after)
        return Notice(changes_in_words(before, after), () if picture is None else (picture,))

    async def film(self, turn: TurnRecord) -> Notice[Wording]:
        """How the picture of a turn came about, as an animation.

        Raises:
            InputError: if there are no two pictures on the way to it.
        """
        line = list((await self._store.ancestry(turn.id, MOST_TURNS)).values())[::-1]
        made = await self._views.film(line)
        if made is None:
            raise InputError(Text("history-no-film"))
        return Notice(Text("history-film-here"), (made,))

    async def first_picture(self, turn: TurnRecord) -> bytes:
        """The PNG of a turn's first picture.

        Raises:
            InputError: if there is none.
        """
        pictures = await self._views.originals(turn, canvas_of(turn))
        if not pictures:
            raise InputError(replies.NO_SUCH_PICTURE)
        return pictures[0].content

    async def board(self, turn: TurnRecord) -> Notice[Wording]:
        """A turn's canvas as a page needs it to be taken in hand, and its first picture, with layers, if there are any.

        Raises:
            InputError: if it has no canvas yet.
        """
        canvas = canvas_of(turn)
        place = await self._store.place_of(turn.id)
        newest = await self.newest(place) if place is not None else None
        size = turn.draft.width, turn.draft.height
        text = board_json(canvas, turn.id, newest.id if newest is not None else "", size)
        pictures = await self._views.originals(turn, canvas)
        layers = await self._views.first_layers(turn)
        files = (Attachment[Wording](BOARD, text.encode()), *pictures[:1])
        try:
            cut_outs = await asyncio.to_thread(cut_outs_json, canvas, layers) if layers is not None else None
        except LayersError as error:  # as in Code; there is the picture
            logger.warning("the layers of turn %s are left out: %s", turn.id, error)
            cut_outs = None
        if cut_outs is not None:
            files = *files, Attachment(CUT_OUTS, cut_outs.encode())
        return Notice(Text("canvas-files"), files)


def canvas_of(turn: TurnRecord) -> Canvas:
    """A turn's canvas.

    Raises:
        InputError: if it has none yet.
    """
    if turn.canvas is None:
        raise InputError(replies.NOT_COMPOSED)
    return turn.canvas
