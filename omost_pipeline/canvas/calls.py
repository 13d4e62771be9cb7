"""One statement of canvas code → the call it makes: its method, and its arguments by name.

The statement goes through ``ast`` alone; only ``canvas = Canvas()`` and the two method calls with literal arguments are
known (omost-facts §1). Near-miss names of arguments are put right; what a value means is :mod:`fields`' business.
"""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass
from difflib import get_close_matches

from omost_pipeline.canvas.elements import Correction
from omost_pipeline.canvas.fields import Fields, excerpt
from omost_pipeline.canvas.statement import Statement, not_canvas
from omost_pipeline.errors import CanvasError

COLOR = "HTML_web_color_name"
SCENE_METHOD = "set_global_description"
REGION_METHOD = "add_local_description"

_ARGUMENTS = {
    SCENE_METHOD: ("description", "detailed_descriptions", "tags", COLOR),
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
    ),
}
_NAMES = ("location", "offset", "area", COLOR)  # a bare word can only mean the name


@dataclass(frozen=True)
class Call:
    """A call of one of the two methods. ``last`` is the argument written last; None where there is none."""

    method: str
    fields: Fields
    given: frozenset[str]
    last: str | None


def read_call(statement: Statement) -> Call | None:
    """The call that a statement makes; None for ``canvas = Canvas()``.

    Raises:
        CanvasError: naming line and value, if it is anything else.
    """
    match _tree(statement).body:
        case [ast.Assign([ast.Name("canvas")], ast.Call(ast.Name("Canvas"), [], []))]:
            return None
        case [ast.Expr(ast.Call(ast.Attribute(ast.Name("canvas"), method)) as call)] if method in _ARGUMENTS:
            return _read(statement, call, method)
    raise not_canvas(statement.source, statement.line)


def _tree(statement: Statement) -> ast.Module:
    try:
        with warnings.catch_warnings(action="ignore", category=SyntaxWarning):  # of numbers that run into words
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


def _read(statement: Statement, call: ast.Call, method: str) -> Call:
    """The call's arguments by name: positions named, near-miss keywords put right, unknown ones dropped."""
    names = _ARGUMENTS[method]
    above = statement.line - 1
    values: dict[str, object] = {}
    lines: dict[str, int] = {}
    notes = list(statement.repairs)
    for position, node in enumerate(call.args):
        line = above + node.lineno
        if position < len(names):
            name = names[position]
            values[name], lines[name] = _value(statement, name, node, notes), line
        else:
            wrong = excerpt(_source(statement, node))
            notes.append(Correction(line, f"argument {position + 1}", wrong, "nothing"))
    for keyword in call.keywords:
        line = above + keyword.lineno
        if keyword.arg is None:
            raise CanvasError(f"'**{_source(statement, keyword.value)}': write each argument by its name.", line)
        known = _keyword(keyword.arg, names, values)
        value = _value(statement, known or keyword.arg, keyword.value, notes)
        if known != keyword.arg:
            notes.append(Correction(line, excerpt(keyword.arg), excerpt(keyword.arg), known or "nothing"))
        if known is not None:
            values[known], lines[known] = value, line
    fields = Fields(values, statement.line, lines)
    fields.corrections += notes
    return Call(method, fields, frozenset(values), next(reversed(values), None))


def _value(statement: Statement, field: str, node: ast.expr, notes: list[Correction]) -> object:
    """The value of an argument; a bare word is what it says where only a name can stand."""
    if isinstance(node, ast.Name) and field in _NAMES:
        notes.append(
            Correction(statement.line - 1 + node.lineno, field, excerpt(node.id), f"the text {excerpt(node.id)}")
        )
        return node.id
    return _literal(statement, field, node)


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
