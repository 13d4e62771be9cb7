"""Small things drawn enlarged: which they are, what is set into the picture, and that everything else stays."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region, placed_at
from omost_pipeline.canvas.vocabulary import Box
from omost_pipeline.engine.residency import Models
from omost_pipeline.profiles import PROFILES
from omost_pipeline.renderer.keep.earlier import Earlier, Whole
from omost_pipeline.renderer.layered.matte import Pixels, cut_out
from omost_pipeline.renderer.protocol import Editor, Rendered, RenderOptions, Step
from omost_pipeline.renderer.regions.options import RegionOptions
from omost_pipeline.renderer.small import Frame, draw_with_small, edit_with_small, own_pixels, pixels_in, small_things
from omost_pipeline.world.classifier import load_classifier
from omost_pipeline.world.kinds import BACKGROUNDS, describe

SIDE = 192
OPTIONS = RenderOptions(SIDE, SIDE, seed=5, steps=10)
SCENE = GlobalDescription("A meadow.", ("Grass as far as one sees.", "A ball lies there."), color="green")


def thing(description: str, color: str, box: Box, distance: float = 5.0) -> Region:
    return placed_at(Region("", "", "", distance, description, color=color), box)


LARGE = thing("A blue house.", "blue", Box(0, 0, 60, 60), 9.0)
BALL = thing("A red ball.", "red", Box(50, 50, 70, 70))
STAR = thing("A yellow star.", "yellow", Box(65, 55, 85, 75), 3.0)


@dataclass
class Sketcher:
    """Paints regions as rectangles that fill their boxes but for a tenth, far to near, and says what it was asked."""

    asked: list[tuple[str, tuple[str, ...], tuple[int, int]]] = field(default_factory=list)
    whole: Whole | None = None
    """Why it draws each edit whole that is not of a window."""

    @property
    def size_unit(self) -> int:
        return 4

    @property
    def native_side(self) -> int:
        return SIDE

    def remains_of(self, picture: Image.Image) -> bytes:
        return picture.tobytes()

    def thing_of(self, region: Region, drawn: Pixels, bare: Pixels) -> Pixels | None:
        return None

    def render(
        self, canvas: Canvas, options: RenderOptions, picture: Image.Image | None = None
    ) -> Generator[Step | Rendered, None, None]:
        assert picture is None
        self._note("render", canvas, options)
        yield from self._steps(options.steps)
        images = tuple(
            self._painted(Image.new("RGB", (options.width, options.height), canvas.scene.rgb), canvas)
            for _ in range(options.images)
        )
        yield Rendered(
            images, tuple(options.seed + each for each in range(options.images)), remains=(b"",) * len(images)
        )

    def edit(self, canvas: Canvas, options: RenderOptions, earlier: Earlier) -> Generator[Step | Rendered, None, None]:
        if self.whole is not None and not earlier.brought:
            for news in self.render(canvas, options):
                yield replace(news, whole=self.whole) if isinstance(news, Rendered) else news
            return
        self._note("edit", canvas, options)
        yield from self._steps(earlier.options.steps_of(options.steps))
        image, mask = earlier.picture.copy(), Image.new("L", earlier.picture.size)
        new = [region for region in canvas.regions if region not in earlier.canvas.regions]
        for box in (*(region.box for region in earlier.canvas.regions if region not in canvas.regions),):
            ImageDraw.Draw(image).rectangle(self._edges(box, image), fill=canvas.scene.rgb)
            ImageDraw.Draw(mask).rectangle(self._edges(box, image), fill=255)
        for region in new:
            ImageDraw.Draw(mask).rectangle(self._edges(region.box, image), fill=255)
        yield Rendered((self._painted(image, replace(canvas, regions=tuple(new))),), (options.seed,), mask=mask)

    def _painted(self, image: Image.Image, canvas: Canvas) -> Image.Image:
        for region in canvas.far_to_near():
            left, top, right, bottom = self._edges(region.box, image)
            inward = (right - left) / 10
            inside = (left + inward, top + inward, right - inward, bottom - inward)
            ImageDraw.Draw(image).rectangle(inside, fill=region.rgb)
        return image

    def _edges(self, box: Box, image: Image.Image) -> tuple[float, float, float, float]:
        scale = image.width / 90
        return box.left * scale, box.top * scale, box.right * scale, box.bottom * scale

    def _note(self, what: str, canvas: Canvas, options: RenderOptions) -> None:
        assert not options.details
        names = tuple(region.description for region in canvas.regions)
        self.asked.append((what, names, (options.width, options.height)))

    def _steps(self, count: int) -> Generator[Step, None, None]:
        for number in range(1, count + 1):
            yield Step(number, count, lambda: Image.new("RGB", (24, 24)))


def last_of(news: Generator[Step | Rendered, None, None]) -> Rendered:
    *steps, last = news
    assert isinstance(last, Rendered)
    numbers = [(step.number, step.total) for step in steps if isinstance(step, Step)]
    assert numbers == [(number, len(steps)) for number in range(1, len(steps) + 1)]
    assert all(step.preview().size == (24, 24) for step in steps if isinstance(step, Step))
    return last


def color_at(picture: Image.Image, x: float, y: float) -> tuple[int, ...]:
    """The colour at a place on the canvas's grid."""
    found = picture.convert("RGB").getpixel((round(x * picture.width / 90), round(y * picture.height / 90)))
    assert isinstance(found, tuple)
    return found


