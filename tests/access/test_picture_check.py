"""What an image classifier sees in pictures, and what is done with them by score and place before anybody sees them."""

from __future__ import annotations

import io
import json
from collections.abc import Generator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import torch
from PIL import Image
from telegram import InputMediaPhoto
from transformers import ViTConfig, ViTForImageClassification, ViTImageProcessor

from bot.catalogues.catalogue import say
from bot.catalogues.text import Text
from bot.chat.discord import shapes as discord_shapes
from bot.chat.telegram import shapes as telegram_shapes
from bot.chat.telegram.calls import Calls
from bot.jobs.job import Allowance
from bot.messages import Action, Attachment, Notice, Outgoing, Place, Said, Upload
from bot.ops.doctor import examine_classifier
from bot.ops.finding import Verdict
from bot.requests.limits import Limits
from bot.settings.config import ConfigError, Settings, load_settings
from bot.settings.sections import DecencySettings, ImageRuleSettings
from bot.store.transcript import StoredTranscript
from bot.turns.picture_rules import PictureRule, PictureRules, UncheckedError, Veil
from omost_pipeline.canvas.elements import Canvas, GlobalDescription
from omost_pipeline.engine.assets import picture_bytes
from omost_pipeline.engine.events import Drawn, Failed, Failure, Looked
from omost_pipeline.engine.image_classifier import labels_of, load_classifier
from omost_pipeline.engine.local import LocalEngine
from omost_pipeline.engine.ray.frames import assets_of
from omost_pipeline.engine.requests import DrawRequest, LookRequest
from omost_pipeline.engine.residency import Models
from omost_pipeline.engine.wire import from_json, to_json
from omost_pipeline.profiles import PROFILES
from omost_pipeline.renderer.options import options_of
from omost_pipeline.renderer.protocol import Rendered, RenderOptions, Step
from tests.bot_parts import ANN, Bot, opened, working
from tests.fakes import TINY, FakeModels, until

ROOM, DEN = Place("test", "7/8"), Place("test", "7/9")
NOISY = Image.effect_noise((64, 64), 90)


@dataclass
class Looks:
    """A classifier that is as sure as it is told, picture by picture; the last number stands for all that follow."""

    sure: list[float] = field(default_factory=lambda: [0.0])

    def scores(self, image: Image.Image) -> dict[str, float]:
        del image
        one = self.sure.pop(0) if len(self.sure) > 1 else self.sure[0]
        return {"odd": one, "fine": 1 - one}


def settings(folder: Path, source: str = "odd/one") -> Settings:
    rules = (
        ImageRuleSettings(label="odd", score=0.3, do="spoiler"),
        ImageRuleSettings(label="odd", score=0.6, do="blur"),
        ImageRuleSettings(label="odd", score=0.9, do="block", except_in=("test:channel:9",)),
    )
    return Settings(data_dir=folder, profile="tiny", decency=DecencySettings(image_check=source, image_rules=rules))


@pytest.fixture
def vit(tmp_path: Path) -> Path:
    """A small ViT that knows nothing, in the files that any published classifier has."""
    torch.manual_seed(0)
    config = ViTConfig(
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        image_size=32,
        patch_size=8,
        id2label={0: "fine", 1: "odd"},
        label2id={"fine": 0, "odd": 1},
    )
    folder = tmp_path / "vit"
    ViTForImageClassification(config).save_pretrained(folder)
    ViTImageProcessor(size={"height": 32, "width": 32}).save_pretrained(folder)
    return folder


async def drawn(bot: Bot, place: Place, words: str = "a house") -> Outgoing:
    """The last word about a request."""
    assert await bot.say(words, place, replace(ANN, language="fr")) is None

    def ended() -> list[Outgoing]:
        return [each for each in bot.chat.shown.values() if each.progress is None]

    before = len(ended())
    await until(lambda: len(ended()) > before)
    return ended()[-1]


