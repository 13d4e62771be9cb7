"""Traces as a collector gets them: one trace for a request and all that came of it, without a word of anybody's."""

from __future__ import annotations

import asyncio
import gzip
import importlib.util
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from bot import app
from bot.errors import MissingExtraError
from bot.messages import Action
from bot.settings.config import Settings
from bot.settings.operating import TracesSettings
from tests.bot_parts import opened, working
from tests.fakes import FakeModels, until


@contextmanager
def collector() -> Iterator[tuple[str, list[ExportTraceServiceRequest]]]:
    """A server that takes OTLP over HTTP as a collector does, and keeps it."""
    got: list[ExportTraceServiceRequest] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            assert self.path == "/v1/traces"
            assert self.headers["Content-Type"] == "application/x-protobuf"
            got.append(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """It says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", got
        finally:
            server.shutdown()
            thread.join()


def spans_of(got: list[ExportTraceServiceRequest]) -> list[Span]:
    return [
        span for export in got for resource in export.resource_spans for scope in resource.scope_spans
        for span in scope.spans
    ]  # fmt: skip


def attributes(span: Span) -> dict[str, str]:
    return {each.key: each.value.string_value or str(each.value.int_value) for each in span.attributes}


@pytest.mark.slow
async def test_a_request_its_job_and_what_became_of_it_are_one_trace_without_words(tmp_path: Path) -> None:
    with collector() as (endpoint, got):
        settings = Settings(data_dir=tmp_path, traces=TracesSettings(endpoint=f"{endpoint}/v1/traces"))
        async with app._traced(settings) as traces, opened(tmp_path, traces=traces) as bot:
            async with working(bot):
                await bot.say("a secret house")
                await until(lambda: len(bot.chat.finished()) == 1)
                await bot.say("/help")
                await bot.at_rest()
            [job] = [await bot.queue.job(1)]
    assert job is not None
    spans = {span.name: span for span in spans_of(got) if span.trace_id == spans_of(got)[0].trace_id}
    assert {name: spans[name].parent_span_id for name in spans} == {
        "request": b"",
        "job": spans["request"].span_id,
        "compose": spans["job"].span_id,
        "draw": spans["job"].span_id,
        "deliver": spans["job"].span_id,
    }
    for span in spans.values():
        told = attributes(span)
        assert (told["omost.job"], told["omost.turn"], told["omost.request"]) == (str(job.id), job.turn, job.nonce)
        assert span.start_time_unix_nano <= span.end_time_unix_nano
    assert attributes(spans["deliver"])["omost.outcome"] == "finished"
    [other] = [span for span in spans_of(got) if span.trace_id != spans["request"].trace_id]
    assert (other.name, attributes(other)["omost.kind"]) == ("request", "said")
    [resource] = {
        each.value.string_value for each in got[0].resource_spans[0].resource.attributes if each.key == "service.name"
    }
    assert resource == "omost-bot"
    assert b"secret" not in b"".join(each.SerializeToString() for each in got)
    assert b"Ann" not in b"".join(each.SerializeToString() for each in got)


async def test_of_what_fails_the_kind_is_told_and_no_word(tmp_path: Path) -> None:
    models = FakeModels()
    models.error = RuntimeError("of a secret house nothing can be made")
    with collector() as (endpoint, got):
        settings = Settings(data_dir=tmp_path, traces=TracesSettings(endpoint=endpoint))
        async with app._traced(settings) as traces, opened(tmp_path, engine=models, traces=traces) as bot, working(bot):
            await bot.say("a secret house")
            await until(lambda: any(Action.RETRY in [b.action for b in m.buttons] for m in bot.chat.shown.values()))
            await bot.at_rest()
    spans = {span.name: span for span in spans_of(got)}
    assert spans["compose"].status.code == spans["job"].status.code == Status.STATUS_CODE_ERROR
    assert attributes(spans["deliver"])["omost.outcome"] == "failed"
    assert b"secret" not in b"".join(each.SerializeToString() for each in got)


async def test_a_collector_that_is_away_keeps_nobody_waiting(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, traces=TracesSettings(endpoint="http://127.0.0.1:9"))
    async with asyncio.timeout(30):
        async with app._traced(settings) as traces, opened(tmp_path, traces=traces) as bot, working(bot):
            await bot.say("a house")
            await until(lambda: len(bot.chat.finished()) == 1)


async def test_the_standard_variable_names_a_collector_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with collector() as (endpoint, got):
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
        monkeypatch.setenv("OTEL_SERVICE_NAME", "painter")
        async with app._traced(Settings(data_dir=tmp_path)) as traces, opened(tmp_path, traces=traces) as bot:
            await bot.say("a house")
    assert [span.name for span in spans_of(got)] == ["request"]
    assert b"painter" in got[0].SerializeToString()


async def test_without_the_extra_it_is_said_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"traces\.endpoint .*\[traces\]"):
        async with app._traced(Settings(data_dir=tmp_path, traces=TracesSettings(endpoint="http://127.0.0.1:4318"))):
            pass
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")
    async with app._traced(Settings(data_dir=tmp_path)) as traces:
        assert traces is None
    assert "[traces]" in caplog.text


@pytest.mark.slow
def test_where_nobody_wants_traces_nothing_of_them_is_imported() -> None:
    check = (
        "import asyncio, sys, bot.app\n"
        "from bot.settings.config import Settings\n"
        "async def main():\n"
        "    async with bot.app._traced(Settings()) as traces: assert traces is None\n"
        "asyncio.run(main())\n"
        "unwanted = 'opentelemetry.sdk', 'opentelemetry.exporter', 'bot.ops.traces'\n"
        "sys.exit(any(name.startswith(unwanted) for name in sys.modules))"
    )
    subprocess.run([sys.executable, "-c", check], check=True, timeout=120)
