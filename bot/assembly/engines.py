"""Which engine the settings name, and what of it a cluster runs. Loads and starts nothing yet."""

from __future__ import annotations

import importlib.util
from functools import partial

from bot.errors import MissingExtraError
from bot.settings.config import Settings
from bot.settings.operating import PoolSettings
from omost_pipeline.engine.events import Part
from omost_pipeline.engine.families import sizes_of
from omost_pipeline.engine.local import LocalEngine
from omost_pipeline.engine.protocol import Engine, EngineInfo
from omost_pipeline.engine.ray.plan import ClusterPlan, Pool, half_engine
from omost_pipeline.engine.residency import Models

_SERVED_AT_ONCE = 8
"""Canvases that a language model's server is asked for at once, where pictures are drawn on a cluster."""


def local_engine(settings: Settings) -> Engine:
    """The engine in this process, with the models of the settings' profile. Loads nothing yet."""
    return LocalEngine(Models(settings.chosen_profile(), settings.torch_device))


def chosen_engine(settings: Settings) -> Engine:
    """The engine that the settings name. Loads and starts nothing yet.

    Raises:
        MissingExtraError: if it needs a package that is not installed.
    """
    if settings.engine == "local":
        return local_engine(settings)
    return ray_engine(settings)


def ray_engine(settings: Settings) -> Engine:
    """The engine on a Ray cluster; what writes canvases may be in this process all the same.

    Raises:
        MissingExtraError: if Ray is not installed.
    """
    require_ray('engine = "ray"')
    from omost_pipeline.engine.mixed import MixedEngine
    from omost_pipeline.engine.ray.cluster import Cluster
    from omost_pipeline.engine.ray.engine import RayEngine

    profile, plan = settings.chosen_profile(), cluster_plan(settings)
    name = profile.composer if profile.server is None else profile.server.model or profile.server.url
    info = EngineInfo(profile.name, name, profile.renderer, sizes_of(profile.renderer), plan.capacity)
    drawing = RayEngine(Cluster(plan), info)
    if plan.composers is not None:
        return drawing
    at_once = 1 if profile.server is None else min(_SERVED_AT_ONCE, plan.renderers.most)
    return MixedEngine([half_engine(profile, Part.COMPOSER, settings.torch_device) for _ in range(at_once)], drawing)


def require_ray(what: str) -> None:
    """Do nothing where Ray is installed, which is found out without importing it.

    Raises:
        MissingExtraError: if it is not.
    """
    if importlib.util.find_spec("ray") is None:
        raise MissingExtraError(what, "ray")


def cluster_plan(settings: Settings) -> ClusterPlan:
    """What the settings have a cluster run. A language model that is on a server is asked by the bot."""
    ray, profile = settings.ray, settings.chosen_profile()

    def pool(part: Part, its: PoolSettings) -> Pool:
        usual = 1.0 if profile.vram_gib and settings.device != "cpu" else 0.0
        gpus = usual if its.gpus is None else its.gpus
        device = settings.torch_device
        return Pool(
            partial(half_engine, profile, part, device),
            its.replicas,
            max(its.replicas, its.most or 0),
            gpus,
            its.cpus,
            its.idle_seconds,
        )

    here = profile.server is not None or ray.composers.replicas == 0
    return ClusterPlan(
        pool(Part.RENDERER, ray.renderers),
        None if here else pool(Part.COMPOSER, ray.composers),
        ray.address,
        ray.port,
        ray.object_store_mb * 2**20,
        ray.lease_seconds,
        ray.drain_seconds,
    )
