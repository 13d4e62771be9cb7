"""Does the jobs one after another on the one thread that runs torch: canvas, picture, result.

Knows the composer and the renderer by their protocols, the queue and the announcer; knows no platform and no model.
"""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Protocol

from PIL import Image

from bot.jobs.bridge import iterate
from bot.jobs.grouping import Grouping
from bot.jobs.job import Job, Kind
from bot.jobs.queue import Queue
from bot.messages import Attachment, Outgoing
from bot.store.assets import Pictures
from bot.store.store import Store
from bot.telling import replies
from bot.telling.announcer import Announcer, png
from bot.telling.progress import Progress
from bot.turns import conversation
from bot.turns.conversation import Picture, TurnRecord
from omost_pipeline.canvas.elements import Canvas, Outline
from omost_pipeline.canvas.preview import layout_image
from omost_pipeline.composer.composition import Composition, compose_canvas
from omost_pipeline.composer.protocol import ComposeOptions, Composer, Turn
from omost_pipeline.errors import CanvasError, OmostError, RendererError
from omost_pipeline.profiles import Profile
from omost_pipeline.renderer.protocol import Highres, Rendered, Renderer, RenderOptions, Step

logger = logging.getLogger(__name__)

_PAUSE_AFTER_TROUBLE = 1.0

_SEEDS_TRIED = 2
"""Seeds that a failed composition has used up: its own, and one for the second try."""


class Engine(Protocol):
    """The models. Its methods block and are called on the worker's thread only."""

    @property
    def profile(self) -> Profile:
        """What the models are."""
        ...

    @property
    def swaps(self) -> bool:
        """Whether going from one model to the other takes time, so that work for the same one belongs together."""
        ...

    def composer(self) -> Composer:
        """The composer, loaded if need be.

        Raises:
            OmostError: if it cannot be loaded.
        """
        ...

    def renderer(self) -> Renderer:
        """The renderer, loaded if need be.

        Raises:
            OmostError: if it cannot be loaded.
        """
        ...


class _StoppedError(Exception):
    """The job has been cancelled; its generator is being closed."""


