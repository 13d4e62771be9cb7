"""A picture in layers: they are the picture, and what is changed exactly changes nothing else."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Generator
from dataclasses import replace
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from omost_pipeline.canvas.colors import meant_by, nearest_color
from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region, colored, placed_at
from omost_pipeline.canvas.vocabulary import GRID, Box
from omost_pipeline.renderer.keep.earlier import Earlier, Recomposed, Whole
from omost_pipeline.renderer.layered.drawing import draw_layers, edit_layers
from omost_pipeline.renderer.layered.matte import Pixels, matte, over
from omost_pipeline.renderer.layered.openraster import LayersError, completed, pack, unpack
from omost_pipeline.renderer.layered.stack import Pose
from omost_pipeline.renderer.parts import alone
from omost_pipeline.renderer.protocol import Rendered, RenderOptions, Step
from tests.painter import Painter

SIDE = 180
OPTIONS = RenderOptions(SIDE, SIDE, seed=5, steps=4, layered=True)
SCENE = GlobalDescription("A meadow.", ("Grass as far as one sees.", "A ball lies there."), "ball, green", "green")


def thing(description: str, color: str, box: Box, distance: float) -> Region:
    return placed_at(Region("", "", "", distance, description, color=color), box)


FAR = thing("A red ball.", "red", Box(10, 10, 50, 50), 9.0)
NEAR = thing("A blue cube.", "blue", Box(30, 30, 70, 70), 3.0)
CANVAS = Canvas(SCENE, (NEAR, FAR))


def last_of(news: Generator[Step | Rendered, None, None]) -> Rendered:
    *steps, last = news
    assert isinstance(last, Rendered)
    numbers = [(step.number, step.total) for step in steps if isinstance(step, Step)]
    assert numbers == [(number, len(steps)) for number in range(1, len(steps) + 1)]
    return last


def drawn(canvas: Canvas = CANVAS, options: RenderOptions = OPTIONS) -> Rendered:
    return last_of(draw_layers(Painter(), canvas, options))


def edited(
    first: Rendered,
    after: Canvas,
    *,
    before: Canvas = CANVAS,
    again: tuple[int, ...] = (),
    options: RenderOptions = OPTIONS,
) -> tuple[Rendered, list[str]]:
    painter = Painter()
    earlier = Earlier(before, first.images[0], b"", again=again, layers=first.layers[0])
    return last_of(edit_layers(painter, after, options, earlier)), painter.drawn


def shifted(region: Region, right: float, down: float) -> Region:
    box = region.box
    return placed_at(region, Box(box.left + right, box.top + down, box.right + right, box.bottom + down))


def pixels(image: Image.Image) -> Pixels:
    return np.asarray(image)


def beyond(*boxes: Box) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """The pixels that lie in none of the boxes."""
    outside = np.ones((SIDE, SIDE), np.bool_)
    for box in boxes:
        left, top, right, bottom = (round(edge * SIDE / GRID) for edge in (box.left, box.top, box.right, box.bottom))
        outside[top : bottom + 1, left : right + 1] = False
    return outside


PICTURES = arrays.arrays(np.uint8, (12, 14, 3))


@pytest.mark.slow
@given(PICTURES, PICTURES, arrays.arrays(np.bool_, (12, 14)))
def test_a_layer_over_what_is_behind_it_gives_back_what_was_drawn(
    behind: Pixels, drawn: Pixels, mask: np.ndarray[tuple[int, int], np.dtype[np.bool_]]
) -> None:
    layer = matte(behind, drawn, mask)
    back, own = over(layer, behind).astype(int), layer[..., 3] > 0
    assert np.abs(back - drawn)[own].max(initial=0) <= 1
    assert (back == behind)[~own].all()
    assert not own[~mask].any()


def test_the_layers_are_the_picture_and_each_is_whole_behind_the_nearer() -> None:
    painter = Painter()
    first = last_of(draw_layers(painter, CANVAS, replace(OPTIONS, images=2)))
    assert painter.drawn == ["A meadow.", "A red ball.", "A blue cube."] * 2
    assert (first.seeds, len(first.layers), first.remains) == ((5, 6), 2, ())
    stacks = [unpack(each) for each in first.layers]
    assert [stack.picture().tobytes() for stack in stacks] == [image.tobytes() for image in first.images]
    assert first.images[0].getpixel((0, 0)) != first.images[1].getpixel((0, 0))
    far = stacks[0].layers[0].placed().pixels[..., 3]
    assert (far > 0).mean() > 0.7, "an ellipse fills so much of its box, also where another one covers it"


@pytest.mark.parametrize("details", [False, True])
def test_things_of_a_picture_larger_than_the_model_was_trained_at_are_drawn_as_large_as_it_was(details: bool) -> None:
    painter = Painter(native=90)
    result = last_of(draw_layers(painter, CANVAS, replace(OPTIONS, details=details)))
    assert [(each.width, each.height) for each in painter.asked] == [(90, 90)] * 2
    picture, scene = pixels(result.images[0]).astype(int), pixels(unpack(result.layers[0]).picture())
    assert (picture == scene).all()
    for region, inside in ((FAR, (40, 60)), (NEAR, (100, 100))):
        assert np.abs(picture[inside] - region.rgb).max() < 20, "drawn smaller, and enlarged to its box"
    assert (picture[beyond(FAR.box, NEAR.box)] == (*SCENE.rgb[:2], SCENE.rgb[2] + OPTIONS.seed)).all()


def test_two_of_a_kind_are_drawn_from_seeds_of_their_own() -> None:
    painter, canvas = Painter(), Canvas(SCENE, (NEAR, shifted(NEAR, -20, 0), NEAR))
    last_of(draw_layers(painter, canvas, OPTIONS))
    assert len({each.seed for each in painter.asked}) == 3, "else three cats would be one cat three times"


def test_the_scene_alone_leaves_out_what_names_the_things() -> None:
    assert alone(CANVAS) == replace(SCENE, detailed_descriptions=("Grass as far as one sees.",), tags="green")


def test_a_moved_thing_has_the_same_pixels_and_nothing_else_changes() -> None:
    first = drawn()
    after = replace(CANVAS, regions=(shifted(NEAR, 15, -20), FAR))
    found, work = edited(first, after)
    assert work == []
    assert found.recomposed == Recomposed(changed=("A blue cube.",))
    old, new = (unpack(each.layers[0]).layers[1].placed() for each in (first, found))
    assert (new.left - old.left, new.top - old.top) == (30, -40)
    assert (new.pixels == old.pixels).all()
    outside = beyond(NEAR.box, after.regions[0].box)
    assert (pixels(found.images[0]) == pixels(first.images[0]))[outside].all()
    assert found.mask is not None
    same = (pixels(found.images[0]) == pixels(first.images[0])).all(-1)
    assert (same == (np.asarray(found.mask) == 0)).all()
    assert found.kept == pytest.approx(same.mean())
    back, work = edited(found, CANVAS, before=after)
    assert (work, back.images[0].tobytes()) == ([], first.images[0].tobytes())


def test_a_thing_beyond_the_edge_comes_back_whole_and_one_that_the_edge_cut_off_is_drawn() -> None:
    first = drawn()
    away = replace(CANVAS, regions=(NEAR, replace(FAR, free_box=Box(-25, 10, 15, 50))))
    gone, work = edited(first, away)
    back, more = edited(gone, CANVAS, before=away)
    assert (work, more, back.images[0].tobytes()) == ([], [], first.images[0].tobytes())
    cut = Canvas(SCENE, (replace(FAR, free_box=Box(-20, 10, 20, 50)),))
    found, work = edited(drawn(cut), Canvas(SCENE, (FAR,)), before=cut)
    assert work == ["A red ball."]
    assert found.recomposed == Recomposed(drawn=("A red ball.",))


def test_what_changes_nothing_has_no_mask_and_keeps_all() -> None:
    found, work = edited(drawn(), CANVAS)
    assert (work, found.kept, found.mask, found.recomposed) == ([], 1.0, None, None)


def test_a_distance_that_changes_no_pixel_is_no_change_of_the_picture() -> None:
    nearer = replace(CANVAS, regions=(replace(NEAR, distance_to_viewer=NEAR.distance_to_viewer / 2), FAR))
    first = drawn()
    found, work = edited(first, nearer)
    assert (work, found.kept, found.mask, found.recomposed) == ([], 1.0, None, None)
    assert found.images[0].tobytes() == first.images[0].tobytes()


def test_of_several_pictures_of_an_exact_edit_the_first_is_exact_and_in_the_others_what_changed_is_drawn() -> None:
    first, three = drawn(), replace(OPTIONS, seed=9, images=3)
    after = replace(CANVAS, regions=(shifted(NEAR, 15, -20), FAR))
    exact, _ = edited(first, after)
    found, work = edited(first, after, options=three)
    assert (work, found.seeds) == (["A blue cube."] * 2, (9, 10, 11))
    assert found.recomposed == Recomposed(changed=("A blue cube.",), drawn=("A blue cube.",))
    assert found.images[0].tobytes() == exact.images[0].tobytes()
    old, *new = (unpack(each) for each in found.layers)
    assert all((each.layers[0].pixels == old.layers[0].pixels).all() for each in new)
    gone, work = edited(first, replace(CANVAS, regions=(FAR,)), options=three)
    assert work == ["A meadow.", "A red ball."] * 2
    assert len({image.tobytes() for image in gone.images}) == 3


def test_scaling_goes_from_what_was_drawn_and_much_larger_is_drawn_anew() -> None:
    first = drawn()
    small = replace(CANVAS, regions=(NEAR, placed_at(FAR, Box(20, 20, 40, 40))))
    half, work = edited(first, small)
    assert work == []
    tall, wide = unpack(half.layers[0]).layers[0].placed().pixels.shape[:2]
    assert (tall, wide) == pytest.approx((37, 37), abs=2)
    back, work = edited(half, CANVAS, before=small)
    assert (work, back.images[0].tobytes()) == ([], first.images[0].tobytes())
    large = replace(CANVAS, regions=(NEAR, placed_at(FAR, Box(0, 0, 86, 86))))
    assert edited(first, large)[1] == ["A red ball."]


def test_what_is_moved_to_an_edge_that_cuts_its_box_off_fits_into_it_and_keeps_its_proportions() -> None:
    first = drawn()
    corner = replace(CANVAS, regions=(NEAR, placed_at(FAR, Box(70, 0, 90, 40))))  # half as wide, as tall as it was
    found, work = edited(first, corner)
    assert (work, found.recomposed) == ([], Recomposed(changed=("A red ball.",)))
    (before, _), (after, _) = (unpack(each.layers[0]).layers for each in (first, found))
    old, new = before.placed(), after.placed()
    assert new.pixels.shape[:2] == pytest.approx(np.array(old.pixels.shape[:2]) / 2, abs=1)
    assert new.left >= 140 - 1
    assert new.left + new.pixels.shape[1] <= SIDE
    assert new.top + new.pixels.shape[0] / 2 == pytest.approx(40, abs=2), "in the middle of its box"
    back, work = edited(found, CANVAS, before=corner)
    assert (work, back.images[0].tobytes()) == ([], first.images[0].tobytes())


def test_a_file_of_before_layers_knew_their_boxes_is_read_as_it_was() -> None:
    assert Pose.read([3, 4, 0.5, 0.25]) == Pose(3, 4, 0.5, 0.25, 0.5, 0.25)


def test_brown_is_what_people_call_brown() -> None:
    first = drawn()
    brown = replace(NEAR, description="A brown cube.", color="brown")
    found, work = edited(first, replace(CANVAS, regions=(brown, FAR)))
    assert work == []
    assert found.images[0].getpixel((100, 100)) == pytest.approx(meant_by("brown"), abs=3)
    assert nearest_color(meant_by("brown")) != "brown", "which is a red in CSS"


def test_a_thing_is_drawn_as_if_nothing_else_were_there_and_its_previews_show_the_rest() -> None:
    alike = replace(NEAR, color="red", description="A red cube.")
    both = replace(CANVAS, regions=(alike, FAR))
    with_another, by_itself = (unpack(drawn(each).layers[0]).layers[-1] for each in (both, Canvas(SCENE, (alike,))))
    assert (with_another.pixels == by_itself.pixels).all(), "nothing of it is lost before what looks like it"
    *_, last, _ = draw_layers(Painter(preview="green"), CANVAS, OPTIONS)
    assert isinstance(last, Step)
    assert last.preview().getpixel((2, 2)) == pytest.approx((255, 0, 0), abs=30)
    first = drawn()
    earlier = Earlier(CANVAS, first.images[0], b"", layers=first.layers[0])
    behind = thing("A white wall.", "white", Box(0, 0, 90, 90), 20.0)
    after = replace(CANVAS, regions=(*CANVAS.regions, behind))
    *_, last, _ = edit_layers(Painter(preview="white"), after, OPTIONS, earlier)
    assert isinstance(last, Step)
    assert last.preview().getpixel((2, 2)) == pytest.approx((255, 0, 0), abs=30), "nothing is gone meanwhile"
    assert last.preview().getpixel((7, 0)) == (255, 255, 255)


def test_a_preview_of_a_small_thing_shows_the_whole_picture() -> None:
    painter, options = Painter(native=SIDE), replace(OPTIONS, details=True)
    small = thing("A red ball.", "red", Box(60, 60, 80, 80), 9.0)
    steps = [each for each in draw_layers(painter, Canvas(SCENE, (small,)), options) if isinstance(each, Step)]
    shown = [each.preview() for each in steps[OPTIONS.steps :]]
    assert shown
    for picture in shown:  # the window's preview is white, and lies where the thing does
        assert picture.getpixel((1, 1)) != (255, 255, 255)
        assert picture.getpixel((picture.width * 7 // 9, picture.height * 7 // 9)) == (255, 255, 255)


def test_with_another_seed_than_the_earlier_pictures_what_changed_is_drawn() -> None:
    first = drawn()
    green = replace(CANVAS, regions=(replace(colored(NEAR, (0, 200, 0)), description="A green cube."), FAR))
    for canvas, seed, wanted in (
        (green, OPTIONS.seed, []),
        (green, 9, ["A green cube."]),
        (replace(CANVAS, regions=(FAR,)), 9, ["A meadow.", "A red ball."]),
    ):
        painter = Painter()
        earlier = Earlier(CANVAS, first.images[0], b"", layers=first.layers[0], seed=OPTIONS.seed)
        found = last_of(edit_layers(painter, canvas, replace(OPTIONS, seed=seed), earlier))
        assert (painter.drawn, found.seeds) == (wanted, (seed,))
        exact = found.recomposed.changed if found.recomposed is not None else ()
        assert not set(exact) & set(wanted), "of one picture nothing is both drawn and not"


def test_another_colour_turns_the_thing_and_neither_its_shape_nor_anything_else() -> None:
    first = drawn()
    green = replace(colored(NEAR, (0, 200, 0)), description="A green cube.")
    found, work = edited(first, replace(CANVAS, regions=(green, FAR)))
    assert work == []
    old, new = (unpack(each.layers[0]).layers[1].placed() for each in (first, found))
    assert (old.pixels[..., 3] == new.pixels[..., 3]).all()
    middle = found.images[0].getpixel((100, 100))
    assert middle == pytest.approx((0, 200, 0), abs=3)
    assert (pixels(found.images[0]) == pixels(first.images[0]))[beyond(NEAR.box)].all()
    back, _ = edited(found, CANVAS, before=replace(CANVAS, regions=(green, FAR)))
    assert back.images[0].tobytes() == first.images[0].tobytes()


def test_a_thing_of_which_no_colour_was_said_turns_from_the_one_that_most_of_it_has() -> None:
    green, gray = (60, 170, 70), (128, 128, 132)

    def dragon(drawn: Pixels, *_: object) -> Pixels:
        found = np.zeros((2 * len(drawn), 2 * len(drawn), 4), np.uint8)
        found[120:200, 120:170] = (*green, 255)
        found[120:200, 170:200] = (*gray, 255)
        return found

    box = Box(30, 30, 50, 50)
    for said, turns in (("A dragon.", green), ("A gray dragon.", gray)):
        before = Canvas(SCENE, (thing(said, "gray", box, 3.0),))
        after = Canvas(SCENE, (thing("A red dragon.", "red", box, 3.0),))
        first = last_of(draw_layers(Painter(head=dragon), before, OPTIONS))
        earlier = Earlier(before, first.images[0], b"", layers=first.layers[0])
        second = last_of(edit_layers(Painter(), after, OPTIONS, earlier))
        assert second.recomposed == Recomposed(changed=("A red dragon.",))
        for column, color in ((65, green), (92, gray)):
            assert first.images[0].getpixel((column, 80)) == color
            red, *others = pixels(second.images[0])[80, column].tolist()
            assert (red > 150 and red > 2 * max(others)) is (color is turns), (said, red, others)


def test_what_is_gone_shows_what_was_behind_it_and_what_comes_forward_covers() -> None:
    first = drawn()
    found, work = edited(first, replace(CANVAS, regions=(FAR,)))
    assert (work, found.images[0].tobytes()) == ([], drawn(replace(CANVAS, regions=(FAR,))).images[0].tobytes())
    assert found.recomposed == Recomposed(gone=("A blue cube.",))
    nearer = replace(FAR, distance_to_viewer=1.0)
    found, work = edited(first, replace(CANVAS, regions=(NEAR, nearer)))
    assert work == []
    assert first.images[0].getpixel((80, 80)) == (0, 0, 255)
    assert found.images[0].getpixel((80, 80)) == (255, 0, 0)


def test_what_is_described_anew_is_drawn_alone() -> None:
    first = drawn()
    after = replace(CANVAS, regions=(NEAR, replace(FAR, description="A red house with a chimney.")))
    found, work = edited(first, after)
    assert work == ["A red house with a chimney."]
    old, new = (unpack(each.layers[0]) for each in (first, found))
    assert (old.layers[1].pixels == new.layers[1].pixels).all()
    assert edited(first, CANVAS, again=(0,), options=replace(OPTIONS, seed=9))[1] == ["A blue cube."]
    night = replace(CANVAS, scene=GlobalDescription("A dark night.", color="black"))
    found, work = edited(first, night)
    assert (work, found.whole) == (["A dark night.", "A red ball.", "A blue cube."], Whole.SCENE)
    assert found.recomposed is None
    added = thing("A white bird.", "white", Box(60, 5, 80, 25), 5.0)
    assert edited(first, replace(CANVAS, regions=(*CANVAS.regions, added)))[1] == ["A white bird."]


def test_layers_that_cannot_be_used_are_drawn_anew_and_why_is_said() -> None:
    first = drawn()
    found, work = edited(replace(first, layers=(b"rubbish",)), CANVAS)
    assert (found.whole, len(work)) == (Whole.MISSING, 3)
    found, work = edited(first, CANVAS, before=Canvas(SCENE, (FAR,)))
    assert (found.whole, len(work)) == (Whole.MISSING, 3)
    found, work = edited(first, CANVAS)
    assert (found.kept, found.images[0].tobytes(), work) == (1.0, first.images[0].tobytes(), [])


def test_the_file_is_openraster_with_the_merged_picture_and_what_others_need_not_see_left_out() -> None:
    first = drawn()
    found, _ = edited(first, replace(CANVAS, regions=(placed_at(NEAR, Box(40, 40, 60, 60)), FAR)))
    merged = io.BytesIO()
    found.images[0].save(merged, format="PNG")
    with zipfile.ZipFile(io.BytesIO(completed(found.layers[0], merged.getvalue()))) as file:
        names = file.namelist()
        assert (names[0], file.read("mimetype")) == ("mimetype", b"image/openraster")
        assert "omost.json" not in names
        assert not any(name.startswith("drawn/") for name in names)
        assert file.read("mergedimage.png") == merged.getvalue()
        root = ET.fromstring(file.read("stack.xml"))  # noqa: S314 - this program's own
        layers = [dict(each.attrib) for each in root.iter("layer")]
        assert [each["name"] for each in layers] == ["A blue cube.", "A red ball.", "A meadow."]
        whole = Image.new("RGBA", (int(root.attrib["w"]), int(root.attrib["h"])))
        for each in reversed(layers):
            layer = Image.open(io.BytesIO(file.read(each["src"]))).convert("RGBA")
            whole.alpha_composite(layer, (int(each["x"]), int(each["y"])))
    apart = np.abs(np.asarray(whole.convert("RGB")).astype(int) - np.asarray(found.images[0]))
    assert apart.max() <= 1, "any program composites it to the picture"


def test_a_damaged_file_is_refused() -> None:
    whole = pack(unpack(drawn().layers[0]), "", ("a", "b"))
    for damaged in (b"", whole[:-200], whole.replace(b"omost.json", b"other.json")):
        with pytest.raises(LayersError):
            unpack(damaged)


@settings(max_examples=25)
@given(st.floats(-60, 60), st.floats(-60, 60))
def test_wherever_a_thing_goes_nothing_outside_its_old_and_new_place_changes(right: float, down: float) -> None:
    first = FIRST
    moved = replace(NEAR, free_box=Box(30 + right, 30 + down, 70 + right, 70 + down))
    found, _ = edited(first, replace(CANVAS, regions=(moved, FAR)))
    outside = beyond(NEAR.box) & _apart(moved.box)
    assert (pixels(found.images[0]) == pixels(first.images[0]))[outside].all()


def _apart(box: Box) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    rows, columns = np.ogrid[:SIDE, :SIDE]
    scale = SIDE / GRID
    inside = (columns >= box.left * scale - 1) & (columns <= box.right * scale + 1)
    found: np.ndarray[tuple[int, int], np.dtype[np.bool_]] = ~(
        inside & (rows >= box.top * scale - 1) & (rows <= box.bottom * scale + 1)
    )
    return found


@pytest.mark.slow
def test_photoshops_file_has_the_same_layers_and_says_where_they_come_from() -> None:
    psd_tools = pytest.importorskip("psd_tools", reason="the extra psd is not installed")
    from bot.turns.provenance import SOURCE, mark
    from omost_pipeline.renderer.layered.psd import to_psd

    first, merged = drawn(), io.BytesIO()
    away, _ = edited(first, replace(CANVAS, regions=(replace(NEAR, free_box=Box(60, 60, 100, 100)), FAR)))
    away.images[0].save(merged, format="PNG", pnginfo=mark(PngInfo()))
    content = to_psd(away.layers[0], merged.getvalue())
    assert SOURCE.encode() in content
    found = psd_tools.PSDImage.open(io.BytesIO(content))
    assert [layer.name for layer in found] == ["Background", "A red ball.", "A blue cube."]
    assert found.topil().convert("RGB").tobytes() == away.images[0].tobytes()
    stack = unpack(away.layers[0])
    for layer, kept in zip(list(found)[1:], (each.placed() for each in stack.layers), strict=True):
        assert (layer.left, layer.top) == (kept.left, kept.top)
        alpha = kept.pixels[..., 3] > 0
        assert (np.asarray(layer.topil())[alpha] == kept.pixels[alpha]).all()


FIRST = drawn()
