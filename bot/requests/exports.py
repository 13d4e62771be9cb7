"""A canvas for other programs: which forms there are, one of them as a file, and what that form cannot say. Pure."""

from __future__ import annotations

from bot.catalogues.text import Text, Wording, listed, sentences
from bot.messages import Action, Attachment, Choices, Notice, Option, Reply
from bot.requests.limits import InputError
from bot.telling.lines import shortened
from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.canvas.exchange.forms import FORMS
from omost_pipeline.canvas.exchange.losses import Loss

LAYER_FORMS = ("openraster", "psd")
"""The forms of a picture's layers."""

_ENTERED = 40


def exported(turn: str, canvas: Canvas, name: str, layered: bool) -> Reply:
    """The turn's canvas in the form of this name; the question which, where none is named.

    ``layered``: whether the turn's pictures have layers, which can be asked for, too.

    Raises:
        InputError: if there is no such form.
    """
    forms = (*FORMS, *LAYER_FORMS) if layered else tuple(FORMS)
    if not name:
        options = tuple(Option[Wording](each, Text("export-form", form=each)) for each in forms)
        return Choices(Text("export-which"), Action.EXPORT, turn, options)
    if name not in FORMS:
        raise InputError(Text("export-unknown", entered=shortened(name, _ENTERED), forms=listed(*forms)))
    form = FORMS[name]
    written = form.write(canvas)
    file = Attachment[Wording](f"{turn}{form.ending}", written.text.encode(), Text("export-form", form=name))
    return Notice(losses_in_words(written.losses), (file,))


def losses_in_words(losses: tuple[Loss, ...]) -> Wording:
    """What a form could not say, in sentences; that it says everything, where it does."""
    if not losses:
        return Text("export-whole")
    return sentences(*(Text("export-loss", loss=str(loss)) for loss in losses))
