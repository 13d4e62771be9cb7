"""Texts on their way through the database, and how they are said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.catalogues.catalogue import language_for, languages, say
from bot.catalogues.text import Lines, Text, Wording, from_json, listed, to_json

NAMES = st.from_regex(r"[a-z]{1,8}", fullmatch=True)
PLAIN = st.text() | st.integers(-1000, 1000) | st.floats(-1e6, 1e6)
TEXTS = st.builds(lambda name, args: Text(name, **args), NAMES, st.dictionaries(NAMES, PLAIN, max_size=3))
WORDINGS = st.recursive(
    st.text() | TEXTS,
    lambda inner: (
        st.builds(lambda parts, separator: Lines(tuple(parts), separator), st.lists(inner, max_size=3), st.text())
        | st.builds(lambda name, value: Text(name, value=value), NAMES, inner)
    ),
    max_leaves=6,
)


@given(WORDINGS)
def test_a_wording_comes_back_from_the_database_as_it_was(wording: Wording) -> None:
    assert from_json(to_json(wording)) == wording


@pytest.mark.parametrize("stored", ["The model lost its thread.", "", "7", "null", "[1]", '{"id": 3}', '{"lines": 1}'])
def test_sentences_from_before_there_were_ids_are_said_as_they_are(stored: str) -> None:
    assert say(from_json(stored)) == stored


def test_numbers_are_counted_and_lists_separated() -> None:
    assert say(Text("status-waiting", ahead=1)) == "Waiting: 1 picture ahead of you."
    assert say(Text("status-waiting", ahead=1200)) == "Waiting: 1,200 pictures ahead of you."
    assert say(listed("a", Text("duration-hours", hours=2), "c")) == "a, about 2 hours, c"


def test_whoever_has_no_catalogue_is_served_in_english() -> None:
    assert {"en", "fr", "zh"} <= set(languages())
    assert [language_for(tag) for tag in ("", "de", "fr-BE", "zh-Hant-TW", "frr", "EN")] == [
        "en",
        "en",
        "fr",
        "zh",
        "en",
        "en",
    ]
