"""Looks at everything the bot needs before it is started: settings, disk, database, models, GPU, address, tokens.

Changes nothing and loads no model. Says what is wrong and what to do; how that is shown is the caller's business.
"""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import os
import shutil
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from bot.errors import MissingExtraError, SigningError, StoreError, TokenRefusedError, UnreachableError, extra_installed
from bot.ops.composers import examine_composer
from bot.ops.finding import Finding, Verdict
from bot.ops.model_files import damage_of, examine_lora, examine_model
from bot.settings.config import ConfigError, Settings, load_settings
from bot.settings.operating import PoolSettings
from bot.settings.sections import DiscordSettings, TelegramSettings
from bot.store.addresses import SQLITE_FILE, on_postgres
from omost_pipeline.engine.families import check_file, drawing_of_source
from omost_pipeline.engine.image_classifier import labels_of
from omost_pipeline.engine.needs import needs_of
from omost_pipeline.errors import ComposerError, WeightsError
from omost_pipeline.memory import GIB, PLANS, RESERVED, plan_for
from omost_pipeline.profiles import PROFILES, Profile

logger = logging.getLogger(__name__)

_RESERVED_GIB = RESERVED / GIB

_TELEGRAM_SECONDS = 10.0
"""How long Telegram may take to say whose a token is."""

_CLUSTER_SECONDS = 5.0
"""How long a cluster's head may take to answer."""

_DATA_GIB = 1.0
"""Room that conversations and pictures should have to begin with: some thousand pictures."""


@dataclass(frozen=True)
class GraphicsCard:
    """A GPU that torch can use. Memory in GiB."""

    name: str
    total_gib: float
    free_gib: float


def examine(config: Path | None) -> list[Finding]:
    """Everything there is to say about an installation with these settings; never raises for what it finds."""
    try:
        settings = load_settings(config)
    except ConfigError as error:
        wrong = (f"{error.source}: {mistake}" for mistake in error.mistakes)
        return [Finding("settings", Verdict.WRONG, mistake, "Correct it there.") for mistake in wrong]
    profile = settings.chosen_profile()
    return [
        Finding("settings", Verdict.FINE, f"profile {profile.name}, device {settings.device}"),
        *examine_data(settings.data_dir),
        *(
            examine_server(settings.database)
            if on_postgres(settings.database)
            else examine_database(Path(settings.database.removeprefix(SQLITE_FILE)))
        ),
        *examine_bucket(settings),
        *examine_certificate(settings),
        *([] if profile.one_model else [examine_composer(profile)]),
        examine_renderer(profile),
        *(examine_lora(lora.source) for lora in profile.loras),
        *examine_classifier(settings),
        *examine_vision(settings),
        *examine_card(settings, profile, graphics_card()),
        *examine_cluster(settings),
        *_address(settings),
        *_platforms(settings),
    ]


def graphics_card() -> GraphicsCard | None:
    """The first CUDA device, or None. Imports torch: takes seconds the first time."""
    import torch

    if not torch.cuda.is_available():
        return None
    try:
        free, total = torch.cuda.mem_get_info(0)
        return GraphicsCard(torch.cuda.get_device_name(0), total / GIB, free / GIB)
    except RuntimeError as error:  # a card that is there but cannot be used: driver, or no memory left for it at all
        logger.warning("the GPU cannot be used: %s", error)
        return None


def fitting_profile(card: GraphicsCard) -> Profile | None:
    """The first large profile that fits the card, or None."""
    return next(
        (profile for profile in PROFILES.values() if 0 < profile.vram_gib <= card.total_gib + _RESERVED_GIB), None
    )


def examine_data(folder: Path) -> Iterator[Finding]:
    """The data folder: can it be made and written, and is there room?"""
    existing = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    if not existing.is_dir():
        yield Finding("data", Verdict.WRONG, f"{existing} is a file", "Set data_dir to a folder.")
        return
    if not os.access(existing, os.W_OK | os.X_OK):
        yield Finding(
            "data", Verdict.WRONG, f"{existing} cannot be written", "Give the bot permission or set another data_dir."
        )
        return
    yield _room("data", existing, _DATA_GIB, folder)


