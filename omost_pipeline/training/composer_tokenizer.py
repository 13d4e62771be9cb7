"""The bundled composer's tokenizer: byte-level BPE in which Canvas code's fixed runs are single tokens.

So are most slots together with the run before or behind them: a region takes about eleven tokens. Every text decodes to
its own bytes again. Knows no model.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from omost_pipeline.canvas.codec import canvas_to_reply
from omost_pipeline.canvas.vocabulary import AREAS, LOCATIONS, OFFSETS
from omost_pipeline.world import lexicon, phrasings
from omost_pipeline.world.dialogues import Conversation, Plan, converse
from omost_pipeline.world.kinds import BACKGROUNDS, COLORS, KINDS

BOS, END, PAD = "<|begin|>", "<|end|>", "<|pad|>"
SYSTEM, USER, ASSISTANT = "<|system|>", "<|user|>", "<|assistant|>"
SPECIALS = (PAD, BOS, END, SYSTEM, USER, ASSISTANT)
PLAIN_SIZE = 1500
"""Tokens before :func:`filled_runs` are added."""
CONTEXT = 2048

_OPENING = (
    "```python\n# Initialize the canvas\ncanvas = Canvas()\n\n"
    "# Set a global description for the canvas\ncanvas.set_global_description(\n    description='"
)
_TAGS = ".',\n    detailed_descriptions=[],\n    tags='"
_SCENE_COLOR = "',\n    HTML_web_color_name='"
_NEXT = "',\n)\n\n# Add"
_LOCATION = ".\ncanvas.add_local_description(\n    location='"
_OFFSET = "',\n    offset='"
_AREA = "',\n    area='"
_DISTANCE = "',\n    distance_to_viewer="
_DESCRIPTION = ",\n    description='"
_COLOR = (
    ".',\n    detailed_descriptions=[],\n    tags='',\n    atmosphere='',\n    style='',\n"
    "    quality_meta='',\n    HTML_web_color_name='"
)
_CLOSING = "',\n)\n```"

SKELETON = (
    *(_OPENING, _TAGS, _SCENE_COLOR, _NEXT, _LOCATION, _OFFSET, _AREA, _DISTANCE),
    *(f".0{_DESCRIPTION}", f".5{_DESCRIPTION}", _COLOR, _CLOSING),
)
"""The runs between a canvas's slots, as :func:`codec.canvas_to_reply` writes them."""


def filled_runs() -> tuple[str, ...]:
    """Runs together with what most often fills the slots beside them. They shorten a canvas by nearly half."""
    scenes = BACKGROUNDS.values()
    colors = dict.fromkeys((*COLORS, *(lexicon.css(color) for color in lexicon.RARE_COLORS.values())))
    distances = ("0.5", *(f"{number}.0" for number in range(1, 12)))
    return (
        *(f"{_OPENING}{scene.description[:-1]}" for scene in scenes),
        *(f"{_TAGS}{_SCENE_COLOR}{color}" for color in dict.fromkeys(scene.color for scene in scenes)),
        *(f"{_NEXT}{article}" for article in (" a", " an")),
        *(f"{_LOCATION}{location}{_OFFSET}" for location in LOCATIONS),
        *(f"{offset}{_AREA}" for offset in OFFSETS),
        *(f"{area}{_DISTANCE}" for area in AREAS),
        *(f"{distance}{_DESCRIPTION}{article}" for distance in distances for article in ("A", "An")),
        *(f"{_COLOR}{color}" for color in colors),
    )


