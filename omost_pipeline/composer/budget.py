"""Which turns of a conversation the model gets to see.

Each turn's canvas is the whole state, so leaving old turns out loses almost nothing: the system prompt, the newest
canvas and the new words always stay; older turns fill what room is left, newest first; the reply keeps its own room.
A canvas so long that there is no room to write it again loses details of its texts, but nothing that stands in it.
Pure; knows no tokenizer (an ``encode`` function is passed in) and no model.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.composer.protocol import Turn
from omost_pipeline.errors import BudgetError

CONTEXT_LIMIT = 8192
"""Tokens that Omost models handle well, whatever their config claims (omost-facts §5)."""

_LEAST_REPLY_SHARE = 8
"""At least one part in so many of the context is kept for the reply, even where the newest canvas is very long."""

_GOOD_REPLY_SHARE = 4
"""One part in so many is kept for the reply before a second turn is let in."""

_SHORT = 8
"""Turns of a conversation that is tried whole first."""

_DETAILS = (4, 2, 1, 0)
"""How many details of each element are told, one after the other, where the whole canvas is too long."""

Encode = Callable[[Sequence[Turn], str], Sequence[int]]
"""(history, words) → token ids of the whole prompt. A longer history must not give fewer ids."""


@dataclass(frozen=True)
class Prompt:
    """A prompt that fits: token ids, how many of the newest turns are in it, and tokens left for the reply (≥ 1).

    ``history`` is those turns as they are told; the words and details of the only one may have been left out.
    """

    ids: tuple[int, ...]
    turns: int
    reply_room: int
    history: tuple[Turn, ...] = ()


def least_reply(context: int, max_new_tokens: int) -> int:
    """Tokens without which a reply is not worth beginning."""
    return max(1, min(max_new_tokens, context // _LEAST_REPLY_SHARE))


def good_reply(context: int, max_new_tokens: int, newest: int) -> int:
    """Tokens an edit wants: it writes a canvas of ``newest`` tokens again and may add half as much to it."""
    wanted = max(context // _GOOD_REPLY_SHARE, newest + newest // 2)
    return max(least_reply(context, max_new_tokens), min(max_new_tokens, wanted))


def fit(history: Sequence[Turn], words: str, encode: Encode, context: int, max_new_tokens: int) -> Prompt:
    """The longest prompt, counted in turns from the newest, that leaves room for a reply within ``context`` tokens.

    Where the newest canvas could not be written again in that room, its elements are told with fewer details; where
    even so there is too little, the newest turn's own words are left out: its canvas already says what came of them.

    Raises:
        BudgetError: if the system prompt, the newest canvas and ``words`` leave less than the least room for a reply.
    """
    if len(history) <= _SHORT:  # as most are: then one encoding may do
        ids = encode(history, words)
        if len(ids) + good_reply(context, max_new_tokens, len(ids)) <= context:
            return Prompt(tuple(ids), len(history), min(max_new_tokens, context - len(ids)), tuple(history))
    alone = len(encode((), words))
    ids, told = _newest_only(history, words, alone, encode, context, max_new_tokens)
    if told == tuple(history[-1:]) != ():
        limit = context - good_reply(context, max_new_tokens, len(ids) - alone)
        prompts = {1: ids}

        def tokens(count: int) -> int:
            if count not in prompts:
                prompts[count] = encode(history[-count:], words)
            return len(prompts[count])

        count = _most_turns(len(history), limit, tokens)
        ids, told = prompts[count], tuple(history[-count:])
    return Prompt(tuple(ids), len(told), min(max_new_tokens, context - len(ids)), told)


def _newest_only(
    history: Sequence[Turn], words: str, alone: int, encode: Encode, context: int, max_new_tokens: int
) -> tuple[Sequence[int], tuple[Turn, ...]]:
    """The prompt with the newest turn alone, and that turn as it is told in it; neither too long.

    ``alone`` is the length of the prompt without any turn.
    """
    least = least_reply(context, max_new_tokens)
    told = []
    for turns in _tellings(tuple(history[-1:])):
        ids = encode(turns, words)
        if context - len(ids) >= max(least, min(max_new_tokens, len(ids) - alone)):
            return ids, turns
        told.append((ids, turns))
    for ids, turns in told:
        if context - len(ids) >= least:
            return ids, turns
    for _, turns in told:
        wordless = tuple(replace(turn, words="") for turn in turns)
        ids = encode(wordless, words)
        if context - len(ids) >= least:
            return ids, wordless
    raise BudgetError(
        f"The message makes a prompt of {len(ids)} tokens ({len(ids) - alone} of them the newest canvas), but the "
        f"model has room for {context - least} before its reply: send a shorter message"
        + (" or start a new conversation." if history else ".")
    )


def _most_turns(total: int, limit: int, tokens: Callable[[int], int]) -> int:
    """How many turns fit ``limit``, at least one, by few looks at ``tokens``, which grows with their number.

    The number found has been looked at, unless it is one.
    """
    enough = 2
    while enough < total and tokens(enough) <= limit:
        enough *= 2
    return 1 + bisect_right(range(2, min(enough, total) + 1), limit, key=tokens)


def _tellings(turns: tuple[Turn, ...]) -> list[tuple[Turn, ...]]:
    """The same turns as they are, then with fewer and fewer details."""
    told = [turns]
    for most in _DETAILS:
        shorter = tuple(replace(turn, canvas=condensed(turn.canvas, most)) for turn in turns)
        if shorter != told[-1]:
            told.append(shorter)
    return told


def condensed(canvas: Canvas, most: int) -> Canvas:
    """The canvas with at most ``most`` detailed descriptions of each element."""
    scene = replace(canvas.scene, detailed_descriptions=canvas.scene.detailed_descriptions[:most])
    each = (replace(region, detailed_descriptions=region.detailed_descriptions[:most]) for region in canvas.regions)
    return Canvas(scene, tuple(each))
