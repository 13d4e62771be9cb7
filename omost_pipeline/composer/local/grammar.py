"""What a reply may say, token by token.

Where the grammar leaves one continuation, the model need not be asked. Knows tokens through llguidance; knows no model.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Sequence

import numpy as np
import torch
from llguidance import LLMatcher, LLTokenizer
from llguidance.hf import from_tokenizer
from transformers import PreTrainedTokenizerBase

from omost_pipeline.composer.language import canvas_lark
from omost_pipeline.errors import ComposerError

_ENDS = ("'", '"', "\n", "''", '""')
"""What ends a string or a comment; of two quotes behind a backslash, the second does."""


_LEADS = ("\n", "x", "\N{EM DASH}", "\x02")
"""What a text may follow in order to be cut as in the middle of another; with one of them it shares no token."""


class CanvasGrammar:
    """The grammar over one tokenizer's tokens; costly to make, shared by all replies.

    Raises:
        ComposerError: if the tokenizer is of a kind that cannot be followed byte by byte.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, vocabulary: int, stop: Collection[int]) -> None:
        try:
            # The library's hints name the fast class only; every tokenizer with a tokenizer.json is one.
            self._tokens: LLTokenizer = from_tokenizer(
                tokenizer,  # type: ignore[arg-type]
                n_vocab=max(vocabulary, len(tokenizer)),  # some know tokens that their model cannot write
                eos_token=sorted(stop),
            )
        except (ValueError, TypeError) as error:
            raise ComposerError(f"The Canvas grammar cannot follow this model's tokenizer: {error}") from error
        self._beginning = LLMatcher(self._tokens, LLMatcher.grammar_from_lark(canvas_lark()))
        _checked(self._beginning)
        self._tokenizer = tokenizer
        self._vocabulary = vocabulary
        self._sorted = sorted(self.text([token]) for token in range(len(tokenizer)))
        self._runs: dict[bytes, list[int]] = {}

    def rules(self) -> Rules:
        """The rules at the beginning of a reply."""
        return Rules(self, self._beginning.deep_copy(), self._vocabulary)

    def text(self, tokens: Sequence[int]) -> bytes:
        """What ``tokens`` stand for."""
        return self._tokens.decode_bytes(list(tokens))

    def tokens_of(self, text: str) -> list[int]:
        """``text`` in tokens, as it stands in the middle of a text, whatever follows it.

        SentencePiece begins every text with a space of its own, so something must stand before this one.
        """
        tokens = self._encoded(text)
        if self.text(tokens) == text.encode():
            return tokens
        for lead in _LEADS:
            before, both = self._encoded(lead), self._encoded(lead + text)
            tokens = both[len(before) :]
            if both[: len(before)] == before and self.text(tokens) == text.encode():
                return tokens
        return []

    def _encoded(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(text, add_special_tokens=False))

    def tokens(self, text: bytes) -> list[int]:
        """The tokens that ``text`` certainly begins with, whatever follows it, as the model would write them."""
        if text not in self._runs:
            self._runs[text] = self._certain(text)
        return self._runs[text]

    def _certain(self, text: bytes) -> list[int]:
        certain: list[int] = []
        for token in self.tokens_of(text.decode("utf-8", "ignore")):
            piece = self.text([token])
            if self._may_grow(text) or not text.startswith(piece):
                break
            certain.append(token)
            text = text[len(piece) :]
        return certain

    def _may_grow(self, text: bytes) -> bool:
        """Whether some token begins with ``text`` and goes on."""
        place = bisect_right(self._sorted, text)
        return place < len(self._sorted) and self._sorted[place].startswith(text)


class Rules:
    """Follows one reply."""

    def __init__(self, grammar: CanvasGrammar, matcher: LLMatcher, vocabulary: int) -> None:
        self._grammar = grammar
        self._matcher = matcher
        self._vocabulary = vocabulary

    @property
    def ended(self) -> bool:
        """Whether nothing can follow."""
        return self._matcher.is_stopped()

    def allows(self, token: int) -> bool:
        """Whether ``token`` may come next; a hundred times quicker than :meth:`allowed`."""
        return self._matcher.validate_tokens([token]) == 1

    def allowed(self) -> torch.Tensor:
        """Which tokens may come next: boolean (vocabulary,), on the CPU."""
        packed = np.frombuffer(self._matcher.compute_bitmask(), dtype=np.uint8)
        bits = np.unpackbits(packed, bitorder="little")[: self._vocabulary]
        _checked(self._matcher)
        return torch.from_numpy(bits.astype(np.bool_))

    def forced(self) -> list[int]:
        """The tokens that must come next, often none; they count as read.

        Not the library's own answer, which does not know tokens that hold whole runs of text.
        """
        if self.ended or not (text := self._matcher.compute_ff_bytes()):
            return []
        tokens = self._grammar.tokens(text)
        self.read(tokens)
        return tokens

    def close(self) -> list[int]:
        """End the string or the comment that is being written: the tokens that do, or none where none is.

        What ends one leaves no choice in what follows it; the other kind of quote inside a string does.
        """
        for mark in _ENDS:
            if not (tokens := self._grammar.tokens_of(mark)):
                continue
            ahead = self._matcher.deep_copy()
            if ahead.try_consume_tokens(tokens) == len(tokens) and ahead.compute_ff_bytes():
                self.read(tokens)
                return tokens
        return []

    def read(self, tokens: Sequence[int]) -> None:
        """The reply goes on with ``tokens``."""
        for token in tokens:
            self._matcher.consume_token(token)
        _checked(self._matcher)


def _checked(matcher: LLMatcher) -> None:
    if matcher.is_error():
        raise ComposerError(f"The Canvas grammar failed: {matcher.get_error()}")
