"""The settings: defaults, the example file, the environment, and mistakes reported all at once."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel

from bot.settings.config import ConfigError, RenderSettings, Settings, load_settings
from omost_pipeline.composer.protocol import ComposeOptions
from omost_pipeline.composer.served.server import Server
from omost_pipeline.renderer.option import OptionKind
from omost_pipeline.renderer.options import options_of
from omost_pipeline.renderer.protocol import Highres, RenderOptions
from omost_pipeline.renderer.recipe import Lora
from omost_pipeline.renderer.regions.options import RegionOptions
from omost_pipeline.renderer.spec import (
    GLOBAL_STRENGTH,
    GUIDANCE,
    HIGHRES_SCALE,
    INITIAL,
    LARGER,
    METHOD,
    OPTIONS,
    SIZE,
    STEPS,
)
from tests.places import ROOT

EXAMPLE = ROOT / "config.example.toml"


def written(folder: Path, text: str) -> Path:
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8")
    return file


def mistakes_in(folder: Path, text: str, environment: dict[str, str] | None = None) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        load_settings(written(folder, text), environment or {})
    return caught.value.mistakes


def drawn_with(settings: Settings) -> RenderOptions:
    """What a picture gets unless it is asked for otherwise."""
    return options_of(settings.renderer_info().usual)


def made_larger(settings: Settings) -> Highres | None:
    """How a picture is made larger."""
    usual = settings.renderer_info().usual
    return options_of(usual.having(LARGER, usual.of(HIGHRES_SCALE))).highres


def keys(model: type[BaseModel], prefix: str = "") -> list[str]:
    found = []
    for name, field in model.model_fields.items():
        nested = field.annotation
        if isinstance(nested, type) and issubclass(nested, BaseModel):
            found += keys(nested, f"{prefix}{name}.")
        else:
            found.append(prefix + name)
    return found


def test_without_a_file_the_defaults_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_settings(environment={}) == Settings()


def test_the_example_file_spells_out_the_defaults(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, EXAMPLE.read_text(encoding="utf-8")), {})
    assert settings == Settings(data_dir=tmp_path / "data")


def test_the_example_file_explains_every_key_and_no_other() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    section, mentioned = "", set()
    for line in text.splitlines():
        if header := re.fullmatch(r"\[([\w.]+)\]", line):
            section = f"{header[1]}."
        elif key := re.match(r"(?:# )?(\w+) = ", line):
            mentioned.add(section + key[1])
    assert mentioned == set(keys(Settings))


def test_the_example_file_stays_valid_with_its_commented_keys_put_in(tmp_path: Path) -> None:
    text = re.sub(r"(?m)^# (\w+ = )", r"\1", EXAMPLE.read_text(encoding="utf-8"))
    profile = load_settings(written(tmp_path, text), {}).chosen_profile()
    assert (profile.width, profile.height, profile.steps, profile.guidance) == (896, 1152, 25, 5.0)


def test_a_file_of_an_earlier_version_means_the_same(tmp_path: Path) -> None:
    older = (Path(__file__).parent / "older" / "config-0007.toml").read_text(encoding="utf-8")
    meant = Settings(
        profile="tiny", data_dir=tmp_path / "data", render=RenderSettings.model_validate({"highres_denoise": 0.4})
    )
    assert load_settings(written(tmp_path, older), {}) == meant
    everything = load_settings(written(tmp_path, re.sub(r"(?m)^# (\w+ = )", r"\1", older)), {})
    usual = everything.renderer_info().usual
    assert (usual.get(SIZE), usual.get(STEPS), usual.get(GUIDANCE)) == ((896, 1152), 25, 5.0)
    assert (usual.get(INITIAL), usual.get(METHOD), usual.get(GLOBAL_STRENGTH)) == (0.97, "score", 0.2)


@pytest.mark.parametrize(
    ("text", "enlarged"),
    [
        ("", True),
        ('[render]\ndetails = "off"', False),
        ('profile = "omost"', False),
        ('profile = "omost"\n[render]\ndetails = "on"', True),
        ('[models]\nrenderer = "SG161222/RealVisXL_V4.0"', False),
    ],
)
def test_small_things_are_enlarged_for_the_bundled_models_and_where_it_is_set(
    tmp_path: Path, text: str, enlarged: bool
) -> None:
    assert options_of(load_settings(written(tmp_path, text), {}).renderer_info().usual).details is enlarged


def test_the_example_file_tells_what_each_option_takes() -> None:
    """Its bounds and choices stand in the comment above a key or behind it, as the option's description has them."""
    told: dict[str, str] = {}
    comment, keyed = "", False
    for line in EXAMPLE.read_text(encoding="utf-8").partition("[render]")[2].partition("\n[")[0].splitlines():
        key = re.match(r"(?:# )?(\w+) = ", line)
        if key is not None:
            told[key[1]] = f"{comment} {line}"
        else:
            comment = line if keyed else f"{comment} {line}"
        keyed = key is not None
    for option in OPTIONS:
        said = " ".join(told[key] for key in option.settings)
        if said and option.kind is OptionKind.CHOICE:
            assert all(f'"{choice.value}"' in said for choice in option.choices), option.name
        elif said and option.kind is not OptionKind.TEXT:
            assert {f"{option.low:g}", f"{option.high:g}"} <= set(re.findall(r"\d+(?:\.\d+)?", said)), option.name


