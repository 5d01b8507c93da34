"""Where a lecture turns to another topic, and what its stretches are about.

What is said before and after each sentence is compared (TextTiling, M. Hearst, 1997, over stems of content
words, rare ones counting more); a valley between two peaks of likeness is a turn. A pause, a new screen and a
cue phrase ("let's move on") beside it add to it. Turns are taken strongest first, and only where the evidence
holds up: a lecture is never cut into equal slices.
"""

from __future__ import annotations

__all__ = ["Turn", "find_turns", "key_phrase", "slide_title"]

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.models import Screen, ScreenKind, Sentence
from pipeline.text import words
from pipeline.untrusted_text import clean_line

WINDOW_WORDS = 110
"""Content words compared on each side of a sentence; one to two minutes of speech."""
FEWEST_WORDS = 25
"""Content words that a side must have for a comparison to mean anything."""
PAUSE_S = (0.8, 3.0)
"""A pause of the first length begins to count, of the second counts in full."""
SCREEN_NEAR_S = 4.0
"""A screen that begins this near to a sentence's start begins with it."""
PAUSE_WEIGHT, SCREEN_WEIGHT, CUE_WEIGHT = 0.08, 0.06, 0.12
ENOUGH = 0.22
"""Evidence that makes a turn a boundary: depth of the valley in cosines, plus the weights above.

Set on the subtitles of short course videos laid end to end, whose seams are known: lower finds more seams and
cuts more single videos in two, higher the other way round.
"""
SHALLOWEST = 0.12
"""Depth without which no pause, screen or cue makes a boundary."""
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


def find_turns(
    sentences: Sequence[Sentence],
    screens: Sequence[Screen],
    *,
    duration_s: float,
    min_chapter_s: float,
    language: str,
) -> list[Turn]:
    """Turns in order, at least `min_chapter_s` from each other and from both ends; none without evidence."""
    depths = _depths(_likeness(sentences, language))
    begins = [screen.start_s for screen in screens if screen.same_as is None]
    turns = []
    for index, depth in depths.items():
        if depth >= SHALLOWEST:
            score = depth + _support(sentences, index, begins, language)
            turns.append(Turn(index, score))
    chosen: list[Turn] = []
    edges = [0.0, duration_s]
    for turn in sorted(turns, key=lambda turn: (-turn.score, turn.index)):
        at_s = sentences[turn.index].start_s
        if turn.score >= ENOUGH and all(abs(at_s - edge_s) >= min_chapter_s for edge_s in edges):
            chosen.append(turn)
            edges.append(at_s)
    return sorted(chosen, key=lambda turn: turn.index)


def _support(sentences: Sequence[Sentence], index: int, begins: Sequence[float], language: str) -> float:
    """What a pause, a new screen and a cue phrase before sentence `index` add."""
    start_s = sentences[index].start_s
    shortest_s, longest_s = PAUSE_S
    pause_s = start_s - sentences[index - 1].end_s
    pause = min(max((pause_s - shortest_s) / (longest_s - shortest_s), 0.0), 1.0)
    screen = any(abs(begin_s - start_s) <= SCREEN_NEAR_S for begin_s in begins)
    cue = language.startswith("en") and _CUES.search(sentences[index].text) is not None
    return PAUSE_WEIGHT * pause + SCREEN_WEIGHT * screen + CUE_WEIGHT * cue


def _likeness(sentences: Sequence[Sentence], language: str) -> dict[int, float]:
    """Cosine between what is said before and after each sentence's start, by its number."""
    stems = [words.content(sentence.text, language) for sentence in sentences]
    flat = [stem for of_sentence in stems for stem in of_sentence]
    weights = _rarity(flat)
    likeness: dict[int, float] = {}
    place = 0
    for index, of_sentence in enumerate(stems):
        before = flat[max(place - WINDOW_WORDS, 0) : place]
        after = flat[place : place + WINDOW_WORDS]
        if min(len(before), len(after)) >= FEWEST_WORDS:
            likeness[index] = _cosine(_vector(before, weights), _vector(after, weights))
        place += len(of_sentence)
    return likeness


def _rarity(flat: Sequence[str]) -> dict[str, float]:
    """Weight of each stem: what is said all through the lecture tells no topics apart."""
    blocks = [set(flat[at : at + WINDOW_WORDS]) for at in range(0, len(flat), WINDOW_WORDS)]
    spread = Counter(stem for block in blocks for stem in block)
    return {stem: math.log1p(len(blocks) / count) for stem, count in spread.items()}


def _vector(stems: Sequence[str], weights: Mapping[str, float]) -> dict[str, float]:
    return {stem: (1 + math.log(count)) * weights[stem] for stem, count in Counter(stems).items()}


def _cosine(a: Mapping[str, float], b: Mapping[str, float]) -> float:
    product = sum(value * b.get(stem, 0.0) for stem, value in a.items())
    norm = math.sqrt(sum(value**2 for value in a.values()) * sum(value**2 for value in b.values()))
    return product / norm if norm else 0.0


def _depths(likeness: Mapping[int, float]) -> dict[int, float]:
    """How far the likeness falls at each place from the peaks to its left and right, on average."""
    places = sorted(likeness)
    values = [likeness[place] for place in places]
    return {place: (_climb(values[at::-1]) + _climb(values[at:])) / 2 for at, place in enumerate(places)}


def _climb(values: Sequence[float]) -> float:
    """Rise from the first value to the peak before the values fall below the first again."""
    peak = values[0]
    for value in values[1:]:
        if value < values[0]:
            break
        peak = max(peak, value)
    return peak - values[0]


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

    Its most characteristic pair of neighbouring content words if said twice or more, else its most
    characteristic words.
    """
    all_said = Counter(key for sentence in everything for key, _ in _named(sentence, language))
    said: Counter[str] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    surfaces: dict[str | tuple[str, str], Counter[str]] = {}
    for sentence in inside:
        before: tuple[str, words.Token] | None = None
        for key, token in _named(sentence, language):
            said[key] += 1
            surfaces.setdefault(key, Counter())[token.text] += 1
            if (
                before is not None
                and sentence.text[before[1].end : token.start] in (" ", "-")
                and key != before[0]
            ):
                pair = (before[0], key)
                pairs[pair] += 1
                surfaces.setdefault(pair, Counter())[sentence.text[before[1].start : token.end]] += 1
            before = (key, token)
    # The root keeps a word that is said once, and nowhere else, from outweighing what is said again and again.
    weight = {key: count * math.sqrt(count / all_said[key]) for key, count in said.items()}
    by_weight = sorted(weight, key=lambda key: (-weight[key], key))
    phrases = sorted(
        (pair for pair, count in pairs.items() if count > 1),
        key=lambda pair: (-pairs[pair] * min(weight[pair[0]], weight[pair[1]]), pair),
    )
    titles = [_surface(surfaces[pair]) for pair in phrases[:3]]
    titles += [", ".join(_surface(surfaces[key]) for key in by_weight[:count]) for count in (2, 3, 4)]
    capitals = (title[:1].upper() + title[1:] for title in titles)
    return next((title for title in capitals if title and title not in taken), None)


def _named(sentence: Sentence, language: str) -> list[tuple[str, words.Token]]:
    return [
        (key, token)
        for key, token in words.content_tokens(sentence.text, language)
        if not token.text[0].isdigit() and not key.isdigit()
    ]


def _surface(counts: Counter[str]) -> str:
    return min(counts, key=lambda text: (-counts[text], text))
