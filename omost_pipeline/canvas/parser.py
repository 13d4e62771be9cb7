"""LLM text → canvas, whole or while it is still being written. The text is data: parsed, never executed.

Small slips are mended and recorded (see :mod:`statement`, :mod:`quotes`, :mod:`calls`, :mod:`fields`), and a reply that
ends too early keeps what it has said; anything else is a :class:`CanvasError` that names line and value. Knows nothing
of models.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace

from omost_pipeline.canvas.assembly import Assembly
from omost_pipeline.canvas.boxes import box_of
from omost_pipeline.canvas.calls import Call, read_call
from omost_pipeline.canvas.elements import NOTHING, Canvas, Correction, GlobalDescription, Outline, Region, placed_at
from omost_pipeline.canvas.fields import MISSING, excerpt
from omost_pipeline.canvas.keywords import COLOR
from omost_pipeline.canvas.openings import REGION_METHOD, SCENE_METHOD
from omost_pipeline.canvas.scanner import Scanner
from omost_pipeline.canvas.statement import Statement, not_canvas
from omost_pipeline.errors import CanvasError

MAX_TEXT = 65_536
"""Characters of a whole reply: seven times the longest real one, and twice what 4096 tokens usually hold."""

UNKNOWN_COLOR = "lightgray"
"""Stands in an outline for a colour that is not written yet."""

_BEGUN = re.compile(r"^[ \t]*canvas\s*=\s*Canvas\(", re.MULTILINE)
"""Where a canvas begins, behind one that cannot be read."""

_MOST_ARGUMENTS = 16  # of a call; more need no look
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
    reader = ReplyReader()
    reader.feed(text)
    return reader.finish()


class ReplyReader:
    """Reads a reply in pieces, and behind what cannot be read the canvas that begins anew, as behind a draft.

    :meth:`finish` says what is wrong if there is none.
    """

    def __init__(self) -> None:
        self._reader = CanvasReader()
        self._fault: CanvasError | None = None  # the first
        self._spent = False  # whether the reader met one
        self._text = ""
        self._searched = 0  # up to where ``Canvas()`` was looked for

    @property
    def canvas(self) -> Canvas | None:
        """As :attr:`CanvasReader.canvas`; None behind what cannot be read."""
        return None if self._spent else self._reader.canvas

    @property
    def outline(self) -> Outline | None:
        """As :attr:`CanvasReader.outline`; None behind what cannot be read."""
        return None if self._spent else self._reader.outline

    def feed(self, piece: str) -> None:
        """Read on."""
        self._text = (self._text + piece)[: MAX_TEXT + 1]
        if not self._spent:
            self._read(piece)
        while self._spent and (begun := _BEGUN.search(self._text, self._searched)) is not None:
            self._searched = begun.end()
            self._reader = CanvasReader()
            self._read("\n" * self._text.count("\n", 0, begun.start()) + self._text[begun.start() :])

    def finish(self) -> ParsedCanvas:
        """End the reply.

        Raises:
            CanvasError: as :func:`parse_canvas`; the first of several.
        """
        parsed = self._finished()
        if self._fault is None:
            return parsed
        draft = Correction(self._fault.line, "canvas", excerpt(str(self._fault)), NOTHING)
        return replace(parsed, corrections=(draft, *parsed.corrections))

    def _finished(self) -> ParsedCanvas:
        while not self._spent:
            try:
                return self._reader.finish()
            except CanvasError as error:
                self._note(error)
                self.feed("")
        assert self._fault is not None
        raise self._fault

    def _read(self, text: str) -> None:
        self._spent = False
        try:
            self._reader.feed(text)
        except CanvasError as error:
            self._note(error)

    def _note(self, error: CanvasError) -> None:
        self._fault, self._spent = self._fault or error, True
        if len(self._text) > MAX_TEXT:
            self._searched = len(self._text)  # whatever it holds, it is too long


class CanvasReader:
    """Reads a reply in pieces of any size; the pieces' borders do not matter. After a CanvasError it is spent."""

    def __init__(self) -> None:
        self._newlines = io.IncrementalNewlineDecoder(None, translate=True)
        self._scanner = Scanner()
        self._room = MAX_TEXT
        self._opening = ""
        self._assembly = Assembly()
        self._corrections: list[Correction] = []
        self._looked = (0, 0)
        self._pending: GlobalDescription | Region | None = None

    @property
    def canvas(self) -> Canvas | None:
        """The elements complete so far; None before the global description."""
        return self._assembly.canvas

    @property
    def outline(self) -> Outline | None:
        """The canvas so far with the element that is being written; None before there is anything to draw."""
        match self._pending:
            case GlobalDescription() as scene:
                return Outline(self.canvas or Canvas(scene, self._assembly.regions))
            case pending:
                return None if self.canvas is None else Outline(self.canvas, pending)

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
            raise CanvasError(f"the text is longer than {MAX_TEXT} characters; no canvas needs that many.")
        return completed

    def finish(self) -> ParsedCanvas:
        """End the reply. A cut one keeps its complete elements.

        Raises:
            CanvasError: if there is no canvas or no global description, or for a fault in the last words.
        """
        self._read(self._scanner.feed(self._newlines.decode("", final=True)))
        self._read(self._scanner.finish())
        self._salvage()
        self._corrections += self._assembly.finish(self._scanner.cut)
        if self.canvas is not None:
            return ParsedCanvas(self.canvas, self.corrections, self._scanner.cut)
        if not self._scanner.found_code:
            raise CanvasError(f"the reply holds no canvas; it begins {excerpt(self._opening)!r}.")
        if self._scanner.other_code is not None:
            line, code = self._scanner.other_code
            raise not_canvas(re.split(r"(?<=[(\[{])", code)[0], line)
        if self._scanner.cut:
            raise CanvasError("the reply was cut before its global description was complete.")
        raise CanvasError("the canvas has no global description; canvas.set_global_description(…) is missing.")

    def _read(self, statements: Iterable[Statement]) -> bool:
        completed = False
        for statement in statements:
            self._note_left_out()
            try:
                completed |= self._take(statement)
            except CanvasError:
                if self._scanner.whole_area is None or statement.area <= self._scanner.whole_area:
                    raise
                wrong = excerpt(statement.source.partition("\n")[0])
                self._corrections.append(Correction(statement.line, "code", wrong, NOTHING))
        self._note_left_out()
        return completed

    def _note_left_out(self) -> None:
        self._corrections += self._scanner.take_left_out()

    def _take(self, statement: Statement) -> bool:
        call = read_call(statement, self._scanner.constants)
        if call is not None:
            return self._add(statement, call)
        self._assembly.begin()
        return False

    def _add(self, statement: Statement, call: Call) -> bool:
        if not self._assembly.begun:
            self._assembly.begin()
            self._corrections.append(Correction(statement.line, "canvas", MISSING, "canvas = Canvas()"))
        if call.method == SCENE_METHOD:
            return self._add_scene(call, statement.area)
        return self._add_region(call, statement)

    def _add_scene(self, call: Call, area: int) -> bool:
        scene = call.fields.scene(COLOR)
        if self._assembly.scene is not None:  # as in the published system, the later one holds
            call.fields.note(SCENE_METHOD, self._assembly.scene.description, scene.description)
        self._assembly.set_scene(scene, area)
        self._scanner.whole_area = area
        self._corrections += call.fields.corrections
        return True

    def _add_region(self, call: Call, statement: Statement) -> bool:
        if not call.given:
            nothing = Correction(statement.line, REGION_METHOD, "a call without arguments", NOTHING)
            self._corrections += [*call.fields.corrections, nothing]
            return False
        region = call.fields.region(COLOR)
        self._assembly.add_region(region, call.fields.rectangle, statement.line, statement.area)
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
                    self._sketch(read_call(statement, self._scanner.constants))

    def _sketch(self, call: Call | None) -> None:
        if call is None or not ({"bbox", "free_box"} & call.given or call.given.issuperset(_SHOWN_BY[call.method])):
            return
        if call.method == SCENE_METHOD:
            scene = call.fields.scene(COLOR)
            self._pending = scene if COLOR in call.given else replace(scene, color=UNKNOWN_COLOR)
        else:
            region = call.fields.region(COLOR)
            if call.fields.rectangle is not None and (place := box_of(call.fields.rectangle)) is not None:
                region = placed_at(region, place)
            named = region if region.description else replace(region, description=_named(self._scanner.comment))
            self._pending = named if COLOR in call.given else replace(named, color=UNKNOWN_COLOR)

    def _salvage(self) -> None:
        """Keep what the call in which the text ended has said, if that is enough to be drawn."""
        for statement in self._scanner.unfinished():
            with suppress(CanvasError):  # what cannot be read is left out, as the text ended in it
                call = read_call(statement, self._scanner.constants)
                if call is not None and self._tells_enough(call):
                    self._keep(statement, call)
                    return

    def _tells_enough(self, call: Call) -> bool:
        if call.method == SCENE_METHOD and self._assembly.scene is not None:
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
