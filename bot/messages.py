"""What crosses between a chat platform and the rest of the bot, and the protocol a platform adapter follows.

An adapter turns its SDK's events into :data:`Incoming`, passes them to the one handler it was given, and shows the
:data:`Answer`; the bot speaks through :class:`Chat`. No SDK object crosses here, and nothing here knows a queue, a
database or a model. Adapters get plain words: what the core says as ids becomes English, French or Chinese on the way.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, Literal, Protocol

from typing_extensions import TypeVar

from bot.catalogues.text import Wording

W_co = TypeVar("W_co", bound=Wording, default=str, covariant=True)
"""How far words are: the core hands on a ``Wording``, and at the edge it becomes the ``str`` that platforms show."""

W_contra = TypeVar("W_contra", bound=Wording, default=str, contravariant=True)


@dataclass(frozen=True)
class Place:
    """Where a conversation happens: a platform (``web``, ``discord``, ``telegram``) and its own key for the thread."""

    platform: str
    key: str


@dataclass(frozen=True)
class Author:
    """Who speaks: the platform's stable id and a name to show.

    ``language`` is the platform's language tag for them ("en", "zh-CN"; empty if unknown); a ``moderator`` may manage
    the place, an ``admin`` the whole server or group that it is in; ``roles`` are the ids of those they have there.
    """

    id: str
    name: str
    language: str = ""
    moderator: bool = False
    admin: bool = False
    roles: tuple[str, ...] = ()


class Action(StrEnum):
    """What a button does. A button's data is ``action:turn`` and nothing else."""

    EDIT = "edit"
    REROLL = "reroll"
    VARIATIONS = "variations"
    UNDO = "undo"
    LAYOUT = "layout"
    CODE = "code"
    CANCEL = "cancel"
    RETRY = "retry"
    LARGER = "larger"
    DELETE = "delete"
    PICK = "pick"
    REGION = "region"
    SETTINGS = "settings"
    CHANGES = "changes"
    REDRAW = "redraw"
    VARY = "vary"
    CANVAS = "canvas"
    RESUME = "resume"
    ENHANCE = "enhance"
    EXPORT = "export"
    REPORT = "report"
    TAKE_DOWN = "takedown"
    BAN = "ban"
    DISMISS = "dismiss"


@dataclass(frozen=True)
class Button(Generic[W_co]):
    """A button under a message, for one turn."""

    action: Action
    turn: str
    label: W_co

    @property
    def data(self) -> str:
        """At most 64 bytes, alive after any restart."""
        return f"{self.action}:{self.turn}"


@dataclass(frozen=True)
class Attachment(Generic[W_co]):
    """A file of a message. ``description`` is its alternative text; a ``spoiler`` is hidden until somebody opens it."""

    name: str
    content: bytes
    description: W_co | str = ""
    spoiler: bool = False


COMPARISON = "comparison.png"
"""The name of a picture of two: halves of one size, with :data:`COMPARISON_GAP` pixels between them."""

COMPARISON_GAP = 16


CUT_OUTS = "layers.json"
"""The name of a file that has a picture's layers for the page on which a canvas is taken in hand."""


SHOWN_SIDE = 512
"""Pixels that a picture's longer side has where its place can choose, at most."""


def shown_size(width: int, height: int) -> tuple[int, int]:
    """Width and height at which a picture is seen where its place can choose.

    Small pictures grow by whole factors, so that their pixels stay crisp; large ones shrink. What is shown before a
    picture is finished is as large, so that nothing moves when it comes.
    """
    longest = max(width, height, 1)
    scale = SHOWN_SIDE // longest if longest <= SHOWN_SIDE else SHOWN_SIDE / longest
    return round(width * scale), round(height * scale)


