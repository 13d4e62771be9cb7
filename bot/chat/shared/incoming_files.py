"""Files that come with people's messages: which are read, and whether they hold a canvas, a picture or words.

Shared by the platforms, each of which fetches. Decides nothing about what is drawn.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.messages import PICTURES, UPLOADS, Upload, largest_file

TEXTS = (".txt", ".md")
"""Discord's app makes ``message.txt`` of what is pasted at length; what such a file holds are mostly words."""

_ENDINGS = {"text/plain": ".txt", "text/markdown": ".md", "text/x-python": ".py", "application/json": ".json"}
"""What a file would be called by what its platform takes it for."""

_CODE = "Canvas("


def read_name(name: str, kind: str = "") -> str:
    """A file's name as one that may hold a canvas, a picture or words; empty if it may not.

    ``kind`` is what the platform takes it for, a MIME type, which helps where the name says nothing.
    """
    if name.lower().endswith((*UPLOADS, *PICTURES, *TEXTS)):
        return name
    ending = _ENDINGS.get(kind.partition(";")[0].strip().lower(), "")
    return ending and f"{name}{ending}"


def is_text(name: str) -> bool:
    """Whether a file may hold words, by its name."""
    return name.lower().endswith(TEXTS)


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
    """What a text file says; None for what may be a canvas, and for what was too large or is no text."""
    if file.content is None or not is_text(file.name):
        return None
    windows = file.content.startswith((b"\xff\xfe", b"\xfe\xff"))  # programs there call UTF-16 "Unicode"
    try:
        words = file.content.decode("utf-16" if windows else "utf-8-sig").strip()
    except UnicodeDecodeError:
        return None
    return None if _CODE in words or words.startswith(("{", "[")) else words


def with_words(text: str, file: Upload) -> tuple[str, Upload | None]:
    """A request's words and file, where the file may have been words as well."""
    words = words_in(file)
    return (text, file) if words is None else ("\n".join(part for part in (text, words) if part), None)
