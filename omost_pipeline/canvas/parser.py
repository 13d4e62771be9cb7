"""LLM text → canvas, whole or while it is still being written. The text is data: parsed, never executed.

Each complete statement goes through ``ast`` alone, and only three are known: ``canvas = Canvas()`` and the two method
calls with literal arguments (omost-facts §1). Small slips are corrected and recorded (see :mod:`fields`); anything else
is a :class:`CanvasError` that names line and value. Knows nothing of models.
"""

from __future__ import annotations

import ast
import io
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from omost_pipeline.canvas.elements import Canvas, Correction, GlobalDescription, Region
from omost_pipeline.canvas.fields import MAX_REGIONS, MISSING, Fields, excerpt
from omost_pipeline.canvas.scanner import Scanner, Statement
from omost_pipeline.errors import CanvasError

MAX_TEXT = 65_536
"""Characters of a whole reply: seven times the longest real one, and twice what 4096 tokens usually hold."""

_COLOR = "HTML_web_color_name"
_SCENE_ARGUMENTS = ("description", "detailed_descriptions", "tags", _COLOR)
_REGION_ARGUMENTS = (
    "location",
    "offset",
    "area",
    "distance_to_viewer",
    "description",
    "detailed_descriptions",
    "tags",
    "atmosphere",
    "style",
    "quality_meta",
    _COLOR,
)
_SCENE_METHOD = "set_global_description"
_REGION_METHOD = "add_local_description"
_METHODS = (_SCENE_METHOD, _REGION_METHOD)


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

    @property
    def canvas(self) -> Canvas | None:
        """The elements complete so far; None before the global description."""
        return None if self._scene is None else Canvas(self._scene, tuple(self._regions))

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
            call, method = _call(statement)
            if method is None:
                self._begin(statement)
            else:
                completed |= self._add(statement, call, method)
        return completed

    def _begin(self, statement: Statement) -> None:
        if self._begun:
            raise CanvasError("'canvas = Canvas()' begins a second canvas; write one.", statement.line)
        self._begun = True

    def _add(self, statement: Statement, call: ast.Call, method: str) -> bool:
        if not self._begun:
            self._begun = True
            self._corrections.append(Correction(statement.line, "canvas", MISSING, "canvas = Canvas()"))
        if method == _SCENE_METHOD:
            return self._add_scene(_fields(statement, call, _SCENE_ARGUMENTS))
        return self._add_region(_fields(statement, call, _REGION_ARGUMENTS), statement.line)

    def _add_scene(self, fields: Fields) -> bool:
        scene = fields.scene(_COLOR)
        if self._scene is not None:  # as in the published system, the later one holds
            fields.note(_SCENE_METHOD, self._scene.description, scene.description)
        self._scene = scene
        self._corrections += fields.corrections
        return True

    def _add_region(self, fields: Fields, line: int) -> bool:
        if len(self._regions) == MAX_REGIONS:  # a model that repeats itself; what it said before is still good
            self._corrections.append(Correction(line, _REGION_METHOD, f"region {MAX_REGIONS + 1} or later", "nothing"))
            return False
        region = fields.region(_COLOR)
        self._regions.append(region)
        self._corrections += fields.corrections
        return True


def _call(statement: Statement) -> tuple[ast.Call, str | None]:
    """The statement's call and the method's name; None for ``canvas = Canvas()``."""
    match _tree(statement).body:
        case [ast.Assign([ast.Name("canvas")], ast.Call(ast.Name("Canvas"), [], []) as call)]:
            return call, None
        case [ast.Expr(ast.Call(ast.Attribute(ast.Name("canvas"), method)) as call)] if method in _METHODS:
            return call, method
    raise CanvasError(
        f"{excerpt(statement.source)!r} is not canvas code; only canvas = Canvas(), canvas.{_SCENE_METHOD}(…) "
        f"and canvas.{_REGION_METHOD}(…) may be written.",
        statement.line,
    )


def _tree(statement: Statement) -> ast.Module:
    try:
        return ast.parse(statement.source)
    except SyntaxError as error:
        within = error.lineno or 1
        lines = statement.source.split("\n")
        wrong = lines[within - 1] if within <= len(lines) else lines[-1]
        message = f"{excerpt(wrong)!r} is not valid code ({error.msg})."
        raise CanvasError(message, statement.line + within - 1) from None
    except (ValueError, RecursionError, MemoryError):
        # NUL or a lone surrogate; the others only if this process is already at its limits, as the scanner bounds depth
        raise CanvasError(f"{excerpt(statement.source)!r} cannot be read as code.", statement.line) from None


def _fields(statement: Statement, call: ast.Call, names: tuple[str, ...]) -> Fields:
    """The call's arguments by name: positions named, near-miss keywords put right, unknown ones dropped."""
    above = statement.line - 1
    values: dict[str, object] = {}
    lines: dict[str, int] = {}
    corrections: list[tuple[str, int, str, str]] = []
    for position, node in enumerate(call.args):
        if position < len(names):
            name = names[position]
            values[name], lines[name] = _literal(statement, name, node), above + node.lineno
        else:
            corrections.append((f"argument {position + 1}", above + node.lineno, _source(statement, node), "nothing"))
    for keyword in call.keywords:
        line = above + keyword.lineno
        if keyword.arg is None:
            raise CanvasError(f"'**{_source(statement, keyword.value)}': write each argument by its name.", line)
        value = _literal(statement, keyword.arg, keyword.value)
        known = _keyword(keyword.arg, names, values)
        if known != keyword.arg:
            corrections.append((keyword.arg, line, keyword.arg, known or "nothing"))
        if known is not None:
            values[known], lines[known] = value, line
    fields = Fields(values, statement.line, lines)
    fields.corrections += [Correction(line, field, excerpt(wrong), right) for field, line, wrong, right in corrections]
    return fields


def _keyword(said: str, names: tuple[str, ...], taken: dict[str, object]) -> str | None:
    """The argument that keyword ``said`` means, if it is known and still free."""
    if said in names:
        return None if said in taken else said
    free = [name for name in names if name not in taken]
    return next(iter(get_close_matches(said[:80], free, n=1, cutoff=0.8)), None)


def _literal(statement: Statement, field: str, node: ast.expr) -> object:
    """The value of a literal: text, number, truth value, None, or a flat list of them.

    Raises:
        CanvasError: for every other expression.
    """
    match node:
        case ast.Constant(bool() | int() | float() | str() | None as value):
            return value
        case ast.UnaryOp(ast.USub(), ast.Constant(int() | float() as value)) if not isinstance(value, bool):
            return -value
        case ast.UnaryOp(ast.UAdd(), ast.Constant(int() | float() as value)) if not isinstance(value, bool):
            return value
        case ast.List(elements) | ast.Tuple(elements) if not any(isinstance(e, ast.List | ast.Tuple) for e in elements):
            return [_literal(statement, field, element) for element in elements]
    line = statement.line - 1 + node.lineno
    raise CanvasError(f"{field} is {excerpt(_source(statement, node))}; write a plain text, number or list.", line)


def _source(statement: Statement, node: ast.expr) -> str:
    return ast.get_source_segment(statement.source, node) or statement.source
