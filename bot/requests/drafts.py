"""From words and options to the draft of a turn: a request, an edit, a message that was changed. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.catalogues.text import sentences
from bot.requests.limits import InputError, Limits
from bot.requests.options import Asked
from bot.telling import replies
from bot.turns import conversation
from bot.turns.conversation import Draft, TurnRecord
from omost_pipeline.canvas.parser import ParsedCanvas
from omost_pipeline.renderer.info import RendererInfo
from omost_pipeline.renderer.spec import COUNT, SEED, SIZE


@dataclass(frozen=True)
class Request:
    """Words to draw, with what was asked for besides; ``canvas`` is one that somebody brought for them.

    ``defaults`` hold for a new picture, the later ones before the earlier ones.
    """

    words: str
    asked: Asked
    defaults: Sequence[Asked] = ()
    canvas: ParsedCanvas | None = None
    message: str = ""

    def draft(self, head: TurnRecord | None, info: RendererInfo, limits: Limits, seed: int) -> Draft:
        """The draft of a change of ``head``; without one, of a new picture that begins with ``seed``."""
        if head is None:
            new = conversation.first_request(self.words, info, seed)
            for each in self.defaults:
                new = each.applied(new, limits)
        else:
            new = conversation.following(head, self.words, info)
        new = replace(self.asked.applied(new, limits), message=self.message or None)
        return new if self.canvas is None else conversation.brought(new, self.canvas)


def edit(turn: TurnRecord, asking: TurnRecord, words: str, asked: Asked, info: RendererInfo, limits: Limits) -> Draft:
    """The draft of a turn with other words or options. ``asking`` is the turn that asked for what ``turn`` shows.

    Raises:
        InputError: if nothing is different.
    """
    if words == turn.words and asked.applied(turn.draft, limits) == turn.draft:
        note = asked.note(limits)
        raise InputError(replies.UNCHANGED if note is None else sentences(note, replies.UNCHANGED))
    return asked.applied(_edited(turn, asking, words, info), limits)


def rewrite(turn: TurnRecord, words: str, asked: Asked, info: RendererInfo, limits: Limits) -> Draft:
    """The draft of a turn whose message was changed: as many pictures as before, unless another number is asked for."""
    draft = _edited(turn, turn, words, info)
    draft = replace(draft, spec=draft.spec.having(COUNT, turn.draft.spec.get(COUNT)), message=turn.draft.message)
    return asked.applied(draft, limits)


def _edited(turn: TurnRecord, asking: TurnRecord, words: str, info: RendererInfo) -> Draft:
    """A sibling of ``turn``; with other words, of the turn that asked for what it shows."""
    draft = conversation.edited(turn if words == turn.words else asking, words, info)
    size, seed = turn.draft.spec.get(SIZE), turn.draft.seed
    return replace(draft, spec=draft.spec.having(SIZE, size).having(SEED, seed))
