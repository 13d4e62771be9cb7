"""Measures a composer by held-out conversations: the share of messages after which the canvas is exactly right.

Each message is asked with the right history before it, so that one mistake counts once. Takes any reply function; knows
no model.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypedDict, get_args

from omost_pipeline.canvas.codec import canvas_to_reply
from omost_pipeline.canvas.elements import Canvas, Region
from omost_pipeline.canvas.parser import parse_canvas
from omost_pipeline.errors import OmostError
from omost_pipeline.world.dialogues import BEYOND, IN_WORLD, Message, Plan, converse
from omost_pipeline.world.edits import EditKind
from omost_pipeline.world.fitted import unstacked
from omost_pipeline.world.in_view import in_view, side_by_side, whole
from omost_pipeline.world.kinds import UNKNOWN, glyphs
from omost_pipeline.world.spread import in_a_row_by_size, spread
from omost_pipeline.world.stage import head_of

Chat = Sequence[dict[str, str]]
Reply = Callable[[Chat], str]

CONVERSATIONS = 500
CONVERSATIONS_BEYOND = 100
SEED = 5


class Right(TypedDict):
    """Shares (0…1) of messages answered by the exactly right canvas; ``compound`` are two edits in one message."""

    first: float
    edits: dict[str, float]
    compound: float


class Shares(Right):
    """What is right about the world, what where things beyond it come up, and the share of replies that parse."""

    beyond: Right
    parse: float


@dataclass(frozen=True)
class Answer:
    """A held-out message, the canvas before it, what was replied, and the canvas read from it, if there is one.

    ``larger`` is whether who answers was taught what the larger world leaves unsaid: that a scarf is nearer than a hut.
    """

    message: Message
    before: Canvas | None
    reply: str
    canvas: Canvas | None
    larger: bool = True

    @property
    def right(self) -> bool:
        """Whether it is right (:func:`is_right`)."""
        wanted, words = self.message.canvas, self.message.words
        right = is_right(self.canvas, wanted, self.before, words)
        return right or (
            not self.larger and is_right(self.canvas, _of_the_small_world(wanted, self.before), self.before, words)
        )


def is_right(canvas: Canvas | None, wanted: Canvas, before: Canvas | None, words: str) -> bool:
    """Whether a canvas is the one that is wanted, as the model alone writes it or arranged so that all is in view.

    Of things at different distances it does not matter which is named first: the picture is the same.
    """
    in_rows = spread(wanted, words), in_a_row_by_size(wanted, words)
    arranged = in_view(wanted, before), side_by_side(wanted), whole(wanted), *in_rows
    every = (wanted, *arranged, *(unstacked(view, before) for view in arranged if before))
    return canvas is not None and any(_drawn_alike(canvas, each) for each in every)


def _drawn_alike(one: Canvas, other: Canvas) -> bool:
    return one.scene == other.scene and one.far_to_near() == other.far_to_near()


def answers(
    reply: Reply, conversations: int = CONVERSATIONS, plan: Plan = IN_WORLD, seed: int = SEED, larger: bool = True
) -> Iterator[Answer]:
    """Ask every message of the held-out conversations, one at a time, in order."""
    rng = random.Random(seed)
    for _ in range(conversations):
        chat: list[dict[str, str]] = []
        before: Canvas | None = None
        for message in converse(rng, plan, evaluation=True):
            chat.append({"role": "user", "content": message.words})
            text = reply(chat)
            yield Answer(message, before, text, _read(text), larger)
            before = message.canvas
            chat.append({"role": "assistant", "content": canvas_to_reply(message.canvas)})


def right(asked: Sequence[Answer]) -> Right:
    """Sum answers up. A kind that was never asked counts as 0."""
    count = Counter(answer.message.kind for answer in asked)
    hits = Counter(answer.message.kind for answer in asked if answer.right)
    share = {kind: hits[kind] / max(1, count[kind]) for kind in ("first", "compound", *get_args(EditKind))}
    edits = {kind: share[kind] for kind in get_args(EditKind)}
    return Right(first=share["first"], edits=edits, compound=share["compound"])


def evaluate(
    reply: Reply, conversations: int = CONVERSATIONS, beyond: int = CONVERSATIONS_BEYOND, larger: bool = True
) -> Shares:
    """The shares of a reply function on held-out conversations, so many in the world and so many beyond it."""
    return shares(list(answers(reply, conversations)), list(answers(reply, beyond, BEYOND, larger=larger)))


def shares(asked: Sequence[Answer], beyond: Sequence[Answer]) -> Shares:
    """Sum the answers in the world and those beyond it up."""
    both = (*asked, *beyond)
    parsed = sum(answer.canvas is not None for answer in both) / max(1, len(both))
    return Shares(**right(asked), beyond=right(beyond), parse=parsed)


def _of_the_small_world(wanted: Canvas, before: Canvas | None) -> Canvas:
    """The canvas where what came of the larger world is as an unknown thing, in what its words leave open."""
    stood = before.regions if before is not None else ()
    regions = tuple(each if each in stood else _as_unknown(each) for each in wanted.regions)
    return replace(wanted, regions=regions)


def _as_unknown(region: Region) -> Region:
    glyph = glyphs().get(head_of(region))
    if glyph is None:
        return region
    own = region.distance_to_viewer == glyph.kind.distance
    distance = UNKNOWN.distance if own else region.distance_to_viewer
    area = region.area.replace(f" {glyph.kind.shape} ", f" {UNKNOWN.shape} ")
    return replace(region, area=area, distance_to_viewer=distance)


def _read(text: str) -> Canvas | None:
    try:
        return parse_canvas(text).canvas
    except OmostError:
        return None
