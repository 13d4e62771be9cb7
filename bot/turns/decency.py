"""Words and patterns that are not drawn: what people ask for and what the language model writes are held against them.

Each rule has its reason, in as many languages as its maker wrote it, and the places in which it holds. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

from bot.catalogues.catalogue import DEFAULT, language_for
from bot.catalogues.text import Text, Wording

_LONGEST = 100_000
"""Characters that are looked at; nothing that is drawn has more."""


@dataclass(frozen=True)
class Rule:
    """What is not drawn, why (language → words), and where: everywhere, or in ``places``; never in ``except_in``.

    Words are found whole, whatever their case, accents and invisible characters; words of scripts without blanks
    are found anywhere. Patterns are Python's regular expressions and search the same text.
    """

    words: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    reason: Mapping[str, str] = field(default_factory=lambda: MappingProxyType(dict[str, str]()))
    places: frozenset[str] = frozenset()
    except_in: frozenset[str] = frozenset()

    def holds(self, places: Iterable[str]) -> bool:
        """Whether it holds in a place that goes by these names."""
        names = frozenset(places)
        return not (self.except_in & names) and (not self.places or bool(self.places & names))

    def finds(self, text: str) -> bool:
        """Whether a text has anything of it; the text is :func:`plain` already."""
        return any(each.search(text) for each in self._searches)

    def why(self, language: str) -> str:
        """The reason in the language that serves a tag, else in English or whatever there is; may be empty."""
        wanted = self.reason.get(language_for(language)) or self.reason.get(DEFAULT)
        return wanted or next(iter(self.reason.values()), "")

    @cached_property
    def _searches(self) -> tuple[re.Pattern[str], ...]:
        whole = (re.compile(_whole(plain(word))) for word in self.words if plain(word))
        return *whole, *(re.compile(each, re.IGNORECASE) for each in self.patterns)


def _whole(word: str) -> str:
    """A word's pattern: whole where its script has blanks between words."""
    escaped = r"\W*".join(map(re.escape, word.split()))
    first, last = (r"(?<!\w)" if word[0].isascii() else ""), (r"(?!\w)" if word[-1].isascii() else "")
    return f"{first}{escaped}{last}"


def plain(text: str) -> str:
    """A text as it is looked at: compatibility forms, accents, case and what cannot be seen are evened out."""
    parts = unicodedata.normalize("NFKD", text[:_LONGEST])
    kept = (each for each in parts if not unicodedata.combining(each) and unicodedata.category(each) != "Cf")
    return " ".join("".join(kept).casefold().split())


@dataclass(frozen=True)
class Filter:
    """All rules."""

    rules: Sequence[Rule] = ()

    def holds(self, places: Iterable[str]) -> bool:
        """Whether any rule holds in a place: else nobody need read what was said there."""
        names = frozenset(places)
        return any(rule.holds(names) for rule in self.rules)

    def refusal(self, texts: Iterable[str], places: Iterable[str], language: str, *, written: bool) -> Wording | None:
        """Why texts are not drawn in a place; None if they are. ``written`` ones are the language model's."""
        holding = [rule for rule in self.rules if rule.holds(places)]
        if not holding:
            return None
        text = plain("\n".join(texts))
        for rule in holding:
            if rule.finds(text):
                return _words(rule.why(language), written=written)
        return None


def _words(reason: str, *, written: bool) -> Text:
    if written:
        return Text("refused-canvas-because", reason=reason) if reason else Text("refused-canvas-words")
    return Text("refused-words-because", reason=reason) if reason else Text("refused-words")
