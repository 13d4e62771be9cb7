"""Figures for Prometheus: true ones, without a word of anybody's; dashboard and alerts ask for those there are."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml

from bot.errors import WatchError
from bot.jobs.job import Job, JobKind, State
from bot.jobs.marks import at_work
from bot.messages import Place
from bot.ops.logs import JsonLines
from bot.ops.metrics import MeasuredEngine, Metrics
from bot.ops.watch import WatchServer, watch_app
from omost_pipeline.canvas.elements import Canvas, GlobalDescription
from omost_pipeline.engine.local import LocalEngine
from omost_pipeline.engine.requests import ComposeRequest, DrawRequest
from omost_pipeline.renderer.protocol import RenderOptions
from tests.bot_parts import Bot, new_store, opened
from tests.fakes import FakeModels
from tests.places import ROOT

DEPLOY = ROOT / "docs" / "deploy"
_NAME = re.compile(r"\bomost_[a-z_]+")


async def asked(metrics: Metrics, path: str) -> httpx.Response:
    transport = httpx.ASGITransport(watch_app(metrics))
    async with httpx.AsyncClient(transport=transport, base_url="http://bot") as client:
        return await client.get(path)


def value(text: str, series: str) -> float:
    return float(next(line for line in text.splitlines() if line.startswith(f"{series} ")).split()[-1])


async def test_the_queue_is_counted_as_it_is_when_asked(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        await bot.say("a red house")
        await bot.say("at night")
        text = (await asked(Metrics(bot.store), "/metrics")).text
    assert value(text, 'omost_jobs{state="queued"}') == 2
    assert value(text, 'omost_jobs{state="failed"}') == 0
    assert value(text, "omost_oldest_wait_seconds") > 0
    assert "house" not in text
    assert "Ann" not in text


async def worked(bot: Bot, metrics: Metrics) -> None:
    engine = MeasuredEngine(LocalEngine(FakeModels()), metrics)
    for request in (
        ComposeRequest("1", "a red house"),
        DrawRequest("2", Canvas(GlobalDescription("A meadow.")), RenderOptions(64, 64)),
    ):
        assert [event async for event in engine.run(request)]
    models = FakeModels(error=RuntimeError("in the middle"))
    failing = MeasuredEngine(LocalEngine(models), metrics)
    assert [event async for event in failing.run(ComposeRequest("3", "a boat"))]
    await engine.close()
    await failing.close()


async def test_what_goes_through_the_engine_is_counted(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        metrics = Metrics(bot.store)
        await worked(bot, metrics)
        text = (await asked(metrics, "/metrics")).text
    assert value(text, "omost_steps_total") == 3
    assert value(text, "omost_pictures_total") == 1
    assert value(text, 'omost_canvases_total{cut="false"}') == 1
    assert 0 < value(text, "omost_passes_total") < value(text, "omost_tokens_total")
    assert value(text, 'omost_failures_total{kind="unexpected"}') == 1
    assert value(text, 'omost_stage_seconds_count{stage="compose"}') == 2
    assert value(text, 'omost_stage_seconds_count{stage="draw"}') == 1


def queries() -> Iterator[str]:
    for panel in json.loads((DEPLOY / "grafana.json").read_text(encoding="utf-8"))["panels"]:
        yield from (target["expr"] for target in panel["targets"])
    for group in yaml.safe_load((DEPLOY / "alerts.yaml").read_text(encoding="utf-8"))["groups"]:
        yield from (rule["expr"] for rule in group["rules"])


async def test_the_dashboard_and_the_alerts_ask_for_figures_that_there_are(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot:
        metrics = Metrics(bot.store)
        await worked(bot, metrics)
        text = (await metrics.text()).decode()
    families = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")}
    known = families | {f"{name}_{end}" for name in families for end in ("bucket", "count", "sum")}
    wanted = {name for query in queries() for name in _NAME.findall(query)}
    assert {"omost_jobs", "omost_stage_seconds_bucket", "omost_tokens_total", "omost_passes_total"} <= wanted
    assert wanted <= known


async def test_it_is_alive_and_ready_until_the_database_is_gone(tmp_path: Path) -> None:
    async with new_store(tmp_path) as store:
        metrics = Metrics(store)
        assert (await asked(metrics, "/healthz")).status_code == 200
        assert (await asked(metrics, "/readyz")).status_code == 200
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "omost.db").write_bytes(b"")
    async with new_store(tmp_path / "empty") as store:
        answer = await asked(Metrics(store), "/readyz")
    assert answer.status_code == 503
    assert "lacks its tables" in answer.text


async def test_a_port_in_use_is_said_with_its_key(tmp_path: Path) -> None:
    async with new_store(tmp_path) as store:
        first = WatchServer(Metrics(store), "127.0.0.1", 0)
        port = int(first.address.rpartition(":")[2])
        with pytest.raises(WatchError, match=rf"port {port}.*metrics\.port"):
            WatchServer(Metrics(store), "127.0.0.1", port)
        first.close()


def test_a_line_of_the_log_names_the_job_that_it_is_about() -> None:
    record = logging.LogRecord("bot.jobs.worker", logging.WARNING, "", 0, "too %s", ("slow",), None)
    plain = json.loads(JsonLines().format(record))
    assert (plain["level"], plain["message"]) == ("warning", "too slow")
    assert "job" not in plain
    place = Place("web", "a")
    at_work.set(Job(7, "abc", 1, place, "web:1", JobKind.RENDER, State.RUNNING, "m", "", 1, created=0.0))
    marked = json.loads(JsonLines().format(record))
    at_work.set(None)
    assert (marked["job"], marked["turn"], marked["request"], marked["platform"]) == (7, "abc", "abc-7", "web")
