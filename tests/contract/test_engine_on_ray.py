"""What every engine keeps to, with the models in other processes: a real Ray, which is started once for all of it."""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from omost_pipeline.engine.protocol import Engine
from tests.contract import test_engine as contract
from tests.contract.ray_engines import bundled

pytestmark = [
    pytest.mark.slow,
    pytest.mark.cluster,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="the extra ray is not installed"),
]

globals().update({name: each for name, each in vars(contract).items() if name.startswith("test_")})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine() -> AsyncGenerator[Engine]:
    made = bundled()
    async with asyncio.timeout(600):
        await made._cluster.url()  # so that no test of the contract waits for Ray itself
    yield made
    await made.close()


@pytest.fixture
def sees() -> bool:
    return False
