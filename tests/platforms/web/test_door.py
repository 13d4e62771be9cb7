"""The web chat's door, attacked: guessed, forged and old log-ins, others' conversations, faked headers, sockets."""

from __future__ import annotations

import asyncio
import base64
import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest

from bot.chat.web import accounts as accounts_file
from bot.chat.web.accounts import Accounts, AccountsError, Attempts, Patience, line_for, with_line, write_accounts
from bot.chat.web.admin_page import Overview
from bot.chat.web.chat import WebChat
from bot.chat.web.desk import person_called
from bot.chat.web.entry import Door
from bot.chat.web.sessions import COOKIE, Sessions, session_key
from bot.messages import Attachment, Author, Outgoing, Place
from tests.platforms.web.web_fakes import FakeBot, MemoryTranscript, ServedChat, drawing

PASSWORD = "correct horse battery"
PICTURE = Attachment("house.png", drawing(16, 1), "a house")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashing as quick as scrypt can be: how slow it is is its own business."""
    monkeypatch.setattr(accounts_file, "_N", 2)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "accounts.txt"
    write_accounts(path, "".join(f"{line_for(name, PASSWORD)}\n" for name in ("anna", "bert")))
    return path


def with_log_in(file: Path, **more: object) -> Door:
    accounts = Accounts(file)
    sessions = Sessions(session_key(file.parent / "key"), accounts, 3600)
    return Door(accounts, sessions, **more)  # type: ignore[arg-type]  # by name


class Answered:
    """What came back."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status, self.headers = response.status, response.headers
        self.body = response.read().decode("utf-8", "replace")

    @property
    def cookie(self) -> str:
        return (self.headers["Set-Cookie"] or "").partition(";")[0].partition("=")[2].strip('"')


@contextmanager
def served(
    door: Door, transcript: MemoryTranscript | None = None, overview: Overview | None = None
) -> Iterator[ServedChat]:
    bot = FakeBot()
    chat = ServedChat(bot, transcript or MemoryTranscript(), door=door, overview=overview)
    with chat:
        yield chat


def ask(chat: ServedChat, method: str, path: str, body: bytes = b"", **headers: str) -> Answered:
    connection = http.client.HTTPConnection(chat.address.removeprefix("http://"), timeout=20)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, named)
    found = Answered(connection.getresponse())
    connection.close()
    return found


def log_in(chat: ServedChat, name: str, password: str, **headers: str) -> Answered:
    form = urlencode({"name": name, "password": password}).encode()
    return ask(chat, "POST", "/login", form, Content_Type="application/x-www-form-urlencoded", **headers)


def test_whoever_asks_for_heads_alone_gets_them(file: Path) -> None:
    with ServedChat(FakeBot(), MemoryTranscript()) as chat:
        page, missing = ask(chat, "HEAD", "/"), ask(chat, "HEAD", "/attachments/abc/nothing.png")
        assert (page.status, page.body, missing.status) == (200, "", 404)
    with served(with_log_in(file)) as chat:
        assert ask(chat, "HEAD", "/").status == ask(chat, "GET", "/").status != 200


def test_without_a_log_in_nothing_is_reached(file: Path) -> None:
    with served(with_log_in(file)) as chat:
        page = ask(chat, "GET", "/", Accept="text/html")
        assert (page.status, page.headers["Location"]) == (303, "/login")
        for method, path in (
            ("GET", "/c/abc"),
            ("GET", "/attachments/abc/x.png"),
            ("POST", "/uploads?name=a.json"),
            ("GET", "/_nicegui_ws/socket.io/?EIO=4&transport=polling"),
            ("GET", "//login/../c/abc"),
        ):
            assert ask(chat, method, path).status == 401, path
        form = ask(chat, "GET", "/login", Accept_Language="fr")
        assert "Mot de passe" in form.body
        assert form.headers["X-Frame-Options"] == "DENY"
        assert ask(chat, "GET", "/assets/chat.css").status == 200
        assert socket_status(chat) == 403


def socket_status(chat: ServedChat, **headers: str) -> int:
    """What becomes of a WebSocket's handshake."""
    wanted = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(b"0123456789abcdef").decode(),
    }
    return ask(chat, "GET", "/_nicegui_ws/socket.io/?EIO=4&transport=websocket", b"", **wanted, **headers).status


