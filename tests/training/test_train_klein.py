"""The small FLUX.2-klein's training: it conditions as a render does, goes on, and leaves a checkpoint that loads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from omost_pipeline.canvas.elements import Canvas, GlobalDescription
from omost_pipeline.renderer.flux2.attention import Read
from omost_pipeline.renderer.flux2.joint import Joint
from omost_pipeline.renderer.flux2.weights import load_renderer
from omost_pipeline.renderer.protocol import Rendered, RenderOptions
from omost_pipeline.training import dataset, latents, renderer_pool, train_vae
from omost_pipeline.training.dataset import SHARD_SCENES, SmallWorld, numbered_scene, save_array
from omost_pipeline.training.klein_model import TOKEN_CHANNELS, TOKEN_SIDE, export, load, new_model, new_vae
from omost_pipeline.training.renderer_samples import boxes
from omost_pipeline.training.train_klein import KleinOptions, Trainee, Training

pytestmark = pytest.mark.slow

MOST_BYTES = 25 * 10**6


@pytest.fixture(scope="module")
def trainee() -> Trainee:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    trainee = Trainee(new_model())
    for weight in trainee.model.transformer.parameters():  # some of them begin at 0
        torch.nn.init.normal_(weight, std=0.05)
    return trainee


@torch.inference_mode()
def test_a_sample_among_others_is_conditioned_as_a_render_is(trainee: Trainee) -> None:
    scenes = [numbered_scene(number) for number in range(3)]
    samples = [boxes(scene) for scene in scenes]
    noisy = torch.randn(3, TOKEN_CHANNELS, TOKEN_SIDE, TOKEN_SIDE)
    together = trainee.predict(noisy, torch.tensor([0.9, 0.5, 0.1]), samples)
    text = trainee.text.encode(samples[1].conditions)
    read = Read.of(trainee.model.transformer, text.hidden, text.places, TOKEN_SIDE, TOKEN_SIDE)
    alone = read.output(trainee.model.transformer, noisy[1:2], 0.5, Joint.of(text.spans, TOKEN_SIDE, TOKEN_SIDE))
    torch.testing.assert_close(together[1:2], alone, atol=1e-4, rtol=1e-3)


def test_what_training_leaves_is_a_small_checkpoint_in_the_published_layout(trainee: Trainee, tmp_path: Path) -> None:
    export(trainee.model, tmp_path / "klein")
    size = sum(file.stat().st_size for file in (tmp_path / "klein").rglob("*") if file.is_file())
    assert size < MOST_BYTES
    renderer = load_renderer(str(tmp_path / "klein"))
    assert (renderer.size_unit, renderer.sizes.nearest(192)) == (16, 192)
    *_, last = renderer.render(Canvas(GlobalDescription("A meadow.")), RenderOptions(192, 192, steps=2, guidance=1.0))
    assert isinstance(last, Rendered)
    assert last.images[0].size == (192, 192)


def test_its_autoencoder_is_trained_beside_it_and_goes_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (dataset, latents, renderer_pool, train_vae):
        monkeypatch.setattr(module, "SHARD_SCENES", 24)
    options = train_vae.VaeOptions(minutes=1e-6, batch=2, shards=1)
    fixed = latents.fine_latent_map(tmp_path)
    training = Training(tmp_path, KleinOptions(batch=2), target=tmp_path / "klein")
    training.save()
    with pytest.raises(FileNotFoundError, match=r"run python -m omost_pipeline\.training\.train_vae first"):
        training.show()
    train_vae.train_vae(tmp_path, options, new_vae(), fixed)
    training.show()
    learnt, given = train_vae.load_vae(tmp_path, new_vae()), load(tmp_path / "klein").vae
    x = torch.randn(1, latents.FINE_CHANNELS, 24, 24)
    assert learnt.decode(x).sample.shape == (1, 3, 192, 192)
    torch.testing.assert_close(given.decode(x).sample, learnt.decode(x).sample, atol=0.01, rtol=0.01)
    spread = learnt.bn.running_var + learnt.bn.eps
    torch.testing.assert_close(spread, torch.ones_like(spread), msg="its latents are scaled already")


def test_a_training_goes_on_where_it_was(tmp_path: Path) -> None:
    from omost_pipeline.training.renderer_pool import Pool, encode_shard

    options = KleinOptions(batch=4)
    first = Training(tmp_path, options)
    encode_shard(tmp_path, first.latents, 0, SmallWorld())
    pool = Pool(SmallWorld())
    pool.take_in(tmp_path, 1)
    losses = [first.learn(pool) for _ in range(2)]
    first.save()
    losses.append(first.learn(pool))
    again = Training(tmp_path, options)
    assert again.step == 2
    assert again.learn(pool) == pytest.approx(losses[2], rel=1e-3)


def test_a_pool_takes_no_latents_of_another_world(tmp_path: Path) -> None:
    from omost_pipeline.training.renderer_pool import Pool

    class Elsewhere(SmallWorld):
        name = "elsewhere"

    save_array(tmp_path / "latents-small-0000.npy", np.zeros((SHARD_SCENES, 1, 1, 1), np.float16))
    here, elsewhere = Pool(SmallWorld()), Pool(Elsewhere())
    for pool in (here, elsewhere):
        pool.take_in(tmp_path, 1)
    assert (len(here), len(elsewhere)) == (SHARD_SCENES, 0)
