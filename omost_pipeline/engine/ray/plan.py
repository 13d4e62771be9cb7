"""What a cluster is to run: how many replicas of which engine, on what share of which machine. Plain data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from omost_pipeline.engine.events import Part
from omost_pipeline.engine.local import LocalEngine
from omost_pipeline.engine.residency import Models
from omost_pipeline.profiles import Profile

MakeEngine = Callable[[], LocalEngine]
"""Makes a replica's engine, in its process, to which it crosses pickled: a function of a module, or a partial one."""


@dataclass(frozen=True)
class Pool:
    """Replicas of one engine. Where ``most`` exceeds ``replicas``, their number follows the work, down to those.

    Each has ``gpus`` of a GPU, which may be a fraction of one, and counts as ``cpus``.
    """

    make: MakeEngine
    replicas: int = 1
    most: int = 1
    gpus: float = 0.0
    cpus: float = 1.0
    idle_seconds: float = 60.0
    """How long there must be less to do before replicas are let go."""

    def __post_init__(self) -> None:
        if not 1 <= self.replicas <= self.most:
            raise ValueError(
                f"a pool of {self.replicas} to {self.most} replicas; it should be 1 or more, and not fewer"
            )


@dataclass(frozen=True)
class ClusterPlan:
    """What runs, and where.

    ``address`` is Ray's: that of a cluster of which this machine is a node, or empty for a Ray of our own that comes
    and goes with the program. A request that nobody asks about for ``lease`` seconds is cancelled. A replica that has
    to go may finish what it does within ``drain`` seconds.
    """

    renderers: Pool
    composers: Pool | None = None
    address: str = ""
    port: int = 8000
    object_store_bytes: int = 200 * 2**20
    lease: float = 30.0
    drain: float = 300.0

    @property
    def capacity(self) -> int:
        """Requests at once that keep every replica busy: two a renderer, so that none waits for its next."""
        return 2 * self.renderers.most + (self.composers.most if self.composers is not None else 0)

    @property
    def cpus(self) -> float:
        """What all replicas together count as."""
        pools = [self.renderers, *([self.composers] if self.composers is not None else [])]
        return sum(pool.most * pool.cpus for pool in pools)


def half_engine(profile: Profile, part: Part, device: str | None = None) -> LocalEngine:
    """The engine of a replica that only composes, or only draws; the other model is never loaded there.

    It therefore takes the memory that it finds, and never makes room for the other one.
    """
    lone = replace(profile, composer_gib=0.0) if part is Part.RENDERER else replace(profile, renderer_gib=0.0)
    return LocalEngine(Models(lone, device))
