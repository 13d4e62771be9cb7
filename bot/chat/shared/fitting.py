"""Makes pictures fit a platform: one that is too large is encoded again, ever coarser and then ever smaller.

Only what is sent changes; the caller keeps the original. Pure but for the CPU time it takes: call it on a thread.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import PurePath

from PIL import Image, UnidentifiedImageError

from bot.messages import Attachment

_QUALITIES = (95, 90, 80, 65)
_SCALES = (1.0, 0.75, 0.5, 0.35, 0.25, 0.12)


Sign = Callable[[bytes], bytes]


def unsigned(content: bytes) -> bytes:
    """Signs nothing."""
    return content


def fitted(file: Attachment, limit: int, sign: Sign = unsigned) -> Attachment | None:
    """The file, as a JPEG if need be, in at most ``limit`` bytes; None for what is no picture or cannot be so small.

    ``sign`` signs what is encoded again, where the picture was signed.
    """
    if len(file.content) <= limit:
        return file
    try:
        with Image.open(io.BytesIO(file.content)) as image:
            flat = image.convert("RGB")
    except UnidentifiedImageError:
        return None
    return encoded(file, flat, limit, sign)


def encoded(file: Attachment, image: Image.Image, limit: int, sign: Sign = unsigned) -> Attachment | None:
    """``image`` in place of the file's content, as a JPEG of at most ``limit`` bytes; None if that cannot be."""
    for found in _versions(file, image):
        content = sign(found.content) if len(found.content) <= limit else found.content
        if len(content) <= limit:
            return replace(found, content=content)
    return None


def _xmp_of(content: bytes) -> bytes:
    """What a picture says of where it comes from (XMP), which another encoding of it is to say, too."""
    with Image.open(io.BytesIO(content)) as image:
        found = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    return found.encode() if isinstance(found, str) else bytes(found)


def _versions(file: Attachment, image: Image.Image) -> Iterator[Attachment]:
    """Ever smaller versions: first ever coarser, then of ever fewer pixels."""
    name = f"{PurePath(file.name).stem}.jpg"
    xmp = _xmp_of(file.content)
    for scale in _SCALES:
        size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
        smaller = image if scale == 1 else image.resize(size, Image.Resampling.LANCZOS)
        for quality in _QUALITIES:
            yield replace(file, name=name, content=_jpeg(smaller, quality, xmp))


def _jpeg(image: Image.Image, quality: int, xmp: bytes) -> bytes:
    into = io.BytesIO()
    image.save(into, "JPEG", quality=quality, **({"xmp": xmp} if xmp else {}))
    return into.getvalue()
