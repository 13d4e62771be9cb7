"""LLM text → canvas, whole or while it is still being written. The text is data: parsed, never executed.

Small slips are mended and recorded (see :mod:`statement`, :mod:`quotes`, :mod:`calls`, :mod:`fields`), and a reply that
ends too early keeps what it has said; anything else is a :class:`CanvasError` that names line and value. Knows nothing
of models.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace

from omost_pipeline.canvas.calls import COLOR, REGION_METHOD, SCENE_METHOD, Call, read_call
from omost_pipeline.canvas.elements import Canvas, Correction, GlobalDescription, Outline, Region
from omost_pipeline.canvas.fields import MAX_REGIONS, MISSING, excerpt
from omost_pipeline.canvas.scanner import Scanner
from omost_pipeline.canvas.statement import Statement
from omost_pipeline.errors import CanvasError

MAX_TEXT = 65_536
"""Characters of a whole reply: seven times the longest real one, and twice what 4096 tokens usually hold."""

UNKNOWN_COLOR = "lightgray"
"""Stands in an outline for a colour that is not written yet."""

_MOST_ARGUMENTS = 11  # of a call; more need no look
_TEXTS = ("description", "detailed_descriptions", "tags", "atmosphere", "style", "quality_meta")
_SHOWN_BY = {SCENE_METHOD: {"description"}, REGION_METHOD: {"location", "offset", "area"}}
"""The arguments without which an element cannot be sketched."""


@dataclass(frozen=True)
class ParsedCanvas:
    """A canvas as read. ``cut`` tells that the text ended early: inside a statement, or without closing its fence."""

    canvas: Canvas
    corrections: tuple[Correction, ...] = ()
    cut: bool = False


def parse_canvas(text: str) -> ParsedCanvas:
    """Read a whole reply, fenced or not, with any prose around the code.

    Raises:
        CanvasError: if it holds no canvas, no global description, or anything that canvas code may not hold.
    """
    reader = CanvasReader()
    reader.feed(text)
    return reader.finish()


class CanvasReader:
    """Reads a reply in pieces of any size; the pieces' borders do not matter. After a CanvasError it is spent."""

    def __init__(self) -> None:
        self._newlines = io.IncrementalNewlineDecoder(None, translate=True)
        self._scanner = Scanner()
        self._room = MAX_TEXT
        self._opening = ""
        self._begun = False
        self._scene: GlobalDescription | None = None
        self._regions: list[Region] = []
        self._corrections: list[Correction] = []
        self._looked = (0, 0)
        self._pending: GlobalDescription | Region | None = None

    @property
    def canvas(self) -> Canvas | None:
        """The elements complete so far; None before the global description."""
        return None if self._scene is None else Canvas(self._scene, tuple(self._regions))

    @property
    def outline(self) -> Outline | None:
        """The canvas so far with the element that is being written; None before there is anything to draw."""
        match self._pending:
            case GlobalDescription() as scene:
                return Outline(Canvas(self._scene or scene, tuple(self._regions)))
            case pending:
                return None if self._scene is None else Outline(Canvas(self._scene, tuple(self._regions)), pending)

    @property
    def corrections(self) -> tuple[Correction, ...]:
        """What was corrected so far, in reading order."""
        return tuple(self._corrections)

    def feed(self, piece: str) -> bool:
        """Read on; True when ``piece`` completed the global description or a region.

        Raises:
            CanvasError: as :func:`parse_canvas`, as soon as the fault has been read.
        """
        fits = piece[: self._room]
        self._room -= len(fits)
        self._opening = (self._opening + fits[:120])[:120]
        completed = self._read(self._scanner.feed(self._newlines.decode(fits)))
        self._look()
        if len(fits) < len(piece):
            raise CanvasError(f"the text is longer than {MAX_TEXT} characters; no canvas needs as many.")
        return completed

    def finish(self) -> ParsedCanvas:
        """End the reply. A cut one keeps its complete elements.

        Raises:
            CanvasError: if there is no canvas or no global description, or for a fault in the last words.
        """
        self._read(self._scanner.feed(self._newlines.decode("", final=True)))
        self._read(self._scanner.finish())
        self._salvage()
        if self.canvas is not None:
            return ParsedCanvas(self.canvas, self.corrections, self._scanner.cut)
        if not self._scanner.found_code:
            raise CanvasError(f"the reply holds no canvas; it begins {excerpt(self._opening)!r}.")
        if self._scanner.cut:
            raise CanvasError("the reply was cut before its global description was complete.")
        raise CanvasError("the canvas has no global description; canvas.set_global_description(…) is missing.")

    def _read(self, statements: Iterable[Statement]) -> bool:
        completed = False
        for statement in statements:
            call = read_call(statement)
            if call is None:
                self._begin(statement)
            else:
                completed |= self._add(statement, call)
        return completed

    def _begin(self, statement: Statement) -> None:
        if self._begun:
            raise CanvasError("'canvas = Canvas()' begins a second canvas; write one.", statement.line)
        self._begun = True

    def _add(self, statement: Statement, call: Call) -> bool:
        if not self._begun:
            self._begun = True
            self._corrections.append(Correction(statement.line, "canvas", MISSING, "canvas = Canvas()"))
        if call.method == SCENE_METHOD:
            return self._add_scene(call)
        return self._add_region(call, statement.line)

    def _add_scene(self, call: Call) -> bool:
        scene = call.fields.scene(COLOR)
        if self._scene is not None:  # as in the published system, the later one holds
            call.fields.note(SCENE_METHOD, self._scene.description, scene.description)
        self._scene = scene
        self._corrections += call.fields.corrections
        return True

    def _add_region(self, call: Call, line: int) -> bool:
        if not call.given:
            nothing = Correction(line, REGION_METHOD, "a call without arguments", "nothing")
            self._corrections += [*call.fields.corrections, nothing]
            return False
        if len(self._regions) == MAX_REGIONS:  # a model that repeats itself; what it said before is still good
            self._corrections.append(Correction(line, REGION_METHOD, f"region {MAX_REGIONS + 1} or later", "nothing"))
            return False
        region = call.fields.region(COLOR)
        self._regions.append(region)
        self._corrections += call.fields.corrections
        return True

    def _look(self) -> None:
        """Sketch the call that is being read, when another of its arguments is complete."""
        if self._scanner.arguments == self._looked:
            return
        self._looked = self._scanner.arguments
        self._pending = None
        if self._looked[1] <= _MOST_ARGUMENTS:
            for statement in self._scanner.so_far():
                with suppress(CanvasError):  # whoever reads the whole call refuses it
                    self._sketch(read_call(statement))

    def _sketch(self, call: Call | None) -> None:
        if call is None or not call.given.issuperset(_SHOWN_BY[call.method]):
            return
        if call.method == SCENE_METHOD:
            scene = call.fields.scene(COLOR)
            self._pending = scene if COLOR in call.given else replace(scene, color=UNKNOWN_COLOR)
        else:
            region = call.fields.region(COLOR)
            named = region if region.description else replace(region, description=_named(self._scanner.comment))
            self._pending = named if COLOR in call.given else replace(named, color=UNKNOWN_COLOR)

    def _salvage(self) -> None:
        """Keep what the call in which the text ended has said, if that is enough to be drawn."""
        for statement in self._scanner.unfinished():
            with suppress(CanvasError):  # what cannot be read is left out, as the text ended in it
                call = read_call(statement)
                if call is not None and self._tells_enough(call):
                    self._keep(statement, call)
                    return

    def _tells_enough(self, call: Call) -> bool:
        if call.method == SCENE_METHOD and self._scene is not None:
            return False
        return call.last in _TEXTS and call.given.issuperset(("description", *_SHOWN_BY[call.method]))

    def _keep(self, statement: Statement, call: Call) -> None:
        before = len(self._corrections)
        self._add(statement, call)
        mended = [each for each in self._corrections[before:] if each.wrong != MISSING]
        told = f"its first {count} arguments" if (count := len(call.given)) > 1 else "its first argument"
        cut = Correction(statement.line, call.method, "a call without its end", told)
        self._corrections[before:] = [*mended, cut]


def _named(comment: str) -> str:
    """What the comment above a call says that it adds."""
    said = excerpt(comment.removeprefix("Add "))
    return said[:1].upper() + said[1:]