@pytest.mark.slow
async def test_pictures_are_hidden_blurred_or_blocked_by_score_and_place(tmp_path: Path) -> None:
    looks = Looks([0.1, 0.4, 0.7, 0.95, 0.95])
    models = FakeModels(looks=looks)
    async with opened(tmp_path, engine=models, settings=settings(tmp_path)) as bot, working(bot):
        fine = await drawn(bot, ROOM)
        hidden = await drawn(bot, ROOM, "a tree")
        blurred = await drawn(bot, ROOM, "a boat")
        blocked = await drawn(bot, ROOM, "a fish")
        elsewhere = await drawn(bot, DEN)
        turns = [each.turn for message in (hidden, blurred) for each in message.buttons if each.action is Action.CODE]
        pictures = [(await bot.store.pictures(turn))[0] for turn in turns]
    assert [each.spoiler for each in (*fine.attachments, *hidden.attachments)] == [False, True]
    assert say(Text("result-spoiler"), "fr") in hidden.text
    assert say(Text("result-blurred"), "fr") in blurred.text
    assert [each.veil for each in pictures] == ["spoiler", "blur"]
    original = (tmp_path / pictures[1].path).read_bytes()
    assert blurred.attachments[0].content != original, "what is shown is not what is kept"
    assert b"trainedAlgorithmicMedia" in blurred.attachments[0].content
    assert blocked.text == say(Text("failed-picture-blocked"), "fr")
    assert not blocked.attachments
    assert say(Text("result-blurred"), "fr") in elsewhere.text, "the strictest rule does not hold there"
    assert len(list((tmp_path / "pictures").glob("*.png"))) == 4


async def test_of_several_pictures_only_the_blocked_ones_are_left_out(tmp_path: Path) -> None:
    models = FakeModels(looks=Looks([0.95, 0.0]))
    async with opened(tmp_path, engine=models, settings=settings(tmp_path)) as bot, working(bot):
        shown = await drawn(bot, ROOM, "/imagine --count 3 a house")
        assert len(shown.attachments) == 2
        assert say(Text("result-blocked", count=1), "fr") in shown.text
        picks = [each.turn for each in shown.buttons if each.action is Action.PICK]
        assert len(picks) == 2
        assert not isinstance(await bot.press(Action.PICK, picks[1], ROOM), Notice)


@pytest.mark.slow
async def test_what_nobody_has_looked_at_is_not_shown(tmp_path: Path) -> None:
    class Other(Looks):
        def scores(self, image: Image.Image) -> dict[str, float]:
            del image
            return {"cat": 1.0}

    for models in (FakeModels(), FakeModels(looks=Other())):
        async with opened(tmp_path, engine=models, settings=settings(tmp_path)) as bot, working(bot):
            assert (await drawn(bot, ROOM)).text == say(Text("failed-picture-unchecked"), "fr")
    assert not list((tmp_path / "pictures").glob("*.png"))


@pytest.mark.slow
async def test_states_on_the_way_are_blurred_where_pictures_are_looked_at(tmp_path: Path) -> None:
    class Noisy(FakeModels):
        def render(
            self, canvas: Canvas, options: RenderOptions, picture: Image.Image | None = None
        ) -> Generator[Step | Rendered, None, None]:
            for news in super().render(canvas, options, picture):
                yield replace(news, preview=NOISY.copy) if isinstance(news, Step) else news

    def states(bot: Bot) -> list[Attachment]:
        return [file for _, each in bot.chat.edits for file in each.attachments if "preview" in file.name]

    previews = []
    for rules in (settings(tmp_path), Settings(data_dir=tmp_path)):
        models = Noisy(looks=Looks())
        async with opened(tmp_path, engine=models, settings=rules) as bot, working(bot):
            models.drawing.shut()  # until the state has been seen, which a later one would take the place of
            assert await bot.say("a house", ROOM) is None
            await until(lambda: bool(states(bot)))
            models.drawing.open()
            previews.append(states(bot)[0].content)
    colours = [len(set(Image.open(io.BytesIO(each)).convert("L").tobytes())) for each in previews]
    assert colours[0] < colours[1] / 2


async def test_the_engine_looks_at_what_it_draws_with_a_classifier_of_the_real_format(vit: Path) -> None:
    profile = replace(PROFILES["tiny"], classifier=str(vit))
    models = FakeModels(looks=Models(profile).classifier())
    engine = LocalEngine(models)
    request = DrawRequest("1", Canvas(GlobalDescription("A house.")), options_of(TINY.usual))
    *_, last = [event async for event in engine.run(request)]
    await engine.close()
    assert isinstance(last, Drawn)
    scores = last.pictures[0].scores
    assert set(scores) == {"fine", "odd"}
    assert sum(scores.values()) == pytest.approx(1.0)
    assert from_json(to_json(last)) == last, "it crosses to another process"