def digest_of(content: bytes) -> str:
    """A file's name by its content: 32 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()[:32]


@dataclass(frozen=True)
class Outgoing(Generic[W_co]):
    """A message of the bot's.

    ``progress`` is 0…1 while work goes on and None otherwise. ``nonce`` names the message: posting the same nonce
    again must not make a second message where the platform can tell.
    """

    text: W_co
    attachments: tuple[Attachment[W_co], ...] = ()
    buttons: tuple[Button[W_co], ...] = ()
    progress: float | None = None
    nonce: str = ""
    words: str = ""
    """The request that it answers, on one line; a platform may leave it out where it stands right above anyway."""
    footer: W_co | str = ""
    """A quiet line at the end: seed, size, model."""
    parent: str = ""
    """The id in this place of the message with the picture that this one came from; a link to it ends the footer.

    In a :class:`Transcript` a person's message has here the id of the first one of the request that it is part of, and
    ``progress`` until that request has been passed on.
    """
    fresh: bool = False
    """Whether it has certainly never been posted; else a platform that cannot tell looks for it first."""

    language: str = ""
    """The tag of the language that it is for; empty if unknown. The words of a platform's own follow it."""

    @property
    def whole(self: Outgoing) -> str:
        """Everything that is said, a part below the other: the words in quotes, the text, the footer."""
        return "\n".join(part for part in (self.words and f"“{self.words}”", self.text, self.footer) if part)


@dataclass(frozen=True)
class Option(Generic[W_co]):
    """One of several things to choose from.

    ``spot`` is where it is seen on the picture beside them: left, top, right and bottom, as shares of its sides.
    """

    value: str
    label: W_co
    description: W_co | str = ""
    spot: tuple[float, float, float, float] | None = None


@dataclass(frozen=True)
class Parameter:
    """An option of a request as a platform's own command may offer it; what is given goes into :attr:`Said.options`.

    Platforms that show a command in all languages get the wordings as they are: ``label`` is the name as people see
    it, in lower case and without blanks. ``low`` and ``high`` bound a number, or the characters of a text. With
    ``options`` it is one of them; they are ``completed`` while somebody types where the platform can do that.
    """

    name: str
    label: Wording
    description: Wording
    kind: Literal["text", "whole", "number"]
    low: float
    high: float
    options: tuple[Option[Wording], ...] = ()
    completed: bool = False


@dataclass(frozen=True)
class Field(Generic[W_co]):
    """One input of a form, with what stands in it at first; with ``options`` it is one of them."""

    name: str
    label: W_co
    value: str = ""
    multiline: bool = False
    options: tuple[Option[W_co], ...] = ()


@dataclass(frozen=True)
class Form(Generic[W_co]):
    """Something to fill in; the adapter sends it back as :class:`Submitted` with the same action and turn."""

    title: W_co
    action: Action
    turn: str
    fields: tuple[Field[W_co], ...]


@dataclass(frozen=True)
class Choices(Generic[W_co]):
    """Something to choose from (a select menu); the choice comes back as :class:`Pressed` with its value."""

    text: W_co
    action: Action
    turn: str
    options: tuple[Option[W_co], ...]
    attachments: tuple[Attachment[W_co], ...] = ()


@dataclass(frozen=True)
class Page(Generic[W_co]):
    """A page for one person, as a button where the platform has such; an ``app`` opens within the chat's program.

    One that is ``guarded`` opens for that person alone, whoever else sees its address.
    """

    url: str
    label: W_co
    app: bool = False
    guarded: bool = False


@dataclass(frozen=True)
class Notice(Generic[W_co]):
    """Words for the person who acted alone (ephemeral where the platform can)."""

    text: W_co
    attachments: tuple[Attachment[W_co], ...] = ()
    page: Page[W_co] | None = None


UPLOADS = (".json", ".py")
"""What the names of files end in that may hold a canvas; others in a chat are no business of the bot's."""

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".avif", ".bmp")
"""What the names of files end in that are pictures to begin with."""

LARGEST_UPLOAD = 2 * 2**20
"""Bytes of a canvas file that are read; no canvas comes near."""

LARGEST_PICTURE = 20 * 2**20
"""Bytes of a picture that are read."""


def largest_file(name: str) -> int:
    """How many bytes of a file are read, by the ending of its name."""
    return LARGEST_PICTURE if name.lower().endswith(PICTURES) else LARGEST_UPLOAD


@dataclass(frozen=True)
class Upload:
    """A file that somebody sent, of ``size`` bytes; one of more than :func:`largest_file` without its content."""

    name: str
    size: int
    content: bytes | None

    @property
    def is_picture(self) -> bool:
        """Whether it is a picture by its name; what is in it may be anything."""
        return self.name.lower().endswith(PICTURES)


