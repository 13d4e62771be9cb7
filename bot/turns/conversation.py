"""What a conversation is: turns that form a tree, and what following, editing, rerolling and undoing mean on it.

Pure: takes turns and gives drafts of new ones. Knows no database, no queue and no platform. Nothing here ever changes
a turn; an edit of an earlier one is a new sibling beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from bot.messages import Author, Place
from bot.turns.styles import STYLE, styled
from bot.turns.typed import typed_option
from omost_pipeline.canvas.control import Control
from omost_pipeline.canvas.elements import Canvas, Correction
from omost_pipeline.canvas.parser import ParsedCanvas
from omost_pipeline.composer.protocol import Turn
from omost_pipeline.renderer.drafts import as_drawn, is_draft
from omost_pipeline.renderer.info import RendererInfo
from omost_pipeline.renderer.keep.earlier import Recomposed, Whole
from omost_pipeline.renderer.keep.overlay import recomposed_of
from omost_pipeline.renderer.option import Kept
from omost_pipeline.renderer.spec import (
    BROUGHT,
    CONTROL,
    COUNT,
    DRAFT,
    ENHANCE,
    GUIDANCE,
    KEEP,
    LARGER,
    LARGEST_SEED,
    SEED,
    SIZE,
    STEPS,
    VARY,
    Spec,
    kept,
)

VARIATIONS = 4
"""Pictures in one turn of variations."""

TITLE_LENGTH = 60
_COMMAND = re.compile(r"^\s*/\w+")


@dataclass(frozen=True)
class Conversation:
    """A thread on a platform. ``head`` is the id of the turn that the next message builds on."""

    id: int
    place: Place
    title: str
    head: str | None


@dataclass(frozen=True)
class Model:
    """What a turn is drawn by: the profile, the renderer's short name, and its fingerprint (empty if not known)."""

    profile: str
    name: str
    fingerprint: str = ""


@dataclass(frozen=True)
class Draft:
    """A turn before it is stored. ``canvas`` is None where the composer has yet to write it.

    ``spec`` is how it is drawn where that is not as usual: always a size, a seed, steps and guidance. With a scale
    (``larger``) it is the parent's picture of that seed made larger. ``message`` is the platform's id of the message it
    was made from.
    """

    parent: str | None
    words: str
    canvas: Canvas | None
    spec: Spec
    model: Model
    corrections: tuple[Correction, ...] = ()
    cut: bool = False
    message: str | None = None
    remembered: int | None = None

    @property
    def seed(self) -> int:
        """The first picture's seed."""
        return self.spec.of(SEED)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.spec.of(SIZE)

    @property
    def width(self) -> int:
        return self.size[0]

    @property
    def height(self) -> int:
        return self.size[1]

    @property
    def images(self) -> int:
        """How many pictures."""
        return self.spec.of(COUNT)

    @property
    def profile(self) -> str:
        return self.model.profile


@dataclass(frozen=True)
class Edited:
    """What became of the earlier picture: the share that was kept to the pixel, or why it was drawn whole.

    ``mask`` is a black and white PNG, white where pixels may have changed; empty where nothing or everything has.
    Of a picture in layers it says in a text what was drawn of it.
    """

    kept: float = 0.0
    whole: Whole | None = None
    mask: bytes = b""

    @property
    def is_nothing(self) -> bool:
        """Whether the picture is the earlier one, to the pixel."""
        return self.whole is None and self.kept >= 1 and not self.mask

    @property
    def recomposed(self) -> Recomposed | None:
        """Of a picture in layers, which things changed and which were drawn."""
        return recomposed_of(self.mask) if self.mask else None


