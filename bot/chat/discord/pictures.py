"""How much of what a message carries Discord takes: so many bytes a file, a request, so many files. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat.shared.fitting import Sign, fitted, unsigned
from bot.messages import Attachment

DEFAULT_LIMIT = 10 * 2**20
"""Bytes a file may have where a server has no boosts."""

REQUEST_LIMIT = 24 * 2**20
"""Bytes that all files of a message may have, with room for the rest of the request."""

MOST_FILES = 10


def all_fitted(files: Sequence[Attachment], limit: int, sign: Sign = unsigned) -> tuple[Attachment, ...]:
    """The files, each of at most ``limit`` bytes and together within a request; what cannot be made to fit is left out.

    A message holds ten files; further ones are left out too. Takes CPU time where a picture is too large: call it on a
    thread.
    """
    kept = files[:MOST_FILES]
    each = min(limit, REQUEST_LIMIT // max(1, len(kept)))
    if sum(len(file.content) for file in kept) <= REQUEST_LIMIT:
        each = limit
    return tuple(small for file in kept if (small := fitted(file, each, sign)) is not None)