CHAT_TEMPLATE = (
    "{{ bos_token }}<|system|>"
    "{% for message in messages %}"
    "{% if message['role'] == 'user' %}<|user|> {{ message['content'] | lower | replace('<|', '<') | trim }}"
    "{% elif message['role'] == 'assistant' %}<|assistant|>{{ message['content'] | trim }}<|end|>"
    "{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
"""One token stands for whatever the system message says; people's words are lowered."""

_CORPUS_CONVERSATIONS = 6000
_EMPHASIS = 400
_CORPUS_SEED = 20240601


@dataclass(frozen=True)
class Encoded:
    """A conversation's token ids; for each the index of the reply it is part of (its end token included), or −1 where
    it is not learnt; and what each message asked."""

    ids: tuple[int, ...]
    reply: tuple[int, ...]
    kinds: tuple[str, ...]


def build_plain_tokenizer() -> PreTrainedTokenizerFast:
    """Train the tokenizer, without filled runs, on the project's own dialogues: some seconds, the same each time."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    added = (*SKELETON, *LOCATIONS, *OFFSETS, *AREAS, *(place.description[:-1] for place in BACKGROUNDS.values()))
    trainer = trainers.BpeTrainer(
        vocab_size=PLAIN_SIZE - len(added),
        special_tokens=list(SPECIALS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_corpus(), trainer)
    tokenizer.add_tokens([AddedToken(text, normalized=False) for text in added])
    return _dressed(tokenizer)


def _dressed(tokenizer: Tokenizer) -> PreTrainedTokenizerFast:
    """The tokenizer as transformers knows it: with its special tokens named, its context and its chat template."""
    fast: PreTrainedTokenizerFast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=BOS,
        eos_token=END,
        pad_token=PAD,
        additional_special_tokens=[SYSTEM, USER, ASSISTANT],
        model_max_length=CONTEXT,
        clean_up_tokenization_spaces=False,
    )
    fast.chat_template = CHAT_TEMPLATE
    return fast


def with_filled_runs(plain: PreTrainedTokenizerFast) -> PreTrainedTokenizerFast:
    """A copy that prefers the filled runs; the plain one's ids keep their meaning, new ones follow them."""
    filled = copy.deepcopy(plain)
    filled.add_tokens([AddedToken(text, normalized=False) for text in filled_runs()])
    return filled


def without_filled_runs(filled: PreTrainedTokenizerFast) -> PreTrainedTokenizerFast:
    """The plain tokenizer that :func:`with_filled_runs` was given."""
    state = json.loads(filled.backend_tokenizer.to_str())
    state["added_tokens"] = [token for token in state["added_tokens"] if token["id"] < PLAIN_SIZE]
    return _dressed(Tokenizer.from_str(json.dumps(state)))


def load_tokenizer(folder: Path) -> PreTrainedTokenizerFast:
    """A tokenizer as saved in a folder."""
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    assert isinstance(tokenizer, PreTrainedTokenizerFast)
    return tokenizer


def token_id(tokenizer: PreTrainedTokenizerFast, token: str) -> int:
    """The id of one token."""
    found = tokenizer.convert_tokens_to_ids(token)
    assert isinstance(found, int)  # one token in, one id out
    return found


def _corpus() -> Iterator[str]:
    """What people say, what regions are called, and the words that must become single tokens."""
    rng = random.Random(_CORPUS_SEED)
    for _ in range(_CORPUS_CONVERSATIONS):
        for message in converse(rng, Plan()):
            yield f" {message.words}"
            yield from (region.description for region in message.canvas.regions[-1:])
    colors = (*COLORS, *(lexicon.css(color) for color in lexicon.RARE_COLORS.values()))
    colors = (*colors, *(place.color for place in BACKGROUNDS.values()))
    worlds = (*KINDS, *COLORS, *lexicon.NOUNS.seen, *lexicon.ADJECTIVES.seen, *" ".join(lexicon.STYLES.seen).split())
    numbers = tuple(str(number) for number in range(12))
    text = " ".join(("", *worlds, *_template_words()))
    for _ in range(_EMPHASIS):
        yield text
        yield from (*colors, *numbers)


def _template_words() -> Iterator[str]:
    tables = (phrasings.ADD, phrasings.REMOVE, phrasings.RECOLOR, phrasings.REPLACE, phrasings.MOVE)
    for table in (*tables, phrasings.BACKGROUND):
        for template in table.seen:
            yield from (word for word in template.split() if word.isalpha())


class DialogueEncoder:
    """Conversations → token ids, faster than through the chat template but equal to it."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast) -> None:
        self._encode = tokenizer.backend_tokenizer.encode_batch
        names = (BOS, END, SYSTEM, USER, ASSISTANT)
        self._bos, self._end, self._system, self._user, self._assistant = (token_id(tokenizer, name) for name in names)

    def encode(self, conversation: Conversation) -> Encoded:
        ids, replies = [self._bos, self._system], [-1, -1]
        texts: list[str] = []
        for message in conversation:
            texts += [f" {message.words.lower().strip()}", canvas_to_reply(message.canvas)]
        pieces: Sequence[list[int]] = [encoding.ids for encoding in self._encode(texts, add_special_tokens=False)]
        for index, message in enumerate(conversation):
            said, reply = pieces[2 * index], pieces[2 * index + 1]
            ids += [self._user, *said, self._assistant, *reply, self._end]
            replies += [-1] * (len(said) + 2) + [index if message.determined else -1] * (len(reply) + 1)
        return Encoded(tuple(ids), tuple(replies), tuple(message.kind for message in conversation))
