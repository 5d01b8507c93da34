"""The tests of the exercise: each takes the solution's module and raises `AssertionError` where it falls short.

They look at results only: ids, texts, errors. The results they expect were worked out independently of this package
(an encyclopedia's example, tiktoken's ids), and are written down here.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["STEPS"]

TEXTS = ["", "?", "hello world!!!? (안녕하세요!) lol123 😉", "  two  spaces\n\n\tand a tab, it's 12345"]
LLAMAS = (
    "The llama is a camelid. Llamas are social, and llamas live with others as a herd: 3 llamas, 12 llamas.\n"
    * 3
)
SPECIALS = {"<|endoftext|>": 100257, "<|fim_prefix|>": 100258}


def same(got: object, expected: object, what: str) -> None:
    """Fail with both where they differ."""
    assert got == expected, f"{what}\n      got      {got!r}\n      expected {expected!r}"


def wikipedia(tokenizer: Any) -> None:
    """The worked example: three merges make 11 letters 5 tokens."""
    tokenizer.train("aaabdaaabac", 256 + 3)
    same(tokenizer.encode("aaabdaaabac"), [258, 100, 258, 97, 99], 'encode("aaabdaaabac") after three merges')
    same(tokenizer.decode([258, 100, 258, 97, 99]), "aaabdaaabac", "decode of those ids")


def basic_example(solution: Any) -> None:
    """the encyclopedia's worked example"""
    wikipedia(solution.BasicTokenizer())


def basic_round_trip(solution: Any) -> None:
    """any text comes back"""
    tokenizer = solution.BasicTokenizer()
    tokenizer.train(LLAMAS, 256 + 30)
    for text in [*TEXTS, LLAMAS]:
        same(tokenizer.decode(tokenizer.encode(text)), text, "decode(encode(text))")
    assert len(tokenizer.encode(LLAMAS)) < len(LLAMAS.encode()) / 2, (
        "30 merges shorten their own text to under a half"
    )


def basic_order(solution: Any) -> None:
    """the pair learned first is merged first"""
    tokenizer = solution.BasicTokenizer()
    tokenizer.train("bcbcbc ab", 256 + 2)
    first = tokenizer.decode([256])
    same(first, "bc", "the first merge")
    same(tokenizer.encode("abc"), [97, 256], 'encode("abc"), where "bc" was learned before anything with "a"')


def basic_invalid(solution: Any) -> None:
    """ids that are not UTF-8 decode to U+FFFD"""
    tokenizer = solution.BasicTokenizer()
    tokenizer.train("aaabdaaabac", 258)
    same(tokenizer.decode([128]), "\N{REPLACEMENT CHARACTER}", "decode([128])")


def split_example(solution: Any) -> None:
    """the worked example again"""
    wikipedia(solution.RegexTokenizer())


def split_pieces(solution: Any) -> None:
    """no token crosses a cut"""
    tokenizer = solution.RegexTokenizer()
    tokenizer.train("to be or not to be 123123123 " * 6, 256 + 10)
    for idx in range(256, 266):
        token = tokenizer.decode([idx])
        assert " " not in token[1:], f"token {idx} is {token!r}: a space within"
        assert len(token.strip()) <= 3 or not token.strip().isdigit(), (
            f"token {idx} is {token!r}: over three digits"
        )


def split_round_trip(solution: Any) -> None:
    """any text comes back"""
    tokenizer = solution.RegexTokenizer()
    tokenizer.train(LLAMAS, 256 + 20)
    for text in [*TEXTS, LLAMAS]:
        same(tokenizer.decode(tokenizer.encode(text)), text, "decode(encode(text))")


GPT4_IDS = {
    "hello world": [15339, 1917],
    "hello world!!!? (안녕하세요!) lol123 😉":
        [15339, 1917, 12340, 30, 320, 31495, 230, 75265, 243, 92245, 16715, 28509, 4513, 57037],
    "    hello world!!!": [262, 24748, 1917, 12340],
    "Egg egg EGG": [36, 14736, 19151, 469, 23050],
}  # fmt: skip


