"""6. GPT2Tokenizer: OpenAI's merges in place of our own.

Differs from `split.py` in where the vocabulary comes from: a table of 50,256 tokens by rank. Two things follow.

*No merges are needed to encode.* A pair merges if the bytes of both together are a token, and the pair whose
token has the lowest rank goes first. The merges can be recovered from that (`merges`), and are, for those who
want to see them: each token's two halves are what its bytes encode to with the lower ranks alone.

*The byte shuffle.* The 256 single bytes come first, but not in the order of their values: GPT-2's authors listed
the printable ones before the others.

    >>> tokenizer = GPT2Tokenizer()
    >>> tokenizer.encode("hello world")
    [31373, 995]
    >>> tokenizer.byte_shuffle[ord("!")], tokenizer.byte_shuffle[ord(" ")]
    (0, 220)
    >>> tokenizer.encode("<|endoftext|>", allowed_special="all")
    [50256]
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from itertools import pairwise
from typing import NoReturn

from .basic import _byte_tokens
from .errors import BpeError
from .merging import merge_tokens
from .ranks import load_ranks
from .split import GPT2_SPLIT_PATTERN, RegexTokenizer
from .textbook import Pair

__all__ = ["GPT2Tokenizer", "RankedTokenizer", "recover_merges"]


class RankedTokenizer(RegexTokenizer):
    """A tokenizer that is a rank table, a pattern and special tokens; fixed, so it cannot be trained.

    Args:
        table: the rank table's name, see `ranks.py`.
        pattern: how text is cut.
        special_tokens: text to id.
    """

    def __init__(self, table: str, pattern: str, special_tokens: Mapping[str, int]) -> None:
        super().__init__(pattern)
        self.name = table
        self._ranks = load_ranks(table)
        self.vocab = {rank: token for token, rank in self._ranks.items()}
        self.byte_shuffle = {byte: self._ranks[bytes([byte])] for byte in range(256)}
        self.inverse_byte_shuffle = {rank: byte for byte, rank in self.byte_shuffle.items()}
        self.register_special_tokens(special_tokens)

    @cached_property
    def merges(self) -> dict[Pair, int]:  # cached: it takes seconds
        """The merges, recovered from the ranks."""
        return recover_merges(self._ranks)

    def _encode_piece(self, piece: str) -> list[int]:
        rank = self._ranks.get(piece.encode("utf-8"))
        if rank is not None:
            return [rank]
        tokens = _byte_tokens(piece).translate(self.byte_shuffle)
        return [ord(token) for token in merge_tokens(tokens, self._rank_of_pair)]

    def _rank_of_pair(self, pair: str) -> int | None:
        return self._ranks.get(self.vocab[ord(pair[0])] + self.vocab[ord(pair[1])])

    def train(self, text: str, vocab_size: int, verbose: bool = False) -> NoReturn:
        """Not possible: the vocabulary is fixed."""
        raise self._fixed("train")

    def save(self, file_prefix: str | os.PathLike[str]) -> NoReturn:
        """Not needed: the vocabulary comes with the package (`save_vocab` writes it to read)."""
        raise self._fixed("save")

    def load(self, model_file: str | os.PathLike[str]) -> NoReturn:
        """Not possible: the vocabulary is fixed."""
        raise self._fixed("load")

    def _fixed(self, what: str) -> BpeError:
        return BpeError(
            f"{what}: {type(self).__name__} is fixed",
            kept="the tokenizer is as it was",
            fix="use a RegexTokenizer",
        )


class GPT2Tokenizer(RankedTokenizer):
    """GPT-2's tokenizer: 50,257 tokens, the last of them <|endoftext|>."""

    def __init__(self) -> None:
        super().__init__("gpt2", GPT2_SPLIT_PATTERN, {"<|endoftext|>": 50256})


def recover_merges(ranks: Mapping[bytes, int]) -> dict[Pair, int]:
    """The two tokens that each token was merged from.

    Args:
        ranks: token bytes to rank, with all 256 single bytes.

    >>> table = {bytes([i]): i for i in range(256)} | {b"an": 256, b"na": 257, b"ana": 258}
    >>> recover_merges(table)
    {(97, 110): 256, (110, 97): 257, (256, 97): 258}
    """
    merges: dict[Pair, int] = {}
    for token, rank in ranks.items():
        if len(token) == 1:
            continue
        parts = [token[i : i + 1] for i in range(len(token))]
        while len(parts) > 2:
            joined = [ranks.get(a + b, rank) for a, b in pairwise(parts)]
            lowest = min(joined)
            if lowest == rank:
                break
            at = joined.index(lowest)
            parts[at : at + 2] = [parts[at] + parts[at + 1]]
        if len(parts) != 2:
            raise BpeError(
                f"recover_merges: token {rank} ({token!r}) is not made of two earlier ones",
                kept="nothing",
                fix="give the rank table of a byte-level BPE",
            )
        merges[ranks[parts[0]], ranks[parts[1]]] = rank
    return merges
