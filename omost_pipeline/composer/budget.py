"""Which turns of a conversation the model gets to see.

Each turn's canvas is the whole state, so leaving old turns out loses almost nothing: the system prompt, the newest
canvas and the new words always stay; older turns fill what room is left, newest first; the reply keeps its own room.
Pure; knows no tokenizer (an ``encode`` function is passed in) and no model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from omost_pipeline.composer.composer import Turn
from omost_pipeline.errors import BudgetError

CONTEXT_LIMIT = 8192
"""Tokens that Omost models handle well, whatever their config claims (omost-facts §5)."""

_LEAST_REPLY_SHARE = 8
"""At least one part in so many of the context is kept for the reply, even where the newest canvas is very long."""

_GOOD_REPLY_SHARE = 4
"""One part in so many is kept for the reply before a second turn is let in."""

Encode = Callable[[Sequence[Turn], str], Sequence[int]]
"""(history, words) → token ids of the whole prompt. A longer history must not give fewer ids."""


@dataclass(frozen=True)
class Prompt:
    """A prompt that fits: token ids, how many of the newest turns are in it, and tokens left for the reply (≥ 1)."""

    ids: tuple[int, ...]
    turns: int
    reply_room: int


def least_reply(context: int, max_new_tokens: int) -> int:
    """Tokens without which a reply is not worth beginning."""
    return max(1, min(max_new_tokens, context // _LEAST_REPLY_SHARE))


def good_reply(context: int, max_new_tokens: int, newest: int) -> int:
    """Tokens an edit wants: it writes a canvas of ``newest`` tokens again and may add half as much to it."""
    wanted = max(context // _GOOD_REPLY_SHARE, newest + newest // 2)
    return max(least_reply(context, max_new_tokens), min(max_new_tokens, wanted))


def fit(history: Sequence[Turn], words: str, encode: Encode, context: int, max_new_tokens: int) -> Prompt:
    """The longest prompt, counted in turns from the newest, that leaves room for a reply within ``context`` tokens.

    Where even the newest turn and ``words`` leave too little room, the newest turn's own words are left out: its
    canvas already says what came of them.

    Raises:
        BudgetError: if the system prompt, the newest canvas and ``words`` leave less than the least room for a reply.
    """
    ids = _newest_only(history, words, encode, context - least_reply(context, max_new_tokens))
    turns = min(len(history), 1)
    if history:
        newest = len(ids) - len(encode((), words))
        limit = context - good_reply(context, max_new_tokens, newest)
        for count in range(2, len(history) + 1):
            longer = encode(history[-count:], words)
            if len(longer) > limit:
                break
            ids, turns = longer, count
    return Prompt(tuple(ids), turns, min(max_new_tokens, context - len(ids)))


def _newest_only(history: Sequence[Turn], words: str, encode: Encode, limit: int) -> Sequence[int]:
    newest = tuple(history[-1:])
    ids = encode(newest, words)
    if len(ids) > limit:
        ids = encode(tuple(replace(turn, words="") for turn in newest), words)
    if len(ids) > limit:
        alone = len(encode((), words))
        raise BudgetError(
            f"The message makes a prompt of {len(ids)} tokens ({len(ids) - alone} of them the newest canvas), but the "
            f"model has room for {limit} before its reply: send a shorter message"
            + (" or begin a new conversation." if newest else ".")
        )
    return ids