def _room(subject: str, existing: Path, needed: float, shown: Path) -> Finding:
    free = shutil.disk_usage(existing).free / GIB
    if free < needed:
        found = f"{shown}: {free:.1f} GiB free, {needed:.1f} GiB needed"
        return Finding(subject, Verdict.WRONG, found, "Free some disk space.")
    return Finding(subject, Verdict.FINE, f"{shown}, {free:.1f} GiB free")


def examine_database(file: Path, patience: float = 2.0) -> Iterator[Finding]:
    """The database file: is it one, and can it be written? One that is not there yet is made at the first start.

    ``patience`` is how many seconds to wait for another program's write to end.
    """
    if not file.exists():
        yield Finding("database", Verdict.FINE, f"{file} will be created on first start")
        return
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, timeout=patience)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            tables = connection.execute("SELECT count(*) FROM sqlite_master WHERE type = 'table'").fetchone()[0]
            schema = _schema_in(connection)
            connection.rollback()
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            yield Finding("database", Verdict.NOTE, f"{file} is being written by another program", "Try again later.")
            return
        yield Finding("database", Verdict.WRONG, f"{file}: {error}", "Check the path and its permissions.")
    except sqlite3.DatabaseError as error:
        yield Finding("database", Verdict.WRONG, f"{file}: {error}", "Move it away or restore a backup.")
    else:
        from bot.store.migrate import known_schemas, newest_schema  # not above: the library takes its time

        if schema is not None and schema not in known_schemas():
            found = f"{file}: a newer version wrote it (tables {schema}, this one knows them up to {newest_schema()})"
            yield Finding("database", Verdict.WRONG, found, "Use the newer version, or set another data_dir.")
        else:
            yield Finding("database", Verdict.FINE, f"{file}, {tables} tables")


