"""4. BasicTokenizer: byte pair encoding of a whole text at once.

Differs from `base.py` in that it works. No pattern, no special tokens: merges run over spaces and line ends, so
a token may be "e t" or ".\\nThe".

    >>> tokenizer = BasicTokenizer()
    >>> tokenizer.train("aaabdaaabac", 256 + 3)
    >>> tokenizer.encode("aaabdaaabac")
    [258, 100, 258, 97, 99]
    >>> tokenizer.decode([258, 100, 258, 97, 99])
    'aaabdaaabac'
    >>> tokenizer.vocab[258]
    b'aaab'
"""

from __future__ import annotations

from itertools import islice

from .base import Tokenizer, well_formed
from .merging import learn_merges, merge_tokens
from .textbook import Pair

__all__ = ["BasicTokenizer"]


class BasicTokenizer(Tokenizer):
    """Byte-level BPE without a split pattern."""

    kind = "BasicTokenizer"

    def train(self, text: str, vocab_size: int, verbose: bool = False) -> None:
        """Learn `vocab_size - 256` merges from `text`.

        Args:
            text: any text.
            vocab_size: 256 or more.
            verbose: print every merge.

        Raises:
            TrainingError: the size is under 256, or the text has fewer merges than that.
        """
        self._learn({_byte_tokens(well_formed(text)): 1}, vocab_size, verbose)

    def _learn(self, pieces: dict[str, int], vocab_size: int, verbose: bool) -> None:
        wanted = self._merges_wanted(vocab_size)
        merges: dict[Pair, int] = {}
        vocab = {idx: bytes([idx]) for idx in range(256)}
        for found in islice(learn_merges(pieces), wanted):
            a, b = map(ord, found.pair)
            merges[a, b] = found.idx
            vocab[found.idx] = vocab[a] + vocab[b]
            if verbose:
                self._report(len(merges), wanted, (a, b), found.idx, vocab[found.idx], found.occurrences)
        if len(merges) < wanted:
            raise self._too_few(wanted, len(merges))
        self._set_merges(merges)

    def encode(self, text: str) -> list[int]:
        """The ids of a text; lone surrogates count as U+FFFD."""
        return [ord(token) for token in self._merge(_byte_tokens(well_formed(text)))]

    def _merge(self, tokens: str) -> str:
        return merge_tokens(tokens, self._id_of_pair.get)


def _byte_tokens(text: str) -> str:
    """The UTF-8 bytes, one character a byte (that is what Latin-1 means).

    >>> _byte_tokens("é")
    'Ã©'
    """
    return text.encode("utf-8").decode("latin-1")
