"""The form that edits a turn: its words and the options that are edited. Pure."""

from __future__ import annotations

from bot.catalogues.text import Text, Wording
from bot.messages import Action, Field, Form
from bot.requests.limits import Limits
from bot.requests.options import edit_fields
from bot.turns.conversation import TurnRecord


def edit_form(turn: TurnRecord, limits: Limits) -> Form[Wording]:
    """What can be changed about a turn."""
    words: Field[Wording] = Field("words", Text("field-words"), turn.words, multiline=True)
    return Form(Text("form-edit"), Action.EDIT, turn.id, (words, *edit_fields(turn.draft.spec, limits)))
