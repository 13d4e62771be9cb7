"""The edge between the core, which says things by id, and the platforms, which show words.

The one place where messages become English, French or Chinese: answers in the language of whoever asked, posts in that
of whoever the turn is from. Knows the catalogues; knows no platform and no conversation.
"""

from __future__ import annotations

from bot.catalogues.catalogue import say
from bot.catalogues.text import Wording
from bot.messages import (
    Answer,
    Attachment,
    Button,
    Chat,
    Choices,
    Field,
    Form,
    Handle,
    Handler,
    Incoming,
    Notice,
    Option,
    Outgoing,
    Page,
    Place,
    Reply,
)


def in_words(handler: Handler) -> Handle:
    """The way into the bot as platforms know it: its answers are in the language of whoever asks."""

    async def handle(incoming: Incoming) -> Answer:
        return answer_in(await handler(incoming), incoming.author.language)

    return handle


class WordedChat:
    """A chat as the core knows it: it takes messages by id and shows them in the language they are meant for."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat

    @property
    def platform(self) -> str:
        return self._chat.platform

    async def age_restricted(self, place: Place) -> bool:
        return await self._chat.age_restricted(place)

    async def post(self, place: Place, message: Outgoing[Wording]) -> str:
        return await self._chat.post(place, message_in(message))

    async def edit(self, place: Place, message_id: str, message: Outgoing[Wording]) -> None:
        await self._chat.edit(place, message_id, message_in(message))


def message_in(message: Outgoing[Wording]) -> Outgoing:
    """A message in its own language."""
    tag = message.language
    return Outgoing(
        text=say(message.text, tag),
        attachments=_files(message.attachments, tag),
        buttons=tuple(Button(each.action, each.turn, say(each.label, tag)) for each in message.buttons),
        progress=message.progress,
        nonce=message.nonce,
        words=message.words,
        footer=say(message.footer, tag),
        parent=message.parent,
        fresh=message.fresh,
        language=tag,
    )


def answer_in(reply: Reply, tag: str) -> Answer:
    """An answer in the language that serves the tag ``tag``."""
    match reply:
        case None:
            return None
        case Notice():
            page = None if reply.page is None else _page(reply.page, tag)
            return Notice(say(reply.text, tag), _files(reply.attachments, tag), page)
        case Choices():
            files = _files(reply.attachments, tag)
            return Choices(say(reply.text, tag), reply.action, reply.turn, options_in(reply.options, tag), files)
        case Form():
            fields = tuple(_field(each, tag) for each in reply.fields)
            return Form(say(reply.title, tag), reply.action, reply.turn, fields)


def _page(page: Page[Wording], tag: str) -> Page:
    return Page(page.url, say(page.label, tag), page.app, page.guarded)


def options_in(options: tuple[Option[Wording], ...], tag: str) -> tuple[Option, ...]:
    """Things to choose from, in the language that serves the tag ``tag``."""
    return tuple(Option(each.value, say(each.label, tag), say(each.description, tag), each.spot) for each in options)


def _field(field: Field[Wording], tag: str) -> Field:
    return Field(field.name, say(field.label, tag), field.value, field.multiline, options_in(field.options, tag))


def _files(files: tuple[Attachment[Wording], ...], tag: str) -> tuple[Attachment, ...]:
    return tuple(Attachment(each.name, each.content, say(each.description, tag), each.spoiler) for each in files)
