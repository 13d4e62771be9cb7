"""A picture drawn layer by layer: the scene alone, then each thing upon the scene as if nothing else were there.

A thing is drawn as an edit that adds it to the scene, of which every pixel stays; what changed is its layer
(:mod:`matte`). So a thing is whole whatever stands behind it, and has nothing of its neighbours about it. Of an earlier
picture only those layers are drawn that cannot be changed exactly (:mod:`plan`); of a draft each is drawn again, from
what it is. Knows a renderer by its protocol, and no model.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from PIL import Image, ImageChops

from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region
from omost_pipeline.renderer.keep.compositing import differing
from omost_pipeline.renderer.keep.earlier import Earlier, KeepOptions, Recomposed, Whole
from omost_pipeline.renderer.layered.matte import Pixels, matte, resized, within
from omost_pipeline.renderer.layered.openraster import pack, unpack
from omost_pipeline.renderer.layered.palette import main_color
from omost_pipeline.renderer.layered.plan import Plan, paint_of, plan_change, plan_first, says_color
from omost_pipeline.renderer.layered.stack import Layer, Stack, alone_together
from omost_pipeline.renderer.parts import Parts, alone
from omost_pipeline.renderer.protocol import Rendered, RenderOptions, Step
from omost_pipeline.renderer.small import FEATHER, Enlarging, Frame, draw_in, earlier_of, own_pixels, seed_of

_ALL_OF_IT = 1000
"""Cells around an outline, more than any box has: what is a large thing's is told by what was drawn alone."""

_PLAINER = 4
"""How many times as opaque as it differs from the bare scene, of 255, a pixel of a preview is."""

_Shown = Callable[[Step], Image.Image]
"""Makes another preview of a step."""


def draw_layers(renderer: Enlarging, canvas: Canvas, options: RenderOptions) -> Generator[Step | Rendered, None, None]:
    """Draw a canvas's layers, for each picture its own."""
    drawing = _Drawing(renderer, canvas, options, KeepOptions(), options.seed)
    return drawing.pictures(plan_first(canvas), None)


def edit_layers(
    renderer: Enlarging, canvas: Canvas, options: RenderOptions, earlier: Earlier
) -> Generator[Step | Rendered, None, None]:
    """Draw what the layers of an earlier picture do not give; all of it, and say why, where they cannot be used."""
    drawing = _Drawing(
        renderer, canvas, options, earlier.options, options.seed if earlier.seed is None else earlier.seed
    )
    try:
        stack = unpack(earlier.layers)
        plan = plan_change(earlier.canvas, stack, canvas, earlier.again)
    except ValueError:  # damaged, or another canvas's
        return drawing.pictures(plan_first(canvas), Whole.MISSING)
    if stack.size != (options.width, options.height):
        return drawing.pictures(plan_first(canvas), Whole.SIZE)
    if plan.scene:  # things stand in another light, and along their edges there is something of the scene before
        return drawing.pictures(plan_first(canvas), Whole.SCENE)
    return drawing.pictures(plan, stack)


def finish_layers(
    renderer: Enlarging, canvas: Canvas, options: RenderOptions, earlier: Earlier
) -> Generator[Step | Rendered, None, None]:
    """Draw each layer of a draft in full, from what it is, as far as the options' ``highres`` departs from a picture.

    The options have the finished picture's size and steps. Where the layers cannot be used, it is drawn in one.
    """
    assert options.highres is not None, "it says how far"
    try:
        draft = unpack(earlier.layers)
    except ValueError:  # damaged
        return renderer.render(canvas, options, earlier.picture)
    if len(draft.layers) != len(canvas.regions):
        return renderer.render(canvas, options, earlier.picture)
    keep = replace(earlier.options, strength=options.highres.denoise)
    drawing = _Drawing(renderer, canvas, options, keep, options.seed, draft)
    return drawing.pictures(plan_first(canvas), None)


