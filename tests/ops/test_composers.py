"""Language models' files before anything is loaded: what is said of them, and what will not work."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import gguf
import numpy as np
import pytest
from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

from bot.app import mention_server
from bot.ops.composers import examine_composer
from bot.ops.finding import Finding, Verdict
from bot.settings.config import load_settings
from omost_pipeline.composer.local.gguf_header import read_header, refusal_of
from omost_pipeline.composer.local.weights import load_model
from omost_pipeline.composer.protocol import ComposeOptions
from omost_pipeline.composer.served.llm import ServedLlm
from omost_pipeline.composer.served.server import Server
from omost_pipeline.errors import WeightsError
from omost_pipeline.profiles import PROFILES
from tests.composer.local.gguf_files import write_gguf
from tests.composer.served.strict_chat_server import Answers, Says, listing, serving

TINY = Path(PROFILES["tiny"].composer)


def examined(composer: Path | str) -> Finding:
    return examine_composer(replace(PROFILES["tiny"], composer=str(composer)))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled model as a GGUF file."""
    model = LlamaForCausalLM.from_pretrained(TINY)
    assert isinstance(model, LlamaForCausalLM)
    file = tmp_path_factory.mktemp("gguf") / "tiny.gguf"
    write_gguf(file, model, PreTrainedTokenizerFast.from_pretrained(TINY))
    return file


Writing = Callable[[gguf.GGUFWriter], None]


def written(
    file: Path,
    *more: Writing,
    architecture: str = "llama",
    template: bool = True,
    kind: gguf.GGMLQuantizationType | None = None,
) -> Path:
    """A file whose header says just what it must, with one small tensor."""
    writer = gguf.GGUFWriter(file, architecture)
    writer.add_context_length(4096)
    writer.add_tokenizer_model("llama")
    writer.add_token_list([f"<{number}>" for number in range(200)])
    if template:
        writer.add_chat_template("{{ messages }}")
    for each in more:
        each(writer)
    data = np.zeros((1, 292), np.uint8) if kind else np.zeros((2, 4), np.float32)
    writer.add_tensor("blk.0.weight", data, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file


@pytest.mark.slow
def test_a_whole_gguf_file_is_fine_and_told_by_what_it_says(whole: Path) -> None:
    header = read_header(whole)
    assert (header.architecture, header.context, header.tokenizer, header.missing) == ("llama", 2048, "gpt2", 0)
    assert "messages" in header.chat_template
    assert header.kinds == {"F16", "F32"}
    for place in (whole, whole.parent):
        finding = examined(place)
        assert (finding.verdict, finding.found) == (
            Verdict.FINE,
            f"{whole}, {whole.stat().st_size / 2**20:,.0f} MiB, llama, byte-level tokenizer, 2,048 tokens",
        )


@pytest.mark.parametrize(("lost", "words"), [(1, "its last 1 bytes are missing"), (500_000, "500,000 bytes")])
def test_a_gguf_file_that_was_cut_says_how_much_it_lacks(whole: Path, tmp_path: Path, lost: int, words: str) -> None:
    file = tmp_path / "cut.gguf"
    shutil.copy(whole, file)
    with file.open("r+b") as opened:
        opened.truncate(whole.stat().st_size - lost)
    finding = examined(file)
    assert finding.verdict is Verdict.WRONG
    assert words in finding.found


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"version https://git-lfs.github.com/spec/v1", "is no GGUF file: it begins b'vers'"),
        (b"GGUF" + (1).to_bytes(4, "little") + bytes(64), "GGUF's version 1"),
        (b"GGUF" + (3).to_bytes(4, "little") + b"\xff" * 64, "its header makes no sense"),
        (b"GGUF" + (3).to_bytes(4, "little") + bytes(8) + (1).to_bytes(8, "little") + b"\xff" * 9, "makes no sense"),
    ],
)
def test_what_is_no_gguf_file_is_told_as_that(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "m.gguf").write_bytes(content)
    finding = examined(tmp_path / "m.gguf")
    assert (finding.verdict, words in finding.found) == (Verdict.WRONG, True)


@pytest.mark.slow
def test_a_gguf_file_that_was_cut_for_storing_is_told_how_to_join_and_one_without_an_ending_is_used(
    whole: Path, tmp_path: Path
) -> None:
    content = whole.read_bytes()
    for names in (("m.gguf-split-a", "m.gguf-split-b"), ("m.gguf.part1of2", "m.gguf.part2of2")):
        folder = tmp_path / names[0]
        folder.mkdir()
        for name, piece in zip(names, (content[:300_000], content[300_000:]), strict=True):
            (folder / name).write_bytes(piece)
        for place in (folder, *(folder / name for name in names)):
            found = examined(place)
            assert found.verdict is Verdict.WRONG
            command = "".join(re.findall(r"`(cat .* > .*)`", found.found))
            with pytest.raises(WeightsError, match=re.escape(found.found)):
                load_model(str(place), "cpu")
        subprocess.run(command, shell=True, check=True)  # noqa: S602  # as people do
        assert (folder / "m.gguf").read_bytes() == content
    alone = tmp_path / "m.gguf.part"
    alone.write_bytes(content[:-500])
    assert "its last 500 bytes are missing; download it again" in examined(alone).found
    blob = tmp_path / "sha256-3f2a"  # as Ollama keeps them
    blob.write_bytes(content)
    assert examined(blob).verdict is Verdict.FINE
    assert load_model(str(blob), "cpu")[1].chat_template
    lone = str(TINY / "model.safetensors")
    for name in ("somebody/packed:Q4_K_M", "somebody/packed:m-00001-of-00002.gguf", lone):
        told = examined(name)
        assert told.verdict is Verdict.WRONG
        with pytest.raises(WeightsError, match=re.escape(told.found)):
            load_model(name, "cpu")
    assert str(TINY) in examined(lone).found.partition(": ")[2], "and the folder to name"


