"""A canvas from a file: Canvas code or a reply (.py, .txt, .md), or JSON (.json). Knows the disk and nothing else."""

from __future__ import annotations

from pathlib import Path

from omost_pipeline.canvas.codec import MAX_JSON, read_json
from omost_pipeline.canvas.parser import ParsedCanvas, parse_canvas
from omost_pipeline.errors import CanvasError

MAX_BYTES = 4 * MAX_JSON
"""A file may be as long as the longest text allowed, in UTF-8's longest characters."""

_CODE = (".py", ".txt", ".md")
_JSON = ".json"


def read_canvas(path: Path) -> ParsedCanvas:
    """Read one file; what kind it is, its ending says.

    Raises:
        CanvasError: if the file cannot be read, is too large, has another ending or holds no canvas; names the file.
    """
    ending = path.suffix.lower()
    if ending not in (*_CODE, _JSON):
        raise CanvasError(f"{path} ends in {ending!r}; a canvas file ends in {', '.join(_CODE)} or {_JSON}.")
    text = _text(path)
    try:
        return ParsedCanvas(*read_json(text)) if ending == _JSON else parse_canvas(text)
    except CanvasError as error:
        raise _named(path, error) from error


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise CanvasError(f"{path} cannot be read ({error.strerror or error}).") from error
    if len(data) > MAX_BYTES:
        raise CanvasError(f"{path} is larger than {MAX_BYTES} bytes; no canvas is.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CanvasError(f"{path} is not UTF-8 text (byte {error.start}).") from None


def _named(path: Path, error: CanvasError) -> CanvasError:
    named = CanvasError(f"{path}: {error}")
    named.line = error.line
    return named
