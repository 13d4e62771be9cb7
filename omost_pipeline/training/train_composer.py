"""Trains the bundled composer on endless dialogues; the loss counts the replies alone.

Run it again with the same directory to go on where it stopped. Replies are also scored whole: with the right history
given, every token being the most likely one is the same as greedy decoding writing the right canvas. Knows no scenes'
meaning and no decoding.
"""

from __future__ import annotations

import argparse
import logging
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AttentionInterface, LlamaForCausalLM, PreTrainedTokenizerFast

from omost_pipeline.training import causal_attention
from omost_pipeline.training.composer_model import WEIGHTS, export, new_model
from omost_pipeline.training.composer_tokenizer import (
    CONTEXT,
    PAD,
    DialogueEncoder,
    Encoded,
    build_plain_tokenizer,
    load_tokenizer,
    token_id,
    with_filled_runs,
    without_filled_runs,
)
from omost_pipeline.training.optimizing import Average, Muon, load_state, mixed_precision, rate_factor, save_state
from omost_pipeline.world.dialogues import IN_WORLD, STORIES, Plan, converse, sample_replies

log = logging.getLogger(__name__)

_HELD_OUT_SEED = 5


@dataclass(frozen=True)
class ComposerOptions:
    """How the composer is trained. Times are in minutes of training over all runs; ``batch`` is in padded tokens."""

    minutes: float = 100.0
    rate: float = 4e-3
    decay: float = 0.02
    batch: int = 3072
    block: int = 16
    """Batches drawn at once, so that conversations of like length can be put together."""
    warm_up: int = 100
    tail: float = 0.7
    plain_share: float = 0.06
    save_every: float = 3.0
    export_every: float = 10.0
    seed: int = 11


_ONE = Plan(edits=(0, 1), groups=(1, 1))
_PAIR = Plan(edits=(1, 2), groups=(2, 4), given=True)
CURRICULUM: tuple[tuple[float, tuple[tuple[float, Plan], ...]], ...] = (
    (0.05, ((1.0, _ONE),)),
    (0.25, ((0.3, _ONE), (0.5, _PAIR), (0.2, Plan(edits=(0, 1), groups=(1, 2))))),
    (0.50, ((0.3, _PAIR), (0.4, Plan(edits=(0, 2))), (0.3, Plan(edits=(1, 3), groups=(1, 3))))),
    (0.75, ((0.12, _PAIR), (0.5, Plan(edits=(1, 4), groups=(1, 2))), (0.38, Plan(edits=(0, 3), groups=(1, 3))))),
    (
        1.00,
        (
            (0.06, _PAIR),
            (0.15, Plan(edits=(1, 4), groups=(1, 2))),
            (0.12, Plan()),
            (0.07, Plan(edits=(0, 4), groups=(3, 4))),
            (0.57, replace(STORIES, stories=0.9)),
            (0.03, Plan(edits=(6, 12), groups=(1, 2))),
        ),
    ),
)
"""Share of the time up to which a mixture holds; its plans with their weights: short first, whole dialogues last."""


@dataclass(frozen=True)
class Batch:
    """Right-padded conversations: ``ids`` [B, L]; ``reply`` [B, L], each token's reply or −1; what was asked."""

    ids: Tensor
    reply: Tensor
    kinds: tuple[tuple[str, ...], ...]


def collate(conversations: Sequence[Encoded], pad: int) -> Batch:
    """Pad conversations to the longest of them."""
    length = max(len(encoded.ids) for encoded in conversations)
    ids = torch.full((len(conversations), length), pad)
    reply = torch.full((len(conversations), length), -1)
    for row, encoded in enumerate(conversations):
        ids[row, : len(encoded.ids)] = torch.tensor(encoded.ids)
        reply[row, : len(encoded.ids)] = torch.tensor(encoded.reply)
    return Batch(ids, reply, tuple(encoded.kinds for encoded in conversations))


def batches(conversations: Sequence[Encoded], tokens: int, pad: int) -> Iterator[Batch]:
    """Conversations of like length together, at most ``tokens`` to a batch (one conversation may be longer alone)."""
    chosen: list[Encoded] = []
    for encoded in sorted(conversations, key=lambda one: len(one.ids)):
        if chosen and (len(chosen) + 1) * len(encoded.ids) > tokens:
            yield collate(chosen, pad)
            chosen = []
        chosen.append(encoded)
    if chosen:
        yield collate(chosen, pad)


