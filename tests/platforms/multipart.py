"""Forms that the client libraries post, read into memory.

aiohttp's own ``Request.post`` keeps each file in a temporary one, which stays open where the client is killed half-way.
"""

from __future__ import annotations

from aiohttp import BodyPartReader, web


async def posted(request: web.Request) -> dict[str, str | tuple[str, bytes]]:
    """Each field's text, or its file's name and content. An address-encoded form has texts only."""
    if request.content_type != "multipart/form-data":
        return {name: str(value) for name, value in (await request.post()).items()}
    values: dict[str, str | tuple[str, bytes]] = {}
    async for part in await request.multipart():
        assert isinstance(part, BodyPartReader), "a form in a form"
        assert part.name is not None, "a field without a name"
        content = bytes(await part.read(decode=True))
        values[part.name] = content.decode() if part.filename is None else (part.filename, content)
    return values
