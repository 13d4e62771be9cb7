"""Links that open one person's canvas page: signed, for one turn, and void after a while.

Whoever holds a link acts as the person it was made for, on that turn alone. Knows no page and no bot.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from bot.messages import Author, Place

LINK_MINUTES = 30
"""How long a link opens its page."""

_PURPOSE, _APP = "canvas", "canvas in an app"


APPS = "/canvas/app/"
"""What the addresses of Mini Apps begin with."""

START = f"{APPS}start"
"""The address of the one Mini App that direct links open; what they are for is their start parameter."""

_LONGEST_START = 512
"""Letters, digits, _ and - of a start parameter (core.telegram.org/bots/webapps, "Direct Link Mini Apps")."""


class LinkError(Exception):
    """A link that opens nothing."""


class LinkExpiredError(LinkError):
    """A link that was good once."""


class OpenedElsewhereError(LinkError):
    """A link that is good in another browser."""


class NotTheirsError(LinkError):
    """A link that Telegram does not say is opened by its person."""


@dataclass(frozen=True)
class Grant:
    """What a link allows: ``author`` may see the canvas of ``turn`` and draw a changed one into ``place``."""

    place: Place
    author: Author
    turn: str


class BoardLinks:
    """Makes and reads links under one public address."""

    def __init__(self, public_url: str, secret: str, minutes: float = LINK_MINUTES) -> None:
        self._public_url = public_url.rstrip("/")
        self._seconds = round(60 * minutes)
        self._signer = URLSafeTimedSerializer(secret, salt=_PURPOSE)
        self._apps = URLSafeTimedSerializer(secret, salt=_APP)

    @property
    def is_secure(self) -> bool:
        """Whether the page is reached by https."""
        return self._public_url.startswith("https://")

    def url(self, grant: Grant) -> str:
        """The address that opens the page for a while."""
        return f"{self._public_url}/canvas/{self.token(grant)}"

    def app_url(self, grant: Grant) -> str:
        """The address that opens the page as a Mini App: for whoever Telegram says is the person."""
        return f"{self._public_url}{APPS}{self.token(grant, app=True)}"

    def start_url(self, mini_app: str, grant: Grant) -> str:
        """The link of Telegram's that opens :data:`START` as a Mini App, in groups, too."""
        nameless = replace(grant, author=replace(grant.author, name=""))  # as long as it likes; Telegram tells it anew
        start = base64.urlsafe_b64encode(self.token(nameless, app=True).encode()).decode().rstrip("=")
        assert len(start) <= _LONGEST_START, "ids are short"
        return f"{mini_app}?startapp={start}"

    def read_start(self, start: str) -> Grant:
        """The grant of a start parameter; its author has no name.

        Raises:
            LinkError: as :meth:`read`.
        """
        try:
            token = base64.urlsafe_b64decode(start.encode() + b"=" * (-len(start) % 4)).decode("ascii")
        except (ValueError, binascii.Error):
            raise LinkError("no start parameter of ours") from None
        return self.read(token, app=True)

    def token(self, grant: Grant, *, app: bool = False) -> str:
        """What names a grant in an address. One of an ``app`` opens nothing alone, nor another's page."""
        return str((self._apps if app else self._signer).dumps(asdict(grant)))

    def read(self, token: str, *, app: bool = False) -> Grant:
        """The grant of a token.

        Raises:
            LinkExpiredError: if it was made too long ago.
            LinkError: if it was not made here.
        """
        try:
            found = (self._apps if app else self._signer).loads(token, max_age=self._seconds)
        except SignatureExpired as error:
            raise LinkExpiredError(str(error)) from None
        except BadSignature as error:
            raise LinkError(str(error)) from None
        author = found["author"]
        return Grant(Place(**found["place"]), Author(**{**author, "roles": tuple(author["roles"])}), found["turn"])


def link_secret(file: Path) -> str:
    """The secret that links are signed with, made at first use; only this user can read its file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as made:
            made.write(secrets.token_urlsafe(32))
    except FileExistsError:
        pass
    return file.read_text()
