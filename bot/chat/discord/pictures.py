"""Makes files fit Discord's upload limits: a picture that is too large is encoded again until it fits.

Only what is sent changes; the caller keeps the original. Pure but for the CPU time it takes: call it on a thread.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import PurePath

from PIL import Image, UnidentifiedImageError

from bot.messages import Attachment

DEFAULT_LIMIT = 10 * 2**20
"""Bytes a file may have where a server has no boosts."""

REQUEST_LIMIT = 24 * 2**20
"""Bytes that all files of a message may have, with room for the rest of the request."""

_QUALITIES = (95, 90, 80, 65)
_SCALES = (1.0, 0.75, 0.5, 0.35, 0.25, 0.12)


def fitted(files: Sequence[Attachment], limit: int) -> tuple[Attachment, ...]:
    """The files, each of at most ``limit`` bytes and together within a request; what cannot be made to fit is left out.

    A message holds ten files; further ones are left out too.
    """
    kept = files[:10]
    each = min(limit, REQUEST_LIMIT // max(1, len(kept)))
    if sum(len(file.content) for file in kept) <= REQUEST_LIMIT:
        each = limit
    return tuple(small for file in kept if (small := _fitted(file, each)) is not None)


def _fitted(file: Attachment, limit: int) -> Attachment | None:
    if len(file.content) <= limit:
        return file
    try:
        with Image.open(io.BytesIO(file.content)) as image:
            image.load()
            return next((found for found in _versions(file, image) if len(found.content) <= limit), None)
    except UnidentifiedImageError:
        return None


def _versions(file: Attachment, image: Image.Image) -> Iterator[Attachment]:
    """Ever smaller versions: first ever coarser, then of ever fewer pixels."""
    name = PurePath(file.name).stem
    flat = image.convert("RGB")
    for scale in _SCALES:
        size = max(1, round(flat.width * scale)), max(1, round(flat.height * scale))
        smaller = flat if scale == 1 else flat.resize(size, Image.Resampling.LANCZOS)
        for quality in _QUALITIES:
            yield replace(file, name=f"{name}.jpg", content=_encoded(smaller, quality))


def _encoded(image: Image.Image, quality: int) -> bytes:
    into = io.BytesIO()
    image.save(into, "JPEG", quality=quality)
    return into.getvalue()
