"""What Telegram's programs tell a Mini App, signed as Telegram signs it."""

from __future__ import annotations

import hashlib
import hmac
import json
from urllib.parse import urlencode

TOKEN = "1:token"


def init_data(person: int | str, at: float, token: str = TOKEN, **more: str) -> str:
    """The text for a person who opens an app at a time in seconds since 1970."""
    fields = {
        "auth_date": str(int(at)),
        "query_id": "q",
        "user": json.dumps({"id": person, "first_name": "Ann"}),
        **more,
    }
    lines = "\n".join(f"{name}={fields[name]}" for name in sorted(fields))
    key = hmac.new(b"WebAppData", token.encode(), hashlib.sha256).digest()
    return urlencode({**fields, "hash": hmac.new(key, lines.encode(), hashlib.sha256).hexdigest()})
