"""Which part of an article tells of which sentences of the lecture, found by the words they share.

Rare words weigh most (inverse frequency over the lecture). For each part every stretch of the lecture of about its
length is scored; the best path through all parts goes forward, and steps back only where that gains enough
(dynamic programming, as in sequence alignment).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.evaluation.articles import Part
from pipeline.models import Sentence
from pipeline.text import words

__all__ = ["LEAST_WORDS", "NOT_ALIGNED", "Span", "align"]

NOT_ALIGNED = frozenset({"code", "heading", "label"})

LEAST_WORDS = 6
"""Content words of a part that can be aligned; a shorter one says too little."""
_FULL_WORDS = 12
"""Content words from which on a part has its full say in where the article is."""
_LIST_WORDS = 150
_LEAST_SHARE = 0.3
"""Of a part's words by weight, the share that its stretch has to hold."""
_STEP_BACK = 0.3
_LEAP = 0.12
_NEAR = 40
"""Sentences ahead that cost nothing."""
_SPOKEN_LONGER = 1.35
"""Words spoken for a word written."""
_SPARE_WORDS = 12
_TRIM = 0.05
"""Share of the weight below which a sentence at an edge is no part of the stretch."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Span:
    """Sentences `[first, last]` of the lecture, by place."""

    first: int
    last: int
    share: float
    """Of the part's words by weight that they hold."""


def align(parts: Sequence[Part], sentences: Sequence[Sentence], language: str) -> list[Span | None]:
    """For each part its stretch of the lecture.

    None for code, headings and labels, and for parts too short or about something else. Items of a list are looked
    for together, then each within what was found.
    """
    found: list[Span | None] = [None] * len(parts)
    lecture = _Lecture(sentences, language)
    units = [unit for unit in _units(parts, language) if len(unit.keys) >= LEAST_WORDS]
    if not units or not sentences:
        return found
    scored = [lecture.scored(unit.keys, unit.size) for unit in units]
    # What says little pulls little.
    weights = [min(1.0, len(unit.keys) / _FULL_WORDS) for unit in units]
    path = _best_path([scores * weight for (scores, _), weight in zip(scored, weights, strict=True)])
    for unit, (scores, ends), first in zip(units, scored, path, strict=True):
        if scores[first] < _LEAST_SHARE:
            continue
        whole = range(first, int(ends[first]))
        if len(unit.numbers) == 1:
            found[unit.numbers[0]] = lecture.trimmed(unit.keys, whole, float(scores[first]))
            continue
        for number in unit.numbers:
            found[number] = _inside(parts[number], whole, lecture)
    return found


def _inside(item: Part, whole: range, lecture: _Lecture) -> Span | None:
    """The stretch of an item within that of its list."""
    keys = lecture.keys(item.text)
    if not keys:
        return None
    scores, ends = lecture.scored(keys, words.count(item.text))
    first = max(whole, key=lambda place: (scores[place], -place))
    if scores[first] < _LEAST_SHARE:
        return None
    return lecture.trimmed(keys, range(first, int(ends[first])), float(scores[first]))


@dataclass(frozen=True)
class _Unit:
    """What is looked for at once: a part, or items that stand in a row."""

    numbers: tuple[int, ...]
    keys: frozenset[str]
    size: int


def _units(parts: Sequence[Part], language: str) -> Iterator[_Unit]:
    run: list[int] = []
    size = 0
    for number, part in enumerate(parts):
        joins = part.kind == "item" and bool(run) and parts[run[-1]].kind == "item" and size < _LIST_WORDS
        if run and not joins:
            yield _unit(run, parts, language)
            run, size = [], 0
        if part.kind not in NOT_ALIGNED:
            run.append(number)
            size += words.count(part.text)
    if run:
        yield _unit(run, parts, language)


def _unit(run: Sequence[int], parts: Sequence[Part], language: str) -> _Unit:
    text = "\n".join(parts[number].text for number in run)
    return _Unit(tuple(run), frozenset(words.content(text, language)), words.count(text))


