"""``imagine``, ``render``, ``layout`` and ``convert``: pictures and canvases without a chat.

Arguments in, files and a report out; the drawing itself is in :mod:`bot.cli.studio`.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.arguments import (
    ConfigOption,
    JsonOption,
    PictureOption,
    ProfileOption,
    Size,
    SizeOption,
    parse_words,
)
from bot.cli.terminal import Terminal
from bot.settings.config import Settings, load_settings
from omost_pipeline.renderer.spec import LARGER, LAYERED, METHOD, NOTHING_ASKED, Spec

DEFAULT_LAYOUT = Size(768, 768)

CanvasArgument = Annotated[
    Path, typer.Argument(metavar="CANVAS", help="A canvas: code (.py, .txt, .md) or .json.", show_default=False)
]


def imagine(
    prompt: Annotated[
        str, typer.Argument(parser=parse_words, metavar="PROMPT", help="What to draw.", show_default=False)
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write to; created if missing.")],
    edit: Annotated[
        list[str] | None,
        typer.Option("--edit", parser=parse_words, metavar="TEXT", help="Then change this; may be repeated."),
    ] = None,
    drawing: Spec = NOTHING_ASKED,
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
    turns = asyncio.run(studio.imagine((prompt, *(edit or ())), out, drawing))
    if as_json:
        terminal.json({"turns": [turn.report() for turn in turns]})
    else:
        for turn in turns:
            for image in turn.images:
                terminal.result(f"{image}: {turn.prompt}")


def render(
    canvas: CanvasArgument,
    out: PictureOption,
    drawing: Spec = NOTHING_ASKED,
    reference: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=FILE", help="A picture that regions are to look like; may be repeated."),
    ] = None,
    layers: Annotated[
        Path | None,
        typer.Option("--layers", metavar="FILE", help="Draw it in layers, and write these: .ora (OpenRaster) or .psd."),
    ] = None,
    profile: ProfileOption = None,
    config: ConfigOption = None,
) -> None:
    """Draw a canvas that is already written; several pictures become FILE, FILE-2 and so on."""
    terminal = Terminal()
    references = dict(_named_file(each) for each in reference or ())
    if layers is not None:
        if layers.suffix.lower() not in _LAYERED:
            raise typer.BadParameter(f"{str(layers)!r} should end in .ora or .psd.", param_hint="--layers")
        if LARGER in drawing:
            raise typer.BadParameter("what is made larger has no layers; leave out --larger.", param_hint="--layers")
        drawing = drawing.having(METHOD, LAYERED)
    settings = _settings(config, profile)
    from bot.cli.studio import Studio, read_noting

    parsed = read_noting(canvas, terminal)
    studio = Studio(settings, terminal)
    for path in asyncio.run(studio.render(parsed, out, drawing, references, layers)):
        terminal.result(str(path))


_LAYERED = (".ora", ".psd")


def _named_file(text: str) -> tuple[str, bytes]:
    """``NAME=FILE`` as the name and the file's content.

    Raises:
        typer.BadParameter: if it is none, or the file cannot be read.
    """
    name, equals, file = text.partition("=")
    if not (name and equals and file):
        raise typer.BadParameter(f"{text!r} is not NAME=FILE, such as cat=cat.png.", param_hint="--reference")
    try:
        return name, Path(file).expanduser().read_bytes()
    except OSError as error:
        words = f"{file} cannot be read ({error.strerror or error})."
        raise typer.BadParameter(words, param_hint="--reference") from error


def layout(
    canvas: CanvasArgument,
    out: PictureOption,
    size: SizeOption = None,
    masks: Annotated[
        Path | None,
        typer.Option("--masks", metavar="DIR", help="Write each region's mask to this folder; created if missing."),
    ] = None,
) -> None:
    """Draw a canvas's boxes, names and colours, without any model."""
    from bot.cli.studio import read_noting, saving
    from omost_pipeline.canvas.masks import write_masks
    from omost_pipeline.canvas.preview import layout_image

    terminal = Terminal()
    chosen = size or DEFAULT_LAYOUT
    parsed = read_noting(canvas, terminal)
    with saving(out):
        layout_image(parsed, chosen.width, chosen.height).save(out)
    written: list[Path] = []
    if masks is not None:
        with saving(masks):
            written = write_masks(parsed, chosen.width, chosen.height, masks)
    for path in (out, *written):
        terminal.result(str(path))


def convert(
    canvas: CanvasArgument,
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            metavar="FILE",
            help="Code (.py), JSON (.json), the ComfyUI port's JSON (.comfyui.json), ComfyUI's boxes (.boxes.json), "
            "an Ideogram caption (.ideogram.json) or a FIBO prompt (.fibo.json).",
        ),
    ],
) -> None:
    """Write a canvas in another form; all of them are read like any other canvas. What a form cannot say is told."""
    from bot.catalogues.catalogue import say
    from bot.cli.studio import read_noting
    from bot.requests.exports import losses_in_words
    from omost_pipeline.canvas.files import write_canvas

    terminal = Terminal()
    losses = write_canvas(read_noting(canvas, terminal), out)
    if losses:
        terminal.note(say(losses_in_words(losses), "en"))
    terminal.result(str(out))


def _settings(config: Path | None, profile: str | None) -> Settings:
    settings = load_settings(config)
    return settings if profile is None else settings.with_changes(profile=profile)
