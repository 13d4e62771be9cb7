"""Who and where, by name: how settings, quotas and rulings name people, roles and places.

``platform:ID`` is a person, ``platform:role:ID`` a role, ``platform:place:ID`` a server, channel, thread or chat. Pure;
knows no platform but by its name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.messages import Author, Place

_PLACES = ("place", "server", "channel", "thread", "chat", "group")
_MENTION = re.compile(r"<(@!?|@&|#)(\d+)>")
_NAME = re.compile(r"([a-z]{1,32}):(?:([a-z]+):)?([\w.@+-]{1,255})")

PERSON, CHANNEL, SERVER = "person", "channel", "server"
EACH = (PERSON, CHANNEL, SERVER)
"""What stands for each person, each channel, each server, in place of a subject's name."""

FORM = "platform:ID for a person, platform:role:ID, platform:server:ID, platform:channel:ID or platform:chat:ID"
"""How a subject is written."""


@dataclass(frozen=True)
class Subjects:
    """The names that somebody who does something somewhere goes by.

    ``places`` go from wide to narrow: a server, its channel, the thread; a chat, its topic.
    """

    person: str
    roles: tuple[str, ...] = ()
    places: tuple[str, ...] = ()

    @property
    def all(self) -> frozenset[str]:
        """Every one of the names."""
        return frozenset((self.person, *self.roles, *self.places))

    @property
    def server(self) -> str:
        """The widest place: a server, or a chat; empty where the place has no name that others could know."""
        return self.places[0] if self.places else ""

    @property
    def channel(self) -> str:
        """The channel of a server, or what there is of a place that has none."""
        return self.places[min(1, len(self.places) - 1)] if self.places else ""


def subjects_of(place: Place, author: Author) -> Subjects:
    """What somebody, and where they are, is called.

    A place's key is ``wide/narrow/narrower``, and ``…#chain`` where a chain of replies is a conversation of its own.
    """
    parts = place.key.partition("#")[0].split("/")
    places = tuple(f"{place.platform}:place:{part}" for part in parts)
    roles = tuple(f"{place.platform}:role:{role}" for role in author.roles)
    return Subjects(f"{place.platform}:{author.id}", roles, places)


def read_subject(text: str, platform: str = "", here: str = "") -> str | None:
    """A subject's name from how people write it, None if it is none.

    On a ``platform``, a bare id and Discord's mentions will do; ``here`` is the place that the word stands for.
    """
    written = text.strip()
    if written.lower() == "here" and here:
        return here
    if platform and (mention := _MENTION.fullmatch(written)) is not None:
        kind = {"@&": "role:", "#": "place:"}.get(mention[1], "")
        return f"{platform}:{kind}{mention[2]}"
    if platform and re.fullmatch(r"-?\d{1,20}", written):
        return f"{platform}:{'place:' if written.startswith('-') else ''}{written}"
    found = _NAME.fullmatch(written)
    return _named(*found.groups()) if found is not None else None


def _named(platform: str, kind: str | None, key: str) -> str | None:
    """A subject's name from its parts; a place is one, whatever kind it is called."""
    if kind is None or kind == "role":
        return f"{platform}:{'role:' if kind else ''}{key}"
    return f"{platform}:place:{key}" if kind in _PLACES else None


def is_person(subject: str) -> bool:
    """Whether a subject is somebody, not a role or a place."""
    return subject.count(":") == 1
