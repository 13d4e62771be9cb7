"""Forms that the client libraries post, read into memory.

aiohttp's own ``Request.post`` keeps each file in a temporary one, which stays open where the client is killed half-way,
and warns of a deprecated method of its own where a part ends just so.
"""

from __future__ import annotations

from aiohttp import web
from python_multipart.multipart import Field, File, create_form_parser

_IN_MEMORY = {"MAX_MEMORY_FILE_SIZE": 1 << 30}


async def posted(request: web.Request) -> dict[str, str | tuple[str, bytes]]:
    """Each field's text, or its file's name and content."""
    if request.content_type != "multipart/form-data":
        return {name: str(value) for name, value in (await request.post()).items()}
    values: dict[str, str | tuple[str, bytes]] = {}

    def text(field: Field) -> None:
        values[_words(field.field_name)] = _words(field.value)

    def file(each: File) -> None:
        each.file_object.seek(0)
        values[_words(each.field_name)] = _words(each.file_name), each.file_object.read()
        each.close()

    body = await request.read()
    parser = create_form_parser({"Content-Type": request.headers["Content-Type"].encode()}, text, file, _IN_MEMORY)
    parser.write(body)
    parser.finalize()
    return values


def _words(given: bytes | None) -> str:
    return (given or b"").decode()
