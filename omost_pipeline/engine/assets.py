"""Assets in this process's memory, and pictures as assets' bytes. Safe to use from any thread."""

from __future__ import annotations

import io
import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterable

from PIL import Image

from omost_pipeline.errors import AssetGoneError

_PNG, _PNG_END = b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"

_MOST_BYTES = 2**30
"""All assets together; two dozen batches of twelve pictures of a megapixel."""


class MemoryAssets:
    """Keeps the newest assets, ``most`` bytes of them; who comes late for an older one is told so."""

    def __init__(self, most: int = _MOST_BYTES) -> None:
        self._most = most
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def keep(self, content: bytes) -> str:
        """As :meth:`put`, from any thread."""
        asset = secrets.token_hex(8)
        self.receive(asset, content)
        return asset

    def receive(self, asset: str, content: bytes) -> None:
        """Keep an asset under the id that another engine gave it; from any thread."""
        with self._lock:
            self._size -= len(self._kept.pop(asset, b""))
            self._kept[asset] = content
            self._size += len(content)
            while self._size > self._most and len(self._kept) > 1:
                _, oldest = self._kept.popitem(last=False)
                self._size -= len(oldest)

    def read(self, asset: str) -> bytes:
        """As :meth:`get`, from any thread."""
        with self._lock:
            content = self._kept.get(asset)
        if content is None:
            raise AssetGoneError(f"The asset {asset!r} is no longer kept.")
        return content

    async def put(self, content: bytes) -> str:
        return self.keep(content)

    async def get(self, asset: str) -> bytes:
        return self.read(asset)

    async def discard(self, assets: Iterable[str]) -> None:
        with self._lock:
            for asset in assets:
                self._size -= len(self._kept.pop(asset, b""))


def picture_bytes(picture: Image.Image) -> bytes:
    """A picture as a binary PPM file: RGB, not compressed, so that it costs next to no time."""
    file = io.BytesIO()
    picture.convert("RGB").save(file, format="PPM")
    return file.getvalue()


def packed(picture: bytes) -> bytes:
    """A picture's file as a PNG file, which may take a quarter of a second for a megapixel; one that is one, as it is.

    Raises:
        OSError: if the bytes are no picture.
    """
    if picture.startswith(_PNG) and picture.endswith(_PNG_END):
        return picture
    file = io.BytesIO()
    picture_of(picture).save(file, format="PNG")
    return file.getvalue()


def picture_of(content: bytes) -> Image.Image:
    """The picture in a file, in RGB.

    Raises:
        OSError: if the bytes are no picture.
    """
    return Image.open(io.BytesIO(content)).convert("RGB")
