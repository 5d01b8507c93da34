"""Tokenizers by name, as prose and code name them."""

from __future__ import annotations

import re
from functools import cache

from .errors import UnknownNameError
from .gpt2 import GPT2Tokenizer, RankedTokenizer
from .gpt4 import GPT4Tokenizer

__all__ = ["NAMES", "OTHER", "find_names", "get_tokenizer"]

NAMES = ("gpt2", "cl100k_base")
"""The tokenizers that come with this package."""

OTHER = "other"
"""Stands for a tokenizer that text names and this package does not have."""

_PATTERN = re.compile(
    r"""
    (?P<other> \bgpt[- ]?4o\w* | \bgpt[- ]?4\.\d\w* | \bo1\b | \bo200k\w* | \bp50k\w* | \bgpt[- ]?[35](?!\.?\d)\w*
             | \bgpt[- ]?1\b | \bllama\b(?:[- ]?\d)?
             | \bsentence[- ]?piece\b | \b(?:m|distil|ro)?bert(?:a|[- ]base\S*)?\b
             | \bword[- ]?piece\b | \bt5\b | \bclaude\b | \bgemma\b | \bgemini\b | \bmistral\b | \bqwen\b | \bcodex\b
             | \bwhisper\b | \bunigram\b )
  | (?P<gpt2> \bgpt[- ]?2(?!\.?\d)\w* | \br50k(?:_base)?\b )
  | (?P<cl100k_base> \bgpt[- ]?4(?!\.?\d)\w* | \bgpt[- ]?3\.5\w* | \bcl100k(?:_base)?\b )
    """,
    re.VERBOSE | re.IGNORECASE,
)


@cache
def get_tokenizer(name: str) -> RankedTokenizer:
    """The tokenizer called `name`; also by a model's name, such as "GPT-4".

    Raises:
        UnknownNameError: this package has none of that name.

    >>> get_tokenizer("GPT-4").name
    'cl100k_base'
    """
    match = _PATTERN.fullmatch(name)
    if match and match.lastgroup == "gpt2":
        return GPT2Tokenizer()
    if match and match.lastgroup == "cl100k_base":
        return GPT4Tokenizer()
    raise UnknownNameError(f"tokenizer {name!r}: not here", kept="nothing", fix=f"one of {', '.join(NAMES)}")


def find_names(text: str) -> list[tuple[int, int, str]]:
    """Every tokenizer that a text names: start, end, and one of `NAMES` or `OTHER`.

    >>> find_names("GPT-2 splits it, GPT-4o does not")
    [(0, 5, 'gpt2'), (17, 23, 'other')]
    """
    return [(m.start(), m.end(), m.lastgroup or OTHER) for m in _PATTERN.finditer(text)]
