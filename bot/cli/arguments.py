"""Arguments the commands share: how a size, a seed or an output file is read from the command line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

LONGEST_SIDE = 2048
SHORTEST_SIDE = 64
LARGEST_SEED = 2**32 - 1
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
    found = re.fullmatch(r"([0-9]{1,9})[x×]([0-9]{1,9})", text.strip().lower())
    if found is None:
        raise typer.BadParameter(f"{text[:40]!r} is not a size; write WIDTHxHEIGHT, such as 896x1152.")
    size = Size(int(found[1]), int(found[2]))
    if not all(SHORTEST_SIDE <= side <= LONGEST_SIDE for side in (size.width, size.height)):
        raise typer.BadParameter(f"{size} is out of range; each side takes {SHORTEST_SIDE} to {LONGEST_SIDE} pixels.")
    return size


def parse_words(text: str) -> str:
    """What is to be drawn or changed.

    Raises:
        typer.BadParameter: if nothing is said.
    """
    if not text.strip():
        raise typer.BadParameter("nothing is said; write what should be in the picture.")
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
        raise typer.BadParameter(f"there is no folder {str(path.parent)!r}; make it first.")
    return path


ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Settings to use; config.toml in the current folder if not given."),
]
ProfileOption = Annotated[
    str | None, typer.Option("--profile", metavar="NAME", help="The models to use, in place of the settings'.")
]
SeedOption = Annotated[
    int, typer.Option("--seed", metavar="N", min=0, max=LARGEST_SEED, help="The same seed, the same picture.")
]
SizeOption = Annotated[
    Size | None,
    typer.Option("--size", metavar="WxH", parser=parse_size, help="Pixels; the profile's own size if not given."),
]
StepsOption = Annotated[
    int | None,
    typer.Option("--steps", metavar="N", min=1, max=100, help="Denoising steps; the settings' if not given."),
]
GuidanceOption = Annotated[
    float | None,
    typer.Option("--guidance", metavar="G", min=1, max=32, help="How closely to follow the canvas, 1 to 32."),
]
NegativeOption = Annotated[
    str | None, typer.Option("--negative", metavar="TEXT", help="What should not be in the picture.")
]
InitialOption = Annotated[
    float | None,
    typer.Option(
        "--initial-strength",
        metavar="S",
        min=0.95,
        max=0.99,
        help="Begin from the layout's colours, denoised at this strength, 0.95 to 0.99.",
    ),
]
ImagesOption = Annotated[
    int, typer.Option("--images", metavar="N", min=1, max=12, help="Pictures at once; each has the next seed.")
]
LargerOption = Annotated[
    float | None,
    typer.Option("--larger", metavar="SCALE", min=1, max=2, help="Then make it so many times as large, 1 to 2."),
]
PictureOption = Annotated[
    Path, typer.Option("--out", metavar="FILE", parser=parse_picture_file, help="The picture to write.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
