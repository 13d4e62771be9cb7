"""Small things, which a model draws as smudges, drawn enlarged, each in a window of its own, and set into the picture.

A diffusion model draws a thing clearly if it takes up enough of the latent's cells, whatever the picture's size. So
what would be small, and has nothing larger before it, is left out of the picture at first; then a window around its box
is enlarged to the side that the model was trained at, the thing is added there as an edit adds it, and what is its own
of it (:mod:`layered.matte`) is set into the picture. Detailers of faces do the like ("inpaint at full resolution").
Knows a renderer by its protocol, and no model.
"""

from __future__ import annotations

from collections.abc import Collection, Generator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from omost_pipeline.canvas.difference import Difference, difference
from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region
from omost_pipeline.canvas.vocabulary import GRID, Box
from omost_pipeline.renderer.keep.compositing import fading
from omost_pipeline.renderer.keep.earlier import Earlier, KeepOptions
from omost_pipeline.renderer.keep.masks import IN_ORDER, Cells, covered_cells, grown
from omost_pipeline.renderer.keep.windows import Window, canvas_in
from omost_pipeline.renderer.layered.matte import Pixels, cut_out, over, resized, stands_out, unlike, within
from omost_pipeline.renderer.parts import Parts, alone
from omost_pipeline.renderer.protocol import Editor, Keeping, Rendered, RenderOptions, Step
from omost_pipeline.renderer.spec import LARGEST_SEED

SHARE = 0.75
"""Of an enlarged window's side, the longer side of the thing in it."""

_LEAST_ENLARGED = 1.2
"""A window that would be enlarged less than this many times is not worth a drawing of its own."""

FEATHER, BEYOND = 1, 1
"""Of the edit that adds a thing: its edge is the matte's, and it may stand out of its outline by a cell."""

_CELLS = 24
"""Of a window's side, so many parts: how far around a thing it is looked what it stands before."""

_LEAST_SEEN = 0.1
"""Share of what may change that a thing's own pixels must fill; of one that looks like its backdrop all is set in."""

_LEAST_CLEAR, _NEIGHBOURS = 0.25, 3
"""Share of its box that a thing must fill to be found in a picture, and pixels around it that go with it."""

_EDGE = 0.2
"""Share of a box's side at its edge, where seldom anything is of the thing in it."""

_APART = 7919
"""Between the seeds of things of one picture: two of a kind are not to be the same to the pixel."""


class Enlarging(Keeping, Protocol):
    """What draws the picture, and each thing."""

    @property
    def native_side(self) -> int:
        """Pixels along the side of the pictures that the model was trained with."""
        ...

    def remains_of(self, picture: Image.Image) -> bytes:
        """What an edit of a picture begins with that was not drawn in one."""
        ...

    def thing_of(self, region: Region, drawn: Pixels, bare: Pixels) -> Pixels | None:
        """[n · H, n · W, 4]: the thing that a picture [H, W, 3] has and another has not; None if the model can't tell.

        It may be some times as large as they are. The region is where the thing is in these pictures.
        """
        ...


