"""Puts the bot together: the one place where settings, store, queue, engine and platforms meet.

For the program and for tests, which hand in fakes as arguments. Starts nothing; :mod:`bot.app` runs what is put
together here.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol, runtime_checkable
from urllib.parse import urlsplit

from bot.access.administration import Administration
from bot.access.gate import Gate
from bot.access.lists import AccessLists, CurrentLists
from bot.access.overview import Overview
from bot.access.privacy import Privacy, Retention
from bot.access.reports import Policy, Reports
from bot.catalogues.text import Text, Wording
from bot.chat.shared.staying import Staying
from bot.chat.web.board_links import LINK_MINUTES, BoardLinks, Grant, link_secret
from bot.chat.web.init_data import InitData
from bot.errors import MissingExtraError, extra_installed
from bot.jobs.job import Allowance
from bot.jobs.looking import PictureCheck
from bot.jobs.queue import Queue
from bot.jobs.quotas import Quota, Quotas
from bot.jobs.worker import Worker
from bot.messages import Author, Chat, Handle, Handler, Page, Place
from bot.ops.age_limit import AdultsOnly, Discreet
from bot.ops.picture_files import pictures_of
from bot.requests.board_links import MakeLink, with_board_links
from bot.requests.handlers import Handlers, random_seed
from bot.requests.limits import Limits, limits_for
from bot.requests.options import parameters
from bot.settings.config import Settings
from bot.settings.operating import PoolSettings
from bot.store.inbox import StoredInbox
from bot.store.rulings import Rulings
from bot.store.telegram_messages import StoredThreads
from bot.store.transcript import StoredTranscript
from bot.store.turns import Store
from bot.telling.announcer import Announcer
from bot.telling.edge import WordedChat, in_words
from bot.telling.progress import Progress
from bot.telling.views import Views
from bot.turns.conversation import Draft, drawn_as
from bot.turns.decency import Filter, Rule
from bot.turns.picture_rules import PictureRule, PictureRules, Veil
from omost_pipeline.engine.events import Part
from omost_pipeline.engine.families import sizes_of
from omost_pipeline.engine.local import LocalEngine
from omost_pipeline.engine.protocol import Engine, EngineInfo
from omost_pipeline.engine.ray.plan import ClusterPlan, Pool, half_engine
from omost_pipeline.engine.residency import Models
from omost_pipeline.profiles import Profile
from omost_pipeline.renderer.info import RendererInfo
from omost_pipeline.renderer.spec import work_of

if TYPE_CHECKING:
    # Imported where they are enabled: their libraries take their time.
    from bot.chat.discord.chat import DiscordChat
    from bot.chat.telegram.chat import TelegramChat
    from bot.chat.web.chat import WebChat

_WEB_PACE = 0.15
"""Seconds between two states of a picture in the browser: nobody limits how fast our own page may change."""

_SERVED_AT_ONCE = 8
"""Canvases that a language model's server is asked for at once, where pictures are drawn on a cluster."""

_LOCAL = ("127.0.0.1", "::1", "localhost")


def local_engine(settings: Settings) -> Engine:
    """The engine in this process, with the models of the settings' profile. Loads nothing yet."""
    return LocalEngine(Models(settings.chosen_profile(), settings.torch_device))


def chosen_engine(settings: Settings) -> Engine:
    """The engine that the settings name. Loads and starts nothing yet.

    Raises:
        MissingExtraError: if it needs a package that is not installed.
    """
    if settings.engine == "local":
        return local_engine(settings)
    return ray_engine(settings)


def ray_engine(settings: Settings) -> Engine:
    """The engine on a Ray cluster; what writes canvases may be in this process all the same.

    Raises:
        MissingExtraError: if Ray is not installed.
    """
    require_ray('engine = "ray"')
    from omost_pipeline.engine.mixed import MixedEngine
    from omost_pipeline.engine.ray.cluster import Cluster
    from omost_pipeline.engine.ray.engine import RayEngine

    profile, plan = settings.chosen_profile(), cluster_plan(settings)
    name = profile.composer if profile.server is None else profile.server.model or profile.server.url
    info = EngineInfo(profile.name, name, profile.renderer, sizes_of(profile.renderer), plan.capacity)
    drawing = RayEngine(Cluster(plan), info)
    if plan.composers is not None:
        return drawing
    at_once = 1 if profile.server is None else min(_SERVED_AT_ONCE, plan.renderers.most)
    return MixedEngine([half_engine(profile, Part.COMPOSER, settings.torch_device) for _ in range(at_once)], drawing)


