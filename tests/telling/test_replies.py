"""The bot's words: short enough, with alternative texts, and honest."""

from __future__ import annotations

from dataclasses import replace

from PIL import Image

from bot.catalogues.catalogue import say
from bot.messages import Attachment, Author
from bot.requests.limits import limits_for, read_size
from bot.telling import replies
from bot.telling.edge import message_in
from bot.telling.views import png
from bot.turns.conversation import Edited, Picture, TurnRecord, first_request
from omost_pipeline.canvas.elements import Canvas, Correction, GlobalDescription, Outline, Region
from omost_pipeline.canvas.fields import MISSING
from omost_pipeline.renderer.keep.earlier import Recomposed, Whole
from omost_pipeline.renderer.keep.overlay import packed_mask
from tests.fakes import TINY, canvas_for, info_of


def turn(words: str) -> TurnRecord:
    return TurnRecord("aaaaaaaaaa", 1, Author("1", "Ann"), 0.0, first_request(words, TINY, 1))


def region(description: str) -> Region:
    return Region("in the center", "no offset", "a small square area", 1.0, description)


def test_long_words_are_shortened_in_every_status() -> None:
    long = turn("word " * 800)
    for message in (
        replies.waiting(long, 3),
        replies.starting(long),
        replies.failed(long, "no"),
        replies.cancelled(long),
    ):
        assert len(message_in(message).whole) < 500


def test_an_alternative_text_names_everything_and_has_an_end() -> None:
    assert replies.alt_text(canvas_for("red house")) == (
        "A meadow. A red house in the center. A yellow sun on the top."
    )
    crowd = Canvas(GlobalDescription("A crowd."), tuple(region(f"Person {number}.") for number in range(200)))
    assert len(replies.alt_text(crowd)) <= 900


def test_plurals_and_colours_of_known_things_are_known() -> None:
    layout = Attachment("l.png", b"")
    for description, guess in (("Two red houses.", False), ("A cat, sleeping.", False), ("A catapult.", True)):
        canvas = Canvas(GlobalDescription("A meadow."), (region(description),))
        said = message_in(replies.finished(turn(description), canvas, [], (layout,))).text
        assert ("guess" in said) is guess, description
        assert "guess" not in message_in(replies.finished(turn("at night"), canvas, [], (layout,))).text, "said before"


def test_an_edit_that_changed_nothing_says_so() -> None:
    file, canvas = Attachment("aaaaaaaaaa-1.png", png(Image.new("RGB", (64, 64)))), canvas_for("red house")
    pictures = [Picture("aaaaaaaaaa", 0, 1, "aaaaaaaaaa-1.png", 64, 64)]
    for edited, told in (
        (None, False),
        (Edited(kept=1.0), True),
        (Edited(kept=0.999, mask=png(Image.new("1", (64, 64), 1))), False),
        (Edited(whole=Whole.SCENE), False),
    ):
        changed = replace(turn("move it to the right"), edited=edited)
        said = message_in(replies.finished(changed, canvas, pictures, (file,))).text
        assert ("Nothing changed" in said) is told, edited
        asked = message_in(
            replies.finished(replace(turn("how many cats? "), edited=edited), canvas, pictures, (file,))
        ).text
        assert ("A red house in the center. A yellow sun on the top." in asked) is told, edited
        assert "A red house" not in said


def test_of_another_style_it_is_not_said_that_nothing_was_kept() -> None:
    for recomposed, told in (
        (None, "kept 2% of the picture"),
        (Recomposed(drawn=("A red house.",)), "kept 2% of the picture · drawn: A red house"),
        (Recomposed(restyled=True), "the same in another style"),
        (Recomposed(drawn=("A red house.",), restyled=True), "the same in another style · drawn: A red house"),
    ):
        mask = packed_mask(png(Image.new("1", (64, 64), 1)), recomposed)
        assert say(replies.kept(Edited(kept=0.02, mask=mask)), "en") == told


def test_progress_grows_from_waiting_to_the_last_step() -> None:
    layout = Attachment("l.png", b"")
    values = [
        replies.waiting(turn("x"), 1).progress,
        replies.composing(turn("x"), Outline(Canvas(GlobalDescription("A meadow."))), layout).progress,
        replies.composing(turn("x"), Outline(canvas_for("house")), layout).progress,
        replies.drawing(turn("x"), composed_now=True, number=1, total=16, preview=layout).progress,
        replies.drawing(turn("x"), composed_now=True, number=16, total=16, preview=layout).progress,
    ]
    known = [value for value in values if value is not None]
    assert len(known) == 5
    assert known == sorted(known)
    assert (known[0], known[-1]) == (0.0, 1.0)


def test_limits_suit_the_profile() -> None:
    tiny, omost = limits_for(TINY), limits_for(info_of("omost"))
    assert (tiny.shortest, tiny.longest) == (64, 384)
    assert (omost.shortest, omost.longest) == (256, 2048)
    assert (read_size("2047,300", omost).width, read_size("2047,300", omost).height) == (2048, 320)


def test_the_bundled_models_say_what_they_are_in_the_language_of_the_request() -> None:
    layout = Attachment("l.png", b"")
    known = Canvas(GlobalDescription("A meadow."), (region("A red cat."),))
    beyond = Canvas(GlobalDescription("A meadow."), (region("A dragon."),))
    said = {
        words: message_in(replies.finished(turn(words), canvas, [], (layout,))).text
        for words, canvas in (
            ("a cat", known),
            ("un dragon", beyond),
            ("un chat", known),
            ("画一条龙", beyond),
            ("un chat et mon tonton", known),
        )
    }
    assert "profile" not in said["a cat"]
    assert "profile" not in said["un chat"], "all of it was understood"
    assert "comprennent peu le français" in said["un chat et mon tonton"]
    assert "approximation" not in said["un chat et mon tonton"]
    assert "«\N{NO-BREAK SPACE}A dragon\N{NO-BREAK SPACE}»" in said["un dragon"]
    assert "简单的场景" in said["画一条龙"]
    assert "“A dragon”" in said["画一条龙"]


def test_what_was_put_right_is_named_where_it_was_said_and_listed_with_the_code() -> None:
    layout = Attachment("l.png", b"")
    name = Correction(4, "location", "Upper left", "on the top-left")
    bracket = Correction(9, "bracket", MISSING, "]")

    def said(*corrections: Correction) -> str:
        base = turn("x")
        put_right = replace(base, draft=replace(base.draft, corrections=corrections))
        return message_in(replies.finished(put_right, canvas_for("house"), [], (layout,))).text

    assert said(name).endswith("Small fixes: Upper left → on the top-left.")
    assert said(bracket, bracket).endswith("Made 2 small fixes; press Code to see them.")
    assert said(bracket).endswith("Made one small fix; press Code to see it.")
    assert said(name, bracket).endswith("Small fixes: Upper left → on the top-left. Press Code to see all 2.")
    assert say(replies.code("canvas = Canvas()\n", (name, bracket, replace(name, line=0)))) == (
        "canvas = Canvas()\n\n# Corrected in what the model wrote:\n"
        "# line 4: location “Upper left” was read as “on the top-left”\n"
        "# line 9: bracket was missing; ] was assumed\n"
        "# location “Upper left” was read as “on the top-left”"
    )
    assert say(replies.code("x" * 2000, (name,) * 30)).endswith("\n# … and 10 more")
    assert say(replies.code("canvas = Canvas()\n")) == "canvas = Canvas()\n"