@dataclass(frozen=True)
class Frame:
    """A square of ``side`` pixels of a picture of ``size`` (width, height), which is drawn with ``drawn`` pixels."""

    left: int
    top: int
    side: int
    size: tuple[int, int]
    drawn: int

    @classmethod
    def around(cls, box: Box, size: tuple[int, int], native: int) -> Frame | None:
        """The frame of a box; None where the thing in it is not small."""
        side = round(_longer(box, size) / SHARE)
        if side < 2 or side * _LEAST_ENLARGED > native or side > min(size):
            return None
        return cls._at(box, side, size, native)

    @classmethod
    def as_trained(cls, box: Box, size: tuple[int, int], native: int) -> Frame | None:
        """The frame of a box that is not small, in which the model draws no larger than it was trained to.

        None where that is nothing but the picture, and where the box fits into no square of the picture.
        """
        longer = _longer(box, size)
        if size[0] * size[1] <= native**2 * _LEAST_ENLARGED or longer > min(size):
            return None
        return cls._at(box, min(max(round(longer / SHARE), native), *size), size, native)

    @classmethod
    def _at(cls, box: Box, side: int, size: tuple[int, int], native: int) -> Frame:
        width, height = size
        middle = (box.left + box.right) * width / GRID / 2, (box.top + box.bottom) * height / GRID / 2
        left, top = (min(max(round(at - side / 2), 0), whole - side) for at, whole in zip(middle, size, strict=True))
        return cls(left, top, side, size, native)

    @property
    def corners(self) -> tuple[int, int, int, int]:
        return self.left, self.top, self.left + self.side, self.top + self.side

    def enlarged(self, picture: Image.Image) -> Image.Image:
        """What of a picture is in the frame."""
        part = picture.convert("RGB").crop(self.corners)
        return part.resize((self.drawn, self.drawn), Image.Resampling.LANCZOS)

    def placed(self, region: Region) -> Region:
        """The thing where it is in the frame."""
        return self.canvas(GlobalDescription(""), region).regions[0]

    def canvas(self, scene: GlobalDescription, region: Region) -> Canvas:
        """The scene, and the thing where it is in the frame. What leads the picture's shapes does not lead here."""
        width, height = self.size
        window = Window(*self.corners, Cells(height, width))
        return canvas_in(Canvas(replace(scene, control=""), (region,)), window)

    def mask_of(self, region: Region) -> NDArray[np.bool_]:
        """[drawn, drawn]: the pixels of the thing's box."""
        return covered_cells(self.placed(region).box, Cells(self.drawn, self.drawn))

    def reduced(self, layer: Pixels) -> Pixels:
        """[H, W, 4]: a layer of the window, in any size, as one of the whole picture."""
        width, height = self.size
        whole = np.zeros((height, width, 4), np.uint8)
        small = resized(layer, self.side, self.side)
        whole[self.top : self.top + self.side, self.left : self.left + self.side] = small
        return whole

    def shown(self, picture: Image.Image, preview: Image.Image) -> Image.Image:
        """A preview of the window in the picture, at the preview's scale."""
        scale = preview.width / self.drawn
        width, height = (max(round(side * scale), 1) for side in self.size)
        small = picture.convert("RGB").resize((width, height))
        side = max(round(self.side * scale), 1)
        small.paste(preview.resize((side, side)), (round(self.left * scale), round(self.top * scale)))
        return small


def small_things(canvas: Canvas, size: tuple[int, int], native: int, among: Collection[int] | None = None) -> list[int]:
    """Numbers of a canvas's regions, far to near, that are small and have nothing before them but each other.

    Only those ``among`` some, if there are such; what stays may be before them then, but at their edges.
    """
    regions = canvas.regions
    order = canvas.painting_order()
    found: list[int] = []
    for place in reversed(range(len(order))):
        number, nearer = order[place], order[place + 1 :]
        if among is not None and number not in among:
            continue
        before = [regions[other].box for other in nearer if other not in found]
        edge = _EDGE if among is not None else 0.0
        free = not any(_meet(regions[number].box, _inner(box, edge)) for box in before)
        if free and Frame.around(regions[number].box, size, native) is not None:
            found.insert(0, number)
    return found


def seed_of(seed: int, number: int) -> int:
    """The seed that a picture's thing is drawn with by itself, by its number among the canvas's regions."""
    return (seed + _APART * number) % (LARGEST_SEED + 1)


def earlier_of(canvas: Canvas, behind: Image.Image, begun: Image.Image | None, keep: KeepOptions) -> Earlier:
    """What the drawing of a canvas's one thing begins with: what is ``behind`` it, or a draft that is ``begun``."""
    if begun is not None:
        return Earlier(canvas, begun, b"", keep, again=(0,), brought=True)
    return Earlier(replace(canvas, regions=()), behind, b"", replace(keep, strength=1.0), brought=True)


def draw_in(
    frame: Frame,
    renderer: Editor,
    scene: GlobalDescription,
    region: Region,
    options: RenderOptions,
    keep: KeepOptions,
    behind: Image.Image,
    begun: Image.Image | None = None,
) -> Generator[Step | Rendered, None, None]:
    """Have a thing drawn in its frame, upon what is behind it: the window as it is drawn, previews of the picture.

    ``begun`` is the picture with a draft of the thing.
    """
    asked = replace(options, width=frame.drawn, height=frame.drawn, images=1, initial_strength=None, highres=None)
    asked = replace(asked, details=False, layered=False)
    kept, placed = replace(keep, feather=FEATHER, beyond=BEYOND), frame.canvas(scene, region)
    begun = frame.enlarged(begun) if begun is not None else None
    for news in renderer.edit(placed, asked, earlier_of(placed, frame.enlarged(behind), begun, kept)):
        yield replace(news, preview=partial(_shown, frame, behind, news)) if isinstance(news, Step) else news


