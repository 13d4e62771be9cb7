"""Chat models of every kind and file format, loaded by the one loading function, write what their library says."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import gguf
import pytest
import torch
from accelerate import dispatch_model
from transformers import (
    AutoModelForCausalLM,
    ByT5Tokenizer,
    GemmaConfig,
    GemmaForCausalLM,
    LlamaForCausalLM,
    Phi3Config,
    Phi3ForCausalLM,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen2ForCausalLM,
)

from omost_pipeline.composer.examples import guide
from omost_pipeline.composer.local.llm import LocalLlm, load_composer
from omost_pipeline.composer.prompt import SYSTEM_PROMPT
from omost_pipeline.composer.protocol import ComposeOptions, Turn
from omost_pipeline.errors import WeightsError
from tests.composer.local.gguf_files import write_gguf

pytestmark = pytest.mark.slow

GREEDY = ComposeOptions(temperature=0.0, max_new_tokens=24)
BEGINNING = "```python\n# Initialize the canvas\ncanvas = Canvas()\n\n# Set a global description for the canvas\n"
ModelOf = Callable[..., LlamaForCausalLM]
SHAPE: dict[str, Any] = {
    "vocab_size": 500,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "max_position_embeddings": 4096,
    "initializer_range": 0.4,
    "bos_token_id": 0,
    "eos_token_id": 4,
    "pad_token_id": 0,
}
KINDS: dict[str, Callable[[], PreTrainedModel]] = {
    "Phi-3": lambda: Phi3ForCausalLM(Phi3Config(**SHAPE)),
    "Qwen2": lambda: Qwen2ForCausalLM(Qwen2Config(**SHAPE)),
    "Gemma": lambda: GemmaForCausalLM(GemmaConfig(**SHAPE)),
}


def write(llm: LocalLlm, options: ComposeOptions = GREEDY) -> str:
    return "".join(llm.compose((), "a red ball", options))


def expected(model: PreTrainedModel, llm: LocalLlm) -> str:
    """What the library's own generation writes after the same prompt."""
    prompt = torch.tensor([llm.prompt((), "a red ball", 24).ids])
    generator: Any = model  # its generate has no usable types
    whole = generator.generate(
        prompt, attention_mask=torch.ones_like(prompt), do_sample=False, max_new_tokens=24, pad_token_id=4
    )
    text = llm._tokenizer.decode(whole[0, prompt.shape[1] :], skip_special_tokens=True)
    assert isinstance(text, str)
    return text


def logits(model: PreTrainedModel) -> torch.Tensor:
    with torch.inference_mode():
        return torch.as_tensor(model(input_ids=torch.arange(5, 60)[None]).logits, dtype=torch.float32)


@pytest.mark.parametrize("kind", KINDS)
def test_a_chat_model_of_another_kind_writes_what_its_library_says_and_canvases_with_the_grammar(
    kind: str, tmp_path: Path, tokenizer: PreTrainedTokenizerFast
) -> None:
    torch.manual_seed(1)
    KINDS[kind]().save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    plain = load_composer(str(tmp_path), grammar=False)
    text = write(plain)
    assert len(text) > 40
    assert expected(plain._model, plain).startswith(text)  # ours ends where it only repeats itself
    held = load_composer(str(tmp_path))
    assert write(held, ComposeOptions(temperature=1.5, max_new_tokens=64)).startswith(BEGINNING)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_every_floating_point_type_loads(
    dtype: torch.dtype, tmp_path: Path, weights: Path, tokenizer: PreTrainedTokenizerFast
) -> None:
    stored: Any = AutoModelForCausalLM.from_pretrained(weights, dtype=dtype)
    stored.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    llm = load_composer(str(tmp_path), grammar=False)
    assert write(llm) == expected(stored.to(torch.float32), llm)


@pytest.mark.parametrize(("bits", "layer"), [(4, "Linear4bit"), (8, "Linear8bitLt")])
def test_a_quantised_checkpoint_keeps_what_was_baked_into_it(
    bits: int, layer: str, tmp_path: Path, weights: Path, tokenizer: PreTrainedTokenizerFast
) -> None:
    from transformers import BitsAndBytesConfig

    options: dict[int, dict[str, Any]] = {
        4: {"load_in_4bit": True, "bnb_4bit_quant_type": "nf4", "bnb_4bit_compute_dtype": torch.float32},
        8: {"load_in_8bit": True},
    }
    baked = AutoModelForCausalLM.from_pretrained(weights, quantization_config=BitsAndBytesConfig(**options[bits]))
    baked.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    llm = load_composer(str(tmp_path), grammar=False)
    up: Any = llm._model.get_submodule("model.layers.0.mlp.up_proj")
    assert type(up).__name__ == layer
    assert up.weight.dtype in {torch.uint8, torch.int8}
    assert torch.equal(logits(llm._model), logits(baked))
    llm._drafts = None  # 8 bits: which columns are outliers goes by all tokens of a pass, drafted ones among them
    assert write(llm) == expected(baked, llm)


def test_a_device_map_changes_no_word(weights: Path) -> None:
    mapped = load_composer(str(weights), grammar=False, device_map="auto")
    assert write(mapped) == write(load_composer(str(weights), grammar=False))


def test_a_model_that_lies_partly_on_disk_writes_the_same(weights: Path, tmp_path: Path) -> None:
    places = {"model.embed_tokens": "cpu", "model.layers.0": "cpu", "model.rotary_emb": "cpu"}
    places |= {"model.layers.1": "disk", "model.norm": "cpu", "lm_head": "cpu"}
    whole = load_composer(str(weights), grammar=False)
    expected = write(whole)
    spread: Any = dispatch_model(whole._model, places, offload_dir=str(tmp_path))
    assert spread.model.layers[1].mlp.up_proj.weight.device.type == "meta"
    assert write(LocalLlm(spread, whole._tokenizer)) == expected


