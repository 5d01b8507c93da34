"""Groups edited sentences into paragraphs, and sentences that enumerate into lists."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.text import words
from pipeline.writers import editor_rules as rules
from pipeline.writers.editor_sentences import Piece

MAX_PARAGRAPH_WORDS = 150
_GOOD_WORDS = 85
_LONG_PAUSE_S = 1.5
_WINDOW = 3
"""Sentences before and after a boundary whose words are compared."""


def paragraphs(
    pieces: Sequence[Piece], breaks: frozenset[float] = frozenset(), language: str = "en"
) -> list[list[Piece]]:
    """The sentences in paragraphs of under 150 words (a longer sentence stands alone).

    The cuts together cost least: pauses, changes of subject, beginnings that turn to something new and
    screens that come up (`breaks`, in seconds) make one cheap; lengths far from 85 words make it dear.
    """
    if not pieces:
        return []
    scores = [0.0, *(boundary(pieces, at, breaks, language) for at in range(1, len(pieces)))]
    lengths = [piece.words for piece in pieces]
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(pieces) + 1):
        options, length = [], 0
        for start in range(end - 1, -1, -1):
            length += lengths[start]
            if length >= MAX_PARAGRAPH_WORDS and start < end - 1:
                break
            gain = scores[start] if start else 0.0
            options.append((best[start][0] + ((length - _GOOD_WORDS) / 55) ** 2 - gain, start))
        best.append(min(options))
    cuts, end = [], len(pieces)
    while end > 0:
        start = best[end][1]
        cuts.append(list(pieces[start:end]))
        end = start
    return cuts[::-1]


def boundary(
    pieces: Sequence[Piece], at: int, breaks: frozenset[float], language: str, window: int = _WINDOW
) -> float:
    """How much speaks for a new paragraph before sentence `at`; a bare pronoun speaks against it."""
    before, after = pieces[at - 1], pieces[at]
    if set(before.sentences) & set(after.sentences):
        return -8.0  # within a spoken sentence: only where the paragraph would be too long
    score = min(max(after.start_s - before.end_s, 0) / _LONG_PAUSE_S, 1.2)
    if any(before.start_s < moment <= after.start_s for moment in breaks):
        score += 1.3
    if language.startswith("en"):
        score += _opening(after.text) - _leaning(after.text)
        # A question and its answer stand together.
        score -= 1.2 if before.text.rstrip().endswith("?") else 0.0
    left = _stems(pieces[max(at - window, 0) : at], language)
    right = _stems(pieces[at : at + window], language)
    return score + 0.8 * (0.5 - _similarity(left, right))


def _opening(text: str) -> float:
    """How much a sentence sounds like the first of a paragraph: "Finally, why is ...?", "Let's look at ..."."""
    bare = rules.LEAD_INS.sub("", text)
    if text.rstrip().endswith("?") and rules.QUESTION.match(bare):
        return 1.4
    return 0.8 if rules.PARAGRAPH_STARTS.match(text) or rules.PARAGRAPH_STARTS.match(bare) else 0.0


def _leaning(text: str) -> float:
    """How much a sentence leans on the one before it: "So that's why", "Otherwise", "As a result"."""
    return 0.7 if rules.LEANING.match(text) else 0.0


def _stems(pieces: Sequence[Piece], language: str) -> Counter[str]:
    return Counter(key for piece in pieces for key in words.content(piece.text, language))


def _similarity(a: Counter[str], b: Counter[str]) -> float:
    """Cosine of two counts, in [0, 1]."""
    norm = math.sqrt(sum(v * v for v in a.values()) * sum(v * v for v in b.values()))
    return sum(count * b[key] for key, count in a.items()) / norm if norm else 0.0


# ------------------------------------------------------------------------------------------------- lists

_MARKERS: tuple[tuple[str, ...], ...] = (
    (r"first(?:ly| of all)?", r"second(?:ly)?", r"third(?:ly)?", r"fourth(?:ly)?", r"fifth(?:ly)?"),
    (r"(?:number )?one", r"(?:number )?two", r"(?:number )?three", r"(?:number )?four", r"(?:number )?five"),
)
_ANNOUNCED = re.compile(
    r"\b(two|three|four|five|several|a few|some|following) (?:\w+ ){0,2}?(things?|steps?|reasons?|ways?|parts?|jobs?|"
    r"questions?|kinds?|types?|points?|examples?|problems?|issues?)\b",
    re.IGNORECASE,
)
_COUNTS = {"two": 2, "three": 3, "four": 4, "five": 5}


@dataclass(frozen=True)
class Enumeration:
    """Sentences `[first, last)` of which each begins an item: "One, ...", "Two, ...", "And three, ..."."""

    first: int
    last: int
    items: tuple[tuple[int, int, str], ...]
    """`(first, last, text)` of each item, the marker left out."""


def enumeration(pieces: Sequence[Piece]) -> Enumeration | None:
    """The first list in these sentences, if it is safe to say that it is one.

    It is where markers follow one another from the first on with at most three sentences between, with a
    comma or colon behind each, and either three of them or as many as were announced.
    """
    for markers in _MARKERS:
        for at, piece in enumerate(pieces):
            if not _item_text(piece.text, markers[0]):
                continue
            found = _items(pieces, at, markers)
            announced = _announced(pieces[max(at - 2, 0) : at])
            if len(found) >= 3 or (len(found) == 2 and announced == 2):
                return _enumeration(pieces, found, markers)
    return None


def _items(pieces: Sequence[Piece], at: int, markers: tuple[str, ...]) -> list[int]:
    found = [at]
    for marker in markers[1:]:
        ahead = range(found[-1] + 1, min(found[-1] + 4, len(pieces)))
        following = next((index for index in ahead if _item_text(pieces[index].text, marker)), None)
        if following is None:
            break
        found.append(following)
    return found


def _announced(pieces: Sequence[Piece]) -> int | None:
    for piece in reversed(pieces):
        if match := _ANNOUNCED.search(piece.text):
            return _COUNTS.get(match[1].lower())
    return None


def _enumeration(pieces: Sequence[Piece], starts: list[int], markers: tuple[str, ...]) -> Enumeration:
    ends = [*starts[1:], starts[-1] + 1]
    items = []
    for first, last, marker in zip(starts, ends, markers, strict=False):
        head = _item_text(pieces[first].text, marker) or pieces[first].text
        items.append((first, last, " ".join([head, *(piece.text for piece in pieces[first + 1 : last])])))
    return Enumeration(starts[0], ends[-1], tuple(items))


def _item_text(text: str, marker: str) -> str | None:
    match = re.match(
        rf"(?:(?:and|so|then|now|the) )?(?:{marker})(?: (?:one|thing))?(?: is)?[,:] +(?=\w)", text, re.I
    )
    if match is None:
        return None
    rest = text[match.end() :]
    return rest[:1].upper() + rest[1:]