def own_pixels(rendered: Rendered, region: Region, frame: Frame, behind: Image.Image, renderer: Enlarging) -> Pixels:
    """[H, W, 4]: of the window that was drawn upon what is ``behind`` the thing alone, as a layer of the picture."""
    drawn, cell = np.asarray(rendered.images[0].convert("RGB")), round(frame.drawn / _CELLS)
    mask = grown(frame.mask_of(region), cell)
    if rendered.mask is not None:
        mask &= np.asarray(rendered.mask) > 0
    told = renderer.thing_of(frame.placed(region), drawn, np.asarray(frame.enlarged(behind)))
    layer = within(told, mask) if told is not None else cut_out(drawn, mask, cell)
    if (layer[..., 3] > 127).mean() < _LEAST_SEEN * mask.mean():
        layer = np.dstack((drawn, (255 * fading(mask, cell)).round().astype(np.uint8)))
    return frame.reduced(layer)


def pixels_in(picture: Image.Image, region: Region, native: int) -> NDArray[np.bool_] | None:
    """[H, W]: the pixels of a picture that a small thing takes up, and their neighbours; None if it is not clear."""
    frame = Frame.around(region.box, picture.size, native)
    if frame is None:
        return None
    mask = frame.mask_of(region)
    seen = stands_out(np.asarray(frame.enlarged(picture)), mask, round(frame.drawn / _CELLS))
    if seen.sum() < _LEAST_CLEAR * mask.sum():
        return None
    alpha = np.dstack((np.zeros((*seen.shape, 3), np.uint8), 255 * seen.astype(np.uint8)))
    return grown(frame.reduced(alpha)[..., 3] > 0, _NEIGHBOURS)


def draw_with_small(
    renderer: Enlarging, canvas: Canvas, options: RenderOptions
) -> Generator[Step | Rendered, None, None]:
    """Draw a canvas, its small things enlarged."""
    chosen = small_things(canvas, (options.width, options.height), renderer.native_side)
    drawing = _Drawing(renderer, canvas, replace(options, details=False), KeepOptions(), chosen)
    yield from drawing.with_small((yield from drawing.whole()))


def edit_with_small(
    renderer: Enlarging, canvas: Canvas, options: RenderOptions, earlier: Earlier
) -> Generator[Step | Rendered, None, None]:
    """Edit a picture; what comes or changes, and is small, is drawn enlarged; all such things, if all is drawn anew."""
    size, plain = (options.width, options.height), replace(options, details=False)
    found = difference(earlier.canvas, canvas).with_anew(earlier.again)
    every = small_things(canvas, size, renderer.native_side)
    come = [number for number in range(len(canvas.regions)) if found.regions[number].kinds - IN_ORDER]
    chosen = every if found.scene else small_things(canvas, size, renderer.native_side, come)
    drawing = _Drawing(renderer, canvas, plain, earlier.options, chosen)
    drawn = yield from drawing.edited(earlier, bare=found.scene)
    if drawn.whole is not None and chosen != every:
        drawing = _Drawing(renderer, canvas, plain, earlier.options, every)
        drawn = replace((yield from drawing.whole()), whole=drawn.whole)
    yield from drawing.with_small(drawn, earlier, found)


