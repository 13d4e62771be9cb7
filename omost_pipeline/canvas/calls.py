"""One statement of canvas code → the call it makes: its method, and its arguments by name.

The statement goes through ``ast`` alone; only ``canvas = Canvas()`` and the two method calls with literal arguments are
known (omost-facts §1). Near-miss names of arguments are put right; what a value means is :mod:`fields`' business.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType

from omost_pipeline.canvas.boxes import SIDES, by_corners, read_rectangle
from omost_pipeline.canvas.elements import Correction
from omost_pipeline.canvas.fields import Fields, excerpt
from omost_pipeline.canvas.keywords import COLOR, CORNERS, HELD, OTHER_NAMES
from omost_pipeline.canvas.literals import literal, source_of
from omost_pipeline.canvas.openings import REGION_METHOD, SCENE_METHOD
from omost_pipeline.canvas.statement import Statement, not_canvas
from omost_pipeline.errors import CanvasError

_ARGUMENTS = {
    SCENE_METHOD: ("description", "detailed_descriptions", "tags", COLOR, "free_rgb", *HELD),
    REGION_METHOD: (
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
        COLOR,
        "free_box",
        "free_rgb",
        *HELD,
        "bbox",
    ),
}
_POSITIONS = {SCENE_METHOD: 4, REGION_METHOD: 11}
"""How many arguments may stand without their names."""
_NAMES = ("location", "offset", "area", COLOR)  # a bare word can only mean the name
_BARE = re.compile(rf"\b(?P<name>{'|'.join(_NAMES)})(?P<equals>\s*=\s*)(?P<value>[^\W\d_][\w \t-]*?)(?=\s*[,)])")


@dataclass(frozen=True)
class Call:
    """A call of one of the two methods. ``last`` is the argument written last; None where there is none."""

    method: str
    fields: Fields
    given: frozenset[str]
    last: str | None


def read_call(statement: Statement, constants: Mapping[str, object] = MappingProxyType({})) -> Call | None:
    """The call that a statement makes; None for ``canvas = Canvas()``. ``constants`` are values that have names.

    Raises:
        CanvasError: naming line and value, if it is anything else.
    """
    match _tree(statement).body:
        case [ast.Assign([ast.Name("canvas")], ast.Call(ast.Name("Canvas")))]:
            return None
        case [ast.Expr(ast.Call(ast.Attribute(ast.Name("canvas"), method)) as call)] if method in _ARGUMENTS:
            return _read(statement, call, method, constants)
    raise not_canvas(statement.source, statement.line)


def _tree(statement: Statement) -> ast.Module:
    try:
        return _parsed(statement.source)
    except SyntaxError as error:
        with suppress(SyntaxError):  # several bare words: location=on the left
            return _parsed(_BARE.sub(r"\g<name>\g<equals>'\g<value>'", statement.source))
        within = error.lineno or 1
        lines = statement.source.split("\n")
        wrong = lines[within - 1] if within <= len(lines) else lines[-1]
        message = f"{excerpt(wrong)!r} is not valid code ({error.msg})."
        raise CanvasError(message, statement.line + within - 1) from None
    except (ValueError, RecursionError, MemoryError):
        # NUL or a lone surrogate; the others only if this process is already at its limits, as the scanner bounds depth
        raise CanvasError(f"{excerpt(statement.source)!r} cannot be read as code.", statement.line) from None


def _parsed(source: str) -> ast.Module:
    with warnings.catch_warnings(action="ignore", category=SyntaxWarning):  # of numbers that run into words
        return ast.parse(source)


def _read(statement: Statement, call: ast.Call, method: str, constants: Mapping[str, object]) -> Call:
    """The call's arguments by name: positions named, near-miss keywords put right, unknown ones dropped."""
    names = _ARGUMENTS[method]
    positional = names[: _POSITIONS[method]]
    above = statement.line - 1
    values: dict[str, object] = {}
    lines: dict[str, int] = {}
    sides: dict[str, object] = {}
    notes = list(statement.repairs)
    for position, node in enumerate(call.args):
        line = above + node.lineno
        if position < len(positional):
            name = positional[position]
            values[name], lines[name] = _value(statement, name, node, notes, constants), line
        else:
            wrong = excerpt(source_of(statement, node))
            notes.append(Correction(line, f"argument {position + 1}", wrong, "nothing"))
    exact = {keyword.arg for keyword in call.keywords if keyword.arg in names}
    for keyword in call.keywords:
        line = above + keyword.lineno
        if keyword.arg is None:
            raise CanvasError(f"'**{source_of(statement, keyword.value)}': write each argument by its name.", line)
        known = _keyword(keyword.arg, names, (exact - {keyword.arg}).union(values))
        value = _value(statement, known or keyword.arg, keyword.value, notes, constants)
        if keyword.arg in CORNERS:
            value = by_corners(value)
        if known is None and keyword.arg in SIDES and "bbox" in names:
            sides[keyword.arg] = value
            continue
        if known != keyword.arg:
            notes.append(Correction(line, excerpt(keyword.arg), excerpt(keyword.arg), known or "nothing"))
        if known is not None:
            values[known], lines[known] = value, line
    if "bbox" not in values and read_rectangle(sides) is not None:
        values["bbox"], sides = sides, {}
    notes += [Correction(statement.line, name, excerpt(value), "nothing") for name, value in sides.items()]
    fields = Fields(values, statement.line, lines)
    fields.corrections += notes
    return Call(method, fields, frozenset(values), next(reversed(values), None))


def _value(
    statement: Statement, field: str, node: ast.expr, notes: list[Correction], constants: Mapping[str, object]
) -> object:
    """The value of an argument; words without quotes are what they say where only a name can stand."""
    if isinstance(node, ast.Name) and node.id in constants:
        return constants[node.id]
    if field in _NAMES and (said := _bare_words(statement, node)):
        notes.append(Correction(statement.line - 1 + node.lineno, field, excerpt(said), f"the text {excerpt(said)}"))
        return said
    return literal(statement, field, node)


def _bare_words(statement: Statement, node: ast.expr) -> str:
    """Names with hyphens between them, or a colour such as ``rgb(1, 2, 3)``, as text; empty for anything else."""
    words = node
    while isinstance(words, ast.BinOp) and isinstance(words.op, ast.Sub) and isinstance(words.right, ast.Name):
        words = words.left
    if isinstance(words, ast.Name):
        return source_of(statement, node)
    match node:
        case ast.Attribute(ast.Name(), name):  # Location.ON_THE_LEFT
            return name
        case ast.Call(ast.Name(name), arguments, []) if all(isinstance(each, ast.Constant) for each in arguments):
            return f"{name}({', '.join(source_of(statement, each) for each in arguments)})"
    return ""


def _keyword(said: str, names: tuple[str, ...], taken: Collection[str]) -> str | None:
    """The argument that keyword ``said`` means, if it is known and still free."""
    if said in names:
        return None if said in taken else said
    other = OTHER_NAMES.get(said.lower())
    if other in names:
        return None if other in taken else other
    free = [name for name in names if name not in taken]
    return next(iter(get_close_matches(said[:80], free, n=1, cutoff=0.8)), None)