def _schema_in(connection: sqlite3.Connection) -> str | None:
    """The version of the tables; None where there are none of the bot's."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
        return None
    found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(found[0]) if found else None


def examine_server(url: str) -> Iterator[Finding]:
    """The PostgreSQL server: does it answer and let the bot in?"""
    from sqlalchemy.engine import make_url  # not above: the library takes its time

    from bot.store import postgres

    where = make_url(url)
    try:
        found = asyncio.run(postgres.version(where))
    except (StoreError, MissingExtraError) as error:
        yield Finding("database", Verdict.WRONG, str(error).rstrip("."), "Correct database_url, or see to the server.")
    else:
        yield Finding("database", Verdict.FINE, f"{postgres.name_of(where)}, PostgreSQL {found}")


def examine_bucket(settings: Settings) -> Iterator[Finding]:
    """The object store, where pictures lie in one: may the bot write there, read that and remove it?"""
    if not settings.s3.bucket:
        return
    from bot.ops.picture_files import files_of  # not above: it brings Pillow

    name = "doctor-1.txt"
    try:
        files = files_of(settings)
        files.write(name, b"fine")
        whole = files.read(name) == b"fine"
        files.remove([name])
    except (OSError, MissingExtraError) as error:
        yield Finding("pictures", Verdict.WRONG, str(error).rstrip("."), "Correct [s3], or see to the store.")
    else:
        where = f"the bucket {settings.s3.bucket} at {settings.s3.endpoint or 'Amazon'}"
        if whole:
            yield Finding("pictures", Verdict.FINE, where)
        else:
            yield Finding("pictures", Verdict.WRONG, f"{where} gives back something else", "See to the store.")


def examine_certificate(settings: Settings) -> Iterator[Finding]:
    """The certificate that pictures are signed with, where there is one: does it sign one?"""
    from bot.ops.signing import signer_of  # not above: it brings Pillow

    try:
        sign = signer_of(settings)
    except (SigningError, MissingExtraError) as error:
        yield Finding("C2PA", Verdict.WRONG, str(error).rstrip("."), "Correct [c2pa]; the bot does not start with it.")
    else:
        if sign is not None:
            yield Finding("C2PA", Verdict.FINE, f"pictures are signed with {settings.c2pa.chain}")


def examine_classifier(settings: Settings) -> Iterator[Finding]:
    """The image classifier, where one is to look at pictures, and whether it has the labels that rules name.

    Where it cannot be loaded no picture is shown: what nobody has looked at is what the check is to prevent.
    """
    source = settings.decency.image_check
    if not source:
        return
    consequence = "until then nothing is drawn"
    try:
        labels = labels_of(source)
    except WeightsError as error:
        found = str(error).rstrip(".")
        yield Finding("image check", Verdict.WRONG, found, f"Correct decency.image_check; {consequence}.")
        return
    if labels is None:
        files = examine_model("image check", source, "config.json")
        yield replace(files, remedy=f"{files.remedy} If it cannot be had, nothing is drawn.".strip())
        return
    for label in dict.fromkeys(rule.label for rule in settings.decency.image_rules):
        if label not in labels:
            found_labels = f"{source} has no label {label!r}; it has {', '.join(sorted(labels))}"
            yield Finding("image check", Verdict.WRONG, found_labels, f"Correct decency.image_rules; {consequence}.")
            return
    yield Finding("image check", Verdict.FINE, f"{source}, {len(labels)} labels")


def examine_vision(settings: Settings) -> Iterator[Finding]:
    """The model that describes pictures, where there is one: its files, or what its server has."""
    vision = settings.vision.vision()
    if vision is None:
        return
    if vision.server is None:
        found = examine_model("vision", vision.model, "config.json")
        folder = Path(vision.model).expanduser()
        if found.verdict is Verdict.FINE and folder.is_dir():
            from omost_pipeline.composer.local.seeing import check_describer  # not above: it brings torch

            try:
                check_describer(folder, vision.model)
            except WeightsError as error:
                found = Finding("vision", Verdict.WRONG, str(error).rstrip("."), "Correct vision.model.")
        yield found
        return
    from omost_pipeline.composer.served.llm import server_abilities  # not above: it imports transformers

    try:
        can = server_abilities(vision.server)
    except ComposerError as error:
        yield Finding(
            "vision", Verdict.WRONG, str(error).rstrip("."), "Correct [vision]; until then nothing is described."
        )
    else:
        yield Finding("vision", Verdict.FINE, f"{vision.name} at {vision.server.url}: {can}")


def examine_renderer(profile: Profile) -> Finding:
    """The picture model's files, and whether it is drawn as they say."""
    source = profile.renderer
    path = Path(source).expanduser()
    found = _file("renderer", path) if path.is_file() else examine_model("renderer", source, "model_index.json")
    note = drawing_of_source(source).note
    if found.verdict is not Verdict.FINE or not note:
        return found
    if drawing_of_source(source).sampler != profile.sampler:
        note = f"{note.split(':')[0]}, but models.sampler is {profile.sampler}"
    return Finding("renderer", Verdict.NOTE, f"{found.found}; {note}", "Nothing needs to be done if pictures are good.")


def _file(part: str, path: Path) -> Finding:
    """A model in one file."""
    damage = damage_of(path) if path.suffix == ".safetensors" else None
    if damage is not None:
        return Finding(part, Verdict.WRONG, f"{path} is damaged: {damage}", "Get the model again.")
    try:
        check_file(path)
    except WeightsError as error:
        return Finding(part, Verdict.WRONG, str(error).rstrip("."), f"Correct models.{part}.")
    return Finding(part, Verdict.FINE, f"{path}, {path.stat().st_size / 2**20:,.0f} MiB")