class _Lecture:
    """The sentences, ready to be searched."""

    def __init__(self, sentences: Sequence[Sentence], language: str) -> None:
        self.language = language
        self.said = [frozenset(words.content(sentence.text, language)) for sentence in sentences]
        self.where = _places(self.said)
        lengths = [max(words.count(sentence.text), 1) for sentence in sentences]
        self.edges = np.concatenate([[0], np.cumsum(np.array(lengths, dtype=np.int64))])

    def keys(self, text: str) -> frozenset[str]:
        return frozenset(words.content(text, self.language))

    def weight(self, key: str) -> float:
        """Rare words weigh more; one that is never said weighs as the rarest."""
        often = int(self.where[key][-1]) if key in self.where else 1
        return float(np.log(1 + len(self.said) / often))

    def scored(self, keys: frozenset[str], size: int) -> tuple[Floats, npt.NDArray[np.int64]]:
        """For each sentence, the share of the words that the stretch from it on holds, and where that ends."""
        spoken = int(size * _SPOKEN_LONGER) + _SPARE_WORDS
        count = len(self.said)
        ends = np.minimum(np.searchsorted(self.edges, self.edges[:-1] + spoken, side="left"), count)
        ends = np.maximum(ends, np.arange(count) + 1)
        total, scores = 0.0, np.zeros(count)
        for key in sorted(keys):
            weight = self.weight(key)
            total += weight
            if key in self.where:
                grown = self.where[key]
                scores += weight * (grown[ends] > grown[:-1])
        return scores / total, ends

    def trimmed(self, keys: frozenset[str], whole: range, share: float) -> Span:
        """The stretch without the sentences at its edges that add next to nothing."""
        total = sum(self.weight(key) for key in keys)

        def gain(edge: int, others: range) -> float:
            rest = frozenset().union(*(self.said[number] for number in others))
            return sum(self.weight(key) for key in (self.said[edge] & keys) - rest) / total

        first, last = whole[0], whole[-1]
        while last > first and gain(last, range(first, last)) < _TRIM:
            last -= 1
        while first < last and gain(first, range(first + 1, last + 1)) < _TRIM:
            first += 1
        return Span(first, last, share)


def _places(said: Sequence[frozenset[str]]) -> dict[str, npt.NDArray[np.int64]]:
    """Word → how often it was said before each sentence: a stretch holds it where this grows."""
    places: dict[str, list[int]] = {}
    for number, keys in enumerate(said):
        for key in keys:
            places.setdefault(key, []).append(number)
    grown = {}
    for key, numbers in places.items():
        counts = np.zeros(len(said) + 1, dtype=np.int64)
        counts[np.array(numbers) + 1] = 1
        grown[key] = np.cumsum(counts)
    return grown


def _best_path(scored: Sequence[Floats]) -> list[int]:
    """A place for each part: the greatest sum, steps back paid for."""
    best = scored[0].copy()
    came: list[npt.NDArray[np.int64]] = []
    places = np.arange(len(best))
    for scores in scored[1:]:
        near, near_at = _greatest_near(best)
        ahead = np.maximum.accumulate(best)
        # The place where the running maximum was last reached.
        ahead_at = np.maximum.accumulate(np.where(best >= ahead, places, 0))
        top = int(np.argmax(best))
        ways = np.stack([near, ahead - _LEAP, np.full_like(best, best[top] - _STEP_BACK)])
        chosen = np.argmax(ways, axis=0)
        came.append(np.stack([near_at, ahead_at, np.full_like(places, top)])[chosen, places])
        best = scores + ways[chosen, places]
    path = [int(np.argmax(best))]
    for pointers in reversed(came):
        path.append(int(pointers[path[-1]]))
    return path[::-1]


def _greatest_near(best: Floats) -> tuple[Floats, npt.NDArray[np.int64]]:
    """For each place the greatest value of it and those just before it, and where that is."""
    padded = np.concatenate([np.full(_NEAR, -np.inf), best])
    windows = np.lib.stride_tricks.sliding_window_view(padded, _NEAR + 1)
    # The last of equals: of a flat stretch, the place nearest by.
    back = np.argmax(windows[:, ::-1], axis=1)
    at = np.arange(len(best)) - back
    return best[at], at
