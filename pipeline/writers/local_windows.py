"""What the `local` writer's model is given: windows of a few edited sentences, those that a model may better."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

from pipeline.text import numbers, words
from pipeline.writers import editor_rules as rules
from pipeline.writers.editor_clean import core
from pipeline.writers.local_checks import sentences_of

__all__ = ["is_rough", "windows"]

_MAX_SENTENCES = 5
_WINDOW_WORDS = 90
"""A window is closed once it holds so many words."""


def windows(text: str) -> list[str]:
    """A paragraph's sentences in runs of up to five, of some ninety words; a short last one joins the run before.

    Joined by a space (by nothing in scripts without spaces) they are the paragraph again.
    """
    runs: list[list[str]] = []
    size = 0
    for sentence in sentences_of(text):
        length = words.count(sentence)
        if not runs or len(runs[-1]) == _MAX_SENTENCES or (size and size + length > _WINDOW_WORDS):
            runs.append([])
            size = 0
        runs[-1].append(sentence)
        size += length
    if len(runs) > 1 and len(runs[-1]) == 1 and len(runs[-2]) < _MAX_SENTENCES and size < _WINDOW_WORDS // 2:
        last = runs.pop()
        runs[-1] += last
    glue = "" if re.search(r"[。！？]", text) else " "
    return [glue.join(run) for run in runs]


# ------------------------------------------------------------------------------------------ what is rough

_CHOPPY_WORDS = 7
_UNPUNCTUATED_WORDS = 20
_LONG_WORDS = 32
_SAID_AGAIN_WORDS = 5
_MENDING = re.compile(
    r"\b(?:sorry|or rather|I mean|you know)\b|\blike,|, like\b|, no,|\bwell,", re.IGNORECASE
)
_BEGUN_TWICE = re.compile(
    r"(?:^|, |\b(?:and|so|but|then|now|that) )(?P<first>[\w']+)(?: [\w']+){0,3}, (?:or )?(?P=first) [\w']+",
    re.IGNORECASE,
)
_OPENER = re.compile(r"(?:so|and|but|now|because|then)\b", re.IGNORECASE)


def is_rough(text: str) -> bool:
    """Whether English sentences that went through the rules still read like speech, so that a model may better them.

    Where nothing is left to better, a small model copies, or worse; it need not be asked.

    >>> is_rough("We take the most frequent pair of bytes, and we give it a new number.")
    False
    >>> is_rough("So in the end, I'm taking, I'm iterating over the ids of the text.")
    True
    """
    sentences = sentences_of(text)
    return (
        bool(_MENDING.search(text))
        or any(_is_begun_twice(sentence) or _runs_on(sentence) for sentence in sentences)
        or _is_choppy(sentences)
        or _says_again(text)
    )


def _is_begun_twice(sentence: str) -> bool:
    """ "I'm taking, I'm iterating": a clause given up and begun anew with the same small word."""
    small = rules.SUBJECTS | rules.SUBORDINATORS
    return any(core(match["first"]) in small for match in _BEGUN_TWICE.finditer(sentence))


def _runs_on(sentence: str) -> bool:
    length = words.count(sentence)
    bare = not re.search(r"[,;:]", sentence)
    return length > _LONG_WORDS or (bare and length > _UNPUNCTUATED_WORDS)


def _is_choppy(sentences: list[str]) -> bool:
    """Three short sentences in a row, or three that begin with "So", "And" or "But"."""
    short = [words.count(sentence) <= _CHOPPY_WORDS and not sentence.endswith("?") for sentence in sentences]
    opened = [bool(_OPENER.match(sentence)) for sentence in sentences]
    in_a_row = any(all(short[at : at + 3]) for at in range(len(short) - 2))
    return in_a_row or sum(opened) >= 3


def _says_again(text: str) -> bool:
    """Whether five words in a row come twice, or a content word twice side by side."""
    said = [words.normal(token.text) for token in words.tokens(text)]
    if any(a == b and len(a) > 1 and _is_word(a) for a, b in pairwise(said)):
        return True
    runs = Counter(
        tuple(said[at : at + _SAID_AGAIN_WORDS]) for at in range(len(said) - _SAID_AGAIN_WORDS + 1)
    )
    return any(
        count > 1 and all(map(_is_word, run)) and not set(run) <= words.FUNCTION_WORDS
        for run, count in runs.items()
    )


def _is_word(word: str) -> bool:
    """Neither a letter nor a number: said twice, these are meant."""
    return (len(word) > 1 or word in {"a", "i"}) and not numbers.numbers(word)