def gpt4_ids(solution: Any) -> None:
    """GPT-4's ids"""
    tokenizer = solution.GPT4Tokenizer()
    for text, ids in GPT4_IDS.items():
        same(tokenizer.encode(text), ids, f"encode({text!r})")


def gpt4_round_trip(solution: Any) -> None:
    """any text comes back"""
    tokenizer = solution.GPT4Tokenizer()
    for text in [*TEXTS, LLAMAS]:
        same(tokenizer.decode(tokenizer.encode(text)), text, "decode(encode(text))")


def with_specials(solution: Any) -> Any:
    """A trained tokenizer with two special tokens."""
    tokenizer = solution.RegexTokenizer()
    tokenizer.train(LLAMAS, 256 + 20)
    tokenizer.register_special_tokens(SPECIALS)
    return tokenizer


def special_all(solution: Any) -> None:
    """ "all": special tokens have their ids"""
    tokenizer = with_specials(solution)
    plain = tokenizer.encode("llama")
    ids = tokenizer.encode("llama<|endoftext|><|fim_prefix|>llama", allowed_special="all")
    same(ids, [*plain, 100257, 100258, *plain], "encode with two special tokens")
    same(tokenizer.decode(ids), "llama<|endoftext|><|fim_prefix|>llama", "decode of those ids")
    ids = solution.GPT4Tokenizer().encode("<|endoftext|>hello world", allowed_special="all")
    same(ids, [100257, 15339, 1917], "GPT4Tokenizer's own special token")


def special_none(solution: Any) -> None:
    """ "none": special tokens are text"""
    tokenizer = with_specials(solution)
    ids = tokenizer.encode("<|endoftext|>", allowed_special="none")
    assert 100257 not in ids, "a special token where none is allowed"
    same(tokenizer.decode(ids), "<|endoftext|>", "decode of those ids")


def special_refused(solution: Any) -> None:
    """the default: special tokens in the text are an error"""
    tokenizer = with_specials(solution)
    for how in ({}, {"allowed_special": "none_raise"}):
        try:
            ids = tokenizer.encode("a <|endoftext|>", **how)
        except (AssertionError, ValueError):
            continue
        raise AssertionError(f"no error, but {ids}")


def special_set(solution: Any) -> None:
    """a set: these special tokens only"""
    tokenizer = with_specials(solution)
    ids = tokenizer.encode("a<|endoftext|>", allowed_special={"<|endoftext|>"})
    same(ids, [97, 100257], "the one that is allowed")


def save_and_load(solution: Any, pattern: str | None, specials: dict[str, int]) -> None:
    """A loaded tokenizer encodes as the saved one."""
    saved = solution.RegexTokenizer(pattern) if pattern else solution.RegexTokenizer()
    saved.train(LLAMAS, 256 + 20)
    saved.register_special_tokens(specials)
    sample = LLAMAS + "".join(specials) + "new words 12345"
    with tempfile.TemporaryDirectory() as folder:
        prefix = str(Path(folder) / "tokenizer")
        saved.save(prefix)
        loaded = solution.RegexTokenizer()
        loaded.load(prefix + ".model")
    expected = saved.encode(sample, allowed_special="all")
    same(loaded.encode(sample, allowed_special="all"), expected, "encode after load")
    same(loaded.decode(expected), sample, "decode after load")


def load_default(solution: Any) -> None:
    """the default pattern"""
    save_and_load(solution, None, SPECIALS)


def load_pattern(solution: Any) -> None:
    """a pattern of one's own"""
    save_and_load(solution, r"l+|[^l]+", SPECIALS)


def load_specials(solution: Any) -> None:
    """special tokens with spaces in them"""
    save_and_load(solution, None, {"<| a b |>": 5000})


Test = Callable[[Any], None]

STEPS: dict[int, tuple[str, list[Test]]] = {
    1: ("BasicTokenizer", [basic_example, basic_round_trip, basic_order, basic_invalid]),
    2: ("RegexTokenizer", [split_example, split_pieces, split_round_trip]),
    3: ("GPT4Tokenizer", [gpt4_ids, gpt4_round_trip]),
    4: ("special tokens", [special_all, special_none, special_refused, special_set]),
    5: ("save and load", [load_default, load_pattern, load_specials]),
}
"""Step: its title and tests, in order."""
