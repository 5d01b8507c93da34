"""7. GPT4Tokenizer: another table, another pattern, more special tokens.

Differs from `gpt2.py` in its data alone. What the new pattern and the table twice as large change:

    >>> GPT4Tokenizer().encode("hello world")
    [15339, 1917]
    >>> from bpe_reference import GPT2Tokenizer
    >>> code = "    for i in range(10):"
    >>> len(GPT2Tokenizer().encode(code)), len(GPT4Tokenizer().encode(code))
    (10, 8)
"""

from __future__ import annotations

from .gpt2 import RankedTokenizer
from .split import GPT4_SPLIT_PATTERN

__all__ = ["GPT4_SPECIAL_TOKENS", "GPT4Tokenizer"]

GPT4_SPECIAL_TOKENS = {
    "<|endoftext|>": 100257,
    "<|fim_prefix|>": 100258,
    "<|fim_middle|>": 100259,
    "<|fim_suffix|>": 100260,
    "<|endofprompt|>": 100276,
}
"""The end of a document, and the marks of "fill in the middle" (https://arxiv.org/abs/2207.14255)."""


class GPT4Tokenizer(RankedTokenizer):
    """The tokenizer of GPT-3.5 and GPT-4, cl100k_base: 100,256 merged tokens and five special ones."""

    def __init__(self) -> None:
        super().__init__("cl100k_base", GPT4_SPLIT_PATTERN, GPT4_SPECIAL_TOKENS)