def test_what_is_small_and_has_nothing_larger_before_it_is_drawn_enlarged() -> None:
    canvas = Canvas(SCENE, (STAR, LARGE, BALL))
    assert small_things(canvas, (SIDE, SIDE), SIDE) == [2, 0]  # far to near
    assert small_things(canvas, (SIDE, SIDE), SIDE, among=[2]) == []  # the star, which stays, stands before the ball
    before_all = replace(LARGE, distance_to_viewer=1.0)
    assert small_things(Canvas(SCENE, (STAR, before_all, BALL)), (SIDE, SIDE), SIDE) == [0]
    assert small_things(canvas, (4 * SIDE, 4 * SIDE), SIDE) == []  # so much larger that they are not small
    assert small_things(Canvas(SCENE, (LARGE,)), (SIDE, SIDE), SIDE) == []


def test_a_frame_lies_in_the_picture_and_a_layer_of_it_comes_where_it_belongs() -> None:
    frame = Frame.around(Box(70, 0, 90, 20), (SIDE, 256), SIDE)
    assert frame is not None
    assert frame.left + frame.side == SIDE
    assert frame.top == 0
    layer = np.zeros((SIDE, SIDE, 4), np.uint8)
    layer[frame.mask_of(thing("A ball.", "red", Box(70, 0, 90, 20)))] = (200, 10, 10, 255)
    whole = frame.reduced(layer)
    rows, columns = np.nonzero(whole[..., 3])
    assert whole.shape == (256, SIDE, 4)
    assert (rows.min(), columns.max()) == (0, SIDE - 1)
    assert rows.max() == pytest.approx(20 * 256 / 90, abs=2)
    assert columns.min() == pytest.approx(70 * SIDE / 90, abs=2)
    assert set(map(tuple, whole[whole[..., 3] == 255])) == {(200, 10, 10, 255)}


