"""What it costs that conversations alternate: forward passes and seconds, beside the same turns one after another.

The bundled model writes the conversations itself, in both orders. A random Llama of half a billion parameters, whose
arithmetic takes as long as a trained one's, then writes the same tokens. Knows no chat.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from omost_pipeline.bench.bundled import CONVERSATIONS
from omost_pipeline.bench.recordings import RecordedTurn
from omost_pipeline.bench.replay import RecordedCache
from omost_pipeline.bench.shapes import random_model
from omost_pipeline.canvas.parser import parse_canvas
from omost_pipeline.composer.local.decoding import Sampling, decode
from omost_pipeline.composer.local.drafts import Drafts
from omost_pipeline.composer.local.kv_pool import KvPool
from omost_pipeline.composer.local.llm import LocalLlm, common_suffix
from omost_pipeline.composer.local.shared_drafts import SharedDrafts
from omost_pipeline.composer.local.weights import load_model
from omost_pipeline.composer.protocol import ComposeOptions, Turn
from omost_pipeline.composer.samples import model_replies
from omost_pipeline.memory import KV_CACHES
from omost_pipeline.profiles import PROFILES

COUNTS = (2, 4, 8)
"""Conversations that alternate."""

_TURNS = {"bundled": 5, "0.5b": 2}
"""Turns of each conversation."""

_REPEATS = {"bundled": 5, "0.5b": 1}
"""Runs in each order, of which the best counts: other programs take time, and time tells how long drafts may be."""

_MORE = (
    (
        "a green car next to a red balloon",
        "make the balloon blue",
        "add a white house on the left",
        "make the car bigger",
        "remove the balloon",
    ),
    (
        "a yellow bird in a tree",
        "make the bird red",
        "add a brown dog at the bottom",
        "move the dog to the right",
        "make it night",
    ),
    (
        "a red house on the left and a green tree on the right",
        "make the tree yellow",
        "add a black cat in the middle",
        "make the cat bigger",
        "take the tree away",
    ),
)
"""The last begins as the first conversation does."""


class Order(TypedDict):
    """All turns in one order."""

    forwards: int
    seconds: float


class Figures(TypedDict):
    """The two orders beside each other. ``kv_bytes`` is what idle KV caches took at most."""

    model: str
    conversations: int
    turns: int
    sequential: Order
    alternating: Order
    forwards_ratio: float
    seconds_ratio: float
    kv_bytes: int
    same_text: bool


class Report(TypedDict):
    kv_limit_bytes: int
    runs: list[Figures]


@dataclass(frozen=True)
class _Run:
    forwards: int
    seconds: float
    kv_bytes: int
    texts: dict[tuple[int, int], str]


class _Writer:
    """Writes turns of conversations, in whatever order; ``write`` is one turn."""

    def __init__(self, pool: Callable[[], KvPool], write: Callable[[int, int], str]) -> None:
        self.pool, self.write = pool, write


def run(counts: Sequence[int] = COUNTS, shapes: Sequence[str] = ("bundled", "0.5b")) -> Report:
    """Hold conversations one after another and turn about, with each of the models."""
    llm = _bundled()
    recorded = _recorded(llm())
    makers: dict[str, Callable[[], _Writer]] = {"bundled": lambda: _talking(llm())}
    if "0.5b" in shapes:
        model = random_model("0.5b")
        makers["0.5b"] = lambda: _replaying(RecordedCache(model), llm(), recorded)
    return {
        "kv_limit_bytes": KV_CACHES,
        "runs": [_compared(shape, makers[shape], count) for shape in shapes for count in counts],
    }


def _compared(shape: str, make: Callable[[], _Writer], count: int) -> Figures:
    turns = _TURNS[shape]
    sequential = [(conversation, turn) for conversation in range(count) for turn in range(turns)]
    alternating = sorted(sequential, key=lambda place: place[::-1])
    pairs = [(_held(make(), sequential), _held(make(), alternating)) for _ in range(_REPEATS[shape])]
    one, other = (_best(runs) for runs in zip(*pairs, strict=True))
    return {
        "model": shape,
        "conversations": count,
        "turns": turns,
        "sequential": {"forwards": one.forwards, "seconds": one.seconds},
        "alternating": {"forwards": other.forwards, "seconds": other.seconds},
        "forwards_ratio": other.forwards / one.forwards,
        "seconds_ratio": other.seconds / one.seconds,
        "kv_bytes": max(one.kv_bytes, other.kv_bytes),
        "same_text": all(found.texts == one.texts for pair in pairs for found in pair),
    }


def _best(runs: Sequence[_Run]) -> _Run:
    forwards, seconds = min(found.forwards for found in runs), min(found.seconds for found in runs)
    return _Run(forwards, seconds, max(found.kv_bytes for found in runs), runs[0].texts)


def _held(writer: _Writer, order: Sequence[tuple[int, int]]) -> _Run:
    texts, kv_bytes, started = {}, 0, time.perf_counter()
    for place in order:
        texts[place] = writer.write(*place)
        kv_bytes = max(kv_bytes, writer.pool().nbytes)
    return _Run(writer.pool().passes, time.perf_counter() - started, kv_bytes, texts)


def _bundled() -> Callable[[], LocalLlm]:
    folder = PROFILES["tiny"].composer
    model, tokenizer = load_model(folder, "cpu")
    samples = model_replies(Path(folder))
    return lambda: LocalLlm(model, tokenizer, grammar=True, samples=samples)


def _words() -> tuple[tuple[str, ...], ...]:
    return (*CONVERSATIONS, *_MORE)


def _talking(llm: LocalLlm) -> _Writer:
    """The bundled model talks, with its own canvases as the history of each conversation."""
    histories: dict[int, list[Turn]] = {}

    def write(conversation: int, turn: int) -> str:
        words, history = _words()[conversation][turn], histories.setdefault(conversation, [])
        text = "".join(llm.compose(history, words, ComposeOptions()))
        history.append(Turn(words, parse_canvas(text).canvas))
        return text

    return _Writer(lambda: llm.pool, write)


def _recorded(llm: LocalLlm) -> dict[tuple[int, int], RecordedTurn]:
    """The same conversations in tokens, for a model with no opinions of its own."""
    found = {}
    for conversation in range(max(COUNTS)):
        history: list[Turn] = []
        for turn, words in enumerate(_words()[conversation][: _TURNS["0.5b"]]):
            prompt = llm.prompt(history, words, ComposeOptions.max_new_tokens).ids
            text = "".join(llm.compose(history, words, ComposeOptions()))
            history.append(Turn(words, parse_canvas(text).canvas))
            found[conversation, turn] = RecordedTurn(prompt, tuple(llm.tokens_of(text)))
    return found


def _replaying(blank: RecordedCache, llm: LocalLlm, recorded: dict[tuple[int, int], RecordedTurn]) -> _Writer:
    """``blank``'s model writes what was recorded, with the caches and drafts that a composer has."""
    pool = KvPool(blank)
    first, other = (llm.prompt((), words, 8).ids for words in ("a house", "trees"))
    samples = [llm.tokens_of(reply) for reply in model_replies(Path(PROFILES["tiny"].composer))]
    drafts = SharedDrafts(lambda: Drafts(samples), common_suffix(first, other))
    sampling = Sampling(ComposeOptions.temperature, ComposeOptions.top_p, ComposeOptions.seed)

    def tokens(turn: RecordedTurn, edits: bool) -> Iterator[int]:
        cache = pool.take(turn.prompt)
        assert isinstance(cache, RecordedCache)  # as the blank one is
        cache.text = (*turn.prompt, *turn.reply)
        own = drafts.take(cache, turn.prompt, edits)
        yield from decode(cache, turn.prompt, sampling, (), len(turn.reply), own)
        drafts.give_back(own, cache)
        pool.give_back(cache, turn.prompt)

    def write(conversation: int, turn: int) -> str:
        return " ".join(map(str, tokens(recorded[conversation, turn], edits=turn > 0)))

    return _Writer(lambda: pool, write)
