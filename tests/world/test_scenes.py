"""The painted world: every kind, colour and background can be drawn, repeatably, and stands where its box is."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from omost_pipeline.canvas.vocabulary import Box
from omost_pipeline.training.dataset import numbered_picture, numbered_scene
from omost_pipeline.world.kinds import BACKGROUNDS, COLORS, KINDS
from omost_pipeline.world.scenes import Scene, Thing, paint, sample_scene, visible_share

CENTER = Box(25, 25, 65, 65)


@pytest.mark.parametrize("kind", KINDS)
def test_a_thing_changes_the_picture_inside_its_box_and_nowhere_else(kind: str) -> None:
    empty = np.asarray(paint(Scene("room"), Random(1)), dtype=int)
    full = np.asarray(paint(Scene("room", (Thing(kind, "purple", CENTER, 1.0),)), Random(1)), dtype=int)
    changed = np.abs(full - empty).sum(-1) > 24
    inside = np.zeros_like(changed)
    inside[53:140, 53:140] = True  # the box in pixels, and one for the outline
    assert changed[inside].mean() > 0.15
    assert not changed[~inside].any()


@pytest.mark.parametrize("color", COLORS)
def test_a_thing_shows_its_color(color: str) -> None:
    ball = paint(Scene("room", (Thing("heart", color, CENTER, 1.0),)), Random(1))
    seen = np.array(ball.getpixel((96, 96)), dtype=int)
    assert np.abs(seen - np.array(COLORS[color])).max() <= 16


def test_backgrounds_differ_from_each_other() -> None:
    means = [np.asarray(paint(Scene(name), Random(1))).mean((0, 1)) for name in BACKGROUNDS]
    for i, one in enumerate(means):
        for other in means[i + 1 :]:
            assert np.abs(one - other).max() > 4


def test_nearer_things_are_painted_over_farther_ones() -> None:
    far, near = Thing("ball", "red", CENTER, 5.0), Thing("heart", "blue", CENTER, 1.0)
    one, other = (np.asarray(paint(Scene("snow", things), Random(2))) for things in ((far, near), (near, far)))
    red, _, blue = one[96, 96].tolist()
    assert blue > red
    assert np.abs(one[96, 96].astype(int) - other[96, 96]).max() < 40  # shades are drawn anew


def test_numbered_scenes_and_pictures_repeat() -> None:
    assert numbered_scene(17) == numbered_scene(17)
    assert numbered_scene(17) != numbered_scene(18)
    assert np.array_equal(numbered_picture(17), numbered_picture(17))


@pytest.mark.slow
def test_sampled_scenes_hide_nothing_and_hold_every_kind() -> None:
    rng, kinds = Random(5), set[str]()
    for _ in range(400):
        scene = sample_scene(rng)
        kinds |= {thing.kind for thing in scene.things}
        order = scene.far_to_near()
        for i, thing in enumerate(order):
            assert visible_share(thing.box, [other.box for other in order[i + 1 :]]) >= 0.45
    assert kinds == set(KINDS)
