"""The training of an alpha head: what it learns from, that it learns, goes on, and that its file draws."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch

from omost_pipeline.canvas.vocabulary import Box
from omost_pipeline.cpu_threads import threads_for
from omost_pipeline.engine.info import usual_spec
from omost_pipeline.profiles import PROFILES
from omost_pipeline.renderer.layered.alpha_head import FOLDER, LARGER, places_in
from omost_pipeline.renderer.options import options_of
from omost_pipeline.renderer.sdxl.weights import load_renderer
from omost_pipeline.training import alpha_samples, train_alpha
from omost_pipeline.training.alpha_samples import samples, shard
from omost_pipeline.training.dataset import SmallWorld, numbered_scene, region_of
from omost_pipeline.training.train_alpha import AlphaOptions

pytestmark = pytest.mark.slow

TINY = PROFILES["tiny"].renderer
USUAL = options_of(usual_spec(PROFILES["tiny"]))


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Models this small only lose by sharing a step between threads."""
    with threads_for(small=True):
        yield


def test_samples_are_things_as_a_renderer_draws_them_beside_what_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alpha_samples, "_STRENGTHS", (0.1,))
    monkeypatch.setattr(alpha_samples, "_OTHERWISE", 0.0)
    renderer, source = load_renderer(TINY), SmallWorld()
    [(seen, own, words, box), again] = islice(samples(renderer, source, 3, USUAL), 2)
    side = renderer.native_side
    assert (seen.shape, own.shape) == ((side, side, 6), (LARGER * side, LARGER * side, 4))
    drawn, bare = seen[..., :3].astype(int), seen[..., 3:].astype(int)
    alpha = own[..., 3].reshape(side, LARGER, side, LARGER).mean((1, 3)) / 255
    assert 0.05 < alpha.mean() < 0.9
    assert np.abs(drawn - bare)[alpha == 0].mean() < 6 < np.abs(drawn - bare)[alpha == 1].mean()
    known = [renderer.meaning(region_of(thing))[0].numpy() for thing in numbered_scene(3).things]
    assert any((words == each).all() for each in known)
    where = np.nonzero(alpha)
    edges = [90 / side * each for each in (where[1].min(), where[0].min(), where[1].max() + 1, where[0].max() + 1)]
    assert (np.array(edges)[:2] > box[:2] - 1).all()
    assert (np.array(edges)[2:] < box[2:] + 1).all()
    assert (again[0] != seen).any()
    once_more = next(samples(renderer, source, 3, USUAL))
    assert np.array_equal(once_more[0], seen)
    assert np.array_equal(once_more[1], own)


def test_a_head_learns_goes_on_and_draws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (alpha_samples, train_alpha):
        monkeypatch.setattr(module, "SHARD_SAMPLES", 4)
    monkeypatch.setattr(train_alpha, "_HELD_OUT", 2)
    renderer, source = load_renderer(TINY), SmallWorld()
    with pytest.raises(FileNotFoundError, match=r"run python -m omost_pipeline\.training\.alpha_samples first"):
        train_alpha.train_alpha(tmp_path, source.name, AlphaOptions(), None)
    shard(tmp_path, renderer, source, 0, USUAL)
    options, target = AlphaOptions(minutes=1e-6, batch=2, widths=(8, 16)), tmp_path / "model"
    train_alpha.train_alpha(tmp_path, source.name, options, target)
    state = torch.load(tmp_path / "alpha-small.pt", weights_only=True)
    assert state["step"] == 1
    shard(tmp_path, renderer, source, 1, USUAL)
    longer = replace(options, minutes=state["minutes"] + 1e-6)
    train_alpha.train_alpha(tmp_path, source.name, longer, target)
    after = torch.load(tmp_path / "alpha-small.pt", weights_only=True)
    assert after["step"] == 2
    assert (after["head"]["out.weight"] != state["head"]["out.weight"]).any()
    assert (tmp_path / "alpha-small.png").exists()
    folder = tmp_path / "renderer"
    folder.mkdir()
    for part in (*(part for part in Path(TINY).iterdir() if part.name != FOLDER), target / FOLDER):
        (folder / part.name).symlink_to(part)
    picture = np.zeros((192, 192, 3), np.uint8)
    found = load_renderer(str(folder)).thing_of(region_of(numbered_scene(3).things[0]), picture, picture)
    assert found is not None
    assert found.shape == (384, 384, 4)


def test_what_is_drawn_from_noise_is_learnt_from_beside_what_it_was_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alpha_samples, "_STRENGTHS", (1.0,))
    monkeypatch.setattr(alpha_samples, "_OTHERWISE", 0.0)
    seen, own, _, _ = next(samples(load_renderer(TINY), SmallWorld(), 3, USUAL))
    drawn, bare = seen[..., :3].astype(int), seen[..., 3:].astype(int)
    side = len(drawn)
    alpha = own[..., 3].reshape(side, LARGER, side, LARGER).mean((1, 3)) / 255
    changed = np.abs(drawn - bare).max(-1) > 30
    assert (changed & (alpha > 0.5)).sum() > 0.5 * (alpha > 0.5).sum(), "the same thing in the same place"
    small = own.reshape(side, LARGER, side, LARGER, 4).mean((1, 3))
    assert np.abs(drawn - small[..., :3])[alpha == 1].mean() > 5, "and not from what it was to be"


def test_the_error_of_one_batch_falls() -> None:
    torch.manual_seed(1)
    pictures = torch.rand(2, 3, 32, 32) * 2 - 1
    alpha = torch.zeros(2, 1, 64, 64)
    alpha[:, :, 16:48, 16:48] = 1
    drawn = torch.where(alpha[..., ::2, ::2] > 0, 0.5, pictures)
    words = torch.randn(2, 6)
    places = torch.stack([places_in(Box(20, 20, 70, 70), 32, 32)] * 2)
    batch = train_alpha.Batch(drawn, pictures, places, torch.full((2, 3, 64, 64), 0.5), alpha, words)
    head = train_alpha.new_head(AlphaOptions(widths=(8, 16)), torch.randn(9, 6))
    optimizer = torch.optim.Adam(head.parameters(), 5e-3)
    errors = []
    for _ in range(40):
        loss = train_alpha.loss_of(head, batch, torch.zeros(2, 3, 1, 1), 1.0)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        errors.append(loss.item())
    assert errors[-1] < 0.3 * errors[0]
