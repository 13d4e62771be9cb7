"""Forms and choices on Telegram: a question to reply to, or a keyboard with pages. Pure.

What a form holds is kept beside its message as JSON, so a keyboard works after any restart although its buttons
carry nothing but action, turn and a number. A button's data is ``action:turn:what``: ``p2`` turns to the third page,
``f1`` opens the second field, ``1`` takes the second option, ``ok`` sends the form, ``x`` closes it, ``b`` goes back.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, WebAppInfo

from bot.catalogues.catalogue import say
from bot.catalogues.text import Text
from bot.chat.telegram.shapes import cut, label
from bot.messages import Action, Choices, Field, Form, Option, Page

PAGE = 8
"""Options on one page of a keyboard."""

EMPTY = "-"
"""The reply that leaves a field empty."""


@dataclass(frozen=True)
class Opened:
    """A form or choices as shown. ``kind`` is ``question``, ``form``, ``choices`` or ``field`` (a question about one).

    ``field`` is the number of the field that is open, ``page`` that of the page, ``parent`` the message of the form a
    question belongs to.
    """

    kind: str
    action: Action
    turn: str
    title: str
    fields: tuple[Field, ...] = ()
    options: tuple[Option, ...] = ()
    field: int | None = None
    page: int = 0
    parent: int | None = None

    def values(self) -> dict[str, str]:
        """What stands in the fields, by their names."""
        return {each.name: each.value for each in self.fields}

    def with_value(self, number: int, value: str) -> Opened:
        """With something else in a field."""
        changed = replace(self.fields[number], value=value)
        fields = (*self.fields[:number], changed, *self.fields[number + 1 :])
        return replace(self, fields=fields, field=None, page=0)

    def dump(self) -> str:
        """As text to be kept."""
        return json.dumps(asdict(self), ensure_ascii=False)


def load(text: str) -> Opened | None:
    """What :meth:`Opened.dump` made; None for anything else."""
    try:
        found = json.loads(text)
        fields = tuple(_field(each) for each in found.pop("fields"))
        options = tuple(Option(**each) for each in found.pop("options"))
        return Opened(**{**found, "action": Action(found["action"]), "fields": fields, "options": options})
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _field(found: dict[str, object]) -> Field:
    options = found.pop("options")
    assert isinstance(options, list), "as dumped"
    return Field(**found, options=tuple(Option(**each) for each in options))  # type: ignore[arg-type]  # as dumped


def page_button(page: Page | None) -> InlineKeyboardMarkup | None:
    """A button that opens a page; one of an app opens within Telegram, which only private chats have.

    None without https, where Telegram refuses some addresses, and the message with them.
    """
    if page is None or not page.url.startswith("https://"):
        return None
    if page.app:
        return InlineKeyboardMarkup([[InlineKeyboardButton(page.label, web_app=WebAppInfo(page.url))]])
    return InlineKeyboardMarkup([[InlineKeyboardButton(page.label, url=page.url)]])


def opened(answer: Form | Choices) -> Opened:
    """How an answer is first shown: an edit is a question to reply to, anything else a keyboard."""
    if isinstance(answer, Choices):
        return Opened("choices", answer.action, answer.turn, answer.text, options=answer.options)
    kind = "question" if answer.action is Action.EDIT else "form"
    return Opened(kind, answer.action, answer.turn, answer.title, answer.fields)


def question(form: Opened, language: str) -> str:
    """The words that ask for a reply to a whole form."""
    labels = " | ".join(each.label for each in form.fields)
    lines = [
        form.title,
        *(_line(each) for each in form.fields),
        "",
        say(Text("reply-with-parts", parts=labels), language),
    ]
    if len(form.fields) > 1:
        lines.append(say(Text("parts-left-empty"), language))
    lines += [_offered(each) for each in form.fields if each.options]
    return "\n".join(lines)


def field_question(field: Field, language: str) -> str:
    """The words that ask for a reply to one field."""
    lines = [say(Text("reply-with-one", label=field.label), language), field.value, say(Text("dash-empties"), language)]
    return "\n".join(line for line in lines if line)


def entered(form: Opened, text: str) -> dict[str, str]:
    """The values of a reply ``words | size | seed``; what is left empty keeps what stands in the form.

    The first field takes what the others leave: words may hold bars of their own where there are too many.
    """
    pieces = [piece.strip() for piece in text.split("|")]
    surplus = max(0, len(pieces) - len(form.fields))
    pieces = [" | ".join(pieces[: surplus + 1]).strip(), *pieces[surplus + 1 :]]
    values = form.values()
    for field, piece in zip(form.fields, pieces, strict=False):
        if piece:
            values[field.name] = _chosen(field, piece)
    return values


def _chosen(field: Field, text: str) -> str:
    """An option by its label, else the text itself."""
    return next((each.value for each in field.options if each.label.lower() == text.lower()), text)


def shown(form: Opened) -> str:
    """The words above a keyboard."""
    if form.kind == "choices":
        return form.title
    return "\n".join([form.title, *(_line(each) for each in form.fields)])


def _line(field: Field) -> str:
    return f"{field.label}: {cut(_named(field), 1000)[0] or '—'}"


def _named(field: Field) -> str:
    return next((each.label for each in field.options if each.value == field.value), field.value)


def _offered(field: Field) -> str:
    return f"{field.label}: {', '.join(each.label for each in field.options)}"


def keyboard(form: Opened, language: str) -> InlineKeyboardMarkup:
    """The keyboard of a form or of choices, at its page."""
    if form.kind == "form" and form.field is None:
        return InlineKeyboardMarkup(_fields(form, language))
    options = form.options if form.field is None else form.fields[form.field].options
    current = None if form.field is None else form.fields[form.field].value
    page = options[form.page * PAGE : (form.page + 1) * PAGE]
    rows = [
        [_button(form, str(form.page * PAGE + number), f"{'✓ ' if each.value == current else ''}{each.label}")]
        for number, each in enumerate(page)
    ]
    last = _turning(form, len(options))
    last.append(
        _button(
            form,
            "b" if form.field is not None else "x",
            say(Text("keyboard-back" if form.field is not None else "keyboard-close"), language),
        )
    )
    return InlineKeyboardMarkup([*rows, last])


def _fields(form: Opened, language: str) -> list[list[InlineKeyboardButton]]:
    rows = [
        [_button(form, f"f{number}", f"{each.label}: {_named(each) or '—'}")] for number, each in enumerate(form.fields)
    ]
    return [
        *rows,
        [
            _button(form, "ok", f"✓ {say(Text('keyboard-send'), language)}"),
            _button(form, "x", say(Text("keyboard-close"), language)),
        ],
    ]


def _turning(form: Opened, options: int) -> list[InlineKeyboardButton]:
    pages = -(-options // PAGE)
    if pages < 2:
        return []
    before, after = (form.page - 1) % pages, (form.page + 1) % pages
    return [_button(form, f"p{before}", "‹"), _button(form, f"p{after}", f"{form.page + 1}/{pages} ›")]


def _button(form: Opened, what: str, text: str) -> InlineKeyboardButton:
    return InlineKeyboardButton(label(text), callback_data=f"{form.action}:{form.turn}:{what}")
