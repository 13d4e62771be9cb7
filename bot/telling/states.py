"""How a running job's state looks: a status message. Takes CPU time: call it on a thread, for what is shown alone."""

from __future__ import annotations

from PIL.Image import Resampling

from bot.catalogues.text import Text, Wording
from bot.jobs.states import Begun, Composing, Drawing, JobState, Waiting
from bot.messages import Attachment, Outgoing, shown_size
from bot.telling import replies
from bot.telling.views import jpeg, png
from omost_pipeline.canvas.preview import layout_image
from omost_pipeline.engine.assets import picture_of


def message_of(state: JobState) -> Outgoing[Wording]:
    """The status message for a state."""
    match state:
        case Begun():
            return replies.starting(state.turn)
        case Waiting():
            return replies.preparing(state.turn, state.event)
        case Composing():
            return replies.composing(state.turn, state.outline, _layout(state))
        case Drawing():
            return replies.drawing(
                state.turn, state.composed_now, state.number, state.total, _preview(state), edits=state.edits
            )


def _layout(state: Composing) -> Attachment[Wording]:
    draft, canvas = state.turn.draft, state.outline.canvas
    content = png(layout_image(canvas, *shown_size(*draft.size), state.outline.pending))
    return Attachment(f"{state.turn.id}-layout.png", content, Text("alt-layout", canvas=replies.alt_text(canvas)))


def _preview(state: Drawing) -> Attachment[Wording]:
    draft, preview = state.turn.draft, picture_of(state.preview)
    if draft.images == 1:
        preview = preview.resize(shown_size(*draft.size), Resampling.BICUBIC)
    description = Text("alt-preview", number=state.number, total=state.total)
    return Attachment(f"{state.turn.id}-preview.jpg", jpeg(preview), description)
