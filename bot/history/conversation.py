"""What a conversation is: turns that form a tree, and what following, editing, rerolling and undoing mean on it.

Pure: takes turns and gives drafts of new ones. Knows no database, no queue and no platform. Nothing here ever changes
a turn; an edit of an earlier one is a new sibling beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from bot.messages import Author, Place
from omost_pipeline.canvas.elements import Canvas, Correction
from omost_pipeline.composer.composer import Turn
from omost_pipeline.profiles import Profile

MAX_SEED = 2**32 - 1
"""The largest seed a user may name; the smallest is 0."""

VARIATIONS = 4
"""Pictures in one turn of variations."""

TITLE_LENGTH = 60


@dataclass(frozen=True)
class Conversation:
    """A thread on a platform. ``head`` is the id of the turn that the next message builds on."""

    id: int
    place: Place
    title: str
    head: str | None


@dataclass(frozen=True)
class Draft:
    """A turn before it is stored. ``canvas`` is None where the composer has yet to write it; sizes are in pixels."""

    parent: str | None
    words: str
    canvas: Canvas | None
    seed: int
    width: int
    height: int
    steps: int
    guidance: float
    images: int
    profile: str
    corrections: tuple[Correction, ...] = ()
    cut: bool = False


@dataclass(frozen=True)
class TurnRecord:
    """A stored turn: who asked, the draft it was made from, and what the composer made of it.

    ``corrections`` are the wrong values in the composer's text and ``cut`` tells that the text ended early;
    ``created`` is in seconds since 1970 (UTC).
    """

    id: str
    conversation: int
    author: Author
    created: float
    draft: Draft

    @property
    def parent(self) -> str | None:
        return self.draft.parent

    @property
    def words(self) -> str:
        return self.draft.words

    @property
    def canvas(self) -> Canvas | None:
        return self.draft.canvas


@dataclass(frozen=True)
class Picture:
    """A finished picture of a turn. ``path`` is relative to the data folder; ``number`` counts from 0."""

    turn: str
    number: int
    seed: int
    path: str
    width: int
    height: int


def title(words: str) -> str:
    """A conversation's title: the first words of its first request, on one line."""
    line = " ".join(words.split())
    if len(line) <= TITLE_LENGTH:
        return line
    return line[: TITLE_LENGTH - 1].rsplit(" ", 1)[0] + "…"


def path(turns: Mapping[str, TurnRecord], head: str | None) -> tuple[TurnRecord, ...]:
    """The turns from the root (or the oldest one given) down to ``head``."""
    found: list[TurnRecord] = []
    while head is not None and head in turns:
        found.append(turns[head])
        head = turns[head].parent
    return tuple(reversed(found))


def history(turns: Iterable[TurnRecord]) -> tuple[Turn, ...]:
    """What the composer is told of a path; turns that never got a canvas (failed, cancelled) are passed over."""
    return tuple(Turn(turn.words, turn.canvas) for turn in turns if turn.canvas is not None)


def first_request(words: str, profile: Profile, seed: int) -> Draft:
    """The draft of a new root with the profile's settings."""
    return Draft(
        None, words, None, seed, profile.width, profile.height, profile.steps, profile.guidance, 1, profile.name
    )


def following(head: TurnRecord, words: str, profile: Profile) -> Draft:
    """The draft of a message after ``head``: it keeps seed and size, so that only what was asked for changes."""
    fresh = replace(first_request(words, profile, head.draft.seed), parent=head.id)
    if head.draft.profile != profile.name:
        return fresh
    return replace(fresh, width=head.draft.width, height=head.draft.height)


def edited(turn: TurnRecord, words: str, width: int, height: int, seed: int, profile: Profile) -> Draft:
    """The draft of a sibling of ``turn``: composed anew where the words differ, else the same canvas drawn again."""
    draft = replace(_under(turn, profile), words=words, width=width, height=height, seed=seed, images=1)
    return draft if words == turn.words else replace(draft, canvas=None, corrections=(), cut=False)


def rerolled(turn: TurnRecord, siblings: Iterable[TurnRecord], profile: Profile) -> Draft:
    """The draft of a sibling that draws the same canvas once with a seed none of the siblings has used."""
    return replace(_under(turn, profile), seed=_unused_seed((turn, *siblings), 1), images=1)


def varied(turn: TurnRecord, siblings: Iterable[TurnRecord], profile: Profile) -> Draft:
    """The draft of a sibling that draws the same canvas :data:`VARIATIONS` times with unused seeds in a row."""
    return replace(_under(turn, profile), seed=_unused_seed((turn, *siblings), VARIATIONS), images=VARIATIONS)


def undone(turns: Mapping[str, TurnRecord], turn: str) -> TurnRecord | None:
    """Where undoing ``turn`` leads: its nearest ancestor with a canvas, or None where there is nothing to undo."""
    ancestors = path(turns, turn)[:-1]
    return next((ancestor for ancestor in reversed(ancestors) if ancestor.canvas is not None), None)


def _under(turn: TurnRecord, profile: Profile) -> Draft:
    """A turn's draft as ``profile`` would make it: other models have their own size, steps and guidance."""
    if turn.draft.profile == profile.name:
        return turn.draft
    own = first_request(turn.words, profile, turn.draft.seed)
    return replace(own, parent=turn.parent, canvas=turn.canvas, corrections=turn.draft.corrections, cut=turn.draft.cut)


def _unused_seed(turns: Iterable[TurnRecord], count: int) -> int:
    """The seed after the largest one used; starts over at 0 where ``count`` seeds would not fit any more."""
    seed = max(turn.draft.seed + turn.draft.images for turn in turns)
    return seed if seed + count - 1 <= MAX_SEED else 0