def require_ray(what: str) -> None:
    """Do nothing where Ray is installed, which is found out without importing it.

    Raises:
        MissingExtraError: if it is not.
    """
    if importlib.util.find_spec("ray") is None:
        raise MissingExtraError(what, "ray")


def cluster_plan(settings: Settings) -> ClusterPlan:
    """What the settings have a cluster run. A language model that is on a server is asked by the bot."""
    ray, profile = settings.ray, settings.chosen_profile()

    def pool(part: Part, its: PoolSettings) -> Pool:
        usual = 1.0 if profile.vram_gib and settings.device != "cpu" else 0.0
        gpus = usual if its.gpus is None else its.gpus
        device = settings.torch_device
        return Pool(
            partial(half_engine, profile, part, device),
            its.replicas,
            max(its.replicas, its.most or 0),
            gpus,
            its.cpus,
            its.idle_seconds,
        )

    here = profile.server is not None or ray.composers.replicas == 0
    return ClusterPlan(
        pool(Part.RENDERER, ray.renderers),
        None if here else pool(Part.COMPOSER, ray.composers),
        ray.address,
        ray.port,
        ray.object_store_mb * 2**20,
        ray.lease_seconds,
        ray.drain_seconds,
    )


@runtime_checkable
class KeepsFiles(Protocol):
    """A platform that keeps files in memory."""

    def forget(self) -> None:
        """Keep them no longer."""
        ...


@runtime_checkable
class Linked(Protocol):
    """A platform whose messages have addresses."""

    def link(self, place: Place, message: str) -> str:
        """A message's address; empty where it has none."""
        ...


@dataclass(frozen=True)
class Hooks:
    """What a platform passes on to the bot: what people do, and whether they may before it is worth the trouble.

    ``page`` is the way in for a platform that shows canvases on a page of its own; the others get links to it.
    """

    handle: Handle
    admit: Handle
    page: Handle


