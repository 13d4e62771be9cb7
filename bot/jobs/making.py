"""Makes what a job is for, with the engine: its canvas, its pictures, and their files.

Knows the engine by its protocol; knows no model, no device and no platform. Which job is made when is
:mod:`bot.jobs.worker`'s business.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace

from bot.errors import UserError
from bot.jobs import failures
from bot.jobs.casting import Casting
from bot.jobs.describing import Shown, to_describe
from bot.jobs.earlier import Beginning, begun_with
from bot.jobs.job import Job
from bot.jobs.queue import Queue
from bot.jobs.states import Composing, Drawing, Follower, Waiting
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

_SEEDS_TRIED = 2
"""Seeds that a failed composition has used up: its own, and one for the second try."""


class EngineFailedError(Exception):
    """The engine could not do a job; the event says why."""

    def __init__(self, event: Failed) -> None:
        super().__init__(event.message)
        self.event = event


class Maker:
    """Makes canvases and pictures of turns.

    ``info`` says how pictures are drawn unless it is asked for otherwise. What ``decency`` refuses is not drawn;
    ``rules`` say what is done with what is drawn.
    """

    def __init__(
        self,
        store: Store,
        queue: Queue,
        pictures: Pictures,
        engine: Engine,
        info: RendererInfo,
        compose: ComposeOptions | None = None,
        decency: Filter | None = None,
        rules: PictureRules | None = None,
    ) -> None:
        self._store = store
        self._queue = queue
        self._pictures = pictures
        self._engine = engine
        self._casting = Casting(store, pictures, info)
        self._compose_options = compose or ComposeOptions()
        self._info = info
        self._decency = decency or Filter()
        self._picture_rules = rules or PictureRules()

    async def shown(self, turn: TurnRecord) -> Shown | None:
        """The picture that a turn describes; None where it draws one.

        Raises:
            UserError: if its file is gone.
        """
        return await to_describe(self._store, self._pictures, turn)

    async def compose(self, job: Job, turn: TurnRecord, shown: Shown | None, progress: Follower) -> Canvas:
        """What a turn's words ask for, or what ``shown`` shows; it is stored before it is given.

        Raises:
            EngineFailedError: if it cannot be composed.
            DeviceLostError: if the engine can do nothing more before its process starts anew.
            UserError: if what was composed may not be drawn; says why.
        """
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

    async def draw(self, job: Job, turn: TurnRecord, canvas: Canvas, progress: Follower, pace: float) -> Drawn:
        """What a canvas shows, as assets; a preview is made every ``pace`` seconds.

        Raises:
            EngineFailedError, DeviceLostError: as :meth:`compose`.
        """
        request, why = await self._request(job, turn, canvas)
        request = replace(request, preview_every=pace)
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

    async def edited(self, drawn: Drawn) -> Edited | None:
        """What became of the picture that a drawing began with; None where there was none."""
        if drawn.whole is None and not drawn.kept and not drawn.mask:
            return None
        mask = await self._engine.assets.get(drawn.mask) if drawn.mask else b""
        packed = await asyncio.to_thread(packed_mask, mask, drawn.recomposed) if mask else b""
        return Edited(drawn.kept, drawn.whole, packed)

    async def keep(self, job: Job, turn: TurnRecord, canvas: Canvas, made: Drawn | Shown) -> list[Picture]:
        """The turn's pictures in files: what was drawn, or the one that was described, as it is.

        Raises:
            OSError: if they cannot be written.
            UserError: if none may be shown; says why.
        """
        if isinstance(made, Drawn):
            return await self._keep_drawn(job, turn, canvas, made, self._veils(job, turn, made))
        content = await asyncio.to_thread(_pixels, made.content)
        seed = turn.draft.seed
        picture = await asyncio.to_thread(self._pictures.keep, turn, canvas, 0, seed, content, attempt=job.fence)
        return [replace(picture, veil=made.veil)]

    async def discard(self, job: Job, attempt: int | None = None) -> None:
        """Remove the files of a job that did not come to its end; what cannot be removed now is swept later."""
        with suppress(OSError):
            await asyncio.to_thread(self._pictures.discard, job.turn, job.fence if attempt is None else attempt)

    async def sweep(self) -> None:
        """Remove the files of turns that ended without a picture: the bot died between the two."""
        try:
            for turn in await self._queue.without_pictures(await asyncio.to_thread(self._pictures.turns)):
                await asyncio.to_thread(self._pictures.discard, turn)
        except (OmostError, OSError) as error:
            logger.warning("files that belong to no picture could not be removed: %s", error)

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

    async def _run(self, request: Request) -> AsyncGenerator[Event]:
        """The engine's events; a failure is raised."""
        async with aclosing(self._engine.run(request)) as events:
            async for event in events:
                if isinstance(event, Failed):
                    if event.failure is Failure.DEVICE:
                        raise DeviceLostError(event.message)
                    raise EngineFailedError(event)
                yield event

    async def _request(self, job: Job, turn: TurnRecord, canvas: Canvas) -> tuple[DrawRequest, Whole | None]:
        """How a turn is drawn: as is usual, where it was not asked for otherwise; and why all of it, if so."""
        spec, put = conversation.drawn_as(turn.draft, self._info), self._engine.assets.put
        looks = await self._casting.looks(turn, canvas)
        references = {name: await put(content) for name, content in looks.pictures.items()}
        request = DrawRequest(str(job.id), looks.plain(canvas), options_of(spec), references=references)
        if request.options.highres is not None:
            return await self._larger(turn, request), None
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
            begun.seed,
        )
        return replace(request, earlier=earlier), None

    async def _larger(self, turn: TurnRecord, request: DrawRequest) -> DrawRequest:
        """With the parent's picture, which is made larger; if its file is gone, it is drawn once more first.

        A draft is finished layer by layer, where it has layers.
        """
        pictures, put = await self._store.pictures(turn.parent) if turn.parent else [], self._engine.assets.put
        wanted = next((picture for picture in pictures if picture.seed == turn.draft.seed), None)
        content = await asyncio.to_thread(self._pictures.read, wanted) if wanted is not None else None
        if wanted is None or content is None:
            return request
        picture = await put(content)
        layers = await asyncio.to_thread(self._pictures.read_layers, wanted) if conversation.is_finished(turn) else None
        if layers is None:
            return replace(request, picture=picture)
        return replace(request, earlier=EarlierPicture(request.canvas, picture, "", layers=await put(layers)))

    async def _keep_drawn(
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
            picture = await asyncio.to_thread(
                self._pictures.keep, turn, canvas, number, each.seed, content, attempt=job.fence
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


def _pixels(content: bytes) -> bytes:
    """A picture that somebody brought, without whatever else its file says."""
    return picture_bytes(picture_of(content))


def _blurred(content: bytes) -> bytes:
    return picture_bytes(blurred(picture_of(content)))
