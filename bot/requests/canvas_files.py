"""Canvases that people bring as files: from what was sent to a canvas, and to the words that its turn has. Pure."""

from __future__ import annotations

from bot.catalogues.text import Text
from bot.messages import LARGEST_UPLOAD, Upload
from bot.requests.limits import InputError
from bot.telling import refusals
from bot.telling.lines import shortened
from omost_pipeline.canvas.files import ENDINGS, parse_file
from omost_pipeline.canvas.parser import ParsedCanvas

_LONGEST = 300


def read_upload(file: Upload) -> ParsedCanvas:
    """The canvas in a file. Takes CPU time where the file is large: call it on a thread.

    Raises:
        InputError: if the file is of another kind, or was too large to be read.
        CanvasError: if it holds no canvas; names the file and what is wrong.
    """
    if not file.name.lower().endswith(ENDINGS):
        raise InputError(Text("refused-file-kind", name=file.name))
    if file.content is None:
        raise InputError(refusals.file_too_large(file.name, file.size, LARGEST_UPLOAD))
    return parse_file(file.name, file.content)


def words_of(read: ParsedCanvas, name: str = "") -> str:
    """What a person might have said to get this canvas: its scene's description, else its file's ``name``."""
    return shortened(read.canvas.scene.description, _LONGEST) or name
