"""The doctor, let loose on sick and healthy installations."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from bot.ops.composers import examine_composer
from bot.ops.doctor import (
    GraphicsCard,
    examine,
    examine_card,
    examine_data,
    examine_database,
    examine_renderer,
    examine_vision,
    fitting_profile,
)
from bot.ops.finding import Finding, Verdict
from bot.ops.model_files import examine_model
from bot.settings.config import Settings
from bot.store.migrate import upgrade
from omost_pipeline.composer.served.server import Server
from omost_pipeline.profiles import PROFILES
from omost_pipeline.renderer.recipe import Sampler
from tests.composer.served.strict_chat_server import Answers, Says, listing, serving
from tests.renderer.sdxl.single_files import tensors_of, write_file, write_folder


def model_folder(folder: Path) -> Path:
    folder.mkdir()
    (folder / "config.json").write_text("{}", encoding="utf-8")
    save_file({"weight": np.zeros(1000, np.float32)}, folder / "model.safetensors")
    return folder


def only(findings: Iterable[Finding]) -> Finding:
    (finding,) = findings
    return finding


def test_a_missing_model_folder_is_wrong(tmp_path: Path) -> None:
    finding = examine_model("composer", str(tmp_path / "none"), "config.json")
    assert finding.verdict is Verdict.WRONG
    assert "none" in finding.found


def test_a_whole_model_folder_is_fine(tmp_path: Path) -> None:
    assert examine_model("composer", str(model_folder(tmp_path / "m")), "config.json").verdict is Verdict.FINE


def test_a_folder_of_another_kind_of_model_is_wrong(tmp_path: Path) -> None:
    finding = examine_model("renderer", str(model_folder(tmp_path / "m")), "model_index.json")
    assert finding.verdict is Verdict.WRONG
    assert "model_index.json" in finding.found


def test_weights_cut_short_are_noticed(tmp_path: Path) -> None:
    file = model_folder(tmp_path / "m") / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])
    finding = examine_model("composer", str(file.parent), "config.json")
    assert finding.verdict is Verdict.WRONG
    assert str(file) in finding.found


def test_a_model_that_is_still_to_be_downloaded_is_a_note() -> None:
    assert examine_model("composer", "nobody/has-this-model", "config.json").verdict is Verdict.NOTE


def test_a_name_that_no_hub_could_have_is_wrong() -> None:
    assert examine_model("composer", "no body/what??", "config.json").verdict is Verdict.WRONG


@pytest.mark.parametrize(
    ("scheduler", "sampler", "words"),
    [
        ("LCMScheduler", "lcm", "its scheduler is LCMScheduler: drawn with the sampler lcm, in 6 steps"),
        ("LCMScheduler", "dpmpp_2m", "its scheduler is LCMScheduler, but models.sampler is dpmpp_2m"),
        ("TCDScheduler", "euler", "TCDScheduler, which is not built in: drawn with euler"),
        ("SomebodysScheduler", "dpmpp_2m", "SomebodysScheduler, which is not known here"),
        ("DDIMScheduler", "dpmpp_2m", ""),
    ],
)
def test_how_a_scheduler_of_its_own_is_drawn_is_a_note(
    tmp_path: Path, scheduler: str, sampler: Sampler, words: str
) -> None:
    folder = model_folder(tmp_path / "m")
    (folder / "model_index.json").write_text("{}", encoding="utf-8")
    (folder / "scheduler").mkdir()
    (folder / "scheduler" / "scheduler_config.json").write_text(f'{{"_class_name": "{scheduler}"}}', encoding="utf-8")
    finding = examine_renderer(replace(PROFILES["tiny"], renderer=str(folder), sampler=sampler))
    assert finding.verdict is (Verdict.NOTE if words else Verdict.FINE)
    assert words in finding.found


def test_a_renderer_in_one_file_is_named_with_what_is_wrong_with_it(tmp_path: Path) -> None:
    profile = PROFILES["tiny"]
    file = model_folder(tmp_path / "m") / "model.safetensors"
    other = examine_renderer(replace(profile, renderer=str(file)))
    assert (other.verdict, f"{file} lacks a UNet" in other.found) == (Verdict.WRONG, True)
    file.write_bytes(file.read_bytes()[:-100])
    damaged = examine_renderer(replace(profile, renderer=str(file)))
    assert (damaged.verdict, f"{file} is damaged" in damaged.found) == (Verdict.WRONG, True)
    hub_s = examine_renderer(replace(profile, renderer="nobody/has-this-model/model.safetensors"))
    assert (hub_s.verdict, hub_s.found.split()[0]) == (Verdict.NOTE, "nobody/has-this-model")
    klein = tmp_path / "klein.gguf"
    klein.write_bytes(b"GGUF double_blocks.0.img_attn.qkv.weight")
    assert examine_renderer(replace(profile, renderer=str(klein))).found == f"{klein}, 0 MiB"


@pytest.mark.slow
def test_a_whole_renderer_in_one_file_is_fine(tmp_path: Path) -> None:
    file = write_file(tmp_path / "whole.safetensors", tensors_of(write_folder(tmp_path / "folder")))
    finding = examine_renderer(replace(PROFILES["tiny"], renderer=str(file)))
    assert (finding.verdict, finding.found.startswith(f"{file}, ")) == (Verdict.FINE, True)


def test_a_database_that_is_not_there_yet_is_fine_and_stays_absent(tmp_path: Path) -> None:
    assert only(examine_database(tmp_path / "omost.db")).verdict is Verdict.FINE
    assert not (tmp_path / "omost.db").exists()


def test_a_database_with_tables_is_fine(tmp_path: Path) -> None:
    file = tmp_path / "omost.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE turn (id)")
    connection.close()
    finding = only(examine_database(file))
    assert (finding.verdict, finding.found) == (Verdict.FINE, f"{file}, 1 tables")


def test_a_database_that_a_newer_version_wrote_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "omost.db"
    upgrade(f"sqlite+aiosqlite:///{file}")
    assert only(examine_database(file)).verdict is Verdict.FINE
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    finding = only(examine_database(file))
    assert (finding.verdict, "a newer version wrote it (tables 9999" in finding.found) == (Verdict.WRONG, True)


def test_a_file_that_is_no_database_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "omost.db").write_text("not a database, " * 100, encoding="utf-8")
    assert only(examine_database(tmp_path / "omost.db")).verdict is Verdict.WRONG


def test_a_folder_in_the_databases_place_is_wrong(tmp_path: Path) -> None:
    assert only(examine_database(tmp_path)).verdict is Verdict.WRONG


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_database_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "omost.db"
    sqlite3.connect(file).close()
    file.write_bytes(b"")
    file.chmod(0o400)
    assert only(examine_database(file)).verdict is Verdict.WRONG


def test_a_database_in_use_is_a_note(tmp_path: Path) -> None:
    file = tmp_path / "omost.db"
    writer = sqlite3.connect(file)
    writer.execute("CREATE TABLE turn (id)")
    writer.execute("BEGIN IMMEDIATE")
    finding = only(examine_database(file, patience=0.05))
    writer.close()
    assert finding.verdict is Verdict.NOTE


def test_a_file_in_the_data_folders_place_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("", encoding="utf-8")
    assert only(examine_data(tmp_path / "data")).verdict is Verdict.WRONG


def test_a_data_folder_that_can_be_made_is_fine(tmp_path: Path) -> None:
    assert only(examine_data(tmp_path / "a" / "b")).verdict is Verdict.FINE


SMALL_CARD = GraphicsCard("small", total_gib=4.0, free_gib=4.0)
LARGE_CARD = GraphicsCard("large", total_gib=24.0, free_gib=20.0)
BUSY_CARD = GraphicsCard("busy", total_gib=24.0, free_gib=2.0)


@pytest.mark.parametrize(
    ("profile", "device", "card", "verdict"),
    [
        ("tiny", "auto", None, Verdict.FINE),
        ("tiny", "cuda", None, Verdict.WRONG),
        ("omost", "auto", None, Verdict.WRONG),
        ("omost", "auto", SMALL_CARD, Verdict.WRONG),
        ("omost", "auto", BUSY_CARD, Verdict.NOTE),
        ("omost", "auto", LARGE_CARD, Verdict.FINE),
        ("tiny", "auto", LARGE_CARD, Verdict.NOTE),
        ("tiny", "auto", SMALL_CARD, Verdict.FINE),
    ],
)
def test_the_card_is_held_against_the_profile(
    profile: str, device: str, card: GraphicsCard | None, verdict: Verdict
) -> None:
    settings = Settings().with_changes(profile=profile, device=device)
    assert next(iter(examine_card(settings, settings.chosen_profile(), card))).verdict is verdict


def test_a_large_card_with_the_tiny_profile_is_told_what_would_fit() -> None:
    assert fitting_profile(LARGE_CARD) is PROFILES["omost"]
    assert fitting_profile(SMALL_CARD) is None
    finding = next(iter(examine_card(Settings(), PROFILES["tiny"], LARGE_CARD)))
    assert 'profile = "omost"' in finding.remedy
    assert "12.5 GiB" in finding.remedy


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    finding = only(examine(tmp_path / "nope.toml"))
    assert finding.found.startswith(f"{tmp_path / 'nope.toml'}: there is no such file")


def test_wrong_settings_are_findings_each(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('profile = "big"\n[web]\nport = -1', encoding="utf-8")
    findings = examine(file)
    assert [finding.verdict for finding in findings] == [Verdict.WRONG, Verdict.WRONG]


def test_a_taken_port_is_noticed(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        file = tmp_path / "config.toml"
        file.write_text(f"[web]\nport = {port}", encoding="utf-8")
        found = {finding.subject: finding for finding in examine(file)}
    assert found["web chat"].verdict is Verdict.NOTE
    assert str(port) in found["web chat"].found
    assert found["settings"].verdict is Verdict.FINE


@pytest.mark.parametrize(
    ("model", "verdict", "words"),
    [("", Verdict.FINE, "one, two at"), ("two", Verdict.FINE, "two at"), ("three", Verdict.NOTE, "lists no 'three'")],
)
def test_a_language_models_server_is_asked_what_it_has(model: str, verdict: Verdict, words: str) -> None:
    with serving(Says(()), models=listing("one", "two")) as server:
        finding = examine_composer(replace(PROFILES["tiny"], server=Server(server.url, model)))
    assert finding.verdict is verdict
    assert words in finding.found


def test_a_language_models_server_that_is_not_there_is_told() -> None:
    with serving(Says(())) as server:
        profile = replace(PROFILES["tiny"], server=Server(server.url))
    finding = examine_composer(profile)
    assert finding.verdict is Verdict.WRONG
    assert server.url in finding.found


@pytest.mark.parametrize(("model", "verdict"), [("", Verdict.WRONG), ("one", Verdict.NOTE)])
def test_a_language_models_server_that_cannot_list_may_do_for_a_named_one(model: str, verdict: Verdict) -> None:
    with serving(Says(()), models=Answers(500, "oops", "text/plain")) as server:
        finding = examine_composer(replace(PROFILES["tiny"], server=Server(server.url, model)))
    assert finding.verdict is verdict
    assert "500 oops" in finding.found


def test_a_gguf_file_is_looked_for_where_it_should_be(tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    assert examine_composer(replace(PROFILES["tiny"], composer=str(file))).verdict is Verdict.WRONG
    file.write_bytes(b"GGUF")
    cut = examine_composer(replace(PROFILES["tiny"], composer=str(file)))
    assert (cut.verdict, cut.found) == (
        Verdict.WRONG, f"{file} is damaged or incomplete: its header makes no sense; download it again"
    )  # fmt: skip
    hub = examine_composer(replace(PROFILES["tiny"], composer="nobody/has-this:model.gguf"))
    assert (hub.verdict, hub.found) == (Verdict.NOTE, "nobody/has-this is not downloaded yet")


@pytest.mark.parametrize(
    ("gib", "plan"),
    [
        (7.8, "the models take turns on the GPU; the picture model is loaded one part at a time"),
        (23.6, "stays on the GPU"),
    ],
)
def test_a_card_is_told_how_the_models_will_share_it(gib: float, plan: str) -> None:
    settings = Settings().with_changes(profile="omost")
    card = GraphicsCard("card", total_gib=gib, free_gib=gib - 0.3)
    finding = next(iter(examine_card(settings, settings.chosen_profile(), card)))
    assert finding.verdict is Verdict.FINE
    assert plan in finding.found


@pytest.mark.parametrize(
    ("lost", "verdict", "words"),
    [
        ("chat_template.jinja", Verdict.WRONG, "has no chat template"),
        ("tokenizer.json", Verdict.NOTE, "without the grammar"),
        ("", Verdict.FINE, ""),
    ],
)
def test_a_tokenizer_that_will_not_do_is_told_beforehand(
    tmp_path: Path, lost: str, verdict: Verdict, words: str
) -> None:
    shutil.copytree(PROFILES["tiny"].composer, tmp_path / "model")
    settings = tmp_path / "model" / "tokenizer_config.json"
    if lost == "chat_template.jinja":
        said = json.loads(settings.read_text(encoding="utf-8"))
        said.pop("chat_template", None)
        settings.write_text(json.dumps(said), encoding="utf-8")
    if lost:
        (tmp_path / "model" / lost).unlink(missing_ok=True)
    finding = examine_composer(replace(PROFILES["tiny"], composer=str(tmp_path / "model")))
    assert finding.verdict is verdict
    assert words in finding.found


def test_a_lora_that_nothing_can_be_drawn_with_is_told_beforehand(tmp_path: Path) -> None:
    def found(source: str) -> Finding:
        (tmp_path / "config.toml").write_text(f'[[models.loras]]\nsource = "{source}"', encoding="utf-8")
        [finding] = [each for each in examine(tmp_path / "config.toml") if each.subject == "LoRA"]
        return finding

    pair = {"x.lora_A.weight": np.ones((2, 20), np.float32), "x.lora_B.weight": np.ones((16, 2), np.float32)}
    for name, more in (("fine", {}), ("oft", {"x.oft_R.weight": np.ones((4, 4), np.float32)})):
        save_file({**pair, **more}, tmp_path / f"{name}.safetensors")
    fine = found(str(tmp_path / "fine.safetensors"))
    assert (fine.verdict, fine.found.endswith("changes 1 layers")) == (Verdict.FINE, True)
    refused = found(str(tmp_path / "oft.safetensors"))
    assert (refused.verdict, "is an OFT" in refused.found) == (Verdict.WRONG, True)
    assert found(str(tmp_path / "none.safetensors")).verdict is Verdict.WRONG
    assert found("somebody/style").verdict is Verdict.NOTE
    assert found("somebody/style/x.safetensors").verdict is Verdict.NOTE


@pytest.mark.slow
def test_the_model_that_describes_pictures_is_looked_at_where_it_is(tmp_path: Path) -> None:
    from tests.composer.vision import save_vision_model

    def found(**vision: object) -> Finding:
        [finding] = examine_vision(Settings.model_validate({"data_dir": tmp_path, "vision": vision}))
        return finding

    assert list(examine_vision(Settings(data_dir=tmp_path))) == [], "nobody asked for one"
    missing = found(model=str(tmp_path / "nowhere"))
    assert (missing.verdict, "nowhere" in missing.found) == (Verdict.WRONG, True)
    seeing = save_vision_model(tmp_path / "seeing")
    assert found(model=str(seeing)).verdict is Verdict.FINE
    (seeing / "config.json").write_text('{"model_type": "llama"}', encoding="utf-8")
    blind = found(model=str(seeing))
    assert (blind.verdict, "is llama" in blind.found) == (Verdict.WRONG, True)
    assert blind.remedy == "Correct vision.model."
    with serving(Says(("",)), sees=True) as server:
        served = found(url=server.url)
        assert (served.verdict, server.url in served.found) == (Verdict.FINE, True)
    gone = found(url=server.url)
    assert (gone.verdict, "[vision]" in gone.remedy) == (Verdict.WRONG, True)
