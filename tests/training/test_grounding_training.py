"""The training of grounding layers: it begins as the base, changes nothing else, resumes, and its file draws."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
import torch

from omost_pipeline.bench.adherence import canvas_of
from omost_pipeline.canvas.elements import sub_prompt
from omost_pipeline.canvas.vocabulary import Box
from omost_pipeline.cpu_threads import threads_for
from omost_pipeline.renderer.protocol import Rendered, RenderOptions
from omost_pipeline.renderer.regions.options import RegionOptions
from omost_pipeline.renderer.sdxl.weights import load_renderer
from omost_pipeline.training import course, dataset, latents, renderer_pool, train_grounding
from omost_pipeline.training.dataset import SmallWorld, numbered_scene
from omost_pipeline.training.renderer_model import export, new_model
from omost_pipeline.training.train_grounding import GroundedSample, GroundingOptions, draw_grounded
from omost_pipeline.training.train_renderer import Trainee
from omost_pipeline.world.scenes import Scene, Thing, silhouette

pytestmark = pytest.mark.slow


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Models this small only lose by sharing a step between threads."""
    with threads_for(small=True):
        yield


def test_samples_have_tokens_of_what_is_to_be_seen_in_the_shares_that_are_asked_for() -> None:
    scene = next(scene for scene in map(numbered_scene, range(50)) if len(scene.things) == 3)
    shares, rng, counts = GroundingOptions().grounded, Random(3), Counter[str]()
    for _ in range(1000):
        sample = draw_grounded(scene, shares, rng, silhouette)
        if not isinstance(sample, GroundedSample):
            counts["bare" if len(sample.conditions) > 1 else "nothing"] += 1
            continue
        wanted = scene.things if sample.shown is None else sample.shown
        assert set(sample.things) == set(wanted)
        boxed = "outlines" if sample.seen else "boxes" if len(sample.conditions) > 1 else "caption"
        counts["alone" if sample.shown is not None else boxed] += 1
    expected = {"boxes": 420, "outlines": 150, "alone": 100, "caption": 180, "bare": 50, "nothing": 100}
    assert all(abs(counts[name] - count) < 50 for name, count in expected.items()), counts


@pytest.mark.usefixtures("one_thread")
def test_layers_begin_as_the_base_learn_alone_and_are_drawn_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (dataset, latents, renderer_pool):
        monkeypatch.setattr(module, "SHARD_SCENES", 24)
    monkeypatch.setattr(course, "_SHOWN", 1)
    torch.manual_seed(4)
    export(new_model(), tmp_path / "model" / "renderer")
    options = GroundingOptions(minutes=1e-6, batch=4, shards=1)
    start, target = tmp_path / "model" / "renderer", tmp_path / "grounding.safetensors"
    training = train_grounding.Training(tmp_path / "work", options, start, SmallWorld(), target)
    trainee, scene = training._trainee, Scene("beach", (Thing("boat", "red", Box(20, 20, 70, 70), 2.0),))
    noisy, times, sample = torch.randn(1, 24, 12, 12), torch.tensor([600]), trainee.shown(scene)
    [told] = trainee.more([sample]).values()
    assert told["masks"].tolist() == [[1, *[0] * 7]]
    assert told["boxes"][0, 0].tolist() == pytest.approx([20 / 90, 20 / 90, 70 / 90, 70 / 90])
    assert torch.equal(told["positive_embeddings"][0, 0], trainee.text.pooled([sub_prompt("a red boat")])[0])
    with torch.no_grad():
        bare = Trainee.predict(Trainee(trainee.model, trainee.text, trainee.kept), noisy, times, [sample])
        assert torch.equal(trainee.predict(noisy, times, [sample]), bare), "its last maps give nothing yet"
    before = {name: weight.clone() for name, weight in trainee.model.unet.state_dict().items()}
    training.run()
    changed = {name for name, new in trainee.model.unet.state_dict().items() if not torch.equal(new, before[name])}
    assert any("fuser" in name for name in changed)
    assert all("fuser" in name or "position_net" in name for name in changed)
    longer = replace(options, minutes=training.minutes + 1e-6)
    train_grounding.Training(tmp_path / "work", longer, start, SmallWorld(), target).run()
    assert train_grounding.Training(tmp_path / "work", longer, start, SmallWorld()).step == 2
    assert target.stat().st_size < 3_000_000
    drawing = RenderOptions(96, 64, steps=2, regions=RegionOptions("grounded"))
    *_, last = load_renderer(str(start), grounding=str(target)).render(canvas_of(scene), drawing)
    assert isinstance(last, Rendered)
