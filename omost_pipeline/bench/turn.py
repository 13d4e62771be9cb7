"""How long a message takes to become a picture: loading, a first message, then an edit.

Drives the same models in the same order as the bot does, and knows nothing of queues or chats.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TypedDict

from omost_pipeline.bench.pixels import begun_with
from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.composer.composition import Composition, compose_canvas
from omost_pipeline.composer.protocol import ComposeOptions, Turn
from omost_pipeline.engine.info import usual_spec
from omost_pipeline.engine.residency import Models
from omost_pipeline.errors import RendererError
from omost_pipeline.profiles import PROFILES
from omost_pipeline.renderer.keep.earlier import Earlier
from omost_pipeline.renderer.options import options_of
from omost_pipeline.renderer.protocol import Editor, Rendered

FIRST = "a red house on the left and a green tree on the right"
EDIT = "make the house blue"


class TurnSeconds(TypedDict):
    """Wall-clock seconds of one turn's parts. ``total`` is the whole turn, with what the parts leave out.

    ``layout`` is the part of ``compose`` until there was a layout to show.
    """

    layout: float
    compose: float
    encode: float
    denoise: float
    decode: float
    total: float


class TurnReport(TypedDict):
    """``ready`` is seconds until both models were loaded; 0 where they already were."""

    ready: float
    first: TurnSeconds
    edit: TurnSeconds


def run(models: Models | None = None) -> TurnReport:
    """Time a first message and an edit on ``models``, by default the bundled ones.

    Raises:
        OmostError: if a model cannot be loaded, runs out of memory or writes no canvas.
    """
    models = models or Models(PROFILES["tiny"])
    started = time.perf_counter()
    models.composer()
    models.renderer()
    ready = time.perf_counter() - started
    first, drawn = _turn(models, (), FIRST, None)
    edit, _ = _turn(models, (Turn(FIRST, drawn.canvas),), EDIT, drawn)
    return {"ready": ready, "first": first, "edit": edit}


def _turn(models: Models, history: Sequence[Turn], words: str, before: Earlier | None) -> tuple[TurnSeconds, Earlier]:
    """The seconds of a turn, and what the next one begins with."""
    started = time.perf_counter()
    canvas, shown = _compose(models, history, words)
    composed = time.perf_counter()
    drawn = _draw(models, canvas, before)
    parts = drawn.seconds
    ended = time.perf_counter()
    return {
        "layout": shown - started,
        "compose": composed - started,
        "encode": parts.get("encode", 0.0),
        "denoise": parts.get("denoise", 0.0),
        "decode": parts.get("decode", 0.0),
        "total": ended - started,
    }, begun_with(canvas, drawn)


def _compose(models: Models, history: Sequence[Turn], words: str) -> tuple[Canvas, float]:
    """The canvas, and when there was first something of it to show."""
    shown: float | None = None
    for news in compose_canvas(models.composer(), history, words, ComposeOptions()):
        if news is not None and shown is None:
            shown = time.perf_counter()
        if isinstance(news, Composition):
            return news.parsed.canvas, shown or time.perf_counter()
    raise AssertionError("a composition ends with the whole")


def _draw(models: Models, canvas: Canvas, before: Earlier | None) -> Rendered:
    renderer, options = models.renderer(), options_of(usual_spec(models.profile))
    if before is not None and isinstance(renderer, Editor):
        news = renderer.edit(canvas, options, before)
    else:
        news = renderer.render(canvas, options)
    for event in news:
        if isinstance(event, Rendered):
            return event
    wrong = f"The renderer {models.profile.renderer} ended without a picture: update or reinstall the program."
    raise RendererError(wrong)
