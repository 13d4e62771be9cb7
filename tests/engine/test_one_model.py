"""One Qwen3 for words and pictures: the same weights in memory, whoever was loaded first, and wherever they stay."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from omost_pipeline.canvas.elements import Canvas, GlobalDescription
from omost_pipeline.composer.protocol import ComposeOptions
from omost_pipeline.engine.needs import needs_of
from omost_pipeline.engine.one_model import _Writing
from omost_pipeline.engine.residency import Models
from omost_pipeline.memory import Placement, Sharing
from omost_pipeline.profiles import PROFILES, Profile
from omost_pipeline.renderer.flux2.loop import Flux2Renderer
from omost_pipeline.renderer.protocol import Rendered, RenderOptions
from tests.renderer.flux2.small_klein import write_checkpoint

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Profile:
    folder = str(write_checkpoint(tmp_path_factory.mktemp("klein")))
    return replace(PROFILES["klein"], composer=folder, renderer=folder)


@pytest.mark.parametrize("sharing", ["auto", "swap", "layers", "host"])
@pytest.mark.parametrize("composer_first", [True, False])
def test_words_and_pictures_have_one_set_of_weights(profile: Profile, sharing: Sharing, composer_first: bool) -> None:
    models = Models(replace(profile, sharing=sharing), "cpu")
    for ask in [models.composer, models.renderer][:: 1 if composer_first else -1]:
        ask()
    composer, renderer = models._composer, models._renderer
    assert isinstance(composer, _Writing)
    assert isinstance(renderer, Flux2Renderer)
    assert composer.llm._model is renderer._parts.text.model
    weights = {weight.data_ptr() for weight in renderer._parts.text.model.parameters()}
    assert len(weights) == len(list(renderer._parts.text.model.parameters()))
    assert models.plan.placement is not Placement.WHOLE or not models.plan.swaps


@pytest.mark.parametrize("sharing", ["auto", "parts"])
def test_it_writes_and_draws_in_turn(profile: Profile, sharing: Sharing) -> None:
    torch.set_num_threads(1)
    models = Models(replace(profile, sharing=sharing), "cpu")
    options = RenderOptions(64, 64, steps=1, guidance=1.0)
    pictures = []
    for _ in range(2):
        with closing(models.composer().compose((), "a house", ComposeOptions(seed=1, max_new_tokens=40))) as pieces:
            assert next(pieces).startswith("`")
        *_, last = models.renderer().render(Canvas(GlobalDescription("A house.")), options)
        assert isinstance(last, Rendered)
        pictures.append(last.images[0].tobytes())
    assert pictures[0] == pictures[1]


def test_its_bytes_count_once(profile: Profile) -> None:
    needs, folder = needs_of(profile), Path(profile.renderer)
    assert needs.shared == needs.composer > 0
    assert needs.beside > 0
    apart = needs_of(replace(profile, composer=str(folder / "text_encoder")))
    assert apart.renderer == needs.renderer
    assert apart.shared == 0
