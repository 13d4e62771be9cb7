"""Canvases that people bring as files: from what was sent to a canvas, and to the words that its turn has. Pure."""

from __future__ import annotations

from bot.messages import LARGEST_UPLOAD, Upload
from bot.requests.limits import InputError
from bot.telling import refusals
from bot.telling.lines import shortened
from omost_pipeline.canvas.files import parse_file
from omost_pipeline.canvas.parser import ParsedCanvas

_LONGEST = 300


def read_upload(file: Upload) -> ParsedCanvas:
    """The canvas in a file. Takes CPU time where the file is large: call it on a thread.

    Raises:
        InputError: if the file was too large to be read.
        CanvasError: if it holds no canvas; names the file and what is wrong.
    """
    if file.content is None:
        raise InputError(refusals.file_too_large(file.name, file.size, LARGEST_UPLOAD))
    return parse_file(file.name, file.content)


def words_of(read: ParsedCanvas, name: str = "") -> str:
    """What a person might have said to get this canvas: its scene's description, else its file's ``name``."""
    return shortened(read.canvas.scene.description, _LONGEST) or name
