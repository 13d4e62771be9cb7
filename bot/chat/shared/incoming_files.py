"""Files that come with people's messages: which are read, and whether they hold a canvas, a picture or words.

Shared by the platforms, each of which fetches. Decides nothing about what is drawn.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.messages import PICTURES, UPLOADS, Upload, largest_file

_TEXTS = (".txt", ".md")
"""Discord's app makes ``message.txt`` of what is pasted at length; what such a file holds are mostly words."""

_CODE = "Canvas("


def is_read(name: str) -> bool:
    """Whether a file of this name may hold a canvas, a picture or words."""
    return name.lower().endswith((*UPLOADS, *PICTURES, *_TEXTS))


def is_picture(name: str) -> bool:
    """Whether a file is a picture, by its name."""
    return name.lower().endswith(PICTURES)


async def fetched(name: str, size: int, fetch: Callable[[], Awaitable[bytes]]) -> Upload:
    """A file with its content, unless it is too large to be read. Raises what ``fetch`` raises."""
    if size > largest_file(name):
        return Upload(name, size, None)
    content = await fetch()
    return Upload(name, len(content), content)


def words_in(file: Upload) -> str | None:
    """What a text file says; None for a canvas, and for what was too large or is no text."""
    if file.content is None or not file.name.lower().endswith(_TEXTS):
        return None
    try:
        words = file.content.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        return None
    return None if _CODE in words else words


def with_words(text: str, file: Upload) -> tuple[str, Upload | None]:
    """A request's words and file, where the file may have been words as well."""
    words = words_in(file)
    return (text, file) if words is None else ("\n".join(part for part in (text, words) if part), None)
