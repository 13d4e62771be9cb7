"""Runs the bot that :mod:`bot.assembly` puts together.

Everything runs in one task group until a signal ends it; what was being drawn then is taken up at the next start.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib.util
import logging
import os
import signal
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NoReturn

from bot.assembly.engines import chosen_engine
from bot.assembly.wiring import Bot, assemble
from bot.errors import MissingExtraError
from bot.ops import doctor
from bot.ops.composers import examine_composer
from bot.ops.finding import Verdict
from bot.settings.config import ConfigError, Settings
from bot.store.database import close, connect
from bot.store.lock import serving
from bot.store.migrate import upgrade
from bot.store.turns import Store
from omost_pipeline.engine.protocol import Engine

if TYPE_CHECKING:
    from bot.ops.traces import Traces  # imported where they are switched on
    from bot.ops.watch import WatchServer

logger = logging.getLogger(__name__)

_COLLECTORS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
"""The standard's variables that name a collector; OpenTelemetry's own library reads them."""


_SETTLING = 2.0
"""Seconds in which a page that has been opened gets all that is on it."""
_SHORT = 0.0005
"""Seconds after which a thread that computes lets others on, while models load beside people who are answered."""


class _StoppedError(Exception):
    """A signal has asked the program to end."""


async def run(
    settings: Settings,
    say: Callable[[str], None],
    engine: Engine | None = None,
    reload: Callable[[], Settings] | None = None,
) -> None:
    """Run the bot until SIGINT or SIGTERM. ``say`` shows one line to whoever started it.

    ``engine`` is by default the one that the settings name, with the profile's models. ``reload`` reads the settings
    again, at SIGHUP: limits and lists that have changed hold from then on.

    Raises:
        ConfigError: if the settings leave nothing to run.
        OmostError: if the database cannot be used.
        DeviceLostError: if the device stopped answering, so that only a new process can go on.
        ChatError: if the web chat's port cannot be had, or the last platform refuses its token.
    """
    if not settings.platforms:
        expected = "there is no platform to run; set it, discord.enabled or telegram.enabled to true"
        raise ConfigError("settings", (f"web.enabled: found false; {expected}",))
    try:
        async with _store(settings) as store:
            engine, watch = _watched(settings, store, engine or chosen_engine(settings))
            async with _traced(settings) as traces:
                bot = assemble(settings, store, engine, lease=settings.job_lease, traces=traces)
                if watch is not None:
                    say(f"Figures for Prometheus: {watch.address}/metrics")
                with contextlib.suppress(_StoppedError):
                    await _until_stopped(settings, bot, say, watch, reload)
            say("Stopped.")
    except ExceptionGroup as group:
        raise _first(group) from group


@asynccontextmanager
async def _store(settings: Settings) -> AsyncGenerator[Store]:
    with serving(settings.database, settings.platforms):
        await asyncio.to_thread(upgrade, settings.database)
        engine = connect(settings.database)
        try:
            yield Store(engine)
        finally:
            await close(engine)


def _watched(settings: Settings, store: Store, engine: Engine) -> tuple[Engine, WatchServer | None]:
    """The engine, counted where somebody may ask for the figures, and who answers."""
    if not settings.metrics.enabled:
        return engine, None
    from bot.ops.metrics import MeasuredEngine, Metrics
    from bot.ops.watch import WatchServer

    metrics = Metrics(store)
    return MeasuredEngine(engine, metrics), WatchServer(metrics, settings.metrics.host, settings.metrics.port)


@asynccontextmanager
async def _traced(settings: Settings) -> AsyncGenerator[Traces | None]:
    """What makes traces, where the settings or the environment name a collector.

    Raises:
        MissingExtraError: if the settings do and the package for it is not installed.
    """
    endpoint, others = settings.traces.endpoint, any(os.environ.get(name) for name in _COLLECTORS)
    if not (endpoint or others):
        yield None
        return
    if any(importlib.util.find_spec(name) is None for name in ("opentelemetry", "opentelemetry.exporter")):
        missing = MissingExtraError("traces.endpoint", "traces")
        if endpoint:
            raise missing
        logger.warning("the environment names a collector of traces, but none are made: %s", missing)
        yield None
        return
    from bot.ops.traces import Traces

    traces = Traces(endpoint)
    try:
        yield traces
    finally:
        await traces.close()


async def _until_stopped(
    settings: Settings,
    bot: Bot,
    say: Callable[[str], None],
    watch: WatchServer | None,
    reload: Callable[[], Settings] | None,
) -> None:
    """Everything that runs, in one group; raises what ended it."""
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_signal(bot, settings.stop_within))
            if reload is not None:
                tasks.create_task(_reloading(bot, settings, reload))
            if watch is not None:
                tasks.create_task(watch.answer())
            for service in bot.services:
                tasks.create_task(service())
            tasks.create_task(_prepare(settings, bot))
            for greeting in bot.greetings:
                say(greeting)
            for finding in doctor.examine_classifier(settings):
                if finding.verdict is Verdict.WRONG:
                    say(f"{finding.subject}: {finding.found}. {finding.remedy}")
                    logger.warning("%s: %s. %s", finding.subject, finding.found, finding.remedy)
            if settings.chosen_profile().server is not None:
                tasks.create_task(mention_server(settings, say))
            if settings.chosen_profile().bundled and settings.device != "cpu":
                tasks.create_task(_mention_card(say))
    except ExceptionGroup as group:
        raise _first(group) from group


async def _prepare(settings: Settings, bot: Bot) -> None:
    """Bundled models are loaded before anybody asks; others when they are asked for, as that may fetch gigabytes.

    Where people come to a page, not before somebody has it open: it would wait for the libraries to be imported.
    """
    if settings.chosen_profile().self_contained:
        if bot.visited is not None:
            await bot.visited.wait()
            await asyncio.sleep(_SETTLING)
        usual = sys.getswitchinterval()
        sys.setswitchinterval(_SHORT)
        try:
            await bot.engine.prepare()
        finally:
            sys.setswitchinterval(usual)
        gc.freeze()  # a second's look through all that the libraries have in memory would find no garbage


async def mention_server(settings: Settings, say: Callable[[str], None]) -> None:
    """One line on the language model's server: what it has and can do, or what is wrong with it.

    Whatever it answers, the bot runs on: that is found out anew when somebody asks for a picture.
    """
    try:
        finding = await asyncio.to_thread(examine_composer, settings.chosen_profile())
    except Exception:
        logger.exception("the language model's server answers with something that cannot be read")
        say("Language model: its server's answer cannot be read; the log says why. Check composer.url.")
        return
    advice = "" if finding.verdict is Verdict.FINE else f" {finding.remedy}"
    say(f"Language model: {finding.found}.{advice}")
    logger.log(logging.INFO if finding.verdict is Verdict.FINE else logging.WARNING, "composer: %s", finding.found)


async def _mention_card(say: Callable[[str], None]) -> None:
    """One line where the machine could do more than the tiny models."""
    card = await asyncio.to_thread(doctor.graphics_card)
    better = doctor.fitting_profile(card) if card is not None else None
    if card is not None and better is not None:
        say(f"Found {card.name}: {doctor.advice(better)}.")


async def _reloading(bot: Bot, running: Settings, reload: Callable[[], Settings]) -> None:
    """At each SIGHUP: limits and lists as the settings have them now. Where those are wrong, the old ones hold on."""
    asked = asyncio.Event()
    try:
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, asked.set)
    except (NotImplementedError, AttributeError):  # Windows has no such signal
        return
    try:
        while True:
            await asked.wait()
            asked.clear()
            try:
                settings = await asyncio.to_thread(reload)
            except ConfigError as error:
                logger.error("the settings are wrong, so those from before hold on: %s", error)  # noqa: TRY400 - it says all
                continue
            bot.use(settings)
            others = [name for name in type(running).model_fields if name not in {"limits", "access"}]
            waiting = [name for name in others if getattr(running, name) != getattr(settings, name)]
            logger.info("limits and lists were read again%s", _at_next_start(waiting))
    finally:
        asyncio.get_running_loop().remove_signal_handler(signal.SIGHUP)


def _at_next_start(names: list[str]) -> str:
    return f"; what has changed in {', '.join(names)} holds from the next start on" if names else ""


async def _signal(bot: Bot, stop_within: float) -> NoReturn:
    """Wait for SIGINT or SIGTERM, then end the group. A second signal does what it does to any program.

    What is being made may be finished within ``stop_within`` seconds; else it is made at the next start.
    """
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    caught = (signal.SIGINT, signal.SIGTERM)
    try:
        for number in caught:
            loop.add_signal_handler(number, stopped.set)
    except NotImplementedError:  # Windows: Ctrl-C cancels the whole run instead
        logger.debug("this platform has no signal handlers")
    try:
        await stopped.wait()
    finally:
        for number in caught:
            with contextlib.suppress(NotImplementedError):
                loop.remove_signal_handler(number)
    await bot.worker.drain(stop_within)
    raise _StoppedError


def _first(group: ExceptionGroup[Exception]) -> Exception:
    """The error to tell of: the first that is not merely the wish to stop."""
    errors = list(_leaves(group))
    return next((error for error in errors if not isinstance(error, _StoppedError)), errors[0])


def _leaves(group: ExceptionGroup[Exception]) -> list[Exception]:
    found: list[Exception] = []
    for error in group.exceptions:
        found.extend(_leaves(error) if isinstance(error, ExceptionGroup) else [error])
    return found