def test_a_thing_is_cut_out_of_what_is_drawn_around_it() -> None:
    picture = Image.new("RGB", (SIDE, SIDE), (30, 30, 90))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((40, 40, 150, 150), fill=(200, 220, 250))  # another sky than the picture's, and another ground
    pen.rectangle((40, 110, 150, 150), fill=(90, 160, 80))
    pen.ellipse((65, 60, 125, 130), fill=(220, 40, 30))
    mask = np.zeros((SIDE, SIDE), np.bool_)
    mask[40:151, 40:151] = True
    layer = cut_out(np.asarray(picture), mask, 8)
    disc = np.asarray(Image.new("L", (SIDE, SIDE)), np.bool_).copy()
    rows, columns = np.mgrid[:SIDE, :SIDE]
    disc = ((columns - 95) / 30) ** 2 + ((rows - 95) / 35) ** 2 <= 1
    seen = layer[..., 3] > 127
    assert (seen & disc).sum() > 0.97 * disc.sum()
    assert (seen & ~disc).sum() < 0.06 * disc.sum()
    assert (np.abs(layer[seen][:, :3].astype(int) - (220, 40, 30)).max(1) < 12).mean() > 0.97  # nothing of a sky


def test_what_has_the_colour_of_what_is_around_it_is_cut_out_with_what_closes_it_in() -> None:
    picture = Image.new("RGB", (SIDE, SIDE), (235, 240, 248))
    pen = ImageDraw.Draw(picture)
    pen.ellipse((60, 40, 130, 150), fill=(40, 30, 60))  # a penguin in the snow: its belly is as white,
    pen.ellipse((75, 60, 115, 140), fill=(238, 240, 246))
    pen.rectangle((90, 138, 100, 150), fill=(238, 240, 246))  # and not closed in on all sides
    mask = np.zeros((SIDE, SIDE), np.bool_)
    mask[30:161, 50:141] = True
    seen = cut_out(np.asarray(picture), mask, 8)[..., 3] > 127
    assert seen[62:138, 92:98].all()
    assert not seen[:, :56].any()
    assert not seen[:36].any()


def test_a_pale_thing_is_told_from_a_pale_sky() -> None:
    picture = Image.new("RGB", (SIDE, SIDE), (200, 220, 240))
    ImageDraw.Draw(picture).ellipse((60, 60, 130, 130), fill=(216, 228, 240))
    mask = np.zeros((SIDE, SIDE), np.bool_)
    mask[48:143, 48:143] = True
    seen = cut_out(np.asarray(picture), mask, 8)[..., 3] > 127
    assert seen[70:120, 80:110].all()
    assert not seen[:56].any()


def test_of_a_scene_that_the_model_draws_around_a_thing_nothing_is_set_in() -> None:
    ball = thing("A red ball.", "red", Box(30, 30, 60, 60))
    frame = Frame.around(ball.box, (SIDE, SIDE), SIDE)
    assert frame is not None
    drawn = Image.new("RGB", (SIDE, SIDE), (170, 210, 250))  # up to the window's edges another sky
    pen = ImageDraw.Draw(drawn)
    pen.rectangle((0, 150, SIDE, SIDE), fill=(90, 160, 80))  # above the picture's own ground
    pen.ellipse((40, 40, 150, 150), fill=(220, 40, 30))
    mask = Image.new("L", (SIDE, SIDE), 255)
    ImageDraw.Draw(mask).rectangle((0, 176, SIDE, SIDE), fill=0)
    layer = own_pixels(Rendered((drawn,), (1,), mask=mask), ball, frame, drawn, Sketcher())
    seen = layer[..., 3] > 127
    assert seen.sum() == pytest.approx(np.pi * (55 * frame.side / SIDE) ** 2, rel=0.06)
    assert (np.abs(layer[seen][:, :3].astype(int) - (220, 40, 30)).max(1) < 12).mean() > 0.97


def test_a_thing_is_found_in_a_picture_with_all_that_is_its_own() -> None:
    picture, box = Image.new("RGB", (SIDE, SIDE), (120, 180, 90)), Box(30, 30, 60, 60)  # pixels 64 to 128
    pen = ImageDraw.Draw(picture)
    pen.ellipse((72, 80, 116, 124), fill=(120, 70, 40))
    pen.ellipse((100, 68, 108, 76), fill=(200, 150, 140))  # apart from the rest
    found = pixels_in(picture, thing("A brown dog.", "brown", box), SIDE)
    assert found is not None
    assert found[100, 94]
    assert found[72, 104]
    assert not found[66, 66]
    assert not found[:60].any()
    assert pixels_in(Image.new("RGB", (SIDE, SIDE)), thing("A dog.", "brown", box), SIDE) is None


