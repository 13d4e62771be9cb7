"""The engine in this process: both models on one thread of its own, which alone touches torch.

Owns that thread, whose turn it is on the device, and what models report while they load. How models share memory is
:mod:`residency`'s business.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, closing, contextmanager
from dataclasses import dataclass
from typing import Protocol

from PIL import Image

from omost_pipeline import hub
from omost_pipeline.canvas.elements import Outline
from omost_pipeline.composer.composition import Composition, compose_canvas
from omost_pipeline.composer.describing import Describer
from omost_pipeline.composer.protocol import Composer
from omost_pipeline.engine.assets import MemoryAssets, picture_bytes, picture_of
from omost_pipeline.engine.events import (
    Activity,
    Composed,
    Drawn,
    DrawnPicture,
    Event,
    Failure,
    Looked,
    Outlined,
    Part,
    Preparing,
    Stepped,
)
from omost_pipeline.engine.failures import failed
from omost_pipeline.engine.families import sizes_of
from omost_pipeline.engine.grouping import GROUP, Line
from omost_pipeline.engine.image_classifier import ImageClassifier
from omost_pipeline.engine.protocol import EngineInfo
from omost_pipeline.engine.requests import ComposeRequest, DrawRequest, EarlierPicture, LookRequest, Request
from omost_pipeline.engine.torch_thread import Reports, iterate
from omost_pipeline.errors import RendererError
from omost_pipeline.profiles import Profile
from omost_pipeline.renderer.keep.earlier import Earlier
from omost_pipeline.renderer.protocol import Editor, Referring, Rendered, Renderer, Step

logger = logging.getLogger(__name__)

_REPORT_EVERY = 0.5
"""Seconds between two events that tell how far a download is."""


class Models(Protocol):
    """A composer and a renderer that share a device. All but ``profile`` is asked on the torch thread alone."""

    @property
    def profile(self) -> Profile:
        """What the models are."""
        ...

    @property
    def swaps(self) -> bool:
        """Whether going from one model to the other takes time, so that work for the same one belongs together."""
        ...

    def composer(self) -> Composer:
        """The composer, loaded if need be."""
        ...

    def renderer(self) -> Renderer:
        """The renderer, loaded if need be."""
        ...

    def describer(self) -> Describer:
        """What sees pictures and writes their canvases, loaded if need be.

        Raises:
            ComposerError: if the profile has none.
        """
        ...

    def classifier(self) -> ImageClassifier | None:
        """What looks at finished pictures, loaded if need be; None where the profile has none."""
        ...

    def ready(self, part: Part) -> bool:
        """Whether a model is loaded."""
        ...

    def settle(self) -> None:
        """A piece of work is over."""
        ...

    def unload(self) -> None:
        """Let both models go."""
        ...


class _CancelledError(Exception):
    """The request has been cancelled while its model was being fetched."""


class LocalEngine:
    """Composes and draws in this process. Make it anywhere; use it from one event loop."""

    def __init__(self, models: Models, assets: MemoryAssets | None = None) -> None:
        self._models = models
        self._assets = assets if assets is not None else MemoryAssets()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="torch")
        self._line = Line()
        self._info: EngineInfo | None = None
        self._preparing = False

    @property
    def assets(self) -> MemoryAssets:
        """Pictures by id, in this process's memory."""
        return self._assets

    async def describe(self) -> EngineInfo:
        """What the models are; the first time on the torch thread, as the plan of memory wants torch."""
        if self._info is None:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._look)
        assert self._info is not None, "it has just been looked up"
        return self._info

    async def prepare(self) -> None:
        """Load what finds room beside each other: both models, or the one that is wanted first. Cancel it as you like.

        Who asks for something meanwhile has their turn between the two.
        """
        try:
            side_by_side = (await self.describe()).capacity == 1
            self._preparing = True
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._thread, self._models.composer)
            if side_by_side:
                await loop.run_in_executor(self._thread, self._models.renderer)
        except Exception as error:
            unexpected = failed(error).failure is Failure.UNEXPECTED
            logger.warning("the models are not ready: %s", error, exc_info=unexpected)
        finally:
            self._preparing = False

    async def run(self, request: Request) -> AsyncGenerator[Event]:
        """As :class:`~omost_pipeline.engine.protocol.Engine`."""
        part = Part.COMPOSER if isinstance(request, ComposeRequest) else Part.RENDERER
        self._line.grouped = (await self.describe()).capacity > 1
        async with self._line.turn(part):
            if self._preparing:
                yield Preparing(part, Activity.LOADING)
            cancelled = threading.Event()
            reports = Reports[Event]()
            work = self._worked(request, part, reports.report, cancelled)
            async with aclosing(iterate(work, self._thread, reports, cancelled.set)) as events:
                async for event in events:
                    yield event

    async def close(self) -> None:
        """Let the models go, once what runs has stopped, and end the thread."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._models.unload)
        await asyncio.to_thread(self._thread.shutdown)

    def _look(self) -> None:
        profile, swaps = self._models.profile, self._models.swaps
        composer = profile.composer if profile.server is None else profile.server.model or profile.server.url
        sizes = sizes_of(profile.renderer)
        self._info = EngineInfo(profile.name, composer, profile.renderer, sizes, 2 * GROUP if swaps else 1)

    def _worked(
        self, request: Request, part: Part, report: Callable[[Event], None], cancelled: threading.Event
    ) -> Generator[Event, None, None]:
        """A request's events, on the torch thread; whatever goes wrong is the last of them."""
        watch = _Watch(part, report, cancelled)
        try:
            sees = isinstance(request, ComposeRequest) and request.picture
            if sees or not (isinstance(request, LookRequest) or self._models.ready(part)):
                yield Preparing(part, Activity.LOADING)  # a moment in which to cancel, too
            with closing(self._work(request, watch)) as work:
                yield from work
        except _CancelledError:
            return
        except Exception as error:
            event = failed(error)
            logger.info("request %s: %s", request.id, error, exc_info=event.failure is Failure.UNEXPECTED)
            yield event
        finally:
            self._models.settle()
            self._look()

    def _work(self, request: Request, watch: _Watch) -> Generator[Event, None, None]:
        if isinstance(request, ComposeRequest):
            return self._composing(request, watch)
        if isinstance(request, LookRequest):
            return self._looking(request, watch)
        return self._drawing(request, watch)

    def _looking(self, request: LookRequest, watch: _Watch) -> Generator[Event, None, None]:
        with watch.fetching():
            classifier = self._models.classifier()
        image = picture_of(self._assets.read(request.picture))
        yield Looked(classifier.scores(image) if classifier is not None else {})

    def _composing(self, request: ComposeRequest, watch: _Watch) -> Generator[Event, None, None]:
        with watch.fetching():
            composer = (
                self._models.describer().looking_at(self._picture(request))
                if request.picture
                else self._models.composer()
            )
        for news in compose_canvas(composer, request.history, request.words, request.options):
            if isinstance(news, Outline):
                yield Outlined(news)
            elif isinstance(news, Composition):
                parsed = news.parsed
                counted = news.remembered, news.tokens, news.passes
                yield Composed(parsed.canvas, parsed.corrections, parsed.cut, *counted)

    def _picture(self, request: ComposeRequest) -> Image.Image:
        return picture_of(self._assets.read(request.picture))

    def _drawing(self, request: DrawRequest, watch: _Watch) -> Generator[Event, None, None]:
        with watch.fetching():
            classifier = self._models.classifier()  # first: what nobody can look at is not drawn
            renderer = self._models.renderer()
        seen = -float("inf")
        for news in self._rendering(renderer, request):
            if isinstance(news, Rendered):
                yield self._drawn(news, classifier)
                return
            now, preview = time.monotonic(), ""
            if request.preview_every is not None and now - seen >= request.preview_every:
                seen, preview = now, self._assets.keep(picture_bytes(news.preview()))
            yield Stepped(news.number, news.total, preview)

    def _rendering(self, renderer: Renderer, request: DrawRequest) -> Generator[Step | Rendered, None, None]:
        if request.references and isinstance(renderer, Referring):
            renderer = renderer.referring(
                {name: self._reference(name, id_) for name, id_ in request.references.items()}
            )
        if request.earlier is not None and isinstance(renderer, Editor):
            return renderer.edit(request.canvas, request.options, self._earlier(request.earlier))
        picture = picture_of(self._assets.read(request.picture)) if request.picture else None
        return renderer.render(request.canvas, request.options, picture)

    def _reference(self, name: str, asset: str) -> Image.Image:
        try:
            return picture_of(self._assets.read(asset))
        except OSError as error:
            raise RendererError(f"The picture of {name!r} cannot be read ({error}): bring another one.") from error

    def _earlier(self, earlier: EarlierPicture) -> Earlier:
        picture = picture_of(self._assets.read(earlier.picture))
        latents, layers = (self._assets.read(asset) if asset else b"" for asset in (earlier.latents, earlier.layers))
        held = earlier.again, earlier.brought, layers, earlier.seed
        return Earlier(earlier.canvas, picture, latents, earlier.options, *held)

    def _drawn(self, rendered: Rendered, classifier: ImageClassifier | None) -> Drawn:
        keep = self._assets.keep
        latents, layers = (
            [keep(each) for each in kept] or [""] * len(rendered.images) for kept in (rendered.remains, rendered.layers)
        )
        scores = [classifier.scores(image) if classifier is not None else {} for image in rendered.images]
        drawn = zip(rendered.images, rendered.seeds, latents, scores, layers, strict=True)
        pictures = tuple(
            DrawnPicture(keep(picture_bytes(image)), seed, image.width, image.height, own, seen, parts)
            for image, seed, own, seen, parts in drawn
        )
        mask = keep(picture_bytes(rendered.mask)) if rendered.mask is not None else ""
        return Drawn(pictures, dict(rendered.seconds), rendered.kept, mask, rendered.whole, rendered.recomposed)


@dataclass
class _Watch:
    """Tells how far a download is, and ends it where its request has been cancelled."""

    part: Part
    report: Callable[[Event], None]
    cancelled: threading.Event
    done: int = 0
    total: int = 0
    told: float = -float("inf")

    @contextmanager
    def fetching(self) -> Iterator[None]:
        """Watch what this thread fetches from the hub meanwhile."""
        with hub.watched(self):
            yield

    def __call__(self, done: int, total: int) -> None:
        if self.cancelled.is_set():
            raise _CancelledError
        now = time.monotonic()
        self.done = max(self.done, done)
        if now - self.told >= _REPORT_EVERY or total != self.total:
            self.told, self.total = now, total
            self.report(Preparing(self.part, Activity.DOWNLOADING, self.done, total))
