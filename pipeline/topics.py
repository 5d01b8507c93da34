"""Where a lecture turns to another topic, and what its stretches are about.

A lecture is cut so that its words are told most briefly: each stretch's own choice of words is learned as it goes
on, starting from that of the whole (J. Eisenstein and R. Barzilay, Bayesian Unsupervised Topic Segmentation, 2008,
with the lecture's own word frequencies as the prior). A cut costs `PRICE`; a pause, a new screen and a cue phrase
("let's move on") pay a part of it. So a lecture is never cut into equal slices, and one that stays with its words
is not cut at all.
"""

from __future__ import annotations

__all__ = ["Turn", "find_turns", "key_phrase", "slide_title"]

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.models import Screen, ScreenKind, Sentence
from pipeline.text import words
from pipeline.untrusted_text import clean_line

PRIOR_WORDS = 300.0
"""Content words of a stretch after which its own choice of words counts as much as the whole lecture's."""
UNSEEN_WORDS = 2000.0
"""Content words by which the lecture falls short of showing how often its lecturer uses a word.

Without them a talk of a few hundred words, each said once or twice, would seem to change its words all the time.
"""
PRICE = 25.0
"""Nats that a cut has to save.

This and the weights were set on the subtitles of course videos laid end to end, whose seams are known, half of
them (see `bench/chapters.py`): a lower price finds more seams and cuts more single videos in two.
"""
PAUSE_S = (0.8, 3.0)
"""A pause of the first length begins to count, of the second counts in full."""
SCREEN_NEAR_S = 4.0
"""A screen that begins this near to a sentence's start begins with it."""
PAUSE_WEIGHT, SCREEN_WEIGHT, CUE_WEIGHT = 18.0, 9.0, 16.0
"""Nats of the price that each pays. The course has no screens, so theirs is half a pause, not measured."""
TITLE_LENGTH = 80

