"""A renderer with the random checkpoint."""

from __future__ import annotations

from pathlib import Path

import pytest

from omost_pipeline.renderer.flux2.loop import Flux2Renderer
from omost_pipeline.renderer.flux2.weights import load_renderer
from tests.renderer.flux2.small_klein import write_checkpoint


@pytest.fixture(scope="session")
def klein(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkpoint's folder. Copy it before changing anything in it."""
    return write_checkpoint(tmp_path_factory.mktemp("klein"))


@pytest.fixture(scope="session")
def klein_renderer(klein: Path) -> Flux2Renderer:
    return load_renderer(str(klein))