def draw_block(
    encoders: tuple[DialogueEncoder, DialogueEncoder], options: ComposerOptions, number: int, progress: float
) -> list[Encoded]:
    """The conversations of one block: about ``block`` batches of them; the same for the same number and mixture.

    A few are encoded by the second encoder, without filled runs: a grammar that forces a run leaves its slot to the
    model, and the model must know that way of writing too.
    """
    rng = random.Random(f"{options.seed}/{number}")
    mixture = next(plans for until, plans in CURRICULUM if progress < until or until >= 1.0)
    weights, plans = zip(*mixture, strict=True)
    drawn: list[Encoded] = []
    left = options.batch * options.block
    while left > 0:
        encoder = encoders[rng.random() < options.plain_share]
        encoded = encoder.encode(converse(rng, rng.choices(plans, weights)[0]))
        if len(encoded.ids) <= CONTEXT:
            drawn.append(encoded)
            left -= len(encoded.ids)
    return drawn


def learn(model: LlamaForCausalLM, batch: Batch) -> tuple[Tensor, Tensor]:
    """(mean loss over the replies' tokens, whether each such token is the most likely one [N] in row order)."""
    learnt = batch.reply[:, 1:] >= 0
    with mixed_precision():
        # Padding stands on the right, so the causal mask alone hides it.
        states = model.model(input_ids=batch.ids[:, :-1], use_cache=False).last_hidden_state
        logits = model.lm_head(states[learnt]).float()
    targets = batch.ids[:, 1:][learnt]
    return functional.cross_entropy(logits, targets), logits.argmax(-1) == targets


class Score:
    """Counts replies that are right as a whole, by what was asked."""

    def __init__(self) -> None:
        self.right: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()

    def count(self, batch: Batch, hits: Tensor) -> None:
        reply = batch.reply[:, 1:]
        rows, columns = torch.nonzero(reply >= 0, as_tuple=True)
        keys = list(zip(rows.tolist(), reply[rows, columns].tolist(), strict=True))
        wrong = {key for key, hit in zip(keys, hits.tolist(), strict=True) if not hit}
        for row, index in set(keys):
            kind = batch.kinds[row][index]
            self.asked[kind] += 1
            self.right[kind] += (row, index) not in wrong

    def __str__(self) -> str:
        shares = (f"{kind} {self.right[kind] / count:.2f}" for kind, count in sorted(self.asked.items()))
        return f"all {self.right.total() / max(1, self.asked.total()):.3f} of {self.asked.total()} | {' '.join(shares)}"