@pytest.fixture(scope="module")
def model(model_of: ModelOf) -> LlamaForCausalLM:
    torch.manual_seed(0)
    made = model_of(vocabulary=500)
    made.eval()
    return made


@pytest.fixture(scope="module")
def gguf_file(
    model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    file = tmp_path_factory.mktemp("gguf") / "tiny-f16.gguf"
    write_gguf(file, model, tokenizer)
    return file


def test_a_gguf_file_is_the_model_it_was_made_from(
    gguf_file: Path, model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast
) -> None:
    llm = load_composer(str(gguf_file), grammar=False)
    ours, theirs = logits(llm._model), logits(model)
    assert (ours.argmax(-1) == theirs.argmax(-1)).float().mean() > 0.9
    assert torch.nn.functional.cosine_similarity(ours.flatten(), theirs.flatten(), dim=0) > 0.99
    assert llm.prompt((), "a red ball", 8).ids == LocalLlm(model, tokenizer).prompt((), "a red ball", 8).ids
    assert llm._stop == {4}


@pytest.mark.parametrize("kind", [gguf.GGMLQuantizationType.Q8_0, gguf.GGMLQuantizationType.Q4_0])
def test_a_quantised_gguf_file_in_a_folder_writes_canvases(
    kind: gguf.GGMLQuantizationType, tmp_path: Path, model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast
) -> None:
    write_gguf(tmp_path / "tiny.gguf", model, tokenizer, kind)
    assert write(load_composer(str(tmp_path)), ComposeOptions(max_new_tokens=64)).startswith(BEGINNING)


def test_a_folder_of_several_gguf_files_asks_for_one(gguf_file: Path, tmp_path: Path) -> None:
    for name in ("one.gguf", "two.gguf"):
        shutil.copy(gguf_file, tmp_path / name)
    with pytest.raises(WeightsError, match=r"holds 2 GGUF files: name one, as in .*one\.gguf\."):
        load_composer(str(tmp_path))


def test_a_gguf_file_on_the_hub_is_named_behind_a_colon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(WeightsError, match=r"nobody/none is not on this computer .*check the name and the network"):
        load_composer("nobody/none:tiny-q4.gguf")


@pytest.mark.parametrize(
    ("damage", "words"), [("cut", "its last [0-9,]+ bytes are missing"), ("other", "no GGUF file: it begins b'not '")]
)
def test_a_damaged_gguf_file_is_refused_in_one_sentence(
    gguf_file: Path, tmp_path: Path, damage: str, words: str
) -> None:
    file = tmp_path / "broken.gguf"
    content = gguf_file.read_bytes()
    file.write_bytes(content[: len(content) // 2] if damage == "cut" else b"not a model " * 50)
    with pytest.raises(WeightsError, match=rf"broken\.gguf is .*{words}; download it again\.$"):
        load_composer(str(file))


@pytest.fixture
def byte_folder(tmp_path: Path, model_of: ModelOf) -> Path:
    """A model over bytes, whose tokenizer is plain Python and has no tokenizer.json."""
    tokenizer = ByT5Tokenizer(extra_ids=0)
    tokenizer.chat_template = (
        "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}"
    )
    tokenizer.save_pretrained(tmp_path)
    model_of(vocabulary=len(tokenizer)).save_pretrained(tmp_path)
    return tmp_path


def test_a_tokenizer_that_the_grammar_cannot_follow_still_writes_and_the_log_says_so_once(
    byte_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        llm = load_composer(str(byte_folder))
        replies = [write(llm), write(llm)]
    assert replies[0] == replies[1]
    assert [record.getMessage().endswith("Replies are written without the grammar.") for record in caplog.records] == [
        True
    ]


SILENT = ""
REFUSING = "{{ raise_exception('System role not supported') }}"


@pytest.mark.parametrize(("rule", "examples"), [(REFUSING, False), (REFUSING, True), (SILENT, True)])
def test_rules_reach_a_model_without_a_system_role_in_the_first_message(
    rule: str, examples: bool, model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, history: list[Turn]
) -> None:
    llm = LocalLlm(model, without_system_role(tokenizer, rule), examples=examples)
    text = llm._tokenizer.decode(list(llm.prompt(history, "a red ball", 8).ids))
    assert isinstance(text, str)
    assert text.startswith(f"<|user|>{SYSTEM_PROMPT}\n\n{guide() if examples else history[0].words}")
    assert text.endswith("<|user|>a red ball<|end|>")


def test_a_template_that_leaves_the_system_message_out_is_taken_to_mean_it(
    model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast
) -> None:
    llm = LocalLlm(model, without_system_role(tokenizer, SILENT))
    assert llm._tokenizer.decode(list(llm.prompt((), "a red ball", 8).ids)) == "<|user|>a red ball<|end|>"


def without_system_role(tokenizer: PreTrainedTokenizerFast, rule: str) -> PreTrainedTokenizerFast:
    """A tokenizer whose chat template does with system messages what ``rule`` says."""
    other = deepcopy(tokenizer)
    other.chat_template = (
        "{% for message in messages %}{% if message['role'] == 'system' %}" + rule + "{% else %}"
        "<|{{ message['role'] }}|>{{ message['content'] }}<|end|>{% endif %}{% endfor %}"
    )
    return other
