"""One process for all tests of a run that starts programs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.torture.stage import Starter, starter


@pytest.fixture(scope="session")
def starting() -> Iterator[Starter]:
    """Starts programs."""
    with starter() as found:
        yield found
