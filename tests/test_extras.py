"""What a small installation lacks is said in one sentence, with the command that installs it."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import pytest

from bot.assembly.engines import chosen_engine, local_engine
from bot.assembly.wiring import assemble
from bot.errors import MissingExtraError
from bot.ops.doctor import examine_cluster, examine_discord, examine_telegram
from bot.ops.finding import Verdict
from bot.settings.config import Settings
from bot.settings.operating import PoolSettings, RaySettings
from bot.settings.sections import ComposerSettings
from omost_pipeline.composer.local.weights import load_model
from omost_pipeline.engine.local import LocalEngine
from omost_pipeline.engine.mixed import MixedEngine
from omost_pipeline.engine.ray.engine import RayEngine
from omost_pipeline.errors import WeightsError
from tests.bot_parts import new_store

TOKENS = {"discord": "a.b.c", "telegram": "1:abc"}


@pytest.mark.parametrize("extra", sorted(TOKENS))
async def test_a_platform_without_its_package_says_what_to_install(
    extra: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name == extra or name.startswith((f"{extra}.", f"bot.chat.{extra}"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, extra, None)  # what the import system does for a package that is not there
    changes = {extra: {"enabled": True, "token": TOKENS[extra]}}
    settings = Settings(data_dir=tmp_path, **changes)  # type: ignore[arg-type]  # as read from a file
    async with new_store(tmp_path) as store:
        with pytest.raises(
            MissingExtraError, match=rf"{extra}\.enabled .* -e '\.\[{extra}\]'` in the project's folder"
        ):
            assemble(settings, store, local_engine(settings))


@pytest.mark.parametrize("extra", sorted(TOKENS))
def test_the_doctor_says_so_too(extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name == extra or name.startswith((f"{extra}.", f"bot.chat.{extra}"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, extra, None)
    settings = Settings(**{extra: {"enabled": True, "token": TOKENS[extra]}})  # type: ignore[arg-type]  # as above
    [finding] = examine_discord(settings.discord) if extra == "discord" else examine_telegram(settings.telegram)
    assert finding.verdict is Verdict.WRONG
    assert f"'.[{extra}]'" in finding.remedy


def test_a_quantised_checkpoint_without_bitsandbytes_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quantization = {"quant_method": "bitsandbytes", "load_in_4bit": True}
    config = {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "quantization_config": quantization}
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *more: None if name == "bitsandbytes" else real(name, *more)
    )
    with pytest.raises(WeightsError, match=r"-e '\.\[quantized\]'`"):
        load_model(str(tmp_path), "cpu")


def test_a_gguf_file_without_its_reader_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(b"GGUF")
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *more: None if name == "gguf" else real(name, *more))
    with pytest.raises(WeightsError, match=r"-e '\.\[gguf\]'`"):
        load_model(str(file), "cpu")


async def test_without_ray_nothing_asks_for_it_until_it_is_switched_on(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("omost_pipeline.engine.ray.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "ray", None)
    assert isinstance(chosen_engine(Settings()), LocalEngine)
    assert list(examine_cluster(Settings())) == []
    with pytest.raises(MissingExtraError, match=r"engine = \"ray\" .* -e '\.\[ray\]'`"):
        chosen_engine(Settings(engine="ray"))
    [finding] = examine_cluster(Settings(engine="ray"))
    assert finding.verdict is Verdict.WRONG
    assert "'.[ray]'" in finding.remedy


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="the extra ray is not installed")
async def test_with_it_the_bots_process_starts_nothing_before_work_and_never_imports_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *more: object() if name == "ray" else real(name))
    monkeypatch.setitem(sys.modules, "ray", None)
    engine = chosen_engine(Settings(engine="ray"))
    assert isinstance(engine, RayEngine)
    assert not engine._cluster.up
    await engine.close()
    server = ComposerSettings(url="http://localhost:1/v1", model="a")
    settings = Settings(engine="ray", composer=server, ray=RaySettings(renderers=PoolSettings(replicas=4)))
    mixed = chosen_engine(settings)
    assert isinstance(mixed, MixedEngine)
    assert (len(mixed._composers), mixed._renderer._cluster.plan.composers) == (4, None)  # type: ignore[attr-defined]
    await mixed.close()
    [finding] = examine_cluster(settings)
    assert (finding.verdict, finding.found) == (Verdict.FINE, "replicas on this machine: 4 for pictures")
    away = settings.with_changes(ray=RaySettings(address="127.0.0.1:1"))
    [finding] = examine_cluster(away)
    assert (finding.verdict, "127.0.0.1:1" in finding.found) == (Verdict.WRONG, True)
