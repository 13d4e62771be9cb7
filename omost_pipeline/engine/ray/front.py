"""What a desk answers over HTTP: ``PUT``, ``GET`` and ``DELETE`` of ``/errands/ID``. Knows no Ray.

The first two answer with events: what is begun is asked about at once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from omost_pipeline.engine.events import Part
from omost_pipeline.engine.ray.desk import Desk, Errand
from omost_pipeline.engine.ray.frames import unpack

Hold = Callable[[bytes], Awaitable[bytes]]
"""Puts bytes where replicas find them; awaiting what it gives brings them back."""


async def answer(desk: Desk, request: Request, hold: Hold) -> Response:
    """What there is to say to a request of the bot's."""
    name = request.url.path.rpartition("/")[2]
    if request.method == "PUT":
        head, assets = unpack(await request.body())
        held = {asset: hold(content) for asset, content in assets.items()}
        desk.begin(Errand(name, Part(head["part"]), head["request"], held))
    if request.method == "DELETE":
        desk.forget(name)
        return Response(status_code=204)
    asked = request.query_params
    body = await desk.fetch(name, int(asked.get("after", "0")), float(asked.get("wait", "0")))
    return Response(body) if body is not None else PlainTextResponse(f"there is no request {name!r} here", 404)
