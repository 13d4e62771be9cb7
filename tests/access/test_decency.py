"""What is not drawn, whoever writes it and however; and the mark that a model made a picture, wherever it is kept."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from bot.access.administration import Administration
from bot.access.gate import Gate
from bot.access.privacy import Privacy, Retention
from bot.assembly.policies import filter_of
from bot.catalogues.catalogue import say
from bot.catalogues.text import Text
from bot.chat.shared.fitting import fitted
from bot.cli.program import status_of
from bot.messages import Action, Answer, Attachment, Incoming, Notice, Place, Reply, Rewritten, Said, Upload
from bot.settings.config import ConfigError, Settings, load_settings
from bot.settings.sections import DecencySettings, RuleSettings
from bot.store.assets import Pictures
from bot.store.files import Folder
from bot.store.rulings import Rulings
from bot.turns.decency import Filter, Rule
from bot.turns.provenance import SOURCE, save_marked
from omost_pipeline.canvas.codec import canvas_to_reply
from tests.bot_parts import ANN, Bot, opened, working
from tests.fakes import FakeModels, canvas_for, until

STRICT = Place("test", "7/8")
OPEN = Place("test", "7/9")
WHY = {"en": "no dragons here.", "fr": "pas de dragons ici."}


def settings(folder: Path, marked: bool = True) -> Settings:
    rule = RuleSettings(
        words=("dragon", "龙"),
        patterns=(r"wyr?ms?",),
        reason=WHY,
        places=("test:server:7",),
        except_in=("test:channel:9",),
    )
    return Settings(data_dir=folder, decency=DecencySettings(rules=(rule,), mark_pictures=marked))


def told(answer: Answer) -> str:
    assert isinstance(answer, Notice)
    return answer.text


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    "words",
    [
        "a dragon",
        "A DRAGON!",
        "a Drágon",
        "a ｄｒａｇｏｎ",
        "a dra\u200bgon",
        "a drago\u0301n",
        "一条龙",
        "a wym",
        "/imagine a dragon",
    ],
)
async def test_words_are_refused_however_they_are_written_with_the_reason(tmp_path: Path, words: str) -> None:
    async with opened(tmp_path, settings=settings(tmp_path)) as bot:
        expected = say(Text("refused-words-because", reason=WHY["fr"]), "fr")
        assert told(await bot.say(words, STRICT, replace(ANN, language="fr-CA"))) == expected
        assert told(await bot.admit(Said(STRICT, ANN, words))).endswith("no dragons here.")
        assert await bot.store.conversation(STRICT) is None
        assert await bot.say(words, OPEN) is None, "where it does not hold"


@pytest.mark.parametrize("words", ["a dragonfly", "snapdragons", "a red house"])
async def test_words_that_only_hold_one_are_drawn(tmp_path: Path, words: str) -> None:
    async with opened(tmp_path, settings=settings(tmp_path)) as bot:
        assert await bot.say(words, STRICT) is None


async def test_forms_options_files_and_changed_messages_are_looked_at_as_well(tmp_path: Path) -> None:
    async with opened(tmp_path, settings=settings(tmp_path)) as bot, working(bot):
        await bot.handle(Said(STRICT, ANN, "a house", message="m1"))
        await until(bot.chat.finished)
        turn = await bot.head(STRICT)
        file = Upload("a.py", 9, canvas_to_reply(canvas_for("dragon")).encode())
        for answer in (
            await bot.submit(turn, STRICT, words="a dragon"),
            await bot.handle(Said(STRICT, ANN, "/imagine a house", options={"negative": "dragon"})),
            await bot.handle(Said(STRICT, ANN, "", file=file)),
            await bot.handle(Rewritten(STRICT, ANN, "a dragon", "m1")),
        ):
            assert "no dragons" in told(answer)


@pytest.mark.slow
async def test_what_the_language_model_makes_of_harmless_words_is_looked_at_before_it_is_shown(tmp_path: Path) -> None:
    models = FakeModels(replies={"a big lizard": canvas_to_reply(canvas_for("dragon"))})
    async with opened(tmp_path, engine=models, settings=settings(tmp_path)) as bot, working(bot):
        assert await bot.say("a big lizard", STRICT) is None
        await until(lambda: any("no dragons" in each.text for each in bot.chat.shown.values()))
        assert bot.engine.drawn == []
        assert not any("dragon." in each.text and "no dragons" not in each.text for _, each in bot.chat.edits)
        assert await bot.say("a big lizard", OPEN) is None
        await until(bot.chat.finished)


class _ReadError(Exception):
    """A file was asked for what it is."""


class _Unread(Upload):
    @property
    def is_picture(self) -> bool:
        raise _ReadError


async def test_where_no_rule_holds_nobody_reads_the_file(tmp_path: Path) -> None:
    async def handle(incoming: Incoming) -> Reply:
        del incoming
        return None

    rules = Filter((Rule(words=("cat",), places=frozenset({"test:place:8"})),))
    file = _Unread("a.png", 1, b"x")
    async with opened(tmp_path) as bot:
        given, whole = Rulings(bot.store), bot.whole
        kept = Pictures(Folder(tmp_path / "pictures"))
        privacy = Privacy(bot.store, bot.queue, bot.announcer, kept, Retention(0, 0))
        gate = Gate(handle, whole.lists, given, Administration(given, bot.queue), privacy, rules, whole.reports)
        assert await gate(Said(Place("test", "7/9"), ANN, "a house", file=file)) is None
        with pytest.raises(_ReadError):
            await gate(Said(Place("test", "7/8"), ANN, "a house", file=file))


def test_rules_without_a_reason_say_so_and_wrong_patterns_are_named(tmp_path: Path) -> None:
    rules = Filter((Rule(words=("cat",)),))
    assert rules.refusal(["a cat"], (), "", written=False) == Text("refused-words")
    assert rules.refusal(["a cat"], (), "", written=True) == Text("refused-canvas-words")
    assert rules.refusal(["a dog"], (), "", written=False) is None
    config = tmp_path / "config.toml"
    config.write_text('[decency]\nrules = [{ patterns = ["("] }]\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="regular expression"):
        load_settings(config, {})
    assert filter_of(Settings()).rules == ()


async def made(bot: Bot) -> Path:
    await bot.say("a house")
    await until(bot.chat.finished)
    [file] = (bot.folder / "pictures").glob("*.png")
    return file


@pytest.mark.slow
async def test_a_picture_says_that_a_model_made_it_also_as_the_jpeg_that_a_platform_gets(tmp_path: Path) -> None:
    async with opened(tmp_path, settings=settings(tmp_path)) as bot, working(bot):
        file = await made(bot)
        content = file.read_bytes()
        assert SOURCE.encode() in content
        noise = Image.effect_noise((256, 256), 90).convert("RGB")
        save_marked(noise, tmp_path / "noise.png")
        small = fitted(Attachment("a.png", (tmp_path / "noise.png").read_bytes()), 60_000)
        assert small is not None
        assert small.name == "a.jpg"
        with Image.open(io.BytesIO(small.content)) as jpeg:
            assert SOURCE.encode() in jpeg.info["xmp"]
        shown = bot.chat.finished()[0].attachments[0].content
        assert SOURCE.encode() in shown
        await bot.press(Action.LAYOUT)


async def test_the_mark_is_off_by_one_key(tmp_path: Path) -> None:
    async with opened(tmp_path, settings=settings(tmp_path, marked=False)) as bot, working(bot):
        assert SOURCE.encode() not in (await made(bot)).read_bytes()


@pytest.mark.parametrize("ending", ["png", "jpg", "webp"])
def test_files_of_the_command_line_have_it_in_every_format(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    save_marked(Image.new("RGB", (8, 8)), path)
    with Image.open(path) as image:
        image.load()
        assert SOURCE in str(image.info.get("xmp") or image.info.get("XML:com.adobe.xmp"))
    assert status_of(["--version"]) == 0
