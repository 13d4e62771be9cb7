"""Measures a composer by held-out conversations: the share of messages after which the canvas is exactly right.

Each message is asked with the right history before it, so that one mistake counts once. Takes any reply function; knows
no model of its own.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict, get_args

from transformers import AutoModelForCausalLM

from omost_pipeline.canvas.codec import canvas_to_reply
from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.canvas.parser import parse_canvas
from omost_pipeline.errors import OmostError
from omost_pipeline.training.composer_model import WEIGHTS, greedy_reply
from omost_pipeline.training.composer_tokenizer import load_tokenizer
from omost_pipeline.world.dialogues import BEYOND, IN_WORLD, Message, Plan, converse
from omost_pipeline.world.edits import EditKind

Chat = Sequence[dict[str, str]]
Reply = Callable[[Chat], str]

CONVERSATIONS = 500
CONVERSATIONS_BEYOND = 100
SEED = 5


class Right(TypedDict):
    """Shares (0…1) of messages answered by the exactly right canvas; ``compound`` are two edits in one message."""

    first: float
    edits: dict[str, float]
    compound: float


class Shares(Right):
    """What is right about the world, what where things beyond it come up, and the share of replies that parse."""

    beyond: Right
    parse: float


@dataclass(frozen=True)
class Answer:
    """A held-out message, what was replied, and the canvas read from it (``None`` where there is none)."""

    message: Message
    reply: str
    canvas: Canvas | None

    @property
    def right(self) -> bool:
        return self.canvas == self.message.canvas


def answers(
    reply: Reply, conversations: int = CONVERSATIONS, plan: Plan = IN_WORLD, seed: int = SEED
) -> Iterator[Answer]:
    """Ask every message of the held-out conversations, one at a time, in order."""
    rng = random.Random(seed)
    for _ in range(conversations):
        chat: list[dict[str, str]] = []
        for message in converse(rng, plan, evaluation=True):
            chat.append({"role": "user", "content": message.words})
            text = reply(chat)
            yield Answer(message, text, _read(text))
            chat.append({"role": "assistant", "content": canvas_to_reply(message.canvas)})


def right(asked: Sequence[Answer]) -> Right:
    """Sum answers up. A kind that was never asked counts as 0."""
    count = Counter(answer.message.kind for answer in asked)
    hits = Counter(answer.message.kind for answer in asked if answer.right)
    share = {kind: hits[kind] / max(1, count[kind]) for kind in ("first", "compound", *get_args(EditKind))}
    edits = {kind: share[kind] for kind in get_args(EditKind)}
    return Right(first=share["first"], edits=edits, compound=share["compound"])


def evaluate(reply: Reply, conversations: int = CONVERSATIONS, beyond: int = CONVERSATIONS_BEYOND) -> Shares:
    """The shares of a reply function on held-out conversations, so many in the world and so many beyond it."""
    return shares(list(answers(reply, conversations)), list(answers(reply, beyond, BEYOND)))


def shares(asked: Sequence[Answer], beyond: Sequence[Answer]) -> Shares:
    """Sum the answers in the world and those beyond it up."""
    both = (*asked, *beyond)
    parsed = sum(answer.canvas is not None for answer in both) / max(1, len(both))
    return Shares(**right(asked), beyond=right(beyond), parse=parsed)


def _read(text: str) -> Canvas | None:
    try:
        return parse_canvas(text).canvas
    except OmostError:
        return None


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Evaluate a composer checkpoint on held-out conversations.")
    parser.add_argument("--model", type=Path, default=WEIGHTS, help="a folder in transformers' layout")
    parser.add_argument("--conversations", type=int, default=CONVERSATIONS)
    parser.add_argument("--mistakes", type=int, default=0, help="how many wrong answers to print")
    options = parser.parse_args(arguments)
    model = AutoModelForCausalLM.from_pretrained(options.model)
    reply = greedy_reply(model, load_tokenizer(options.model))
    asked = list(answers(reply, options.conversations))
    for answer in [answer for answer in asked if not answer.right][: options.mistakes]:
        print(f"[{answer.message.kind}] {answer.message.words}\n{_difference(answer)}\n")
    print(json.dumps(shares(asked, list(answers(reply, options.conversations // 5, BEYOND))), indent=2))


def _difference(answer: Answer) -> str:
    if answer.canvas is None:
        return f"  no canvas: {answer.reply!r}"
    right, wrong = (canvas_to_reply(canvas).splitlines() for canvas in (answer.message.canvas, answer.canvas))
    lines = [
        f"  {line.strip()}  (not: {other.strip()})" for line, other in zip(right, wrong, strict=False) if line != other
    ]
    return "\n".join(lines[:8] + [f"  {len(right)} lines, not {len(wrong)}"] * (len(right) != len(wrong)))


if __name__ == "__main__":
    main()
