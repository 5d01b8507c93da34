"""The corpus and the outside truth (tiktoken) that the tokenizers are held to."""

from __future__ import annotations

import inspect
import random
from pathlib import Path

import pytest
import tiktoken
from tiktoken_ext import openai_public

from bpe_reference.gpt4 import GPT4_SPECIAL_TOKENS
from bpe_reference.ranks import load_ranks

HERE = Path(__file__).parent
SHARED = HERE.parents[2] / "shared" / "data"


def seed_lines() -> list[str]:
    """One line a script or subject; escapes such as \\n stand for the character."""
    text = (HERE / "seeds.txt").read_text(encoding="utf-8")
    escapes = {"\\n": "\n", "\\t": "\t", "\\r": "\r"} | {
        f"\\u{n:04x}": chr(n) for n in (0xA0, 0x2003, 0x3000, 0x200B, 0x2028, 0x2029, 0x85, 0x1C, 0x1F)
    }
    for escape, char in escapes.items():
        text = text.replace(escape, char)
    return (HERE / "seeds.txt").read_text(encoding="utf-8").splitlines() + text.split("\n")


def build_corpus() -> str:
    """More than a megabyte: many scripts, code, whitespace runs, odd bytes; the same on every machine but for
    the code, which is this Python's own."""
    rng = random.Random(20240220)
    lines = seed_lines()
    words = [word for line in lines for word in line.split(" ") if word]
    letters = sorted(set("".join(lines)))
    spaces = [" ", " ", " ", " ", "  ", "\n", "\t", " \n", "\r\n", "    ", "\u3000", "\u00a0", ""]
    parts = lines * 3
    parts += [rng.choice(words) + rng.choice(spaces) for _ in range(60_000)]
    parts += ["".join(rng.choices(letters, k=rng.randint(1, 12))) + rng.choice(spaces) for _ in range(12_000)]
    parts += [rng.randbytes(40).decode("utf-8", "replace") for _ in range(500)]
    parts += [rng.randbytes(40).decode("latin-1") for _ in range(500)]
    parts += [str(rng.getrandbits(rng.randint(1, 64))) + rng.choice(spaces) for _ in range(3_000)]
    parts += [inspect.getsource(module) for module in (inspect, random, pytest)]
    return "".join(parts)


@pytest.fixture(scope="session")
def corpus() -> str:
    text = build_corpus()
    assert len(text.encode()) > 1_000_000
    return text


@pytest.fixture(scope="session")
def taylorswift() -> str:
    path = SHARED / "text" / "taylorswift.txt"
    if not path.exists():
        pytest.skip("the measurement data is not here: shared/data/text/taylorswift.txt")
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def tiktoken_gpt2() -> tiktoken.Encoding:
    """tiktoken itself, fed our table: `tiktoken.get_encoding` would download one."""
    return tiktoken.Encoding(
        "gpt2",
        pat_str=openai_public.r50k_pat_str,
        mergeable_ranks=load_ranks("gpt2"),
        special_tokens={"<|endoftext|>": 50256},
    )


@pytest.fixture(scope="session")
def tiktoken_gpt4() -> tiktoken.Encoding:
    # tiktoken 0.14's own pattern for cl100k_base, which its constructor holds beside the download.
    pattern = (
        r"""'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+"""
        r"""|\s++$|\s*[\r\n]|\s+(?!\S)|\s"""
    )
    assert pattern in inspect.getsource(openai_public)
    return tiktoken.Encoding(
        "cl100k_base",
        pat_str=pattern,
        mergeable_ranks=load_ranks("cl100k_base"),
        special_tokens=GPT4_SPECIAL_TOKENS,
    )
