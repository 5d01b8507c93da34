"""Byte pair encoding to learn from: exact, fast, and the source of every checked token id in a chapter.

Read `README.md` for the path through the files.

    >>> from bpe_reference import GPT4Tokenizer
    >>> GPT4Tokenizer().encode("hello world")
    [15339, 1917]
"""

from .basic import BasicTokenizer
from .gpt2 import GPT2Tokenizer
from .gpt4 import GPT4Tokenizer
from .split import RegexTokenizer
from .subject import REFERENCE

__all__ = ["REFERENCE", "BasicTokenizer", "GPT2Tokenizer", "GPT4Tokenizer", "RegexTokenizer"]
