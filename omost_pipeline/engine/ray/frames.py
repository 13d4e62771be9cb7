"""What crosses between the bot and a cluster's desk: some JSON, and the bytes of assets behind it as they are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from omost_pipeline.engine.events import Drawn, Event, Stepped
from omost_pipeline.engine.requests import ComposeRequest, DrawRequest, LookRequest, Request


def pack(head: Mapping[str, Any], assets: Mapping[str, bytes]) -> bytes:
    """One body: a line of JSON, and the assets one after the other."""
    sizes = [[name, len(content)] for name, content in assets.items()]
    line = json.dumps({**head, "assets": sizes}, ensure_ascii=True, separators=(",", ":"))
    return b"".join((line.encode(), b"\n", *assets.values()))


def unpack(body: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What :func:`pack` was given.

    Raises:
        ValueError: if the body was not made by it, or not all of it has come.
    """
    line, newline, rest = body.partition(b"\n")
    head = json.loads(line) if newline else None
    if not isinstance(head, dict) or not isinstance(sizes := head.pop("assets", None), list):
        raise ValueError(f"neither events nor a request: {line[:80]!r}")  # noqa: TRY004 - as json's own
    assets: dict[str, bytes] = {}
    place = 0
    for name, size in sizes:
        assets[name] = rest[place : place + size]
        place += size
    if place != len(rest):
        raise ValueError(f"{len(rest)} bytes of assets came, in place of {place}")
    return head, assets


def assets_of(crossing: Request | Event) -> list[str]:
    """The ids of the assets that a request needs, or that an event speaks of."""
    if isinstance(crossing, DrawRequest):
        earlier, likenesses = crossing.earlier, crossing.references.values()
        begun = earlier.assets if earlier is not None else ()
        return _named(crossing.picture, *begun, *likenesses)
    if isinstance(crossing, ComposeRequest):
        return _named(crossing.picture)
    if isinstance(crossing, LookRequest):
        return _named(crossing.picture)
    if isinstance(crossing, Stepped):
        return _named(crossing.preview)
    if isinstance(crossing, Drawn):
        return _named(crossing.mask, *(asset for each in crossing.pictures for asset in each.assets))
    return []


def _named(*assets: str) -> list[str]:
    return [asset for asset in assets if asset]
