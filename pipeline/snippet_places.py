"""Where in a lecture the reference module's verified snippets belong: each once, at the passage that fits it best.

In the lecture that a snippet was written for, it belongs where its moment says. Elsewhere it is found by its key
words: those that many snippets share say little, and a passage that shows code of its own needs none of ours.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.models import Chapter, ScreenKind, Sentence, SnippetPlace
from pipeline.reference import Reference, Snippet

__all__ = ["snippet_places"]

_PASSAGE_S = 75.0
"""Seconds of speech that are looked at together."""
_FEW_HITS, _SURE_HITS = 2, 4
"""Distinct key words that a passage says, for a model to be asked, and to be placed without one."""
_SURE_SHARE = 0.55
"""Of a snippet's key words, the share that is said where it is placed without a model."""
_LEAST_WEIGHT, _SURE_WEIGHT = 1.2, 1.7
"""Sum over the key words said, each counting 1 over the number of snippets that have it."""
_NEARLY = 0.8
"""A recap says the words again: the first passage that has this share of the best one's weight is taken."""
_SURE_A_CHAPTER = 2
_LONGEST_WAIT_S = 240.0
"""A snippet with a moment stands at most so long after it."""


@dataclass(frozen=True)
class _Passage:
    chapter: Chapter
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True)
class _Fit:
    hits: int
    weight: float
    chapter: Chapter
    sentences: tuple[Sentence, ...]
    """The passage up to the last key word said."""

    @property
    def last(self) -> Sentence:
        return self.sentences[-1]


def snippet_places(
    reference: Reference | None, lecture: str | None, chapters: Sequence[Chapter]
) -> tuple[SnippetPlace, ...]:
    """The place of every snippet that has one, in the order of the lecture.

    Args:
        reference: whose snippets; None gives none.
        lecture: the site's own id of the video, or None.
        chapters: the whole lecture.
    """
    if reference is None:
        return ()
    snippets = reference.snippets()
    own = [one for one in snippets if one.moment_s is not None and lecture and one.lecture == lecture]
    found = list(_by_moment(own, snippets, chapters)) if own else list(_by_words(snippets, chapters))
    order = {
        sentence.id: place
        for place, sentence in enumerate(one for chapter in chapters for one in chapter.sentences)
    }
    return tuple(sorted(found, key=lambda one: (order[one.sentence], one.name)))


# --------------------------------------------------------------------------------------------- by moment


def _by_moment(
    own: Sequence[Snippet], snippets: Sequence[Snippet], chapters: Sequence[Chapter]
) -> Iterator[SnippetPlace]:
    words = _Words(snippets)
    moments = sorted({one.moment_s for one in own if one.moment_s is not None})
    for snippet in own:
        start_s = snippet.moment_s or 0.0
        chapter = next((one for one in chapters if one.start_s <= start_s + 1 < one.end_s), None)
        if chapter is None:
            continue
        next_s = next((moment for moment in moments if moment > start_s), chapter.end_s)
        end_s = min(max(next_s, start_s + _PASSAGE_S), start_s + _LONGEST_WAIT_S, chapter.end_s)
        inside = [one for one in chapter.sentences if one.end_s > start_s and one.start_s < end_s]
        if inside:
            best = _best(snippet, list(_passages(chapter, inside)), words)
            yield SnippetPlace(name=snippet.name, chapter=chapter.id, sentence=best.last.id, sure=True)


# ---------------------------------------------------------------------------------------------- by words


def _by_words(snippets: Sequence[Snippet], chapters: Sequence[Chapter]) -> Iterator[SnippetPlace]:
    words = _Words(snippets)
    everywhere = [one for chapter in chapters for one in _passages(chapter, chapter.sentences)]
    fits = [(snippet, _best(snippet, everywhere, words, _NEARLY)) for snippet in snippets if everywhere]
    sure: Counter[str] = Counter()
    for snippet, fit in sorted(fits, key=lambda pair: (-pair[1].weight, pair[0].name)):
        if fit.hits < _FEW_HITS or fit.weight < _LEAST_WEIGHT:
            continue
        is_sure = (
            fit.hits >= _SURE_HITS
            and fit.hits >= _SURE_SHARE * len(snippet.keywords)
            and fit.weight >= _SURE_WEIGHT
            and sure[fit.chapter.id] < _SURE_A_CHAPTER
            and not _shows_code(fit)
        )
        sure[fit.chapter.id] += is_sure
        yield SnippetPlace(name=snippet.name, chapter=fit.chapter.id, sentence=fit.last.id, sure=is_sure)


class _Words:
    """The snippets' key words: how rare each is, and which of them a sentence says (found once for each)."""

    def __init__(self, snippets: Sequence[Snippet]) -> None:
        owners = Counter(word.casefold() for snippet in snippets for word in set(snippet.keywords))
        self.weights = {word: 1 / count for word, count in owners.items()}
        self._patterns = {word: (_first_part(word), _pattern(word)) for word in owners}
        self._said: dict[str, frozenset[str]] = {}

    def said_in(self, sentence: Sentence) -> frozenset[str]:
        if sentence.id not in self._said:
            text = sentence.text.casefold()
            self._said[sentence.id] = frozenset(
                word
                for word, (part, pattern) in self._patterns.items()
                if part in text and pattern.search(text)
            )
        return self._said[sentence.id]


def _first_part(word: str) -> str:
    """Letters that stand in a text that says the word: quickly looked for."""
    return re.split(r"[- ]", word)[0]


def _pattern(word: str) -> re.Pattern[str]:
    """The word, in the plural too, with or without its hyphens."""
    loose = re.escape(word).replace(r"\-", "[- ]?").replace(r"\ ", "[- ]")
    return re.compile(rf"(?<!\w){loose}s?(?!\w)")


def _passages(chapter: Chapter, sentences: Sequence[Sentence]) -> Iterator[_Passage]:
    """From every sentence on, what is said within a passage's time."""
    starts = [sentence.start_s for sentence in sentences]
    for first, start_s in enumerate(starts):
        yield _Passage(chapter, tuple(sentences[first : bisect_left(starts, start_s + _PASSAGE_S)]))


def _best(snippet: Snippet, passages: Sequence[_Passage], words: _Words, share: float = 1.0) -> _Fit:
    """The first passage that has this share of the greatest weight."""
    own = {word.casefold() for word in snippet.keywords}
    # The best passage may as well begin with a sentence that says one of the words.
    telling = [passage for passage in passages if own & words.said_in(passage.sentences[0])]
    fits = [_fit(snippet, passage, words) for passage in telling or passages[:1]]
    most = max(fit.weight for fit in fits)
    return next(fit for fit in fits if fit.weight >= share * most)


def _fit(snippet: Snippet, passage: _Passage, words: _Words) -> _Fit:
    own = {word.casefold() for word in snippet.keywords}
    hits: set[str] = set()
    last = 0
    for place, sentence in enumerate(passage.sentences):
        here = own & words.said_in(sentence)
        last = place if here - hits else last
        hits |= here
    weight = sum(words.weights[word] for word in hits)
    return _Fit(len(hits), weight, passage.chapter, passage.sentences[: last + 1])


def _shows_code(fit: _Fit) -> bool:
    start_s, end_s = fit.sentences[0].start_s, fit.last.end_s
    return any(
        screen.kind is ScreenKind.CODE and screen.start_s < end_s and screen.end_s > start_s
        for screen in fit.chapter.screens
    )