def test_what_a_gguf_file_cannot_do_is_told_beforehand(tmp_path: Path) -> None:
    def split(writer: gguf.GGUFWriter) -> None:
        writer.add_uint16("split.count", 3)

    assert refusal_of(written(tmp_path / "sound.gguf")) == ""
    assert "is one of 3 parts" in examined(written(tmp_path / "part.gguf", split)).found
    adapter = written(tmp_path / "lora.gguf", lambda writer: writer.add_type("adapter"))
    assert "is no language model: it calls itself 'adapter'" in examined(adapter).found
    assert "has no chat template" in examined(written(tmp_path / "base.gguf", template=False)).found
    strange = written(tmp_path / "q8k.gguf", kind=gguf.GGMLQuantizationType.Q8_K)
    assert "has tensors Q8_K, which cannot be unpacked" in examined(strange).found
    unknown = examined(written(tmp_path / "other.gguf", architecture="falcon-h1"))
    assert unknown.verdict is Verdict.WRONG
    assert "'falcon-h1', which cannot be read from GGUF" in unknown.found
    assert "llama.cpp" in unknown.remedy


def test_a_folder_is_judged_by_what_it_says(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(TINY, folder)
    assert (examined(folder).verdict, examined(folder).found.endswith("MiB, 2,048 tokens")) == (Verdict.FINE, True)
    said = json.loads((folder / "config.json").read_text(encoding="utf-8"))

    def saying(**more: object) -> Finding:
        (folder / "config.json").write_text(json.dumps({**said, **more}), encoding="utf-8")
        return examined(folder)

    assert "brings Python code of its own" in saying(model_type="own", auto_map={"AutoConfig": "own.Config"}).found
    assert "`own`" in saying(model_type="own").found
    short = saying(max_position_embeddings=512)
    assert (short.verdict, "512 tokens, which is little" in short.found) == (Verdict.NOTE, True)
    assert saying().verdict is Verdict.FINE
    index = {"weight_map": {"a": "model-00001-of-00002.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")
    assert "lacks model-00001-of-00002.safetensors" in examined(folder).found


@pytest.mark.parametrize(
    ("owner", "words"), [("llamacpp", "llama.cpp, 4,096 tokens"), ("somebody", "no grammar, 4,096 tokens")]
)
def test_the_start_says_what_the_server_of_a_language_model_can_do(tmp_path: Path, owner: str, words: str) -> None:
    said: list[str] = []
    models = listing("one", owner=owner, max_model_len=4096)
    with serving(Says(()), owner=owner, models=models) as server:
        (tmp_path / "config.toml").write_text(f'[composer]\nurl = "{server.url}"\n', encoding="utf-8")
        settings = load_settings(tmp_path / "config.toml")
        asyncio.run(mention_server(settings, said.append))
        assert said == [f"Language model: one at {server.url}; {words}."]
    asyncio.run(mention_server(settings, said.append))
    assert "Check that it is running and that composer.url is right." in said[-1]


def test_a_server_that_answers_with_nonsense_does_not_end_the_start(tmp_path: Path) -> None:
    said: list[str] = []
    with serving(Says(()), models=Answers(200, "[" * 200_000)) as server:
        (tmp_path / "config.toml").write_text(f'[composer]\nurl = "{server.url}"\n', encoding="utf-8")
        asyncio.run(mention_server(load_settings(tmp_path / "config.toml"), said.append))
    [sentence] = said
    assert f"{server.url}/models did not answer with a list of models. Check that composer.url" in sentence


def test_what_to_do_about_a_server_is_what_it_said() -> None:
    with serving(Says(()), models=Answers(401, "{}")) as server:
        found = examine_composer(replace(PROFILES["tiny"], server=Server(server.url)))
    assert (found.verdict, found.found) == (
        Verdict.WRONG,
        f"The language model's server {server.url} rejects the key (401)",
    )
    assert found.remedy == "Set composer.key or OMOST_COMPOSER_KEY to its key."


@pytest.mark.parametrize("status", [404, 405])
def test_a_server_without_a_list_of_its_models_is_not_called_wrong_for_it(tmp_path: Path, status: int) -> None:
    with serving(Says(("canvas",)), models=Answers(status, "null")) as server:
        named = replace(PROFILES["tiny"], server=Server(server.url, model="theirs"))
        found = examine_composer(named)
        assert (found.verdict, f"answered {status}); 'theirs' is asked for" in found.found) == (Verdict.NOTE, True)
        assert "".join(ServedLlm(named.server or Server("")).compose((), "a house", ComposeOptions())) == "canvas"
        assert examine_composer(replace(named, server=Server(server.url))).verdict is Verdict.WRONG
