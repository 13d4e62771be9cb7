"""The cluster as the bot sees it: an address while there is one, and a process that sees to it. Knows no Ray."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import os
import pickle
import sys
from collections import deque
from contextlib import suppress
from secrets import token_hex
from tempfile import TemporaryDirectory

from omost_pipeline.engine.ray.plan import ClusterPlan

logger = logging.getLogger(__name__)

_PAUSES = (1.0, 2.0, 5.0, 10.0)
"""Seconds before a keeper that has ended is started again."""

_GOODBYE = 60.0
"""Seconds that a Ray of our own may take to end."""

_ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",  # it would tell its makers about every cluster
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "1",  # a replica without a share of a GPU sees none
    "RAY_prestart_worker_first_driver": "0",
    "RAY_worker_niceness": "0",  # replicas do the work: they are not the last to be served
    "RAY_worker_register_timeout_seconds": "300",  # on a busy machine what is not up yet is replaced before it can be
    "RAY_agent_register_timeout_ms": "300000",
    "RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S": "60",
    "RAY_SERVE_PROXY_HEALTH_CHECK_TIMEOUT_S": "30",
}


class ClusterClosedError(Exception):
    """The cluster was let go: there is no address to wait for."""


class ClusterLostError(Exception):
    """Whoever was to see to the cluster ended before there was an address; it is tried again."""


class Cluster:
    """Keeps a keeper (:mod:`keeper`) running from the first time that the address is asked for."""

    def __init__(self, plan: ClusterPlan) -> None:
        self.plan = plan
        self._url: asyncio.Future[str] | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()
        self._keeper: asyncio.subprocess.Process | None = None

    @property
    def up(self) -> bool:
        """Whether the address is known."""
        return self._url is not None and self._url.done()

    def start(self) -> None:
        """Begin, if that has not been done; does not wait."""
        if self._keeping is None and not self._stopping.is_set():
            self._expect()
            self._keeping = asyncio.create_task(self._keep())

    async def url(self) -> str:
        """The desk's address, as soon as it has one.

        Raises:
            ClusterClosedError: if it will have none.
            ClusterLostError: if it could not be had, and will be tried again.
        """
        self.start()
        if self._stopping.is_set() or self._url is None:
            raise ClusterClosedError
        return await asyncio.shield(self._url)

    async def deploy(self, plan: ClusterPlan) -> None:
        """Have another plan run, on the same machines; what is drawn meanwhile is finished. Waits until it does run."""
        if plan != self.plan:
            self.plan = plan
            if self.up:
                self._expect()
            if self._keeper is not None and self._keeper.stdin is not None:
                self._keeper.stdin.write(_line(plan))
        await self.url()

    async def close(self) -> None:
        """Let the keeper end, and with it a Ray of our own."""
        self._stopping.set()
        self._gone()
        if self._keeping is not None:
            await asyncio.shield(self._keeping)

    async def _keep(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            with TemporaryDirectory(prefix="ray", ignore_cleanup_errors=True) as folder:
                reached = await self._keep_once(folder)
            failures = 0 if reached else failures + 1
            if not self._stopping.is_set():
                pause = _PAUSES[min(failures, len(_PAUSES) - 1)]
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), pause)

    async def _keep_once(self, folder: str) -> bool:
        """One keeper from its start to its end; whether it has had an address."""
        keeper = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "omost_pipeline.engine.ray.keeper"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self._environment(),
            start_new_session=True,  # Ctrl-C is for the bot, which then drains
        )
        assert keeper.stdin is not None
        assert keeper.stdout is not None
        assert keeper.stderr is not None
        words: deque[str] = deque(maxlen=20)
        listening = asyncio.create_task(_listen(keeper.stderr, words))
        answers = asyncio.create_task(self._hear(keeper.stdout))
        stopping = asyncio.create_task(self._stopping.wait())
        keeper.stdin.write(folder.encode() + b"\n" + _line(self.plan))
        self._keeper = keeper
        try:
            await asyncio.wait({stopping, answers}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._keeper = None
            reached = self.up
            self._gone()
            await _end(keeper)
            stopping.cancel()
            await asyncio.wait({stopping, answers, listening})
        if not self._stopping.is_set():
            logger.error("the cluster is lost (%s)\n%s", keeper.returncode, "\n".join(words))
        return reached

    def _environment(self) -> dict[str, str]:
        """Of a Ray of our own nobody else knows the password; else it would be made, and kept in the home folder."""
        own = {} if self.plan.address else {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": token_hex(32)}
        return {**os.environ, **_ENVIRONMENT, **own, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}

    async def _hear(self, answers: asyncio.StreamReader) -> None:
        """Take the addresses that a keeper tells, until it ends."""
        async for line in answers:
            url = json.loads(line)["url"]
            logger.info("the cluster answers at %s", url)
            assert self._url is not None, "it was started"
            if not self._url.done():
                self._url.set_result(url)

    def _gone(self) -> None:
        """There is no address now, and those who wait for one are told so."""
        if self._url is not None and not self._url.done():
            self._url.set_exception(
                ClusterClosedError() if self._stopping.is_set() else ClusterLostError("it could not be had")
            )
            self._url.exception()  # nobody may be waiting
        self._expect()

    def _expect(self) -> None:
        self._url = asyncio.get_running_loop().create_future()


def _line(plan: ClusterPlan) -> bytes:
    return base64.b64encode(pickle.dumps(plan)) + b"\n"


async def _listen(stream: asyncio.StreamReader, words: deque[str]) -> None:
    async for line in stream:
        words.append(line.decode(errors="replace").rstrip())
        logger.debug("ray: %s", words[-1])


async def _end(keeper: asyncio.subprocess.Process) -> None:
    assert keeper.stdin is not None
    with suppress(ConnectionError):
        keeper.stdin.close()
    try:
        await asyncio.wait_for(keeper.wait(), _GOODBYE)
    except TimeoutError:
        logger.warning("Ray did not end within %.0f s; it is ended", _GOODBYE)
        keeper.kill()
        await keeper.wait()