def examine_card(settings: Settings, profile: Profile, card: GraphicsCard | None) -> Iterator[Finding]:
    """The GPU against what the profile needs, and the disk against what it downloads."""
    if card is None:
        yield _without_card(settings, profile)
    else:
        yield _with_card(profile, card)
    if profile.download_gib and not (settings.models.composer or settings.models.renderer):
        cache = _cache()
        existing = next(parent for parent in (cache, *cache.absolute().parents) if parent.exists())
        yield _room("download", existing, profile.download_gib, cache)


def _cache() -> Path:
    from huggingface_hub.constants import HF_HUB_CACHE

    return Path(HF_HUB_CACHE)


def _without_card(settings: Settings, profile: Profile) -> Finding:
    if settings.device == "cuda":
        remedy = 'Set device = "auto", or install a torch that knows your GPU.'
        return Finding("GPU", Verdict.WRONG, 'none that torch can use, but device is "cuda"', remedy)
    if profile.vram_gib:
        remedy = 'Use profile = "tiny", or be very patient.'
        return Finding("GPU", Verdict.WRONG, f"none that torch can use; {profile.name} needs one", remedy)
    return Finding("GPU", Verdict.FINE, f"none; the profile {profile.name} does not need one")


def _with_card(profile: Profile, card: GraphicsCard) -> Finding:
    found = f"{card.name}, {card.free_gib:.1f} of {card.total_gib:.1f} GiB free"
    if card.total_gib < profile.vram_gib - _RESERVED_GIB:
        remedy = 'Use profile = "tiny".'
        return Finding("GPU", Verdict.WRONG, f"{found}; {profile.name} needs {profile.vram_gib:.0f}", remedy)
    if card.free_gib < profile.vram_gib - _RESERVED_GIB:
        remedy = "Close other programs that use the GPU."
        return Finding("GPU", Verdict.NOTE, f"{found}; {profile.name} needs {profile.vram_gib:.0f}", remedy)
    better = fitting_profile(card)
    if not profile.vram_gib and better is not None:
        return Finding("GPU", Verdict.NOTE, found, f"{advice(better)}.")
    if not profile.vram_gib:
        return Finding("GPU", Verdict.FINE, found)
    plan = PLANS.get(profile.sharing) or plan_for(card.free_gib * GIB, needs_of(profile))
    return Finding("GPU", Verdict.FINE, f"{found}: {plan}")


def advice(profile: Profile) -> str:
    """How to change to a larger profile, and what that costs."""
    return (
        f'profile = "{profile.name}" fits this GPU ({profile.vram_gib:.0f} GiB) '
        f"and downloads {profile.download_gib:.1f} GiB"
    )


def examine_cluster(settings: Settings) -> Iterator[Finding]:
    """The Ray cluster, where models are to run on one: is Ray installed, and does the cluster's head answer?"""
    if settings.engine != "ray":
        return
    if importlib.util.find_spec("ray") is None:
        error = MissingExtraError('engine = "ray"', "ray")
        yield Finding("cluster", Verdict.WRONG, "Ray is not installed", str(error))
        return
    ray = settings.ray
    machine = (
        "replicas on this machine" if not ray.address else "replicas on the cluster that this machine is a node of"
    )
    found = f"{_replicas(ray.renderers)} for pictures"
    if ray.composers.replicas and not settings.composer.url:
        found += f", {_replicas(ray.composers)} for canvases"
    host, _, port = ray.address.rpartition(":")
    if host and not _listens(host.strip("[]"), int(port)):
        remedy = "Start it (`ray start --head`), join it here (`ray start --address …`), or correct ray.address."
        yield Finding("cluster", Verdict.WRONG, f"nothing answers at {ray.address}", remedy)
        return
    yield Finding("cluster", Verdict.FINE, f"{machine}: {found}")


