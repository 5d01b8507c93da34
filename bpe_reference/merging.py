"""2. The same merges, fast: incremental counts, and a string in which every character is a token.

Differs from `textbook.py` in cost, not in result. Two ideas:

*A token is a character.* A Python string may hold any number up to 1,114,111 as one character, so a sequence of
token ids is a string, a pair is a string of two, and "write the new id wherever the pair stands, from left to
right" is what `split` and `join` do, at the speed of C:

    >>> "aaabdaaabac".split("aa")
    ['', 'abd', 'abac']
    >>> "Z".join("aaabdaaabac".split("aa"))
    'ZabdZabac'

*Only the neighbours change.* Where "aa" becomes "Z", the pairs that vanish or appear are those at the ends of the
pieces of that split. So the counts are corrected instead of made anew, and a text in many pieces is touched only
where the pair is. Equal pieces (words) are handled once, with a weight.

The next pair is the most frequent, and among equals the one seen first in the text as it now is. Counts never
grow once a pair exists, and a new pair is at most as frequent as the pair it came from. So the counts are
visited level by level, downwards, and within one level a single pass over the text meets the pairs in order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from heapq import heapify, heappop, heappush
from itertools import pairwise
from operator import add
from typing import NamedTuple

__all__ = ["MAX_TOKENS", "Merge", "learn_merges", "merge_tokens"]

MAX_TOKENS = 0x110000
"""Ids from 0 to this, exclusive, fit in one character."""

LONG = 48
"""From this many tokens on, a piece is encoded with a heap of its pairs; below, looking at all pairs is quicker."""


class Merge(NamedTuple):
    """One learned merge."""

    pair: str
    """the two tokens, as two characters"""
    idx: int
    """the new token's id"""
    occurrences: int
    """how often the pair stood in the text (overlaps counted: "aaa" has "aa" twice)"""


def learn_merges(pieces: Mapping[str, int], first_id: int = 256) -> Iterator[Merge]:
    """Yield merges, the best first, until no pair is left.

    Args:
        pieces: tokens as characters, with how often each piece occurs, in order of first occurrence.
        first_id: the id of the first new token.

    >>> [(m.pair, m.idx, m.occurrences) for m in learn_merges({"abcabd": 1}, ord("A"))][:2]
    [('ab', 65, 2), ('Ac', 66, 1)]
    """
    text = _Text(pieces)
    idx = first_id
    while (pair := text.most_frequent()) is not None:
        yield Merge(pair, idx, text.level)
        text.apply(pair, chr(idx))
        idx += 1


