"""Keeps finished pictures as PNG files, and what edits of them begin with. Knows no database and no queue."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from bot.turns.conversation import Picture, TurnRecord
from bot.turns.picture_rules import Veil, blurred
from bot.turns.provenance import mark
from omost_pipeline.canvas.codec import canvas_to_code
from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.renderer.spec import BROUGHT


class Pictures:
    """The folder of pictures, ``marked`` as made by a model.

    Its methods block; the paths it gives are relative to the folder above it.
    """

    def __init__(self, folder: Path, *, marked: bool = True) -> None:
        self._folder = folder
        self._marked = marked

    def keep(
        self, turn: TurnRecord, canvas: Canvas, number: int, seed: int, image: Image.Image, *, attempt: int = 1
    ) -> Picture:
        """Write one picture durably; the same turn, number and attempt again replaces it.

        Two that work on the same turn, because one is taken to be dead, write different files by their ``attempt``.
        The file tells in PNG text chunks what it was made from: ``words``, ``seed`` and ``canvas``.

        Raises:
            OSError: if the file cannot be written.
        """
        name = f"{turn.id}-{number + 1}{_again(attempt)}.png"
        png = io.BytesIO()
        image.save(png, format="PNG", pnginfo=self._origin(turn, canvas, seed))
        self._write(name, png.getvalue())
        return Picture(turn.id, number, seed, f"{self._folder.name}/{name}", image.width, image.height)

    def keep_latents(self, picture: Picture, latents: bytes) -> None:
        """Write beside a picture, durably, what edits of it begin with.

        Raises:
            OSError: if the file cannot be written.
        """
        self._write(self._latents(picture).name, latents)

    def discard(self, turn: str, attempt: int | None = None) -> None:
        """Remove what was written of a turn's pictures, half-written or whole, at all attempts or at one.

        Raises:
            OSError: if something cannot be removed.
        """
        for file in self._folder.glob(f"{turn}-*"):
            if attempt is None or _stem(file.name).partition(".")[2] == _again(attempt).removeprefix("."):
                file.unlink(missing_ok=True)

    def turns(self) -> set[str]:
        """The turns of which there is a file."""
        return {file.name.partition("-")[0] for file in self._folder.glob("*-*")}

    def _origin(self, turn: TurnRecord, canvas: Canvas, seed: int) -> PngInfo:
        info = PngInfo()
        info.add_itxt("words", turn.words)
        info.add_text("seed", str(seed))
        info.add_itxt("canvas", canvas_to_code(canvas), zip=True)
        made = turn.draft.spec.get(BROUGHT) != "picture"  # by a model; of any picture nobody knows
        return mark(info) if self._marked and made else info

    def read(self, picture: Picture) -> bytes | None:
        """A picture's PNG, or None where somebody has removed the file, or it was deleted for its age."""
        if not picture.path:
            return None
        return _content(self._folder.parent / picture.path)

    def shown(self, picture: Picture) -> bytes | None:
        """A picture's PNG as people may see it, blurred if need be; None as :meth:`read`."""
        content = self.read(picture)
        if content is None or picture.veil != Veil.BLUR:
            return content
        into = io.BytesIO()
        with Image.open(io.BytesIO(content)) as image:
            blurred(image).save(into, format="PNG", pnginfo=mark(PngInfo()) if self._marked else None)
        return into.getvalue()

    def read_latents(self, picture: Picture) -> bytes | None:
        """What :meth:`keep_latents` wrote, or None where there is nothing."""
        if not picture.path:
            return None
        return _content(self._latents(picture))

    def delete(self, paths: Iterable[str]) -> None:
        """Delete pictures by their paths, and what edits of them begin with; what is gone already does not matter."""
        for path in paths:
            if not path:
                continue
            picture = self._folder / Path(path).name
            for each in (picture, picture.with_suffix(".latents")):
                each.unlink(missing_ok=True)

    def every_turn(self) -> list[tuple[str, str]]:
        """Every picture that lies in the folder, whole or not: its path, and the turn that its name tells of."""
        if not self._folder.is_dir():
            return []
        names = sorted(each.name for each in self._folder.iterdir())
        pictures = dict.fromkeys(f"{_stem(name)}.png" for name in names if "-" in name)
        return [(f"{self._folder.name}/{name}", name.rpartition("-")[0]) for name in pictures]

    def _latents(self, picture: Picture) -> Path:
        return (self._folder.parent / picture.path).with_suffix(".latents")

    def _write(self, name: str, content: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        partial = self._folder / f"{name}.partial"
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self._folder / name)
        _sync(self._folder)


def _again(attempt: int) -> str:
    """What tells the files of a later attempt from those of the first."""
    return f".{attempt}" if attempt > 1 else ""


def _stem(name: str) -> str:
    """A file's name up to its ending, whether it is a picture, what lies beside it, or half of either."""
    return name.removesuffix(".partial").rpartition(".")[0]


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _sync(folder: Path) -> None:
    """Make a rename durable, where the system can open folders."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
