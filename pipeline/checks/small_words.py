"""Where a small word stands, and what it speaks of: what the checks of denials, amounts and the like rest on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from pipeline.checks import lexicon
from pipeline.checks.reading import holds
from pipeline.text import words

NEAR, WIDE = 3, 7
"""Content words behind a small word that it speaks of, and on both sides of where the lecture may say the same."""

# Words that a small word does not speak of.
_SKIPPED = lexicon.listed(
    """
    a an the this that these those it its they them their we us our you your i my he she his her of in on at by to
    with from for as and or is are was were be been being am do does did has have had will would can could should
    may might must just even really very so then there here also which who what when where while because if than
    into about over under going gonna get got be actually basically simply
    """
)
ALIKE = 0.4
"""Least share of the words around a small word that the lecture's sentence holds, for the two to say the same."""
MOSTLY = 0.75
"""The same, where only a part of what is denied was said."""
_CLAUSE_END = re.compile(r"[,.;:?!()\n–—]")


@dataclass(frozen=True)
class Place:
    """A word in its sentence."""

    word: str
    """As `words.normal` makes it."""
    shown: str
    stem: str
    index: int
    start: int
    end: int


@lru_cache(maxsize=8192)
def placed(text: str) -> tuple[Place, ...]:
    fillers = words.filler_spans(text)
    found: list[Place] = []
    for token in words.tokens(text):
        if not any(start <= token.start < end for start, end, _ in fillers):
            word = words.normal(token.text)
            found.append(Place(word, token.text, words.stem(word), len(found), token.start, token.end))
    return tuple(found)


def heads_of(text: str, at: int, many: int = NEAR) -> tuple[str, ...]:
    """Stems of the content words behind a word, in its clause."""
    places = placed(text)
    found: list[str] = []
    denies = places[at].word in lexicon.DENIALS
    for before, place in zip(places[at:], places[at + 1 :], strict=False):
        # "With padding or without, we ...": such a denial speaks of what stands before it.
        if (found or denies) and _CLAUSE_END.search(text[before.end : place.start]):
            break
        if place.word not in _SKIPPED and place.word not in lexicon.DENIALS:
            found.append(place.stem)
            if len(found) == many:
                break
    return tuple(found)


def around(text: str, at: int, wide: int = WIDE) -> frozenset[str]:
    """Stems of the words on both sides of a word, and of those alike."""
    near = {place.stem for place in placed(text)[max(at - wide, 0) : at + wide + 1]}
    alike = lexicon.alike()
    return frozenset(near.union(*(alike[one] for one in near if one in alike)))


def speaks_of(heads: Sequence[str], near: frozenset[str]) -> bool:
    return any(holds(near, head) for head in heads)


def told_alike(text: str, place: Place, there: frozenset[str], least: float = ALIKE) -> bool:
    """Whether most of the words that a small word stands among are there: else the page may put it in its own way."""
    places = placed(text)[max(place.index - WIDE, 0) : place.index + WIDE + 1]
    known = lexicon.DENIALS | lexicon.MILD_DENIALS | words.FUNCTION_WORDS
    content = {one.stem for one in places if one.index != place.index and one.word not in known}
    return sum(holds(there, one) for one in content) >= least * len(content)


@lru_cache(maxsize=8192)
def stems_of(text: str) -> frozenset[str]:
    """Stems of a sentence's words, and of those alike."""
    alike = lexicon.alike()
    stems = {place.stem for place in placed(text)}
    return frozenset(stems.union(*(alike[one] for one in stems if one in alike)))


LEFT_OUT = frozenset(
    {"more", "longer", "skip", "forget", "ignore", "miss", "omit", "avoid", "fail", "lose", "hesitate"}
)
"""What is denied along with a denial's next word: "don't skip it" is "do it", "no more than that" no denial of that."""


def next_word(text: str, place: Place) -> str:
    behind = placed(text)[place.index + 1 : place.index + 2]
    return behind[0].word if behind else ""


@lru_cache(maxsize=8192)
def denials_in(text: str) -> tuple[Place, ...]:
    """The denials of a text."""
    # Python's None is a value.
    return tuple(
        place
        for place in placed(text)
        if place.word in lexicon.DENIALS and not (place.shown == "None" and place.index)
    )
