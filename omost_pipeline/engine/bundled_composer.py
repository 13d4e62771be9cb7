"""What is around a bundled language model: words in the English that it was taught, and canvases in which all that was
asked for is there and can be seen.
"""

from __future__ import annotations

from collections.abc import Sequence

from omost_pipeline.bundled.arranged import Arranged
from omost_pipeline.bundled.glossary import Translated, in_english
from omost_pipeline.bundled.glossary.next_words import adds, gift, meant
from omost_pipeline.canvas.codec import canvas_to_reply
from omost_pipeline.canvas.elements import Canvas, GlobalDescription
from omost_pipeline.composer.protocol import Composer
from omost_pipeline.world.handed import handed, well_said, with_what_stood
from omost_pipeline.world.in_view import in_view
from omost_pipeline.world.kinds import BACKGROUNDS, KINDS, glyphs


def bundled_composer(llm: Composer, knows_deeds: bool) -> Composer:
    """The composer that a bundled ``llm`` is; one that ``knows_deeds`` was taught who does what with what."""
    empty = {
        name: canvas_to_reply(Canvas(GlobalDescription(each.description, color=each.color)))
        for name, each in BACKGROUNDS.items()
    }
    things = frozenset[str]() if knows_deeds else frozenset((*KINDS, *glyphs()))
    return Arranged(Translated(llm, things, empty), _arranged)


def _arranged(canvas: Canvas, canvases: Sequence[Canvas], words: str) -> Canvas:
    canvas = well_said(canvas)
    if not canvases:
        return in_view(canvas)
    before, said = canvases[-1], in_english(words)
    given = gift(meant(said, canvases), before)
    if given is not None or adds(said):
        canvas = with_what_stood(canvas, before)
    if given is not None:
        canvas = handed(canvas, before, given.whom, given.hold)
    return in_view(canvas, before)
