"""The cluster's application in Ray Serve's terms: a desk, which speaks HTTP, and two pools of replicas.

The only module but :mod:`keeper` that knows Ray; it is imported in Ray's processes and never in the bot's.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Awaitable, Mapping, Sequence
from functools import partial
from typing import Any

import ray
from ray import serve
from ray.serve.handle import DeploymentHandle
from starlette.requests import Request
from starlette.responses import Response

from omost_pipeline.engine.events import Part
from omost_pipeline.engine.ray.desk import Desk, Errand, News, Sent
from omost_pipeline.engine.ray.front import answer
from omost_pipeline.engine.ray.plan import ClusterPlan, MakeEngine, Pool
from omost_pipeline.engine.ray.replica import Replica
from omost_pipeline.errors import DeviceLostError

logger = logging.getLogger(__name__)

APPLICATION = "omost"
ROUTE = "/omost"
_DESK = "desk"
_MANY = 100_000
"""Calls at once at the desk, most of which wait: it never refuses one."""

_AT_ONCE = 2
"""Requests at a replica: one that is worked on, and the next, so that there is no pause between them."""


class DeskDeployment:
    """The desk behind HTTP for the bot, and behind a handle for the replicas."""

    def __init__(self, lease: float, pools: Mapping[str, DeploymentHandle[Any]]) -> None:
        self._pools = dict(pools)
        self._desk = Desk(self._send, lease)

    async def __call__(self, request: Request) -> Response:
        """As :func:`answer`."""
        return await answer(self._desk, request, ray.put)

    async def tell(self, errand: str, attempt: int, news: Sequence[News], last: bool) -> bool:
        """As :meth:`Desk.tell`."""
        return await self._desk.tell(errand, attempt, news, last)

    def _send(self, errand: Errand) -> Sent:
        handle = self._pools[errand.part.value]
        sent: Sent = handle.work.remote(errand.id, errand.attempt, errand.request, errand.assets)
        return sent


class ReplicaDeployment:
    """A replica behind a handle."""

    def __init__(self, make: MakeEngine) -> None:
        desk = serve.get_deployment_handle(_DESK, APPLICATION)

        async def tell(errand: str, attempt: int, news: Sequence[News], last: bool) -> bool:
            return bool(await desk.tell.remote(errand, attempt, news, last))

        self._replica = Replica(make, tell)

    async def work(self, errand: str, attempt: int, text: str, assets: Mapping[str, Awaitable[bytes]]) -> None:
        """As :meth:`Replica.work`; where the device is lost, the process ends, and Ray starts another.

        Ray would go on sending it work until it has been unhealthy three times: what fails at once is always free.
        """
        try:
            await self._replica.work(errand, attempt, text, assets)
        except DeviceLostError as error:
            logger.critical("this replica ends: %s", error)
            os._exit(1)

    def check_health(self) -> None:
        """Ray asks now and then, and replaces a replica that raises."""
        self._replica.check()


def application(plan: ClusterPlan) -> serve.Application:
    """Everything that the cluster runs for a plan."""
    pools = {Part.RENDERER.value: _pool("renderers", plan.renderers, plan.drain)}
    if plan.composers is not None:
        pools[Part.COMPOSER.value] = _pool("composers", plan.composers, plan.drain)
    desk = serve.deployment(
        DeskDeployment,
        name=_DESK,
        num_replicas=1,
        max_ongoing_requests=_MANY,
        ray_actor_options={"num_cpus": 0},
    )
    return desk.bind(plan.lease, pools)


def _pool(name: str, pool: Pool, drain: float) -> serve.Application:
    options = partial(
        serve.deployment,
        ReplicaDeployment,
        name=name,
        max_ongoing_requests=_AT_ONCE,
        graceful_shutdown_timeout_s=drain,
        graceful_shutdown_wait_loop_s=0.5,
        health_check_period_s=5,
        ray_actor_options={"num_cpus": pool.cpus, "num_gpus": pool.gpus},
    )
    if pool.most == pool.replicas:
        return options(num_replicas=pool.replicas).bind(pool.make)
    following = {
        "min_replicas": pool.replicas,
        "max_replicas": pool.most,
        "initial_replicas": pool.replicas,
        "target_ongoing_requests": 1.5,
        "upscale_delay_s": min(5.0, pool.idle_seconds),
        "downscale_delay_s": pool.idle_seconds,
        "metrics_interval_s": 1.0,
        "look_back_period_s": min(10.0, pool.idle_seconds),
    }
    return options(autoscaling_config=following).bind(pool.make)
