"""A canvas from a file and into one: Canvas code or a reply (.py, .txt, .md), or JSON (.json, in any of its forms).

Knows the disk and nothing else.
"""

from __future__ import annotations

import html
import json
import re
from contextlib import suppress
from pathlib import Path, PurePath

from omost_pipeline.canvas.codec import MAX_JSON, load_json, read_json
from omost_pipeline.canvas.comfyui import read_comfyui
from omost_pipeline.canvas.elements import Canvas, Correction
from omost_pipeline.canvas.exchange.forms import FORMS, form_of
from omost_pipeline.canvas.exchange.losses import Loss
from omost_pipeline.canvas.loose_json import json_in
from omost_pipeline.canvas.other_json import read_other
from omost_pipeline.canvas.parser import ParsedCanvas, parse_canvas
from omost_pipeline.errors import CanvasError

MAX_BYTES = 4 * MAX_JSON
"""A file may be as long as the longest text allowed, in UTF-8's longest characters."""

_CODE = (".py", ".txt", ".md")
_JSON = ".json"
ENDINGS = (*_CODE, _JSON)
"""How the name of a file with a canvas may end."""

_THOUGHTS = re.compile(r"</(?:\w+:)?(?:think|thinking|thought|reasoning)>|\[/think\]", re.IGNORECASE)
"""What ends the thoughts before a model's reply, where somebody kept all of it."""
_ENTITIES = re.compile(r"=\s*\[?&(?:#0*39|#x0*27|apos|quot|#0*34);", re.IGNORECASE)
_CODE_BEGUN = re.compile(r"\b(?:set_global_description|add_local_description)\s*\(")


def read_canvas(path: Path) -> ParsedCanvas:
    """Read one file; what kind it is, its ending says.

    Raises:
        CanvasError: if the file cannot be read, is too large, has another ending or holds no canvas; names the file.
    """
    _ending(str(path))
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise CanvasError(f"{path} cannot be read ({error.strerror or error}).") from error
    return parse_file(str(path), data)


def parse_file(name: str, data: bytes) -> ParsedCanvas:
    """Read a file's content; what kind it is, the ending of its name says.

    Raises:
        CanvasError: if it is too large, has another ending or holds no canvas; names the file.
    """
    ending = _ending(name)
    text = _text(name, data)
    if not text.strip():
        raise CanvasError(f"{name} is empty.")
    try:
        return _from_json_file(text) if ending == _JSON else _parsed(text)
    except CanvasError as error:
        raise _named(name, error) from error


def pasted(text: str) -> ParsedCanvas | None:
    """The canvas in a text where words may stand as well; None where they do.

    Raises:
        CanvasError: if it begins a canvas, in code or as nothing but JSON, that cannot be read.
    """
    text = text.strip()
    if _CODE_BEGUN.search(text) or "Canvas()" in text or _is_json(text):
        return _parsed(text)
    if "{" in text:
        with suppress(CanvasError):
            return _parsed(text)
    return None


def _parsed(text: str) -> ParsedCanvas:
    if _is_json(text):
        return ParsedCanvas(*_from_json(text))
    text = _answer_in(_as_typed(text))
    if not _CODE_BEGUN.search(text) and (found := json_in(text)) is not None:
        return ParsedCanvas(*_from_found(found))
    return parse_canvas(text)


def write_canvas(canvas: Canvas, path: Path) -> tuple[Loss, ...]:
    """Write a canvas in the form that the file's ending says, one of those of :data:`FORMS`; what that cannot say.

    Raises:
        CanvasError: if the file has another ending or cannot be written; names the file.
    """
    form = form_of(path.name)
    if form is None:
        endings = _listed(tuple(each.ending for each in FORMS.values()))
        raise CanvasError(f"{path} ends in {path.suffix!r}; a canvas is written to a file that ends in {endings}.")
    written = form.write(canvas)
    try:
        path.write_text(written.text, encoding="utf-8")
    except OSError as error:
        raise CanvasError(f"{path} cannot be written ({error.strerror or error}).") from error
    return written.losses


def _is_json(text: str) -> bool:
    """Whether text in a file with another ending is JSON all the same."""
    if text.lstrip()[:1] not in ("{", "["):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _from_json_file(text: str) -> ParsedCanvas:
    """What a .json file holds, where it is code that was saved under the wrong name, too."""
    try:
        return ParsedCanvas(*_from_json(text))
    except CanvasError:
        if _CODE_BEGUN.search(text) is None or _is_json(text):
            raise
        return _parsed(text)


def _from_json(text: str) -> tuple[Canvas, tuple[Correction, ...]]:
    try:
        found = load_json(text)
    except CanvasError:
        found = json_in(text)
        if found is None:
            raise
    return _from_found(found)


def _from_found(found: object) -> tuple[Canvas, tuple[Correction, ...]]:
    if isinstance(found, dict) and found.get("version") is not None and "scene" in found:
        return read_json(json.dumps(found))
    return read_comfyui("[]") if found == [] else read_other(found)


def _answer_in(text: str) -> str:
    """What stands behind the last mark that ends thoughts, if a canvas does; else what stands before it."""
    parts = _THOUGHTS.split(text)
    return next((part for part in reversed(parts) if _CODE_BEGUN.search(part)), parts[-1])


def _as_typed(text: str) -> str:
    """Text out of a web page's source with the quotes that were typed."""
    return html.unescape(text) if _ENTITIES.search(text) else text


def _ending(name: str) -> str:
    ending = PurePath(name).suffix.lower()
    if ending not in ENDINGS:
        raise CanvasError(f"{name} ends in {ending!r}; a canvas file ends in {_listed(ENDINGS)}.")
    return ending


def _text(name: str, data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise CanvasError(f"{name} is larger than {MAX_BYTES} bytes, the most that a canvas file may have.")
    try:
        return data.decode(_encoding(data))
    except UnicodeDecodeError as error:
        raise CanvasError(f"{name} is not UTF-8 text (byte {error.start}): save it as UTF-8.") from None


def _encoding(data: bytes) -> str:
    """UTF-8, or one of UTF-16's forms, in which Windows programs save "Unicode"."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    for zeros, encoding in ((data[1:200:2], "utf-16-le"), (data[:200:2], "utf-16-be")):
        if len(zeros) > 1 and zeros.count(0) > 0.8 * len(zeros):
            return encoding
    return "utf-8-sig"


def _listed(endings: tuple[str, ...]) -> str:
    return f"{', '.join(endings[:-1])} or {endings[-1]}"


def _named(name: str, error: CanvasError) -> CanvasError:
    named = CanvasError(f"{name}: {error}")
    named.line = error.line
    return named
