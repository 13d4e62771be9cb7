"""The process that holds on to Ray for the bot: starts or joins a cluster, has the application run there, and watches.

Ray ends the process that is connected to it when its head is lost. So that is never the bot: the bot starts this
module, tells it what is to run, and reads the desk's address, a line of JSON. It ends this process by closing its
input, which happens when the bot dies, too; a Ray of our own then ends with it. When the head is lost, this process
ends, and the bot starts another. What Ray starts for us dies with this process, however that ends.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import pickle
import queue
import shutil
import socket
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from omost_pipeline.engine.ray.plan import ClusterPlan

Plans = queue.SimpleQueue[ClusterPlan | None]
"""What is to run from now on; None where nothing is."""

_LOGS = {"log_level": "WARNING", "enable_access_log": False}
"""What Serve's processes write down: else a line for each call."""

_LOOK = 1.0
_PATIENCE = 20.0
"""Seconds that Ray may take to say how the application is."""

_GOODBYE = 30.0
"""Seconds that everything may take to end in good order."""

LOST = 3
"""The exit status when the head is lost."""


def main() -> None:
    """Run until the input ends, or the head is lost."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what Ray prints is for the log
    folder = sys.stdin.readline().rstrip("\n")
    plans: Plans = queue.SimpleQueue()
    threading.Thread(target=_read, args=(plans,), daemon=True).start()
    try:
        _hold(plans, folder, lambda url: print(json.dumps({"url": url}), file=answers, flush=True))
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # a bot that was killed cannot


def _read(plans: Plans) -> None:
    """Plans, a line each, until the input ends."""
    for line in sys.stdin:
        plans.put(pickle.loads(base64.b64decode(line)))  # noqa: S301 - from the bot that started this
    plans.put(None)
    time.sleep(_GOODBYE)  # Ray may be starting, or hang: what it started ends with this process
    os._exit(LOST)


def _hold(plans: Plans, folder: str, ready: Callable[[str], None]) -> None:
    first = plan = plans.get()
    if first is None:
        return
    import ray
    from ray import serve

    _join(first, folder)
    from omost_pipeline.engine.ray.application import APPLICATION, ROUTE, application

    try:
        port = first.port if first.address else _free_port()
        serve.start(proxy_location="HeadOnly", http_options={"host": _host(first), "port": port})
        head = ray.get_runtime_context().gcs_address
        while plan is not None:
            serve.run(application(plan), name=APPLICATION, route_prefix=ROUTE, logging_config=_LOGS)
            ready(f"http://{head.rpartition(':')[0] if plan.address else '127.0.0.1'}:{port}{ROUTE}")
            plan = _watch(head, plans)
        if not first.address:
            serve.shutdown()
    finally:
        ray.shutdown()


def _join(plan: ClusterPlan, folder: str) -> None:
    import ray

    quiet: dict[str, Any] = {"log_to_driver": False, "include_dashboard": False, "logging_level": "warning"}
    if plan.address:
        ray.init(address=plan.address, log_to_driver=False, logging_level="warning")
        return
    ray.init(
        address="local",
        num_cpus=int(plan.cpus + 1),
        object_store_memory=plan.object_store_bytes,
        _temp_dir=folder,
        **quiet,
    )


def _host(plan: ClusterPlan) -> str:
    return "0.0.0.0" if plan.address else "127.0.0.1"  # noqa: S104 - a cluster's nodes reach each other


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _watch(head: str, plans: Plans) -> ClusterPlan | None:
    """Wait for another plan, or the input's end; where the head or the application is lost, end this process at once.

    What still waits for a head that is no more waits for a minute, and cannot be interrupted.
    """
    asking: threading.Thread | None = None
    since = 0.0
    while True:
        with contextlib.suppress(queue.Empty):
            return plans.get(timeout=_LOOK)
        if not _answers(head):
            os._exit(LOST)
        if asking is None or not asking.is_alive():
            asking, since = threading.Thread(target=_ask, daemon=True), 0.0
            asking.start()
        since += _LOOK
        if since > _PATIENCE:
            os._exit(LOST)


def _answers(head: str) -> bool:
    host, _, port = head.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=5):
            return True
    except OSError:
        return False


def _ask() -> None:
    from ray import serve

    from omost_pipeline.engine.ray.application import APPLICATION

    if APPLICATION not in serve.status().applications:
        os._exit(LOST)


if __name__ == "__main__":
    main()
