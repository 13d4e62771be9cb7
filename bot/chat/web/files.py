"""Attachments under addresses of their own: named by content, so that a browser keeps them and pages stay light."""

from __future__ import annotations

import io
import struct
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from PIL import Image

from bot.messages import Attachment, digest_of, shown_size

_PICTURES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".avif": "image/avif",
    ".bmp": "image/bmp",
}
_MOST_PIXELS = 50_000_000
"""Of a picture that a browser is to show; people may send any file under any name."""
_ORIENTATION, _ON_ITS_SIDE = 0x0112, (5, 6, 7, 8)
_TEXTS = {".py", ".json", ".txt", ".md"}
_KEPT_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class WebFile:
    """An attachment as a page shows it. ``width`` and ``height`` are 0 unless it is a picture; pixels of the file.

    A ``spoiler`` is seen when it is opened.
    """

    url: str
    name: str
    description: str
    size: int
    width: int = 0
    height: int = 0
    spoiler: bool = False

    @property
    def is_picture(self) -> bool:
        """Whether the browser can show it."""
        return self.width > 0

    @property
    def shown_size(self) -> tuple[int, int]:
        """Width and height on the page in CSS pixels (:func:`~bot.messages.shown_size`)."""
        return shown_size(self.width, self.height)

    @property
    def is_magnified(self) -> bool:
        """Whether the page shows a file's pixel as several of its own, which must then stay crisp."""
        return self.shown_size[0] > self.width


@dataclass(frozen=True)
class Served:
    """What the browser gets for an address."""

    content: bytes
    media_type: str


def is_text(name: str) -> bool:
    """Whether an attachment of this name is text to read in the page."""
    return PurePosixPath(name).suffix.lower() in _TEXTS


def _suffix(name: str) -> str:
    suffix = PurePosixPath(name).suffix.lower()
    return suffix if suffix in _PICTURES or suffix in _TEXTS else ".bin"


def _media_type(suffix: str) -> str:
    if suffix in _TEXTS:
        return "text/plain; charset=utf-8"  # whatever the text says, a browser must not run it
    return _PICTURES.get(suffix, "application/octet-stream")


def _picture_size(attachment: Attachment) -> tuple[int, int]:
    if _suffix(attachment.name) not in _PICTURES:
        return 0, 0
    try:
        with Image.open(io.BytesIO(attachment.content)) as picture:
            width, height = picture.size
            turned = picture.getexif().get(_ORIENTATION) in _ON_ITS_SIDE
    except (OSError, ValueError, SyntaxError, struct.error, Warning, Image.DecompressionBombError):
        return 0, 0
    if width * height > _MOST_PIXELS:
        return 0, 0
    return (height, width) if turned else (width, height)


class Files:
    """Keeps the attachments that pages show lately; what it has dropped it finds again in the transcript."""

    def __init__(self, find: Callable[[str, str], Awaitable[Attachment | None]]) -> None:
        """``find`` gives the attachment of a conversation, by its key, with a digest."""
        self._find = find
        self._kept: OrderedDict[tuple[str, str], Served] = OrderedDict()
        self._bytes = 0

    def publish(self, key: str, attachment: Attachment) -> WebFile:
        """Give an attachment of a conversation, by its whole key, its address."""
        suffix = _suffix(attachment.name)
        name = f"{digest_of(attachment.content)}{suffix}"
        self._keep((key, name), Served(attachment.content, _media_type(suffix)))
        width, height = _picture_size(attachment)
        size = len(attachment.content)
        url = f"/attachments/{key.rpartition('/')[2]}/{name}"
        return WebFile(url, attachment.name, attachment.description, size, width, height, attachment.spoiler)

    async def find(self, key: str, name: str) -> Served | None:
        """The attachment behind an address, or None if the conversation has none such."""
        if (key, name) not in self._kept:
            found = await self._find(key, PurePosixPath(name).stem)
            if found is not None:
                self.publish(key, found)
        return self._kept.get((key, name))

    def clear(self) -> None:
        """Keep nothing."""
        self._kept.clear()
        self._bytes = 0

    def _keep(self, name: tuple[str, str], served: Served) -> None:
        if name not in self._kept:
            self._bytes += len(served.content)
        self._kept[name] = served
        self._kept.move_to_end(name)
        while self._bytes > _KEPT_BYTES and len(self._kept) > 1:
            _, dropped = self._kept.popitem(last=False)
            self._bytes -= len(dropped.content)
