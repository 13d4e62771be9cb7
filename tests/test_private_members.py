"""What is used of libraries beside their public interfaces is still there, as docs/development.md lists it."""

from __future__ import annotations

import sqlite3
from typing import Any

import aiosqlite
import nicegui
import torch
import yarl
from diffusers.loaders import single_file_utils
from discord.gateway import DiscordWebSocket
from discord.http import Route
from torch.nn.functional import scaled_dot_product_attention
from transformers import DynamicCache, LlamaConfig, LlamaForCausalLM


def test_the_attention_kernel_gives_the_sums_of_exponentials_too() -> None:
    torch.manual_seed(0)
    query, keys, values = (torch.randn(2, 3, length, 8) for length in (5, 7, 7))
    kernel = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu
    attended, exponentials = kernel(query, keys, values)
    torch.testing.assert_close(attended, scaled_dot_product_attention(query, keys, values))
    scores = query @ keys.transpose(-1, -2) / 8**0.5
    torch.testing.assert_close(exponentials, scores.logsumexp(-1))


def test_the_converters_of_single_files_take_what_they_took() -> None:
    for name in ("clip", "unet", "vae"):
        assert callable(getattr(single_file_utils, f"convert_ldm_{name}_checkpoint"))
    assert callable(single_file_utils.convert_open_clip_checkpoint)


def test_a_cache_s_layers_hold_keys_and_values() -> None:
    config = LlamaConfig(
        vocab_size=8, hidden_size=8, intermediate_size=8, num_hidden_layers=2, num_attention_heads=2, head_dim=4
    )
    cache = DynamicCache(config=config)
    with torch.inference_mode():
        LlamaForCausalLM(config)(input_ids=torch.tensor([[1, 2, 3]]), past_key_values=cache)
    assert len(cache.layers) == 2
    first: Any = cache.layers[0]
    assert first.keys.shape == first.values.shape == (1, 2, 3, 4)


def test_discord_s_addresses_are_attributes_of_its_classes() -> None:
    assert Route.BASE.startswith(("https://", "http://"))  # other tests let it point at their own server
    assert isinstance(DiscordWebSocket.DEFAULT_GATEWAY, yarl.URL)


def test_nicegui_keeps_its_clients_and_middleware_where_they_can_be_let_go() -> None:
    assert isinstance(nicegui.Client.instances, dict)
    assert isinstance(nicegui.app.user_middleware, list)
    assert hasattr(nicegui.app, "middleware_stack")


async def test_an_sqlite_connection_has_a_thread_and_hands_it_functions() -> None:
    async with aiosqlite.Connection(lambda: sqlite3.connect(":memory:"), 1) as connection:
        assert connection._thread.daemon is False
        hand_over: Any = connection._execute
        assert await hand_over(lambda number: number + 1, 1) == 2
        assert isinstance(connection._conn, sqlite3.Connection)
