"""Puts the bot together: the one place where settings, store, queue, engine and platforms meet.

For the program and for tests, which hand in fakes as arguments. Starts nothing; :mod:`bot.app` runs what is put
together here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from bot.access.administration import Administration
from bot.access.gate import Gate
from bot.access.lists import CurrentLists
from bot.access.overview import Overview
from bot.access.privacy import Privacy, Retention
from bot.access.reports import Reports
from bot.assembly.platforms import (
    HasVisitors,
    Hooks,
    KeepsFiles,
    Linked,
    MakePlatform,
    address_of,
    board_links_of,
    enabled_platforms,
    greetings_of,
    links_to,
    whispers,
)
from bot.assembly.policies import filter_of, limits_of, lists_of, picture_rules_of, policies_of
from bot.catalogues.text import Wording
from bot.chat.shared.staying import Staying
from bot.chat.web.board_links import LINK_MINUTES
from bot.jobs.looking import PictureCheck
from bot.jobs.making import Maker
from bot.jobs.queue import Queue
from bot.jobs.worker import Worker
from bot.messages import Chat, Handle, Handler
from bot.ops.age_limit import AdultsOnly, Discreet
from bot.ops.picture_files import pictures_of
from bot.ops.signing import signer_of
from bot.requests.board_links import with_board_links
from bot.requests.handlers import Handlers, random_seed
from bot.requests.limits import Limits
from bot.settings.config import Settings
from bot.store.rulings import Rulings
from bot.store.turns import Store
from bot.telling.announcer import Announcer
from bot.telling.edge import WordedChat, in_words
from bot.telling.progress import Progress
from bot.telling.views import Views
from omost_pipeline.engine.protocol import Engine
from omost_pipeline.profiles import Profile
from omost_pipeline.renderer.info import RendererInfo

if TYPE_CHECKING:
    from bot.ops.traces import Traces  # imported where it is switched on: it is an extra's

_WEB_PACE = 0.15
"""Seconds between two states of a picture in the browser: nobody limits how fast our own page may change."""


@dataclass(frozen=True)
class Bot:
    """A bot put together: what runs, and the parts that whoever runs it may want to talk to.

    ``services`` run until they are cancelled. ``greetings`` tell whoever starts the bot where to find it. ``hooks`` are
    the way in that every platform was given; ``lists`` say who may use it, and can be replaced. ``visited`` is set once
    somebody is there, where that can be told.
    """

    store: Store
    queue: Queue
    engine: Engine
    announcer: Announcer
    worker: Worker
    handlers: Handlers
    chats: Mapping[str, Chat[Wording]]
    services: Sequence[Callable[[], Coroutine[object, object, None]]]
    greetings: Sequence[str]
    hooks: Hooks
    lists: CurrentLists
    info: RendererInfo
    reports: Reports
    visited: asyncio.Event | None

    def use(self, settings: Settings) -> None:
        """Limits and lists of other settings hold from now on."""
        self.lists.now = lists_of(settings)
        self.handlers.use(limits_of(settings, self.info))


def assemble(
    settings: Settings,
    store: Store,
    engine: Engine,
    platforms: Sequence[MakePlatform] | None = None,
    *,
    profile: Profile | None = None,
    limits: Limits | None = None,
    pace: float = 1.5,
    retry_after: float = 2.0,
    time_limit: float = 300.0,
    lease: float | None = None,
    new_seed: Callable[[], int] = random_seed,
    traces: Traces | None = None,
) -> Bot:
    """Put the bot together; nothing runs yet. The one wiring, for the program and for tests.

    ``platforms`` are by default those that the settings enable, ``profile`` and ``limits`` what they say. In seconds:
    ``pace`` is the least time between two states of a picture, ``retry_after`` the delay before what could not be sent
    is sent again, ``time_limit`` how long sending may take, ``lease`` how long a job is held where other processes
    use the database, too. ``traces``, where somebody wants them, are told of requests, jobs and deliveries.
    """
    if traces is not None:
        engine = traces.engine(engine)
    profile = profile or settings.chosen_profile()
    info = settings.renderer_info(profile)
    limits = limits or limits_of(settings, info)
    chats: dict[str, Chat[Wording]] = {}
    queue = Queue(store, lease=lease)
    sign = signer_of(settings)
    pictures = pictures_of(settings, sign)
    decency = filter_of(settings)
    links = board_links_of(settings)
    views = Views(store, queue, pictures, info, canvas_links=links is not None)
    deliver = nullcontext if traces is None else traces.delivery
    announcer = Announcer(store, queue, views, chats, retry_after=retry_after, time_limit=time_limit, watched=deliver)
    composing, rules = settings.compose_options(), picture_rules_of(settings)
    worker = Worker(
        store,
        queue,
        engine,
        Maker(store, queue, pictures, engine, info, composing, decency, rules),
        partial(Progress, announcer),
        pace,
        {"web": min(pace, _WEB_PACE)},
        longest=60.0 * settings.limits.minutes_per_job,
        watched=nullcontext if traces is None else traces.job,
    )
    kept = settings.privacy
    retention = Retention(kept.keep_words_days, kept.keep_pictures_days)
    privacy = Privacy(store, queue, announcer, pictures, retention)
    check = PictureCheck(engine, rules)
    handlers = Handlers(store, queue, announcer, views, pictures, info, limits, new_seed, privacy.sweep, check)
    rulings = Rulings(store)
    lists = CurrentLists(lists_of(settings))
    administration = Administration(rulings, queue)
    links_of: dict[str, Linked] = {}
    reports = Reports(
        store, rulings, views, chats, policies_of(settings), handlers.remove, partial(address_of, links_of)
    )

    def guarded(way: Handler) -> Handler:
        within: Handler = AdultsOnly(way, chats) if profile.unfiltered else way
        return Gate(within, lists, rulings, administration, privacy, decency, reports)

    def way_in(handler: Handler) -> Handle:
        return in_words(handler) if traces is None else traces.handle(in_words(handler))

    way = guarded(handlers.handle)
    hooks = Hooks(
        way_in(
            way
            if links is None
            else with_board_links(way, links_to(links, settings.telegram.mini_app), LINK_MINUTES, whispers)
        ),
        in_words(guarded(handlers.admit)),
        way_in(way),
    )
    overview = Overview(store, lists)
    if platforms is None:
        platforms = list(enabled_platforms(settings, store, limits, links, overview, sign))
    made = [make(hooks) for make in platforms]
    privacy.forgetters = [chat.forget for chat in made if isinstance(chat, KeepsFiles)]
    links_of.update({chat.platform: chat for chat in made if isinstance(chat, Linked)})
    worded = {chat.platform: WordedChat(chat) for chat in made}
    chats.update({name: Discreet(chat) if profile.unfiltered else chat for name, chat in worded.items()})
    greetings = tuple(greetings_of(settings, made))
    staying = Staying(made, chats.pop)
    return Bot(
        store,
        queue,
        engine,
        announcer,
        worker,
        handlers,
        chats,
        (
            store.keep_writable,
            worker.run,
            partial(announcer.run, pace),
            privacy.run,
            reports.run,
            *(partial(staying.serve, chat) for chat in made),
        ),
        greetings,
        hooks,
        lists,
        info,
        reports,
        made[0].visited if len(made) == 1 and isinstance(made[0], HasVisitors) else None,
    )