def test_labels_that_do_not_exclude_each_other_have_scores_of_their_own(vit: Path) -> None:
    config = vit / "config.json"
    whole = load_classifier(str(vit)).scores(NOISY)
    config.write_text(json.dumps({**json.loads(config.read_text()), "problem_type": "multi_label_classification"}))
    apart = load_classifier(str(vit)).scores(NOISY)
    assert sum(whole.values()) == pytest.approx(1.0)
    assert sum(apart.values()) != pytest.approx(1.0)


async def test_a_classifier_that_cannot_be_loaded_ends_the_work_before_it_is_drawn(tmp_path: Path) -> None:
    class Without(FakeModels):
        def classifier(self) -> None:
            Models(replace(PROFILES["tiny"], classifier=str(tmp_path / "none"))).classifier()

    models = Without()
    engine = LocalEngine(models)
    request = DrawRequest("1", Canvas(GlobalDescription("A house.")), options_of(TINY.usual))
    *_, last = [event async for event in engine.run(request)]
    await engine.close()
    assert isinstance(last, Failed)
    assert last.failure is Failure.WEIGHTS
    assert models.drawn == []


def test_the_doctor_says_what_is_wrong_with_a_classifier_and_what_follows(tmp_path: Path, vit: Path) -> None:
    def found(source: str, label: str = "odd") -> tuple[Verdict, str]:
        rules = (ImageRuleSettings(label=label),)
        decency = DecencySettings(image_check=source, image_rules=rules)
        finding = next(iter(examine_classifier(Settings(decency=decency))))
        return finding.verdict, f"{finding.found} {finding.remedy}"

    assert found(str(vit)) == (Verdict.FINE, f"{vit}, 2 labels ")
    wrong, words = found(str(vit), "lewd")
    assert wrong is Verdict.WRONG
    assert "no label 'lewd'; it has fine, odd" in words
    assert "nothing is drawn" in words
    wrong, words = found(str(tmp_path / "nowhere"))
    assert wrong is Verdict.WRONG
    assert "nothing is drawn" in words
    assert found("owner/not-here")[0] is Verdict.NOTE
    (vit / "config.json").write_text('{"architectures": ["LlamaForCausalLM"]}')
    assert "LlamaForCausalLM" in found(str(vit))[1]
    assert not list(examine_classifier(Settings())), "off by default"
    assert labels_of("owner/not-here") is None