def test_every_mistake_is_reported_at_once_with_key_value_and_expectation(tmp_path: Path) -> None:
    mistakes = mistakes_in(
        tmp_path,
        """
        profile = "omst"
        [web]
        port = 99999
        hots = "0.0.0.0"
        enabled = "yes"
        [render]
        steps = 2.5
        [limit]
        words = 3
        """,
    )
    by_key = {mistake.partition(":")[0]: mistake for mistake in mistakes}
    assert set(by_key) == {"profile", "web.port", "web.hots", "web.enabled", "render.steps", "limit"}
    assert "'omst'" in by_key["profile"]
    assert "did you mean 'omost'?" in by_key["profile"]
    assert "99999" in by_key["web.port"]
    assert "65535" in by_key["web.port"]
    assert "did you mean 'host'?" in by_key["web.hots"]
    assert "'yes'" in by_key["web.enabled"]
    assert "2.5" in by_key["render.steps"]
    assert "did you mean 'limits'?" in by_key["limit"]


def test_broken_toml_names_its_line(tmp_path: Path) -> None:
    (mistake,) = mistakes_in(tmp_path, 'profile = "tiny"\n[web\n')
    assert "line 2" in mistake


def test_a_section_that_is_no_table_is_one_mistake(tmp_path: Path) -> None:
    (mistake,) = mistakes_in(tmp_path, "web = 3")
    assert mistake.startswith("web: found 3; it should be a table")
    (mistake,) = mistakes_in(tmp_path, '[models]\nloras = ["ink"]')
    assert mistake == "models.loras.0: found 'ink'; it should be a table, { source = … }"


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        (
            '[web]\ntrusted_proxies = ["10.0.0.0/8"]',
            "web.trusted_proxies: found ['10.0.0.0/8']; '10.0.0.0/8' is no address; list each proxy's own",
        ),
        (
            '[web]\nallowed_hosts = ["a.org", "https://b.org/"]',
            "web.allowed_hosts: found ['a.org', 'https://b.org/']; 'https://b.org/' should be a name alone",
        ),
        ("[web]\nport = '8080'", "web.port: found '8080'; it should be a whole number, without quotes"),
        ("[web]\nenabled = 1", "web.enabled: found 1; it should be true or false"),
        ("[composer]\nmodel = 'm'", "composer.model: found 'm'; it is a name on a server, but composer.url is empty"),
        ("data_dir = ''", "data_dir: found ''; it should be a path"),
        ("[web]\nhost = ''", "web.host: found ''; it should not be empty"),
        ("[web]\nhost = 'a b'", "web.host: found 'a b'; it should be an address or a name alone"),
        ("[metrics]\nhost = '[::1]'", "metrics.host: found '[::1]'; it should be an address or a name alone"),
        ("[privacy]\nkeep_words_days = 1e9", "privacy.keep_words_days: found 1000000000.0; it should be"),
        ("[s3]\nbucket = 's3://pictures'", "s3.bucket: found 's3://pictures'; it should be a bucket's name alone"),
        ("[models]\nloras = [{}]", "models.loras.0.source: it is missing"),
        ("[composer]\nrequest = 3", "composer.request: found 3; it should be a table, { key = value }"),
        (f"profile = '{'x' * 10_000}'", f"profile: found '{'x' * 199}…; it should be one of"),
        (f"job_lease_seconds = {'1' * 5_000}", "is not TOML: Exceeds the limit"),
        (f"data_dir = {'[' * 5_000}", "is not TOML that can be read: brackets stand too deep"),
        (
            "[composer]\nurl = 'http://localhost:99999'",
            "composer.url: found 'http://localhost:99999'; it should have a host",
        ),
        ("[vision]\nurl = 'http://[::1'", "vision.url: found 'http://[::1'; it should have a host"),
        ("[web]\npublic_url = 'https://'", "web.public_url: found 'https://'; it should have a host"),
        ("[s3]\nendpoint = 'http://a b'", "s3.endpoint: found 'http://a b'; it should have a host"),
        ("[traces]\nendpoint = 'http://:4318'", "traces.endpoint: found 'http://:4318'; it should have a host"),
        ("[discord]\ngateway_url = 'wss://x:y'", "discord.gateway_url: found 'wss://x:y'; it should have a host"),
        ("[telegram]\nbase_url = 'http://x:0'", "telegram.base_url: found 'http://x:0'; it should have a host"),
    ],
)
def test_whatever_stands_there_is_a_mistake_in_words(tmp_path: Path, text: str, mistake: str) -> None:
    (found,) = mistakes_in(tmp_path, text)
    assert found.startswith(mistake)
    assert len(found) < 600