@dataclass(frozen=True)
class Said:
    """Somebody wrote a message to the bot. ``message`` is its id on the platform.

    ``options`` are a command's own settings by the names of :class:`Parameter`; ``file`` is a canvas that is to be
    drawn as it is, or a picture to begin with. ``answers`` is the id of the bot's message that it replies to, if any.
    """

    place: Place
    author: Author
    text: str
    message: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    file: Upload | None = None
    answers: str = ""


@dataclass(frozen=True)
class Rewritten:
    """Somebody changed the words of an earlier message; its turn is done again as a branch."""

    place: Place
    author: Author
    text: str
    message: str


@dataclass(frozen=True)
class Pressed:
    """Somebody pressed a button, or chose ``value`` from :class:`Choices`."""

    place: Place
    author: Author
    action: Action
    turn: str
    value: str = ""


@dataclass(frozen=True)
class Submitted:
    """Somebody sent a form back. ``values`` maps a field's name to what was entered."""

    place: Place
    author: Author
    action: Action
    turn: str
    values: dict[str, str]


Incoming = Said | Rewritten | Pressed | Submitted
Answer = Form | Choices | Notice | None
Handle = Callable[[Incoming], Awaitable[Answer]]
"""The one way into the bot. ``None`` means that everything worth saying is said through :class:`Chat`."""

Reply = Form[Wording] | Choices[Wording] | Notice[Wording] | None
"""An answer before it is put into the language of whoever asked."""

Handler = Callable[[Incoming], Awaitable[Reply]]


class Chat(Protocol[W_contra]):
    """A platform the bot speaks on. No call waits for ever."""

    @property
    def platform(self) -> str:
        """The name that :attr:`Place.platform` carries."""
        ...

    async def age_restricted(self, place: Place) -> bool:
        """Whether the place is marked as one for adults only, now; not if the platform cannot tell."""
        ...

    async def post(self, place: Place, message: Outgoing[W_contra]) -> str:
        """Post a message and return its id on the platform.

        Raises:
            MessageGoneError: if the place is gone or closed to the bot.
            UnreachableError: if the platform cannot be reached; trying again later is safe.
        """
        ...

    async def edit(self, place: Place, message_id: str, message: Outgoing[W_contra]) -> None:
        """Replace a posted message: text, attachments and buttons alike.

        Raises:
            MessageGoneError: if the message is gone.
            UnreachableError: if the platform cannot be reached; trying again later is safe.
        """
        ...


@dataclass(frozen=True)
class Post:
    """A stored message of a place that keeps no messages of its own (the web chat)."""

    id: str
    message: Outgoing
    author: Author | None = None
    """Who wrote it; None for the bot."""


class Transcript(Protocol):
    """Keeps the messages of a platform that has no server of its own, and what became of them. Survives restarts."""

    async def places(self, platform: str = "", within: str = "") -> list[tuple[Place, str]]:
        """Places with a post, newest activity first, with a title: its first words.

        Of one platform if that is given; those whose keys begin with ``within``. Very old ones may be left out.
        """
        ...

    async def posts(self, place: Place) -> list[Post]:
        """The posts of one place, oldest first."""
        ...

    async def words(self, place: Place) -> list[Post]:
        """The posts of one place without their files, oldest first."""
        ...

    async def file(self, place: Place, digest: str) -> Attachment | None:
        """The attachment of a place whose content has this digest (:func:`digest_of`)."""
        ...

    async def add(self, place: Place, message: Outgoing, author: Author | None) -> str:
        """Store a post and return its id; a known non-empty ``nonce`` changes the post it named instead."""
        ...

    async def change(self, place: Place, post_id: str, message: Outgoing) -> None:
        """Replace a post's message.

        Raises:
            MessageGoneError: if there is no such post.
        """
        ...

    async def reword(self, place: Place, post_id: str, text: str) -> None:
        """Put other words in place of a post's; the rest of it stays.

        Raises:
            MessageGoneError: if there is no such post.
        """
        ...

    async def passed_on(self, place: Place, request: Sequence[str]) -> None:
        """The bot has taken people's posts as one request, which the first of them names."""
        ...

    async def waiting(self) -> list[tuple[Place, Post]]:
        """People's posts that are yet to be passed on, oldest first."""
        ...
