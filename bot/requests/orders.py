"""What a request comes to, decided but not yet done: data on its way from :mod:`decisions` to :mod:`execution`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PIL.Image import Image

from bot.catalogues.text import Wording
from bot.jobs.job import Job
from bot.messages import Reply
from bot.store.preferences import Defaults, Owner
from bot.turns.characters import Character
from bot.turns.conversation import Draft, Picture, TurnRecord
from omost_pipeline.renderer.info import RendererInfo


@dataclass(frozen=True)
class Draw:
    """Draw a draft, which is made of the place's newest turn when its job is stored.

    ``note`` is told beside it. Work on ``instead_of`` stops, but not before the new job is stored. With ``once``,
    nothing is drawn where the draft's message has made a turn already.
    """

    draft: Callable[[TurnRecord | None], Draft]
    note: Wording | None = None
    instead_of: TurnRecord | None = None
    once: bool = False


@dataclass(frozen=True)
class DrawAgain:
    """Draw a turn's canvas with seeds of its own; ``draft`` makes that of the turn and those beside what is drawn.

    These are the turn's siblings, or its children where what is drawn becomes one of them.
    """

    turn: TurnRecord
    draft: Callable[[TurnRecord, Iterable[TurnRecord], RendererInfo], Draft]
    is_child: bool = False


@dataclass(frozen=True)
class GoBack:
    """Show ``target`` again and go on from there; work on ``turn`` stops, if whoever asks may stop it."""

    turn: TurnRecord
    target: TurnRecord


@dataclass(frozen=True)
class Adopt:
    """Go on with one of a turn's pictures, and show it."""

    turn: TurnRecord
    picture: Picture
    draft: Draft


@dataclass(frozen=True)
class Bring:
    """Take a picture as a turn, whose draft is made of the place's newest one; show it, or draw what goes on from it.

    ``note`` is told beside it. Nothing is done where the ``message`` has made a turn already.
    """

    draft: Callable[[TurnRecord | None], Draft]
    image: Image
    after: Callable[[TurnRecord], Draft] | None
    note: Wording | None = None
    message: str = ""


@dataclass(frozen=True)
class Stop:
    """Stop a job, if there is one and whoever asks may stop it."""

    job: Job | None


@dataclass(frozen=True)
class Retry:
    """Do the work of a turn that failed or was cancelled once more."""

    turn: TurnRecord


@dataclass(frozen=True)
class Remove:
    """Take a turn's pictures out of its messages; ``head`` is where its conversation goes on."""

    turn: TurnRecord
    head: str | None


@dataclass(frozen=True)
class Save:
    """Keep somebody's defaults, and say so."""

    owner: Owner
    defaults: Defaults
    reply: Reply


@dataclass(frozen=True)
class Keep:
    """Keep somebody's character with its PNG, and say so."""

    character: Character
    picture: bytes
    reply: Reply


@dataclass(frozen=True)
class Drop:
    """Keep somebody's character of this name no longer."""

    name: str


@dataclass(frozen=True)
class Tell:
    """Only answer: a form, something to choose from, words, or nothing."""

    reply: Reply


Order = Draw | DrawAgain | GoBack | Adopt | Bring | Stop | Retry | Remove | Save | Keep | Drop | Tell
