"""Has the engine do the jobs: canvas, picture, result.

As many jobs are under way as the engine can make use of; what is left to do with a finished picture (files, commits)
keeps nobody from the engine. Knows the engine by its protocol; knows no model, no device and no platform.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing, nullcontext, suppress
from dataclasses import replace
from types import MappingProxyType

from bot.catalogues.text import Wording
from bot.errors import UserError
from bot.jobs import failures, leases
from bot.jobs.casting import Casting
from bot.jobs.describing import Shown, to_describe
from bot.jobs.earlier import Beginning, begun_with
from bot.jobs.job import Job
from bot.jobs.marks import Watched, at_work
from bot.jobs.queue import Queue
from bot.jobs.signals import Concern
from bot.jobs.states import Begun, Composing, Drawing, Follow, Follower, Waiting
from bot.store.assets import Pictures
from bot.store.turns import Store
from bot.subjects import subjects_of
from bot.turns import conversation
from bot.turns.conversation import Edited, Picture, TurnRecord
from bot.turns.decency import Filter
from bot.turns.picture_rules import PictureRules, UncheckedError, Veil, blurred
from omost_pipeline.canvas.codec import canvas_to_code
from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.canvas.parser import ParsedCanvas
from omost_pipeline.composer.protocol import ComposeOptions
from omost_pipeline.engine.assets import picture_bytes, picture_of
from omost_pipeline.engine.events import Composed, Drawn, Event, Failed, Failure, Outlined, Preparing, Stepped
from omost_pipeline.engine.protocol import Engine
from omost_pipeline.engine.requests import ComposeRequest, DrawRequest, EarlierPicture, Request, compose_options_of
from omost_pipeline.errors import DeviceLostError, OmostError
from omost_pipeline.renderer.info import RendererInfo
from omost_pipeline.renderer.keep.earlier import Whole
from omost_pipeline.renderer.keep.overlay import packed_mask
from omost_pipeline.renderer.options import keeping_of, options_of
from omost_pipeline.renderer.spec import KEEP, VARY

logger = logging.getLogger(__name__)

_PAUSE_AFTER_TROUBLE = 1.0

_LOOK = 1.0
"""Seconds between two looks at what other processes have changed."""

_SEEDS_TRIED = 2
"""Seeds that a failed composition has used up: its own, and one for the second try."""


class _FailedJobError(Exception):
    """The engine could not do a job; the event says why."""

    def __init__(self, event: Failed) -> None:
        super().__init__(event.message)
        self.event = event


class Worker:
    """Runs jobs for ever.

    ``follow`` finds who is shown how far a job is. ``info`` says how pictures are drawn unless it is asked for
    otherwise. ``pace`` is the least time between two edits of a status, in seconds; ``paces`` are those of platforms
    that bear another, by their names.
    What ``decency`` refuses is not drawn; ``picture_rules`` say what is done with what is drawn. A job that computes
    for more than ``longest`` seconds is ended. The work on each is done within what ``watched`` gives.
    """

    def __init__(
        self,
        store: Store,
        queue: Queue,
        follow: Follow,
        pictures: Pictures,
        engine: Engine,
        info: RendererInfo,
        compose: ComposeOptions | None = None,
        pace: float = 1.5,
        paces: Mapping[str, float] = MappingProxyType({}),
        longest: float | None = None,
        decency: Filter | None = None,
        picture_rules: PictureRules | None = None,
        watched: Watched = nullcontext,
    ) -> None:
        self._store = store
        self._queue = queue
        self._follow = follow
        self._pictures = pictures
        self._engine = engine
        self._casting = Casting(store, pictures, info)
        self._compose_options = compose or ComposeOptions()
        self._info = info
        self._pace = pace
        self._paces = paces
        self._longest = longest
        self._decency = decency or Filter()
        self._picture_rules = picture_rules or PictureRules()
        self._watched = watched
        self._computing: set[int] = set()
        self._attempts: dict[int, asyncio.Task[None]] = {}
        self._claimed: dict[int, Job] = {}
        self._draining = False

    async def drain(self, seconds: float) -> None:
        """Begin nothing new, and give what is under way so many seconds to be finished."""
        self._draining = True
        if self._attempts and seconds > 0:
            logger.info("stopping: %d under way, at most %.0f s are waited", len(self._attempts), seconds)
            await asyncio.wait(self._attempts.values(), timeout=seconds)

    async def run(self) -> None:
        """Take up what the last process left, then work until cancelled. Running jobs are then put back first.

        Raises:
            DeviceLostError: if the engine can do nothing more before its process starts anew.
        """
        await self._queue.recover()
        await self._sweep()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._work(tasks))
                if self._queue.lease is not None:
                    tasks.create_task(self._hold(self._queue.lease))
        except* DeviceLostError as group:
            raise group.exceptions[0] from None
        finally:
            await self._engine.close()

    async def _work(self, tasks: asyncio.TaskGroup) -> None:
        while True:
            changed = self._queue.changed(Concern.WORK)
            self._stop_cancelled()
            try:
                job = await self._claim()
                if job is None:
                    await changed.wait()
                else:
                    self._computing.add(job.id)
                    self._claimed[job.id] = job
                    self._attempts[job.id] = tasks.create_task(self._attempt(job, tasks))
            except Exception:  # the database failed us; every job is still in it
                logger.exception("the queue could not be used")
                await asyncio.sleep(_PAUSE_AFTER_TROUBLE)
                await self._recover_quietly()

    async def _claim(self) -> Job | None:
        if self._draining:
            return None
        capacity = (await self._engine.describe()).capacity
        return await self._queue.claim(self._attempts) if len(self._computing) < capacity else None

    async def _hold(self, lease: float) -> None:
        """For ever: hold the jobs that run here, and see what other processes do."""
        pause, due = min(_LOOK, lease / leases.BEATS), 0.0
        loop = asyncio.get_running_loop()
        while True:
            try:
                if loop.time() >= due:
                    due = loop.time() + lease / leases.BEATS
                    await self._queue.beat(list(self._claimed.values()))
                await self._queue.look(list(self._claimed.values()))
            except Exception as error:  # noqa: BLE001 - the database failed us: who does not hold a job cannot end it
                logger.warning("the jobs that run here could not be held: %r", error)
            await asyncio.sleep(pause)

    def _stop_cancelled(self) -> None:
        for job, attempt in self._attempts.items():
            if self._queue.stopping(job):
                attempt.cancel()

    async def _recover_quietly(self) -> None:
        """Put back what runs by the database, but not here."""
        try:
            await self._queue.recover(self._attempts)
        except OmostError as error:
            logger.warning("the queue still cannot be used: %s", error)

    async def _attempt(self, job: Job, tasks: asyncio.TaskGroup) -> None:
        """One job from its claim to its end, whatever that is. Only trouble with the database gets out."""
        at_work.set(job)
        progress = self._follow(job, self._pace_of(job))
        tasks.create_task(progress.run())
        try:
            with self._watched(job):
                await self._carry_out(job, progress)
        except asyncio.CancelledError:
            if self._queue.stopping(job.id):
                logger.info("job %d: cancelled, or it is somebody else's", job.id)
            else:
                with suppress(OmostError):  # the next start takes it up all the same
                    await self._queue.release(job)
            raise
        except DeviceLostError:
            raise
        except _FailedJobError as error:
            await self._fail(job, failures.of_engine(error.event))
        except TimeoutError:
            logger.info("job %d: took too long", job.id)
            await self._fail(job, failures.too_long(self._longest or 0.0))
        except OmostError as error:
            logger.info("job %d: %s", job.id, type(error).__name__)  # what it says may quote what somebody wrote
            await self._fail(job, failures.explanation(error))
        except Exception:
            logger.exception("job %d: unexpected", job.id)
            await self._fail(job, failures.UNEXPECTED)
        finally:
            progress.close()
            self._leave(job)
            del self._attempts[job.id], self._claimed[job.id]
            self._queue.settled(job.id)

    async def _fail(self, job: Job, error: Wording) -> None:
        try:
            await self._queue.fail(job, error)
        except OmostError as trouble:  # the next start takes it up
            logger.warning("job %d: its end could not be stored: %s", job.id, trouble)

    def _leave(self, job: Job) -> None:
        """The engine is done with a job: there is room for another."""
        if job.id in self._computing:
            self._computing.remove(job.id)
            self._queue.wake()

    def _pace_of(self, job: Job) -> float:
        return self._paces.get(job.place.platform, self._pace)

    async def _carry_out(self, job: Job, progress: Follower) -> None:
        turn = await self._store.turn(job.turn)
        assert turn is not None, "the foreign key of a job"
        progress.show(Begun(turn))
        async with asyncio.timeout(self._longest):
            shown = await to_describe(self._store, self._pictures, turn)
            canvas = turn.canvas if turn.canvas is not None else await self._compose(job, turn, shown, progress)
            drawn = await self._draw(job, turn, canvas, progress) if shown is None else None
        self._leave(job)
        edited = await self._edited(drawn) if drawn is not None else None
        try:
            results = await self._results(job, turn, canvas, drawn if drawn is not None else shown)
        except OSError as error:
            await self._discard(job)
            logger.error("job %d: its picture cannot be written: %s", job.id, error)  # noqa: TRY400 - it says all
            raise UserError(failures.NOT_SAVED) from error
        except BaseException:  # somebody cancels
            await self._discard(job)
            raise
        await progress.seen()
        progress.close()
        if not await self._queue.finish(job, results, edited):
            logger.info("job %d: its end is not kept: it was cancelled, or it is somebody else's", job.id)
            await self._discard(job)
        for earlier in range(1, job.fence):
            await self._discard(job, earlier)

    async def _discard(self, job: Job, attempt: int | None = None) -> None:
        """Remove the files of a job that did not come to its end; what cannot be removed now is swept later."""
        with suppress(OSError):
            await asyncio.to_thread(self._pictures.discard, job.turn, job.fence if attempt is None else attempt)

    async def _sweep(self) -> None:
        """Remove the files of turns that ended without a picture: the bot died between the two."""
        try:
            for turn in await self._queue.without_pictures(await asyncio.to_thread(self._pictures.turns)):
                await asyncio.to_thread(self._pictures.discard, turn)
        except (OmostError, OSError) as error:
            logger.warning("files that belong to no picture could not be removed: %s", error)

    async def _compose(self, job: Job, turn: TurnRecord, shown: Shown | None, progress: Follower) -> Canvas:
        script = await self._casting.script(job.place.platform, turn)
        picture = await self._engine.assets.put(shown.content) if shown is not None else ""
        tried = _SEEDS_TRIED * await self._queue.failures(turn.id)
        usual = replace(self._compose_options, seed=turn.draft.seed + tried)
        options = compose_options_of(turn.draft.spec, usual)
        outlined: Outlined | None = None
        history = script.history if shown is None else ()
        request = ComposeRequest(str(job.id), script.words, history, options, picture)
        async with aclosing(self._run(request)) as events:
            async for event in events:
                match event:
                    case Preparing():
                        progress.show(Waiting(turn, event))
                    case Outlined():
                        self._check(job, turn, event.outline.canvas)
                        outlined = event
                        progress.show(Composing(turn, event.outline))
                    case Composed():
                        canvas = script.cast(event.canvas)
                        self._check(job, turn, canvas)
                        if outlined is not None:
                            progress.show(Composing(turn, outlined.outline), keep=True)
                        parsed = ParsedCanvas(canvas, event.corrections, event.cut)
                        await self._queue.composed(job, parsed, event.remembered)
                        await self._engine.assets.discard([picture] if picture else [])
                        return canvas
        raise AssertionError("a composition ends with the whole")

    def _check(self, job: Job, turn: TurnRecord, canvas: Canvas) -> None:
        """Do nothing, where what the language model wrote may be drawn.

        Raises:
            UserError: if not; says why.
        """
        places = subjects_of(job.place, turn.author).places
        refusal = self._decency.refusal([canvas_to_code(canvas)], places, turn.language, written=True)
        if refusal is not None:
            raise UserError(refusal)

    def _rules(self, job: Job, turn: TurnRecord) -> PictureRules:
        """What is done with pictures where a job is."""
        return self._picture_rules.holding(subjects_of(job.place, turn.author).places)

    def _veils(self, job: Job, turn: TurnRecord, drawn: Drawn) -> list[str]:
        """What is done with each picture.

        Raises:
            UserError: if none may be shown, or they could not be looked at; says so.
        """
        rules = self._rules(job, turn)
        try:
            veils = [rules.veil(each.scores) or "" for each in drawn.pictures]
        except UncheckedError as error:
            logger.error("job %d: its pictures are not shown: %s", job.id, error)  # noqa: TRY400 - it says all
            raise UserError(failures.UNCHECKED) from error
        if veils and all(veil == Veil.BLOCK for veil in veils):
            logger.info("job %d: the image check lets none of its pictures through", job.id)
            raise UserError(failures.BLOCKED)
        return veils

    async def _draw(self, job: Job, turn: TurnRecord, canvas: Canvas, progress: Follower) -> Drawn:
        request, why = await self._request(job, turn, canvas)
        request = replace(request, preview_every=self._pace_of(job))
        async with aclosing(self._run(request)) as events:
            async for event in events:
                match event:
                    case Preparing():
                        progress.show(Waiting(turn, event))
                    case Stepped(preview=preview) if preview:
                        content = await self._engine.assets.get(preview)
                        await self._engine.assets.discard([preview])
                        if self._rules(job, turn).rules:  # nobody has looked at it
                            content = await asyncio.to_thread(_blurred, content)
                        edits = request.earlier is not None
                        state = Drawing(turn, turn.canvas is None, event.number, event.total, content, edits)
                        progress.show(state, keep=event.number == 1)
                    case Drawn():
                        earlier = request.earlier.assets if request.earlier is not None else ()
                        await self._engine.assets.discard((*earlier, *request.references.values()))
                        return replace(event, whole=event.whole or why)
        raise AssertionError("a drawing ends with the pictures")

    async def _run(self, request: Request) -> AsyncGenerator[Event]:
        """The engine's events; a failure is raised."""
        async with aclosing(self._engine.run(request)) as events:
            async for event in events:
                if isinstance(event, Failed):
                    if event.failure is Failure.DEVICE:
                        raise DeviceLostError(event.message)
                    raise _FailedJobError(event)
                yield event

    async def _request(self, job: Job, turn: TurnRecord, canvas: Canvas) -> tuple[DrawRequest, Whole | None]:
        """How a turn is drawn: as is usual, where it was not asked for otherwise; and why all of it, if so."""
        spec, put = conversation.drawn_as(turn.draft, self._info), self._engine.assets.put
        looks = await self._casting.looks(turn, canvas)
        references = {name: await put(content) for name, content in looks.pictures.items()}
        request = DrawRequest(str(job.id), looks.plain(canvas), options_of(spec), references=references)
        if request.options.highres is not None:
            return replace(request, picture=await self._original(turn)), None
        if spec.get(KEEP) == "off":
            return request, None
        begun = await begun_with(self._store, self._pictures, turn, canvas, self._info)
        if not isinstance(begun, Beginning):
            return request, begun
        varied = spec.get(VARY)
        earlier = EarlierPicture(
            looks.plain(begun.canvas),
            await put(begun.picture),
            await put(begun.latents) if begun.latents else "",
            keeping_of(spec),
            () if varied is None else (varied,),
            begun.brought,
            await put(begun.layers) if begun.layers else "",
        )
        return replace(request, earlier=earlier), None

    async def _original(self, turn: TurnRecord) -> str:
        """The asset of the parent's picture that is made larger; if its file is gone, it is drawn once more first."""
        pictures = await self._store.pictures(turn.parent) if turn.parent is not None else []
        wanted = [picture for picture in pictures if picture.seed == turn.draft.seed]
        content = await asyncio.to_thread(self._pictures.read, wanted[0]) if wanted else None
        return await self._engine.assets.put(content) if content is not None else ""

    async def _results(self, job: Job, turn: TurnRecord, canvas: Canvas, made: Drawn | Shown | None) -> list[Picture]:
        """The turn's pictures in files: what was drawn, or the one that was described, as it is."""
        assert made is not None, "it is one or the other"
        if isinstance(made, Drawn):
            return await self._keep(job, turn, canvas, made, self._veils(job, turn, made))
        image = await asyncio.to_thread(picture_of, made.content)
        seed = turn.draft.seed
        picture = await asyncio.to_thread(self._pictures.keep, turn, canvas, 0, seed, image, attempt=job.fence)
        return [replace(picture, veil=made.veil)]

    async def _edited(self, drawn: Drawn) -> Edited | None:
        """What became of the picture that a drawing began with; None where there was none."""
        if drawn.whole is None and not drawn.kept and not drawn.mask:
            return None
        mask = await self._engine.assets.get(drawn.mask) if drawn.mask else b""
        packed = await asyncio.to_thread(packed_mask, mask, drawn.recomposed) if mask else b""
        return Edited(drawn.kept, drawn.whole, packed)

    async def _keep(
        self, job: Job, turn: TurnRecord, canvas: Canvas, drawn: Drawn, veils: Sequence[str]
    ) -> list[Picture]:
        """The finished pictures in files, encoded beside whatever the engine does next.

        Those that are blocked have no file, and stand behind the others.
        """
        if not drawn.pictures:
            raise UserError(failures.NOTHING_DRAWN)
        results: list[Picture] = []
        for each, veil in sorted(zip(drawn.pictures, veils, strict=True), key=lambda pair: pair[1] == Veil.BLOCK):
            number = len(results)
            if veil == Veil.BLOCK:
                results.append(Picture(turn.id, number, each.seed, "", each.width, each.height, veil))
                continue
            content = await self._engine.assets.get(each.asset)
            image = await asyncio.to_thread(picture_of, content)
            picture = await asyncio.to_thread(
                self._pictures.keep, turn, canvas, number, each.seed, image, attempt=job.fence
            )
            if each.latents:
                latents = await self._engine.assets.get(each.latents)
                await asyncio.to_thread(self._pictures.keep_latents, picture, latents)
            if each.layers:
                layers = await self._engine.assets.get(each.layers)
                await asyncio.to_thread(self._pictures.keep_layers, picture, layers)
            results.append(replace(picture, veil=veil))
        assets = (asset for each in drawn.pictures for asset in each.assets)
        await self._engine.assets.discard(asset for asset in (*assets, drawn.mask) if asset)
        return results


def _blurred(content: bytes) -> bytes:
    return picture_bytes(blurred(picture_of(content)))
