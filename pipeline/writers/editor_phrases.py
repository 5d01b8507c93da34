"""Key phrases: what a stretch of the lecture is about, in words that were said. Never invented."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

from pipeline.text import words
from pipeline.writers.editor_rules import listed

_GENERIC = listed(
    "video lecture example examples people way ways kind bit case cases time times part question questions point "
    "points thing things number numbers lot couple end beginning place today moment sense stuff sentence word "
    "idea little real new different first second third next last final big small long good bad nice great "
    "important work works make makes made take takes took use uses used using try call called give given put "
    "start started show shown talk want need find found create created happen happens interesting possible able "
    "main slide page screen bottom top left right side minute minutes hour hours guess think sure copy paste "
    "scroll click ask asked run running trying tell told hear stand stands write writes wrote spend look leave "
    "come pick picks comes count counts mention mentioned previously earlier later separate single individual "
    "hell happening handling blog post high level full detail two three four five several roughly inside outside "
    "moreover particular especially together valid proper currently immediately directly completely followed"
)
"""Words that a heading should not be made of."""
_TAILS = listed("point points page pages number numbers case cases word words example examples")
"""Of these, what may end a phrase: "code points"."""
_LONGEST = 4


def key_phrases(text: str, language: str = "en", background: str = "", limit: int = 5) -> list[str]:
    """The phrases that a text is most about, best first, as they were said most often.

    Runs of up to four content words within a sentence; those count that are said more than once here, are
    rare in the language at large, and rarer in `background` (the rest of the lecture).
    """
    here = _runs(text, language)
    elsewhere = _runs(background, language) if background else {}
    total_here, total_else = max(words.count(text), 1), max(words.count(background), 1)
    scored: list[tuple[float, str]] = []
    for key, surfaces in here.items():
        count = sum(surfaces.values())
        if count < 2 and total_here > 60:
            continue
        rate = count / total_here
        rate_else = sum(elsewhere.get(key, Counter()).values()) / total_else
        length = (1.0, 2.6, 3.4, 3.6)[len(key) - 1]
        rarity = length * sum(max(8 - commonness(part, language), 0.5) for part in key) / len(key)
        focus = rate / (rate + rate_else) if background else 1.0
        scored.append((count**0.8 * rarity * (0.3 + focus), surfaces.most_common(1)[0][0]))
    best = sorted(scored, key=lambda pair: (-pair[0], pair[1]))
    return _distinct((surface for _, surface in best), limit)


@lru_cache(maxsize=8)
def _runs(text: str, language: str) -> dict[tuple[str, ...], Counter[str]]:
    """Key (stems of a run of content words) -> how often in which spelling."""
    found: dict[tuple[str, ...], Counter[str]] = {}
    functional = words.function_words(language)
    for phrase in re.split(r"[^\w\s'’-]+", text):
        run: list[words.Token] = []
        tokens = words.tokens(phrase)
        for token in [*tokens, None]:
            adjacent = (
                bool(run)
                and token is not None
                and not re.search(r"[^\s-]", phrase[run[-1].end : token.start])
            )
            if token is not None and is_topical(token.text, functional) and (adjacent or not run):
                run.append(token)
                continue
            if token is not None and adjacent and words.normal(token.text) in _TAILS:
                _count_runs(phrase, [*run, token], language, found, tail=True)
            _count_runs(phrase, run, language, found)
            run = [token] if token is not None and is_topical(token.text, functional) else []
    return found


def is_topical(word: str, functional: frozenset[str] = words.FUNCTION_WORDS) -> bool:
    """Whether a heading may be made of a word: no number, no function word, nothing that any lecture says."""
    plain = words.normal(word)
    return len(plain) > 2 and not plain[0].isdigit() and plain not in functional and plain not in _GENERIC


def _count_runs(
    phrase: str,
    run: Sequence[words.Token],
    language: str,
    found: dict[tuple[str, ...], Counter[str]],
    tail: bool = False,
) -> None:
    """Counts every run within this one; with a `tail`, those of two words and more that end with it."""
    for first in range(len(run) - tail):
        ends = range(len(run), len(run) + 1) if tail else range(first + 1, len(run) + 1)
        for last in (end for end in ends if end - first <= _LONGEST):
            key = tuple(words.stem(token.text, language) for token in run[first:last])
            surface = phrase[run[first].start : run[last - 1].end]
            found.setdefault(key, Counter())[surface] += 1


@lru_cache(maxsize=16384)
def commonness(word: str, language: str) -> float:
    """Zipf frequency of a word: 0 (unknown) to 8; 4 is ten times in a million words, and the answer where
    wordfreq does not know the language."""
    from wordfreq import available_languages, zipf_frequency

    if language[:2] not in available_languages("best") or language[:2] in {"zh", "ja", "ko"}:
        return 4.0
    return float(zipf_frequency(word, language[:2]))


def _distinct(phrases: Iterable[str], limit: int) -> list[str]:
    """Leaves out what is part of a better phrase, or has a better phrase as part."""
    kept: list[str] = []
    for phrase in phrases:
        if len(kept) == limit:
            break
        stems = _stems(phrase)
        if not any(stems <= _stems(other) or _stems(other) <= stems for other in kept):
            kept.append(phrase)
    return kept


def _stems(phrase: str) -> set[str]:
    return {words.stem(token.text) for token in words.tokens(phrase)}
