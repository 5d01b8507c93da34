"""Fixtures of the language-model tests: the scriptable server, and a lecture small enough to read."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# Test folders are no packages; the helper modules beside this file are found by name.
sys.path.insert(0, str(Path(__file__).parent))

from chat_server import ChatServer


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with ChatServer() as running:
        yield running
