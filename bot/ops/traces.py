"""Traces for OpenTelemetry: what a request set off, its job, and what that took to compose, draw and deliver.

A span tells ids, times and outcomes; nothing here names a person or says a word that somebody said. The spans of one
request are one trace, in whatever process they end and whenever: their ids are made from the job's.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing, contextmanager
from contextvars import ContextVar

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, TraceFlags, set_span_in_context
from opentelemetry.trace.status import Status, StatusCode

from bot.jobs.job import Job
from bot.jobs.marks import asked_for
from bot.messages import Answer, Handle, Incoming
from omost_pipeline.engine.around import EngineAround
from omost_pipeline.engine.events import Event, Failed
from omost_pipeline.engine.protocol import Engine
from omost_pipeline.engine.requests import ComposeRequest, DrawRequest, LookRequest, Request

_NAME = "omost-bot"
_SECONDS = 5.0
"""What handing spans to the collector may take; it keeps nobody waiting but, at the end, the program."""

_STAGES = {ComposeRequest: "compose", DrawRequest: "draw", LookRequest: "look"}

_given: ContextVar[tuple[int, int] | None] = ContextVar("ids of the next span", default=None)


class Traces:
    """Makes spans and hands them, in a thread of its own, to the collector at ``endpoint``.

    Without one the environment says where: ``OTEL_EXPORTER_OTLP_ENDPOINT`` and the other variables of the standard.
    """

    def __init__(self, endpoint: str = "", environment: Mapping[str, str] = os.environ) -> None:
        resource = Resource.create({SERVICE_NAME: environment.get("OTEL_SERVICE_NAME") or _NAME})
        self._provider = TracerProvider(resource=resource, id_generator=_Ids(), shutdown_on_exit=False)
        exporter = OTLPSpanExporter(f"{endpoint}/v1/traces" if endpoint else None, timeout=_SECONDS)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer(_NAME)

    def handle(self, way: Handle) -> Handle:
        """A way into the bot, with a span for each request."""

        async def handled(incoming: Incoming) -> Answer:
            begun, made = time.time_ns(), list[Job]()
            token = asked_for.set(made)
            error = ""
            try:
                return await way(incoming)
            except BaseException as raised:
                error = type(raised).__name__
                raise
            finally:
                asked_for.reset(token)
                self._request(incoming, begun, made, error)

        return handled

    @contextmanager
    def job(self, job: Job) -> Iterator[None]:
        """A span of somebody's work on a job; what the engine does meanwhile is within it."""
        ids = _ids_of(job)
        with _next(ids.trace_id, _span_id(job, f"job {job.attempts}")):
            span = self._tracer.start_span("job", _within(ids), attributes=_about(job))
        with _ending(span):
            token = _current.set(span)
            try:
                yield
            finally:
                _current.reset(token)

    @contextmanager
    def delivery(self, job: Job) -> Iterator[None]:
        """A span of what a job's result, or its failure, took to be shown."""
        ids = _ids_of(job)
        worked = SpanContext(ids.trace_id, _span_id(job, f"job {job.attempts}"), True, ids.trace_flags)
        above = worked if job.attempts else ids
        attributes = {**_about(job), "omost.outcome": str(job.state)}
        with _ending(self._tracer.start_span("deliver", _within(above), attributes=attributes)):
            yield

    def engine(self, engine: Engine) -> Engine:
        """An engine with a span for each thing that it does."""
        return _TracedEngine(engine, self)

    def stage(self, request: Request) -> Span:
        """A span of what an engine does, within the job that it is done for."""
        above = _current.get()
        context = set_span_in_context(above) if above is not None else Context()
        attributes = dict(above.attributes) if above is not None else {}  # type: ignore[attr-defined]  # the SDK's have
        return self._tracer.start_span(_STAGES[type(request)], context, attributes=attributes)

    async def close(self) -> None:
        """Hand over what there is."""
        await asyncio.to_thread(self._provider.shutdown)

    def _request(self, incoming: Incoming, begun: int, made: list[Job], error: str) -> None:
        attributes: dict[str, str | int] = {
            "omost.platform": incoming.place.platform,
            "omost.kind": type(incoming).__name__.lower(),
        }
        if made:
            ids = _ids_of(made[0])
            with _next(ids.trace_id, ids.span_id):
                attributes |= _about(made[0])
                span = self._tracer.start_span("request", Context(), attributes=attributes, start_time=begun)
        else:
            span = self._tracer.start_span("request", Context(), attributes=attributes, start_time=begun)
        if error:
            span.set_status(Status(StatusCode.ERROR, error))
        span.end()


class _TracedEngine(EngineAround):
    """An engine whose work is traced; it is as it was otherwise."""

    def __init__(self, engine: Engine, traces: Traces) -> None:
        super().__init__(engine)
        self._traces = traces

    async def run(self, request: Request) -> AsyncGenerator[Event]:
        """As the engine's; traced."""
        with _ending(self._traces.stage(request)) as span:
            async with aclosing(self._engine.run(request)) as events:
                async for event in events:
                    if isinstance(event, Failed):
                        span.set_status(Status(StatusCode.ERROR, event.failure.value))
                    yield event


class _Ids(RandomIdGenerator):
    """Ids by chance, but for spans that other processes are to know beforehand."""

    def generate_trace_id(self) -> int:
        given = _given.get()
        return given[0] if given is not None else super().generate_trace_id()

    def generate_span_id(self) -> int:
        given = _given.get()
        return given[1] if given is not None else super().generate_span_id()


_current: ContextVar[Span | None] = ContextVar("span of the job at work", default=None)


@contextmanager
def _next(trace: int, span: int) -> Iterator[None]:
    """Meanwhile spans get these ids."""
    token = _given.set((trace, span))
    try:
        yield
    finally:
        _given.reset(token)


@contextmanager
def _ending(span: Span) -> Iterator[Span]:
    """End a span; of an error only its kind is told, since what it says may quote somebody."""
    try:
        yield span
    except GeneratorExit:
        raise
    except BaseException as error:
        span.set_status(Status(StatusCode.ERROR, type(error).__name__))
        raise
    finally:
        span.end()


def _ids_of(job: Job) -> SpanContext:
    """The ids of the request that a job was made for."""
    trace = int.from_bytes(_hash(f"{job.nonce} trace", 16))
    return SpanContext(trace, _span_id(job, "request"), True, TraceFlags(TraceFlags.SAMPLED))


def _span_id(job: Job, name: str) -> int:
    return int.from_bytes(_hash(f"{job.nonce} {name}", 8))


def _hash(text: str, size: int) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=size).digest()


def _within(above: SpanContext) -> Context:
    return set_span_in_context(NonRecordingSpan(above), Context())


def _about(job: Job) -> dict[str, str | int]:
    return {
        "omost.request": job.nonce,
        "omost.job": job.id,
        "omost.turn": job.turn,
        "omost.platform": job.place.platform,
        "omost.attempt": job.attempts,
    }
