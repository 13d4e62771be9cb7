"""Measures an exported composer, greedily and without its prompt's trimming, and shows its mistakes.

For looking at a checkpoint while it trains; what users measure is ``omost-bot bench dialogue``. Knows no marking of its
own.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from transformers import AutoModelForCausalLM

from omost_pipeline.canvas.codec import canvas_to_reply
from omost_pipeline.training.composer_model import WEIGHTS, greedy_reply
from omost_pipeline.training.composer_tokenizer import load_tokenizer
from omost_pipeline.world.dialogues import BEYOND, STORIES
from omost_pipeline.world.evaluate_dialogue import CONVERSATIONS, Answer, answers, right, shares


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
        print(f"[{answer.message.kind}] {answer.message.words}\n{difference(answer)}\n")
    beyond = list(answers(reply, options.conversations // 5, BEYOND))
    stories = right(list(answers(reply, options.conversations // 5, STORIES)))
    print(json.dumps({**shares(asked, beyond), "stories": stories}, indent=2))


def difference(answer: Answer) -> str:
    """The lines of the right reply that the given one has otherwise, at most eight of them."""
    if answer.canvas is None:
        return f"  no canvas: {answer.reply!r}"
    wanted, given = (canvas_to_reply(canvas).splitlines() for canvas in (answer.message.canvas, answer.canvas))
    lines = [
        f"  {line.strip()}  (not: {other.strip()})" for line, other in zip(wanted, given, strict=False) if line != other
    ]
    return "\n".join(lines[:8] + [f"  {len(wanted)} lines, not {len(given)}"] * (len(wanted) != len(given)))


if __name__ == "__main__":
    main()