def test_small_things_are_set_into_the_picture_far_to_near() -> None:
    sketcher = Sketcher()
    found = last_of(draw_with_small(sketcher, Canvas(SCENE, (STAR, LARGE, BALL)), replace(OPTIONS, details=True)))
    assert [(what, names) for what, names, _ in sketcher.asked] == [
        ("render", ("A blue house.",)),
        ("edit", ("A red ball.",)),
        ("edit", ("A yellow star.",)),
    ]
    picture = found.images[0]
    assert color_at(picture, 30, 30) == LARGE.rgb
    assert color_at(picture, 57, 60) == BALL.rgb
    assert color_at(picture, 68, 60) == STAR.rgb  # before the ball
    assert color_at(picture, 80, 20) == SCENE.rgb
    assert found.remains == (picture.tobytes(),)
    assert found.mask is None


def test_each_picture_of_several_gets_its_own() -> None:
    sketcher = Sketcher()
    found = last_of(draw_with_small(sketcher, Canvas(SCENE, (BALL,)), replace(OPTIONS, images=3, details=True)))
    assert [what for what, *_ in sketcher.asked] == ["render", "edit", "edit", "edit"]
    assert found.seeds == (5, 6, 7)
    assert all(color_at(picture, 60, 60) == BALL.rgb for picture in found.images)


def test_an_edit_draws_the_small_thing_that_comes_and_keeps_all_else() -> None:
    sketcher, options = Sketcher(), replace(OPTIONS, details=True)
    before = Canvas(SCENE, (LARGE, BALL))
    first = last_of(draw_with_small(sketcher, before, options)).images[0]
    sketcher.asked.clear()
    moved = replace(before, regions=(LARGE, thing("A red ball.", "red", Box(70, 10, 85, 25))))
    found = last_of(edit_with_small(sketcher, moved, options, Earlier(before, first, b"")))
    assert [(what, names) for what, names, _ in sketcher.asked] == [
        ("edit", ("A blue house.",)),
        ("edit", ("A red ball.",)),
    ]
    assert color_at(found.images[0], 77, 17) == BALL.rgb
    assert color_at(found.images[0], 60, 60) == SCENE.rgb
    assert found.mask is not None
    outside = np.asarray(found.mask) == 0
    assert (np.asarray(found.images[0]) == np.asarray(first))[outside].all()
    assert found.kept == pytest.approx(outside.mean())
    assert 0.8 < found.kept < 1


def test_of_a_small_thing_that_goes_no_pixel_changes_but_its_own() -> None:
    sketcher, options = Sketcher(), replace(OPTIONS, details=True)
    before = Canvas(SCENE, (LARGE, BALL))
    first = last_of(draw_with_small(sketcher, before, options)).images[0]
    found = last_of(edit_with_small(sketcher, Canvas(SCENE, (LARGE,)), options, Earlier(before, first, b"")))
    assert color_at(found.images[0], 65, 65) == SCENE.rgb
    assert found.mask is not None
    outside = np.asarray(found.mask) == 0
    assert (np.asarray(found.images[0]) == np.asarray(first))[outside].all()
    assert (~outside).sum() < (20 * SIDE / 90) ** 2  # less than its box, and so nothing of its corners
    assert found.remains == (found.images[0].tobytes(),)


def test_of_a_small_thing_that_goes_no_crumb_is_left_that_touches_its_boxs_edge() -> None:
    sketcher, options = Sketcher(), replace(OPTIONS, details=True)
    before = Canvas(SCENE, (BALL,))
    first = last_of(draw_with_small(sketcher, before, options)).images[0]
    ImageDraw.Draw(first).rectangle((118, 145, 132, 148), fill=(200, 40, 40))  # as what is around the box looks
    found = last_of(edit_with_small(sketcher, Canvas(SCENE), options, Earlier(before, first, b"")))
    assert (np.asarray(found.images[0]) == SCENE.rgb).all()