def _replicas(pool: PoolSettings) -> str:
    most = max(pool.replicas, pool.most or 0)
    return f"{pool.replicas}" if most == pool.replicas else f"{pool.replicas} to {most}"


def _listens(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=_CLUSTER_SECONDS):
            return True
    except OSError:
        return False


def _address(settings: Settings) -> Iterator[Finding]:
    if not settings.web.enabled:
        yield Finding("web chat", Verdict.NOTE, "disabled", "Set web.enabled = true to use it.")
        return
    host, port = settings.web.host, settings.web.port
    try:
        with socket.create_server((host, port)):
            yield Finding("web chat", Verdict.FINE, f"http://{host}:{port} is free")
    except OSError as error:
        remedy = "Fine if that is this bot; otherwise set another web.port."
        yield Finding("web chat", Verdict.NOTE, f"{host}:{port}: {error.strerror or error}", remedy)


def _platforms(settings: Settings) -> Iterator[Finding]:
    if settings.discord.enabled:
        yield from examine_discord(settings.discord)
    else:
        yield Finding("Discord", Verdict.FINE, "disabled")
    if settings.telegram.enabled:
        yield from examine_telegram(settings.telegram)
    else:
        yield Finding("Telegram", Verdict.FINE, "disabled")


def examine_telegram(settings: TelegramSettings) -> Iterator[Finding]:
    """The token, and whose it is. Asks Telegram."""
    try:
        with extra_installed("telegram"):
            from bot.chat.telegram.running import API
    except MissingExtraError as error:
        yield Finding("Telegram", Verdict.WRONG, "enabled, but not installed", str(error))
        return
    assert settings.token is not None, "the settings were checked: it is enabled"
    address = f"{settings.base_url or API}{settings.token.get_secret_value()}/getMe"
    try:
        answer = httpx.get(address, timeout=_TELEGRAM_SECONDS)
        found = answer.json()
    except (httpx.HTTPError, ValueError, RecursionError) as error:
        reason = type(error).__name__  # its text may hold the address, which holds the token
        yield Finding(
            "Telegram", Verdict.NOTE, f"could not be reached ({reason})", "Try again when the network is back."
        )
        return
    if answer.status_code in {401, 404}:
        remedy = "Copy it again from @BotFather, or create a new one with /token."
        yield Finding("Telegram", Verdict.WRONG, "the token is refused", remedy)
    elif not found.get("ok"):
        yield Finding("Telegram", Verdict.NOTE, f"answers {answer.status_code}", "Try again in a while.")
    else:
        yield Finding("Telegram", Verdict.FINE, f"the token is @{found['result'].get('username', '')}'s")


def examine_discord(settings: DiscordSettings) -> Iterator[Finding]:
    """The token, the privileges that go with it, and the link that invites the bot. Asks Discord."""
    try:
        with extra_installed("discord"):
            from bot.chat.discord.standing import standing
    except MissingExtraError as error:
        yield Finding("Discord", Verdict.WRONG, "enabled, but not installed", str(error))
        return
    assert settings.token is not None, "the settings were checked: it is enabled"
    try:
        found = asyncio.run(standing(settings.token.get_secret_value(), settings.api_url))
    except TokenRefusedError:
        remedy = "Copy a new one from https://discord.com/developers/applications, under Bot."
        yield Finding("Discord", Verdict.WRONG, "the token is refused", remedy)
        return
    except UnreachableError as error:
        yield Finding("Discord", Verdict.NOTE, f"could not be reached: {error}", "Try again when the network is back.")
        return
    yield Finding("Discord", Verdict.FINE, f"logged in as {found.name}", f"Invite it with {found.invite}")
    if settings.message_content and not found.content:
        remedy = (
            "Switch on Message Content Intent at https://discord.com/developers/applications, under Bot. Until then, "
            "only mentions, replies, buttons and commands are heard."
        )
        yield Finding("Discord", Verdict.NOTE, "cannot read plain messages", remedy)
