"""The web chat in a real browser, in front of a bot that draws rectangles."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect

from bot.messages import LARGEST_UPLOAD, Action, Pressed, Rewritten, Said, Submitted, Upload
from tests.platforms.web.web_browser import chromium, say
from tests.platforms.web.web_fakes import CODE, FakeBot, MemoryTranscript, ServedChat


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def bot() -> FakeBot:
    return FakeBot()


@pytest.fixture
def served(bot: FakeBot) -> Iterator[ServedChat]:
    with ServedChat(bot, MemoryTranscript()) as served:
        yield served


@pytest.fixture
def page(browser: Browser, served: ServedChat) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(30_000)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(served.address)
    yield page
    context.close()
    assert errors == []


def from_bot(page: Page) -> Locator:
    return page.locator("article.bot")


def draw(page: Page, words: str = "a red house under a yellow sun") -> Locator:
    """Say the words and wait until the picture stands there with its buttons."""
    message = from_bot(page).nth(from_bot(page).count())
    say(page, words)
    expect(message.get_by_role("button", name="Edit")).to_be_visible()
    return message


def test_words_bring_progress_then_a_picture_then_buttons(page: Page, bot: FakeBot) -> None:
    bot.held = True
    say(page, "a red house")
    expect(page.locator("article.yours")).to_contain_text("a red house")
    progress = from_bot(page).get_by_role("progressbar")
    expect(progress).to_be_visible()
    expect(from_bot(page).get_by_role("button", name="Cancel")).to_be_visible()
    expect(from_bot(page).locator("img")).to_have_attribute("alt", "preview")
    bot.held = False
    expect(from_bot(page).get_by_role("button", name="Edit")).to_be_visible()
    expect(progress).to_be_hidden()
    picture = from_bot(page).get_by_alt_text("a red house")
    expect(picture).to_have_js_property("naturalWidth", 256)
    names = [button.inner_text().split()[-1] for button in from_bot(page).locator(".buttons button").all()]
    assert names == ["Edit", "Reroll", "Variations", "Undo", "Layout", "Code", "Delete"]
    said = bot.received[0]
    assert isinstance(said, Said)
    assert (said.place.platform, said.author.name, said.text) == ("web", "You", "a red house")
    assert page.url.endswith(f"/c/{said.place.key}")


@pytest.mark.slow
def test_an_example_starts_a_conversation(page: Page, bot: FakeBot) -> None:
    page.get_by_role("button", name="a red house under a yellow sun").dblclick()
    expect(from_bot(page).get_by_role("button", name="Edit")).to_be_visible()
    assert [incoming.text for incoming in bot.received if isinstance(incoming, Said)] == [
        "a red house under a yellow sun"
    ]


@pytest.mark.slow
def test_shift_enter_begins_a_new_line(page: Page, bot: FakeBot) -> None:
    box = page.get_by_label("Your message")
    box.fill("a red house")
    box.press("Shift+Enter")
    box.press_sequentially("at night")
    box.press("Enter")
    expect(page.locator("article.yours .words")).to_have_text("a red house\nat night")
    expect(box).to_have_value("")


@pytest.mark.slow
def test_the_edit_form_is_prefilled_keeps_what_is_typed_and_reaches_the_bot(page: Page, bot: FakeBot) -> None:
    first = draw(page)
    say(page, "a tree")  # so that the page changes while the form is open
    first.get_by_role("button", name="Edit").click()
    form = page.get_by_role("dialog")
    expect(form.get_by_label("What to draw")).to_have_value("a red house under a yellow sun")
    expect(form.get_by_label("Seed")).to_have_value("12345")
    form.get_by_label("What to draw").fill("a blue house")
    form.get_by_label("Seed").fill("7")
    expect(form.get_by_label("Style")).to_have_value("flat")
    form.get_by_label("Style").select_option("Ink")
    expect(from_bot(page).nth(1).get_by_role("button", name="Edit")).to_be_visible()
    expect(form.get_by_label("Seed")).to_have_value("7")
    form.get_by_role("button", name="Draw it").click()
    expect(from_bot(page).nth(2).get_by_alt_text("a blue house")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    submitted = next(incoming for incoming in bot.received if isinstance(incoming, Submitted))
    assert (submitted.action, submitted.turn) == (Action.EDIT, "t1")
    assert submitted.values == {"words": "a blue house", "size": "256 × 256", "seed": "7", "style": "ink"}


@pytest.mark.slow
def test_own_words_can_be_changed_and_are_not_said_twice(page: Page, bot: FakeBot) -> None:
    first = draw(page, "a red house")
    expect(first.locator(".quote")).to_be_hidden()
    own = page.locator("article.yours")
    own.hover()
    own.get_by_role("button", name="Change your words").click()
    form = page.get_by_role("dialog")
    expect(form.get_by_label("What to draw")).to_have_value("a red house")
    form.get_by_label("What to draw").fill("a blue fish")
    form.get_by_role("button", name="Draw it").click()
    second = from_bot(page).nth(1)
    expect(second.get_by_role("button", name="Edit")).to_be_visible()
    expect(own.locator(".words")).to_have_text("a blue fish")
    expect(first.locator(".quote")).to_have_text("“a red house”")
    expect(second.locator(".quote")).to_have_text("“a blue fish”")
    rewritten = bot.received[1]
    assert isinstance(rewritten, Rewritten)
    assert (rewritten.text, rewritten.message) == ("a blue fish", "1")
    assert rewritten.author.moderator


@pytest.mark.slow
def test_what_is_written_in_one_go_is_one_request(browser: Browser, bot: FakeBot) -> None:
    with ServedChat(bot, MemoryTranscript(), pause=600) as served:
        page = browser.new_page()
        page.goto(served.address)
        for number, words in enumerate(("a red house", "and a tree", "/help"), 1):  # a command waits for nothing
            say(page, words)
            expect(page.locator("article.yours")).to_have_count(number)
        expect(from_bot(page).get_by_role("button", name="Edit")).to_have_count(1)
        page.close()
    assert [each.text for each in bot.received if isinstance(each, Said)] == ["a red house\nand a tree", "/help"]


@pytest.mark.slow
def test_the_footer_leads_to_the_picture_that_this_one_came_from(page: Page) -> None:
    first = draw(page, "a red house")
    expect(first.locator(".footer")).to_have_text("Seed 1, 256 × 256")
    second = draw(page, "a blue house")
    page.locator("#scroll").evaluate("area => area.scrollTo({top: area.scrollHeight, behavior: 'instant'})")
    expect(first.get_by_role("img")).not_to_be_in_viewport(ratio=0.9)
    second.get_by_role("button", name="from this picture").click()
    expect(first.get_by_role("img")).to_be_in_viewport(ratio=0.9)


@pytest.mark.slow
def test_buttons_reach_the_bot_with_their_turn(page: Page, bot: FakeBot) -> None:
    message = draw(page)
    message.get_by_role("button", name="Variations").click()
    expect(from_bot(page).last.locator("img")).to_have_count(4)
    message.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("alert")).to_contain_text("nothing before this picture")
    pressed = [(incoming.action, incoming.turn) for incoming in bot.received if isinstance(incoming, Pressed)]
    assert pressed == [(Action.VARIATIONS, "t1"), (Action.UNDO, "t1")]


@pytest.mark.slow
def test_a_picture_is_deleted_only_by_who_says_so_twice(page: Page, bot: FakeBot) -> None:
    message, dialog = draw(page), page.get_by_role("dialog")
    for answer in ("Cancel", "Delete"):
        message.get_by_role("button", name="Delete").click()
        expect(dialog).to_contain_text("for good")
        assert not [incoming for incoming in bot.received if isinstance(incoming, Pressed)]
        dialog.get_by_role("button", name=answer, exact=True).click()
        expect(dialog).to_have_count(0)
    expect(page.get_by_role("alert")).to_contain_text("It is gone.")
    assert [incoming.action for incoming in bot.received if isinstance(incoming, Pressed)] == [Action.DELETE]


@pytest.mark.slow
def test_what_is_chosen_of_several_things_reaches_the_bot(page: Page, bot: FakeBot) -> None:
    draw(page).get_by_role("button", name="Reroll").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Which seed?")
    dialog.get_by_role("button", name="Seed 1").click()
    expect(from_bot(page)).to_have_count(2)
    pressed = [incoming.value for incoming in bot.received if isinstance(incoming, Pressed)]
    assert pressed == ["", "1"]


@pytest.mark.slow
def test_layout_opens_as_a_picture_and_code_as_text_to_copy(page: Page) -> None:
    message = draw(page)
    message.get_by_role("button", name="Layout").click()
    expect(page.get_by_role("dialog").get_by_alt_text("the layout")).to_have_js_property("naturalWidth", 180)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    message.get_by_role("button", name="Code").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("pre")).to_have_text(CODE)
    expect(dialog.locator("p")).to_have_count(0)  # the notice's words are the same code
    expect(dialog.locator("pre .string")).to_have_text("'<b>a red house</b> under a yellow sun'")
    with page.expect_download() as download:
        dialog.get_by_role("link", name="canvas.py").click()
    assert download.value.path().read_text(encoding="utf-8") == CODE
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    dialog.get_by_role("button", name="Copy").click()
    expect(dialog.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == CODE


@pytest.mark.slow
def test_a_picture_opens_large_and_downloads(page: Page) -> None:
    message = draw(page)
    message.get_by_role("button", name="Enlarge").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("img")).to_be_visible()
    with page.expect_download() as download:
        dialog.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "t1-1.png"


@pytest.mark.slow
def test_a_second_tab_sees_everything_at_once(page: Page) -> None:
    draw(page)
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator("article")).to_have_count(2)
    say(page, "a tree")
    expect(other.locator("article.yours").last).to_contain_text("a tree")
    expect(from_bot(other).last.get_by_alt_text("a tree")).to_be_visible()
    expect(from_bot(page).last.get_by_alt_text("a tree")).to_be_visible()


@pytest.mark.slow
def test_conversations_are_listed_newest_first_and_lead_to_their_messages(page: Page) -> None:
    draw(page, "a red house")
    page.get_by_role("link", name="New picture").first.click()
    expect(page.get_by_role("heading", name="What shall we draw?")).to_be_visible()
    draw(page, "a green tree")
    entries = page.get_by_role("navigation", name="Conversations").get_by_role("link")
    expect(entries).to_have_text(["a green tree", "a red house"])
    expect(entries.first).to_have_attribute("aria-current", "page")
    entries.last.click()
    expect(page.locator("article.yours")).to_have_text(re.compile("a red house"))
    expect(page).to_have_title("a red house · Omost")
    page.go_back()
    expect(page.locator("article.yours")).to_have_text(re.compile("a green tree"))


@pytest.mark.slow
def test_who_goes_back_at_once_is_where_they_were(page: Page) -> None:
    draw(page, "a red house")
    page.get_by_role("link", name="New picture").first.click()
    expect(page.get_by_role("heading", name="What shall we draw?")).to_be_visible()
    draw(page, "a green tree")
    page.evaluate("""() => new Promise((resolve) => {
        window.addEventListener("popstate", resolve, { once: true });
        document.querySelector("nav.list a:last-child").click();
        history.back();
    })""")
    expect(page.get_by_role("navigation").locator("[aria-current]")).to_have_text("a green tree")
    draw(page, "and a boat")
    expect(page.locator("article.yours")).to_have_text([re.compile("a green tree"), re.compile("and a boat")])


@pytest.mark.slow
def test_a_canvas_file_is_attached_dropped_or_left_out(page: Page, bot: FakeBot) -> None:
    house: FilePayload = {"name": "house.json", "mimeType": "application/json", "buffer": b"[]"}
    attached = page.locator("#attached")
    page.locator("#file").set_input_files(house)
    expect(attached).to_contain_text("house.json")
    attached.get_by_role("button", name="Leave the file out").click()
    expect(attached).to_be_hidden()
    page.locator("#file").set_input_files(house)
    expect(attached).to_be_visible()
    page.get_by_role("button", name="Send").click()
    own = page.locator("article.yours")
    expect(own.get_by_role("link", name="house.json")).to_be_visible()
    expect(own.get_by_role("button", name="Change your words")).to_have_count(0)
    expect(attached).to_be_hidden()
    expect(from_bot(page).get_by_role("button", name="Edit")).to_be_visible()
    page.evaluate("""() => {
        const files = new DataTransfer();
        files.items.add(new File(["canvas = Canvas()"], "dropped.py"));
        document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: files, bubbles: true }));
    }""")
    expect(attached).to_contain_text("dropped.py")
    say(page, "my canvas")
    expect(own.last).to_contain_text("my canvas")
    expect(from_bot(page).last.get_by_role("button", name="Edit")).to_be_visible()
    page.locator("#file").set_input_files({**house, "name": "large.json", "buffer": b" " * (LARGEST_UPLOAD + 1)})
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_contain_text("large.json has")
    expect(own).to_have_count(2)
    said = [each for each in bot.received if isinstance(each, Said)]
    assert [(each.text, each.file) for each in said] == [
        ("", Upload("house.json", 2, b"[]")),
        ("my canvas", Upload("dropped.py", 17, b"canvas = Canvas()")),
        ("", Upload("large.json", LARGEST_UPLOAD + 1, None)),
    ]


@pytest.mark.slow
def test_a_picture_is_pasted_seen_and_sent(page: Page, bot: FakeBot) -> None:
    page.locator("#words").focus()
    page.evaluate("""async () => {
        const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 64 });
        const blob = await new Promise((done) => canvas.toBlob(done));
        const files = new DataTransfer();
        files.items.add(new File([blob], "image.png", { type: "image/png" }));
        const pasted = new ClipboardEvent("paste", { clipboardData: files, bubbles: true });
        document.getElementById("words").dispatchEvent(pasted);
    }""")
    expect(page.locator("#attached img")).to_be_visible()
    say(page, "a boat on it")
    expect(page.locator("article.yours img")).to_be_visible()
    expect(from_bot(page).get_by_role("button", name="Edit")).to_be_visible()
    (said,) = [each for each in bot.received if isinstance(each, Said)]
    assert said.file is not None
    assert (said.text, said.file.name) == ("a boat on it", "image.png")
    assert (said.file.content or b"").startswith(b"\x89PNG")


@pytest.mark.slow
def test_html_in_messages_is_inert(page: Page) -> None:
    attack = "<img src=x onerror=\"document.title='pwned'\"><script>document.title='pwned'</script><b>bold</b>`$x"
    draw(page, attack)
    expect(page.locator("article.yours .words")).to_have_text(attack)
    page.reload()  # the first page is HTML, later changes are not
    expect(page.locator("article.yours .words")).to_have_text(attack)
    expect(from_bot(page).locator(".words")).to_have_text(attack)
    expect(page.locator("article b, article script")).to_have_count(0)
    assert "pwned" not in page.title().replace(attack, "")


@pytest.mark.slow
def test_an_answer_in_a_sentence_stands_in_the_chat_and_long_words_in_a_dialog(page: Page) -> None:
    say(page, "fail")
    expect(from_bot(page).locator(".words")).to_contain_text("Something went wrong")
    page.reload()  # somebody who looked away finds it still
    expect(from_bot(page).locator(".words")).to_contain_text("Something went wrong")
    say(page, "/help")
    expect(page.get_by_role("dialog")).to_contain_text("Then say what to change.")


@pytest.mark.slow
@pytest.mark.parametrize("width", [320, 390])
def test_a_phone_shows_everything_without_sideways_scrolling(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.reload()

    def overflow() -> object:
        return page.evaluate("document.documentElement.scrollWidth - innerWidth")

    expect(page.get_by_role("link", name="New picture").last).to_be_in_viewport()
    assert overflow() == 0
    message = draw(page, "a red house with " + "averylongword" * 12)
    assert overflow() == 0
    message.get_by_role("button", name="Variations").click()
    expect(from_bot(page).last.locator("img")).to_have_count(4)
    for button in from_bot(page).last.locator(".buttons button").all():
        expect(button).to_be_in_viewport(ratio=1)
    assert overflow() == 0
    message.get_by_role("button", name="Edit").click()
    expect(page.get_by_role("button", name="Draw it")).to_be_in_viewport()
    assert overflow() == 0
    page.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Conversations").click()
    entry = page.get_by_role("navigation", name="Conversations").get_by_role("link")
    expect(entry).to_be_in_viewport()
    entry.click()
    expect(entry).not_to_be_in_viewport()


@pytest.mark.slow
def test_a_page_comes_back_by_itself_after_the_server_has_restarted(browser: Browser, bot: FakeBot) -> None:
    transcript = MemoryTranscript()
    with ServedChat(bot, transcript) as served:
        port = int(served.address.rsplit(":", 1)[1])
        page = browser.new_page()
        page.goto(served.address)
        draw(page, "a red house")
        page.get_by_label("Your message").fill("not yet sent")
        page.evaluate("window.isOldPage = true")
    again = FakeBot(turns=10)
    with ServedChat(again, transcript, port):
        page.wait_for_function("!window.isOldPage", timeout=30_000)
        expect(page.get_by_alt_text("a red house")).to_have_js_property("naturalWidth", 256)
        expect(page.get_by_label("Your message")).to_have_value("not yet sent")
        draw(page, "a green tree")
        assert isinstance(again.received[0], Said)
        page.close()


@pytest.mark.slow
def test_the_reader_stays_at_the_end_unless_scrolled_away(page: Page) -> None:
    draw(page, "first")
    draw(page, "second")
    expect(from_bot(page).last.get_by_role("button", name="Code")).to_be_in_viewport(ratio=1)
    page.locator("#scroll").evaluate("area => area.scrollTo({top: 0, behavior: 'instant'})")
    latest = page.get_by_role("button", name="Latest message")
    latest.click()
    expect(from_bot(page).last.get_by_role("button", name="Code")).to_be_in_viewport(ratio=1)
    expect(latest).to_be_hidden()
    page.locator("#scroll").evaluate("area => area.scrollTo({top: 0, behavior: 'instant'})")
    expect(latest).to_be_visible()
    page.locator("article.yours").first.get_by_role("button", name="Change your words").click()
    page.get_by_role("dialog").get_by_label("What to draw").fill("third")
    page.get_by_role("dialog").get_by_role("button", name="Draw it").click()
    expect(from_bot(page).nth(2).get_by_role("button", name="Code")).to_be_in_viewport(ratio=1)


@pytest.mark.slow
def test_a_page_speaks_the_language_that_the_browser_asks_for(
    browser: Browser, served: ServedChat, bot: FakeBot
) -> None:
    context = browser.new_context(locale="fr-CA")
    page = context.new_page()
    page.goto(served.address)
    expect(page.locator("h1")).to_have_text("Que dessine-t-on\N{NO-BREAK SPACE}?")
    box = page.get_by_label("Votre message")
    box.fill("une maison rouge")
    page.get_by_role("button", name="Envoyer").click()
    expect(page.locator("article.bot").get_by_role("button", name="Edit")).to_be_visible()
    assert {each.author.language for each in bot.received} == {"fr-CA"}
    two: list[FilePayload] = [{"name": f"{name}.json", "mimeType": "", "buffer": b"[]"} for name in "ab"]
    page.locator("#file").evaluate("input => { input.multiple = true }")
    page.locator("#file").set_input_files(two)
    attached = page.locator("#attached")
    expect(attached).to_contain_text("a.json (un seul fichier par message")
    page.route("**/uploads?*", lambda route: route.abort())
    page.get_by_role("button", name="Envoyer").click()
    expect(attached).to_contain_text("a.json n’a pas pu être envoyé")
    page.locator("article.bot").get_by_role("button", name="Code").click()
    page.get_by_role("button", name="Copier").click()
    expect(page.get_by_role("button", name="Copié")).to_be_visible()
    expect(page.get_by_role("button", name="Copier")).to_be_visible()
    context.close()
