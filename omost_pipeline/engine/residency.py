"""Which of a profile's two models is in memory, and which one makes room for the other.

On a CPU both stay. On a GPU the free memory decides on a plan (:mod:`memory`) before anything is loaded. Work that runs
out of memory all the same is done once more by a plan with more room, for that work alone: what one canvas needs is no
reason to slow down everybody's. Only where work after work runs out does the leaner plan stay, and after a while the
first one is tried again. Knows nothing of canvases or jobs.

Everything here blocks and belongs to one thread: create it anywhere, then use it only on the thread that runs torch.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from PIL.Image import Image

from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.composer.describing import Describer, Vision
from omost_pipeline.composer.protocol import ComposeOptions, Composer, Turn, Written
from omost_pipeline.engine.bundled_composer import bundled_composer
from omost_pipeline.engine.events import Part
from omost_pipeline.engine.image_classifier import ImageClassifier, load_classifier
from omost_pipeline.engine.needs import needs_of
from omost_pipeline.engine.one_model import OneModel
from omost_pipeline.errors import ComposerError, MemoryShortError
from omost_pipeline.memory import PLANS, CudaMemory, HostMemory, MemoryMeter, Placement, Plan, plan_for
from omost_pipeline.profiles import BUNDLED, PROFILES, Profile
from omost_pipeline.renderer.keep.earlier import Earlier
from omost_pipeline.renderer.protocol import Editor, Referring, Rendered, Renderer, RenderOptions, Step

logger = logging.getLogger(__name__)

_Model = TypeVar("_Model")

LoadComposer = Callable[[str, str], Composer]
"""(name or path, device) → composer."""

LoadRenderer = Callable[[Profile, str, Placement, MemoryMeter], Renderer]
"""(profile, device, where it is while it draws, the device's memory) → renderer."""


STRIKES = 2
"""Pieces of work in a row that run out of memory before the leaner plan stays."""

RECOVERY = 50
"""Pieces of work done by a leaner plan before the first one is tried again: what took the memory may be gone."""

_LEAN_COMPOSER = 'models.sharing = "host" runs it on the CPU, and profile = "omost-phi" needs less.'
_LEAN_RENDERER = 'models.sharing = "layers" needs the least, and a smaller render.width and render.height need less.'


class Models:
    """A profile's composer and renderer, loaded when first asked for.

    Ask for a model each time you need it and keep no reference to it: what somebody still holds cannot be unloaded.
    """

    def __init__(
        self,
        profile: Profile,
        device: str | None = None,
        *,
        memory: MemoryMeter | None = None,
        load_composer: LoadComposer | None = None,
        load_renderer: LoadRenderer | None = None,
    ) -> None:
        """``device`` is torch's name for it (``"cpu"``, ``"cuda"``, ``"cuda:1"``); by default CUDA where there is one.

        ``memory`` and the loaders are by default those of the device and the project.
        """
        self.profile = profile
        self._device = device
        self._memory = memory
        self._plan: Plan | None = None
        self._usual: Plan | None = None
        self._first: Plan | None = None
        self._strikes = self._lean_work = 0
        one = OneModel(profile, lambda: self.plan) if profile.one_model else None
        self._load_composer = load_composer or (one.load_composer if one is not None else partial(_llm, profile))
        self._load_renderer = load_renderer or (one.load_renderer if one is not None else _renderer)
        self._composer: Composer | None = None
        self._renderer: Renderer | None = None
        self._classifier: ImageClassifier | None = None
        self._describer: Describer | None = None

    @property
    def device(self) -> str:
        """The device the models run on."""
        if self._device is None:
            self._device = _best_device()
        return self._device

    @property
    def plan(self) -> Plan:
        """How the models share the device: as the profile insists, or as its free memory was at first."""
        if self._plan is None:
            self._plan = self._usual = self._first = self._first_plan()
        return self._plan

    def _first_plan(self) -> Plan:
        wanted = PLANS.get(self.profile.sharing) or plan_for(self._meter().free(), needs_of(self.profile))
        return self._possible(wanted)

    def _possible(self, plan: Plan) -> Plan:
        """The plan; of one model that cannot leave for the other, the parts come when they work instead."""
        if self.profile.precision == "nf4":  # its weights cannot come and go
            return PLANS["together"]
        leaves = self.profile.one_model and plan.swaps and plan.placement is Placement.WHOLE
        return replace(plan, placement=Placement.PARTS) if leaves else plan

    @property
    def swaps(self) -> bool:
        """Whether going from one model to the other and back takes time, so that jobs of a kind belong together."""
        return self.plan.swaps

    def composer(self) -> Composer:
        """The composer, loaded if need be. If memory runs out before it says anything, it begins again with more room.

        Raises:
            WeightsError: if its files are missing or damaged.
            MemoryShortError: if it does not fit the device by any plan.
        """
        self._present_composer()
        return _RetriedComposer(self._present_composer, self.spare_composer)

    def renderer(self) -> Renderer:
        """The renderer, loaded if need be. If memory runs out it draws once more with more room; raises as above."""
        self._present_renderer()
        return _RetriedRenderer(self._present_renderer, self.spare_renderer)

    def describer(self) -> Describer:
        """The profile's vision model. On a GPU it has the place of the others, which come again when they are needed.

        Raises:
            ComposerError: if it has none.
            WeightsError: if it cannot be loaded.
            MemoryShortError: if it does not fit the device.
        """
        vision = self.profile.vision
        if vision is None:
            raise ComposerError("There is no model that sees pictures: set vision.model or vision.url.")
        if self._describer is None:
            if vision.server is None and not isinstance(self._meter(), HostMemory):
                self.unload()
            self._describer = _describer(vision, self.device)
        return self._describer

    def _without_describer(self) -> None:
        """Let a vision model on the GPU go."""
        vision = self.profile.vision
        on_gpu = vision is not None and vision.server is None and not isinstance(self._meter(), HostMemory)
        if self._describer is not None and on_gpu:
            self._describer = None
            self._meter().release()

    def classifier(self) -> ImageClassifier | None:
        """The profile's image classifier, on the CPU whatever the plan; None where it has none.

        Raises:
            WeightsError: if it cannot be loaded.
        """
        if self._classifier is None and self.profile.classifier:
            self._classifier = load_classifier(self.profile.classifier)
        return self._classifier

    def ready(self, part: Part) -> bool:
        """Whether a model is loaded, as far as is known without loading anything."""
        return (self._composer if part is Part.COMPOSER else self._renderer) is not None

    def settle(self) -> None:
        """A piece of work is over: go back to the usual plan, or let the one that had to be taken be usual."""
        if self._plan is None:
            return
        if self._plan == self._usual:
            self._strikes = 0
            self._recover()
            return
        self._strikes += 1
        if self._strikes < STRIKES:
            self._take(self._usual)
        else:
            logger.warning("there is not enough memory on %s; from now on %s", self.device, self._plan)
            self._usual, self._strikes, self._lean_work = self._plan, 0, 0

    def _recover(self) -> None:
        """Try the first plan again once a leaner one has done its share of work."""
        if self._usual == self._first:
            return
        self._lean_work += 1
        if self._lean_work >= RECOVERY:
            self._usual, self._lean_work = self._first, 0
            self._take(self._usual)

    def _take(self, plan: Plan | None) -> None:
        self._plan = plan
        self.unload()

    def unload(self) -> None:
        """Let the models go; they load again when asked for."""
        self._composer = self._renderer = self._describer = None
        self._meter().release()

    def spare_composer(self) -> bool:
        """Change to the next plan that leaves the composer more room; False if there is none."""
        return self._change(self.plan.sparing_composer())

    def spare_renderer(self) -> bool:
        """Change to the next plan that leaves the renderer more room; False if there is none."""
        return self._change(self.plan.sparing_renderer())

    def _present_composer(self) -> Composer:
        self._without_describer()
        if self.plan.swaps and self.plan.placement is Placement.WHOLE:
            self._renderer = None
            self._meter().release()
        if self._composer is None:
            self._composer = self._loaded(self._new_composer, self.spare_composer)
        return self._composer

    def _present_renderer(self) -> Renderer:
        self._without_describer()
        if self.plan.swaps and self.profile.server is None and not self.profile.one_model:
            self._composer = None
            self._meter().release()
        if self._renderer is None:
            self._renderer = self._loaded(self._new_renderer, self.spare_renderer)
        return self._renderer

    def _new_composer(self) -> Composer:
        return self._load_composer(self.profile.composer, "cpu" if self.plan.on_host else self.device)

    def _new_renderer(self) -> Renderer:
        return self._load_renderer(self.profile, self.device, self.plan.placement, self._meter())

    def _loaded(self, load: Callable[[], _Model], make_room: Callable[[], bool]) -> _Model:
        while True:
            try:
                return load()
            except MemoryShortError:
                if not make_room():
                    raise
                self._usual = self._plan  # the weights alone are too much for the plan before

    def _change(self, plan: Plan | None) -> bool:
        """Change to a plan for which both models make room now; nobody else can have less memory than the host."""
        if plan is None or isinstance(self._meter(), HostMemory):
            return False
        plan = self._possible(plan)
        if plan == self._plan:
            return False
        logger.warning("there was not enough memory on %s; trying again with more room: %s", self.device, plan)
        self._take(plan)
        return True

    def _meter(self) -> MemoryMeter:
        if self._memory is None:
            self._memory = CudaMemory(self.device) if self.device.startswith("cuda") else HostMemory()
        return self._memory


class _RetriedComposer:
    """A composer that begins again with more room as long as memory runs out before its first word."""

    def __init__(self, present: Callable[[], Composer], make_room: Callable[[], bool]) -> None:
        """``present`` gives the composer as it is now; ``make_room`` changes that, unless there is no more to gain."""
        self._present, self._make_room = present, make_room

    def compose(
        self, history: Sequence[Turn], words: str, options: ComposeOptions
    ) -> Generator[str, None, Written | None]:
        """As :class:`~omost_pipeline.composer.protocol.Composer`."""
        said = False
        try:
            with closing(self._present().compose(history, words, options)) as pieces:
                while True:
                    try:
                        piece = next(pieces)
                    except StopIteration as end:
                        written: Written | None = end.value
                        return written
                    said = said or bool(piece)
                    yield piece
        except MemoryShortError as error:
            problem = str(error)
        # Outside the except block, whose traceback still holds what took the memory.
        if not self._make_room():
            raise MemoryShortError(f"{problem} {_LEAN_COMPOSER}")
        if said:
            raise MemoryShortError(f"{problem} Memory has been freed: try again.")
        return (yield from self.compose(history, words, options))


class _RetriedRenderer:
    """A renderer that draws once more with more room as long as memory runs out and there is more to make."""

    def __init__(self, present: Callable[[], Renderer], make_room: Callable[[], bool]) -> None:
        """As :class:`_RetriedComposer`."""
        self._present, self._make_room = present, make_room

    @property
    def size_unit(self) -> int:
        """As :class:`~omost_pipeline.renderer.protocol.Renderer`; so are the other members."""
        return self._present().size_unit

    def render(
        self, canvas: Canvas, options: RenderOptions, picture: Image | None = None
    ) -> Generator[Step | Rendered, None, None]:
        """Refuses wrong options at once; a second drawing counts its steps from 1 again."""
        first = self._present().render(canvas, options, picture)
        return self._drawn(first, lambda: self.render(canvas, options, picture))

    def edit(self, canvas: Canvas, options: RenderOptions, earlier: Earlier) -> Generator[Step | Rendered, None, None]:
        """As :class:`~omost_pipeline.renderer.protocol.Editor`; a renderer that is none draws all of it."""
        renderer = self._present()
        if not isinstance(renderer, Editor):
            return self.render(canvas, options)
        return self._drawn(renderer.edit(canvas, options, earlier), lambda: self.edit(canvas, options, earlier))

    def referring(self, pictures: Mapping[str, Image]) -> Renderer:
        """As :class:`~omost_pipeline.renderer.protocol.Referring`; one that knows none draws without."""

        def present() -> Renderer:
            renderer = self._present()
            return renderer.referring(pictures) if isinstance(renderer, Referring) else renderer

        return _RetriedRenderer(present, self._make_room)

    def _drawn(
        self,
        first: Generator[Step | Rendered, None, None],
        again: Callable[[], Generator[Step | Rendered, None, None]],
    ) -> Generator[Step | Rendered, None, None]:
        try:
            yield from first
        except MemoryShortError as error:
            problem = str(error)
        else:
            return
        if not self._make_room():
            raise MemoryShortError(f"{problem} {_LEAN_RENDERER}")
        yield from again()


def _describer(vision: Vision, device: str) -> Describer:
    if vision.server is not None:
        from omost_pipeline.composer.served.seeing import ServedDescriber  # deferred: it imports transformers

        return ServedDescriber(vision.server)
    from omost_pipeline.composer.local.seeing import load_describer  # deferred: it imports torch and transformers

    return load_describer(vision.model, device)


def _best_device() -> str:
    import torch  # deferred, so that importing this module costs nothing

    return "cuda" if torch.cuda.is_available() else "cpu"


def _llm(profile: Profile, name_or_path: str, device: str) -> Composer:
    if profile.server is not None:
        from omost_pipeline.composer.served.llm import ServedLlm  # deferred: it imports transformers

        return ServedLlm(profile.server, profile.examples)
    from omost_pipeline.composer.local.llm import load_composer  # deferred: it imports torch and transformers

    llm = load_composer(name_or_path, device, examples=profile.examples, device_map=profile.device_map)
    if not Path(name_or_path).is_relative_to(BUNDLED):
        return llm
    return bundled_composer(llm, knows_deeds=name_or_path == PROFILES["tiny-world"].composer)


def _renderer(profile: Profile, device: str, placement: Placement, memory: MemoryMeter) -> Renderer:  # noqa: ARG001
    from omost_pipeline.engine.families import load_renderer  # deferred: loading imports torch and diffusers

    return load_renderer(profile, device, placement)
