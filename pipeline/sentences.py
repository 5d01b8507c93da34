"""Words to sentences.

Recognized and human-edited text is punctuated: a sentence ends where its punctuation says so, unless the
"." belongs to an abbreviation, an initial or a number. Automatic captions are not: there a sentence ends at
a pause, or, where nobody pauses for long, before a word that opens sentences ("so", "now", "okay").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.models import Sentence, Word
from pipeline.spoken import UNSPACED, join_text

__all__ = ["is_punctuated", "sentence_id", "to_sentences"]

_END = ".?!…。？！｡؟।"
_CLOSING = "\"'”’»)]}」』】"
_ABBREVIATIONS = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "dr",
        "prof",
        "st",
        "jr",
        "sr",
        "vs",
        "etc",
        "e.g",
        "i.e",
        "cf",
        "fig",
        "eq",
        "sec",
        "no",
        "vol",
        "pp",
        "ca",
        "approx",
        "resp",
        "al",
        "dept",
        "inc",
        "ltd",
        "co",
        "z.b",
        "d.h",
        "bzw",
        "usw",
        "ca",
        "nr",
        "abb",
        "vgl",
        "sog",
        "u.a",
        "p.ej",
        "ej",
        "sra",
        "dra",
        "m",
        "mme",
    ]
)

# A sentence that runs on longer is divided at its longest pause: nobody reads it in one breath, and a link
# to its beginning would be far from its end.
LONGEST_WORDS = 60
LONGEST_S = 30.0

PAUSE_S = 0.7
"""Ends a sentence of unpunctuated speech."""
SHORT_PAUSE_S = 0.25
"""Ends one before a word that opens sentences."""
SHORTEST_WORDS = 4
_OPENERS = frozenset(
    [
        "so",
        "now",
        "okay",
        "ok",
        "and",
        "but",
        "then",
        "well",
        "because",
        "if",
        "when",
        "let",
        "let's",
        "here",
        "what",
        "how",
        "why",
        "this",
        "we",
        "i",
    ]
)
PUNCTUATED_SHARE = 1 / 50
"""Text with fewer sentence ends a word is not punctuated."""


def sentence_id(number: int) -> str:
    """`s0001` for 1."""
    return f"s{number:04d}"


def is_punctuated(words: Sequence[Word]) -> bool:
    """Whether the text's own punctuation can be trusted to end sentences."""
    return sum(_ends(word.text) for word in words) > len(words) * PUNCTUATED_SHARE


def to_sentences(words: Sequence[Word], language: str) -> tuple[Sentence, ...]:
    """Sentences that hold all the words, in order, numbered from `s0001`."""
    cut = _by_punctuation if is_punctuated(words) else _by_pauses
    parts = [part for sentence in cut(words) for part in _bounded(sentence, language)]
    return tuple(
        Sentence(
            id=sentence_id(number),
            start_s=part[0].start_s,
            end_s=max(word.end_s for word in part),
            text=join_text(part, language),
            words=tuple(part),
        )
        for number, part in enumerate(parts, start=1)
    )


def _ends(text: str) -> bool:
    return text.rstrip(_CLOSING).endswith(tuple(_END))


def _by_punctuation(words: Sequence[Word]) -> Iterator[list[Word]]:
    sentence: list[Word] = []
    for number, word in enumerate(words):
        sentence.append(word)
        following = words[number + 1] if number + 1 < len(words) else None
        if following is None or _ends_here(word, following):
            yield sentence
            sentence = []


def _ends_here(word: Word, following: Word) -> bool:
    if not _ends(word.text):
        return False
    bare = word.text.strip(_CLOSING + "([{“‘«")
    if not bare.endswith(".") or bare.endswith(".."):
        # "wait... what" goes on; "wait... What" does not.
        return not (bare.endswith(("…", "..")) and following.text[:1].islower())
    stem = bare[:-1].lower()
    if stem in _ABBREVIATIONS or (len(stem) == 1 and stem.isalpha() and stem != "i"):
        return False
    # "The file config.yaml. is" is rare; "approx. five" is not.
    return not (following.text[:1].islower() and following.start_s - word.end_s < PAUSE_S)


def _by_pauses(words: Sequence[Word]) -> Iterator[list[Word]]:
    sentence: list[Word] = []
    for number, word in enumerate(words):
        sentence.append(word)
        if number + 1 == len(words):
            yield sentence
            return
        following = words[number + 1]
        pause_s = following.start_s - word.end_s
        opens = following.text.lower().strip(",") in _OPENERS
        if (pause_s >= PAUSE_S and len(sentence) >= SHORTEST_WORDS) or (
            opens and pause_s >= SHORT_PAUSE_S and len(sentence) >= 2 * SHORTEST_WORDS
        ):
            yield sentence
            sentence = []


def _bounded(words: list[Word], language: str) -> Iterator[list[Word]]:
    """The sentence, divided while it is too long: at the longest pause, else after a comma, in its middle."""
    limit = LONGEST_WORDS * (3 if language in UNSPACED else 1)
    too_long = len(words) > limit or words[-1].end_s - words[0].start_s > LONGEST_S
    if not too_long or len(words) < 2 * SHORTEST_WORDS:
        yield words
        return
    inner = range(SHORTEST_WORDS, len(words) - SHORTEST_WORDS + 1)
    middle = len(words) / 2

    def fitness(place: int) -> tuple[float, bool, float]:
        pause_s = words[place].start_s - words[place - 1].end_s
        comma = words[place - 1].text.endswith((",", ";", ":", "、", "，"))
        return (round(max(pause_s, 0.0), 1), comma, -abs(place - middle))

    best = max(inner, key=fitness)
    yield from _bounded(words[:best], language)
    yield from _bounded(words[best:], language)
