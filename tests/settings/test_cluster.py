"""The settings of a cluster: what they mean to it, and mistakes in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.assembly.engines import cluster_plan
from bot.settings.config import ConfigError, load_settings


def written(folder: Path, text: str) -> Path:
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ('engine = "spark"', "engine: found 'spark'"),
        ('[ray]\naddress = "10.0.0.5"', "ray.address: found '10.0.0.5'; it should be empty, \"auto\", or an address"),
        ('[ray]\naddress = "http://10.0.0.5:8265"', "ray.address: found 'http://10.0.0.5:8265'"),
        ("[ray.renderers]\nreplicas = 0", "ray.renderers.replicas: found 0"),
        ("[ray.renderers]\ngpus = 1.5", "ray.renderers.gpus: found 1.5; it should be a fraction of one GPU"),
        ("[ray]\nobject_store_mb = 10", "ray.object_store_mb: found 10"),
    ],
)
def test_mistakes_about_the_cluster_are_named(tmp_path: Path, text: str, mistake: str) -> None:
    with pytest.raises(ConfigError) as raised:
        load_settings(written(tmp_path, text), {})
    (found,) = raised.value.mistakes
    assert found.startswith(mistake)


def test_fewer_at_most_than_always_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="most is 2, which is fewer than the 4 replicas"):
        load_settings(written(tmp_path, "[ray.renderers]\nreplicas = 4\nmost = 2"), {})


def test_a_profile_for_gpus_has_one_for_each_replica_unless_it_is_said_otherwise(tmp_path: Path) -> None:
    text = 'profile = "omost"\nengine = "ray"\n[ray.composers]\ngpus = 0.25\n[ray.renderers]\nreplicas = 2\nmost = 4\n'
    plan = cluster_plan(load_settings(written(tmp_path, text), {}))
    assert plan.composers is not None
    assert (plan.composers.gpus, plan.renderers.gpus) == (0.25, 1.0)
    assert plan.capacity == 2 * 4 + 1, "as many as could be busy when all are there"
    plan = cluster_plan(load_settings(written(tmp_path, 'engine = "ray"'), {}))
    assert plan.renderers.gpus == 0.0


@pytest.mark.parametrize("text", ["[ray.composers]\nreplicas = 0", '[composer]\nurl = "http://x/v1"\nmodel = "omost"'])
def test_canvases_may_be_written_elsewhere(tmp_path: Path, text: str) -> None:
    assert cluster_plan(load_settings(written(tmp_path, text), {})).composers is None
