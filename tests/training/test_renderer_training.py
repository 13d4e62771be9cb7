"""The renderer's training code: latents that give the picture back, runs that resume, and an export that loads."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from omost_pipeline.bench.adherence import canvas_of, caption_of
from omost_pipeline.canvas.vocabulary import Box
from omost_pipeline.errors import WeightsError
from omost_pipeline.renderer.protocol import Rendered, RenderOptions
from omost_pipeline.renderer.regions.spans import box_mask
from omost_pipeline.renderer.sdxl.weights import load_renderer
from omost_pipeline.renderer.subprompts import conditions
from omost_pipeline.training import dataset, latents, renderer_pool, renderer_samples, train_renderer, train_vae
from omost_pipeline.training.dataset import numbered_picture, numbered_scene
from omost_pipeline.training.renderer_model import export, new_model, new_tokenizer, new_vae, world_words
from omost_pipeline.training.train_renderer import RendererOptions
from omost_pipeline.world.classifier import Classifier, load_classifier, sights
from omost_pipeline.world.kinds import BACKGROUNDS
from omost_pipeline.world.scenes import Scene, Thing, paint, silhouette

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pictures() -> np.ndarray:
    return np.stack([numbered_picture(number) for number in range(24)])


@pytest.fixture
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (dataset, latents, renderer_pool, train_vae):
        monkeypatch.setattr(module, "SHARD_SCENES", 24)


@pytest.mark.parametrize(
    ("patch", "channels", "cells"),
    [(latents.PATCH, latents.CHANNELS, 12), (latents.FINE_PATCH, latents.FINE_CHANNELS, 24)],
)
def test_latents_hold_the_small_picture(pictures: np.ndarray, patch: int, channels: int, cells: int) -> None:
    mapping = latents.fit(pictures, patch, channels)
    encoded = mapping.encode(pictures)
    assert encoded.shape == (24, channels, cells, cells)
    assert float(encoded.square().mean()) == pytest.approx(1.0, abs=0.05)
    small = np.stack([np.asarray(picture, dtype=float) for picture in mapping.small_pictures(encoded)])
    wanted = pictures.reshape(24, 48, 4, 48, 4, 3).mean((2, 4))
    assert np.abs(small - wanted).mean() < 6  # of 255


def test_every_word_of_the_world_is_one_token() -> None:
    tokenizer = new_tokenizer("!")
    for word in world_words():
        assert len(tokenizer(word, add_special_tokens=False).input_ids) == 1, word


def test_training_conditions_are_what_a_render_of_the_same_scene_is_given() -> None:
    scene = next(scene for scene in map(numbered_scene, range(50)) if len(scene.things) == 3)
    assert renderer_samples.boxes(scene).conditions == conditions(canvas_of(scene))
    plain = conditions(caption_of(scene))
    assert [condition.box for condition in plain] == [None]


def test_a_silhouette_is_what_the_thing_changes_in_the_picture() -> None:
    scene = Scene("snow", (Thing("tree", "red", Box(10, 5, 80, 85), 5.0),))
    bare, painted = (np.asarray(paint(scene, Random(1), 90, shown), int) for shown in ((), None))
    changed = (bare != painted).any(-1)
    covered = silhouette(scene.things[0])
    assert covered[5:85, 10:80].sum() == covered.sum()
    assert (covered & changed).sum() > 0.9 * max(covered.sum(), changed.sum())


def test_outlines_hide_what_a_nearer_thing_covers_and_nothing_else() -> None:
    far, near = Thing("house", "red", Box(0, 0, 60, 60), 5.0), Thing("ball", "blue", Box(30, 0, 90, 60), 1.0)
    sample = renderer_samples.outlines(Scene("meadow", (near, far)))
    assert [condition.box for condition in sample.conditions] == [None, far.box, near.box]
    everywhere, behind, before = sample.seen
    assert everywhere is None
    assert behind is not None
    assert before is not None
    hidden = box_mask(far.box) & torch.from_numpy(silhouette(near))
    assert hidden.any()
    assert torch.equal(behind, box_mask(far.box) & ~hidden)
    assert torch.equal(before, box_mask(near.box))


def test_things_drawn_alone_never_meet_and_are_all_that_the_picture_shows() -> None:
    scene = next(scene for scene in map(numbered_scene, range(200)) if len(scene.things) == 4)
    rng, seen = Random(2), set[int]()
    for _ in range(40):
        sample = renderer_samples.alone(scene, rng)
        assert sample.shown is not None
        seen.add(len(sample.shown))
        assert [condition.box for condition in sample.conditions] == [None, *(thing.box for thing in sample.shown)]
        masks = [box_mask(thing.box).int() for thing in sample.shown]
        assert not masks or int(torch.stack(masks).sum(0).max()) == 1
    assert 0 in seen
    assert len(seen) > 1


def test_samples_are_conditioned_in_the_shares_that_are_asked_for() -> None:
    scene = next(scene for scene in map(numbered_scene, range(50)) if len(scene.things) == 3)
    shares, rng, counts = renderer_samples.Shares(0.2, 0.3, 0.2, 0.1), Random(3), Counter[str]()
    for _ in range(1000):
        sample = renderer_samples.draw_sample(scene, shares, rng)
        plain = "caption" if sample.conditions[0].suffixes[:1] == (scene.description,) else "nothing"
        regional = "outlines" if sample.seen else "boxes"
        counts["alone" if sample.shown is not None else regional if len(sample.conditions) > 1 else plain] += 1
    wanted = {"boxes": 200, "outlines": 300, "alone": 200, "caption": 100, "nothing": 200}
    assert all(abs(counts[name] - count) < 50 for name, count in wanted.items()), counts


@pytest.mark.usefixtures("small_shards")
def test_a_training_begins_with_the_weights_it_is_given_and_keeps_their_vae(tmp_path: Path) -> None:
    torch.manual_seed(4)
    first = new_model()
    export(first, tmp_path / "first")
    options = RendererOptions(minutes=1e-6, rate=0.0, batch=4, shards=1)
    train_renderer.train_renderer(tmp_path / "work", options, tmp_path / "second", tmp_path / "first")
    for name in ("unet", "vae", "text_encoder"):
        files = [next((tmp_path / which / name).glob("*.safetensors")) for which in ("first", "second")]
        old, new = (load_file(file) for file in files)
        assert all(torch.allclose(old[key], new[key], atol=1e-3) for key in old), name
        configs = [
            (tmp_path / which / name / "config.json").read_text(encoding="utf-8") for which in ("first", "second")
        ]
        assert configs[0] == configs[1]


@pytest.mark.usefixtures("small_shards")
def test_training_goes_on_where_it_stopped_and_its_export_draws(tmp_path: Path) -> None:
    options = RendererOptions(minutes=1e-6, batch=4, shards=1)
    train_vae.train_vae(
        tmp_path, train_vae.VaeOptions(minutes=1e-6, batch=2, shards=1), new_vae(), latents.latent_map(tmp_path)
    )
    train_renderer.train_renderer(tmp_path, options)
    before = train_renderer.Training(tmp_path, options)
    train_renderer.train_renderer(tmp_path, replace(options, minutes=before.minutes + 1e-6), tmp_path / "model")
    after = train_renderer.Training(tmp_path, options)
    assert (before.step, after.step) == (1, 2)
    scene = Scene("beach", (Thing("boat", "red", Box(20, 20, 70, 70), 2.0),))
    *steps, last = load_renderer(str(tmp_path / "model")).render(canvas_of(scene), RenderOptions(96, 64, steps=2))
    assert len(steps) == 2
    assert isinstance(last, Rendered)
    assert last.images[0].size == (96, 64)


def test_an_export_replaces_an_older_one_whole(tmp_path: Path) -> None:
    torch.manual_seed(1)
    export(new_model(), tmp_path / "model")
    old = (tmp_path / "model" / "unet" / "diffusion_pytorch_model.safetensors").read_bytes()
    export(new_model(), tmp_path / "model")
    assert (tmp_path / "model" / "unet" / "diffusion_pytorch_model.safetensors").read_bytes() != old
    assert not (tmp_path / "model.partial").exists()


def test_half_hidden_things_are_judged_and_mostly_hidden_ones_are_not() -> None:
    behind = Thing("house", "red", Box(0, 0, 60, 60), 5.0)
    before = Thing("tree", "green", Box(30, 0, 80, 60), 1.0)
    wide = Thing("car", "blue", Box(0, 0, 80, 60), 0.5)
    seen = sights(Scene("meadow", (behind, before)))
    assert [(sight.thing.kind, sight.overlapped) for sight in seen] == [("house", True), ("tree", False)]
    assert [sight.thing.kind for sight in sights(Scene("meadow", (behind, before, wide)))] == ["car"]


def test_the_classifier_answers_in_the_worlds_words_for_boxes_of_any_shape() -> None:
    picture = Image.fromarray(numbered_picture(3))
    judged = Classifier().judge(picture, [Box(0, 0, 90, 40), Box(10, 10, 50, 90)])
    assert len(judged) == 2
    assert set(BACKGROUNDS).isdisjoint({kind for kind, _ in judged})


def test_a_missing_classifier_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"nothing\.safetensors"):
        load_classifier(tmp_path / "nothing.safetensors")
