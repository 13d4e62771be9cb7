"""Pictures described: by a model of Qwen2.5-VL's format in this process, and by a server."""

from __future__ import annotations

import base64
import io
import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from omost_pipeline.canvas.codec import canvas_to_reply
from omost_pipeline.composer.composition import Composition, compose_canvas
from omost_pipeline.composer.describing import WORDS
from omost_pipeline.composer.local.seeing import LocalDescriber, load_describer
from omost_pipeline.composer.protocol import ComposeOptions, Composer
from omost_pipeline.composer.served.seeing import ServedDescriber
from omost_pipeline.composer.served.server import Server
from omost_pipeline.errors import ComposerError, WeightsError
from tests.composer.conftest import canvas_of, make_model
from tests.composer.served.strict_chat_server import Answers, Says, serving
from tests.composer.vision import save_vision_model

OPTIONS = ComposeOptions(seed=7, temperature=0.6, top_p=0.9, max_new_tokens=500)
RED, BLUE = (Image.new("RGB", (192, 128), color) for color in ("red", "blue"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_vision_model(tmp_path_factory.mktemp("vision"))


@pytest.fixture(scope="module")
def describer(folder: Path) -> LocalDescriber:
    return load_describer(str(folder), "cpu")


def text_of(composer: Composer, options: ComposeOptions = OPTIONS) -> str:
    return "".join(composer.compose((), "", options))


def canvas_from(composer: Composer, options: ComposeOptions = OPTIONS) -> Composition:
    *_, found = compose_canvas(composer, (), "", options)
    assert isinstance(found, Composition)
    return found


@pytest.mark.slow
def test_what_a_random_model_says_of_a_picture_is_a_canvas_of_its_own(describer: LocalDescriber) -> None:
    said = text_of(describer.looking_at(RED))
    assert said == text_of(describer.looking_at(RED)), "a seed is one canvas"
    assert said != text_of(describer.looking_at(BLUE)), "it does not look"
    assert canvas_from(describer.looking_at(RED), ComposeOptions(seed=7, max_new_tokens=2000)).parsed.canvas is not None


@pytest.mark.slow
def test_describing_can_be_stopped_and_has_room_for_no_more_than_is_asked_for(describer: LocalDescriber) -> None:
    with closing(describer.looking_at(RED).compose((), "", OPTIONS)) as pieces:
        next(pieces)
    short = ComposeOptions(seed=7, temperature=0.6, top_p=0.9, max_new_tokens=10)
    assert text_of(describer.looking_at(RED)).startswith(text_of(describer.looking_at(RED), short))


@pytest.mark.sampled(1)
@pytest.mark.parametrize("damage", ["absent", "llama", "cut", "missing"])
def test_what_sees_no_pictures_is_refused_in_one_sentence(folder: Path, tmp_path: Path, damage: str) -> None:
    where = tmp_path / "model"
    if damage == "llama":
        make_model().save_pretrained(where)
    elif damage != "absent":
        save_vision_model(where)
        weights = where / "model.safetensors"
        if damage == "cut":
            weights.write_bytes(weights.read_bytes()[:-100])
        else:
            (where / "preprocessor_config.json").unlink()
    with pytest.raises(WeightsError, match=str(where)) as caught:
        load_describer(str(where), "cpu")
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


def test_a_server_is_shown_the_picture_and_its_canvas_is_read_as_any_other() -> None:
    canvas = canvas_of("red ball")
    with serving(Says((canvas_to_reply(canvas),)), owner="vllm", sees=True) as server:
        found = canvas_from(ServedDescriber(Server(server.url), pause=0.001).looking_at(RED))
    assert found.parsed.canvas == canvas
    (body,) = server.asked
    system, user = body["messages"]
    assert isinstance(system["content"], str)
    picture, words = user["content"]
    assert words == {"type": "text", "text": WORDS}
    head, _, data = picture["image_url"]["url"].partition(",")
    assert head == "data:image/png;base64"
    with Image.open(io.BytesIO(base64.b64decode(data))) as shown:
        assert (shown.size, shown.getpixel((0, 0))) == (RED.size, (255, 0, 0))
    assert "structured_outputs" in body


def test_what_is_wrong_with_a_server_names_the_settings_of_what_sees() -> None:
    key = r"set vision\.key or OMOST_VISION__KEY"
    with serving(Says(("",)), key="secret") as server, pytest.raises(ComposerError, match=key):
        text_of(ServedDescriber(Server(server.url, "sees"), pause=0.001).looking_at(RED))
    with serving(Says(("",))) as server, pytest.raises(ComposerError, match="400") as caught:  # its model sees nothing
        text_of(ServedDescriber(Server(server.url), pause=0.001).looking_at(RED))
    assert "vision.model" in str(caught.value)


def test_a_server_that_takes_no_system_message_is_shown_the_picture_all_the_same() -> None:
    def no_system(body: dict[str, Any]) -> Answers | None:
        refusal = json.dumps({"error": {"message": "System role not supported"}})
        return Answers(400, refusal) if body["messages"][0]["role"] == "system" else None

    with serving(Says((canvas_to_reply(canvas_of("red ball")),)), quirk=no_system) as server:
        canvas_from(ServedDescriber(Server(server.url), pause=0.001).looking_at(RED))
    picture, words = server.asked[-1]["messages"][0]["content"]
    assert picture["type"] == "image_url"
    assert words["text"].endswith(WORDS)
