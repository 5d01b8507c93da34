"""Fixtures of the language-model tests: the scriptable server, and a lecture small enough to read."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples on every machine, however slow it is.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")

# Test folders are no packages; the helper modules beside this file are found by name.
sys.path.insert(0, str(Path(__file__).parent))

from chat_server import ChatServer  # noqa: E402 - found by the line above


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with ChatServer() as running:
        yield running
