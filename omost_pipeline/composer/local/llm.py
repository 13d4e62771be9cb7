"""A composer that runs a transformers causal language model in this process.

Owns the model, its tokenizer and the KV caches of the latest conversations. Knows no other models: who
sits on the GPU is :mod:`omost_pipeline.engine.residency`'s business. Use it from one thread.
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Sequence
from contextlib import closing
from itertools import takewhile
from pathlib import Path
from typing import Any

import torch
from jinja2 import TemplateError
from transformers import PreTrainedConfig, PreTrainedModel, PreTrainedTokenizerBase

from omost_pipeline.composer.budget import CONTEXT_LIMIT, Prompt, fit
from omost_pipeline.composer.local.decoding import Sampling, decode
from omost_pipeline.composer.local.drafts import Drafts
from omost_pipeline.composer.local.grammar import CanvasGrammar, Rules
from omost_pipeline.composer.local.kv_cache import KvCache
from omost_pipeline.composer.local.kv_pool import KvPool
from omost_pipeline.composer.local.shared_drafts import SharedDrafts
from omost_pipeline.composer.local.weights import load_model
from omost_pipeline.composer.prompt import SYSTEM_PROMPT, chat_messages, without_system
from omost_pipeline.composer.protocol import ComposeOptions, Turn, Written
from omost_pipeline.composer.reasoning import Reasoning, lead_to_answer
from omost_pipeline.composer.samples import model_replies, sample_replies
from omost_pipeline.composer.streaming import PATIENCE, ReplyEnd, TextPieces
from omost_pipeline.errors import ComposerError, MemoryShortError

logger = logging.getLogger(__name__)

_END_OF_TURN = ("<|eot_id|>", "<|im_end|>", "<|end|>")
"""What Llama 3, ChatML (Dolphin) and Phi 3 end a turn with; not every checkpoint's generation config says so."""

_SEEDS = 2**63

_CIRCLES = 12
"""Repetitions that a reply is led out of, one less than this; whoever goes on has nothing more to say."""

_SMALL = 100_000_000
"""Parameters below which a model does not write as elaborately as the program's canvases, which then help no draft."""


