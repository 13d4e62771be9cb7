"""What a conversation is: turns that form a tree, and what following, editing, rerolling and undoing mean on it.

Pure: takes turns and gives drafts of new ones. Knows no database, no queue and no platform. Nothing here ever changes
a turn; an edit of an earlier one is a new sibling beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from bot.messages import Author, Place
from bot.turns.styles import styled
from omost_pipeline.canvas.elements import Canvas, Correction
from omost_pipeline.canvas.parser import ParsedCanvas
from omost_pipeline.composer.protocol import Turn
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
    """A turn before it is stored. ``canvas`` is None where the composer has yet to write it; sizes are in pixels.

    ``message`` is the platform's id of the message it was made from, ``negative`` what the picture should not show
    (None: as the bot's settings have it) and ``style`` a name from :data:`bot.turns.styles.STYLES`. ``initial`` is the
    strength from the layout's colours (None: as the settings have it, 0: from noise alone). With ``larger`` it is the
    parent's picture of this seed, so many times as large.
    """

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
    message: str | None = None
    negative: str | None = None
    style: str | None = None
    initial: float | None = None
    larger: float | None = None
    remembered: int | None = None


@dataclass(frozen=True)
class TurnRecord:
    """A stored turn: who asked, the draft it was made from, and what the composer made of it.

    ``corrections`` are the wrong values in the composer's text and ``cut`` tells that the text ended early;
    ``remembered`` is how many of the newest turns the composer was told, where it could not be all;
    ``created`` is in seconds since 1970 (UTC); ``removed`` is the name of who had its pictures removed.
    """

    id: str
    conversation: int
    author: Author
    created: float
    draft: Draft
    removed: str | None = None

    @property
    def parent(self) -> str | None:
        return self.draft.parent

    @property
    def words(self) -> str:
        return self.draft.words

    @property
    def request(self) -> str:
        """The words as the composer is told them: with the style."""
        return styled(self.draft.words, self.draft.style)

    @property
    def canvas(self) -> Canvas | None:
        return self.draft.canvas

    @property
    def drawn(self) -> bool:
        """Whether there is something to go back to."""
        return self.canvas is not None and self.removed is None


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
    """What the composer is told of a path.

    Turns that never got a canvas (failed, cancelled) are passed over, and so is one that only took over a picture of
    the turn before it.
    """
    told: list[Turn] = []
    for turn in turns:
        if turn.canvas is not None and (not told or told[-1] != Turn(turn.request, turn.canvas)):
            told.append(Turn(turn.request, turn.canvas))
    return tuple(told)


def first_request(words: str, profile: Profile, seed: int) -> Draft:
    """The draft of a new root with the profile's settings."""
    return Draft(
        None, words, None, seed, profile.width, profile.height, profile.steps, profile.guidance, 1, profile.name
    )


def following(head: TurnRecord, words: str, profile: Profile) -> Draft:
    """The draft of a message after ``head``: it is drawn as that was, so that only what was asked for changes."""
    kept = replace(_under(head, profile), parent=head.id, words=words, images=1, style=None)
    return _with_canvas(kept, None)


def edited(turn: TurnRecord, words: str, width: int, height: int, seed: int, profile: Profile) -> Draft:
    """The draft of a sibling of ``turn``: composed anew where the words differ, else the same canvas drawn again."""
    draft = replace(_under(turn, profile), words=words, width=width, height=height, seed=seed, images=1)
    return draft if words == turn.words else _with_canvas(draft, None)


def rerolled(turn: TurnRecord, siblings: Iterable[TurnRecord], profile: Profile) -> Draft:
    """The draft of a sibling that draws the same canvas once with a seed none of the siblings has used."""
    return replace(_under(turn, profile), seed=_unused_seed((turn, *siblings), 1), images=1)


def varied(turn: TurnRecord, siblings: Iterable[TurnRecord], profile: Profile) -> Draft:
    """The draft of a sibling that draws the same canvas :data:`VARIATIONS` times with unused seeds in a row."""
    return replace(_under(turn, profile), seed=_unused_seed((turn, *siblings), VARIATIONS), images=VARIATIONS)


def recast(turn: TurnRecord, canvas: Canvas, words: str, profile: Profile) -> Draft:
    """The draft of a child of ``turn`` whose canvas was changed by hand; ``words`` say how."""
    return _with_canvas(replace(_under(turn, profile), parent=turn.id, words=words, images=1, style=None), canvas)


def enlarged(turn: TurnRecord, picture: Picture, scale: float, profile: Profile) -> Draft:
    """The draft of a child of ``turn`` that is one of its pictures, ``scale`` times as large."""
    return replace(_under(turn, profile), parent=turn.id, seed=picture.seed, images=1, larger=scale)


def picked(turn: TurnRecord, picture: Picture) -> Draft:
    """The draft of a child of ``turn`` that takes over one of its pictures."""
    return replace(turn.draft, parent=turn.id, seed=picture.seed, images=1, message=None)


def asked(turns: Mapping[str, TurnRecord], turn: TurnRecord) -> TurnRecord:
    """The turn whose words and canvas a picked picture repeats; ``turn`` itself if it repeats none."""
    while turn.canvas is not None and turn.parent is not None and turn.parent in turns:
        parent = turns[turn.parent]
        if (parent.request, parent.canvas) != (turn.request, turn.canvas):
            break
        turn = parent
    return turn


def brought(draft: Draft, read: ParsedCanvas) -> Draft:
    """The draft with a canvas that somebody brought: it is drawn as it is, in no other style."""
    found = replace(draft, canvas=read.canvas, corrections=read.corrections, cut=read.cut)
    return replace(found, remembered=None, style=None)


def undone(turns: Mapping[str, TurnRecord], turn: str) -> TurnRecord | None:
    """Where undoing ``turn`` leads: its nearest ancestor with a picture, or None where there is nothing to undo."""
    ancestors = path(turns, turn)[:-1]
    return next((ancestor for ancestor in reversed(ancestors) if ancestor.drawn), None)


def _under(turn: TurnRecord, profile: Profile) -> Draft:
    """A turn's draft as ``profile`` would make it anew: other models have their own size, steps and guidance."""
    if turn.draft.profile == profile.name:
        return replace(turn.draft, message=None, larger=None)
    own = first_request(turn.words, profile, turn.draft.seed)
    old = turn.draft
    kept = replace(own, parent=old.parent, canvas=old.canvas, corrections=old.corrections, cut=old.cut)
    return replace(kept, negative=old.negative, style=old.style, remembered=old.remembered)


def _with_canvas(draft: Draft, canvas: Canvas | None) -> Draft:
    """The draft with a canvas that no composer has told anything about, or with none yet."""
    return replace(draft, canvas=canvas, corrections=(), cut=False, remembered=None)


def _unused_seed(turns: Iterable[TurnRecord], count: int) -> int:
    """The seed after the largest one used; starts over at 0 where ``count`` seeds would not fit any more."""
    seed = max(turn.draft.seed + turn.draft.images for turn in turns)
    return seed if seed + count - 1 <= MAX_SEED else 0
