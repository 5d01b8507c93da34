"""What is held against each answer of the `local` writer's model, at once and without another model."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from pipeline.text import identifiers, numbers, words
from pipeline.writers.editor_clauses import MAX_SENTENCE_WORDS

__all__ = ["INVENTED", "Phrases", "fault", "heading_fault", "is_crooked", "phrases", "sentences_of"]

_MIN_KEPT = 0.88
"""Of the content words that the editor left."""
_SHORTEST, _LONGEST = 0.4, 1.15
"""Bounds of an edited window's words, as a share of the words of the passage."""
_LEAK_WORDS = 5

Phrases = frozenset[tuple[str, ...]]
"""Runs of five words."""


def fault(passage: str, text: str, leaks: Phrases, language: str = "en") -> str | None:
    """What is wrong with `text` as an edited `passage`, or None.

    Args:
        leaks: runs of five words of the prompt's examples, which no answer may hold unless the passage does.

    >>> fault("we merge 256 pairs of bytes", "We merge 257 pairs of bytes.", frozenset())
    'numbers'
    >>> fault("we um we merge pairs of bytes", "We merge pairs of bytes.", frozenset())
    """
    spoken, written = words.count(passage), words.count(text)
    if (phrases([text]) & leaks) - phrases([passage]):
        return "leak"
    if numbers.unsupported(passage, text, language):
        return "numbers"
    if identifiers.unsupported(passage, text):
        return "names"
    if len(words.added(passage, text, language)) > max(1, written // 40):
        return "added"
    if not written or not _SHORTEST * spoken <= written + 2 or written > _LONGEST * spoken + 3:
        return "length"
    gone = numbers.lost(passage, text, language) or identifiers.lost(passage, text)
    if gone or words.kept_share(passage, text, language) < _MIN_KEPT:
        return "lost"
    return _english_fault(passage, text) if language.startswith("en") else None


INVENTED = frozenset({"leak", "numbers", "names", "added"})
"""Faults that a grammar of the passage's own words makes impossible."""
_NEW_PAIRS_IN = 40
"""Words of a reply for each pair of neighbours that the passage does not have, where a grammar was forced on it."""


def is_crooked(passage: str, text: str) -> bool:
    """Whether a reply that was forced through a grammar was bent by it: words side by side that never stood so.

    >>> is_crooked("And here comes the idea, which is from 1994.", "And here comes, Idea, which is from 1994.")
    True
    >>> is_crooked("And here, here comes the idea.", "Here comes the idea.")
    False
    """
    had, has = ([words.normal(token.text) for token in words.tokens(one)] for one in (passage, text))
    new = set(pairwise(has)) - set(pairwise(had))
    return len(new) > len(has) // _NEW_PAIRS_IN or _has_stray_capital(passage, text)


def _has_stray_capital(passage: str, text: str) -> bool:
    """Whether a word has a capital within a sentence that it never has in the passage."""
    known = set(re.findall(r"[\w']+", passage))
    inside = re.findall(r"(?<=[\w,;:] )[A-Z][\w']*", text)
    return any(word not in known for word in inside)


def _english_fault(passage: str, text: str) -> str | None:
    if _negations_changed(passage, text):
        return "negation"
    if _HEDGE.search(passage) and not _HEDGE.search(text):
        return "hedge"
    if len(_CONTRAST.findall(text)) < len(_CONTRAST.findall(passage)) / 2:
        return "contrast"
    if len(words.filler_spans(text)) > len(words.filler_spans(passage)):
        return "fillers"
    if _has_stray_capital(passage, text):
        return "capital"
    if _longest(text) > max(MAX_SENTENCE_WORDS, _longest(passage)):
        return "long"
    return None


_NEGATION = re.compile(
    r"\b(?:not|never|no|nothing|nobody|none|neither|without|cannot)\b|n['’]t\b", re.IGNORECASE
)
_HEDGE = re.compile(r"\bI(?: would)? (?:think|believe|guess|suppose|suspect|assume)\b", re.IGNORECASE)
"""What the lecturer only thinks must not become what is so."""


_CONTRAST = re.compile(r"\b(?:but|however|although|though|whereas|yet|instead|otherwise)\b", re.IGNORECASE)
"""Most of these have to stay: without its "But" a sentence says the opposite of what it was for."""


def _negations_changed(passage: str, text: str) -> bool:
    """A "not" that comes or goes turns a statement around; one said twice may be said once."""
    said, kept = len(_NEGATION.findall(passage)), len(_NEGATION.findall(text))
    return kept > said or kept < (said + 1) // 2


def _longest(text: str) -> int:
    return max((words.count(sentence) for sentence in sentences_of(text)), default=0)


def sentences_of(text: str) -> list[str]:
    """The text cut behind full stops, question marks and exclamation marks.

    >>> sentences_of('We merge. "Why?" Because 3.5 is small.')
    ['We merge.', '"Why?"', 'Because 3.5 is small.']
    """
    return [part for part in re.split(r"(?<=[.?!…])\s+|(?<=[.?!…][\"”')\]])\s+|(?<=[。！？])", text) if part]


def phrases(texts: Iterable[str]) -> Phrases:
    """Every run of five words in the texts, in lower case."""
    found: set[tuple[str, ...]] = set()
    for text in texts:
        run = [words.normal(token.text) for token in words.tokens(text)]
        found |= {tuple(run[i : i + _LEAK_WORDS]) for i in range(len(run) - _LEAK_WORDS + 1)}
    return frozenset(found)


# ----------------------------------------------------------------------------------------------- headings

_MAX_HEADING_WORDS = 7
_MAX_HEADING_CHARACTERS = 60


def heading_fault(heading: str, passage: str, language: str = "en") -> str | None:
    """What is wrong with `heading` as the name of a section that begins with `passage`, or None.

    >>> heading_fault("Training the tokenizer", "now we train the tokenizer on text")
    >>> heading_fault("The secret of tokens", "now we train the tokenizer on tokens")
    'added'
    """
    if "\n" in heading or not 2 <= words.count(heading) <= _MAX_HEADING_WORDS:
        return "length"
    if len(heading) > _MAX_HEADING_CHARACTERS or re.search(r"[.:;!](?:\s|$)", heading):
        return "length"
    if not words.content(heading, language):
        return "empty"
    if words.added(passage, heading, language) or numbers.unsupported(passage, heading, language):
        return "added"
    return "names" if identifiers.unsupported(passage, heading) else None