class Worker:
    """Runs jobs for ever.

    ``pace`` is the least time between two edits of a status, in seconds; ``paces`` are those of platforms that bear
    another, by their names. ``drawing`` is how pictures are drawn unless it is asked for otherwise, ``highres`` how
    they are made larger.
    """

    def __init__(
        self,
        store: Store,
        queue: Queue,
        announcer: Announcer,
        pictures: Pictures,
        engine: Engine,
        compose: ComposeOptions | None = None,
        drawing: RenderOptions | None = None,
        highres: Highres | None = None,
        pace: float = 1.5,
        paces: Mapping[str, float] = MappingProxyType({}),
    ) -> None:
        self._store = store
        self._queue = queue
        self._announcer = announcer
        self._pictures = pictures
        self._engine = engine
        self._compose_options = compose or ComposeOptions()
        self._drawing = drawing or RenderOptions(engine.profile.width, engine.profile.height)
        self._highres = highres or Highres()
        self._pace = pace
        self._paces = paces
        self._grouping = Grouping()
        self._turns: Grouping | None = None

    async def run(self) -> None:
        """Take up what the last process left, then work until cancelled. A running job is then put back first."""
        await self._queue.recover()
        with ThreadPoolExecutor(1, thread_name_prefix="torch") as thread:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._announcer.keep_told())
                tasks.create_task(self._announcer.keep_positions(self._pace))
                tasks.create_task(self._work(tasks, thread))

    async def _work(self, tasks: asyncio.TaskGroup, thread: ThreadPoolExecutor) -> None:
        while True:
            changed = self._queue.changed
            try:
                self._turns = self._grouping if self._engine.swaps else None
                job = await self._queue.claim(self._turns)
                if job is None:
                    await changed.wait()
                else:
                    await self._attempt(job, tasks, thread)
            except Exception:  # the database failed us; every job is still in it
                logger.exception("the queue could not be used")
                await asyncio.sleep(_PAUSE_AFTER_TROUBLE)
                await self._recover_quietly()

    async def _recover_quietly(self) -> None:
        try:
            await self._queue.recover()
        except OmostError as error:
            logger.warning("the queue still cannot be used: %s", error)

    async def _attempt(self, job: Job, tasks: asyncio.TaskGroup, thread: ThreadPoolExecutor) -> None:
        """One job from its claim to its end, whatever that is. Only trouble with the database gets out."""
        progress = Progress(self._announcer, job.id, self._paces.get(job.place.platform, self._pace))
        tasks.create_task(progress.run())
        try:
            await self._carry_out(job, progress, thread)
        except asyncio.CancelledError:
            with suppress(OmostError):  # the next start takes it up all the same
                await self._queue.release(job.id)
            raise
        except _StoppedError:
            logger.info("job %d: cancelled", job.id)
        except CanvasError as error:
            logger.info("job %d: %s", job.id, error)
            await self._queue.fail(job.id, replies.unreadable(str(error)))
        except OmostError as error:
            logger.info("job %d: %s", job.id, error)
            await self._queue.fail(job.id, str(error))
        except Exception:
            logger.exception("job %d: unexpected", job.id)
            await self._queue.fail(job.id, replies.UNEXPECTED)
        finally:
            progress.close()
            self._queue.settled(job.id)

    async def _carry_out(self, job: Job, progress: Progress, thread: ThreadPoolExecutor) -> None:
        turn = await self._store.turn(job.turn)
        assert turn is not None, "the foreign key of a job"
        progress.show(lambda: replies.starting(turn))
        canvas = turn.canvas
        if canvas is None:
            canvas = await self._compose(job, turn, progress, thread)
            self._grouping.ran(Kind.COMPOSE)
            if self._turns is not None and await self._queue.set_aside(job, self._turns):
                return
        rendered = await self._render(job, turn, canvas, progress, thread)
        self._grouping.ran(Kind.RENDER)
        progress.close()
        results = await asyncio.to_thread(self._keep, turn, canvas, rendered)
        await self._queue.finish(job, results)

    async def _compose(self, job: Job, turn: TurnRecord, progress: Progress, thread: ThreadPoolExecutor) -> Canvas:
        ancestors = await self._store.ancestry(turn.parent)
        earlier = conversation.history(conversation.path(ancestors, turn.parent))
        tried = _SEEDS_TRIED * await self._queue.failures(turn.id)
        options = replace(self._compose_options, seed=turn.draft.seed + tried)
        composed: Composition | None = None
        async with aclosing(iterate(_composing(self._engine, earlier, turn.request, options), thread)) as news:
            async for new in news:
                self._check(job)
                if isinstance(new, Outline):
                    progress.show(_Composing(turn, new))
                elif new is not None:
                    composed = new
        assert composed is not None, "it is the last thing that _composing yields"
        await progress.seen()
        if not await self._queue.composed(job, composed.parsed, composed.remembered):
            raise _StoppedError
        return composed.parsed.canvas

    async def _render(
        self, job: Job, turn: TurnRecord, canvas: Canvas, progress: Progress, thread: ThreadPoolExecutor
    ) -> Rendered:
        options = await self._options(turn)
        rendered: Rendered | None = None
        async with aclosing(iterate(_drawing(self._engine, canvas, options), thread)) as news:
            async for new in news:
                self._check(job)
                if isinstance(new, Step):
                    progress.show(_Drawing(turn, turn.canvas is None, new))
                    if new.number == 1:
                        await progress.seen()
                else:
                    rendered = new
        if rendered is None:
            raise RendererError(replies.NOTHING_DRAWN)
        return rendered

    async def _options(self, turn: TurnRecord) -> RenderOptions:
        """How a turn is drawn: as the settings have it, where it was not asked for otherwise."""
        draft, usual = turn.draft, self._drawing
        return replace(
            usual,
            width=draft.width,
            height=draft.height,
            seed=draft.seed,
            steps=draft.steps,
            guidance=draft.guidance,
            negative_prompt=usual.negative_prompt if draft.negative is None else draft.negative,
            images=draft.images,
            initial_strength=usual.initial_strength if draft.initial is None else draft.initial or None,
            highres=await self._larger(turn, draft.larger) if draft.larger is not None else None,
        )

    async def _larger(self, turn: TurnRecord, scale: float) -> Highres:
        """How the parent's picture is made larger; if its file is gone, the same is drawn once more first."""
        pictures = await self._store.pictures(turn.parent) if turn.parent is not None else []
        wanted = [picture for picture in pictures if picture.seed == turn.draft.seed]
        content = await asyncio.to_thread(self._pictures.read, wanted[0]) if wanted else None
        if content is None:
            return replace(self._highres, scale=scale)
        image = await asyncio.to_thread(lambda: Image.open(io.BytesIO(content)).convert("RGB"))
        return replace(self._highres, scale=scale, picture=image)

    def _check(self, job: Job) -> None:
        if self._queue.stopping(job.id):
            raise _StoppedError

    def _keep(self, turn: TurnRecord, canvas: Canvas, rendered: Rendered) -> list[Picture]:
        drawn = zip(rendered.images, rendered.seeds, strict=True)
        return [self._pictures.keep(turn, canvas, number, seed, image) for number, (image, seed) in enumerate(drawn)]


@dataclass(frozen=True)
class _Composing:
    """Makes the status of a composition; called only if it is shown."""

    turn: TurnRecord
    outline: Outline

    def __call__(self) -> Outgoing:
        draft, canvas = self.turn.draft, self.outline.canvas
        content = png(layout_image(canvas, draft.width, draft.height, self.outline.pending))
        layout = Attachment(f"{self.turn.id}-layout.png", content, f"Layout: {replies.alt_text(canvas)}")
        return replies.composing(self.turn, self.outline, layout)


@dataclass(frozen=True)
class _Drawing:
    """Makes the status of a drawing; called only if it is shown."""

    turn: TurnRecord
    composed_now: bool
    step: Step

    def __call__(self) -> Outgoing:
        description = f"Preview of step {self.step.number} of {self.step.total}"
        preview = Attachment(f"{self.turn.id}-preview.png", png(self.step.preview), description)
        return replies.drawing(self.turn, self.composed_now, self.step.number, self.step.total, preview)


def _composing(
    engine: Engine, earlier: Sequence[Turn], words: str, options: ComposeOptions
) -> Generator[Outline | Composition | None, None, None]:
    """After each piece the outline if there is more to see, else None; last the whole composition."""
    yield None  # so that a job cancelled by now does not load a model first
    yield from compose_canvas(engine.composer(), earlier, words, options)


def _drawing(engine: Engine, canvas: Canvas, options: RenderOptions) -> Generator[Step | Rendered, None, None]:
    """As the renderer's own generator; loads the renderer first."""
    yield from engine.renderer().render(canvas, options)