@dataclass
class _Drawing:
    """One request: what its steps, seconds and pictures come to."""

    renderer: Enlarging
    canvas: Canvas
    options: RenderOptions
    keep: KeepOptions
    own_seed: int
    """That of the picture which is just what the plan says; with another seed what changed is drawn."""
    draft: Stack | None = None
    """What everything that is drawn begins with, of any size; None for noise."""
    parts: Parts = field(default_factory=Parts)

    def pictures(self, plan: Plan, stack: Stack | Whole | None) -> Generator[Step | Rendered, None, None]:
        """All pictures that are asked for, from the layers that the plan has of a stack."""
        earlier = stack.picture() if isinstance(stack, Stack) else None
        seeds = tuple(self.options.seed + number for number in range(self.options.images))
        plans = tuple(plan if seed == self.own_seed else plan.varied() for seed in seeds)
        self.parts.total = sum(map(self._steps, plans))
        drawn: list[Stack] = []
        for seed, each in zip(seeds, plans, strict=True):
            background = stack.background if isinstance(stack, Stack) and not each.scene else None
            drawn.append((yield from self._stack(each, background, seed)))
        images = tuple(each.picture() for each in drawn)
        names = [region.description for region, _ in plan.layers]
        layers = tuple(pack(each, self.canvas.scene.description, names) for each in drawn)
        last, changed = plans[-1], next((each.changed for each in plans if each.changed), ())
        found = Rendered(images, seeds, dict(self.parts.seconds), left_out=self.parts.left_out, layers=layers)
        if earlier is None:
            yield replace(found, whole=stack if isinstance(stack, Whole) else None)
            return
        mask = np.logical_or.reduce([differing(earlier, image) for image in images])
        if not (last.drawn or plan.gone or last.scene or mask.any()):  # no more than a distance, of what covers nothing
            yield replace(found, kept=1.0)
            return
        news = Recomposed(changed, last.drawn, scene=last.scene, gone=plan.gone)
        yield replace(found, kept=float(1 - mask.mean()), mask=Image.fromarray(mask).convert("L"), recomposed=news)

    def _steps(self, plan: Plan) -> int:
        steps = self.options.steps
        return plan.scene * steps + len(plan.drawn) * self.keep.steps_of(steps)

    def _stack(self, plan: Plan, background: Pixels | None, seed: int) -> Generator[Step, None, Stack]:
        """The layers of one picture."""
        options = replace(self.options, seed=seed, images=1, layered=False, details=False)
        scene = alone(self.canvas)
        if background is None:
            begun = Image.fromarray(self.draft.background) if self.draft is not None else None
            rendered = yield from self.parts.counted(self.renderer.render(Canvas(scene), options, begun), options.steps)
            background = np.asarray(rendered.images[0].convert("RGB"))
        layers = list[Layer]()
        for place, (number, (region, known)) in enumerate(zip(self.canvas.painting_order(), plan.layers, strict=True)):
            layer = known
            if layer is None:
                nearer = tuple(each for _, each in plan.layers[place:] if each is not None)
                shown = partial(_among, Stack(background, tuple(layers)), nearer)
                own = replace(options, seed=seed_of(seed, number), highres=None)
                begun = self._begun(place, background)
                layer = yield from self._layer(scene, region, own, background, begun, shown)
            layers.append(layer)
        return Stack(background, tuple(layers))

    def _begun(self, place: int, bare: Pixels) -> Image.Image | None:
        """The layer of a draft that is so far from the farthest, upon the bare scene [H, W, 3]; None if it is empty."""
        if self.draft is None or self.draft.layers[place].is_empty:
            return None
        picture = Image.fromarray(bare)
        layer = alone_together(self.draft.layers[place : place + 1], self.draft.size).convert("RGBa")
        thing = layer.resize(picture.size, Image.Resampling.LANCZOS).convert("RGBA")
        picture.paste(thing, mask=thing)
        return picture

    def _layer(
        self,
        scene: GlobalDescription,
        region: Region,
        options: RenderOptions,
        bare: Pixels,
        begun: Image.Image | None,
        shown: _Shown,
    ) -> Generator[Step, None, Layer]:
        """A thing drawn upon the bare scene, enlarged if it is small, and no larger than the model was trained at.

        ``begun`` is a draft of it upon the scene, ``shown`` makes previews with the rest.
        """
        image = Image.fromarray(bare)
        box, native = region.box, self.renderer.native_side
        frame = Frame.around(box, image.size, native) if self.options.details else None
        frame = frame or Frame.as_trained(box, image.size, native)
        if frame is not None:
            news = draw_in(frame, self.renderer, scene, region, options, self.keep, image, begun)
        else:
            keep = replace(self.keep, feather=FEATHER, beyond=_ALL_OF_IT)
            earlier = earlier_of(Canvas(scene, (region,)), image, begun, keep)
            news = self.renderer.edit(Canvas(scene, (region,)), options, earlier)
        seen = _with_previews(news, shown)
        rendered = yield from self.parts.counted(seen, self.keep.steps_of(options.steps))
        if frame is not None:
            return _layer_of(own_pixels(rendered, region, frame, image, self.renderer), region)
        mask = np.ones(bare.shape[:2], np.bool_) if rendered.mask is None else np.asarray(rendered.mask) > 0
        drawn = np.asarray(rendered.images[0].convert("RGB"))
        told = self.renderer.thing_of(region, drawn, bare)
        own = resized(within(told, mask), *image.size) if told is not None else matte(bare, drawn, mask)
        return _layer_of(own, region)


def _layer_of(own: Pixels, region: Region) -> Layer:
    """A thing's pixels as a layer, in the colour that its region says, or else in the one that most of it has."""
    seen = None if says_color(region) else main_color(own)
    return Layer.of(own, seen or paint_of(region))


def _with_previews(news: Iterable[Step | Rendered], shown: _Shown) -> Generator[Step | Rendered, None, None]:
    """The drawing of a thing upon the bare scene, with other previews."""
    for each in news:
        yield replace(each, preview=partial(shown, each)) if isinstance(each, Step) else each


def _among(behind: Stack, nearer: tuple[Layer, ...], step: Step) -> Image.Image:
    """A step's preview of a thing upon the bare scene, with what is behind it and what is before it.

    Where it looks like the bare scene is no thing.
    """
    preview, bare = step.preview(), Image.fromarray(behind.background)
    apart = ImageChops.difference(preview, bare.resize(preview.size)).split()
    mask = ImageChops.lighter(ImageChops.lighter(*apart[:2]), apart[2]).point(lambda value: _PLAINER * value)
    picture = Image.composite(preview, behind.picture().resize(preview.size), mask)
    before = alone_together(nearer, behind.size).resize(preview.size)
    picture.paste(before, mask=before)
    return picture
