"""Ten edits in a row: held-out sessions through the bundled composer and renderer, as people have them.

Each message is asked with the right canvases before it, and what is drawn is the right canvas over the picture before:
so one mistake counts once, and up to the first one all is as a person would have it. An edit did what was said if the
composer's canvas is right as ``bench dialogue`` has it, the classifier sees what changed, and everything else was kept:
every pixel outside the mask, and every unchanged thing that was right before.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypedDict

import torch
from PIL import Image

from omost_pipeline.bench.pixels import begun_with, inside_of, last, pixels, same
from omost_pipeline.canvas.difference import difference
from omost_pipeline.canvas.elements import Canvas, Region
from omost_pipeline.canvas.parser import parse_canvas
from omost_pipeline.canvas.vocabulary import Box
from omost_pipeline.composer.composition import as_asked
from omost_pipeline.composer.protocol import ComposeOptions, Composer, Turn
from omost_pipeline.engine.info import usual_spec
from omost_pipeline.engine.residency import Models
from omost_pipeline.errors import OmostError
from omost_pipeline.profiles import PROFILES
from omost_pipeline.renderer.options import options_of
from omost_pipeline.renderer.protocol import Rendered
from omost_pipeline.renderer.sdxl.loop import SdxlRenderer
from omost_pipeline.renderer.sdxl.weights import load_renderer
from omost_pipeline.renderer.spec import SEED
from omost_pipeline.world.classifier import LEAST_VISIBLE, Classifier, load_classifier
from omost_pipeline.world.dialogues import Conversation, Plan, converse
from omost_pipeline.world.evaluate_dialogue import is_right
from omost_pipeline.world.kinds import COLORS, KINDS, describe
from omost_pipeline.world.scenes import visible_share

SESSIONS = 10
EDITS = 10
AFTER = (1, 3, 5, 8, 10)
"""After so many edits success is told."""

_PLAN = Plan(edits=(EDITS, EDITS), beyond=(0.0, 0.0))
_SEEN = {describe(kind, color): (kind, color) for kind in KINDS for color in COLORS}


class Right(TypedDict):
    """Shares (0…1) of edits: the canvas exactly right, the changed things seen, everything else kept; and all three."""

    edits: int
    canvas: float
    shown: float
    kept: float
    all: float


class Sessions(TypedDict):
    """``success``: of the sessions, the share in which each of the first so many edits did what was said.

    ``drawing`` is the same without regard to the composer. ``first_mistakes`` counts what the first mistake of a
    session was; ``unchanged_pixels`` is the least share of identical pixels outside the mask of any edit.
    """

    sessions: int
    success: dict[str, float]
    drawing: dict[str, float]
    first_mistakes: dict[str, int]
    unchanged_pixels: float
    kinds: dict[str, Right]


@dataclass(frozen=True)
class Marks:
    """What became of one edit."""

    kind: str
    canvas: bool
    shown: bool
    kept: bool
    pixels: float

    @property
    def drawn(self) -> bool:
        return self.shown and self.kept

    @property
    def mistake(self) -> str:
        """What went wrong first; empty if nothing did."""
        return "canvas" if not self.canvas else "shown" if not self.shown else "" if self.kept else "kept"


def run(sessions: int = SESSIONS) -> Sessions:
    """Hold so many sessions with the bundled models, on one thread.

    Raises:
        OmostError: if a model cannot be loaded or fails.
    """
    torch.set_num_threads(1)
    tiny = PROFILES["tiny"]
    holding = _Holding(Models(tiny).composer(), load_renderer(tiny.renderer), load_classifier())
    return summed([holding.session(number) for number in range(sessions)])


def summed(sessions: Sequence[Sequence[Marks]]) -> Sessions:
    """The marks of sessions, summed up."""
    by_kind = defaultdict[str, list[Marks]](list)
    for each in (marks for session in sessions for marks in session):
        by_kind[each.kind].append(each)
    mistakes = (next((each.mistake for each in session if each.mistake), "none") for session in sessions)
    return {
        "sessions": len(sessions),
        "success": {str(count): _mean([not any(e.mistake for e in s[:count]) for s in sessions]) for count in AFTER},
        "drawing": {str(count): _mean([all(e.drawn for e in s[:count]) for s in sessions]) for count in AFTER},
        "first_mistakes": dict(Counter(mistakes)),
        "unchanged_pixels": min((each.pixels for session in sessions for each in session), default=1.0),
        "kinds": {kind: _right(marks) for kind, marks in sorted(by_kind.items())},
    }


def _right(marks: Sequence[Marks]) -> Right:
    return {
        "edits": len(marks),
        "canvas": _mean([each.canvas for each in marks]),
        "shown": _mean([each.shown for each in marks]),
        "kept": _mean([each.kept for each in marks]),
        "all": _mean([not each.mistake for each in marks]),
    }


def _mean(found: Sequence[bool]) -> float:
    return sum(found) / max(len(found), 1)


def conversation(number: int) -> Conversation:
    """A held-out session: a first request that is not empty, and ten edits."""
    rng = Random(f"session {number}")
    while True:
        found = converse(rng, _PLAN, evaluation=True)
        if found[0].canvas.regions:
            return found


@dataclass
class _Holding:
    """Holds sessions."""

    composer: Composer
    renderer: SdxlRenderer
    classifier: Classifier

    def session(self, number: int) -> list[Marks]:
        """The marks of the edits of one session, in their order."""
        first, *edits = conversation(number)
        options = options_of(usual_spec(PROFILES["tiny"]).having(SEED, number))
        drawn = last(self.renderer.render(first.canvas, options))
        history, marks = [Turn(first.words, first.canvas)], list[Marks]()
        for edit in edits:
            composed = self._composed(history, edit.words)
            before = history[-1].canvas
            now = last(self.renderer.edit(edit.canvas, options, begun_with(before, drawn)))
            right = is_right(composed, edit.canvas, before, edit.words)
            marks.append(self._marks(edit.kind, right, before, edit.canvas, drawn, now))
            history.append(Turn(edit.words, edit.canvas))
            drawn = now
        return marks

    def _composed(self, history: Sequence[Turn], words: str) -> Canvas | None:
        try:
            written = "".join(self.composer.compose(history, words, ComposeOptions(temperature=0.0)))
            return as_asked(history[-1].canvas, parse_canvas(written), words).canvas
        except OmostError:
            return None

    def _marks(self, kind: str, right: bool, before: Canvas, after: Canvas, drawn: Rendered, now: Rendered) -> Marks:
        found = difference(before, after)
        one, other = drawn.images[0], now.images[0]
        come = [each.after for each in found.changed if each.after is not None]
        gone = [each.before for each in found.changed if each.before is not None and each.after is None]
        stay = [(each.before, each.after) for each in found.regions if not each.kinds]
        shown = all(self._right(other, region) for region in come if visible(region, after))
        shown &= not any(
            self._right(other, region) and visible(region, before) for region in gone if free(region, after)
        )
        kept = all(
            self._right(other, now_)
            for was, now_ in stay
            if was is not None and now_ is not None and visible(now_, after) and self._right(one, was)
        )
        unchanged = same(pixels(one), pixels(other), ~inside_of(now))
        return Marks(kind, right, shown, kept and unchanged == 1.0, unchanged)

    def _right(self, picture: Image.Image, region: Region) -> bool:
        [seen] = self.classifier.judge(picture, [region.box])
        return seen == _SEEN.get(region.description)


def visible(region: Region, canvas: Canvas) -> bool:
    """Whether enough of a region shows for the classifier to judge it."""
    return visible_share(region.box, list(_nearer(region, canvas))) >= LEAST_VISIBLE


def free(region: Region, canvas: Canvas) -> bool:
    """Whether nothing like a removed region stands where it was."""
    return not any(other.description == region.description for other in canvas.regions)


def _nearer(region: Region, canvas: Canvas) -> Iterator[Box]:
    order = canvas.far_to_near()
    place = next((number for number, each in enumerate(order) if each is region or each == region), len(order) - 1)
    return (each.box for each in order[place + 1 :])
