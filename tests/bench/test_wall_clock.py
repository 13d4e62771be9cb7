"""Two ways to write the same reply, each by real arithmetic: what is counted is right, whatever the clock says."""

from __future__ import annotations

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from omost_pipeline.bench import bundled, decoding, recordings, shapes
from omost_pipeline.bench.published import generate_seconds
from omost_pipeline.bench.recordings import RecordedTurn, Recording
from omost_pipeline.bench.replay import replay
from omost_pipeline.bench.shapes import in_4_bits, random_model
from omost_pipeline.canvas.codec import canvas_to_reply
from omost_pipeline.canvas.elements import Canvas, GlobalDescription
from omost_pipeline.errors import OmostError

CONFIG = LlamaConfig(
    vocab_size=90, hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, eos_token_id=None,
)  # fmt: skip


@pytest.fixture(scope="module")
def model() -> LlamaForCausalLM:
    torch.manual_seed(1)
    made = LlamaForCausalLM(CONFIG)
    made.eval()
    return made


@pytest.mark.slow
def test_recording_is_written_by_a_model_and_its_edit_in_few_passes(
    model: LlamaForCausalLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recordings, "sample_replies", lambda: ())
    text = canvas_to_reply(Canvas(GlobalDescription("A quiet lake at dawn, in mist.")))
    changed = 10 + text.index("mist") // 7
    first, edit = tuple(range(10, 50)), (*range(10, changed), 7, *range(changed + 1, 50))
    turns = (RecordedTurn((1, 2, 3), first), RecordedTurn((1, 2, 3, *first, 4, 1, 2, 3), edit))
    pieces = {text[at * 7 : at * 7 + 7]: 10 + at for at in range(40)} | {"in fog.": 7}
    measured = list(replay(model, Recording("made up", pieces, turns)))
    assert [(each.turn, each.tokens) for each in measured] == [(0, 40), (1, 40)]
    assert measured[1].forwards < measured[0].forwards <= 40
    assert all(each.generate is not None and each.generate > 0.0 < each.preview < each.seconds for each in measured)


def test_generate_writes_what_it_is_given(model: LlamaForCausalLM) -> None:
    read: list[int] = []
    hook = model.register_forward_pre_hook(
        lambda _, __, named: read.append(named["input_ids"].shape[1]), with_kwargs=True
    )
    assert generate_seconds(model, (1, 2, 3), (80, 5, 0, 5)) > 0.0
    hook.remove()
    assert read == [3, 1, 1, 1]


@pytest.mark.slow
def test_bundled_model_converses_with_and_without_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundled, "CONVERSATIONS", (("a red ball", "make it blue"),))
    timed, counted = (decoding.run(wall=wall)["turns"] for wall in (True, False))
    assert [turn["turn"] for turn in timed] == [turn["turn"] for turn in counted] == [0, 1]
    assert [turn["tokens"] for turn in timed] == [turn["tokens"] for turn in counted]
    assert all(turn["forwards"] >= 1 for turn in (*timed, *counted))
    assert all(turn["seconds"] > 0.0 and turn["ratio"] > 0.0 and 0.0 < turn["preview"] < 1.0 for turn in timed)
    assert not any("ratio" in turn for turn in counted)


def test_linear_layers_alone_lie_in_4_bits() -> None:
    pytest.importorskip("bitsandbytes")
    small = in_4_bits(CONFIG, "cpu")
    weights = dict(small.named_parameters())
    assert weights["model.layers.0.mlp.up_proj.weight"].dtype == torch.uint8
    assert weights["lm_head.weight"].dtype == weights["model.norm.weight"].dtype == torch.bfloat16
    with torch.inference_mode():
        assert small(input_ids=torch.tensor([[1, 2, 3]])).logits.isfinite().all()


def test_shape_that_cannot_be_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OmostError, match=r"no shape '9b'; choose one of 0\.5b, 8b-4bit"):
        random_model("9b")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(OmostError, match="8b-4bit needs a CUDA GPU"):
        random_model("8b-4bit")
    assert set(shapes.SHAPES) == {"0.5b", "8b-4bit"}
    with pytest.raises(OmostError, match=r"shape 0\.5b is for recordings .* add --wall and --ids FILE"):
        decoding.run(shape="0.5b")