def test_a_file_that_windows_marks_as_unicode_is_read(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("profile = 'tiny'", encoding="utf-8-sig")
    assert load_settings(file, {}).profile == "tiny"


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(b"profile = \xff")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load_settings(file, {})


def test_a_named_file_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load_settings(tmp_path / "none.toml", {})


def test_an_enabled_platform_needs_a_token(tmp_path: Path) -> None:
    (mistake,) = mistakes_in(tmp_path, "[discord]\nenabled = true")
    assert mistake.startswith("discord: there is no token")
    assert "OMOST_DISCORD_TOKEN" in mistake


def test_the_environment_gives_the_token_and_wins_over_the_file(tmp_path: Path) -> None:
    file = written(tmp_path, '[telegram]\nenabled = true\ntoken = "from-file"')
    token = load_settings(file, {"OMOST_TELEGRAM_TOKEN": "from-environment"}).telegram.token
    assert token is not None
    assert token.get_secret_value() == "from-environment"


def test_a_database_s_password_is_not_shown_with_a_mistaken_address(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(written(tmp_path, 'database_url = "mysql://ann:hush-hush@db/omost"'), {})
    assert "mysql://ann:…@db/omost" in str(caught.value)
    assert "hush" not in str(caught.value)


def test_a_token_is_never_shown(tmp_path: Path) -> None:
    text = '[discord]\ntoken = "hush-hush"\nenabled = 7'
    settings = load_settings(written(tmp_path, '[discord]\ntoken = "hush-hush"'), {})
    assert "hush" not in f"{settings!r} {settings} {settings.model_dump()}"
    assert "hush" not in " ".join(mistakes_in(tmp_path, text))
    assert "123456" not in " ".join(mistakes_in(tmp_path, "[discord]\ntoken = 123456"))
    assert "hush" not in " ".join(mistakes_in(tmp_path, 'discord = "hush-hush"'))


def test_data_lies_beside_the_file_wherever_the_bot_is_started(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, 'data_dir = "pictures"'), {})
    assert settings.data_dir == tmp_path / "pictures"
    assert settings.database == f"sqlite+aiosqlite:///{tmp_path / 'pictures' / 'omost.db'}"


def test_an_absolute_data_folder_stays(tmp_path: Path) -> None:
    assert load_settings(written(tmp_path, 'data_dir = "/var/omost"'), {}).data_dir == Path("/var/omost")


def test_own_models_and_picture_settings_replace_the_profiles(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, '[models]\ncomposer = "me/mine"\n[render]\nsteps = 9'), {})
    profile = settings.chosen_profile()
    assert (profile.composer, profile.steps) == ("me/mine", 9)
    assert profile.renderer == Settings().chosen_profile().renderer