def test_who_logs_in_is_known_until_they_leave_or_the_password_changes(file: Path) -> None:
    with served(with_log_in(file)) as chat:
        entered = log_in(chat, "anna", PASSWORD)
        assert (entered.status, entered.headers["Location"]) == (303, "/")
        assert "HttpOnly" in entered.headers["Set-Cookie"]
        assert "SameSite=lax" in entered.headers["Set-Cookie"]
        cookie = f"{COOKIE}={entered.cookie}"
        page = ask(chat, "GET", "/", Cookie=cookie)
        assert page.status == 200
        assert "anna" in page.body
        assert socket_status(chat, Cookie=cookie) == 101
        left = ask(chat, "POST", "/logout", Cookie=cookie)
        assert left.cookie == ""
        text = with_line(file.read_text(encoding="utf-8"), "anna", line_for("anna", "another password"))
        write_accounts(file, text)
        assert ask(chat, "GET", "/", Cookie=cookie).status == 401
        assert ask(chat, "GET", "/", Cookie=f"{COOKIE}={log_in(chat, 'anna', 'another password').cookie}").status == 200


def test_a_forged_a_changed_and_an_old_cookie_are_worth_nothing(file: Path, tmp_path: Path) -> None:
    now = [1000.0]
    accounts = Accounts(file)
    sessions = Sessions(b"k" * 32, accounts, 3600, lambda: now[0])
    good = sessions.cookie_for("anna")
    assert sessions.name_in(good) == "anna"
    name, ends, signature = base64.urlsafe_b64decode(good).decode().split("|")
    for forged in (
        f"bert|{ends}|{signature}",
        f"{name}|{int(ends) + 1}|{signature}",
        f"nobody|{ends}|",
        f"{name}|{ends}|",
        f"{name}|nan|{signature}",
        f"{name}|{ends}",
        "|||",
    ):
        assert sessions.name_in(base64.urlsafe_b64encode(forged.encode()).decode()) is None, forged
    for odd in ("", "%", "é", "A" * 100_000, good[:-4]):
        assert sessions.name_in(odd) is None
    assert Sessions(b"x" * 32, accounts, 3600, lambda: now[0]).name_in(good) is None
    now[0] += 3601
    assert sessions.name_in(good) is None
    key = session_key(tmp_path / "made")
    assert key == session_key(tmp_path / "made")
    assert (tmp_path / "made").stat().st_mode & 0o077 == 0, "nobody else may read it"


def test_guessing_is_stopped_for_the_account_and_for_the_address(file: Path) -> None:
    patience = Patience(account=3, address=6, seconds=900)
    with served(with_log_in(file, attempts=Attempts(patience))) as chat:
        assert [log_in(chat, "anna", f"guess {each}").status for each in range(4)] == [401, 401, 401, 429]
        stopped = log_in(chat, "anna", PASSWORD)
        assert stopped.status == 429, "nor is the right one told from the others"
        assert "15 minutes" in stopped.body
        assert log_in(chat, "bert", PASSWORD).status == 303
        assert [log_in(chat, f"name{each}", "x").status for each in range(4)] == [401, 401, 401, 429]
        assert log_in(chat, "bert", PASSWORD).status == 429, "the address has guessed enough"
        forged = log_in(chat, "bert", PASSWORD, X_Forwarded_For="9.9.9.9")
        assert forged.status == 429, "nobody may say where they come from themselves"


def test_time_heals_and_a_right_password_forgets_the_wrong_ones() -> None:
    now = [0.0]
    attempts = Attempts(Patience(2, 100, 60), lambda: now[0])
    attempts.wrong("anna", "a")
    attempts.wrong("anna", "a")
    assert attempts.wait("anna", "b") == 60
    assert attempts.wait("bert", "b") == 0
    now[0] = 61
    assert attempts.wait("anna", "b") == 0
    attempts.wrong("anna", "a")
    attempts.right("anna", "a")
    attempts.wrong("anna", "a")
    assert attempts.wait("anna", "a") == 0


@pytest.mark.parametrize("name", ["anna", "nobody", "", "anna:scrypt", "<script>", "a" * 5000, "\0", "änna"])
def test_wrong_names_and_passwords_say_the_same_and_nothing_runs(file: Path, name: str) -> None:
    with served(with_log_in(file)) as chat:
        answered = log_in(chat, name, "wrong")
        assert answered.status == 401
        assert "don&#x27;t belong together" in answered.body
        assert "<script>" not in answered.body


