"""The visible loop that every family shares: a canvas through a model, one denoising step at a time.

Words once, masks once, noise from the seed, then steps and the decoder; batches, what is made larger, first colours,
and edits that keep the rest. What a family adds is what its model reads and how noise was added in its training. Knows
no model, no files and no region method.
"""

from __future__ import annotations

import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from functools import cached_property, partial
from hashlib import blake2b
from typing import Generic, Protocol, TypeVar

import torch
from PIL.Image import Image
from torch import Tensor, nn

from omost_pipeline.canvas.elements import Canvas, Region
from omost_pipeline.canvas.layers import initial_color_image
from omost_pipeline.cpu_threads import is_small, threads_for
from omost_pipeline.errors import RendererError
from omost_pipeline.failures import explained
from omost_pipeline.memory import Placement
from omost_pipeline.renderer.highres import enlarged, second_pass
from omost_pipeline.renderer.initial import Start
from omost_pipeline.renderer.keep.earlier import Earlier, Whole
from omost_pipeline.renderer.keep.edit import Edit, pack, plan_edit, unpack
from omost_pipeline.renderer.keep.freeing import Freeing, keeping, known_at_start, within
from omost_pipeline.renderer.keep.masks import Mask
from omost_pipeline.renderer.keep.windows import Window, canvas_in
from omost_pipeline.renderer.layered.drawing import draw_layers, edit_layers, finish_layers
from omost_pipeline.renderer.layered.matte import Pixels
from omost_pipeline.renderer.offload import HostCopy
from omost_pipeline.renderer.options import SizeLimits, check
from omost_pipeline.renderer.parts import draw_then_larger, with_reason
from omost_pipeline.renderer.preview import preview_image
from omost_pipeline.renderer.prompts import tags_first
from omost_pipeline.renderer.protocol import Rendered, RenderOptions, Step
from omost_pipeline.renderer.recipe import Sampler
from omost_pipeline.renderer.sampling import Denoiser, Estimate, Nudge, sample
from omost_pipeline.renderer.small import draw_with_small, edit_with_small
from omost_pipeline.renderer.spec import LARGEST_SEED

logger = logging.getLogger(__name__)

LEAST_WINDOW = 0.75
"""Side of the smallest window, as a share of the side a model was trained at: smaller pictures come out less well."""


class Coder(Protocol):
    """A family's autoencoder: pictures to latents of the model's scale, and back."""

    @property
    def cell(self) -> int:
        """Pixels along a latent cell's side."""
        ...

    @property
    def module(self) -> nn.Module:
        """The autoencoder, which may be moved between devices meanwhile."""
        ...

    def encode_pictures(self, pictures: Sequence[Image]) -> Tensor:
        """Pictures of one size as latents [n, C, h, w]."""
        ...

    def decode_pictures(self, latents: Tensor) -> tuple[Image, ...]:
        """Latents [n, C, h, w] as pictures."""
        ...


class Words(Protocol):
    """What a family's model reads of a canvas."""

    @property
    def left_out(self) -> tuple[str, ...]:
        """Sub-prompts that were too many."""
        ...


class Predictions(Protocol):
    """What a model predicts for the pictures of one rendering: their words, and what is seen where."""

    def anew(self: P) -> P:
        """For another picture of the same rendering."""
        ...


W = TypeVar("W", bound=Words)
P = TypeVar("P", bound=Predictions)


