"""The form that edits a turn: its words and the options that are edited. Pure."""

from __future__ import annotations

from bot.messages import Action, Field, Form
from bot.requests.limits import Limits
from bot.requests.options import edit_fields
from bot.telling import replies
from bot.turns.conversation import TurnRecord


def edit_form(turn: TurnRecord, limits: Limits) -> Form:
    """What can be changed about a turn."""
    words = Field("words", replies.WORDS_LABEL, turn.words, multiline=True)
    return Form(replies.EDIT_TITLE, Action.EDIT, turn.id, (words, *edit_fields(turn.draft.spec, limits)))
