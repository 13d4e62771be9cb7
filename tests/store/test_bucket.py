"""Pictures in an object store: moto's server, which speaks S3's protocol over HTTP, holds a bucket of them."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

if importlib.util.find_spec("obstore") is None or importlib.util.find_spec("moto") is None:
    pytest.skip("the extra s3, or moto, is not installed", allow_module_level=True)

import boto3
from moto.server import ThreadedMotoServer

from bot.messages import Action
from bot.ops.doctor import examine_bucket
from bot.ops.finding import Verdict
from bot.ops.picture_files import files_of
from bot.settings.config import Settings
from bot.store.bucket import Bucket
from bot.store.files import Files, Folder
from tests.bot_parts import opened, working
from tests.fakes import until

KEYS = ("AKIDTESTS", "secret")


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    """The address of an object store with the bucket ``pictures``."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        address = f"http://{host}:{port}"
        named = {"aws_access_key_id": KEYS[0], "aws_secret_access_key": KEYS[1], "region_name": "us-east-1"}
        client = boto3.client("s3", endpoint_url=address, **named)
        client.create_bucket(Bucket="pictures")
        client.close()
        yield address
    finally:
        server.stop()


def in_bucket(folder: Path, store: str, bucket: str = "pictures") -> Settings:
    s3 = {"bucket": bucket, "prefix": folder.name, "endpoint": store, "access_key": KEYS[0], "secret_key": KEYS[1]}
    return Settings.model_validate({"data_dir": folder, "s3": s3})


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["folder", "bucket"])
def test_contents_are_kept_read_listed_and_removed_alike(kind: str, tmp_path: Path, store: str) -> None:
    files: Files = Folder(tmp_path / "files")
    if kind == "bucket":
        files = files_of(in_bucket(tmp_path, store))
        assert isinstance(files, Bucket)
    assert (files.names(), files.read("aa-1.png")) == ([], None)
    for name in ("aa-1.png", "aa-1.latents", "aaa-1.png", "b-12.png"):
        files.write(name, b"before")
        files.write(name, name.encode())
    assert files.read("aa-1.png") == b"aa-1.png"
    assert files.names() == sorted(["aa-1.latents", "aa-1.png", "aaa-1.png", "b-12.png"])
    assert files.names("aa-") == ["aa-1.latents", "aa-1.png"]
    files.remove(["aa-1.png", "never.png"])
    files.remove([])
    assert files.names() == ["aa-1.latents", "aaa-1.png", "b-12.png"]


def test_what_cannot_be_had_is_said_and_is_no_missing_picture(tmp_path: Path, store: str) -> None:
    nowhere = files_of(in_bucket(tmp_path, store, "nowhere"))
    with pytest.raises(OSError, match="The bucket nowhere cannot be used"):
        nowhere.read("aa-1.png")
    with pytest.raises(OSError, match="The bucket nowhere cannot be used"):
        nowhere.write("aa-1.png", b"")
    [wrong] = examine_bucket(in_bucket(tmp_path, store, "nowhere"))
    assert (wrong.verdict, "NoSuchBucket" in wrong.found) == (Verdict.WRONG, True)
    [fine] = examine_bucket(in_bucket(tmp_path, store))
    assert fine.verdict is Verdict.FINE
    assert files_of(in_bucket(tmp_path, store)).names() == []
    assert list(examine_bucket(Settings(data_dir=tmp_path))) == []


@pytest.mark.parametrize(
    ("prefix", "variable"), [("a//b", ("AWS_REGION", "us-east-1")), ("a", ("AWS_IMDSV1_FALLBACK", "perhaps"))]
)
def test_a_setting_that_the_library_refuses_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefix: str, variable: tuple[str, str]
) -> None:
    monkeypatch.setenv(*variable)
    settings = Settings.model_validate({"data_dir": tmp_path, "s3": {"bucket": "pictures", "prefix": prefix}})
    with pytest.raises(OSError, match="The bucket pictures cannot be used"):
        files_of(settings)
    [wrong] = examine_bucket(settings)
    assert (wrong.verdict, "cannot be used" in wrong.found, wrong.found[-1] == ".") == (Verdict.WRONG, True, False)


@pytest.mark.slow
async def test_a_bot_keeps_its_pictures_there_and_edits_them(tmp_path: Path, store: str) -> None:
    settings = in_bucket(tmp_path, store)
    async with opened(tmp_path, settings=settings) as bot, working(bot):
        await bot.say("red house")
        await until(lambda: len(bot.chat.finished()) == 1)
        await bot.say("blue house")
        await until(lambda: len(bot.chat.finished()) == 2)
        await bot.press(Action.VARIATIONS)
        await until(lambda: len(bot.chat.finished()) == 3)
    kept = files_of(settings).names()
    assert len([name for name in kept if name.endswith(".png")]) >= 3
    assert not (tmp_path / "pictures").exists()