def test_a_log_in_of_megabytes_or_from_another_site_is_turned_away(file: Path) -> None:
    with served(with_log_in(file)) as chat:
        assert log_in(chat, "anna", "x" * 1_000_000).status == 413
        assert log_in(chat, "anna", PASSWORD, Origin="http://evil.example").status == 421
        assert log_in(chat, "anna", PASSWORD, Host="evil.example").status == 421
        cookie = f"{COOKIE}={log_in(chat, 'anna', PASSWORD).cookie}"
        assert socket_status(chat, Cookie=cookie, Origin="http://evil.example") == 403
        assert ask(chat, "POST", "/logout", Cookie=cookie, Origin="http://evil.example").status == 421


def test_nobody_sees_another_persons_conversation_files_or_list(file: Path) -> None:
    transcript = MemoryTranscript()
    asyncio.run(transcript.add(Place("web", "anna/abc"), Outgoing("a secret garden", (PICTURE,)), None))
    with served(with_log_in(file), transcript) as chat:
        anna, bert = (f"{COOKIE}={log_in(chat, each, PASSWORD).cookie}" for each in ("anna", "bert"))
        desk = chat.chat._desk
        url = desk.files.publish("anna/abc", PICTURE).url
        assert url.startswith("/attachments/abc/")
        assert ask(chat, "GET", url, Cookie=anna).status == 200
        assert ask(chat, "GET", url, Cookie=bert).status == 404
        assert ask(chat, "GET", url.replace("abc", "anna%2Fabc"), Cookie=bert).status == 404
        assert ask(chat, "GET", url.replace("abc", "..%2Fanna%2Fabc"), Cookie=bert).status == 404
        lists = {name: asyncio.run(desk.conversations(person_called(name))) for name in ("anna", "bert", "")}
        assert [len(lists[name]) for name in ("anna", "bert", "")] == [1, 0, 0]
        assert asyncio.run(desk.posts(person_called("bert").whole_key("abc"))) == []


def test_a_proxys_header_counts_from_the_proxy_alone_and_once(file: Path) -> None:
    with served(Door(header="X-Forwarded-User", proxies=frozenset({"127.0.0.1"}))) as chat:
        assert ask(chat, "GET", "/", X_Forwarded_User="anna").status == 200
        assert ask(chat, "GET", "/").status == 401
        assert ask(chat, "GET", "/", X_Forwarded_User="anna/abc").status == 401
        assert ask(chat, "GET", "/", X_Forwarded_User="").status == 401
        assert ask(chat, "GET", "/", X_Forwarded_User="anna, bert").status == 401
        assert ask(chat, "GET", "/login").status == 401, "there is no log-in beside it"
        connection = http.client.HTTPConnection(chat.address.removeprefix("http://"), timeout=20)
        connection.putrequest("GET", "/")
        connection.putheader("X-Forwarded-User", "anna")
        connection.putheader("X-Forwarded-User", "bert")
        connection.endheaders()
        assert connection.getresponse().status == 401
        connection.close()
    with served(Door(header="X-Forwarded-User", proxies=frozenset({"10.0.0.1"}))) as chat:
        assert ask(chat, "GET", "/", X_Forwarded_User="anna").status == 401
        assert ask(chat, "GET", "/", X_Forwarded_User="anna", X_Forwarded_For="10.0.0.1").status == 401


def test_accounts_that_cannot_be_read_are_named_before_anything_is_served(tmp_path: Path) -> None:
    path = tmp_path / "accounts.txt"
    with pytest.raises(AccountsError, match="omost-bot account NAME"):
        WebChat(MemoryTranscript(), FakeBot().handle, port=0, door=with_log_in(path)).bind()
    path.write_text("# people\nanna:plain password\n", encoding="utf-8")
    with pytest.raises(AccountsError, match="line 2"):
        WebChat(MemoryTranscript(), FakeBot().handle, port=0, door=with_log_in(path)).bind()


def test_the_admins_page_is_for_admins_alone(file: Path) -> None:
    async def overview(author: Author) -> dict[str, object] | None:
        return {"waiting": 7} if author.id == "anna" else None

    with served(with_log_in(file), overview=overview) as chat:
        for path in ("/admin", "/admin/figures"):
            assert ask(chat, "GET", path).status == 401, "somebody who is not logged in"
            for name, status in (("anna", 200), ("bert", 403)):
                cookie = f"{COOKIE}={log_in(chat, name, PASSWORD).cookie}"
                answered = ask(chat, "GET", path, Cookie=cookie)
                assert answered.status == status, (path, name)
                assert ("7" in answered.body) == (status == 200 and path == "/admin/figures")
                assert answered.headers["Cache-Control"] == "no-store"