@dataclass(frozen=True)
class Bot:
    """A bot put together: what runs, and the parts that whoever runs it may want to talk to.

    ``services`` run until they are cancelled. ``greetings`` tell whoever starts the bot where to find it. ``hooks`` are
    the way in that every platform was given; ``lists`` say who may use it, and can be replaced.
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

    def use(self, settings: Settings) -> None:
        """Limits and lists of other settings hold from now on."""
        self.lists.now = lists_of(settings)
        self.handlers.use(limits_of(settings, self.info))


class Platform(Chat, Protocol):
    """A chat that is served: it hears people as long as it runs."""

    async def serve(self) -> None:
        """Hear and speak until cancelled."""
        ...


@runtime_checkable
class HasAddress(Protocol):
    """A platform that is reached at an address of this machine."""

    def bind(self) -> str:
        """Take the address, and say what it is.

        Raises:
            ChatError: if it cannot be had.
        """
        ...


MakePlatform = Callable[[Hooks], Platform]


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
) -> Bot:
    """Put the bot together; nothing runs yet. The one wiring, for the program and for tests.

    ``platforms`` are by default those that the settings enable, ``profile`` and ``limits`` what they say. In seconds:
    ``pace`` is the least time between two states of a picture, ``retry_after`` the delay before what could not be sent
    is sent again, ``time_limit`` how long sending may take, ``lease`` how long a job is held where other processes
    use the database, too.
    """
    profile = profile or settings.chosen_profile()
    info = settings.renderer_info(profile)
    limits = limits or limits_of(settings, info)
    chats: dict[str, Chat[Wording]] = {}
    queue = Queue(store, lease=lease)
    pictures = pictures_of(settings)
    decency = filter_of(settings)
    links = _board_links(settings)
    views = Views(store, queue, pictures, canvas_links=links is not None)
    announcer = Announcer(store, queue, views, chats, retry_after=retry_after, time_limit=time_limit)
    worker = Worker(
        store,
        queue,
        partial(Progress, announcer),
        pictures,
        engine,
        info,
        settings.compose_options(),
        longest=60.0 * settings.limits.minutes_per_job,
        pace=pace,
        paces={"web": min(pace, _WEB_PACE)},
        decency=decency,
        picture_rules=picture_rules_of(settings),
    )
    kept = settings.privacy
    retention = Retention(kept.keep_words_days, kept.keep_pictures_days)
    privacy = Privacy(store, queue, announcer, pictures, retention)
    check = PictureCheck(engine, picture_rules_of(settings))
    handlers = Handlers(store, queue, announcer, views, pictures, info, limits, new_seed, privacy.sweep, check)
    rulings = Rulings(store)
    lists = CurrentLists(lists_of(settings))
    administration = Administration(rulings, queue)
    links_of: dict[str, Linked] = {}
    reports = Reports(store, rulings, views, chats, policies_of(settings), handlers.remove, partial(_address, links_of))

    def guarded(way: Handler) -> Handler:
        within: Handler = AdultsOnly(way, chats) if profile.unfiltered else way
        return Gate(within, lists, rulings, administration, privacy, decency, reports)

    way = guarded(handlers.handle)
    hooks = Hooks(
        in_words(way if links is None else with_board_links(way, _links_to(links), LINK_MINUTES, _whispers)),
        in_words(guarded(handlers.admit)),
        in_words(way),
    )
    overview = Overview(store, lists)
    made = [
        make(hooks) for make in (_enabled(settings, store, limits, links, overview) if platforms is None else platforms)
    ]
    privacy.forgetters = [chat.forget for chat in made if isinstance(chat, KeepsFiles)]
    links_of.update({chat.platform: chat for chat in made if isinstance(chat, Linked)})
    worded = {chat.platform: WordedChat(chat) for chat in made}
    chats.update({name: Discreet(chat) if profile.unfiltered else chat for name, chat in worded.items()})
    greetings = tuple(_greetings(settings, made))
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
    )


def _enabled(
    settings: Settings, store: Store, limits: Limits, links: BoardLinks | None, overview: Overview
) -> Iterator[MakePlatform]:
    if settings.web.enabled:
        yield lambda hooks: _web(settings, store, hooks.page, links, overview)
    if settings.discord.enabled:
        yield lambda hooks: _discord(settings, store, hooks.handle, hooks.admit, limits)
    if settings.telegram.enabled:
        yield lambda hooks: _telegram(settings, store, hooks.handle)


def _board_links(settings: Settings) -> BoardLinks | None:
    """The links that open canvases for people of the other platforms; None without a page that they can reach."""
    if not (settings.web.enabled and settings.web.public_url):
        return None
    return BoardLinks(settings.web.public_url, link_secret(settings.data_dir / "link-secret"))


def _whispers(place: Place) -> bool:
    """Whether answers there are seen by one person alone: not in Telegram's groups, whose keys are negative."""
    return place.platform != "telegram" or not place.key.startswith("-")


def _apps(settings: Settings) -> InitData | None:
    """Who opened a page as a Mini App; None without a Telegram that could say it."""
    token = settings.telegram.token
    return None if token is None or not settings.telegram.enabled else InitData(token.get_secret_value())


def _links_to(links: BoardLinks) -> MakeLink:
    def page(place: Place, author: Author, turn: str) -> Page[Wording]:
        grant, app = Grant(place, author, turn), place.platform == "telegram"
        return Page(links.app_url(grant) if app else links.url(grant), Text("canvas-open"), app)

    return page


def _greetings(settings: Settings, chats: Sequence[Platform]) -> Iterator[str]:
    for chat in chats:
        if isinstance(chat, HasAddress):
            yield from _welcome(settings, chat.bind())
        elif chat.platform == "discord":
            yield "On Discord, start with /imagine."
        elif chat.platform == "telegram":
            yield "On Telegram, say what to draw; in groups, start with /imagine."


def _web(settings: Settings, store: Store, handle: Handle, links: BoardLinks | None, overview: Overview) -> WebChat:
    from bot.chat.web.accounts import Accounts
    from bot.chat.web.chat import WebChat
    from bot.chat.web.entry import Door
    from bot.chat.web.sessions import Sessions, session_key

    public = urlsplit(settings.web.public_url).hostname
    web = settings.web
    accounts = Accounts(settings.data_dir / web.accounts) if web.accounts else None
    sessions = None
    if accounts is not None:
        key = session_key(settings.data_dir / "web-session.key")
        sessions = Sessions(key, accounts, 86_400 * web.session_days)
    return WebChat(
        StoredTranscript(store),
        handle,
        settings.web.host,
        settings.web.port,
        allowed_hosts=(*settings.web.allowed_hosts, *([public] if public else ())),
        links=links,
        linked=handle,
        apps=_apps(settings),
        age_restricted=settings.web.age_restricted,
        reports=bool(settings.decency.reports),
        overview=overview,
        door=Door(accounts, sessions, web.proxy_header, frozenset(web.trusted_proxies)),
    )


