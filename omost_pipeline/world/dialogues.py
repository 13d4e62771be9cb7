"""Whole conversations: what a person says, and the one canvas that is right after each message.

Endless, and the same for the same seed. Knows no tokenizer and no model; :mod:`train_composer` learns from these and
:mod:`evaluate_dialogue` measures with those that hold kept-back words.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from omost_pipeline.canvas.codec import canvas_to_reply
from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.world.edits import EditKind, Story, write_compound, write_edit
from omost_pipeline.world.requests import Lots, first_request, scattered
from omost_pipeline.world.stage import Scene, canvas_of
from omost_pipeline.world.stories import story_request

EDIT_SHARES: dict[EditKind, float] = {
    "add": 1.3,
    "remove": 1.0,
    "recolor": 1.3,
    "replace": 1.5,
    "move": 1.6,
    "resize": 1.1,
    "background": 0.4,
    "undo": 1.1,
}
_COMPOUND = 0.08
_TRIES = 50


@dataclass(frozen=True)
class Message:
    """One exchange: the words, the right canvas, and what was asked.

    ``kind`` is ``first``, a kind of edit, or ``compound``.

    ``determined`` is false where the words alone do not give the canvas, because earlier messages were cut off.
    """

    words: str
    canvas: Canvas
    kind: str
    determined: bool = True


Conversation = tuple[Message, ...]


@dataclass(frozen=True)
class Plan:
    """How a conversation is drawn: edits after the first request, noun phrases in that, share of cut beginnings.

    With ``given`` it begins with a wordless canvas of so many things at random, from which only copying learns.
    ``beyond`` is the share of conversations that leave the world, and that of the things in them that it lacks.
    ``stories`` is the share of first requests worded as sentences about who does what (:mod:`stories`).
    """

    edits: tuple[int, int] = (1, 5)
    groups: tuple[int, int] = (1, 3)
    cut_share: float = 0.15
    given: bool = False
    beyond: tuple[float, float] = (0.4, 0.4)
    stories: float = 0.0


IN_WORLD = Plan(beyond=(0.0, 0.0))
BEYOND = Plan(beyond=(1.0, 0.4))
STORIES = Plan(edits=(0, 1), beyond=(0.8, 0.6), stories=1.0)
"""As people begin: who does what, with what, without what."""


def sample_replies(count: int = 60) -> list[str]:
    """Right replies to first requests, the same every time: from them a model's own are guessed."""
    rng = random.Random("samples")
    return [canvas_to_reply(converse(rng, IN_WORLD)[0].canvas) for _ in range(count)]


def converse(rng: random.Random, plan: Plan, evaluation: bool = False) -> Conversation:
    """A conversation drawn by a plan; kept-back words come up in evaluation alone."""
    strays, lacking = plan.beyond
    lots = Lots(rng, evaluation, lacking if rng.random() < strays else 0.0)
    count = rng.randint(*plan.groups)
    words, scene = _beginning(lots, plan, count)
    touched = scene.things[0] if len(scene.things) == 1 and not plan.given else None
    story = Story(scene, touched=touched)
    messages = [Message(words, canvas_of(scene), "first", determined=not plan.given)]
    for _ in range(rng.randint(*plan.edits)):
        words, story, kind = _next_edit(lots, story, undone=messages[-1].kind == "undo")
        messages.append(Message(words, canvas_of(story.scene), kind))
    return tuple(messages) if evaluation else _maybe_cut(rng, tuple(messages), plan.cut_share)


def _beginning(lots: Lots, plan: Plan, groups: int) -> tuple[str, Scene]:
    if plan.given:
        return "", scattered(lots, groups)
    if plan.stories and lots.chance(plan.stories):
        return story_request(lots, groups)
    return first_request(lots, groups)


def _next_edit(lots: Lots, story: Story, undone: bool) -> tuple[str, Story, str]:
    """An edit the scene allows; never two undoings in a row, whose meaning is anyone's guess."""
    shares: dict[str, float] = {kind: share for kind, share in EDIT_SHARES.items() if not (undone and kind == "undo")}
    for _ in range(_TRIES):
        kind = _edit_kind(lots.weighted(shares))
        if lots.chance(_COMPOUND) and kind != "undo":
            second = _edit_kind(lots.weighted({name: share for name, share in shares.items() if name != "undo"}))
            written, name = write_compound(lots, story, kind, second), "compound"
        else:
            written, name = write_edit(lots, story, kind), kind
        if written is not None:
            return written[0], written[1], name
    raise AssertionError("no edit fits, though a background always does")


def _edit_kind(name: str) -> EditKind:
    return next(kind for kind in EDIT_SHARES if kind == name)


def _maybe_cut(rng: random.Random, messages: Conversation, share: float) -> Conversation:
    """Now and then the newest messages alone, the first undetermined or wordless, as a full context leaves them.

    What follows must not depend on what was cut, so nothing is cut before an undo.
    """
    if len(messages) < 3 or rng.random() >= share or any(message.kind == "undo" for message in messages[2:]):
        return messages
    oldest = replace(messages[1], determined=False)
    if rng.random() < 0.3:
        oldest = replace(oldest, words="")
    return (oldest, *messages[2:])
