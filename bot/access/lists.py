"""The lists of who may do what, as the settings have them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from bot.messages import Author
from bot.subjects import Subjects


class Rank(IntEnum):
    """What somebody may rule: nothing, their server or group, or everything."""

    NOBODY = 0
    HERE = 1
    EVERYWHERE = 2


@dataclass(frozen=True)
class AccessLists:
    """Names of subjects (:mod:`bot.subjects`). With an empty ``allow`` everybody is let in who is not blocked.

    Owners and admins rule everywhere and are always let in; owners alone may name other people's data.
    """

    owners: frozenset[str] = frozenset()
    admins: frozenset[str] = frozenset()
    allow: frozenset[str] = frozenset()
    block: frozenset[str] = frozenset()

    def rank(self, author: Author, subjects: Subjects) -> Rank:
        """What somebody may rule where they are. A place never makes somebody an admin of the bot."""
        own = {subjects.person, *subjects.roles}
        if not self.owners.isdisjoint(own) or not self.admins.isdisjoint(own):
            return Rank.EVERYWHERE
        return Rank.HERE if author.admin and subjects.server else Rank.NOBODY

    def blocks(self, subjects: Subjects) -> bool:
        """Whether somebody, or where they are, is on the block list."""
        return not self.block.isdisjoint(subjects.all)

    def lets_in(self, subjects: Subjects) -> bool:
        """Whether the allow list has them, or there is none."""
        return not self.allow or not self.allow.isdisjoint(subjects.all)


class CurrentLists:
    """The lists that hold now; they can be replaced while the bot runs."""

    def __init__(self, lists: AccessLists) -> None:
        self.now = lists

    def rank(self, author: Author, subjects: Subjects) -> Rank:
        """As :meth:`AccessLists.rank`, by the lists that hold now."""
        return self.now.rank(author, subjects)
