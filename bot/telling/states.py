"""What a running job's status shows; made on a thread, and only if its time comes."""

from __future__ import annotations

from dataclasses import dataclass

from bot.catalogues.text import Text, Wording
from bot.messages import Attachment, Outgoing
from bot.telling import replies
from bot.telling.announcer import png
from bot.turns.conversation import TurnRecord
from omost_pipeline.canvas.elements import Outline
from omost_pipeline.canvas.preview import layout_image
from omost_pipeline.engine.assets import picture_of

_LAYOUT_SIDE = 512
"""Pixels of a layout's longer side while it is being written: it is drawn again and again, beside the models."""


@dataclass(frozen=True)
class ComposingState:
    """The canvas as far as it is written, as a list and as a layout."""

    turn: TurnRecord
    outline: Outline

    def __call__(self) -> Outgoing[Wording]:
        draft, canvas = self.turn.draft, self.outline.canvas
        scale = _LAYOUT_SIDE / max(draft.width, draft.height)
        size = round(draft.width * scale), round(draft.height * scale)
        content = png(layout_image(canvas, *size, self.outline.pending))
        layout = Attachment(f"{self.turn.id}-layout.png", content, Text("alt-layout", canvas=replies.alt_text(canvas)))
        return replies.composing(self.turn, self.outline, layout)


@dataclass(frozen=True)
class DrawingState:
    """The picture after step ``number`` of ``total``; ``preview`` is a PPM file."""

    turn: TurnRecord
    composed_now: bool
    number: int
    total: int
    preview: bytes

    def __call__(self) -> Outgoing[Wording]:
        description = Text("alt-preview", number=self.number, total=self.total)
        preview = Attachment(f"{self.turn.id}-preview.png", png(picture_of(self.preview)), description)
        return replies.drawing(self.turn, self.composed_now, self.number, self.total, preview)