def test_what_stands_before_the_edge_of_what_changes_does_not_hold_it_up() -> None:
    house = thing("A house.", "blue", Box(66, 40, 90, 64), 1.0)
    sketcher, options, before = Sketcher(), replace(OPTIONS, details=True), Canvas(SCENE, (BALL, house))
    first = last_of(draw_with_small(sketcher, before, options)).images[0]
    sketcher.asked.clear()
    painted = Canvas(SCENE, (replace(BALL, description="A black ball.", color="black"), house))
    found = last_of(edit_with_small(sketcher, painted, options, Earlier(before, first, b"")))
    assert [names for _, names, _ in sketcher.asked] == [("A house.",), ("A black ball.",)]
    assert color_at(found.images[0], 60, 60) == painted.regions[0].rgb
    assert color_at(found.images[0], 78, 50) == house.rgb


def test_what_is_drawn_whole_after_all_has_its_small_things_too() -> None:
    before, after = Canvas(SCENE, (LARGE, BALL)), Canvas(SCENE, (LARGE, BALL, STAR))
    sketcher, options = Sketcher(whole=Whole.MODEL), replace(OPTIONS, details=True)
    picture = Image.new("RGB", (SIDE, SIDE), SCENE.rgb)
    *_, found = edit_with_small(sketcher, after, options, Earlier(before, picture, b"other"))
    assert isinstance(found, Rendered)
    assert found.whole is Whole.MODEL
    assert found.mask is None
    assert color_at(found.images[0], 57, 60) == BALL.rgb
    assert color_at(found.images[0], 80, 65) == STAR.rgb
    anew = Canvas(replace(SCENE, description="A beach.", color="yellow"), after.regions)
    sketcher = Sketcher(whole=Whole.SCENE)
    found = last_of(edit_with_small(sketcher, anew, options, Earlier(before, picture, b"")))
    assert [what for what, *_ in sketcher.asked] == ["render", "edit", "edit"]  # nothing is drawn twice
    assert found.whole is Whole.SCENE
    assert color_at(found.images[0], 57, 60) == BALL.rgb


def test_the_bundled_model_draws_a_small_cat_that_can_be_told() -> None:
    models, classifier = Models(PROFILES["tiny"]), load_classifier()
    usual = models.profile
    cat, house = (
        thing(describe("cat", "orange"), "orange", Box(12, 50, 32, 70)),
        thing(describe("house", "red"), "red", Box(58, 46, 80, 68)),
    )
    meadow = BACKGROUNDS["meadow"]
    canvas = Canvas(GlobalDescription(meadow.description, color=meadow.color), (cat, house))
    options = RenderOptions(192, 192, 3, usual.steps, usual.guidance, regions=RegionOptions(usual.method), details=True)
    renderer = models.renderer()
    *_, first = renderer.render(canvas, options)
    assert isinstance(first, Rendered)
    assert classifier.judge(first.images[0], [cat.box, house.box]) == [("cat", "orange"), ("house", "red")]
    assert isinstance(renderer, Editor)
    bird = thing(describe("bird", "blue"), "blue", Box(40, 8, 58, 26))
    added = replace(canvas, regions=(cat, house, bird))
    *_, now = renderer.edit(added, options, Earlier(canvas, first.images[0], first.remains[0]))
    assert isinstance(now, Rendered)
    assert now.mask is not None
    outside = np.asarray(now.mask) == 0
    assert (np.asarray(now.images[0]) == np.asarray(first.images[0]))[outside].all()
    assert now.kept > 0.9
    assert classifier.judge(now.images[0], [bird.box]) == [("bird", "blue")]
