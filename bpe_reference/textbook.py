"""1. Byte pair encoding as the textbook has it: slow, and nothing hidden.

A tokenizer turns text into a list of integers and back. Start from the text's UTF-8 bytes, 256 possible values.
Find the pair of neighbours that occurs most often, give it the next free number, write that number wherever
the pair stands, and repeat. The list of merges, in order, *is* the tokenizer.

    >>> train([b"aaabdaaabac"], 3)
    {(97, 97): 256, (256, 97): 257, (257, 98): 258}
    >>> encode(b"aaabdaaabac", {(97, 97): 256, (256, 97): 257, (257, 98): 258})
    [258, 100, 258, 97, 99]

(The text is the worked example of https://en.wikipedia.org/wiki/Byte-pair_encoding; the algorithm is Gage's, 1994,
brought to language models by Sennrich et al., https://arxiv.org/abs/1508.07909.)

Everything here is quadratic: each of the merges reads the whole text again. `merging.py` does the same work
without that, and a test holds the two equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

__all__ = ["Pair", "encode", "get_stats", "merge", "train"]

Pair = tuple[int, int]


def get_stats(ids: Sequence[int], counts: dict[Pair, int] | None = None) -> dict[Pair, int]:
    """Count the pairs of neighbours, in the order in which they are first seen.

    Args:
        ids: token ids.
        counts: counts to add to (for a text in several pieces); a new dictionary where not given.

    >>> get_stats([1, 2, 3, 1, 2])
    {(1, 2): 2, (2, 3): 1, (3, 1): 1}
    """
    counts = {} if counts is None else counts
    for pair in pairwise(ids):
        counts[pair] = counts.get(pair, 0) + 1
    return counts


def merge(ids: Sequence[int], pair: Pair, idx: int) -> list[int]:
    """Write `idx` wherever `pair` stands, from left to right.

    >>> merge([1, 2, 3, 1, 2], (1, 2), 4)
    [4, 3, 4]
    >>> merge([7, 7, 7], (7, 7), 9)
    [9, 7]
    """
    out: list[int] = []
    i = 0
    while i < len(ids):
        if ids[i] == pair[0] and i + 1 < len(ids) and ids[i + 1] == pair[1]:
            out.append(idx)
            i += 2
        else:
            out.append(ids[i])
            i += 1
    return out


def train(pieces: Iterable[bytes], merges_wanted: int) -> dict[Pair, int]:
    """Learn merges from pieces of text; no pair crosses from one piece to the next.

    Returns:
        The merges in the order in which they were learned, the first with id 256; fewer than wanted where
        the text runs out of pairs. Of pairs that occur equally often, the one seen first wins.
    """
    sequences = [list(piece) for piece in pieces]
    merges: dict[Pair, int] = {}
    for idx in range(256, 256 + merges_wanted):
        counts: dict[Pair, int] = {}
        for ids in sequences:
            get_stats(ids, counts)
        if not counts:
            break
        best = max(counts, key=lambda pair: counts[pair])
        sequences = [merge(ids, best, idx) for ids in sequences]
        merges[best] = idx
    return merges


def encode(piece: bytes, merges: Mapping[Pair, int]) -> list[int]:
    """Apply the merges to one piece of text, those learned first first.

    >>> encode(b"hello", {(108, 108): 256, (104, 101): 257, (257, 256): 258})
    [258, 111]
    """
    ids = list(piece)
    while len(ids) > 1:
        pair = min(get_stats(ids), key=lambda p: merges.get(p, len(merges) + 256))
        if pair not in merges:
            break
        ids = merge(ids, pair, merges[pair])
    return ids
