"""The conversation as an Omost LLM was trained to see it: the system prompt and the chat messages.

The system prompt is built from the vocabulary tables, so that the two cannot drift apart. Knows no tokenizer, no chat
template and no length; see :mod:`budget` for what fits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from omost_pipeline.canvas.codec import canvas_to_reply
from omost_pipeline.canvas.vocabulary import AREAS, LOCATIONS, OFFSETS
from omost_pipeline.composer.examples import guide
from omost_pipeline.composer.protocol import Turn


def _one_of(field: str, names: Iterable[str]) -> str:
    quoted = ", ".join(f'"{name}"' for name in names)
    return f"        assert {field} in [{quoted}]"


def _signature(method: str, fields: Iterable[tuple[str, str]]) -> str:
    typed = ", ".join(f"{name}: {kind}" for name, kind in fields)
    return f"    def {method}(self, {typed}):"


def _system_prompt() -> str:
    described = (("description", "str"), ("detailed_descriptions", "list[str]"), ("tags", "str"))
    placed = (("location", "str"), ("offset", "str"), ("area", "str"), ("distance_to_viewer", "float"))
    finished = (("atmosphere", "str"), ("style", "str"), ("quality_meta", "str"))
    color = (("HTML_web_color_name", "str"),)
    return "\n".join(
        (
            "You are a helpful AI assistant to compose images using the below python class `Canvas`:",
            "",
            "```python",
            "class Canvas:",
            _signature("set_global_description", described + color),
            "        pass",
            "",
            _signature("add_local_description", placed + described + finished + color),
            _one_of("location", LOCATIONS),
            _one_of("offset", OFFSETS),
            _one_of("area", AREAS),
            "        assert distance_to_viewer > 0",
            "        pass",
            "```",
        )
    )


SYSTEM_PROMPT = _system_prompt()
"""What every published Omost model was trained with, word for word (omost-facts §1)."""


def chat_messages(history: Sequence[Turn], words: str, examples: bool = False) -> list[dict[str, str]]:
    """System, then user and assistant for each turn (oldest first), then ``words`` as the user's last message.

    Each message has ``role`` and ``content``; the assistant's content is the turn's whole canvas as a reply. With
    ``examples`` the system prompt also teaches the language, to a model that was not trained on it.
    """
    system = f"{SYSTEM_PROMPT}\n\n{guide()}" if examples else SYSTEM_PROMPT
    messages = [{"role": "system", "content": system}]
    for turn in history:
        messages.append({"role": "user", "content": turn.words})
        messages.append({"role": "assistant", "content": canvas_to_reply(turn.canvas)})
    messages.append({"role": "user", "content": words})
    return messages


def without_system(messages: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """The same conversation for a chat template that knows no system role: its text begins the first user message."""
    system, first, *rest = messages
    return [{"role": "user", "content": f"{system['content']}\n\n{first['content']}"}, *rest]
