"""Models that want tags first, and how they are recognised."""

from __future__ import annotations

from dataclasses import replace

import pytest

from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region
from omost_pipeline.renderer.prompts import negative_first, prompts_for, tags_first
from omost_pipeline.renderer.protocol import Rendered, RenderOptions
from omost_pipeline.renderer.sdxl.loop import SdxlRenderer
from omost_pipeline.renderer.subprompts import bags, conditions

CAT = Region(
    "on the left",
    "no offset",
    "a small square area",
    1.0,
    "A black cat.",
    ("It sleeps.",),
    "black cat, solo, sleeping, curled up, , no humans",
    quality_meta="sharp",
)
SHED = Region("on the right", "no offset", "a small square area", 2.0, "A shed.")
CANVAS = Canvas(GlobalDescription("A garden at dawn.", ("Dew lies.",), "garden, sunrise"), (CAT, SHED))


def told(canvas: Canvas) -> list[list[str]]:
    """For each condition its bags as text, where a word is a token."""
    packed = [bags(condition, lambda text: len(text.split()), 75) for condition in conditions(canvas)]
    return [[" | ".join(bag) for bag in each] for each in packed]


@pytest.mark.parametrize(
    ("model", "prompts"),
    [
        ("SG161222/RealVisXL_V4.0", "words"),
        ("cagliostrolab/animagine-xl-4.0", "tags"),
        ("/models/Illustrious-XL-v1.0.safetensors", "tags"),
        ("C:\\models\\NoobAI-XL", "tags"),
        ("/srv/ponies/photo-xl/", "words"),
        ("./ponyDiffusionV6XL.safetensors", "pony"),
        ("someone/AutismMix_pony", "pony"),
    ],
)
def test_a_models_name_says_how_it_wants_to_be_told(model: str, prompts: str) -> None:
    assert prompts_for(model) == prompts


def test_tags_come_first_behind_the_score_tags_and_nothing_is_lost() -> None:
    scores = "score_9, score_8_up, score_7_up, garden, sunrise"
    assert told(tags_first(CANVAS, "pony")) == [
        [f"{scores}. | A garden at dawn. | Dew lies."],
        [f"{scores}. | black cat, solo, sleeping, curled up. | no humans. | A black cat. | It sleeps. | sharp."],
        [f"{scores}. | A shed."],
    ]
    assert told(tags_first(CANVAS, "tags"))[0] == [
        "masterpiece, best quality, garden, sunrise. | A garden at dawn. | Dew lies."
    ]


def test_where_sentences_are_wanted_nothing_changes() -> None:
    assert tags_first(CANVAS, "words") is CANVAS
    assert negative_first("blurry", "words") == "blurry"


def test_the_tags_of_bad_pictures_are_not_wanted() -> None:
    assert negative_first("blurry", "pony") == "score_6, score_5, score_4, blurry"
    assert negative_first("", "tags") == "worst quality, low quality"


def test_the_renderer_tells_its_model_so(renderer: SdxlRenderer) -> None:
    options = RenderOptions(64, 64, steps=1, negative_prompt="")

    def drawn(canvas: Canvas, options: RenderOptions) -> bytes:
        *_, last = renderer.render(canvas, options)
        assert isinstance(last, Rendered)
        return last.images[0].tobytes()

    by_hand = replace(options, negative_prompt=negative_first("", "pony"))
    assert drawn(CANVAS, replace(options, prompts="pony")) == drawn(tags_first(CANVAS, "pony"), by_hand)
    assert drawn(CANVAS, replace(options, prompts="pony")) != drawn(CANVAS, options)
