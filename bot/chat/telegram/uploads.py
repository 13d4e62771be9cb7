"""Documents that people send: which may hold a canvas, and what is in them."""

from __future__ import annotations

from telegram import Document, Message

from bot.messages import LARGEST_UPLOAD, UPLOADS, Upload


def canvas_file(message: Message) -> Document | None:
    """The document of a message, if it may hold a canvas."""
    document = message.document
    return document if document is not None and (document.file_name or "").lower().endswith(UPLOADS) else None


async def fetched(document: Document) -> Upload:
    """A document with its content, unless it is too large for a canvas.

    Raises:
        TelegramError: if it cannot be fetched.
    """
    name, size = document.file_name or "", document.file_size or 0
    if size > LARGEST_UPLOAD:
        return Upload(name, size, None)
    content = await (await document.get_file()).download_as_bytearray()
    return Upload(name, len(content), bytes(content))