class RegionalRenderer(ABC, Generic[W, P]):
    """Draws canvases. Blocks; use it from one thread at a time."""

    def __init__(
        self,
        model: nn.Module,
        texts: Sequence[nn.Module],
        coder: Coder,
        preview: Tensor,
        device: torch.device,
        placement: Placement,
        sampler: Sampler,
    ) -> None:
        """``model`` denoises, ``texts`` encode words, and ``preview`` is the coder's map [C + 1, 3] to RGB."""
        self._model, self._texts, self._coder, self._preview = model, tuple(texts), coder, preview
        self._device, self._sampler = device, sampler
        self._small = device.type == "cpu" and is_small(model)
        self._away = _away(model, (*texts, coder.module), device, placement)

    @property
    @abstractmethod
    def sizes(self) -> SizeLimits:
        """The sides this model can draw."""

    @property
    @abstractmethod
    def _native(self) -> int:
        """Cells along the side of the pictures that the model was trained with."""

    @property
    @abstractmethod
    def _channels(self) -> int:
        """Channels of a latent."""

    @abstractmethod
    def _encode(self, canvas: Canvas, options: RenderOptions) -> W:
        """What the model reads."""

    def _steered(self, words: W, canvas: Canvas, window: Window | None) -> W:  # noqa: ARG002 - for families that can
        """The words with what else leads the shapes of a whole canvas, in a window of it if there is one; nothing."""
        return words

    def _beside(self, words: W) -> AbstractContextManager[object]:  # noqa: ARG002 - for families that have such
        """What else than the model works while these words are drawn."""
        return nullcontext()

    @abstractmethod
    def _outlines(
        self, options: RenderOptions, latents: Tensor, canvas: Canvas, edit: Edit | None = None
    ) -> dict[Region, Mask]:
        """What the regions of a finished picture cover, or those of an edit's window."""

    @abstractmethod
    def _predictions(self, words: W, options: RenderOptions, like: Tensor, edit: Edit | None) -> P:
        """What the model predicts for latents as ``like``, [1, C, h, w], those of an edit's window if there is one."""

    @abstractmethod
    def _denoiser(self, predictions: P) -> Denoiser:
        """(x, level) → the clean estimate."""

    def _nudge(self, predictions: P) -> Nudge:  # noqa: ARG002 - for families that have one
        """What moves ``x`` before it is denoised; nothing does."""
        return lambda x, level: x  # noqa: ARG005 - as asked

    @abstractmethod
    def _levels(self, options: RenderOptions, strength: float, like: Tensor) -> list[float]:
        """The falling noise levels of ``options.steps`` steps, and then 0; a ``strength`` below 1 begins lower."""

    @abstractmethod
    def _noised(self, clean: Tensor, noise: Tensor, level: float) -> Tensor:
        """``x`` at a noise level."""

    @property
    def size_unit(self) -> int:
        """Pixels that must divide both sides of a picture."""
        return self.sizes.unit

    @property
    def _cell(self) -> int:
        """Pixels along a latent cell's side."""
        return self._coder.cell

    def render(
        self, canvas: Canvas, options: RenderOptions, picture: Image | None = None
    ) -> Generator[Step | Rendered, None, None]:
        """Yield one :class:`Step` for each denoising step and last one :class:`Rendered`.

        Each picture of a batch has steps of its own, and so has what is made larger.

        Raises:
            OptionsError: at once, if an option is out of its range, or the picture cannot be made larger.
            RendererError: while drawing, if the model fails.
            MemoryShortError: while drawing, if the device's memory does not suffice.
            DeviceLostError: while drawing, if the device fails; only a new process can draw again.
        """
        self._check(options, finished=picture is not None)
        options = self._held(canvas, options)
        larger = second_pass(options, options.highres, self.sizes, picture) if options.highres is not None else None
        in_parts = picture is None and (options.layered or options.details)
        if in_parts and options.highres is not None:
            return draw_then_larger(self, canvas, options, options.highres)
        if in_parts:
            return (draw_layers if options.layered else draw_with_small)(self, canvas, options)
        return self._render(canvas, options, larger, picture)

    def edit(self, canvas: Canvas, options: RenderOptions, earlier: Earlier) -> Generator[Step | Rendered, None, None]:
        """As :meth:`render`, with every pixel of an earlier picture kept that the canvas does not change.

        With a highres fix that has a size, the earlier picture is a draft of this very canvas, which is finished.

        Raises:
            OptionsError, RendererError, MemoryShortError, DeviceLostError: as :meth:`render`.
        """
        self._check(options)
        options = self._held(canvas, options)
        if options.highres is not None:
            if options.highres.size is not None and options.layered and earlier.layers:
                finished = second_pass(options, options.highres, self.sizes, earlier.picture)
                return finish_layers(self, canvas, finished, earlier)
            return with_reason(self.render(canvas, options), Whole.LARGER)
        if options.layered and earlier.layers:
            return edit_layers(self, canvas, options, earlier)
        if options.layered:
            return self._edit_in_one(canvas, options, earlier)
        if earlier.layers and not earlier.remains:
            earlier = replace(earlier, brought=True)  # of what was drawn in layers there are the pixels
        if options.details:
            return edit_with_small(self, canvas, options, earlier)
        return self._edit(canvas, options, earlier)

    def _edit_in_one(
        self, canvas: Canvas, options: RenderOptions, earlier: Earlier
    ) -> Generator[Step | Rendered, None, None]:
        """An edit of a picture without layers, which gets some where all of it is drawn anew."""
        why = self._plan(earlier, canvas, options)
        if isinstance(why, Whole):
            yield from with_reason(draw_layers(self, canvas, options), why)
        else:
            yield from self.edit(canvas, replace(options, layered=False), earlier)

    def _held(self, canvas: Canvas, options: RenderOptions) -> RenderOptions:
        """The options with the region method and the weight that the canvas itself asks for.

        Raises:
            OptionsError: if the model cannot hold it in the way it asks for.
        """
        return replace(options, regions=options.regions.for_canvas(canvas))

    def _check(self, options: RenderOptions, *, finished: bool = False) -> None:
        check(options, self.sizes, finished=finished)

    @torch.inference_mode()  # as below
    def _edit(self, canvas: Canvas, options: RenderOptions, earlier: Earlier) -> Generator[Step | Rendered, None, None]:
        clock = _Clock()
        with clock.measure("encode"):
            edit = self._plan(earlier, canvas, options)
        if isinstance(edit, Whole):
            yield from self._render(canvas, options, None, None, edit)
            return
        if edit.is_nothing:
            seeds = tuple(options.seed + i for i in range(options.images))
            remains = pack(edit.latents, self.mark) if earlier.brought else earlier.remains
            yield Rendered((earlier.picture,) * options.images, seeds, kept=1.0, remains=(remains,) * len(seeds))
            return
        fewer = replace(options, steps=earlier.options.steps_of(options.steps))
        yield from self._render(canvas, fewer, None, None, edit, clock)

    @torch.inference_mode()
    def picture_of(self, remains: bytes) -> Image:
        """The picture of what was kept for edits, decoded anew: nearly the one it was kept of, if this model drew it.

        Raises:
            RendererError: if nothing of it can be decoded, or another model drew it.
        """
        latents = unpack(remains, self.mark)
        if isinstance(latents, Whole):
            raise RendererError(f"these latents cannot be decoded ({latents}).")
        with self._working(self._coder.module):
            return self._coder.decode_pictures(latents.to(self._device))[0]

    @property
    def native_side(self) -> int:
        """Pixels along the side of the pictures that the model was trained with."""
        return self._native * self._cell

    @torch.inference_mode()
    def remains_of(self, picture: Image) -> bytes:
        """What an edit of a picture begins with that was not drawn in one: encoded anew."""
        too_large = f"{self._device} has too little memory to keep a picture for edits: choose a smaller size."
        explaining = explained(RendererError, "The renderer could not keep the picture for edits", too_large)
        with explaining, threads_for(small=self._small):
            return pack(self._encoded(picture), self.mark)

    def thing_of(
        self,
        region: Region,  # noqa: ARG002 - for models that can, as below
        drawn: Pixels,  # noqa: ARG002
        bare: Pixels,  # noqa: ARG002
    ) -> Pixels | None:
        """As :class:`~omost_pipeline.renderer.small.Enlarging`; it cannot."""
        return None

    @torch.inference_mode()
    def _plan(self, earlier: Earlier, canvas: Canvas, options: RenderOptions) -> Edit | Whole:
        """How an edit is drawn in one, or why all of it is drawn anew."""
        unit, size = self.sizes.unit // self._cell, (options.width, options.height)
        outlines, smallest = partial(self._outlines, options), round(LEAST_WINDOW * self._native)
        explaining = explained(RendererError, "The renderer could not draw", self._short(options))
        with explaining, threads_for(small=self._small):
            return plan_edit(earlier, canvas, size, self.mark, smallest, unit, outlines, self._encoded)

    def _encoded(self, picture: Image) -> Tensor:
        """A picture that no model drew as latents [1, C, h, w]."""
        with self._working(self._coder.module):
            return self._coder.encode_pictures([picture]).float()

    def _settled(self, edit: Edit, canvas: Canvas, options: RenderOptions, drawn: Tensor) -> Edit:
        """The edit of the window [1, C, h, w] that was drawn, with what of it the changed things really cover."""
        if edit.is_settled:
            return edit
        seen = {region: canvas_in(replace(canvas, regions=(region,)), edit.window).regions for region in edit.come}
        placed = replace(canvas, regions=tuple(each for regions in seen.values() for each in regions))
        found = self._outlines(options, drawn, placed, edit)
        return edit.settled({one: found[each] for one, regions in seen.items() for each in regions if each in found})

    @torch.inference_mode()  # on a generator this holds only while it runs, not for its consumer
    def _render(
        self,
        canvas: Canvas,
        options: RenderOptions,
        larger: RenderOptions | None,
        picture: Image | None,
        edit: Edit | Whole | None = None,
        clock: _Clock | None = None,
    ) -> Generator[Step | Rendered, None, None]:
        seeds = tuple(options.seed + i for i in range(options.images))
        clock = clock or _Clock()
        part = edit if isinstance(edit, Edit) else None
        passes = [each for each in (options if picture is None else None, larger) if each is not None]
        steps = _Steps(sum(each.steps * len(seeds) for each in passes))
        images: tuple[Image, ...] = (picture,) if picture is not None else ()
        latents: Tensor | None = None
        with explained(RendererError, "The renderer could not draw", self._short(options)):
            with clock.measure("encode"), threads_for(small=self._small):
                shown = canvas if part is None else canvas_in(canvas, part.window)
                words = self._encode(tags_first(shown, options.prompts), options)
                words = self._steered(words, canvas, part.window if part is not None else None)
            for each in passes:
                with clock.measure("encode"), threads_for(small=self._small):
                    start = self._start(canvas, each, images) if part is None else None
                latents = yield from self._denoise_all(words, seeds, each, start, clock, steps, part)
                with clock.measure("decode"), threads_for(small=self._small), self._working(self._coder.module):
                    images = self._coder.decode_pictures(latents)
        assert latents is not None
        if part is not None:
            with clock.measure("denoise"), threads_for(small=self._small):
                settled = [self._settled(part, canvas, options, each[None]) for each in latents]
            with clock.measure("decode"):
                images = tuple(own.put_back(image) for own, image in zip(settled, images, strict=True))
                latents = torch.cat([own.whole(each[None]) for own, each in zip(settled, latents, strict=True)])
            part = part.of_all(settled)
        remains = tuple(pack(each[None], self.mark) for each in latents) if larger is None else ()
        kept, mask = (part.kept, part.mask_image(self._cell)) if part is not None else (0.0, None)
        why = edit if isinstance(edit, Whole) else None
        left_out = words.left_out
        if left_out:
            logger.warning("a canvas says too much for one picture: %d sub-prompts are left out", len(left_out))
        yield Rendered(images, seeds, dict(clock.seconds), remains, kept, mask, why, left_out)

    def _short(self, options: RenderOptions) -> str:
        return (
            f"{self._device} has too little memory for {options.width} × {options.height} pixels: "
            "choose a smaller size, or close other programs that use it."
        )

    def _start(self, canvas: Canvas, options: RenderOptions, images: tuple[Image, ...]) -> Start | None:
        """What a pass begins with: the images of the pass before, the canvas's colours, or nothing."""
        if images:
            assert options.highres is not None, "it is the pass that makes pictures larger"
            pictures, strength = [enlarged(image, options) for image in images], options.highres.denoise
        elif options.initial_strength is not None:
            pictures = [initial_color_image(canvas, options.width, options.height)]
            strength = options.initial_strength
        else:
            return None
        with self._working(self._coder.module):
            return Start(self._coder.encode_pictures(pictures), strength)

    def _denoise_all(
        self,
        words: W,
        seeds: tuple[int, ...],
        options: RenderOptions,
        start: Start | None,
        clock: _Clock,
        steps: _Steps,
        edit: Edit | None = None,
    ) -> Generator[Step, None, Tensor]:
        """Denoise the seeds; returns the clean latents [n, C, h, w].

        One after another: in a batch, sums round differently, and a picture would not be quite what it is alone.
        """
        clean: list[Tensor] = []
        with self._working(self._model), self._beside(words):
            with clock.measure("denoise"), threads_for(small=self._small):
                like = cut(self._noise(seeds[0], options), edit)
                predictions = self._predictions(words, options, like, edit)
            for number, seed in enumerate(seeds):
                own = start.of(number) if start is not None else None
                if edit is None:
                    estimates = self._denoise(predictions.anew(), seed, options, own)
                else:
                    estimates = self._denoise_part(predictions.anew(), seed, options, edit)
                for _ in range(options.steps):
                    with clock.measure("denoise"), threads_for(small=self._small):
                        estimate = next(estimates)
                    seen = (*clean, estimate.denoised)
                    yield steps.taken(partial(_preview, seen, self._preview, len(seeds)))
                clean.append(estimate.x)
        return torch.cat(clean)

    def _denoise(
        self, predictions: P, seed: int, options: RenderOptions, start: Start | None
    ) -> Generator[Estimate, None, None]:
        """The steps of one picture."""
        noise = self._noise(seed, options)
        levels = self._levels(options, start.strength if start is not None else 1.0, noise)
        clean = start.latents.to(noise.device) if start is not None else torch.zeros_like(noise)
        x = self._noised(clean, noise, levels[0])
        again = partial(self._noise, seed, options)
        return sample(self._sampler, self._denoiser(predictions), x, levels, again, self._nudge(predictions))

    def _denoise_part(
        self, predictions: P, seed: int, options: RenderOptions, edit: Edit
    ) -> Generator[Estimate, None, None]:
        """The steps of what changes in one picture, in its window."""
        strength = edit.earlier.options.strength
        noise = cut(self._noise(seed, options), edit)
        levels = self._levels(options, strength, noise)
        before = cut(edit.latents.to(noise.device), edit)
        freeing = Freeing.of(edit.mask[edit.window.rows, edit.window.columns], noise.device, edit.rim)
        x = self._noised(known_at_start(before, freeing, strength), noise, levels[0])
        denoiser = keeping(self._denoiser(predictions), before, freeing, levels)
        again = partial(self._noise, seed, options)
        nudge = within(edit.mask[edit.window.rows, edit.window.columns], self._nudge(predictions))
        return sample(self._sampler, denoiser, x, levels, lambda step: cut(again(step), edit), nudge)

    @cached_property
    def mark(self) -> str:
        """Tells this model's latents from another's: by its VAE and its text encoders, which are never away."""
        decoder: nn.Module = self._coder.module.get_submodule("decoder")
        ends = [decoder.get_submodule("conv_in").weight, decoder.get_submodule("conv_out").weight]
        ends += [list(encoder.parameters())[-1] for encoder in self._texts]
        digest = blake2b(digest_size=12)
        for weight in ends:
            assert isinstance(weight, Tensor)
            digest.update(weight.detach().float().cpu().numpy().tobytes())
        return digest.hexdigest()

    def _noise(self, seed: int, options: RenderOptions, step: int = 0) -> Tensor:
        """Unit noise [1, C, h, w]. Made on the CPU, so that a seed means the same picture on every device."""
        shape = (self._channels, options.height // self._cell, options.width // self._cell)
        generator = torch.Generator().manual_seed(seed + step * (LARGEST_SEED + 1))
        return torch.randn(1, *shape, generator=generator).to(self._device)

    @contextmanager
    def _working(self, part: nn.Module) -> Iterator[None]:
        """Have a part on the device meanwhile, if it is not there always or comes layer by layer."""
        there: AbstractContextManager[None] = self._away[part].on_device() if part in self._away else nullcontext()
        with there:
            yield


def _away(
    model: nn.Module, others: Sequence[nn.Module], device: torch.device, placement: Placement
) -> dict[nn.Module, HostCopy]:
    """The parts that are on the device only while they work. LAYERS' model comes layer by layer of itself."""
    if placement is Placement.WHOLE:
        return {}
    modules = [*others, model] if placement is Placement.PARTS else others
    return {module: HostCopy(module, device) for module in modules}


@torch.inference_mode()
def _preview(latents: Sequence[Tensor], to_rgb: Tensor, places: int) -> Image:
    """The estimates [1, C, h, w] so far as one small picture."""
    return preview_image(torch.cat(list(latents)), to_rgb, places)


def cut(latents: Tensor, edit: Edit | None) -> Tensor:
    """What of latents [n, C, h, w] lies in an edit's window; all of them without one."""
    return latents if edit is None else latents[..., edit.window.rows, edit.window.columns]


class _Clock:
    """Adds up wall-clock seconds by part, leaving out what the consumer does between steps."""

    def __init__(self) -> None:
        self.seconds = {"encode": 0.0, "denoise": 0.0, "decode": 0.0}

    @contextmanager
    def measure(self, part: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[part] += time.perf_counter() - start


class _Steps:
    """Counts the steps of a whole rendering."""

    def __init__(self, total: int) -> None:
        self._taken, self._total = 0, total

    def taken(self, preview: Callable[[], Image]) -> Step:
        """One more step is done."""
        self._taken += 1
        return Step(self._taken, self._total, preview)
