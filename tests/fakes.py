"""Small stand-ins for what the bot talks to: a platform that records, models that draw at once or wait when told."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from PIL import Image

from bot.errors import MessageGoneError
from bot.messages import Action, Outgoing, Place
from bot.turns.styles import REQUEST_OPTIONS
from omost_pipeline.canvas.codec import canvas_to_reply
from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region
from omost_pipeline.composer.protocol import ComposeOptions, Turn, Written
from omost_pipeline.engine.events import Part
from omost_pipeline.engine.image_classifier import ImageClassifier
from omost_pipeline.engine.info import renderer_info
from omost_pipeline.profiles import PROFILES, Profile
from omost_pipeline.renderer.info import RendererInfo
from omost_pipeline.renderer.keep.earlier import Earlier, Whole
from omost_pipeline.renderer.protocol import Rendered, RenderOptions, Step


def info_of(profile: Profile | str = "tiny") -> RendererInfo:
    """A profile's renderer, with every option that a request may have."""
    return renderer_info(PROFILES[profile] if isinstance(profile, str) else profile, REQUEST_OPTIONS)


TINY = info_of()

PATIENCE = 20.0
"""Seconds before a condition that should come true is given up."""


async def until(condition: Callable[[], object], what: str = "the condition") -> None:
    """Wait until ``condition`` holds."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.01)
    assert condition(), what


@dataclass
class FakeChat:
    """A platform in memory. ``fail`` is raised once for each item before a post or edit happens."""

    platform: str = "test"
    shown: dict[str, Outgoing] = field(default_factory=dict)
    edits: list[tuple[str, Outgoing]] = field(default_factory=list)
    posts: list[tuple[str, Place, Outgoing]] = field(default_factory=list)
    fail: list[Exception] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    closed: bool = False
    for_adults: bool = False

    async def serve(self) -> None:
        """It hears nobody: tests call the handlers themselves."""

    async def age_restricted(self, place: Place) -> bool:
        del place
        return self.for_adults

    async def post(self, place: Place, message: Outgoing) -> str:
        await asyncio.sleep(0)
        if self.fail:
            raise self.fail.pop(0)
        if self.closed:
            raise MessageGoneError("closed")
        known = next((name for name, _, other in self.posts if message.nonce and other.nonce == message.nonce), None)
        name = known or f"m{len(self.posts) + 1}"
        if known is None:
            self.posts.append((name, place, message))
        self.shown[name] = message
        return name

    async def edit(self, place: Place, message_id: str, message: Outgoing) -> None:
        del place
        await asyncio.sleep(0)
        if self.fail:
            raise self.fail.pop(0)
        if message_id in self.gone or self.closed:
            raise MessageGoneError(message_id)
        self.edits.append((message_id, message))
        self.shown[message_id] = message

    def button(self, action: Action) -> str:
        """The turn of the newest message that shows a button for ``action``."""
        turns = [button.turn for each in self.shown.values() for button in each.buttons if button.action is action]
        assert turns, f"no {action} button is shown"
        return turns[-1]

    def finished(self) -> list[Outgoing]:
        """The messages that now show a result."""
        return [each for each in self.shown.values() if any(b.action is Action.REROLL for b in each.buttons)]


def canvas_for(words: str) -> Canvas:
    """The canvas that :class:`FakeModels` composes for some words."""
    scene = GlobalDescription("A meadow.", color="lightskyblue")
    first = Region("in the center", "no offset", "a small square area", 2.0, f"A {words}.", color="red")
    second = Region("on the top", "no offset", "a small square area", 9.0, "A yellow sun.", color="yellow")
    return Canvas(scene, (first, second))


class Gate:
    """A point in the models' work at which they wait while it is shut."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self._open = threading.Event()
        self._open.set()

    def shut(self) -> None:
        self.reached.clear()
        self._open.clear()

    def open(self) -> None:
        self._open.set()

    def __call__(self) -> None:
        self.reached.set()
        assert self._open.wait(PATIENCE), "the gate was never opened"