_CUES = re.compile(
    r"^\W*(?:(?:okay|ok|alright|all right|right|so|and|now|well|great|good)\W+){0,3}"
    r"(?:let['’]?s (?:move on|now|next|turn|switch|continue|start|begin|get started|talk about|go (?:on|to))"
    r"|let me (?:now|next|move on|turn to)|(?:the )?next(?: up)?\b|moving on|we(?:['’]re| are) (?:now )?going to"
    r"|i(?:['’]d like| want| would like) to (?:now|next|move on|turn)|finally\b|to (?:conclude|summarize|sum up)"
    r"|in this (?:video|section|part|chapter)|(?:now )?(?:that|we)(?:['’]ve|['’]s| have) (?:seen|covered)"
    r"|welcome|another (?:topic|thing|issue))"
    r"|^\W*(?:okay|ok|alright|all right)\W+(?:so\W+)?now\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Turn:
    """The lecture turns to something else before sentence number `index` (from 0)."""

    index: int
    score: float
    """Nats that the cut saves, its price paid."""


def find_turns(
    sentences: Sequence[Sentence],
    screens: Sequence[Screen],
    *,
    duration_s: float,
    min_chapter_s: float,
    language: str,
) -> list[Turn]:
    """Turns in order, at least `min_chapter_s` from each other and from both ends; none without evidence."""
    stems = [words.content(sentence.text, language) for sentence in sentences]
    begins = [screen.start_s for screen in screens if screen.same_as is None]
    support = [0.0] + [_support(sentences, index, begins, language) for index in range(1, len(sentences))]
    times = [0.0] + [sentence.start_s for sentence in sentences[1:]] + [duration_s]
    edges = _cheapest(stems, times, support, min_chapter_s)
    told = _Telling(stems)
    return [
        Turn(
            here,
            told.nats(before, after)
            - told.nats(before, here)
            - told.nats(here, after)
            + support[here]
            - PRICE,
        )
        for before, here, after in zip(edges, edges[1:], edges[2:], strict=False)
    ]


def _support(sentences: Sequence[Sentence], index: int, begins: Sequence[float], language: str) -> float:
    """What a pause, a new screen and a cue phrase before sentence `index` add."""
    start_s = sentences[index].start_s
    shortest_s, longest_s = PAUSE_S
    pause_s = start_s - sentences[index - 1].end_s
    pause = min(max((pause_s - shortest_s) / (longest_s - shortest_s), 0.0), 1.0)
    screen = any(abs(begin_s - start_s) <= SCREEN_NEAR_S for begin_s in begins)
    cue = language.startswith("en") and _CUES.search(sentences[index].text) is not None
    return PAUSE_WEIGHT * pause + SCREEN_WEIGHT * screen + CUE_WEIGHT * cue


def _cheapest(
    stems: Sequence[Sequence[str]], times: Sequence[float], support: Sequence[float], min_chapter_s: float
) -> list[int]:
    """Numbers of the sentences at which stretches begin, from 0, and the number of sentences.

    Dynamic programming over all cuts: each content word's price is updated for every stretch that it may be part
    of at once, so that the work is words times sentences, and what is kept is one number a sentence.
    """
    # Here, not above: the program has to start fast.
    import numpy as np

    total = len(stems)
    said = Counter(stem for of_sentence in stems for stem in of_sentence)
    share = _shares(said)
    # For the stretch that begins at each sentence: its nats up to here, its words, and its words of each stem.
    nats, length = np.zeros(total), np.zeros(total)
    held = {stem: np.zeros(total, np.float32) for stem, count in said.items() if count > 1}
    best, came = np.full(total + 1, np.inf), np.zeros(total + 1, np.int64)
    best[0] = 0.0
    starts = np.asarray(times[:-1])
    for at, of_sentence in enumerate(stems):
        open_ = slice(0, at + 1)
        for stem in of_sentence:
            prior = PRIOR_WORDS * share[stem]
            there = held[stem][open_] if stem in held else 0.0
            nats[open_] += np.log((length[open_] + PRIOR_WORDS) * share[stem]) - np.log(there + prior)
            length[open_] += 1
            if stem in held:
                held[stem][open_] += 1
        long_enough = times[at + 1] - starts[open_] >= min_chapter_s
        costs = np.where(long_enough, best[open_] + nats[open_], np.inf)
        came[at + 1] = costs.argmin()
        best[at + 1] = costs.min() + (PRICE - support[at + 1] if at + 1 < total else 0.0)
    if not np.isfinite(best[total]):
        return [0, total]
    edges = [total]
    while edges[-1] > 0:
        edges.append(int(came[edges[-1]]))
    return edges[::-1]


def _shares(said: Counter[str]) -> dict[str, float]:
    """How often each stem is said by the lecturer, as far as this lecture shows."""
    return {stem: count / (said.total() + UNSEEN_WORDS) for stem, count in said.items()}


class _Telling:
    """What it takes to tell a stretch's words, over what it takes by the whole lecture's frequencies."""

    def __init__(self, stems: Sequence[Sequence[str]]) -> None:
        self._stems = stems
        self._share = _shares(Counter(stem for of_sentence in stems for stem in of_sentence))

    def nats(self, start: int, end: int) -> float:
        """For the sentences from number `start` to before `end`; below 0 if they have words of their own."""
        inside = Counter(stem for of_sentence in self._stems[start:end] for stem in of_sentence)
        total = math.lgamma(inside.total() + PRIOR_WORDS) - math.lgamma(PRIOR_WORDS)
        for stem, count in inside.items():
            prior = PRIOR_WORDS * self._share[stem]
            total += count * math.log(self._share[stem]) - math.lgamma(count + prior) + math.lgamma(prior)
        return total


# ---------------------------------------------------------------------------------------------- titles


def slide_title(screens: Sequence[Screen], start_s: float, end_s: float, taken: frozenset[str]) -> str | None:
    """First line of the slide that a chapter opens with, or None where it is no title.

    Args:
        screens: all screens; a line at the head of more than half of the slides is a running header.
        taken: titles of other chapters, which this one must not repeat.
    """
    slides = [screen for screen in screens if screen.kind == ScreenKind.SLIDE and screen.lines]
    heads = Counter(clean_line(slide.lines[0].text) for slide in slides if slide.same_as is None)
    for slide in slides:
        opens = slide.start_s <= start_s < slide.end_s or abs(slide.start_s - start_s) <= 3 * SCREEN_NEAR_S
        if not opens or slide.start_s >= end_s or slide.end_s < start_s + SCREEN_NEAR_S:
            continue
        head = slide.lines[0]
        title = clean_line(head.text) or ""
        running = heads[title] > 2 and heads[title] > len(heads) / 2
        if (
            not head.is_code
            and head.confidence >= 0.7
            and _is_title(title)
            and not running
            and title not in taken
        ):
            return title
    return None


def _is_title(text: str) -> bool:
    letters = sum(char.isalpha() for char in text)
    return 3 <= len(text) <= TITLE_LENGTH and letters >= 3 and letters >= len(text) / 2


def key_phrase(
    inside: Sequence[Sentence], everything: Sequence[Sentence], language: str, taken: frozenset[str]
) -> str | None:
    """What a stretch speaks of more than the lecture does, in the lecturer's words; None if it says nothing.

    Its most characteristic pair of neighbouring content words if said twice or more (with the third that mostly
    goes with them: "large language models"), else its most characteristic words.

    Args:
        taken: titles of other chapters, which this one must not repeat, not even in another number or case.
    """
    all_said = Counter(key for sentence in everything for key, _ in _named(sentence, language))
    said: Counter[_Phrase] = Counter()
    surfaces: dict[_Phrase, Counter[str]] = {}
    for sentence in inside:
        for phrase, surface in _phrases(sentence, language):
            said[phrase] += 1
            surfaces.setdefault(phrase, Counter())[surface] += 1
    # The root keeps a word that is said once, and nowhere else, from outweighing what is said again and again.
    weight = {
        phrase[0]: count * math.sqrt(count / all_said[phrase[0]])
        for phrase, count in said.items()
        if len(phrase) == 1
    }
    pairs = sorted(
        (phrase for phrase, count in said.items() if len(phrase) == 2 and count > 1),
        key=lambda pair: (-said[pair] * min(weight[key] for key in pair), pair),
    )
    by_weight = sorted(weight, key=lambda key: (-weight[key], key))
    titles = [_surface(surfaces[_lengthened(pair, said)]) for pair in pairs[:5]]
    titles += [", ".join(_surface(surfaces[key,]) for key in by_weight[:count]) for count in (2, 3, 4)]
    used = {_stems(title, language) for title in taken}
    capitals = (title[:1].upper() + title[1:] for title in titles)
    return next((title for title in capitals if title and _stems(title, language) not in used), None)


_Phrase = tuple[str, ...]
"""Stems of one to three neighbouring words."""


def _phrases(sentence: Sentence, language: str) -> Iterator[tuple[_Phrase, str]]:
    """Phrases of one to three content words with nothing but a space or hyphen between, and as they were said."""
    named = _named(sentence, language)
    for last, (_, end) in enumerate(named):
        keys: _Phrase = ()
        begin = end.end
        for key, token in reversed(named[max(0, last - 2) : last + 1]):
            if keys and (key in keys or sentence.text[token.end : begin] not in (" ", "-")):
                break
            keys, begin = (key, *keys), token.start
            yield keys, sentence.text[token.start : end.end]


def _lengthened(pair: _Phrase, said: Counter[_Phrase]) -> _Phrase:
    """The three words that a pair is mostly said in, else the pair."""
    longer = [phrase for phrase in said if len(phrase) == 3 and pair in (phrase[:2], phrase[1:])]
    best = max(longer, key=lambda phrase: (said[phrase], phrase), default=pair)
    return best if said[best] > 2 and said[best] >= 0.6 * said[pair] else pair


def _stems(title: str, language: str) -> frozenset[str]:
    return frozenset(words.content(title, language)) or frozenset({title})


def _named(sentence: Sentence, language: str) -> list[tuple[str, words.Token]]:
    return [
        (key, token)
        for key, token in words.content_tokens(sentence.text, language)
        if not token.text[0].isdigit() and not key.isdigit()
    ]


def _surface(counts: Counter[str]) -> str:
    return min(counts, key=lambda text: (-counts[text], text))
