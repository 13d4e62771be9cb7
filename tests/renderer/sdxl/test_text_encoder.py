"""Token ids and hidden states of bags, through real CLIP models and tokenizers."""

from __future__ import annotations

import torch

from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.canvas.vocabulary import Box
from omost_pipeline.renderer.regions.spans import Span
from omost_pipeline.renderer.sdxl.text_encoder import TextEncoder
from omost_pipeline.renderer.subprompts import Condition, conditions, plain_condition

BEGIN, END = 512, 513
A, B_END = 64, 256 + 65  # "a" inside a word and "b" at a word's end, by the fixture's alphabet


def test_each_tokenizer_pads_in_its_own_way(text_encoder: TextEncoder) -> None:
    first, second = (text_encoder.ids(which, ("ab", "ab")) for which in (0, 1))
    assert first == [BEGIN, A, B_END, A, B_END, END] + [END] * 71
    assert second == [BEGIN, A, B_END, A, B_END, END] + [0] * 71


def test_a_bag_too_long_is_cut_and_still_ends(text_encoder: TextEncoder) -> None:
    ids = text_encoder.ids(0, ("a" * 50, "b" * 50))
    assert len(ids) == 77
    assert ids[-1] == END
    assert ids.count(END) == 1


def test_marks_spelled_out_in_a_text_are_not_marks(text_encoder: TextEncoder) -> None:
    assert text_encoder.ids(0, ("a<|endoftext|>b",)).count(END) == 77 - 3


def test_bags_hold_at_most_75_tokens(text_encoder: TextEncoder) -> None:
    condition = Condition(("p" * 20,), tuple(letter * 25 for letter in "abcde"), None)
    assert [len(bag) for bag in text_encoder.bags(condition)] == [3, 3, 2]


def test_hidden_states_are_both_encoders_last_but_one_and_the_pooled_vector_is_the_first_bag_s(
    text_encoder: TextEncoder,
) -> None:
    condition = Condition(("p" * 20,), ("a" * 40, "b" * 40), None)
    encoded = text_encoder.encode([[condition]])
    assert encoded.hidden.shape == (1, 2 * 77, 20)
    first, second = text_encoder.text_encoder, text_encoder.text_encoder_2
    assert second is not None
    expected, pooled = [], []
    for bag in text_encoder.bags(condition):
        parts = []
        for which, model in ((0, first), (1, second.text_model)):
            ids = torch.tensor([text_encoder.ids(which, bag)])
            kept: list[torch.Tensor] = []
            hook = model.encoder.layers[-1].register_forward_pre_hook(lambda _, args, kept=kept: kept.append(args[0]))
            model(ids)
            hook.remove()
            parts.append(kept[0])
        expected.append(torch.cat(parts, -1)[0])
        pooled.append(second(ids).text_embeds[0])
    torch.testing.assert_close(encoded.hidden[0], torch.cat(expected))
    torch.testing.assert_close(encoded.pooled[0], pooled[0])
    assert not torch.allclose(pooled[0], pooled[1])


def test_a_batch_of_canvases_is_encoded_as_each_alone_and_says_whose_tokens_are_whose(
    text_encoder: TextEncoder, canvas: Canvas
) -> None:
    samples = [conditions(canvas), [plain_condition("bad, ugly")], [Condition((), (), None)]]
    together = text_encoder.encode(samples)
    for i, sample in enumerate(samples):
        alone = text_encoder.encode([sample])
        tokens = sum(span.tokens for span in together.spans[i])
        assert alone.hidden.shape[1] == tokens
        torch.testing.assert_close(together.hidden[i, :tokens], alone.hidden[0], atol=1e-6, rtol=1e-5)
        torch.testing.assert_close(together.pooled[i], alone.pooled[0], atol=1e-6, rtol=1e-5)
    assert together.spans[0][1:] == (Span(Box(0, 15, 35, 75), 77), Span(Box(50, 0, 90, 40), 77))


def test_gradients_reach_both_encoders(text_encoder: TextEncoder) -> None:
    encoded = text_encoder.encode([[plain_condition("a")]])
    (encoded.hidden.sum() + encoded.pooled.sum()).backward()
    for model in text_encoder.encoders:
        assert any(weight.grad is not None and weight.grad.abs().sum() > 0 for weight in model.parameters())
        model.zero_grad()