class _Text:
    """The pieces while they are merged, their pairs counted and found."""

    def __init__(self, pieces: Mapping[str, int]) -> None:
        self.pieces = list(pieces)
        self.weights = list(pieces.values())
        self.counts: defaultdict[str, int] = defaultdict(int)
        # Pieces that a pair stands in, ascending; some may have lost it since.
        self.where: defaultdict[str, list[int]] = defaultdict(list)
        self._count_all()
        # Pairs by count; a pair whose count has shrunk since is moved when its level comes up.
        self.levels: defaultdict[int, list[str]] = defaultdict(list)
        for pair, count in self.counts.items():
            self.levels[count].append(pair)
        self.level = max(self.levels, default=0)
        self.tied: set[str] = set()
        self._open_level()

    def _count_all(self) -> None:
        counts, where = self.counts, self.where
        for i, (piece, weight) in enumerate(zip(self.pieces, self.weights, strict=True)):
            for pair in map(add, piece, piece[1:]):
                counts[pair] += weight
                at = where[pair]
                if not at or at[-1] != i:  # as _note, without the call: this loop sees every character
                    at.append(i)

    def most_frequent(self) -> str | None:
        """The pair to merge next, or None where no pair is left."""
        while not self.tied:
            self.level -= 1
            if self.level <= 0:
                return None
            self._open_level()
        if len(self.tied) == 1:
            return next(iter(self.tied))
        return self._first_seen()

    def _open_level(self) -> None:
        """Collect the pairs that occur exactly `level` times; the others move to where they belong."""
        for pair in self.levels.pop(self.level, ()):
            count = self.counts[pair]
            if count == self.level:
                self.tied.add(pair)
            else:
                self.levels[count].append(pair)
        self.piece_no = self.offset = 0

    def _first_seen(self) -> str:
        """The tied pair that comes first in the text.

        A merge does not change what stands before the first occurrence of its pair, and the pairs that it makes
        begin one token before it at the earliest. So the search goes on from there, once through a level.
        """
        tied = self.tied
        for number in range(self.piece_no, len(self.pieces)):
            piece = self.pieces[number]
            start = self.offset if number == self.piece_no else 0
            pairs: Iterator[str] = map(add, piece[start:], piece[start + 1 :])
            for place, pair in enumerate(pairs, start):
                if pair in tied:
                    self.piece_no, self.offset = number, max(place - 1, 0)
                    return pair
        raise AssertionError("a pair that is counted stands nowhere in the text")

    def apply(self, pair: str, new: str) -> None:
        """Write `new` wherever `pair` stands, and correct the counts around it."""
        before: defaultdict[str, int] = defaultdict(int)
        after: defaultdict[str, int] = defaultdict(int)
        touching = 0
        for i in self.where.pop(pair):
            parts = self.pieces[i].split(pair)
            self.pieces[i] = new.join(parts)
            weight = self.weights[i]
            # Every occurrence of the pair stands between two parts; an empty part between two is a repetition.
            for number, (left, right) in enumerate(pairwise(parts)):
                if left:
                    before[left[-1]] += weight
                    self._note(left[-1] + new, i)
                elif number:
                    touching += weight
                    self._note(new + new, i)
                if right:
                    after[right[0]] += weight
                    self._note(new + right[0], i)
        self._recount(pair, new, before, after, touching)

    def _note(self, pair: str, piece_no: int) -> None:
        at = self.where[pair]
        if not at or at[-1] != piece_no:
            at.append(piece_no)

    def _recount(
        self, pair: str, new: str, before: Mapping[str, int], after: Mapping[str, int], touching: int
    ) -> None:
        first, second = pair[0], pair[1]
        for left, count in before.items():
            self._shrink(left + first, count)
            self._create(left + new, count)
        for right, count in after.items():
            self._shrink(second + right, count)
            self._create(new + right, count)
        if touching:
            self._shrink(second + first, touching)
            self._create(new + new, touching)
        self.counts.pop(pair, None)
        self.tied.discard(pair)

    def _shrink(self, pair: str, by: int) -> None:
        if pair in self.tied:
            self.tied.discard(pair)
            self.levels[self.counts[pair] - by].append(pair)
        self.counts[pair] -= by

    def _create(self, pair: str, count: int) -> None:
        self.counts[pair] = count
        if count == self.level:
            self.tied.add(pair)
        else:
            self.levels[count].append(pair)


def merge_tokens(tokens: str, id_of: Callable[[str], int | None]) -> str:
    """Apply the merges to one piece, lowest id first.

    Args:
        tokens: the piece, a character a token.
        id_of: the id that a pair merges to, or None.

    >>> merge_tokens("aaabdaaabac", {"aa": 90, "Za": 91, "[b": 92}.get)
    '\\\\d\\\\ac'
    """
    if len(tokens) >= LONG:
        return _merge_long(tokens, id_of)
    while True:
        best: int | None = None
        for pair in map(add, tokens, tokens[1:]):
            idx = id_of(pair)
            if idx is not None and (best is None or idx < best):
                best, best_pair = idx, pair
        if best is None:
            return tokens
        tokens = tokens.replace(best_pair, chr(best))


def _merge_long(tokens: str, id_of: Callable[[str], int | None]) -> str:
    """The same with a heap of the pairs present: one pass over the text for each merge that applies."""
    heap = [(idx, pair) for pair in set(map(add, tokens, tokens[1:])) if (idx := id_of(pair)) is not None]
    heapify(heap)
    while heap:
        idx, pair = heappop(heap)
        parts = tokens.split(pair)
        if len(parts) == 1:
            continue  # the pair went into other merges meanwhile
        new = chr(idx)
        tokens = new.join(parts)
        fresh = {part[-1] + new for part in parts[:-1] if part}
        fresh.update(new + part[0] for part in parts[1:] if part)
        if "" in parts[1:-1]:
            fresh.add(new + new)
        for pair in fresh:
            if (idx_of := id_of(pair)) is not None:
                heappush(heap, (idx_of, pair))
    return tokens
