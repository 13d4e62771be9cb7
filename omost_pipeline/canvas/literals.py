"""An argument's expression → its value: texts, numbers, lists of them, and what joins or reckons with these alone.

Nothing is looked up and nothing is called: an expression that would need it is refused.
"""

from __future__ import annotations

import ast
import operator
from contextlib import suppress

from omost_pipeline.canvas.fields import excerpt
from omost_pipeline.canvas.statement import Statement
from omost_pipeline.errors import CanvasError

_MOST = 64  # operators in one value
_LONGEST = 2000  # characters of a line that gives a value a name
_LARGEST = 1e9
_REAL = int | float
_NUMBERS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}


def literal(statement: Statement, field: str, node: ast.expr) -> object:
    """The value of a text, number, truth value, None, or a flat list of them, also put together with operators.

    Raises:
        CanvasError: for every other expression.
    """
    match node:
        case ast.Constant(bool() | int() | float() | str() | None as value):
            return value
        case ast.UnaryOp(ast.USub() | ast.UAdd() as sign, ast.Constant(int() | float() as value)) if not isinstance(
            value, bool
        ):
            return -value if isinstance(sign, ast.USub) else value
        case ast.List(elements) | ast.Tuple(elements) if not any(isinstance(e, ast.List | ast.Tuple) for e in elements):
            return [literal(statement, field, element) for element in elements]
        case ast.Dict(keys, values) if field == "bbox" and all(isinstance(key, ast.Constant) for key in keys):
            named = zip(keys, values, strict=True)
            return {
                source_of(statement, key).strip("'\""): literal(statement, field, value) for key, value in named if key
            }
        case ast.BinOp():
            joined = _joined(statement, field, node)
            if joined is not None:
                return joined
    line = statement.line - 1 + node.lineno
    raise CanvasError(f"{field} is {excerpt(source_of(statement, node))}; write a plain text, number or list.", line)


def constant_in(line: str) -> tuple[str, object] | None:
    """The name and the value that a line such as ``left = "on the left"`` gives it; None for any other line."""
    if len(line) > _LONGEST or "=" not in line:
        return None
    with suppress(SyntaxError, ValueError, RecursionError, MemoryError, CanvasError):
        match ast.parse(line.strip()).body:
            case [ast.Assign([ast.Name(name)], value)] | [ast.AnnAssign(ast.Name(name), _, ast.expr() as value)]:
                return name, literal(Statement(1, line.strip()), name, value)
    return None


def source_of(statement: Statement, node: ast.expr) -> str:
    """The code of a part of a statement."""
    return ast.get_source_segment(statement.source, node) or statement.source


def _joined(statement: Statement, field: str, node: ast.BinOp) -> object:
    """What operators make of literals: joined texts and lists, small numbers reckoned with; None for anything else."""
    operators: list[tuple[ast.operator, ast.expr]] = []
    first: ast.expr = node
    while isinstance(first, ast.BinOp):
        operators.append((first.op, first.right))
        first = first.left
        if len(operators) > _MOST or type(operators[-1][0]) not in _NUMBERS:
            return None
    value = literal(statement, field, first)
    for sign, expression in reversed(operators):
        other = literal(statement, field, expression)
        value = _combined(sign, value, other)
        if value is None:
            return None
    return value


def _combined(sign: ast.operator, one: object, other: object) -> object:
    if isinstance(one, str) and isinstance(other, str):
        return one + other if isinstance(sign, ast.Add) else None
    if isinstance(one, list) and isinstance(other, list):
        return one + other if isinstance(sign, ast.Add) else None
    reckon = _NUMBERS.get(type(sign))
    if reckon is None or isinstance(one, bool) or isinstance(other, bool):
        return None
    if not (isinstance(one, _REAL) and isinstance(other, _REAL) and max(abs(one), abs(other)) < _LARGEST):
        return None
    if isinstance(sign, ast.Div) and other == 0:
        return None
    found: float = reckon(one, other)
    return found