class Trainer:
    """Owns the model, its averaged weights, the optimisers and the checkpoint in ``directory``."""

    def __init__(
        self, directory: Path, options: ComposerOptions, start: Path | None = None, compiled: bool = False
    ) -> None:
        """Goes on from the checkpoint in ``directory``; without one, from the exported model in ``start``, if given."""
        self.directory = directory
        self.options = options
        plain = kept_tokenizer(directory / "tokenizer", start)
        self.tokenizer = with_filled_runs(plain)
        self.encoder = DialogueEncoder(self.tokenizer)
        self.encoders = (self.encoder, DialogueEncoder(plain))
        self.pad = token_id(self.tokenizer, PAD)
        AttentionInterface.register(causal_attention.NAME, causal_attention.attend)
        self.model = new_model(self.tokenizer, options.seed)
        self.model.set_attn_implementation(causal_attention.NAME)
        self.average = Average({"llama": self.model}, 0.995)
        self.optimisers = optimisers(self.model, options)
        self.minutes, self.step, self.block, self.tokens, self.taught = 0.0, 0, 0, 0, False
        self._resume(start)
        if compiled:
            for layer in self.model.model.layers:
                layer.compile(dynamic=True)

    def _resume(self, start: Path | None) -> None:
        state = load_state(self.directory / "composer.pt")
        if state is None:
            if start is not None:
                self.taught = True
                self.model.load_state_dict(LlamaForCausalLM.from_pretrained(start, dtype=torch.float32).state_dict())
                log.info("going on from the weights in %s", start)
            return
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        for optimiser, saved in zip(self.optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(saved)
        self.minutes, self.step = state["minutes"], state["step"]
        self.block, self.tokens, self.taught = state["block"], state["tokens"], state["taught"]
        log.info("going on from step %d, minute %.1f", self.step, self.minutes)

    def save(self) -> None:
        """Write the checkpoint; a killed process leaves the old one or the new one."""
        counts = {name: getattr(self, name) for name in ("minutes", "step", "block", "tokens", "taught")}
        state = {
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
        }
        save_state(self.directory / "composer.pt", state | counts)

    def averaged(self) -> LlamaForCausalLM:
        """A copy of the model with the averaged weights."""
        copy = new_model(self.tokenizer, 0)
        copy.load_state_dict(self.average.weights("llama"))
        copy.train(False)
        return copy

    def train(self, folder: Path) -> None:
        """Train until the minutes are used up, exporting to ``folder`` now and then and at the end."""
        saved = exported = self.minutes
        while self.minutes < self.options.minutes:
            self.train_block()
            if self.minutes - saved >= self.options.save_every:
                saved = self.minutes
                self.save()
            if self.minutes - exported >= self.options.export_every:
                exported = self.minutes
                self.publish(folder)
        self.save()
        self.publish(folder)

    def publish(self, folder: Path) -> None:
        """Export the averaged model and log how it does on held-out conversations."""
        model = self.averaged()
        export(model, self.tokenizer, folder, sample_replies())
        log.info("held out: %s", held_out_score(model, self.encoder, self.pad))

    def train_block(self) -> None:
        """Draw a block of conversations and learn from it."""
        began = time.monotonic()
        start = self.minutes
        score, losses = Score(), []
        progress = 1.0 if self.taught else self.minutes / self.options.minutes
        drawn = draw_block(self.encoders, self.options, self.block, progress)
        ready = list(batches(drawn, self.options.batch, self.pad))
        random.Random(self.block).shuffle(ready)
        for batch in ready:
            losses.append(self._step(batch, score))
            self.minutes = start + (time.monotonic() - began) / 60
        self.block += 1
        pace = sum(len(one.ids) for one in drawn) / 60 / max(self.minutes - start, 1e-6)
        where = f"{self.minutes:.1f} min step {self.step} {self.tokens / 1e6:.2f} M tok"
        log.info("%s %.0f/s loss %.4f %s", where, pace, sum(losses) / len(losses), score)

    def _step(self, batch: Batch, score: Score) -> float:
        share = rate_factor(self.minutes / self.options.minutes, self.step, self.options.warm_up, self.options.tail)
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = self.options.rate * share
        loss, hits = learn(self.model, batch)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        with torch.no_grad():
            for weight in matrices(self.model):
                weight.mul_(1 - self.options.rate * share * self.options.decay)
        with mixed_precision():  # halves the time of Muon's matrix products
            for optimiser in self.optimisers:
                optimiser.step()
                optimiser.zero_grad()
        self.average.update()
        score.count(batch, hits)
        self.step += 1
        self.tokens += int((batch.ids != self.pad).sum())
        return float(loss.detach())


def kept_tokenizer(folder: Path, start: Path | None = None) -> PreTrainedTokenizerFast:
    """The plain tokenizer a run began with, so that dialogues may change under it; a new one where there is none.

    A run that starts from an exported model has that one's tokens.
    """
    if folder.exists():
        return load_tokenizer(folder)
    tokenizer = build_plain_tokenizer() if start is None else without_filled_runs(load_tokenizer(start))
    tokenizer.save_pretrained(folder)
    return tokenizer


def matrices(model: LlamaForCausalLM) -> list[nn.Parameter]:
    """The layers' matrices: everything but the embedding, which the output shares, and the norms."""
    return [weight for weight in model.model.layers.parameters() if weight.ndim == 2]


def optimisers(model: LlamaForCausalLM, options: ComposerOptions) -> list[torch.optim.Optimizer]:
    """Muon for the layers' matrices, AdamW for the rest."""
    chosen = {id(weight) for weight in matrices(model)}
    others = [weight for weight in model.parameters() if id(weight) not in chosen]
    adam = torch.optim.AdamW(others, options.rate, betas=(0.9, 0.98), weight_decay=0.0)
    return [Muon(matrices(model), options.rate), adam]


@torch.no_grad()
def held_out_score(model: LlamaForCausalLM, encoder: DialogueEncoder, pad: int, count: int = 100) -> Score:
    """Whole replies right on held-out conversations in the world, given the right history."""
    rng = random.Random(_HELD_OUT_SEED)
    score = Score()
    held_out = [encoder.encode(converse(rng, IN_WORLD, evaluation=True)) for _ in range(count)]
    for batch in batches(held_out, ComposerOptions.batch, pad):
        score.count(batch, learn(model, batch)[1])
    return score


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Train the bundled composer.")
    parser.add_argument("--work-dir", type=Path, required=True, help="where the checkpoint lies")
    parser.add_argument("--export-to", type=Path, default=WEIGHTS, help="folder for the exported model")
    parser.add_argument("--start", type=Path, help="exported model whose weights to begin with")
    parser.add_argument("--minutes", type=float, default=ComposerOptions.minutes, help="training time over all runs")
    parser.add_argument("--rate", type=float, default=ComposerOptions.rate, help="peak learning rate")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--compile", action="store_true", help="a third faster after a minute; needs a C++ compiler")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(options.threads)
    settings = ComposerOptions(minutes=options.minutes, rate=options.rate)
    Trainer(options.work_dir, settings, options.start, options.compile).train(options.export_to)


if __name__ == "__main__":
    main()
