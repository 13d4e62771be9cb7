"""``omost-bot bench``: the pipeline's benchmarks on the user's own machine.

A benchmark is a module of ``omost_pipeline.bench`` with ``run() -> dict``; nothing is measured here.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer
from rich.table import Table

from bot.cli.arguments import JsonOption
from bot.cli.terminal import Terminal
from omost_pipeline.errors import OmostError


class Benchmark(StrEnum):
    """The benchmarks there are; each name is a module's."""

    ATTENTION = "attention"
    TURN = "turn"
    DIALOGUE = "dialogue"
    ADHERENCE = "adherence"
    DECODING = "decoding"


def bench(
    name: Annotated[Benchmark, typer.Argument(help="What to measure.", show_default=False)],
    as_json: JsonOption = False,
    ids: Annotated[
        list[Path] | None, typer.Option(help="A recorded conversation to replay (decoding); may be repeated.")
    ] = None,
) -> None:
    """Measure a part of the pipeline on this machine."""
    terminal = Terminal()
    module = _module(name)
    with terminal.progress() as bar:
        bar.show(f"measuring: {name}")
        figures: Mapping[str, object] = module.run(ids or ()) if name is Benchmark.DECODING else module.run()
    if as_json:
        terminal.json(figures)
    else:
        terminal.out.print(_table(name, figures))


def _module(name: str) -> ModuleType:
    path = f"omost_pipeline.bench.{name}"
    try:
        return importlib.import_module(path)
    except ModuleNotFoundError as error:
        if error.name != path:
            raise
        raise OmostError(f"This installation lacks the benchmark {name!r}; install the project again.") from None


def _table(name: str, figures: Mapping[str, object]) -> Table:
    table = Table("measured", "figure", title=f"bench {name}")
    for key, value in _flat(figures):
        table.add_row(key, f"{value:,.4g}" if isinstance(value, float) else str(value))
    return table


def _flat(figures: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    for key, value in figures.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        elif isinstance(value, list):
            yield from _flat({str(number): entry for number, entry in enumerate(value)}, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
