"""``imagine``, ``render`` and ``layout``: pictures without a chat.

Arguments in, files and a report out; the drawing itself is in :mod:`bot.cli.studio`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.arguments import (
    ConfigOption,
    JsonOption,
    PictureOption,
    ProfileOption,
    SeedOption,
    Size,
    SizeOption,
    parse_words,
)
from bot.cli.terminal import Terminal
from bot.config import Settings, load_settings

DEFAULT_SEED = 12345
DEFAULT_LAYOUT = Size(768, 768)

CanvasArgument = Annotated[
    Path, typer.Argument(metavar="CANVAS", help="A canvas: code (.py, .txt, .md) or .json.", show_default=False)
]


def imagine(
    prompt: Annotated[
        str, typer.Argument(parser=parse_words, metavar="PROMPT", help="What to draw.", show_default=False)
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder to write to; made if missing.")],
    edit: Annotated[
        list[str] | None,
        typer.Option("--edit", parser=parse_words, metavar="TEXT", help="Then change this; may be given again."),
    ] = None,
    seed: SeedOption = DEFAULT_SEED,
    size: SizeOption = None,
    profile: ProfileOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Draw a picture from words, then change it: turn-1.png, turn-1.layout.png, turn-1.py, turn-2.png …"""
    terminal = Terminal()
    settings = _settings(config, profile)
    out.mkdir(parents=True, exist_ok=True)
    from bot.cli.studio import Studio

    studio = Studio(settings, terminal)
    turns = studio.imagine((prompt, *(edit or ())), out, seed, size)
    if as_json:
        terminal.json({"turns": [turn.report() for turn in turns]})
    else:
        for turn in turns:
            terminal.result(f"{turn.image}: {turn.prompt}")


def render(
    canvas: CanvasArgument,
    out: PictureOption,
    seed: SeedOption = DEFAULT_SEED,
    size: SizeOption = None,
    steps: Annotated[int | None, typer.Option(min=1, max=100, help="Denoising steps.")] = None,
    guidance: Annotated[float | None, typer.Option(min=1, max=32, help="How closely to follow the canvas.")] = None,
    negative: Annotated[str | None, typer.Option(metavar="TEXT", help="What should not be in the picture.")] = None,
    profile: ProfileOption = None,
    config: ConfigOption = None,
) -> None:
    """Draw a canvas that is already written."""
    terminal = Terminal()
    settings = _settings(config, profile)
    given = {"steps": steps, "guidance": guidance, "negative_prompt": negative}
    changes = {name: value for name, value in given.items() if value is not None}
    settings = settings.with_changes(render={**settings.render.model_dump(), **changes})
    from bot.cli.studio import Studio, read_noting

    parsed = read_noting(canvas, terminal)
    Studio(settings, terminal).render(parsed, out, seed, size)
    terminal.result(str(out))


def layout(canvas: CanvasArgument, out: PictureOption, size: SizeOption = None) -> None:
    """Draw a canvas's boxes, names and colours, without any model."""
    from bot.cli.studio import read_noting
    from omost_pipeline.canvas.preview import layout_image

    chosen = size or DEFAULT_LAYOUT
    layout_image(read_noting(canvas, Terminal()), chosen.width, chosen.height).save(out)
    Terminal().result(str(out))


def _settings(config: Path | None, profile: str | None) -> Settings:
    settings = load_settings(config)
    return settings if profile is None else settings.with_changes(profile=profile)