class LocalLlm:
    """Implements :class:`~omost_pipeline.composer.protocol.Composer` with a model in transformers' format.

    Keeps the keys and values of the latest conversations, so that a prompt which begins as one of them is not read
    again from its start. This changes nothing but the time.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        grammar: bool = False,
        samples: Sequence[str] = (),
        examples: bool = False,
    ) -> None:
        """With ``grammar`` only canvases are written, if the tokenizer can be followed; else the log says so once.

        ``samples`` are whole replies from which its drafts are guessed; ``examples`` teach a model that knows no
        canvases.
        """
        self._model = model
        self._tokenizer = tokenizer
        self._examples = examples
        self._system_role = takes_system_message(tokenizer, needed=examples)
        self._stop = stop_tokens(model, tokenizer)
        self._blank = KvCache(model)
        self.pool = KvPool(self._blank)
        """What the latest conversations have read."""
        self._samples = samples
        self._lead: list[int] = []
        header = self._header()
        lead = lead_to_answer(str(tokenizer.decode(header)))
        self._lead = list(tokenizer.encode(lead, add_special_tokens=False)) if lead else []
        header += self._lead
        self._drafts = SharedDrafts(self._first_drafts, header) if self._blank.abilities.rewinds else None
        self._grammar = self._followed() if grammar else None
        claimed = getattr(text_config(model), "max_position_embeddings", None) or CONTEXT_LIMIT
        self.context = min(CONTEXT_LIMIT, int(claimed))
        """Tokens that a prompt and its reply may have together."""

    def compose(self, history: Sequence[Turn], words: str, options: ComposeOptions) -> Generator[str, None, Written]:
        """Yield the reply's text as it is written, up to the model's end of turn or the closing fence.

        Returns how many of the newest turns the model was told, and what the reply took.

        Raises:
            BudgetError: if ``words`` do not fit the model's context.
            ComposerError: if an option is out of its range or the model fails.
            MemoryShortError: if the device runs out of memory.
        """
        _check(options)
        prompt, passed = self.prompt(history, words, options.max_new_tokens), self.passes
        end = ReplyEnd(0 if self._grammar else PATIENCE)
        pieces = TextPieces(self._tokenizer)
        reasoning = Reasoning()
        written: list[int] = []
        said = False
        rules = self._rules_after(written)
        for _ in range(_CIRCLES):
            with closing(self._tokens(prompt, written, rules, options)) as tokens:
                for token in tokens:
                    written.append(token)
                    if piece := reasoning.feed(pieces.push(token)):
                        said = said or bool(piece.strip())
                        yield piece
                        if end.feed(piece):
                            break
            rules = self._rules_after(written) if end.circling else None
            way_out = rules.close() if rules else []
            if not way_out:
                break
            logger.info("seed %d: a repetition was ended after %d tokens", options.seed, len(written))
            written += way_out
            yield reasoning.feed("".join(map(pieces.push, way_out)))
            end.go_on()
        cut = len(written) >= prompt.reply_room
        if rest := reasoning.feed(pieces.finish()) + reasoning.finish(whole=not cut):
            yield rest
        if reasoning.thought and not (said or rest.strip()):
            raise ComposerError(
                f"The language model spent all its {len(written)} tokens on reasoning and wrote no canvas: set "
                "compose.max_new_tokens higher, or choose a model that does not reason."
            )
        return Written(prompt.turns, len(written), self.passes - passed)

    def prompt(self, history: Sequence[Turn], words: str, max_new_tokens: int) -> Prompt:
        """The prompt that the model would read, trimmed to its context."""
        return fit(history, words, self._encode, self.context, max_new_tokens)

    @property
    def passes(self) -> int:
        """Forward passes since the conversations were forgotten."""
        return self.pool.passes

    def forget(self) -> None:
        """Free the KV caches of all conversations; the next prompt is read from its start."""
        self.pool = KvPool(self._blank)

    def tokens_of(self, text: str) -> list[int]:
        """A reply's text in tokens."""
        return list(self._tokenizer.encode(text, add_special_tokens=False))

    def _encode(self, history: Sequence[Turn], words: str) -> list[int]:
        # Sanitised, because a user who writes "<|eot_id|>" means these characters and must not end the turn by them.
        messages = chat_messages(history, words, self._examples)
        ids: Any = self._tokenizer.apply_chat_template(
            messages if self._system_role else without_system(messages),
            add_generation_prompt=True,
            return_dict=False,
            sanitize_control_tokens=True,
            enable_thinking=False,  # for templates that offer it: a reply begins with the canvas
            tokenizer_kwargs={"verbose": False},  # it would warn of a history that is too long, before it is trimmed
        )
        return [*ids, *self._lead]

    def _header(self) -> list[int]:
        """What every prompt ends with."""
        return common_suffix(self._encode((), "a house"), self._encode((), "trees"))

    def _followed(self) -> CanvasGrammar | None:
        try:
            return CanvasGrammar(self._tokenizer, text_config(self._model).vocab_size, self._stop)
        except ComposerError as error:
            logger.warning("%s Replies are written without the grammar.", error)
            return None

    def _rules_after(self, written: Sequence[int]) -> Rules | None:
        """The rules for what follows the ``written`` tokens of a reply; None without a grammar."""
        rules = self._grammar.rules() if self._grammar else None
        if rules:
            rules.read(written)
        return rules

    def _tokens(
        self, prompt: Prompt, written: Sequence[int], rules: Rules | None, options: ComposeOptions
    ) -> Generator[int, None, None]:
        """The reply's tokens after those that are ``written`` already, within the ``rules`` there."""
        # Cache and drafts belong to this reply while it is written, so that a second begun meanwhile cannot spoil it.
        ids, room = (*prompt.ids, *written), max(prompt.reply_room - len(written), 0)
        sampling = Sampling(options.temperature, options.top_p, options.seed)
        cache = self.pool.take(ids)
        drafts = self._drafts.take(cache, ids, edits=bool(prompt.turns) and not written) if self._drafts else None
        try:
            yield from decode(cache, ids, sampling, self._stop, room, drafts, rules)
        except torch.OutOfMemoryError as error:
            cache.clear()
            raise MemoryShortError(
                f"The language model ran out of memory on {self._model.device} over a prompt of {len(prompt.ids)} "
                "tokens: close other programs on the device or choose a smaller composer."
            ) from error
        except RuntimeError as error:
            cache.clear()
            raise ComposerError(f"The language model failed: {error}") from error
        finally:
            self.pool.give_back(cache, prompt.ids)
            if self._drafts and drafts:
                self._drafts.give_back(drafts, cache)

    def _first_drafts(self) -> Drafts:
        return Drafts(map(self.tokens_of, self._samples), never=self._stop)