def test_a_check_without_rules_and_rules_without_a_check_are_mistakes(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    for line in ('image_check = "a/b"', 'image_rules = [{ label = "nsfw" }]'):
        config.write_text(f"[decency]\n{line}\n", encoding="utf-8")
        with pytest.raises(ConfigError, match="belong together"):
            load_settings(config, {})


def brought(content: bytes, place: Place, text: str = "") -> Said:
    return Said(place, replace(ANN, language="fr"), text, file=Upload("cat.png", len(content), content))


async def test_brought_pictures_are_looked_at_before_they_are_kept(tmp_path: Path) -> None:
    into = io.BytesIO()
    NOISY.save(into, "PNG")
    models = FakeModels(looks=Looks([0.0, 0.4, 0.7, 0.95, 0.95, 0.95]))
    async with opened(tmp_path, engine=models, settings=settings(tmp_path)) as bot, working(bot):
        veils = []
        for number in range(3):
            place = Place("test", f"7/{number}")
            assert await bot.handle(brought(into.getvalue(), place)) is None
            veils.append((await bot.store.pictures(await bot.head(place)))[0].veil)
        await bot.at_rest()
        shown = [message for *_, message in bot.chat.posts]
        for words in ("", "a tree"):
            refused = await bot.handle(brought(into.getvalue(), ROOM, words))
            assert isinstance(refused, Notice)
            assert refused.text == say(Text("refused-picture-blocked"), "fr")
        assert await bot.store.conversation(ROOM) is None
        assert await bot.handle(brought(into.getvalue(), DEN)) is None, "there it is only blurred"
    assert veils == ["", "spoiler", "blur"]
    assert [each.attachments[0].spoiler for each in shown] == [False, True, False]
    assert shown[2].attachments[0].content != shown[0].attachments[0].content, "nobody can tell what it shows"
    assert len(list((tmp_path / "pictures").glob("*.png"))) == 4


async def test_a_picture_for_which_there_is_no_room_is_not_looked_at(tmp_path: Path) -> None:
    into = io.BytesIO()
    NOISY.save(into, "PNG")
    looks, limits = Looks([0.0, 0.1, 0.2]), Limits(shortest=64, longest=512, allowance=Allowance(1, 1, 100))
    models = FakeModels(looks=looks)
    async with opened(tmp_path, engine=models, limits=limits, settings=settings(tmp_path)) as bot:
        first = replace(brought(into.getvalue(), DEN), message="m1")
        assert await bot.handle(first) is None
        assert await bot.say("a house", ROOM) is None
        refused = await bot.handle(brought(into.getvalue(), ROOM, "a tree"))
        assert isinstance(refused, Notice)
        assert looks.sure == [0.1, 0.2]
        assert await bot.handle(first) is None, "the same message once more asks for nothing new"


async def test_a_brought_picture_that_nobody_can_look_at_is_not_kept(tmp_path: Path) -> None:
    into = io.BytesIO()
    NOISY.save(into, "PNG")
    async with opened(tmp_path, engine=FakeModels(), settings=settings(tmp_path)) as bot:
        refused = await bot.handle(brought(into.getvalue(), ROOM))
        assert isinstance(refused, Notice)
        assert refused.text == say(Text("refused-picture-unchecked"), "fr")
        assert await bot.store.conversation(ROOM) is None


async def test_an_engine_looks_at_a_picture_and_says_what_it_sees() -> None:
    engine = LocalEngine(FakeModels(looks=Looks([0.25])))
    request = LookRequest("1", engine.assets.keep(picture_bytes(NOISY)))
    assert from_json(to_json(request)) == request, "it crosses to another process"
    assert assets_of(request) == [request.picture]
    assert [event async for event in engine.run(request)] == [Looked({"odd": 0.25, "fine": 0.75})]
    await engine.close()


def test_the_strictest_rule_counts_and_a_label_without_a_score_is_no_all_clear() -> None:
    rules = PictureRules((PictureRule("a", 0.5, Veil.BLOCK), PictureRule("b", 0.1, Veil.SPOILER)))
    assert rules.veil({"a": 0.5, "b": 1.0}) is Veil.BLOCK
    assert rules.veil({"a": 0.4, "b": 0.1}) is Veil.SPOILER
    assert rules.veil({"a": 0.0, "b": 0.0}) is None
    with pytest.raises(UncheckedError, match="'b'"):
        rules.veil({"a": 1.0})


class Recorded:
    """Stands for the library's bot: keeps what it is told to send."""

    def __init__(self) -> None:
        self.media: list[InputMediaPhoto] = []

    async def edit_message_media(self, media: InputMediaPhoto, *_: object, **__: object) -> None:
        self.media.append(media)


async def test_what_is_hidden_is_a_spoiler_on_each_platform(tmp_path: Path) -> None:
    into = io.BytesIO()
    NOISY.save(into, "PNG")
    message = Outgoing("done", (Attachment("a.png", into.getvalue(), "a", spoiler=True),))
    upload = discord_shapes.shaped(message, 10**7).uploads()[0]
    assert upload.filename == "SPOILER_a.png"
    shape, sent = telegram_shapes.shaped(message), Recorded()
    await Calls(sent).replace(1, 2, shape)  # type: ignore[arg-type]  # it has the one method that is called
    assert sent.media[0].has_spoiler
    assert not any(each.as_file for each in telegram_shapes.versions(shape)), "a file's preview hides nothing"
    async with opened(tmp_path) as bot:
        transcript = StoredTranscript(bot.store)
        await transcript.add(ROOM, message, None)
        assert [file.spoiler for post in await transcript.posts(ROOM) for file in post.message.attachments] == [True]
