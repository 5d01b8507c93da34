"""5. RegexTokenizer: cut the text first, and let some tokens stand outside of merging.

Differs from `basic.py` in two ways.

*A split pattern.* A regular expression cuts the text into pieces (a word with its space, up to three digits, a run
of punctuation), and no merge crosses a cut. Without it the vocabulary fills up with "dog.", "dog!" and "dog?"
(GPT-2 paper, section 2.2).

    >>> regex.findall(GPT2_SPLIT_PATTERN, "Hello've world123 how's are you!!!?")
    ['Hello', "'ve", ' world', '123', ' how', "'s", ' are', ' you', '!!!?']

*Special tokens.* Strings such as <|endoftext|> have an id of their own and are looked for before anything else,
if the caller allows it: text that a user typed must not end a document.

    >>> tokenizer = RegexTokenizer()
    >>> tokenizer.train("hello hello", 256 + 4)
    >>> tokenizer.register_special_tokens({"<|endoftext|>": 260})
    >>> tokenizer.encode("hello<|endoftext|>", allowed_special="all")
    [259, 260]
    >>> len(tokenizer.encode("hello<|endoftext|>", allowed_special="none"))
    14
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Literal

import regex

from .base import _unreadable, well_formed
from .basic import BasicTokenizer, _byte_tokens
from .errors import BpeError, SpecialTokenError
from .textbook import Pair

__all__ = ["GPT2_SPLIT_PATTERN", "GPT4_SPLIT_PATTERN", "AllowedSpecial", "RegexTokenizer"]

GPT2_SPLIT_PATTERN = r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""
"""How GPT-2 cuts (https://github.com/openai/gpt-2/blob/master/src/encoder.py), the contractions joined."""

GPT4_SPLIT_PATTERN = (
    r"""'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}"""
    r"""| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"""
)
"""How GPT-4 cuts (https://github.com/openai/tiktoken, cl100k_base): contractions in capitals too, at most three
digits, any one leading character to a word, line ends apart."""

AllowedSpecial = Literal["all", "none", "none_raise"] | Collection[str]
"""Which special tokens `encode` obeys:

- "all": every registered one;
- "none": none, their text is encoded like any other;
- "none_raise": none, and it is an error if the text holds one (the default: the safe choice for foreign text);
- a set: these, and it is an error if the text holds another.

tiktoken says the same with `allowed_special` and `disallowed_special`.
"""

CACHE_SIZE = 1 << 16
"""Pieces remembered with their ids: text repeats its words."""


class RegexTokenizer(BasicTokenizer):
    """Byte-level BPE with a split pattern and special tokens.

    Args:
        pattern: a regular expression whose matches are the pieces; GPT-4's where not given. What it does not
            match is a piece too, so nothing is lost.

    Raises:
        BpeError: the pattern is not a regular expression.
    """

    kind = "RegexTokenizer"

    def __init__(self, pattern: str | None = None) -> None:
        super().__init__()
        self._set_pattern(GPT4_SPLIT_PATTERN if pattern is None else pattern)

    def _set_pattern(self, pattern: str) -> None:
        try:
            self.compiled_pattern = regex.compile(pattern)
        except regex.error as error:
            raise BpeError(
                f"split pattern {pattern!r}: {error}",
                kept="the tokenizer is as it was",
                fix="correct the pattern",
            ) from error
        self.pattern = pattern

    def _set_merges(self, merges: Mapping[Pair, int]) -> None:
        super()._set_merges(merges)
        self._cache: dict[str, list[int]] = {}

    def train(self, text: str, vocab_size: int, verbose: bool = False) -> None:
        """Learn `vocab_size - 256` merges within the pieces of `text`.

        Args:
            text: any text; special tokens in it are text.
            vocab_size: 256 or more.
            verbose: print every merge.

        Raises:
            TrainingError: the size is under 256, or the text has fewer merges than that.
        """
        pieces = Counter(self._split(well_formed(text)))
        self._learn({_byte_tokens(piece): count for piece, count in pieces.items()}, vocab_size, verbose)

    def register_special_tokens(self, special_tokens: Mapping[str, int]) -> None:
        """Give strings ids of their own, in place of those registered before.

        Args:
            special_tokens: text to id, for instance {"<|endoftext|>": 100257}.

        Raises:
            SpecialTokenError: an id is taken, twice given or negative, or a text is empty.
        """
        taken = [idx for idx in special_tokens.values() if idx in self.vocab or idx < 0]
        twice = [idx for idx, count in Counter(special_tokens.values()).items() if count > 1]
        if taken or twice or "" in special_tokens:
            problem = (
                f"ids taken: {taken}" if taken else f"ids given twice: {twice}" if twice else "an empty text"
            )
            raise SpecialTokenError(
                f"register_special_tokens: {problem}",
                kept="the special tokens are as they were",
                fix=f"give each a text and an id of its own from {len(self.vocab)} on",
            )
        self.special_tokens = dict(special_tokens)
        self.inverse_special_tokens = {idx: text for text, idx in special_tokens.items()}

    # -- encoding ----------------------------------------------------------------------------------------

    def encode(self, text: str, allowed_special: AllowedSpecial = "none_raise") -> list[int]:
        """The ids of a text.

        Args:
            text: any text; lone surrogates count as U+FFFD.
            allowed_special: which special tokens are obeyed, see `AllowedSpecial`.

        Raises:
            SpecialTokenError: the text holds a special token that it may not hold.
        """
        allowed, forbidden = self._special_sets(allowed_special)
        if forbidden and (found := _any_of(forbidden).search(text)):
            raise SpecialTokenError(
                f"encode: the text holds the special token {found[0]!r} at character {found.start()}",
                kept="nothing was encoded",
                fix='allow it (allowed_special={...} or "all"), or encode it as text (allowed_special="none")',
            )
        text = well_formed(text)
        if not allowed:
            return self.encode_ordinary(text)
        ids: list[int] = []
        start = 0
        for match in _any_of(allowed).finditer(text):
            ids += self.encode_ordinary(text[start : match.start()])
            ids.append(allowed[match[0]])
            start = match.end()
        return ids + self.encode_ordinary(text[start:])

    def _special_sets(self, allowed_special: AllowedSpecial) -> tuple[dict[str, int], set[str]]:
        """The special tokens that are obeyed, and those that may not be in the text."""
        known = self.special_tokens
        if allowed_special == "all":
            return known, set()
        if allowed_special == "none":
            return {}, set()
        if allowed_special == "none_raise":
            return {}, set(known)
        if isinstance(allowed_special, str):
            raise SpecialTokenError(
                f"encode: allowed_special={allowed_special!r} is not a choice",
                kept="nothing was encoded",
                fix='give "all", "none", "none_raise" or a set of special tokens',
            )
        return {t: known[t] for t in known if t in allowed_special}, set(known) - set(allowed_special)

    def encode_ordinary(self, text: str) -> list[int]:
        """The ids of a text in which nothing is special."""
        cache = self._cache
        ids: list[int] = []
        for piece in self._split(well_formed(text)):
            known = cache.get(piece)
            if known is None:
                known = self._encode_piece(piece)
                if len(cache) >= CACHE_SIZE:
                    cache.clear()
                cache[piece] = known
            ids += known
        return ids

    def _encode_piece(self, piece: str) -> list[int]:
        return [ord(token) for token in self._merge(_byte_tokens(piece))]

    def _split(self, text: str) -> list[str]:
        """The pieces, which joined are the text again."""
        if not self.compiled_pattern.groups:
            pieces: list[str] = self.compiled_pattern.findall(text)
            if sum(map(len, pieces)) == len(text):
                return pieces
        return list(self._split_with_gaps(text))

    def _split_with_gaps(self, text: str) -> Iterator[str]:
        end = 0
        for match in self.compiled_pattern.finditer(text):
            if match.start() > end:
                yield text[end : match.start()]
            if match[0]:
                yield match[0]
            end = match.end()
        if end < len(text):
            yield text[end:]

    # -- files -------------------------------------------------------------------------------------------

    def _restore(
        self, path: Path, pattern: str, special_tokens: dict[str, int], merges: dict[Pair, int]
    ) -> None:
        fresh = type(self)()
        try:
            fresh._set_pattern(pattern)
            fresh._set_merges(merges)
            fresh.register_special_tokens(special_tokens)
        except BpeError as error:
            raise _unreadable(path, error.what) from error
        # All of it at once: a half-loaded tokenizer would encode as nobody's.
        self.__dict__.update(fresh.__dict__)


def _any_of(texts: Collection[str]) -> regex.Pattern[str]:
    """Matches any of the texts, the longest where several begin at the same place."""
    return regex.compile("|".join(map(regex.escape, sorted(texts, key=len, reverse=True))))
