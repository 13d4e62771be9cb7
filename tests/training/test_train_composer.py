"""The bundled composer's tokenizer, batches and training: the bundled tokenizer, and models of random weights."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest
import torch
from torch.nn import functional
from transformers import AttentionInterface, AutoModelForCausalLM, PreTrainedTokenizerFast

from omost_pipeline.canvas.codec import canvas_to_reply
from omost_pipeline.canvas.elements import Canvas, Region
from omost_pipeline.canvas.vocabulary import AREAS, LOCATIONS, OFFSETS
from omost_pipeline.training import causal_attention
from omost_pipeline.training.composer_model import WEIGHTS, export, greedy_reply, new_model
from omost_pipeline.training.composer_tokenizer import (
    PAD,
    PLAIN_SIZE,
    SKELETON,
    DialogueEncoder,
    filled_runs,
    load_tokenizer,
    token_id,
    with_filled_runs,
)
from omost_pipeline.training.train_composer import (
    ComposerOptions,
    Score,
    Trainer,
    batches,
    collate,
    draw_block,
    learn,
)
from omost_pipeline.world import stage
from omost_pipeline.world.dialogues import Conversation, Plan, converse
from omost_pipeline.world.kinds import COLORS, KINDS

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (WEIGHTS / "tokenizer.json").exists(), reason="the bundled composer is not there"),
]


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerFast:
    return load_tokenizer(WEIGHTS)


def conversations(count: int) -> list[Conversation]:
    rng = random.Random(4)
    return [converse(rng, Plan(), evaluation=True) for _ in range(count)]


def ids_of(tokenizer: PreTrainedTokenizerFast, text: str) -> list[int]:
    return tokenizer.backend_tokenizer.encode(text, add_special_tokens=False).ids


def test_fixed_runs_and_the_vocabularys_names_are_single_tokens(tokenizer: PreTrainedTokenizerFast) -> None:
    spaced = [f" {word}" for word in (*KINDS, *COLORS)]
    for text in (*SKELETON, *filled_runs(), *LOCATIONS, *OFFSETS, *AREAS, *COLORS, *spaced):
        assert len(ids_of(tokenizer, text)) == 1, text
    assert len(tokenizer) == PLAIN_SIZE + len(filled_runs())


def test_filled_runs_leave_the_plain_tokens_as_they_were(tokenizer: PreTrainedTokenizerFast) -> None:
    again = with_filled_runs(tokenizer)

    assert again.get_vocab() == tokenizer.get_vocab()
    assert max(token_id(tokenizer, run) for run in SKELETON) < PLAIN_SIZE


def test_a_region_of_the_world_is_eleven_tokens(tokenizer: PreTrainedTokenizerFast) -> None:
    cat = Region("on the left", "no offset", "a small square area", 2.0, "A red cat.", color="red")
    scene = stage.canvas_of(stage.Scene(())).scene
    one, two = (ids_of(tokenizer, canvas_to_reply(Canvas(scene, (cat,) * count))) for count in (1, 2))

    assert len(two) - len(one) == 11


@pytest.mark.parametrize(
    "text", ["Žluťoučký kůň 🐎\n\t'quoted' \"twice\"", "  two  spaces ", "a\r\nb", "on the top-right of it"]
)
def test_any_text_decodes_to_its_own_bytes(tokenizer: PreTrainedTokenizerFast, text: str) -> None:
    assert tokenizer.decode(ids_of(tokenizer, text)) == text


def test_replies_decode_exactly_whole_and_token_by_token(tokenizer: PreTrainedTokenizerFast) -> None:
    for conversation in conversations(20):
        reply = canvas_to_reply(conversation[-1].canvas)
        ids = ids_of(tokenizer, reply)

        assert tokenizer.decode(ids) == reply
        assert "".join(str(tokenizer.decode([token])) for token in ids) == reply


def test_the_encoder_equals_the_chat_template(tokenizer: PreTrainedTokenizerFast) -> None:
    encoder = DialogueEncoder(tokenizer)
    for conversation in conversations(20):
        chat = [{"role": "system", "content": "Whatever this says, it is one token."}]
        for message in conversation:
            chat.append({"role": "user", "content": f" {message.words.upper()}\n"})
            chat.append({"role": "assistant", "content": canvas_to_reply(message.canvas)})

        assert list(encoder.encode(conversation).ids) == tokenizer.apply_chat_template(chat, return_dict=False)


def test_only_determined_replies_are_learnt(tokenizer: PreTrainedTokenizerFast) -> None:
    conversation = converse(random.Random(1), Plan(edits=(1, 1), groups=(2, 2), given=True))
    encoded = DialogueEncoder(tokenizer).encode(conversation)
    learnt = [token for token, reply in zip(encoded.ids, encoded.reply, strict=True) if reply >= 0]

    assert tokenizer.decode(learnt) == canvas_to_reply(conversation[1].canvas) + "<|end|>"


def test_batches_hold_every_conversation_once_and_stay_within_their_size(tokenizer: PreTrainedTokenizerFast) -> None:
    encoder = DialogueEncoder(tokenizer)
    encoded = [encoder.encode(conversation) for conversation in conversations(30)]
    made = list(batches(encoded, 2000, token_id(tokenizer, PAD)))

    assert sum(len(batch.kinds) for batch in made) == 30
    assert all(batch.ids.numel() <= 2000 or len(batch.kinds) == 1 for batch in made)


def test_padding_changes_nothing(tokenizer: PreTrainedTokenizerFast) -> None:
    encoder, pad = DialogueEncoder(tokenizer), token_id(tokenizer, PAD)
    model = new_model(tokenizer, 1)
    short, long = sorted(
        (encoder.encode(conversation) for conversation in conversations(2)), key=lambda one: len(one.ids)
    )

    with torch.no_grad():
        together = learn(model, collate([short, long], pad))[1]
        apart = torch.cat([learn(model, collate([one], pad))[1] for one in (short, long)])

    assert (together == apart).float().mean() > 0.99  # bfloat16 may round a tie the other way


def test_a_reply_counts_as_right_only_as_a_whole(tokenizer: PreTrainedTokenizerFast) -> None:
    conversation = converse(random.Random(2), Plan(edits=(1, 1)), evaluation=True)
    batch = collate([DialogueEncoder(tokenizer).encode(conversation)], 0)
    hits = torch.ones(int((batch.reply[:, 1:] >= 0).sum()), dtype=torch.bool)
    score = Score()

    score.count(batch, hits)
    hits[-1] = False
    score.count(batch, hits)

    assert (score.asked["first"], score.right["first"]) == (2, 2)
    assert score.right.total() == score.asked.total() - 1


def test_attention_in_parts_equals_torchs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(causal_attention, "_CACHED_SCORES", 1000)
    torch.manual_seed(0)
    query, key, value = (torch.randn(3, 2, 20, 8, requires_grad=True) for _ in range(3))
    weight = torch.randn(3, 2, 20, 8)

    ours, _ = causal_attention.attend(torch.nn.Identity(), query, key, value, None, 8**-0.5)
    theirs = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
    torch.testing.assert_close(ours.transpose(1, 2), theirs)
    gradients = torch.autograd.grad((ours.transpose(1, 2) * weight).sum(), (query, key, value))
    expected = torch.autograd.grad((theirs * weight).sum(), (query, key, value))
    for mine, right in zip(gradients, expected, strict=True):
        torch.testing.assert_close(mine, right, atol=1e-5, rtol=1e-4)


def test_a_block_is_the_same_whenever_it_is_drawn(tokenizer: PreTrainedTokenizerFast) -> None:
    encoder, options = (DialogueEncoder(tokenizer),) * 2, ComposerOptions(batch=512, block=2)

    assert draw_block(encoder, options, 3, 0.9) == draw_block(encoder, options, 3, 0.9)
    assert draw_block(encoder, options, 3, 0.9) != draw_block(encoder, options, 4, 0.9)


def test_training_learns_saves_and_goes_on_where_it_stopped(tmp_path: Path) -> None:
    tokens = {name: WEIGHTS / name for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja")}
    (tmp_path / "tokenizer").mkdir()
    for name, path in tokens.items():
        shutil.copy(path, tmp_path / "tokenizer" / name)
    options = ComposerOptions(batch=256, block=1, warm_up=1)

    trainer = Trainer(tmp_path, options)
    before = {name: weight.clone() for name, weight in trainer.model.state_dict().items()}
    trainer.train_block()
    trainer.save()
    again = Trainer(tmp_path, options)

    assert again.step == trainer.step > 0
    assert again.minutes == pytest.approx(trainer.minutes)
    for name, weight in trainer.model.state_dict().items():
        assert torch.equal(again.model.state_dict()[name], weight)
        assert not torch.equal(weight, before[name]) or "norm" in name


def test_an_exported_model_loads_in_half_precision_and_replies(
    tmp_path: Path, tokenizer: PreTrainedTokenizerFast
) -> None:
    model = new_model(tokenizer, 1)
    export(model, tokenizer, tmp_path)
    loaded = AutoModelForCausalLM.from_pretrained(tmp_path)
    reply = greedy_reply(loaded, load_tokenizer(tmp_path), most_tokens=3)([{"role": "user", "content": "hi"}])

    assert isinstance(reply, str)
    assert loaded.dtype == torch.float16
    assert next(model.parameters()).dtype == torch.float32
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 12_000_000


def test_registering_the_attention_keeps_the_models_answer(tokenizer: PreTrainedTokenizerFast) -> None:
    AttentionInterface.register(causal_attention.NAME, causal_attention.attend)
    batch = collate([DialogueEncoder(tokenizer).encode(conversations(1)[0])], 0)
    model = new_model(tokenizer, 1)
    with torch.no_grad():
        plain = learn(model, batch)[0]
        model.set_attn_implementation(causal_attention.NAME)
        ours = learn(model, batch)[0]

    torch.testing.assert_close(plain, ours, atol=5e-3, rtol=1e-3)
