"""The layout preview: boxes stand where they belong, near over far, and labels can be read."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region
from omost_pipeline.canvas.fonts import font_for, wrap
from omost_pipeline.canvas.preview import _bounds, _contrast, _overlaps, _place_labels, _rect, _Sizes, layout_image
from omost_pipeline.canvas.vocabulary import COLORS, LOCATIONS

WORDS = "Thing {}: a rather long description of an object, with many words in it"
EIGHT = Canvas(
    GlobalDescription("Eight things", color="lightgray"),
    tuple(
        Region(location, "no offset", "a large square area", 9.0 - number, WORDS.format(number), color="tomato")
        for number, location in enumerate(list(LOCATIONS)[:8])
    ),
)


def unlabelled(distance: float, color: str, location: str = "in the center") -> Region:
    return Region(location, "no offset", "a small square area", distance, "", color=color)


def test_a_near_box_is_drawn_over_a_far_one_and_both_over_the_global_colour() -> None:
    canvas = Canvas(
        GlobalDescription("x", color="white"), (unlabelled(1.0, "red"), unlabelled(9.0, "blue", "on the left"))
    )
    pixels = np.asarray(layout_image(canvas, 180, 180)).astype(int)
    outside, far, both = pixels[170, 170], pixels[90, 20], pixels[90, 60]
    assert outside.tolist() == [255, 255, 255]
    assert far[2] > far[0] + 100
    assert both[0] > both[2]


@pytest.mark.parametrize("size", [(1, 1), (16, 40), (192, 192), (256, 320)])
def test_a_preview_has_the_size_asked_for(size: tuple[int, int]) -> None:
    image = layout_image(EIGHT, *size)
    assert image.size == size
    assert image.mode == "RGB"


@pytest.mark.parametrize("size", [(192, 192), (512, 512), (896, 1152)])
def test_labels_of_eight_overlapping_boxes_stand_in_their_boxes_and_off_each_other(size: tuple[int, int]) -> None:
    drawn = (2 * size[0], 2 * size[1])
    regions = EIGHT.far_to_near()
    rects = [_rect(region, *drawn) for region in regions]
    labels = _place_labels(regions, rects, _Sizes.of(*drawn))
    assert [label.region for label in labels] == list(reversed(regions))
    for label, rect in zip(labels, reversed(rects), strict=True):
        assert rect.left <= label.rect.left < label.rect.right <= rect.right
        assert rect.top <= label.rect.top < label.rect.bottom <= rect.bottom
    for one, other in combinations(labels, 2):
        assert _overlaps(_bounds([one.rect]), _bounds([other.rect])).tolist() == [0]


def test_a_label_changes_the_picture_and_an_empty_description_has_none() -> None:
    bare = Canvas(GlobalDescription("x", color="white"), (unlabelled(1.0, "red"),))
    named = Canvas(bare.scene, (Region("in the center", "no offset", "a small square area", 1.0, "Ball", color="red"),))
    assert layout_image(bare, 192, 192).tobytes() != layout_image(named, 192, 192).tobytes()
    inside = layout_image(bare, 192, 192).crop((50, 50, 140, 140))
    assert len(inside.getcolors() or []) == 1


def test_a_region_that_is_being_written_is_a_dashed_frame_with_its_name() -> None:
    scene = Canvas(GlobalDescription("x", color="white"))
    pending = unlabelled(1.0, "red")
    image = layout_image(scene, 192, 192, pending)
    box = pending.box
    left, top, right, bottom = (round(edge * 192 / 90) for edge in (box.left, box.top, box.right, box.bottom))
    assert len(image.crop((left + 8, top + 8, right - 8, bottom - 8)).getcolors() or []) == 1, "nothing is in it"
    edge = image.crop((left, top, right, top + 6))
    green = [np.asarray(edge)[2, column, 1] for column in range(edge.width)]
    gaps = sum(value > 180 for value in green) / len(green)
    assert 0.3 < gaps < 0.7
    named = replace(pending, description="Ball")
    assert layout_image(scene, 192, 192, named).tobytes() != image.tobytes()
    assert layout_image(scene, 192, 192).getcolors() == [(192 * 192, (255, 255, 255))]


def test_ink_contrasts_with_every_colour() -> None:
    def luminance(rgb: tuple[int, int, int]) -> float:
        linear = [(c / 255 / 12.92) if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in rgb]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for name, rgb in COLORS.items():
        low, high = sorted((luminance(rgb), luminance(_contrast(rgb))))
        assert (high + 0.05) / (low + 0.05) >= 4.0, name


def test_text_is_wrapped_at_words_and_ends_in_an_ellipsis_where_it_does_not_fit() -> None:
    font = font_for("a", 20)
    width = font.getlength("the quick brown")
    assert wrap("the quick brown fox jumps", font, width, 2) == ("the quick brown", "fox jumps")
    lines = wrap("the quick brown fox jumps over the lazy dog", font, width, 2)
    assert len(lines) == 2
    assert lines[1].startswith("fox")
    assert lines[1].endswith("…")
    assert all(font.getlength(line) <= width for line in lines)
    assert "".join(wrap("x" * 40, font, width, 9)) == "x" * 40
    assert wrap("one\ntwo\0", font, 999, 1) == ("one two",)
    assert wrap("word", font, 1, 3) == ()


def test_labels_in_any_script_are_drawn() -> None:
    texts = ("猫和球", "красный мяч", "🐶", "עברית", "\u202e", "a\u0301")
    regions = tuple(
        Region(location, "no offset", "a small square area", 1.0, text)
        for location, text in zip(LOCATIONS, texts, strict=False)
    )
    assert layout_image(Canvas(GlobalDescription("x"), regions), 192, 192).size == (192, 192)
