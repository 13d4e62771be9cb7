"""Requests and events as JSON, and back: what crosses to an engine in another process. Knows no engine."""

from __future__ import annotations

import json
from functools import cache
from typing import get_args

from pydantic import TypeAdapter

from omost_pipeline.engine.events import Event
from omost_pipeline.engine.requests import Request

_KINDS = {kind.__name__: kind for kind in (*get_args(Request), *get_args(Event))}


def to_json(crossing: Request | Event) -> str:
    """A request or an event as one JSON object: its kind and its fields."""
    kind = type(crossing)
    return json.dumps({"kind": kind.__name__, "fields": _adapter(kind.__name__).dump_python(crossing, mode="json")})


def from_json(text: str) -> Request | Event:
    """The request or event that :func:`to_json` wrote.

    Raises:
        ValueError: if the text is none; says what is wrong with it.
    """
    read = json.loads(text)
    if not isinstance(read, dict) or read.get("kind") not in _KINDS:
        raise ValueError(f"neither a request nor an event: {text[:80]!r}")
    return _adapter(read["kind"]).validate_python(read.get("fields"), strict=False)


@cache
def _adapter(kind: str) -> TypeAdapter[Request | Event]:
    return TypeAdapter(_KINDS[kind])
