"""The options of drawing on the command line: one for each description that has a flag.

Knows how typer reads a command's parameters; knows no single option.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Annotated, Any, Optional

import typer

from bot.cli.arguments import Size, parse_size
from omost_pipeline.renderer.option import DrawingOption, OptionKind
from omost_pipeline.renderer.spec import OPTIONS, Spec

_GIVEN = "drawing"
"""The parameter of a command that the options take the place of; it gets what was given of them."""

_METAVARS = {
    OptionKind.WHOLE: "N",
    OptionKind.NUMBER: "X",
    OptionKind.TEXT: "TEXT",
    OptionKind.CHOICE: "NAME",
    OptionKind.SIZE: "WxH",
}


def with_drawing(command: Callable[..., None], options: Iterable[DrawingOption[Any]] = OPTIONS) -> Callable[..., None]:
    """A command whose parameter ``drawing`` is a spec, as typer takes it: with a parameter for each option instead."""
    own = inspect.signature(command, eval_str=True).parameters
    flagged = [option for option in options if option.flag]

    def called(**given: Any) -> None:  # noqa: ANN401 - whatever the command takes
        spec = Spec()
        for option in flagged:
            spec = spec.having(option, _value(option, given.pop(_name(option))))
        command(**given, **{_GIVEN: spec})

    parameters: list[inspect.Parameter] = []
    for parameter in own.values():
        made = [_parameter(option) for option in flagged] if parameter.name == _GIVEN else [parameter]
        parameters += [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in made]
    called.__name__, called.__doc__ = command.__name__, command.__doc__
    called.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # what typer looks at
    called.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return called


def _name(option: DrawingOption[Any]) -> str:
    return option.flag.removeprefix("--").replace("-", "_")


def _parameter(option: DrawingOption[Any]) -> inspect.Parameter:
    kinds: dict[OptionKind, type] = {OptionKind.WHOLE: int, OptionKind.NUMBER: float, OptionKind.SIZE: Size}
    numbers = option.kind in {OptionKind.WHOLE, OptionKind.NUMBER}
    made = typer.Option(
        option.flag,
        metavar=_METAVARS[option.kind],
        help=f"{option.help}: {option.range}." if option.kind is not OptionKind.TEXT else f"{option.help}.",
        min=option.low if numbers else None,
        max=option.high if numbers else None,
        parser=parse_size if option.kind is OptionKind.SIZE else None,
    )
    kind: Any = kinds.get(option.kind, str)
    annotation: Any = Annotated[Optional[kind], made]  # noqa: UP045 - a type made at run time
    return inspect.Parameter(_name(option), inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def _value(option: DrawingOption[Any], given: object) -> Any:  # noqa: ANN401 - the option's own kind
    """A given value as the option has it.

    Raises:
        typer.BadParameter: if it is out of bounds in a way that typer does not see.
    """
    if given is None or isinstance(given, Size):
        return (given.width, given.height) if isinstance(given, Size) else None
    value = option.read(given) if isinstance(given, str) and option.kind is OptionKind.CHOICE else given
    if isinstance(value, int | float) and not option.allows(value):
        raise typer.BadParameter(f"{option.flag} is {value}; it takes {option.range}.")
    return value
