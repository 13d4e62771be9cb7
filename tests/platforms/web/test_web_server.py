"""What the web chat's server promises without a page: addresses of files, who may ask, how it begins and ends."""

from __future__ import annotations

import asyncio
import http.client
import socket

import pytest

from bot.chat.web.chat import WebChat, WebChatError
from bot.chat.web.files import Files, WebFile
from bot.chat.web.guard import is_welcome, names_for
from bot.chat.web.highlighting import highlighted, split_fences
from bot.errors import MessageGoneError
from bot.messages import LARGEST_UPLOAD, Attachment, Outgoing, Place, Upload
from tests.platforms.web.web_fakes import FakeBot, MemoryTranscript, ServedChat, drawing

PICTURE = Attachment("house.png", drawing(64, 1), "a house")
HTML = Attachment("evil.html", b"<script>alert(1)</script>")
HERE = Place("web", "abc")


def get(address: str, path: str, **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=10)
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    response.read()
    connection.close()
    return response


def post(address: str, path: str, content: bytes, **headers: str) -> tuple[int, bytes]:
    """The answer's status and body."""
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=60)
    connection.request("POST", path, content, headers)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, body


async def test_a_file_that_is_no_longer_kept_is_found_in_the_transcript() -> None:
    transcript = MemoryTranscript()
    await transcript.add(HERE, Outgoing("", (PICTURE,)), None)

    async def find(key: str, digest: str) -> Attachment | None:
        return await transcript.file(Place("web", key), digest)

    url = Files(find).publish("abc", PICTURE).url
    fresh = Files(find)
    served = await fresh.find("abc", url.rsplit("/", 1)[1])
    assert served is not None
    assert (served.content, served.media_type) == (PICTURE.content, "image/png")
    assert await fresh.find("abc", "0" * 32 + ".png") is None
    assert await fresh.find("other", "f" * 32 + ".png") is None


@pytest.mark.parametrize(
    ("size", "shown", "magnified"),
    [((64, 64), (512, 512), True), ((256, 192), (512, 384), True), ((300, 300), (300, 300), False)],
)
def test_small_pictures_grow_by_whole_factors(size: tuple[int, int], shown: tuple[int, int], magnified: bool) -> None:
    file = WebFile("", "", "", 0, *size)
    assert (file.shown_size, file.is_magnified) == (shown, magnified)


def test_large_pictures_shrink_and_keep_their_shape() -> None:
    assert WebFile("", "", "", 0, 896, 1152).shown_size == (398, 512)


@pytest.mark.parametrize(
    ("host", "origin", "welcome"),
    [
        ("127.0.0.1:8080", "", True),
        ("localhost:8080", "http://localhost:8080", True),
        ("[::1]:8080", "http://[::1]:8080", True),
        ("evil.example:8080", "", False),
        ("127.0.0.1:8080", "http://evil.example", False),
        ("127.0.0.1:8080", "null", False),
        ("", "", False),
    ],
)
def test_only_this_machines_own_page_is_welcome(host: str, origin: str, welcome: bool) -> None:
    assert is_welcome(host, origin, names_for("127.0.0.1", ())) is welcome


def test_a_wide_chat_answers_to_every_name_until_names_are_given() -> None:
    assert is_welcome("draw.example", "http://draw.example", names_for("0.0.0.0", ()))
    assert not is_welcome("draw.example", "http://evil.example", names_for("0.0.0.0", ()))
    assert not is_welcome("evil.example", "", names_for("0.0.0.0", ("draw.example",)))
    assert is_welcome("127.0.0.1:80", "https://draw.example", names_for("0.0.0.0", ("draw.example",)))


def test_code_is_escaped_and_its_words_are_told_apart() -> None:
    html = highlighted("f(a='<b>', n=2.5)  # it's & so on")
    assert "<b>" not in html
    assert '<span class="string">&#x27;&lt;b&gt;&#x27;</span>' in html
    assert '<span class="number">2.5</span>' in html
    assert '<span class="comment"># it&#x27;s &amp; so on</span>' in html


def test_words_and_fenced_code_are_split() -> None:
    assert list(split_fences("Here:\n```python\ncanvas = Canvas()\n```\nDone.")) == [
        (False, "Here:"),
        (True, "canvas = Canvas()"),
        (False, "Done."),
    ]


async def test_a_port_in_use_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(WebChatError, match=f"port {port} on 127.0.0.1 is in use"):
            await WebChat(MemoryTranscript(), FakeBot().handle, port=port).serve()


def test_a_host_that_is_not_ours_is_named() -> None:
    with pytest.raises(WebChatError, match=r"cannot listen on 203\.0\.113\.7"):
        WebChat(MemoryTranscript(), FakeBot().handle, "203.0.113.7", 0).bind()


async def test_cancelling_stops_the_server_and_frees_the_port() -> None:
    chat = WebChat(MemoryTranscript(), FakeBot().handle, port=0)
    address = chat.bind()
    serving = asyncio.create_task(chat.serve())
    response = await asyncio.to_thread(get, address, "/")
    assert response.status == 200
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving
    with socket.create_server(("127.0.0.1", int(address.rsplit(":", 1)[1]))):
        pass


def test_attachments_are_served_to_be_kept_and_never_to_be_run() -> None:
    bot, transcript = FakeBot(), MemoryTranscript()
    with ServedChat(bot, transcript) as served:
        asyncio.run(transcript.add(HERE, Outgoing("", (PICTURE, HTML)), None))
        files = served.chat._desk.files
        picture = get(served.address, files.publish("abc", PICTURE).url)
        html = get(served.address, files.publish("abc", HTML).url)
        missing = get(served.address, "/attachments/abc/nothing.png")
        foreign = get(served.address, "/", Host="evil.example")
    assert picture.status == 200
    assert picture.headers["X-Frame-Options"] == "DENY"
    assert "immutable" in picture.headers["Cache-Control"]
    assert html.headers["Content-Type"] == "application/octet-stream"
    assert html.headers["X-Content-Type-Options"] == "nosniff"
    assert (missing.status, foreign.status) == (404, 421)


def test_a_file_is_taken_once_and_never_from_another_site_or_too_large() -> None:
    with ServedChat(FakeBot(), MemoryTranscript()) as served:
        taken = post(served.address, "/uploads?name=a%20house.json", b"[]")
        large = post(served.address, "/uploads?name=large.json", b" " * (LARGEST_UPLOAD + 1))
        foreign = post(served.address, "/uploads?name=evil.json", b"[]", Origin="http://evil.example")
        uploads = served.chat._desk.uploads
        token = taken[1].decode()
        assert uploads.take(token) == Upload("a house.json", 2, b"[]")
        assert uploads.take(token) is None
    assert (taken[0], large[0], foreign[0]) == (200, 413, 421)


async def test_posts_are_kept_and_a_gone_message_is_told() -> None:
    transcript = MemoryTranscript()
    chat = WebChat(transcript, FakeBot().handle)
    first = await chat.post(HERE, Outgoing("drawing", nonce="job 1"))
    assert await chat.post(HERE, Outgoing("still drawing", nonce="job 1")) == first
    await chat.edit(HERE, first, Outgoing("done"))
    assert [post.message.text for post in await transcript.posts(HERE)] == ["done"]
    with pytest.raises(MessageGoneError):
        await chat.edit(HERE, "999", Outgoing("late"))