@pytest.mark.parametrize(
    ("text", "all_of_it"),
    [
        ("", True),
        ('profile = "tiny-klein"', True),
        ('profile = "omost"', False),
        ('[models]\nrenderer = "me/mine"', False),
        ('[composer]\nurl = "http://127.0.0.1:1/v1"\nmodel = "mine"', False),
        ('[[models.loras]]\nsource = "me/mine"', False),
        ('[models]\nip_adapter = "me/mine"', False),
    ],
)
def test_models_that_come_with_the_program_are_told_from_what_is_fetched(
    tmp_path: Path, text: str, all_of_it: bool
) -> None:
    assert load_settings(written(tmp_path, text), {}).chosen_profile().self_contained is all_of_it


HUB = "https://huggingface.co/somebody/models"


@pytest.mark.parametrize(
    ("address", "name"),
    [
        (HUB, "somebody/models"),
        (f"{HUB}/", "somebody/models"),
        (f"{HUB}/tree/main", "somebody/models"),
        ("https://hf.co/somebody/models?library=diffusers", "somebody/models"),
        (f"{HUB}/blob/main/x.safetensors", "somebody/models/x.safetensors"),
        (f"{HUB}/resolve/main/sub/x.safetensors?download=true", "somebody/models/sub/x.safetensors"),
        (f"{HUB}/resolve/main/q4.gguf", "somebody/models:q4.gguf"),
    ],
)
def test_a_model_may_be_named_by_its_address_on_the_hub(tmp_path: Path, address: str, name: str) -> None:
    text = f'[models]\ncomposer = "{address}"\nrenderer = "{address}"\n[[models.loras]]\nsource = "{address}"'
    models = load_settings(written(tmp_path, text), {}).models
    assert (models.composer, models.renderer, models.loras[0].source) == (name, name, name)
    with pytest.raises(ConfigError, match="outside the hub: download the file, and write its path"):
        load_settings(written(tmp_path, '[models]\nrenderer = "https://civitai.com/api/download/models/7"'), {})


def test_a_renderer_for_smaller_pictures_than_the_profile_s_is_drawn_at_its_own_size(tmp_path: Path) -> None:
    model = tmp_path / "sd1"
    for part, config in (
        ("unet", {"sample_size": 64, "block_out_channels": [320, 640, 1280, 1280]}),
        ("vae", {"block_out_channels": [128, 256, 512, 512]}),
    ):
        (model / part).mkdir(parents=True)
        (model / part / "config.json").write_text(json.dumps(config), "utf-8")
    text = f"profile = 'omost'\n[models]\nrenderer = '{model}'\ngrounding = 'gligen.safetensors'\n"
    profile = load_settings(written(tmp_path, text), {}).chosen_profile()
    assert (profile.width, profile.height, profile.grounding) == (512, 512, "gligen.safetensors")
    assert drawn_with(load_settings(written(tmp_path, f"{text}[render]\nwidth = 768"), {})).width == 768


