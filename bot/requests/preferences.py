"""Defaults that people have for themselves and moderators for a place: whose they are, their form, and which hold.

What was asked for in a message comes first, then the person's own defaults, the place's, and those of the bot.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.catalogues.text import Text
from bot.messages import Action, Author, Form, Notice, Place, Reply
from bot.requests.limits import InputError, Limits
from bot.requests.options import Asked, of_defaults, preference_fields, read_defaults
from bot.requests.orders import Order, Save, Tell
from bot.store.preferences import Owner, Preferences, Scope, person
from bot.telling import refusals, replies

MINE = "me"
HERE = "here"
CHANNEL = "channel"
EVERYWHERE = "all"
"""What stands in a settings form in place of a turn: whose settings it is about."""

_SCOPES = {
    "": MINE,
    "me": MINE,
    "mine": MINE,
    "here": HERE,
    "channel": CHANNEL,
    "thread": HERE,
    "topic": HERE,
    "server": EVERYWHERE,
    "group": EVERYWHERE,
    "all": EVERYWHERE,
}
_TITLES = {
    MINE: Text("settings-mine"),
    HERE: Text("settings-here"),
    CHANNEL: Text("settings-channel"),
    EVERYWHERE: Text("settings-all"),
}


class DefaultForms:
    """Shows defaults, reads them, and says which hold."""

    def __init__(self, preferences: Preferences, limits: Limits) -> None:
        self._preferences = preferences
        self._limits = limits

    async def form(self, scope: str, place: Place, author: Author) -> Reply:
        """The form for ``/settings scope``; a Notice to those who may not change them."""
        whose = _SCOPES.get(scope.strip().lower())
        if whose is None:
            return Notice(refusals.unknown_scope(scope))
        if whose != MINE and not author.moderator:
            return Notice(replies.MODERATORS_ONLY)
        saved = await self._preferences.of(_owner(whose, place, author))
        return Form(_TITLES[whose], Action.SETTINGS, whose, preference_fields(saved, self._limits))

    def saving(self, whose: str, values: Mapping[str, str], place: Place, author: Author) -> Order:
        """What becomes of what a form brought back.

        Raises:
            InputError: if a value is wrong.
        """
        if whose not in _TITLES:
            raise InputError(replies.BAD_FORM)
        if whose != MINE and not author.moderator:
            return Tell(Notice(replies.MODERATORS_ONLY))
        defaults = read_defaults(values, self._limits)
        return Save(_owner(whose, place, author), defaults, Notice(replies.saved(defaults, whose)))

    async def defaults(self, place: Place, author: Author) -> list[Asked]:
        """The options of the place and of the person, to be applied in this order."""
        owners = [*(Owner(Scope.PLACE, place.platform, key) for key in reversed(_keys(place))), person(place, author)]
        return [of_defaults(each, self._limits) for each in await self._preferences.of_each(owners)]


def _owner(whose: str, place: Place, author: Author) -> Owner:
    if whose == MINE:
        return person(place, author)
    keys = _keys(place)
    number = {HERE: 0, CHANNEL: max(0, len(keys) - 2), EVERYWHERE: -1}[whose]
    return Owner(Scope.PLACE, place.platform, keys[number])


def _keys(place: Place) -> tuple[str, ...]:
    """The keys that a place's defaults may be under, from narrow to wide.

    Of ``server/channel/thread`` they are that, ``server/channel`` and ``server``. In ``group/topic#chain`` a chain of
    replies has none of its own.
    """
    parts = place.key.partition("#")[0].split("/")
    return tuple("/".join(parts[:end]) for end in range(len(parts), 0, -1))
