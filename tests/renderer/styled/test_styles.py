"""Styles of models that know none: what each does to a picture, and that edits keep the rest in every one of them."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from PIL import Image

from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region, placed_at
from omost_pipeline.canvas.vocabulary import Box
from omost_pipeline.engine.families import load_renderer
from omost_pipeline.memory import Placement
from omost_pipeline.profiles import PROFILES
from omost_pipeline.renderer.keep.compositing import differing
from omost_pipeline.renderer.keep.earlier import Earlier, Recomposed, Whole
from omost_pipeline.renderer.protocol import Highres, Rendered, RenderOptions, Step
from omost_pipeline.renderer.styled.drawing import Styled
from omost_pipeline.renderer.styled.finishes import FINISHES, Finish, finish_of, inked, pixelated, watercolored

LAYERED = RenderOptions(192, 192, seed=3, steps=4, layered=True)
PLAIN = replace(LAYERED, layered=False)
SCENE = GlobalDescription("A green meadow under a blue sky.", color="lightskyblue")
HOUSE = placed_at(Region("", "", "", 5.0, "A red house.", color="red"), Box(5, 30, 40, 70))
TREE = placed_at(Region("", "", "", 4.0, "A green tree.", color="green"), Box(55, 25, 85, 70))
BALLOON = placed_at(Region("", "", "", 3.0, "A yellow balloon.", color="yellow"), Box(55, 0, 85, 25))

every_finish = pytest.mark.parametrize("finish", FINISHES.values(), ids=lambda finish: finish.__name__)
every_kind = pytest.mark.parametrize("options", [LAYERED, PLAIN], ids=["in layers", "in latents"])


@cache
def renderer() -> Styled:
    found = load_renderer(PROFILES["tiny"], "cpu", Placement.WHOLE)
    assert isinstance(found, Styled), "the bundled models know no styles"
    return found


def canvas(tags: str, *regions: Region) -> Canvas:
    return Canvas(replace(SCENE, tags=tags), regions or (HOUSE, TREE))


def last(news: Generator[Step | Rendered, None, None]) -> tuple[Rendered, int]:
    *steps, rendered = news
    assert isinstance(rendered, Rendered)
    return rendered, len(steps)


def drawn(tags: str, options: RenderOptions) -> Rendered:
    return last(renderer().render(canvas(tags), options))[0]


def edited(first: Rendered, before: Canvas, after: Canvas, options: RenderOptions) -> tuple[Rendered, int]:
    earlier = Earlier(before, first.images[0], b"".join(first.remains), layers=b"".join(first.layers))
    return last(renderer().edit(after, options, earlier))


def example(width: int = 256, height: int = 192) -> Image.Image:
    """A sky that fades, ground, and some shapes."""
    rows, columns = np.indices((height, width))
    pixels = np.stack((120 + rows // 3, 160 + rows // 4, 250 - rows // 2), -1)
    pixels[rows > 0.7 * height] = (80, 160, 60)
    pixels[(rows - height // 2) ** 2 + (columns - width // 3) ** 2 < (height // 5) ** 2] = (190, 30, 40)
    return Image.fromarray(pixels.astype(np.uint8))


@every_finish
@pytest.mark.parametrize("size", [(256, 192), (192, 256), (64, 64), (512, 384)])
def test_a_style_is_another_picture_of_the_same_size(finish: Finish, size: tuple[int, int]) -> None:
    image = example(*size)
    styled = finish(image)
    assert (styled.mode, styled.size) == ("RGB", size)
    assert differing(image, styled).mean() > 0.3
    assert finish(image).tobytes() == styled.tobytes(), "the same again"
    apart = np.asarray(image, float).mean((0, 1)) - np.asarray(styled, float).mean((0, 1))
    assert np.abs(apart).max() < 95, "it is still that picture"


def test_styles_can_be_told_apart() -> None:
    pictures = [finish(example()) for finish in FINISHES.values()]
    for number, one in enumerate(pictures):
        assert all(differing(one, other).mean() > 0.5 for other in pictures[number + 1 :])


@every_finish
def test_what_is_the_same_in_two_pictures_is_the_same_in_a_style(finish: Finish) -> None:
    one = example()
    other = one.copy()
    other.paste("white", (100, 80, 140, 120))
    changed = differing(finish(one), finish(other))
    assert changed[80:120, 100:140].any()
    changed[64:136, 84:156] = False
    assert not changed.any(), "but for a few pixels around it"


@pytest.mark.parametrize(
    ("tags", "finish"),
    [
        ("pixel art", pixelated),
        ("watercolor", watercolored),
        ("Watercolour", watercolored),
        ("ink drawing", inked),
        ("best quality, pencil sketch", inked),
        ("photo", None),
        ("", None),
    ],
)
def test_tags_name_a_style(tags: str, finish: Finish | None) -> None:
    assert finish_of(tags) is finish


@every_kind
def test_the_words_of_a_style_leave_the_shapes_alone(options: RenderOptions) -> None:
    plain = drawn("", options).images[0]
    assert drawn("photo", options).images[0].tobytes() == plain.tobytes()
    assert drawn("ink drawing", options).images[0].tobytes() == inked(plain).tobytes()


@every_kind
def test_an_edit_keeps_the_rest_in_its_style(options: RenderOptions) -> None:
    before, after = canvas("watercolor"), canvas("watercolor", HOUSE, TREE, BALLOON)
    first = drawn("watercolor", options)
    second, _ = edited(first, before, after, options)
    assert second.mask is not None
    changed = differing(first.images[0], second.images[0])
    assert not (changed & (np.asarray(second.mask.convert("L")) == 0)).any()
    assert changed[:48, 118:180].mean() > 0.2, "the balloon is there"
    assert not changed[:, :80].any()
    assert 0.5 < second.kept < 1
    assert second.recomposed is None or not second.recomposed.restyled
    again, _ = edited(second, after, after, options)
    assert again.images[0].tobytes() == second.images[0].tobytes()
    assert again.kept == 1.0


def test_another_style_of_a_picture_in_layers_costs_no_drawing() -> None:
    first = drawn("", LAYERED)
    styled, steps = edited(first, canvas(""), canvas("pixel art"), LAYERED)
    assert steps == 0
    assert styled.images[0].tobytes() == pixelated(first.images[0]).tobytes()
    assert styled.kept < 0.5
    assert styled.recomposed == Recomposed(restyled=True)
    back, steps = edited(styled, canvas("pixel art"), canvas(""), LAYERED)
    assert (steps, back.images[0].tobytes()) == (0, first.images[0].tobytes())


def test_another_style_of_a_picture_in_latents_is_drawn_whole() -> None:
    first = drawn("", PLAIN)
    styled, steps = edited(first, canvas(""), canvas("pixel art"), PLAIN)
    assert (steps, styled.whole) == (4, Whole.SCENE)
    assert styled.images[0].tobytes() == pixelated(first.images[0]).tobytes(), "at the same seed"


def test_a_larger_picture_has_its_style_again() -> None:
    options = replace(PLAIN, steps=2, highres=Highres(1.5, 2, 0.2))
    first = drawn("pixel art", PLAIN).images[0]
    larger, _ = last(renderer().render(canvas("pixel art"), options, first))
    plain, _ = last(renderer().render(canvas(""), options, first))
    assert larger.images[0].size == (288, 288)
    assert larger.images[0].tobytes() == pixelated(plain.images[0]).tobytes()


def test_a_draft_that_is_finished_has_its_style_again() -> None:
    small = replace(LAYERED, width=128, height=128)
    draft, tags = drawn("pixel art", small), canvas("pixel art")
    full = replace(small, highres=Highres(1.5, 4, 0.6, size=(192, 192)))
    plain, _ = edited(draft, canvas(""), canvas(""), full)
    found, _ = edited(draft, tags, tags, full)
    assert found.images[0].size == (192, 192)
    assert found.images[0].tobytes() == pixelated(plain.images[0]).tobytes()
