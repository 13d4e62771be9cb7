"""Settings from environment variables: every key, mistakes by the variable's name, and the names there always were."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel, SecretStr

from bot.settings.config import ConfigError, Settings, load_settings
from bot.settings.environment import variable_of
from bot.settings.sections import SECRETS


def from_environment(folder: Path, file: str = "", **environment: str) -> Settings:
    path = folder / "config.toml"
    path.write_text(file, encoding="utf-8")
    return load_settings(path, environment)


def mistakes_in(folder: Path, file: str = "", **environment: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        from_environment(folder, file, **environment)
    return caught.value.mistakes


@pytest.mark.parametrize(
    ("variable", "text", "where", "value"),
    [
        ("OMOST_PROFILE", "omost", "profile", "omost"),
        ("OMOST_RENDER__STEPS", "30", "render.steps", 30),
        ("OMOST_RENDER__GUIDANCE", "7", "render.guidance", 7.0),
        ("OMOST_RENDER__NEGATIVE_PROMPT", "30", "render.negative_prompt", "30"),
        ("OMOST_RENDER__METHOD", "couple", "render.method", "couple"),
        ("OMOST_WEB__ENABLED", "false", "web.enabled", False),
        ("OMOST_WEB__ENABLED", "0", "web.enabled", False),
        ("OMOST_WEB__PORT", "80", "web.port", 80),
        ("OMOST_WEB__ALLOWED_HOSTS", "a.example, b.example", "web.allowed_hosts", ("a.example", "b.example")),
        ("OMOST_WEB__ALLOWED_HOSTS", '["a.example"]', "web.allowed_hosts", ("a.example",)),
        ("OMOST_TELEGRAM__ALLOWED_CHATS", "-100, 7", "telegram.allowed_chats", (-100, 7)),
        ("OMOST_COMPOSE__TEMPERATURE", "0.5", "compose.temperature", 0.5),
        ("OMOST_DATA_DIR", "/var/omost", "data_dir", Path("/var/omost")),
        ("OMOST_COMPOSER__KEY", "12345", "composer.key", "12345"),
    ],
)
def test_a_variable_stands_for_its_key_and_wins_over_the_file(
    tmp_path: Path, variable: str, text: str, where: str, value: object
) -> None:
    file = 'profile = "tiny"\n[render]\nsteps = 9\n[web]\nport = 81\nallowed_hosts = ["old"]\n'
    found: object = from_environment(tmp_path, file, **{variable: text})
    for name in where.split("."):
        found = getattr(found, name)
    assert (found.get_secret_value() if isinstance(found, SecretStr) else found) == value


def test_arrays_of_tables_are_written_as_in_the_file(tmp_path: Path) -> None:
    loras = '[{ source = "ink.safetensors", weight = 0.5 }]'
    (lora,) = from_environment(tmp_path, OMOST_MODELS__LORAS=loras).models.loras
    assert (lora.source, lora.weight) == ("ink.safetensors", 0.5)


def keys(model: type[BaseModel], within: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for name, field in model.model_fields.items():
        kind = field.annotation
        nested = isinstance(kind, type) and issubclass(kind, BaseModel)
        found += keys(kind, (*within, name)) if nested and isinstance(kind, type) else [(*within, name)]
    return found


@pytest.mark.parametrize("where", keys(Settings), ids=".".join)
def test_every_key_has_a_variable_whose_mistakes_name_it(tmp_path: Path, where: tuple[str, ...]) -> None:
    """A value that no key takes is either taken as a text or refused by name, never passed over."""
    variable = variable_of(where)
    refused: tuple[str, ...] = ()
    found: object = None
    try:
        found = from_environment(tmp_path, **{variable: "?!"})
    except ConfigError as error:
        refused = error.mistakes
    # What is wrong only beside another key is said of both.
    assert all(mistake.startswith(f"{variable}: found ") or f"{where[-1]} (" in mistake for mistake in refused), refused
    for name in where if found is not None else ():
        found = getattr(found, name)
    shown = found.get_secret_value() if isinstance(found, SecretStr) else found
    assert refused or shown in ("?!", ("?!",), tmp_path / "?!")


def test_mistakes_name_the_variable_what_was_found_and_what_was_expected(tmp_path: Path) -> None:
    found = mistakes_in(
        tmp_path,
        "[render]\nsteps = 0\n[web]\nport = 0\n",
        OMOST_RENDER__STEPS="101",
        OMOST_WEB__PORT="many",
        OMOST_PROFIL="omost",
        OMOST_LIMITS__QUOTAS="[" * 9_000,
        OMOST_STOP_WITHIN="9" * 5_000,
    )
    assert set(found) == {
        "OMOST_RENDER__STEPS: found 101; it should be less than or equal to 100",
        "OMOST_WEB__PORT: found 'many'; it should be a whole number",
        "OMOST_PROFIL: there is no such setting (did you mean 'OMOST_PROFILE'?)",
        f"OMOST_LIMITS__QUOTAS: found '{'[' * 199}…; it should be an array",
        f"OMOST_STOP_WITHIN: found '{'9' * 199}…; it should be a number",
    }


def test_the_names_there_always_were_win(tmp_path: Path) -> None:
    both = {"OMOST_TELEGRAM_TOKEN": "always", "OMOST_TELEGRAM__TOKEN": "new", "OMOST_DISCORD__TOKEN": "new"}
    settings = from_environment(tmp_path, '[telegram]\nenabled = true\ntoken = "file"', **both)
    assert settings.telegram.token == SecretStr("always")
    assert settings.discord.token == SecretStr("new")
    assert set(SECRETS) == {"OMOST_COMPOSER_KEY", "OMOST_DISCORD_TOKEN", "OMOST_TELEGRAM_TOKEN"}


def test_a_secret_in_the_environment_is_not_shown_in_a_mistake(tmp_path: Path) -> None:
    (mistake,) = mistakes_in(tmp_path, OMOST_TELEGRAM__WEBHOOK_SECRET="hush hush")
    assert mistake.startswith("OMOST_TELEGRAM__WEBHOOK_SECRET: found something else")
    assert "hush" not in mistake


def test_an_empty_variable_and_those_of_other_programs_say_nothing(tmp_path: Path) -> None:
    assert from_environment(tmp_path, OMOST_RENDER__STEPS="", HOME="/", OMOSTLY="x") == from_environment(tmp_path)


def test_a_table_that_is_none_is_told_although_a_variable_is_set(tmp_path: Path) -> None:
    (mistake,) = mistakes_in(tmp_path, "web = 3", OMOST_WEB__PORT="80")
    assert mistake == "web: found 3; it should be a table, [web]"
