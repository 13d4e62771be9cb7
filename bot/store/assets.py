"""Keeps finished pictures as PNG files, and what edits of them begin with.

Knows no database and no queue, and not where the files are.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from bot.store.files import Files
from bot.turns.conversation import Picture, TurnRecord
from bot.turns.picture_rules import Veil, blurred
from bot.turns.provenance import is_marked, mark, png_of, with_texts
from omost_pipeline.canvas.codec import canvas_to_code
from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.engine.assets import packed
from omost_pipeline.renderer.spec import BROUGHT

_BEFORE = "pictures/"
"""What the database has before a picture's name."""

_LATENTS, _LAYERS = ".latents", ".ora"
"""Endings of what lies beside a picture: what edits of it begin with."""


class Pictures:
    """Pictures among files of their own, ``marked`` as made by a model. Its methods block.

    ``sign`` gives a marked picture with a signature in it that says the same, and others as they are.
    """

    def __init__(self, files: Files, *, marked: bool = True, sign: Callable[[bytes], bytes] | None = None) -> None:
        self._files = files
        self._marked = marked
        self._sign = sign

    def keep(
        self, turn: TurnRecord, canvas: Canvas, number: int, seed: int, content: bytes, *, attempt: int = 1
    ) -> Picture:
        """Write one picture durably; the same turn, number and attempt again replaces it.

        ``content`` is its file as an engine gives it, with nothing beside the pixels; a PNG's are not packed again.

        Two that work on the same turn, because one is taken to be dead, write different files by their ``attempt``.
        The file tells in PNG text chunks what it was made from: ``words``, ``seed`` and ``canvas``.

        Raises:
            OSError: if the file cannot be written, or the content is no picture.
        """
        name = f"{turn.id}-{number + 1}{_again(attempt)}.png"
        with Image.open(io.BytesIO(content)) as image:
            size = image.size
        self._files.write(name, self.signed(with_texts(packed(content), self._origin(turn, canvas, seed))))
        return Picture(turn.id, number, seed, f"{_BEFORE}{name}", *size)

    def keep_latents(self, picture: Picture, latents: bytes) -> None:
        """Write beside a picture, durably, what edits of it begin with.

        Raises:
            OSError: if the file cannot be written.
        """
        self._files.write(_beside(picture.path, _LATENTS), latents)

    def keep_layers(self, picture: Picture, layers: bytes) -> None:
        """Write beside a picture, durably, the layers that it was drawn in.

        Raises:
            OSError: if the file cannot be written.
        """
        self._files.write(_beside(picture.path, _LAYERS), layers)

    def discard(self, turn: str, attempt: int | None = None) -> None:
        """Remove what was written of a turn's pictures, half-written or whole, at all attempts or at one.

        Raises:
            OSError: if something cannot be removed.
        """
        its = _again(attempt).removeprefix(".") if attempt is not None else None
        found = self._files.names(f"{turn}-")
        self._files.remove(name for name in found if its is None or _stem(name).partition(".")[2] == its)

    def turns(self) -> set[str]:
        """The turns of which there is a file."""
        return {name.partition("-")[0] for name in self._files.names() if "-" in name}

    def _origin(self, turn: TurnRecord, canvas: Canvas, seed: int) -> PngInfo:
        info = PngInfo()
        info.add_itxt("words", turn.words)
        info.add_text("seed", str(seed))
        info.add_itxt("canvas", canvas_to_code(canvas), zip=True)
        return mark(info) if self._marked and _is_made(turn) else info

    def read(self, picture: Picture) -> bytes | None:
        """A picture's PNG, or None where somebody has removed the file, or it was deleted for its age."""
        return self.content(picture.path) if picture.path else None

    def content(self, path: str) -> bytes | None:
        """A picture's PNG by its path, as :meth:`read`."""
        return self._files.read(_name(path))

    def shown(self, picture: Picture) -> bytes | None:
        """A picture's PNG as people may see it, blurred if need be; None as :meth:`read`."""
        content = self.read(picture)
        if content is None or picture.veil != Veil.BLUR:
            return content
        with Image.open(io.BytesIO(content)) as image:
            return self.signed(png_of(blurred(image), marked=is_marked(image)))

    def signed(self, picture: bytes) -> bytes:
        """A picture that is about to leave, or is made of others that are marked: signed, if it is to be."""
        return picture if self._sign is None else self._sign(picture)

    def read_latents(self, picture: Picture) -> bytes | None:
        """What :meth:`keep_latents` wrote, or None where there is nothing."""
        if not picture.path:
            return None
        return self._files.read(_beside(picture.path, _LATENTS))

    def read_layers(self, picture: Picture) -> bytes | None:
        """What :meth:`keep_layers` wrote, or None where there is nothing."""
        return self._files.read(_beside(picture.path, _LAYERS)) if picture.path else None

    def has_layers(self, picture: Picture) -> bool:
        """Whether :meth:`read_layers` would find something."""
        return self.read_layers(picture) is not None

    def delete(self, paths: Iterable[str]) -> None:
        """Delete pictures by their paths, and what edits of them begin with; what is gone already does not matter."""
        self._files.remove(
            name for path in paths if path for name in (_name(path), _beside(path, _LATENTS), _beside(path, _LAYERS))
        )

    def every_turn(self) -> list[tuple[str, str]]:
        """Every picture that lies there, whole or not: its path, and the turn that its name tells of."""
        pictures = dict.fromkeys(f"{_stem(name)}.png" for name in self._files.names() if "-" in name)
        return [(f"{_BEFORE}{name}", name.rpartition("-")[0]) for name in pictures]


def _is_made(turn: TurnRecord) -> bool:
    """Whether a model made it; of a picture that was brought nobody knows."""
    return turn.draft.spec.get(BROUGHT) not in {"picture", "described"}


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _beside(path: str, ending: str) -> str:
    """What lies beside a picture."""
    return f"{_stem(_name(path))}{ending}"


def _again(attempt: int) -> str:
    """What tells the files of a later attempt from those of the first."""
    return f".{attempt}" if attempt > 1 else ""


def _stem(name: str) -> str:
    """A file's name up to its ending."""
    return name.rpartition(".")[0]
