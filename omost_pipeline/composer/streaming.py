"""From token ids to text as it grows, and where a reply ends.

Knows no model and no canvas beyond the fence around its code.
"""

from __future__ import annotations

from transformers import PreTrainedTokenizerBase

from omost_pipeline.composer.repetition import Repetition

PATIENCE = 200
"""Characters of words behind a block of code in which another may begin."""

_WITHOUT_REGIONS = 5
"""How many times as patient one is with a canvas that has no regions yet: it will hardly be whole."""

_INCOMPLETE = "\N{REPLACEMENT CHARACTER}"
_FENCE = "\n```"
_REGION_BEGUN = "add_local_description("
_CANVAS_BEGUN = "set_global_description("


class TextPieces:
    """Decodes a run of tokens piece by piece; the pieces joined are the decoded whole.

    A character whose bytes are spread over several tokens is held back until it is complete. Special tokens have no
    text.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self._tokenizer = tokenizer
        self._before: list[int] = []  # the tokens of the last piece: some decoders treat a run's first token specially
        self._said = ""  # what they decode to
        self._pending: list[int] = []

    def push(self, token: int) -> str:
        """The text that ``token`` completes; may be empty."""
        self._pending.append(token)
        piece = self._new_text()
        if not piece or piece.endswith(_INCOMPLETE):
            return ""
        self._before, self._pending = self._pending, []
        self._said = self._text(self._before)
        return piece

    def finish(self) -> str:
        """What was still held back, with U+FFFD for bytes that never became a character."""
        piece = self._new_text() if self._pending else ""
        self._before, self._said, self._pending = [], "", []
        return piece

    def _new_text(self) -> str:
        return self._text(self._before + self._pending)[len(self._said) :]

    def _text(self, ids: list[int]) -> str:
        text = self._tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        assert isinstance(text, str)  # one run of ids gives one text
        return text


class ReplyEnd:
    """Notices where a reply should end, for models that go on: at the fence that closes its canvas, or in a circle.

    What a model says over and over ends nowhere. A reply that can be led out of it goes on; else it is whole enough
    without, as a canvas that ends early keeps what it has said.
    """

    def __init__(self, patience: int = 0) -> None:
        """``patience`` is how many characters behind the fence are waited for another block of code, which many models
        divide a canvas into; several times as many where no region has come yet."""
        self._patience = patience
        self._tail = ""
        self._begun = False
        self._inside = True
        self._regions = False
        self._since = 0
        self._repetition = Repetition()
        self.circling = False
        """Whether the end is a repetition."""

    def feed(self, piece: str) -> bool:
        """True once a line with the closing fence has come after a canvas was begun and nothing that goes on with it
        within the patience, or the text repeats itself.

        A canvas string cannot hold the fence: it has no line breaks inside.
        """
        text = self._tail + piece
        start = 0
        if not self._begun:
            found = text.find(_CANVAS_BEGUN)
            self._begun = found >= 0
            start = max(found, 0)
        self._regions = self._regions or _REGION_BEGUN in text
        while self._begun and (fence := text.find(_FENCE, start)) >= 0:
            self._inside, self._since = not self._inside, 0
            start = fence + len(_FENCE)
            if not self._inside and not self._patience:
                return True
        if self._begun and not self._inside:
            self._since = 0 if _REGION_BEGUN in text[start:] else self._since + min(len(piece), len(text) - start)
            if self._since > (self._patience if self._regions else _WITHOUT_REGIONS * self._patience):
                return True
        self._tail = text[start:][-len(_CANVAS_BEGUN) :]
        self.circling = self._repetition.feed(piece)
        return self.circling

    @property
    def closed(self) -> bool:
        """Whether a block of code with a canvas has been closed."""
        return self._begun and not self._inside

    def go_on(self) -> None:
        """The text was led out of its circle."""
        self._repetition, self.circling = Repetition(), False