def test_how_pictures_are_drawn_and_enlarged_is_set_in_one_place(tmp_path: Path) -> None:
    render = "width = 512\nsteps = 9\ninitial_strength = 0.97\nhighres_scale = 2.0\nhighres_steps = 7\n"
    settings = load_settings(written(tmp_path, f'[models]\nrenderer = "me/myPonyXL"\n[render]\n{render}'), {})
    options = drawn_with(settings)
    assert (options.width, options.height, options.steps, options.guidance) == (512, 256, 9, 3.0)
    assert (options.initial_strength, options.prompts, options.highres) == (0.97, "pony", None)
    assert made_larger(settings) == Highres(2.0, 7, 0.4)
    assert drawn_with(settings.with_changes(render={"prompts": "words"})).prompts == "words"


def test_how_regions_share_a_picture_is_set_with_the_picture(tmp_path: Path) -> None:
    assert drawn_with(Settings()).regions == RegionOptions("bounded")
    assert drawn_with(Settings(profile="omost")).regions == RegionOptions("score")
    own = 'method = "couple"\noverlap = "average"\nglobal_strength = 0\nregion_strength = 0.5\nextra_prompt = "ink"\n'
    settings = load_settings(written(tmp_path, f"[render]\n{own}"), {})
    assert drawn_with(settings).regions == RegionOptions("couple", "average", 0, 0.5, "ink")


@pytest.mark.parametrize(
    ("line", "mistake"),
    [
        ("initial_strength = 0.5", "render.initial_strength: found 0.5; it should be greater than or equal to 0.95"),
        ("highres_scale = 1.0", "render.highres_scale: found 1.0; it should be greater than 1"),
        ("highres_scale = 2.5", "render.highres_scale: found 2.5; it should be less than or equal to 2"),
        ("highres_steps = 0", "render.highres_steps: found 0"),
        ("highres_denoise = 0", "render.highres_denoise: found 0; it should be greater than 0"),
        ('prompts = "tag"', "render.prompts: found 'tag'"),
        ('method = "layers"', "render.method: found 'layers'; it should be 'score', 'couple', 'multidiffusion', 'bo"),
        ('overlap = "under"', "render.overlap: found 'under'; it should be 'overlay' or 'average'"),
        ("global_strength = 1.5", "render.global_strength: found 1.5; it should be less than or equal to 1"),
        ("region_strength = 0.0", "render.region_strength: found 0.0; it should be greater than 0"),
    ],
)
def test_how_pictures_are_drawn_is_checked(tmp_path: Path, line: str, mistake: str) -> None:
    (found,) = mistakes_in(tmp_path, f"[render]\n{line}\n")
    assert found.startswith(mistake)


def test_changes_from_the_command_line_are_checked_as_well() -> None:
    assert Settings().with_changes(profile="omost").chosen_profile().width == 896
    with pytest.raises(ConfigError, match=r"web\.port: found -1"):
        Settings().with_changes(web={"port": -1})


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite:///x.db", "omost.db"])
def test_a_database_of_another_kind_is_refused(tmp_path: Path, url: str) -> None:
    (mistake,) = mistakes_in(tmp_path, f'database_url = "{url}"')
    assert url in mistake
    assert "sqlite+aiosqlite:///" in mistake


def test_the_example_is_toml_with_unique_sections() -> None:
    assert set(tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))) == set(Settings.model_fields)