@dataclass(frozen=True)
class TurnRecord:
    """A stored turn: who asked, the draft it was made from, and what the composer made of it.

    ``corrections`` are the wrong values in the composer's text and ``cut`` tells that the text ended early;
    ``remembered`` is how many of the newest turns the composer was told, where it could not be all;
    ``created`` is in seconds since 1970 (UTC); ``removed`` is the name of who had its pictures removed; ``edited``
    tells of the picture that it began with, None where there was none.
    """

    id: str
    conversation: int
    author: Author
    created: float
    draft: Draft
    removed: str | None = None
    edited: Edited | None = None

    @property
    def parent(self) -> str | None:
        return self.draft.parent

    @property
    def words(self) -> str:
        return self.draft.words

    @property
    def language(self) -> str:
        """The tag of its author's language, in which is told what becomes of it; empty if unknown."""
        return self.author.language

    @property
    def request(self) -> str:
        """The words as the composer is told them: with the style."""
        return styled(self.draft.words, self.draft.spec.get(STYLE))

    @property
    def canvas(self) -> Canvas | None:
        return self.draft.canvas

    @property
    def drawn(self) -> bool:
        """Whether there is something to go back to."""
        return self.canvas is not None and self.removed is None


@dataclass(frozen=True)
class Picture:
    """A finished picture of a turn. ``path`` is relative to the data folder; ``number`` counts from 0.

    ``veil`` is what is done with it (:class:`~bot.turns.picture_rules.Veil`), empty where it is shown as it is. One
    that is blocked has no path.
    """

    turn: str
    number: int
    seed: int
    path: str
    width: int
    height: int
    veil: str = ""


def title(words: str) -> str:
    """A conversation's title: the first words of its first request, without command and options, on one line."""
    said = typed_option().sub("", _COMMAND.sub("", words))
    line = " ".join((said if said.strip() else words).split())
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


def first_request(words: str, info: RendererInfo, seed: int) -> Draft:
    """The draft of a new picture, drawn as the renderer usually draws."""
    return Draft(None, words, None, _usual(info).having(SEED, seed), _model(info))


def following(head: TurnRecord, words: str, info: RendererInfo) -> Draft:
    """The draft of a message after ``head``: it is drawn as that was, so that only what was asked for changes."""
    return _with_canvas(replace(_child(head, info), words=words), None)


def edited(turn: TurnRecord, words: str, info: RendererInfo) -> Draft:
    """The draft of a sibling of ``turn``: composed anew where the words differ, else the same canvas drawn again."""
    draft = _sibling(turn, info)
    return draft if words == turn.words else _with_canvas(replace(draft, words=words), None)


def rerolled(turn: TurnRecord, siblings: Iterable[TurnRecord], info: RendererInfo) -> Draft:
    """The draft of a sibling that draws the same canvas once with a seed none of the siblings has used."""
    return _seeded(_sibling(turn, info), _unused_seed((turn, *siblings), 1))


def varied(turn: TurnRecord, siblings: Iterable[TurnRecord], info: RendererInfo) -> Draft:
    """The draft of a sibling that draws the same canvas :data:`VARIATIONS` times with unused seeds in a row."""
    draft = _seeded(_sibling(turn, info), _unused_seed((turn, *siblings), VARIATIONS))
    return replace(draft, spec=draft.spec.having(COUNT, VARIATIONS))


def redrawn(turn: TurnRecord, info: RendererInfo) -> Draft:
    """The draft of a sibling that draws the same canvas with the same seed, but all of it."""
    draft = _sibling(turn, info)
    return replace(draft, spec=draft.spec.without(VARY).having(KEEP, "off"))


def region_varied(turn: TurnRecord, children: Iterable[TurnRecord], region: int, info: RendererInfo) -> Draft:
    """The draft of a child that draws one region of the same canvas anew, with a seed none of the children has used."""
    draft = _seeded(_child(turn, info), _unused_seed((turn, *children), 1))
    same = draft.spec.having(STYLE, turn.draft.spec.get(STYLE))  # so that its request is the same
    return replace(draft, spec=same.having(KEEP, "on").having(VARY, region))


def recast(turn: TurnRecord, canvas: Canvas, words: str, info: RendererInfo) -> Draft:
    """The draft of a child of ``turn`` whose canvas was changed by hand; ``words`` say how."""
    return _with_canvas(replace(_child(turn, info), words=words), canvas)


def enlarged(turn: TurnRecord, picture: Picture, scale: float, info: RendererInfo) -> Draft:
    """The draft of a child of ``turn`` that is one of its pictures, ``scale`` times as large."""
    draft = _seeded(_sibling(turn, info), picture.seed)
    return replace(draft, parent=turn.id, spec=draft.spec.having(LARGER, scale))


