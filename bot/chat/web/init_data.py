"""What Telegram tells a Mini App of whoever opened it, and whether it is true.

The text comes from the person's own device, signed by Telegram with the bot's token (core.telegram.org/bots/webapps,
"Validating data received via the Mini App"): it is theirs, of this bot, and not older than a link. Text that has
opened one link opens no other. Knows no page and no bot.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from urllib.parse import parse_qsl

from bot.chat.web.board_links import LINK_MINUTES, LinkError, LinkExpiredError

LONGEST = 8_000
"""Characters; Telegram's are a few hundred."""

_AHEAD = 60
"""Seconds by which Telegram's clock may be before this one."""
_MOST = 10_000
"""Texts that are remembered; each is for less than an hour."""


class InitData:
    """Checks such texts for one bot. Remembers which link each has opened."""

    def __init__(self, token: str, minutes: float = LINK_MINUTES, now: Callable[[], float] = time.time) -> None:
        self._key = hmac.digest(b"WebAppData", token.encode(), hashlib.sha256)
        self._seconds = 60 * minutes
        self._now = now
        self._opened: dict[str, tuple[float, str]] = {}

    def check(self, text: str, person: str, link: str) -> None:
        """Do nothing, where Telegram says that ``person``, by their id, has just opened the app that ``link`` is for.

        Raises:
            LinkExpiredError: if they opened it too long ago.
            LinkError: if it is not signed for this bot, is another person's, or has opened another link.
        """
        fields = self._signed(text)
        since = self._now() - _whole(fields.get("auth_date"))
        if since > self._seconds:
            raise LinkExpiredError("opened too long ago")
        if since < -_AHEAD:
            raise LinkError("opened in the future")
        if _person(fields.get("user", "")) != person:
            raise LinkError("somebody else's")
        self._forget()
        if self._opened.setdefault(fields["hash"], (self._now(), link))[1] != link:
            raise LinkError("used for another link")

    def _signed(self, text: str) -> dict[str, str]:
        if len(text) > LONGEST:
            raise LinkError("too long")
        try:
            pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True, encoding="utf-8", errors="strict")
        except ValueError:
            raise LinkError("no fields") from None
        fields = dict(pairs)
        if len(fields) != len(pairs) or "hash" not in fields:
            raise LinkError("no signature")
        lines = "\n".join(f"{name}={value}" for name, value in sorted(pairs) if name != "hash")
        right = hmac.digest(self._key, lines.encode(), hashlib.sha256).hex()
        if not hmac.compare_digest(right.encode(), fields["hash"].encode()):
            raise LinkError("another signature")
        return fields

    def _forget(self) -> None:
        """Leave out what is too old to open anything, and the oldest of what is too much."""
        for name, (since, _) in list(self._opened.items()):
            if self._now() - since <= self._seconds + _AHEAD and len(self._opened) < _MOST:
                break
            del self._opened[name]


def _whole(text: str | None) -> int:
    if text is None or not text.isdecimal() or len(text) > 12:
        raise LinkError("no time")
    return int(text)


def _person(text: str) -> str:
    try:
        user = json.loads(text)
    except (ValueError, RecursionError):
        raise LinkError("nobody") from None
    found = user.get("id") if isinstance(user, dict) else None
    return str(found) if isinstance(found, int) and not isinstance(found, bool) else ""
