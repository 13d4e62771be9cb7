"""What a job is, and in which order waiting jobs run. Pure; knows no database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from bot.catalogues.text import Wording
from bot.jobs.quotas import Quotas
from bot.messages import Author, Place
from bot.turns.conversation import Draft

MAX_ATTEMPTS = 3
"""How often a job is begun before it is taken to be what kills the bot."""


class State(StrEnum):
    """How far a job is. From the last three nothing leads back; ``Job.posted`` then tells whether the user knows."""

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"


ACTIVE = (State.QUEUED, State.RUNNING)


class JobKind(StrEnum):
    """What of a job is still to be done: the canvas and then the picture, the picture alone, or only showing it."""

    COMPOSE = "compose"
    RENDER = "render"
    SHOW = "show"


@dataclass(frozen=True)
class Job:
    """GPU work for one turn. ``status_message`` is the platform's id of the one message that tells of it.

    ``attempts`` counts how often it was begun; times are seconds since 1970 (UTC). Ids grow in the order of asking.
    ``fence`` grows with each claim where several workers may claim it (:mod:`bot.jobs.leases`), and is 0 elsewhere;
    a turn's next job goes on from it.
    """

    id: int
    turn: str
    conversation: int
    place: Place
    author: str
    kind: JobKind
    state: State
    status_message: str | None
    error: Wording
    attempts: int
    created: float
    started: float | None = None
    finished: float | None = None
    posted: float | None = None
    fence: int = 0

    @property
    def nonce(self) -> str:
        """Names the status message to the platform; never used for another one, even in a new database."""
        return f"{self.turn}-{self.id}"


def count_pictures(draft: Draft) -> float:
    """How many pictures a draft asks for, whatever they take."""
    return float(draft.images)


@dataclass(frozen=True)
class Allowance:
    """How much work may be asked for: waiting for one author and for all, and of one author in a minute.

    It is counted in usual pictures, as ``weigh`` does it: a picture of twice the pixels, or of twice the steps, counts
    as two. One request may be larger than what is allowed if nothing else is counted with it. ``quotas`` are those of
    hours and days.
    """

    waiting_per_author: float = 5
    waiting: float = 50
    per_minute: float = 20
    weigh: Callable[[Draft], float] = count_pictures
    quotas: Quotas = field(default_factory=Quotas)


def author_key(place: Place, author: Author) -> str:
    """The author as the queue knows them: ids of two platforms may be the same."""
    return f"{place.platform}:{author.id}"