def enhanced(turn: TurnRecord, picture: Picture, info: RendererInfo) -> Draft:
    """The draft of a child of ``turn`` that is one of its drafts as a finished picture."""
    draft = _seeded(_sibling(turn, info), picture.seed)
    return replace(draft, parent=turn.id, spec=draft.spec.having(ENHANCE, draft.size))


def is_sketch(turn: TurnRecord) -> bool:
    """Whether a turn's picture is a draft that can be enhanced."""
    return is_draft(turn.draft.spec) and LARGER not in turn.draft.spec and not is_brought(turn)


def picked(turn: TurnRecord, picture: Picture) -> Draft:
    """The draft of a child of ``turn`` that takes over one of its pictures."""
    draft = _seeded(turn.draft, picture.seed)
    return replace(draft, parent=turn.id, spec=draft.spec.without(COUNT, VARY, BROUGHT), message=None)


def drawn_as(draft: Draft, info: RendererInfo) -> Spec:
    """The whole of what a renderer draws a turn with: what is usual, and in its place what the turn has.

    What was right for another model is not: that one's steps and guidance.
    """
    return as_drawn(info.usual | _without_strange(draft, info), info.sizes)


def drawn_otherwise(before: TurnRecord, turn: TurnRecord, info: RendererInfo) -> Whole | None:
    """Why a turn cannot begin with the picture of an earlier one; None where it can.

    What is finished has more steps than a draft that begins with it.
    """
    if before.draft.model != turn.draft.model:
        return Whole.MODEL
    fleeting = [option for option in info.options if option.kept is Kept.NEVER]
    earlier, now = (drawn_as(each, info).without(SEED, DRAFT, *fleeting) for each in (_finished(before), turn.draft))
    if is_finished(before):
        earlier, now = earlier.without(STEPS), now.without(STEPS)
    if earlier.get(SIZE) != now.get(SIZE):
        return Whole.SIZE
    return None if earlier == now else Whole.SETTINGS


def _finished(turn: TurnRecord) -> Draft:
    """A turn's draft, with what a finished picture is drawn as in place of what its draft was."""
    draft = turn.draft
    return replace(draft, spec=draft.spec.without(ENHANCE).having(DRAFT, "off")) if is_finished(turn) else draft


def is_original(turn: TurnRecord) -> bool:
    """Whether edits may begin with its picture: it is there and was not made larger."""
    return turn.drawn and LARGER not in turn.draft.spec


def is_finished(turn: TurnRecord) -> bool:
    """Whether a turn is a draft as a finished picture."""
    return ENHANCE in turn.draft.spec


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
    return replace(found, remembered=None, spec=draft.spec.without(STYLE))


def begun(words: str, canvas: Canvas, size: tuple[int, int], seed: int, info: RendererInfo, *, own: bool) -> Draft:
    """The draft of a turn whose picture somebody brought; it is the ``own`` picture of its canvas, or any."""
    draft = _with_canvas(first_request(words, info, seed), canvas)
    return replace(
        draft, spec=draft.spec.having(SIZE, size).having(BROUGHT, "canvas" if own else "picture").having(DRAFT, "off")
    )


def described(picture: TurnRecord, words: str, info: RendererInfo) -> Draft:
    """The draft of a child of a brought picture, which is that picture with the canvas that a model makes of it."""
    draft = first_request(words, info, picture.draft.seed)
    spec = draft.spec.having(SIZE, picture.draft.size).having(BROUGHT, "described").having(DRAFT, "off")
    return replace(draft, parent=picture.id, spec=spec)


def led(picture: TurnRecord, words: str, kind: str, info: RendererInfo) -> Draft:
    """The draft of a new picture as a child of a brought one, which leads its shapes in one way."""
    draft = first_request(words, info, picture.draft.seed)
    spec = draft.spec.having(SIZE, picture.draft.size).having(CONTROL, kind).having(KEEP, "off")
    return replace(draft, parent=picture.id, spec=spec)