@dataclass
class _Drawing:
    """One request: the canvas without its small things, and then these. ``chosen`` are their numbers, far to near."""

    renderer: Enlarging
    canvas: Canvas
    options: RenderOptions
    keep: KeepOptions
    chosen: list[int]
    parts: Parts = field(default_factory=Parts)

    def without(self, *, bare: bool) -> Canvas:
        """The canvas without the small things, and, if ``bare``, without the scene's words about them."""
        regions = tuple(each for number, each in enumerate(self.canvas.regions) if number not in self.chosen)
        small = tuple(self.canvas.regions[number] for number in self.chosen)
        scene = alone(Canvas(self.canvas.scene, small)) if bare and small else self.canvas.scene
        return Canvas(scene, regions)

    def whole(self) -> Generator[Step, None, Rendered]:
        """The pictures without the small things."""
        news = self.renderer.render(self.without(bare=True), self.options)
        return (yield from self._first(news, self.options.steps))

    def edited(self, earlier: Earlier, *, bare: bool) -> Generator[Step, None, Rendered]:
        """The same from an earlier picture."""
        left = [number for number in range(len(self.canvas.regions)) if number not in self.chosen]
        again = tuple(left.index(number) for number in earlier.again if number in left)
        news = self.renderer.edit(self.without(bare=bare), self.options, replace(earlier, again=again))
        return (yield from self._first(news, self.keep.steps_of(self.options.steps)))

    def _first(self, news: Generator[Step | Rendered, None, None], steps: int) -> Generator[Step, None, Rendered]:
        """What is drawn in so many ``steps`` a picture, before the small things are."""
        small = len(self.chosen) * self.keep.steps_of(self.options.steps)
        self.parts.total = self.options.images * (steps + small)
        return (yield from self.parts.counted(news, self.options.images * steps))

    def with_small(
        self, drawn: Rendered, earlier: Earlier | None = None, found: Difference | None = None
    ) -> Generator[Step | Rendered, None, None]:
        """The pictures with the small things set into them; what of the ``earlier`` one did not change is as it was."""
        images = list(drawn.images)
        changed = np.zeros(images[0].size[::-1], np.bool_) if drawn.mask is None else np.asarray(drawn.mask) > 0
        left = self._left(earlier, found, drawn) if earlier is not None and found is not None else None
        if earlier is not None and left is not None:
            before = np.asarray(earlier.picture.convert("RGB"))
            images = [Image.fromarray(np.where(left[..., None], np.asarray(image), before)) for image in images]
            changed &= left
        for place, seed in enumerate(drawn.seeds):
            for number in self.chosen:
                layer = yield from self._layer(number, seed, images[place])
                images[place] = Image.fromarray(over(layer, np.asarray(images[place].convert("RGB"))))
                changed |= layer[..., 3] > 0
        result = replace(drawn, images=tuple(images), seconds=dict(self.parts.seconds), left_out=self.parts.left_out)
        if self.chosen or left is not None:
            result = replace(result, remains=tuple(self.renderer.remains_of(image) for image in images))
        if earlier is not None and (self.chosen or left is not None) and drawn.whole is None:
            result = replace(result, kept=float(1 - changed.mean()), mask=Image.fromarray(changed).convert("L"))
        yield result

    def _left(self, earlier: Earlier, changes: Difference, drawn: Rendered) -> NDArray[np.bool_] | None:
        """[H, W]: the pixels of the small things that are no longer where they were; None if others changed, too.

        What looks like its surroundings is not found in the picture, but is another pixel where nothing is left of it.
        """
        changed = changes.changed
        gone = [each.before for each in changed if each.before is not None]
        come = {self.canvas.regions[number] for number in self.chosen}
        if drawn.mask is None or not gone or any(each.after not in come for each in changed if each.after is not None):
            return None
        before = np.asarray(earlier.picture.convert("RGB"))
        free, cells = np.asarray(drawn.mask) > 0, Cells(*before.shape[:2])
        others = np.logical_or.reduce([unlike(before, np.asarray(each.convert("RGB"))) for each in drawn.images])
        found = np.zeros(before.shape[:2], np.bool_)
        for region in gone:
            own = pixels_in(earlier.picture, region, self.renderer.native_side)
            if own is None:
                return None
            found |= own | grown(others & free & covered_cells(region.box, cells), _NEIGHBOURS)
        return found

    def _layer(self, number: int, seed: int, behind: Image.Image) -> Generator[Step, None, Pixels]:
        region = self.canvas.regions[number]
        frame = Frame.around(region.box, behind.size, self.renderer.native_side)
        assert frame is not None, "it was chosen because it has one"
        options = replace(self.options, seed=seed_of(seed, number))
        news = draw_in(frame, self.renderer, alone(self.canvas), region, options, self.keep, behind)
        rendered = yield from self.parts.counted(news, self.keep.steps_of(options.steps))
        return own_pixels(rendered, region, frame, behind, self.renderer)


def _longer(box: Box, size: tuple[int, int]) -> float:
    """The longer side of a box in a picture of a size (width, height), in pixels."""
    return max(box.width * size[0], box.height * size[1]) / GRID


def _shown(frame: Frame, behind: Image.Image, step: Step) -> Image.Image:
    return frame.shown(behind, step.preview())


def _inner(box: Box, edge: float) -> Box:
    """A box without such a share of its sides at each edge."""
    across, down = edge * (box.right - box.left), edge * (box.bottom - box.top)
    return Box(box.left + across, box.top + down, box.right - across, box.bottom - down)


def _meet(one: Box, other: Box) -> bool:
    return one.left < other.right and other.left < one.right and one.top < other.bottom and other.top < one.bottom
