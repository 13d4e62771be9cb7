"""Arguments the commands share: how a size, words or an output file are read from the command line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from omost_pipeline.renderer.option import EnteredError
from omost_pipeline.renderer.spec import SIZE

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")


@dataclass(frozen=True)
class Size:
    """Width and height of a picture in pixels."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"

    def fitted(self, unit: int) -> Size:
        """The nearest size whose sides ``unit`` divides."""
        return Size(_nearest(self.width, unit), _nearest(self.height, unit))


def _nearest(length: int, unit: int) -> int:
    return max(unit, (length + unit // 2) // unit * unit)


def parse_size(text: str | Size) -> Size:
    """``WIDTHxHEIGHT`` in pixels, e.g. ``896x1152``.

    Raises:
        typer.BadParameter: if it is not one, or a side is out of range.
    """
    if isinstance(text, Size):  # a default goes through the parser as well
        return text
    try:
        return Size(*SIZE.read(text))
    except EnteredError as error:
        raise typer.BadParameter(f"{text[:40]!r} is not a valid size; use {SIZE.range}.") from error


def parse_words(text: str) -> str:
    """What is to be drawn or changed.

    Raises:
        typer.BadParameter: if nothing is said.
    """
    if not text.strip():
        raise typer.BadParameter("the text is empty; say what should be in the picture.")
    return text


def parse_picture_file(text: str | Path) -> Path:
    """Where a picture goes; refused now if it could not be saved once it is drawn.

    Raises:
        typer.BadParameter: for an unknown kind of picture, or a folder that is not there.
    """
    path = Path(text)
    if path.suffix.lower() not in IMAGE_SUFFIXES:
        raise typer.BadParameter(f"{str(path)!r} should end in one of {', '.join(IMAGE_SUFFIXES)}.")
    if not path.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {str(path.parent)!r}; create it first.")
    return path


ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Configuration file; config.toml in the current folder by default."),
]
ProfileOption = Annotated[
    str | None, typer.Option("--profile", metavar="NAME", help="Models to use instead of those in the settings.")
]
SizeOption = Annotated[
    Size | None,
    typer.Option("--size", metavar="WxH", parser=parse_size, help=f"{SIZE.help}: {SIZE.range}."),
]
PictureOption = Annotated[
    Path, typer.Option("--out", metavar="FILE", parser=parse_picture_file, help="The picture to write.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
