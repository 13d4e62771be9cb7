"""``omost-bot bench``: the benchmarks, on the user's own machine.

A benchmark is a module with ``run() -> dict``, of ``omost_pipeline.bench`` but for what the bot itself is measured by;
nothing is measured here.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer
from rich.table import Table

from bot.cli.arguments import JsonOption
from bot.cli.terminal import Terminal
from omost_pipeline.canvas.vocabulary import METHODS
from omost_pipeline.engine.families import Family
from omost_pipeline.errors import OmostError
from omost_pipeline.profiles import PROFILES
from omost_pipeline.renderer.spec import LAYERED


class Benchmark(StrEnum):
    """The benchmarks there are; each name is a module's."""

    ATTENTION = "attention"
    TURN = "turn"
    DIALOGUE = "dialogue"
    REQUESTS = "requests"
    ADHERENCE = "adherence"
    DECODING = "decoding"
    KV = "kv"
    RENDER = "render"
    JOBS = "jobs"
    LOAD = "load"
    GROWTH = "growth"
    SCALE = "scale"
    KEEP = "keep"
    DRAFTS = "drafts"
    SESSIONS = "sessions"
    GPU = "gpu"


def bench(
    name: Annotated[Benchmark, typer.Argument(help="What to measure.", show_default=False)],
    more: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE]...", help="More recordings, behind --ids FILE (decoding).")
    ] = None,
    as_json: JsonOption = False,
    ids: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE...", help="Recorded conversations to replay (decoding); may be repeated."),
    ] = None,
    wall: Annotated[bool, typer.Option("--wall", help="Seconds as well, beside those of generate (decoding).")] = False,
    shape: Annotated[
        str, typer.Option(help="The random model that replays by the clock: 0.5b (default) or 8b-4bit (decoding).")
    ] = "",
    methods: Annotated[
        str, typer.Option(help="Region methods to measure, separated by commas; by default all (adherence).")
    ] = "",
    scenes: Annotated[
        int | None, typer.Option(min=1, help="How many scenes are drawn: 300, 200 hard ones (adherence), 20 (drafts).")
    ] = None,
    hard: Annotated[
        bool, typer.Option("--hard", help="Scenes whose regions are in each other's way (adherence, drafts).")
    ] = False,
    gradients: Annotated[
        float | None, typer.Option(min=0, max=1, help="Gradient steps on top of each method (adherence).")
    ] = None,
    grounding: Annotated[
        float | None, typer.Option(min=0, max=1, help="Grounding tokens on top of each method, in a share (adherence).")
    ] = None,
    grounding_file: Annotated[
        str, typer.Option(metavar="FILE", help="Grounding layers, as models.grounding has them (adherence).")
    ] = "",
    details: Annotated[bool, typer.Option("--details", help="Small things drawn enlarged (adherence).")] = False,
    profile: Annotated[
        str,
        typer.Option(
            help="The profile to measure: tiny, tiny-world or another (adherence, by default tiny; requests)."
        ),
    ] = "",
    family: Annotated[
        Family, typer.Option(help="The kind of picture model to measure (render, adherence).")
    ] = Family.SDXL,
    edits: Annotated[int, typer.Option(min=1, help="How many edits to draw (keep).")] = 200,
    sessions: Annotated[int, typer.Option(min=1, help="How many sessions of ten edits to hold (sessions).")] = 10,
    people: Annotated[int, typer.Option(min=3, help="How many people ask at once (load).")] = 60,
    work: Annotated[int, typer.Option(min=10, help="How many jobs are done (load).")] = 100,
    size: Annotated[
        int, typer.Option(min=10, help="How many conversations of 50 turns, and waiting jobs, there are (growth).")
    ] = 1000,
    replicas: Annotated[
        str, typer.Option(help="How many replicas draw, one number after the other; 1,2,4,8,16 by default (scale).")
    ] = "",
    database: Annotated[
        str, typer.Option(metavar="URL", help="An empty database in place of SQLite's: postgresql://… (scale, growth).")
    ] = "",
    here: Annotated[bool, typer.Option("--here", help="Without Ray, by stand-ins in this process (scale).")] = False,
) -> None:
    """Measure a part of the program on this machine."""
    if more and not (ids and name is Benchmark.DECODING):
        raise typer.BadParameter(f"{more[0]} is one argument too many; recordings belong after decoding --ids.")
    recordings = [*(ids or ()), *(more or ())]
    given: Mapping[Benchmark, Mapping[str, object]] = {
        Benchmark.DECODING: {"ids": recordings, "wall": wall, "shape": shape},
        Benchmark.ADHERENCE: {
            "scenes": scenes,
            "methods": _methods(methods) if methods else None,
            "family": family,
            "hard": hard,
            "gradients": gradients,
            "grounding": grounding,
            "grounding_file": grounding_file,
            "details": details,
            "profile": _profile(profile),
        },
        Benchmark.REQUESTS: {"profile": _profile(profile)} if profile else {},
        Benchmark.LOAD: {"people": people, "work": work},
        Benchmark.GROWTH: {"conversations_": size, "queued": size, "database": database},
        Benchmark.KEEP: {"edits": edits},
        Benchmark.DRAFTS: {"hard": hard} | ({} if scenes is None else {"scenes": scenes}),
        Benchmark.SESSIONS: {"sessions": sessions},
        Benchmark.SCALE: {"database": database, "here": here} | ({"replicas": _numbers(replicas)} if replicas else {}),
    }
    terminal = Terminal()
    module = _module("flux2" if name is Benchmark.RENDER and family is Family.FLUX2 else name)
    with terminal.progress() as bar:
        bar.show(f"measuring: {name}")
        figures = _measured(name, partial(module.run, **given.get(name, {})))
    if as_json:
        terminal.json(figures)
    else:
        terminal.out.print(_table(name, figures))


def _measured(name: Benchmark, run: Callable[[], Mapping[str, object]]) -> Mapping[str, object]:
    """What a benchmark found. On a CPU models have one thread, and it says so: of more, each waits for the others."""
    if name in _OF_THE_BOT:
        return run()
    import torch  # deferred: takes seconds

    from omost_pipeline.cpu_threads import threads_for

    if torch.cuda.is_available():
        return run()
    with threads_for(small=True):
        return {"cpu_threads": 1, **run()}


_OF_THE_BOT = (Benchmark.JOBS, Benchmark.LOAD, Benchmark.GROWTH, Benchmark.SCALE)


def _methods(text: str) -> list[str]:
    """The region methods that an argument names."""
    known = (*METHODS, LAYERED)
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in known:
            words = f"{name!r} is not a region method; choose from {', '.join(known)}."
            raise typer.BadParameter(words, param_hint="--methods")
    return names


def _profile(name: str) -> str:
    if name and name not in PROFILES:
        words = f"{name!r} is not a profile; choose from {', '.join(PROFILES)}."
        raise typer.BadParameter(words, param_hint="--profile")
    return name


def _numbers(text: str) -> list[int]:
    """The numbers of replicas that an argument names."""
    numbers = [int(each) for each in text.split(",") if each.strip().isdecimal() and int(each)]
    if len(numbers) != text.count(",") + 1:
        words = f"{text[:80]!r} is no list of numbers above 0; write for example 1,2,4."
        raise typer.BadParameter(words, param_hint="--replicas")
    return numbers


def _module(name: str) -> ModuleType:
    path = f"bot.bench.{name}" if name in _OF_THE_BOT else f"omost_pipeline.bench.{name}"
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
