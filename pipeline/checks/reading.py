"""Sentences of a text as the checks read them: content words with weights, and how far others hold them.

A rare word says more than a common one: that a sentence lacks "tokenizer" tells more than that it lacks "way". So a
word weighs by its frequency in its language (wordfreq's Zipf scale: 3 is once in a million words, 6 once in a
thousand).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pipeline.checks import lexicon
from pipeline.text import words

_RARE, _EVERYWHERE = 3.0, 7.0
_LEAST_WEIGHT = 0.25
_SHORTENED = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|al|dr|mr|mrs|ms|prof|fig|no|approx)|\b[A-Z])\.$", re.IGNORECASE
)
_END = re.compile(r"[.?!]+[\"”’)*_]*(?=\s+[\"“‘(*_`]*[^\W_a-z])|[。？！]|\n+")


@dataclass(frozen=True)
class Weighed:
    """A content word where it stands."""

    key: str
    """Its stem, or a number's value."""
    text: str
    weight: float


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of prose; an item of a list is one at least.

    >>> sentences("Gage et al. did it, e.g. in 1994. It is short.")
    ('Gage et al. did it, e.g. in 1994.', 'It is short.')
    """
    found, at = [], 0
    for match in _END.finditer(text):
        if not _SHORTENED.search(text[at : match.end()]):
            found.append(text[at : match.end()].strip())
            at = match.end()
    return tuple(one for one in [*found, text[at:].strip()] if one)


@lru_cache(maxsize=65536)
def weight(word: str, language: str) -> float:
    """How much a word says, in [0.25, 1]; 1 for numbers and for words that the language hardly knows."""
    from wordfreq import zipf_frequency

    if any(character.isdigit() for character in word) or language[:2] not in _counted_languages():
        return 1.0
    zipf = max(zipf_frequency(word, language[:2]), _RARE)
    return max(_LEAST_WEIGHT, min(1.0, (_EVERYWHERE - zipf) / (_EVERYWHERE - _RARE - 1)))


@lru_cache(maxsize=1)
def _counted_languages() -> frozenset[str]:
    from wordfreq import available_languages

    return frozenset(available_languages("best"))


@lru_cache(maxsize=8192)
def weighed(text: str, language: str) -> tuple[Weighed, ...]:
    """The content words of a text, in order."""
    return tuple(
        Weighed(key, token.text, weight(words.normal(token.text), language))
        for key, token in words.content_tokens(text, language)
    )


@lru_cache(maxsize=2048)
def held(text: str, language: str) -> frozenset[str]:
    """Everything that a text may be said to hold: stems of all its words, values of its numbers, words alike."""
    stems = words.all_stems(text, language)
    if not language.startswith("en"):
        return stems
    alike = lexicon.alike()
    return stems.union(*(alike[one] for one in stems if one in alike))


@dataclass(frozen=True)
class Coverage:
    """How much of a sentence something else holds."""

    share: float
    """By weight, in [0, 1]."""
    weight: float
    """Of all its content words."""
    lacking: float
    """Weight of those that are not held."""
    missing: tuple[str, ...]
    """These words, as they stand."""


def coverage(
    text: str, there: frozenset[str], language: str, others: Sequence[frozenset[str]] = ()
) -> Coverage:
    """How much of `text`'s content words is `there` (see `held`).

    Args:
        others: what the sentences beside it hold. In the share, a word of `text` counts half if one of them says it
            too, a third if two do.
    """
    found = weighed(text, language)
    missing = [one for one in found if not holds(there, one.key)]
    counts = {one.key: one.weight / (1 + sum(holds(other, one.key) for other in others)) for one in found}
    total = sum(counts[one.key] for one in found)
    lacking = sum(counts[one.key] for one in missing)
    return Coverage(
        1 - lacking / total if total else 1.0,
        sum(one.weight for one in found),
        sum(one.weight for one in missing),
        tuple(distinct(one.text for one in missing)),
    )


def holds(there: frozenset[str], key: str) -> bool:
    """Whether a word is there, or one of the same beginning: "compute" and "computation"."""
    return key in there or (len(key) > 5 and key.isalpha() and key[:5] in _beginnings(there))


@lru_cache(maxsize=2048)
def _beginnings(there: frozenset[str]) -> frozenset[str]:
    return frozenset(key[:5] for key in there if len(key) > 4 and key.isalpha())


def distinct(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))
