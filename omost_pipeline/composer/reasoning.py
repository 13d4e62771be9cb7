"""What a model thinks aloud before it answers, told apart from the answer while both arrive.

Thoughts often hold a whole draft of a canvas. Knows the marks around thoughts; knows no canvas but where one begins.
"""

from __future__ import annotations

import re

_NAMES = ("think", "thinking", "thought", "thoughts", "reasoning", "reflection", "analysis", "scratchpad", "seed:think")
_PAIRS = {
    **{f"<{name}>": f"</{name}>" for name in _NAMES},
    "[think]": "[/think]",
    "◁think▷": "◁/think▷",
    "<|begin_of_thought|>": "<|end_of_thought|>",
    "<|start_thinking|>": "<|end_thinking|>",
    "<|channel|>analysis": "<|channel|>final<|message|>",
    "<|channel>thought": "<channel|>",
}
"""How thoughts begin and end, in small letters."""

_LONGEST = max(len(mark) for pair in _PAIRS.items() for mark in pair)
_BEGINS = re.compile("|".join(map(re.escape, _PAIRS)), re.IGNORECASE)
_LONE_END = re.compile("|".join(re.escape(end) for end in _PAIRS.values()), re.IGNORECASE)
_CANVAS_BEGUN = "set_global_description("


class Reasoning:
    """Reads a reply piece by piece and gives back what is no thought.

    A mark inside the canvas is text like any other, so that no string of it can hide the rest.
    """

    def __init__(self) -> None:
        self.thinking = False
        """Whether thoughts have begun that have not ended."""
        self.thought = False
        """Whether there were any."""
        self._end = "</think>"
        self._held = ""  # what may be the beginning of a mark
        self._thoughts = ""
        self._given = ""  # the end of what was given
        self._canvas = False

    def feed(self, piece: str) -> str:
        """What of the text so far is certainly an answer and was not given yet."""
        text, answer = self._held + piece, ""
        while True:
            if self.thinking:
                text, ended = self._skip(text)
                if not ended:
                    break
            elif not self._canvas and (begin := _BEGINS.search(text)) and not self._begun(text[: begin.start()]):
                answer += text[: begin.start()]
                self.thinking, self._end, self._thoughts = True, _PAIRS[begin[0].lower()], ""
                self.thought = True
                text = text[begin.end() :]
            else:
                shown, text = self._shown(text)
                answer += shown
                break
        self._held = text
        self._given = (self._given + answer)[-len(_CANVAS_BEGUN) :]
        return answer

    def finish(self, whole: bool = True) -> str:
        """What was held back. Of a reply that came to its own end (``whole``) within its thoughts, they are the answer:
        somebody forgot the mark."""
        held, self._held = self._held, ""
        if not self.thinking:
            return held
        return self._thoughts + held if whole else ""

    def _skip(self, text: str) -> tuple[str, bool]:
        place = text.lower().find(self._end)
        if place >= 0:
            self.thinking = False
            return text[place + len(self._end) :], True
        kept = len(self._end) - 1
        self._thoughts += text[:-kept]
        return text[-kept:], False

    def _shown(self, text: str) -> tuple[str, str]:
        """What can be given, and what may be the beginning of a mark."""
        if not self._canvas:
            self._begun(text)
        if self._canvas:
            return text, ""
        for start in range(max(len(text) - _LONGEST, 0), len(text)):
            tail = text[start:].lower()
            if any(mark.startswith(tail) for mark in _PAIRS):
                return text[:start], text[start:]
        return text, ""

    def _begun(self, text: str) -> bool:
        self._canvas = self._canvas or _CANVAS_BEGUN in self._given + text
        return self._canvas


def after_thoughts(text: str) -> str | None:
    """What follows the last mark that ends thoughts of which nobody saw the beginning; None without such a mark."""
    ends = list(_LONE_END.finditer(text))
    return text[ends[-1].end() :] if ends else None


def lead_to_answer(prompt: str) -> str:
    """What must be added to a prompt so that the answer begins right behind it: the end of thoughts that it has begun,
    or the channel of answers where a reply begins by naming its channel (gpt-oss). Empty for most."""
    end = prompt.rstrip().lower()
    if end.endswith("<|start|>assistant"):
        return "<|channel|>final<|message|>"
    begun = next((mark for mark in _PAIRS if end.endswith(mark)), "")
    if not begun:
        return ""
    loud = prompt.rstrip().endswith(begun.upper()) and begun != begun.upper()
    return f"\n{_PAIRS[begun].upper() if loud else _PAIRS[begun]}\n\n"