def test_the_profile_samples_at_its_own_temperature_unless_told_otherwise(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("", encoding="utf-8")
    assert load_settings(config, {}).compose_options().temperature == 0
    config.write_text('profile = "omost"\n', encoding="utf-8")
    assert load_settings(config, {}).compose_options(7) == ComposeOptions(seed=7)
    config.write_text("[compose]\ntemperature = 1.5\n", encoding="utf-8")
    assert load_settings(config, {}).compose_options().temperature == 1.5


def test_a_language_model_on_a_server_takes_the_composers_place(tmp_path: Path) -> None:
    file = written(tmp_path, '[composer]\nurl = "http://localhost:8000/v1/"\nmodel = "me/some-chat"\nkey = "from-file"')
    settings = load_settings(file, {"OMOST_COMPOSER_KEY": "from-environment"})
    profile = settings.chosen_profile()
    assert profile.server == Server("http://localhost:8000/v1", "me/some-chat", "from-environment")
    assert profile.examples
    assert "from-" not in f"{settings!r} {profile!r}"


@pytest.mark.parametrize(
    ("text", "taught"),
    [
        ("", False),
        ('profile = "omost"', False),
        ('[models]\ncomposer = "some/chat-model"', True),
        ('[models]\ncomposer = "/models/omost-llama-3-8b.Q4_K_M.gguf"', False),
        ('[composer]\nurl = "http://x/v1"', True),
        ('[composer]\nurl = "http://x/v1"\nmodel = "Omost-Llama-3-8B"', False),
        ('[composer]\nurl = "http://x/v1"\nexamples = "never"', False),
        ('[composer]\nexamples = "always"', True),
    ],
)
def test_examples_are_for_models_that_were_not_trained_on_canvases(tmp_path: Path, text: str, taught: bool) -> None:
    assert load_settings(written(tmp_path, text), {}).chosen_profile().examples is taught


@pytest.mark.parametrize(
    ("line", "mistake"),
    [
        ('url = "localhost:8000"', "composer.url: found 'localhost:8000'; it should be empty or start with http://"),
        ('structured = "xgrammar"', "composer.structured: found 'xgrammar'"),
        ("context = 10", "composer.context: found 10"),
        ('device_map = "cuda"', "composer.device_map: found 'cuda'"),
        ("timeout = 0", "composer.timeout: found 0"),
        ("key = 123456", "composer.key: found something else"),
        ('key = "schl\u00fcssel-123456"', "composer.key: found something else; it should be the key alone"),
    ],
)
def test_mistakes_about_the_language_model_are_named(tmp_path: Path, line: str, mistake: str) -> None:
    (found,) = mistakes_in(tmp_path, f"[composer]\n{line}\n")
    assert found.startswith(mistake)
    assert "123456" not in found


@pytest.mark.parametrize(
    "text",
    [
        'profile = "omost-dolphin"',
        '[models]\ncomposer = "/models/My-Dolphin-8b"',
        '[composer]\nurl = "http://x/v1"\nmodel = "llama-3-8b-abliterated"',
    ],
)
def test_an_unfiltered_model_needs_to_be_allowed(tmp_path: Path, text: str) -> None:
    (mistake,) = mistakes_in(tmp_path, text)
    assert mistake.startswith("allow_unfiltered: found false; it should be true")
    assert "only chats that are marked age-restricted" in mistake
    settings = load_settings(written(tmp_path, f"allow_unfiltered = true\n{text}"), {})
    assert settings.chosen_profile().unfiltered


def test_a_model_that_is_not_used_needs_no_leave(tmp_path: Path) -> None:
    text = 'profile = "omost-dolphin"\n[composer]\nurl = "http://x/v1"\nmodel = "omost-llama"'
    assert not load_settings(written(tmp_path, text), {}).chosen_profile().unfiltered


def test_an_address_that_is_wrong_is_shown_beside_a_token_that_is_not(tmp_path: Path) -> None:
    (mistake,) = mistakes_in(tmp_path, '[discord]\ntoken = "hush-hush"\napi_url = "discord.com"')
    assert mistake == "discord.api_url: found 'discord.com'; it should be empty or start with http:// or https://"


def test_loras_and_their_few_steps_become_the_profile_s(tmp_path: Path) -> None:
    text = """
[models]
sharing = "layers"
[[models.loras]]
source = "style.safetensors"
weight = 0.5
[[models.loras]]
source = "somebody/fast-lora"
kind = "lightning"
steps = 8
"""
    profile = load_settings(written(tmp_path, text), {}).chosen_profile()
    assert profile.loras == (Lora("style.safetensors", 0.5), Lora("somebody/fast-lora"))
    assert (profile.sampler, profile.steps, profile.guidance) == ("euler", 8, 1.0)
    assert profile.sharing == "layers"
    own = load_settings(written(tmp_path, text + "[render]\nsteps = 6\nguidance = 1.5"), {}).chosen_profile()
    assert (own.steps, own.guidance) == (6, 1.5), "what is set for pictures wins"


def test_larger_pictures_take_few_steps_where_pictures_do(tmp_path: Path) -> None:
    lightning = '[[models.loras]]\nsource = "somebody/fast-lora"\nkind = "lightning"\n'
    quick = load_settings(written(tmp_path, lightning), {})
    assert made_larger(quick) == Highres(1.5, 4, 0.2, guidance=1.0)
    own = load_settings(written(tmp_path, f"{lightning}steps = 8\n[render]\nhighres_steps = 6\nguidance = 1.5"), {})
    assert made_larger(own) == Highres(1.5, 6, 0.2, guidance=1.5)
    turbo = '[models]\nsampler = "euler"\n[render]\nsteps = 2\nguidance = 1.0'
    assert made_larger(load_settings(written(tmp_path, turbo), {})) == Highres(1.5, 2, 0.2, guidance=1.0)
    assert made_larger(load_settings(written(tmp_path, "[render]\nsteps = 4"), {})) == Highres(1.5, 20, 0.2)


def test_a_checkpoint_made_for_few_steps_names_its_sampler(tmp_path: Path) -> None:
    assert load_settings(written(tmp_path, '[models]\nsampler = "lcm"'), {}).chosen_profile().sampler == "lcm"
    assert load_settings(written(tmp_path, ""), {}).chosen_profile().sampler == "dpmpp_2m"


@pytest.mark.parametrize(
    ("folder", "scheduler", "drawn"),
    [
        ("a", {"_class_name": "LCMScheduler"}, ("lcm", 6, 1.0)),
        ("a", {"_class_name": "TCDScheduler"}, ("euler", 8, 1.0)),
        ("a", {"_class_name": "EulerAncestralDiscreteScheduler", "timestep_spacing": "trailing"}, ("euler", 16, 3.0)),
        ("a-turbo", {"_class_name": "EulerDiscreteScheduler", "timestep_spacing": "trailing"}, ("euler", 4, 1.0)),
        ("a-turbo", {"_class_name": "EulerDiscreteScheduler", "timestep_spacing": "leading"}, ("dpmpp_2m", 16, 3.0)),
        (
            "a",
            {"_class_name": "DDIMScheduler", "timestep_spacing": "trailing", "rescale_betas_zero_snr": True},
            ("dpmpp_2m", 16, 3.0),
        ),
        ("a", {"_class_name": "SomebodysScheduler"}, ("dpmpp_2m", 16, 3.0)),
    ],
)
def test_a_checkpoint_is_drawn_as_its_scheduler_says(
    tmp_path: Path, folder: str, scheduler: dict[str, object], drawn: tuple[str, int, float]
) -> None:
    model = tmp_path / folder
    (model / "scheduler").mkdir(parents=True)
    (model / "scheduler" / "scheduler_config.json").write_text(json.dumps(scheduler), "utf-8")
    renderer = f"renderer = '{model}'\n"
    profile = load_settings(written(tmp_path, f"[models]\n{renderer}"), {}).chosen_profile()
    assert (profile.sampler, profile.steps, profile.guidance) == drawn
    own = load_settings(written(tmp_path, f'[models]\n{renderer}sampler = "euler"\n[render]\nsteps = 9'), {})
    assert (own.chosen_profile().sampler, own.chosen_profile().steps) == ("euler", 9), "what is set wins"


def test_mistakes_in_a_lora_are_told_by_its_place_and_key(tmp_path: Path) -> None:
    text = '[models]\nsharing = "none"\n[[models.loras]]\nsource = "a"\nwieght = 1.0\nkind = "fast"'
    with pytest.raises(ConfigError) as caught:
        load_settings(written(tmp_path, text), {})
    mistakes = "\n".join(caught.value.mistakes)
    assert "models.loras.0.wieght: there is no such setting (did you mean 'weight'?)" in mistakes
    assert "models.loras.0.kind: found 'fast'" in mistakes
    assert "models.sharing: found 'none'" in mistakes
