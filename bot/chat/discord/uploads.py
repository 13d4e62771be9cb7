"""Attachments that people send: which may hold a canvas, and what is in them."""

from __future__ import annotations

import discord

from bot.messages import LARGEST_UPLOAD, UPLOADS, Upload


def canvas_file(message: discord.Message) -> discord.Attachment | None:
    """The first of a message's attachments that may hold a canvas."""
    return next((each for each in message.attachments if each.filename.lower().endswith(UPLOADS)), None)


async def fetched(attachment: discord.Attachment) -> Upload:
    """An attachment with its content, unless it is too large for a canvas.

    Raises:
        discord.HTTPException: if Discord does not give it.
        OSError, TimeoutError, aiohttp.ClientError: if Discord cannot be reached.
    """
    if attachment.size > LARGEST_UPLOAD:
        return Upload(attachment.filename, attachment.size, None)
    content = await attachment.read()
    return Upload(attachment.filename, len(content), content)