def load_composer(
    name_or_path: str, device: str = "cpu", grammar: bool = True, examples: bool = False, device_map: str = ""
) -> LocalLlm:
    """Load a chat model from a hub name, a folder or a GGUF file; see :func:`~.weights.load_model`.

    Without ``grammar`` the model may write anything; ``examples`` are for one that was not trained on canvases.

    Raises:
        WeightsError: if files are missing, damaged, unreachable or of another kind; names the path and what to do.
        MemoryShortError: if the model does not fit the device.
    """
    samples = model_replies(Path(name_or_path).expanduser())
    model, tokenizer = load_model(name_or_path, device, device_map)
    if not samples and model.num_parameters() > _SMALL:
        samples = sample_replies()
    return LocalLlm(model, tokenizer, grammar=grammar, samples=samples, examples=examples)


def _check(options: ComposeOptions) -> None:
    if not 0.0 <= options.temperature < float("inf"):
        raise ComposerError(f"The temperature is {options.temperature}, but must be 0 or more.")
    if not 0.0 < options.top_p <= 1.0:
        raise ComposerError(f"top_p is {options.top_p}, but must be above 0 and at most 1.")
    if options.max_new_tokens < 1:
        raise ComposerError(f"max_new_tokens is {options.max_new_tokens}, but must be 1 or more.")
    if not 0 <= options.seed < _SEEDS:
        raise ComposerError(f"The seed is {options.seed}, but must be from 0 to {_SEEDS - 1}.")


def common_suffix(one: Sequence[int], other: Sequence[int]) -> list[int]:
    """The tokens in which both end."""
    pairs = takewhile(lambda pair: pair[0] == pair[1], zip(reversed(one), reversed(other), strict=False))
    return [token for token, _ in pairs][::-1]


def text_config(model: PreTrainedModel) -> PreTrainedConfig:
    """The configuration of the part of ``model`` that writes text; some see pictures as well."""
    return model.config.get_text_config(decoder=True)


def stop_tokens(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> frozenset[int]:
    """Every token that ends a turn of this model."""
    stop: set[int] = set()
    generation = getattr(model, "generation_config", None)
    for ids in (getattr(generation, "eos_token_id", None), text_config(model).eos_token_id, tokenizer.eos_token_id):
        stop.update([ids] if isinstance(ids, int) else ids or [])
    stop.update(tokenizer.get_added_vocab()[name] for name in _END_OF_TURN if name in tokenizer.get_added_vocab())
    return frozenset(stop)


def takes_system_message(tokenizer: PreTrainedTokenizerBase, needed: bool) -> bool:
    """Whether the chat template takes a system message: some refuse it, and some leave it out.

    One that leaves it out may belong to a model that was trained so; only where the message is ``needed`` is it told
    elsewhere.
    """
    try:
        text: Any = tokenizer.apply_chat_template(chat_messages((), "x"), tokenize=False)
    except TemplateError:
        return False
    return not needed or SYSTEM_PROMPT in text
