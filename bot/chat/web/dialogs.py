"""What opens above a page: a form, a choice, a notice, a picture in full size. Each is gone once it is closed."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Generator
from functools import partial

from nicegui import ui
from nicegui.events import GenericEventArguments

from bot.catalogues.text import Text
from bot.chat.web.files import WebFile, is_text
from bot.chat.web.highlighting import highlighted, split_fences
from bot.chat.web.language import worded
from bot.chat.web.message_view import Picture, file_link
from bot.chat.web.parts import button, element, icon, set_props, words
from bot.messages import COMPARISON, COMPARISON_GAP, Action, Attachment, Choices, Field, Form, Notice, Option

_LONGEST_HIGHLIGHTED = 200_000


@contextlib.contextmanager
def _dialog(title: str, classes: str) -> Generator[ui.dialog]:
    with ui.dialog() as dialog, element("div", f"sheet {classes}", role="document"):
        with element("header", "sheet-head"):
            words("h2", title)
            close = button(worded(Text("web-close")), "close", "plain round", show_label=False)
            close.on("click", dialog.close, args=[])
        yield dialog
    set_props(dialog, aria_label=title)
    dialog.on("hide", dialog.delete, args=[])
    dialog.open()


def open_form(form: Form, submit: Callable[[dict[str, str]], Awaitable[None]]) -> None:
    """Ask for the form's fields; ``submit`` gets every field's name and what was entered."""
    with _dialog(form.title, "form-sheet") as dialog:
        body = element("form", "form", autocomplete="off")
        with body:
            for number, field in enumerate(form.fields):
                _input(field, first=number == 0)
            with element("footer", "sheet-foot"):
                cancel = element("button", "plain", type="button")
                with cancel:
                    words("span", worded(Text("web-cancel")))
                cancel.on("click", dialog.close, args=[])
                with element("button", "primary", type="submit"):
                    words(
                        "span",
                        worded(Text("web-save")) if form.action is Action.SETTINGS else worded(Text("web-draw-it")),
                    )

        async def submitted(event: GenericEventArguments) -> None:
            entered = event.args if isinstance(event.args, dict) else {}
            dialog.close()
            await submit({field.name: str(entered.get(field.name, field.value)) for field in form.fields})

        # The browser owns the text until it is sent: nothing is typed through the server.
        body.on("submit", submitted, js_handler="(e) => { e.preventDefault(); emit(omost.values(e.target)) }")
        body.on("keydown", js_handler="omost.submitOnModifiedEnter")


def open_words(text: str, submit: Callable[[str], Awaitable[None]]) -> None:
    """Ask for other words in place of what the person wrote."""
    form = Form(
        worded(Text("web-change-words")),
        Action.EDIT,
        "",
        (Field("words", worded(Text("field-words")), text, multiline=True),),
    )

    async def entered(values: dict[str, str]) -> None:
        await submit(values["words"])

    open_form(form, entered)


def _input(field: Field, *, first: bool) -> None:
    with element("label", "field wide" if field.multiline else "field"):
        words("span", field.label, "field-label")
        if field.options:
            box = _select(field)
        else:
            box = element("textarea" if field.multiline else "input", "box", name=field.name, spellcheck="false")
            # As a default value, so that other changes of the page do not reset what has been typed.
            set_props(box, defaultValue=field.value)
        if field.multiline:
            set_props(box, rows="5")
        if first:
            set_props(box, data_autofocus="true")


def _select(field: Field) -> ui.element:
    select = element("select", "box", name=field.name)
    with select:
        for option in field.options:
            entry = words("option", option.label)
            set_props(entry, value=option.value)
            if option.value == field.value:
                set_props(entry, selected="selected")
    return select


def open_choices(
    title: str,
    choices: Choices,
    choose: Callable[[str], Awaitable[None]],
    publish: Callable[[Attachment], WebFile],
) -> None:
    """Offer several things; ``choose`` gets the value of the one that was taken."""
    with _dialog(title, "form-sheet") as dialog, element("div", "notice"):
        if choices.text:
            words("p", choices.text, "words")
        files = [publish(attachment) for attachment in choices.attachments]

        async def chosen(value: str) -> None:
            dialog.close()
            await choose(value)

        spotted = [option for option in choices.options if option.spot is not None] if files else []
        if spotted:
            _map(files[0], spotted, chosen)
        else:
            _files(files)
        with element("div", "options"):
            for option in choices.options:
                if option in spotted:
                    continue
                entry = element("button", "option", type="button")
                with entry:
                    words("span", option.label, "label")
                    if option.description:
                        words("span", option.description, "description")
                entry.on("click", partial(chosen, option.value), args=[])


_WALK = """(event) => {
  const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (!step) return;
  event.preventDefault();
  const at = (each) => [each.offsetLeft, each.offsetTop];
  const here = at(event.target);
  const far = (each) => {
    const away = at(each).map((place, axis) => place - here[axis]);
    const ahead = away[0] * step[0] + away[1] * step[1];
    return ahead > 4 ? ahead + 3 * Math.abs(away[0] * step[1] + away[1] * step[0]) : Infinity;
  };
  const others = [...event.target.parentElement.querySelectorAll("button")];
  const next = others.reduce((best, each) => (far(each) < far(best) ? each : best), event.target);
  if (far(next) < Infinity) next.focus();
}"""
"""Arrow keys go to the nearest spot in their direction."""


def _map(file: WebFile, options: list[Option], choose: Callable[[str], Awaitable[None]]) -> None:
    """A picture on which the options are seen: each is a button at its place, and arrow keys go from one to another."""
    with element("div", "map-frame"), element("div", "map") as shown:
        shown.style(f"width: {file.width}px")
        element("img", src=file.url, alt=file.description, width=str(file.width), height=str(file.height))
        for option in options:
            assert option.spot is not None, "as the caller chose"
            left, top, right, bottom = (100 * share for share in option.spot)
            said = " · ".join(part for part in (option.label, option.description) if part)
            spot = element("button", "spot", type="button", title=said, aria_label=said)
            spot.style(f"left: {left}%; top: {top}%; width: {right - left}%; height: {bottom - top}%")
            spot.on("click", partial(choose, option.value), args=[])
            spot.on("keydown", js_handler=_WALK)
            with spot:
                words("span", option.label, "label")


def open_notice(title: str, notice: Notice, publish: Callable[[Attachment], WebFile]) -> None:
    """Show words, pictures, code and files meant for the person alone."""
    code = next((attachment for attachment in notice.attachments if is_text(attachment.name)), None)
    inline = code.content.decode("utf-8", "replace") if code is not None else ""
    with _dialog(title, "notice-sheet"), element("div", "notice"):
        if notice.text.strip() != inline.strip():  # else the same would stand there twice
            _words_and_code(notice.text)
        if inline:
            _code(inline)
        _files([publish(attachment) for attachment in notice.attachments])


def _files(files: list[WebFile]) -> None:
    for file in files:
        if file.is_picture and file.name == COMPARISON:
            _comparison(file)
        elif file.is_picture:
            Picture(file, open_picture)
    with element("div", "files"):
        for file in files:
            if not file.is_picture:
                file_link(file)


def _comparison(file: WebFile) -> None:
    """Both halves of a picture of two above each other, with a slider for how much of the later one is seen."""
    width, height = (file.width - COMPARISON_GAP) / 2, file.height
    with element("figure", "comparison") as figure:
        figure.style(f"--ratio: {width} / {height}; --scale: {100 * file.width / width}%")
        set_props(figure, role="group", aria_label=file.description)
        for half in ("before", "after"):
            element("div", half).style(f"background-image: url('{file.url}')")
        slider = element("input", type="range", min="0", max="100")  # in the middle; a value would come back at updates
        set_props(slider, aria_label=worded(Text("web-compare-slider")))
        words("span", worded(Text("web-compare-earlier")), "side")
        words("span", worded(Text("web-compare-later")), "side later")
        slider.on("input", js_handler="(e) => e.target.parentElement.style.setProperty('--at', `${e.target.value}%`)")
    file_link(file)


def _words_and_code(text: str) -> None:
    for is_code, part in split_fences(text):
        if is_code:
            _code(part)
        else:
            words("p", part, "words")


def _code(code: str) -> None:
    with element("div", "code-block"):
        copy = button(worded(Text("web-copy")), "content_copy", "plain copy")
        set_props(copy, data_copy=worded(Text("web-copy")), data_copied=worded(Text("web-copied")))
        copy.on("click", js_handler="(e) => omost.copy(e.currentTarget)")
        if len(code) > _LONGEST_HIGHLIGHTED:
            box: ui.element = words("pre", code, "code")
        else:  # safe although it is HTML: escaped text and the highlighter's own spans
            box = ui.html(highlighted(code), sanitize=False, tag="pre").classes("code")
        set_props(box, tabindex="0", role="region", aria_label=worded(Text("web-code")))


def open_picture(file: WebFile) -> None:
    """Show a picture as large as the window allows."""
    with ui.dialog().props("maximized") as dialog, element("div", "lightbox"):
        image = element("img", "crisp" if file.is_magnified else "", src=file.url, alt=file.description or file.name)
        image.on("click", dialog.close, args=[])
        with element("div", "lightbox-bar"):
            with element("a", "plain", href=file.url, download=file.name):
                icon("download")
                words("span", worded(Text("web-download")))
            close = button(worded(Text("web-close")), "close", "plain round", show_label=False)
            close.on("click", dialog.close, args=[])
    set_props(dialog, aria_label=file.description or file.name)
    dialog.on("hide", dialog.delete, args=[])
    dialog.open()
