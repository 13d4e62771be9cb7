"""How a glossary is written down and looked up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from unicodedata import combining, normalize

from omost_pipeline.canvas.wording import with_articles

_ODD_PLURALS = {
    "child": "children",
    "mouse": "mice",
    "goose": "geese",
    "wolf": "wolves",
    "elf": "elves",
    "knife": "knives",
    "scarf": "scarves",
    "person": "people",
    **{name: name for name in ("fish", "sheep", "deer", "fireworks", "glasses", "sunglasses", "scissors", "jeans")},
}


def entries(text: str) -> dict[str, str]:
    """``foreign = english`` for each entry between semicolons; several foreign ones stand with commas."""
    pairs = (entry.split("=") for entry in text.split(";"))
    return {" ".join(foreign.split()): english.strip() for said, english in pairs for foreign in said.split(",")}


def alternatives(words: Iterable[str]) -> str:
    """A pattern for any of the words, the longest first."""
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


def several(noun: str) -> str:
    """An English noun's plural."""
    before, _, last = noun.rpartition(" ")
    lead = f"{before} " if before else ""
    if last in _ODD_PLURALS:
        return lead + _ODD_PLURALS[last]
    if last.endswith("man"):
        return f"{lead}{last[:-3]}men"
    if re.search(r"(?:s|x|sh|ch)$", last):
        return f"{lead}{last}es"
    return lead + (f"{last[:-1]}ies" if re.search(r"[^aeiou]y$", last) else f"{last}s")


@dataclass(frozen=True)
class Speech:
    """How a language is known: by ``small`` words, by ``shared`` ones that English has too, and by ``others``.

    ``english`` are the words that its glossary leads to.
    """

    small: frozenset[str]
    shared: frozenset[str]
    others: frozenset[str]
    english: frozenset[str]

    def evidence(self, words: str) -> int:
        """How much speaks for this language; 0 if too little does.

        A quarter of the words or more must be small ones: one that is no English word, or one that is beside a noun
        that is not.
        """
        spoken = re.findall(r"[\w-]+'?", words.lower().replace("’", "'"))
        small = [word for word in spoken if word in self.small or word in self.shared]
        own = sum(word in self.small for word in spoken)
        named = sum(word in self.others for word in spoken)
        shared = len({word for word in spoken if word in self.shared})
        if 4 * len(small) < len(spoken) or not (own or (shared and named)):
            return 0
        return 2 * (own + named) + shared

    def is_left_over(self, words: str, english: str) -> bool:
        """Whether something of the words stands in their English as it was, and is none."""
        spoken, put = (set(re.findall(r"[^\W\d_]+", text.lower())) for text in (words, english))
        return bool((spoken & put) - self.english)


def accents(entries: Iterable[str]) -> dict[str, str]:
    """``enleve`` → ``enlève``: words as they are written without accents, where that is no other word."""
    known = {word for entry in entries for word in re.findall(r"[^\W\d_]+", entry)}
    return {form: word for word in sorted(known) for form in _plain(word) if form not in known and len(form) > 2}


def accented(words: str, table: Mapping[str, str]) -> str:
    """The words with the accents of a table of :func:`accents`."""
    return re.sub(r"[^\W\d_]+", lambda found: table.get(found[0], found[0]), words)


def _plain(word: str) -> frozenset[str]:
    """``groesser`` and ``grösser`` of "größer", ``enleve`` of "enlève"."""
    spelt = [word.translate(str.maketrans(table)) for table in (_SWISS, _SPELT)]
    bare = "".join(each for each in normalize("NFD", word) if not combining(each))
    return frozenset(spelt if word != spelt[-1] else (bare,)) - {word}


_SWISS: dict[str, str | int | None] = {"ß": "ss"}
_SPELT: dict[str, str | int | None] = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}


def english_words(*tables: Mapping[str, str]) -> frozenset[str]:
    """Every word that the tables lead to."""
    return frozenset(word for table in tables for english in table.values() for word in re.findall(r"\w+", english))


def own_words(table: Mapping[str, str]) -> frozenset[str]:
    """The words of a table that are not English already."""
    return frozenset(word for word, english in table.items() if word != english)


def pattern_of(table: Mapping[str, str]) -> re.Pattern[str]:
    """What finds the longest entry of a table at each word."""
    return re.compile(rf"(?<!\w)(?:{alternatives(table)})(?:(?<=')|(?!\w))")


def replaced(words: str, table: Mapping[str, str], pattern: re.Pattern[str]) -> str:
    """The words with every entry that the pattern finds in English, and English's own small rules kept."""
    english = pattern.sub(lambda found: f" {table[found[0]]} ", words)
    english = re.sub(r"\b(the|of) \1\b", r"\1", re.sub(r"\s+", " ", english))
    english = re.sub(r"\bput back (.+?) *$", r"put \1 back", english)
    english = with_articles(english)
    return re.sub(r" ([,.!?])", r"\1", english).strip()