def _discord(settings: Settings, store: Store, handle: Handle, admit: Handle, limits: Limits) -> DiscordChat:
    with extra_installed("discord"):
        from bot.chat.discord.chat import DiscordChat

    discord = settings.discord
    assert discord.token is not None, "the settings were checked: it is enabled"
    return DiscordChat(
        discord.token.get_secret_value(),
        handle,
        StoredInbox(store),
        api_url=discord.api_url,
        gateway_url=discord.gateway_url,
        sharded=discord.sharded,
        message_content=discord.message_content,
        switches=settings.data_dir / "discord-listening.json",
        parameters=parameters(limits),
        admit=admit,
    )


def _telegram(settings: Settings, store: Store, handle: Handle) -> TelegramChat:
    with extra_installed("telegram"):
        from bot.chat.telegram.chat import TelegramChat, Webhook

    telegram = settings.telegram
    assert telegram.token is not None, "the settings were checked: it is enabled"
    secret = telegram.webhook_secret.get_secret_value() if telegram.webhook_secret is not None else ""
    own = telegram.webhook_listen, telegram.webhook_port, telegram.webhook_path, secret
    return TelegramChat(
        telegram.token.get_secret_value(),
        handle,
        StoredThreads(store),
        base_url=telegram.base_url,
        base_file_url=telegram.base_file_url,
        webhook=Webhook(telegram.webhook_url, *own) if telegram.webhook_url else None,
        chats=telegram.allowed_chats,
        users=telegram.allowed_users,
        age_restricted=telegram.age_restricted_chats,
    )


def limits_of(settings: Settings, info: RendererInfo) -> Limits:
    """What may be asked for, as the settings and the renderer have it."""
    limits = settings.limits
    usual = work_of(info.usual)

    def weigh(draft: Draft) -> float:
        return work_of(drawn_as(draft, info)) / usual

    quotas = Quotas({each.who: Quota(**each.model_dump(exclude={"who"})) for each in limits.quotas})
    allowance = Allowance(limits.waiting_per_author, limits.waiting, limits.per_minute, weigh, quotas)
    return limits_for(info, limits.words, allowance, settings.access.pictures)


def filter_of(settings: Settings) -> Filter:
    """What is not drawn, as the settings have it."""
    rules = []
    for each in settings.decency.rules:
        reason = each.reason if isinstance(each.reason, dict) else {"en": each.reason} if each.reason else {}
        rules.append(Rule(each.words, each.patterns, reason, frozenset(each.places), frozenset(each.except_in)))
    return Filter(tuple(rules))


def picture_rules_of(settings: Settings) -> PictureRules:
    """What is done with pictures by what an image classifier sees in them, as the settings have it."""
    rules = settings.decency.image_rules
    return PictureRules(
        tuple(
            PictureRule(each.label, each.score, Veil(each.do), frozenset(each.places), frozenset(each.except_in))
            for each in rules
        )
    )


def policies_of(settings: Settings) -> tuple[Policy, ...]:
    """Who reads reports, as the settings have it."""
    found = settings.decency.reports
    return tuple(Policy(each.to, frozenset(each.places), each.remove_after, each.language) for each in found)


def _address(chats: Mapping[str, Linked], place: Place, message: str) -> str:
    chat = chats.get(place.platform)
    return chat.link(place, message) if chat is not None else ""


def lists_of(settings: Settings) -> AccessLists:
    """Who may do what, as the settings have it. Whoever reaches the web chat of this machine alone owns it."""
    access = settings.access
    owners = {*access.owners, *(["web:web"] if settings.web.open else [])}
    return AccessLists(frozenset(owners), frozenset(access.admins), frozenset(access.allow), frozenset(access.block))


def _welcome(settings: Settings, address: str) -> Iterator[str]:
    yield f"Open {address} and say what to draw. Ctrl-C stops the bot."
    host, port = settings.web.host, settings.web.port
    if host not in _LOCAL and settings.web.open:
        yield f"The web chat has no login: anyone who can reach {host}:{port} can read and use it."
