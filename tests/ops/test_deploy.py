"""The files of docs/deploy: they can be read, name what there is, and give the bot the time that it asks for."""

from __future__ import annotations

import re
import shutil
import subprocess

import yaml

from bot.settings.config import load_settings
from tests.places import ROOT

DEPLOY = ROOT / "docs" / "deploy"


def test_the_unit_gives_more_time_to_stop_than_the_bot_takes_and_reloads_by_its_signal() -> None:
    unit = (DEPLOY / "omost-bot.service").read_text(encoding="utf-8")
    asked = re.search(r"OMOST_STOP_WITHIN=(\d+)", unit)
    given = re.search(r"TimeoutStopSec=(\d+)", unit)
    assert asked is not None
    assert given is not None
    assert int(given[1]) > int(asked[1])
    assert "ExecReload=/bin/kill -HUP $MAINPID" in unit
    if shutil.which("systemd-analyze"):
        shown = subprocess.run(
            ["systemd-analyze", "security", "--offline=true", str(DEPLOY / "omost-bot.service")],
            capture_output=True,
            text=True,
            check=False,
        )
        found = re.search(r"exposure level.*: (\d+\.\d+)", shown.stdout)
        assert found is not None, shown.stderr
        assert float(found[1]) < 3.0


def test_the_composition_sets_what_there_is_to_set() -> None:
    composed = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    assert set(composed["services"]) == {"bot", "bot-nvidia"}
    for service in composed["services"].values():
        environment = {name: value for name, value in service["environment"].items() if not value.startswith("$")}
        settings = load_settings(environment=environment)
        assert settings.metrics.enabled
        assert settings.stop_within < int(service["stop_grace_period"].removesuffix("s"))
        assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).exists()


def test_the_container_copies_what_there_is() -> None:
    lines = (DEPLOY / "Containerfile").read_text(encoding="utf-8").splitlines()
    for line in lines:
        if line.startswith("COPY "):
            *sources, _ = line.split()[1:]
            assert all((ROOT / source).exists() for source in sources), line
    assert any(line.startswith("USER ") and "root" not in line for line in lines)
