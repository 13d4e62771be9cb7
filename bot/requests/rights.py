"""Whose pictures somebody may change, and whose work they may stop. Pure; moderators may do both."""

from __future__ import annotations

from bot.jobs.job import Job, author_key
from bot.messages import Author, Place
from bot.requests.limits import Changing, InputError
from bot.telling import replies
from bot.turns.conversation import TurnRecord


def may_stop(job: Job, place: Place, author: Author) -> bool:
    """Whether somebody may stop work: whoever asked for it, and moderators. The one rule, whatever would stop it."""
    return author.moderator or job.author == author_key(place, author)


def check_change(turn: TurnRecord, author: Author, changing: Changing, beginner: str | None) -> None:
    """Do nothing, where somebody may change a picture; ``beginner`` is the id of who began its conversation.

    Raises:
        InputError: if they may not.
    """
    if changing == "all" or author.moderator or turn.author.id == author.id:
        return
    if changing == "thread":
        if beginner == author.id:
            return
        raise InputError(replies.NOT_YOUR_THREAD)
    raise InputError(replies.NOT_YOURS_TO_CHANGE)
