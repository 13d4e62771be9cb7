"""A Mini App's word on who opened it: true, forged, too old, another person's, of another bot, used again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.web.board_links import LinkError, LinkExpiredError
from bot.chat.web.init_data import LONGEST, InitData
from tests.platforms.web.init_data import TOKEN, init_data

NOW = 1_800_000_000.0


def checker(now: float = NOW) -> InitData:
    return InitData(TOKEN, minutes=30, now=lambda: now)


def test_what_telegram_signed_just_now_for_this_person_opens_the_link_as_often_as_the_page_asks() -> None:
    known, text = checker(), init_data(7, NOW - 5, signature="of a third party", start_param="")
    for _ in range(3):
        known.check(text, "7", "link")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "user",
        "a=b",
        init_data(7, NOW) + "&user=%7B%22id%22%3A8%7D",
        init_data(7, NOW).replace("Ann", "Eve"),
        init_data(7, NOW)[:-1] + "é",
        init_data(7, NOW, token="2:token"),
        init_data(8, NOW),
        init_data("7", NOW),
        init_data(7, NOW + 3600),
        init_data(7, NOW, user="[" * 5000),
        init_data(7, NOW, auth_date="soon"),
        init_data(7, NOW, more="x" * LONGEST),
    ],
)
def test_everything_else_opens_nothing(text: str) -> None:
    with pytest.raises(LinkError):
        checker().check(text, "7", "link")


def test_what_was_opened_too_long_ago_has_expired() -> None:
    with pytest.raises(LinkExpiredError):
        checker().check(init_data(7, NOW - 31 * 60), "7", "link")


def test_what_has_opened_one_link_opens_no_other() -> None:
    known, text = checker(), init_data(7, NOW)
    known.check(text, "7", "link")
    with pytest.raises(LinkError, match="another link"):
        known.check(text, "7", "a link of another turn")
    known.check(text, "7", "link")


def test_it_is_remembered_for_as_long_as_telegrams_clock_lets_it_open_anything() -> None:
    at = [NOW]
    known, text = InitData(TOKEN, minutes=30, now=lambda: at[0]), init_data(7, NOW + 60)
    known.check(text, "7", "link")
    at[0] += 30 * 60 + 60
    with pytest.raises(LinkError, match="another link"):
        known.check(text, "7", "a link of another turn")
    known.check(text, "7", "link")


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda raw: raw.decode("latin-1")))
def test_any_text_is_refused_as_a_link_is(text: str) -> None:
    with pytest.raises(LinkError):
        checker().check(text, "7", "link")
