"""Conversations with the bundled model, each reply measured: what it takes from a message's words to the whole text.

Every kind of edit occurs. The composer is the bot's own, with grammar, guesses and the memory of the conversation; it
meets each conversation for the first time.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from omost_pipeline.bench.measured import Measured, timed
from omost_pipeline.bench.published import generate_seconds
from omost_pipeline.canvas.parser import parse_canvas
from omost_pipeline.composer.local.llm import LocalLlm
from omost_pipeline.composer.local.weights import load_model
from omost_pipeline.composer.protocol import ComposeOptions, Turn
from omost_pipeline.composer.samples import model_replies
from omost_pipeline.profiles import PROFILES

CONVERSATIONS = (
    (
        "a red house on the left and a green tree on the right",
        "make the house blue",
        "add a yellow sun at the top",
        "make the tree bigger",
        "remove the house",
    ),
    (
        "a black cat and a white dog at the beach",
        "replace the cat with a bird",
        "move the dog to the left",
        "add a purple ball",
        "make it night",
    ),
    (
        "three flowers in the snow",
        "turn one of the flowers pink",
        "add a large mountain on the right",
        "undo that",
        "make the flowers smaller",
    ),
    (
        "a fish, a star and a boat in the deep sea",
        "change the star to a heart",
        "make the boat orange",
        "put the fish at the bottom",
        "add two green fish",
    ),
    (
        "a big yellow moon over a car",
        "paint the car red",
        "move the moon to the top left",
        "add a white cloud on the right",
        "take the car away",
    ),
)
"""What people say, conversation by conversation."""


def converse(wall: bool) -> Iterator[Measured]:
    """Hold the conversations; with ``wall``, have ``generate`` write the same replies with the same weights.

    Both ways have written something before the clock starts, so that neither pays for what happens once.
    """
    folder = PROFILES["tiny"].composer
    model, tokenizer = load_model(folder, "cpu")
    samples, options = model_replies(Path(folder)), ComposeOptions()
    warmed = "".join(LocalLlm(model, tokenizer, grammar=True, samples=samples).compose((), "a tree", options))
    if wall:
        generate_seconds(model, [0], tokenizer.encode(warmed, add_special_tokens=False), tokenizer)
    llm = LocalLlm(model, tokenizer, grammar=True, samples=samples)
    for number, conversation in enumerate(CONVERSATIONS, 1):
        history: list[Turn] = []
        for turn, words in enumerate(conversation):
            before, started = llm.passes, time.perf_counter()
            written = timed(llm.compose(history, words, options), started)
            forwards, text = llm.passes - before, "".join(written.parts)
            prompt = llm.prompt(history, words, options.max_new_tokens).ids
            reply = tokenizer.encode(text, add_special_tokens=False)
            generate = generate_seconds(model, prompt, reply, tokenizer) if wall else None
            preview = written.until_layout(written.parts)
            yield Measured(f"conversation {number}", turn, len(reply), forwards, written.seconds, preview, generate)
            history.append(Turn(words, parse_canvas(text).canvas))