@dataclass
class FakeModels:
    """Both models. They tell what they were asked; ``error`` is raised once by the next composition.

    So many of the next compositions as ``broken`` says are no canvas. Each is told ``memory`` turns at
    most. ``hold_after`` pieces of text pass before the gate ``writing``.
    """

    profile: Profile = PROFILES["tiny"]
    writing: Gate = field(default_factory=Gate)
    drawing: Gate = field(default_factory=Gate)
    composed: list[tuple[tuple[Turn, ...], str]] = field(default_factory=list)
    drawn: list[tuple[Canvas, RenderOptions]] = field(default_factory=list)
    enlarged: list[Image.Image | None] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    threads: set[str] = field(default_factory=set)
    replies: dict[str, str] = field(default_factory=dict)
    error: Exception | None = None
    broken: int = 0
    memory: int | None = None
    composing: list[ComposeOptions] = field(default_factory=list)
    steps: int = 3
    hold_after: int = 0
    preview_mode: str = "RGB"
    swaps: bool = False
    work: list[str] = field(default_factory=list)
    unloaded: bool = False
    looks: ImageClassifier | None = None
    seen: list[Image.Image] = field(default_factory=list)

    @property
    def size_unit(self) -> int:
        return 64

    def composer(self) -> FakeModels:
        return self

    def renderer(self) -> FakeModels:
        return self

    def describer(self) -> FakeModels:
        return self

    def looking_at(self, picture: Image.Image) -> FakeModels:
        self.seen.append(picture)
        return self

    def classifier(self) -> ImageClassifier | None:
        return self.looks

    def ready(self, part: Part) -> bool:
        return True

    def settle(self) -> None:
        pass

    def unload(self) -> None:
        self.unloaded = True

    def compose(
        self, history: Sequence[Turn], words: str, options: ComposeOptions
    ) -> Generator[str, None, Written | None]:
        self.composing.append(options)
        self.work.append("compose")
        self.threads.add(threading.current_thread().name)
        self.composed.append((tuple(history), words))
        if self.error is not None:
            error, self.error = self.error, None
            raise error
        text = self.replies.get(words) or canvas_to_reply(canvas_for(words))
        if self.broken:
            self.broken -= 1
            text = text.replace("location='", "location=5 + '")
        finished = False
        try:
            for start in range(0, len(text), 200):
                yield text[start : start + 200]
                if start // 200 >= self.hold_after:
                    self.writing()
            finished = True
        finally:
            if not finished:
                self.closed.append("compose")
        known = None if self.memory is None else min(self.memory, len(history))
        return Written(known, tokens=len(text) // 4, passes=len(text) // 16)

    def render(
        self, canvas: Canvas, options: RenderOptions, picture: Image.Image | None = None
    ) -> Generator[Step | Rendered, None, None]:
        self.threads.add(threading.current_thread().name)
        finished = False
        try:
            for number in range(1, self.steps + 1):
                yield Step(number, self.steps, partial(Image.new, self.preview_mode, (8, 8)))
                self.drawing()
            seeds = tuple(range(options.seed, options.seed + options.images))
            size = _size(options, picture)
            images = tuple(Image.new("RGB", size, (seed % 256, 0, 0)) for seed in seeds)
            self.drawn.append((canvas, options))
            self.enlarged.append(picture)
            self.work.append("render")
            finished = True
            yield Rendered(images, seeds)
        finally:
            if not finished:
                self.closed.append("render")


@dataclass
class EditingModels(FakeModels):
    """Edits keep the left half of the earlier picture; what is kept for them is the seed. Remembers all edits."""

    edits: list[Earlier] = field(default_factory=list)

    def render(
        self, canvas: Canvas, options: RenderOptions, picture: Image.Image | None = None
    ) -> Generator[Step | Rendered, None, None]:
        for news in super().render(canvas, options, picture):
            if isinstance(news, Rendered) and options.highres is None:
                yield replace(news, remains=tuple(f"{seed}".encode() for seed in news.seeds))
            else:
                yield news

    def edit(self, canvas: Canvas, options: RenderOptions, earlier: Earlier) -> Generator[Step | Rendered, None, None]:
        self.edits.append(earlier)
        if earlier.canvas.scene != canvas.scene:
            for news in self.render(canvas, options):
                yield replace(news, whole=Whole.SCENE) if isinstance(news, Rendered) else news
            return
        for news in self.render(canvas, options):
            yield _half_kept(news, earlier.picture) if isinstance(news, Rendered) else news


def _half_kept(drawn: Rendered, earlier: Image.Image) -> Rendered:
    width, height = earlier.size
    mask = Image.new("L", (width, height))
    mask.paste(255, (width // 2, 0, width, height))
    images = tuple(Image.composite(image, earlier.convert("RGB"), mask) for image in drawn.images)
    return replace(drawn, images=images, kept=0.5, mask=mask)


def _size(options: RenderOptions, picture: Image.Image | None) -> tuple[int, int]:
    size, scale = (options.width, options.height), 1.0
    if options.highres is not None and options.highres.size is not None:
        return options.highres.size
    if options.highres is not None:
        scale = options.highres.scale
        size = size if picture is None else picture.size
    return round(size[0] * scale), round(size[1] * scale)