def control_of(turn: TurnRecord) -> str:
    """What the scene of a turn that is composed is led by; empty for nothing."""
    kind = turn.draft.spec.get(CONTROL)
    return str(Control(kind, f"{turn.parent}-1")) if kind and turn.parent is not None else ""


def is_brought(turn: TurnRecord) -> bool:
    """Whether the turn's picture was brought, and only its pixels are known."""
    return BROUGHT in turn.draft.spec


def is_undescribed(turn: TurnRecord) -> bool:
    """Whether the turn's picture was brought, and nobody knows what it shows."""
    return turn.draft.spec.get(BROUGHT) == "picture"


def is_described(turn: TurnRecord) -> bool:
    """Whether the turn is a brought picture with the canvas that a model makes of it."""
    return turn.draft.spec.get(BROUGHT) == "described"


def seen_before(brought: TurnRecord, canvas: Canvas) -> Canvas:
    """What a brought picture shows, beside a canvas that is drawn into it.

    Any picture is whatever scene its words come to, as long as there is something to draw into it.
    """
    assert brought.canvas is not None, "it has a picture"
    keeps = brought.draft.spec.get(BROUGHT) == "picture" and canvas.regions
    return replace(brought.canvas, scene=canvas.scene) if keeps else brought.canvas


def undone(turns: Mapping[str, TurnRecord], turn: str) -> TurnRecord | None:
    """Where undoing ``turn`` leads: its nearest ancestor with a picture, or None where there is nothing to undo."""
    ancestors = path(turns, turn)[:-1]
    return next((ancestor for ancestor in reversed(ancestors) if ancestor.drawn), None)


def _sibling(turn: TurnRecord, info: RendererInfo) -> Draft:
    """A turn's draft as ``info``'s renderer would make it anew, of one picture that is not made larger."""
    spec = _usual(info) | _without_strange(turn.draft, info).without(LARGER, ENHANCE, COUNT, BROUGHT)
    return replace(turn.draft, spec=spec, model=_model(info), message=None)


def _child(turn: TurnRecord, info: RendererInfo) -> Draft:
    """A draft with ``turn`` as its parent, drawn with what lasts of its spec."""
    draft = _sibling(turn, info)
    return replace(draft, parent=turn.id, spec=kept(draft.spec, info.options, same_model=True))


def _without_strange(draft: Draft, info: RendererInfo) -> Spec:
    """A draft's spec without what was right for another model only, or cannot be drawn by this one."""
    if same_model(draft.model, info):
        return draft.spec
    spec = draft.spec.without(*(option for option in info.options if option.kept is Kept.SAME_MODEL))
    size = spec.get(SIZE)
    return spec if size is not None and info.draws(size) else spec.without(SIZE)


def same_model(model: Model, info: RendererInfo) -> bool:
    """Whether a turn was drawn by this renderer; of old turns only the profile is known."""
    return model.fingerprint == info.fingerprint if model.fingerprint else model.profile == info.profile


def _usual(info: RendererInfo) -> Spec:
    """What every turn keeps, so that it is drawn again like that after a change of the settings."""
    usual = info.usual
    spec = Spec().having(SIZE, info.size).having(STEPS, usual.get(STEPS)).having(GUIDANCE, usual.get(GUIDANCE))
    return spec.having(DRAFT, usual.get(DRAFT))


def _model(info: RendererInfo) -> Model:
    return Model(info.profile, info.name, info.fingerprint)


def _seeded(draft: Draft, seed: int) -> Draft:
    return replace(draft, spec=draft.spec.having(SEED, seed))


def _with_canvas(draft: Draft, canvas: Canvas | None) -> Draft:
    """The draft with a canvas that no composer has told anything about, or with none yet."""
    return replace(draft, canvas=canvas, corrections=(), cut=False, remembered=None)


def _unused_seed(turns: Iterable[TurnRecord], count: int) -> int:
    """The seed after the largest one used; starts over at 0 where ``count`` seeds would not fit any more."""
    seed = max(turn.draft.seed + turn.draft.images for turn in turns)
    return seed if seed + count - 1 <= LARGEST_SEED else 0
