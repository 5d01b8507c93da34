"""Words to sentences.

Recognized and human-edited text is punctuated: a sentence ends where its punctuation says so, unless the
"." belongs to an abbreviation, an initial or a number. Automatic captions are not: there a sentence ends at
a pause, or, where nobody pauses for long, before a word that opens sentences ("so", "now", "okay").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from pipeline.models import Sentence, Word
from pipeline.spoken import UNSPACED, join_text

__all__ = ["is_punctuated", "sentence_id", "to_sentences"]

_END = ".?!…。？！｡؟।"
_CLOSING = "\"'”’»)]}」』】"
_SHORTENED = """
mr mrs ms dr prof st jr sr vs etc e.g i.e cf fig eq sec no vol pp ca approx resp al dept inc ltd co z.b d.h
bzw usw ca nr abb vgl sog u.a p.ej ej sra dra m mme
"""
_ABBREVIATIONS = frozenset(_SHORTENED.split())

# A sentence that runs on longer is divided at its longest pause: nobody reads it in one breath, and a link
# to its beginning would be far from its end.
LONGEST_WORDS = 60
LONGEST_S = 30.0

PAUSE_S = 0.7
"""Before a lower-case word, "." ends a sentence only with such a pause."""

# How much a word speaks for a boundary before it (`_OPENS`) or against one after it (`_GOES_ON`), in log odds
# as counted in the human-edited subtitles of an English course and rounded; the rest are `_OTHER`. Words of
# other languages are all "other": there, pauses and length decide.
_BASE = -2.9
_OTHER = -2.0
_OPENS = {
    "so": 3.3, "okay": 3.0, "ok": 3.0, "finally": 3.0, "let's": 2.7, "now": 2.6, "here": 2.2, "but": 1.9,
    "once": 1.8, "there": 1.8, "it's": 1.8, "there's": 1.8, "if": 1.8, "we'll": 1.8, "well": 1.6, "also": 1.5,
    "this": 1.5, "these": 1.4, "then": 1.4, "when": 1.4, "next": 1.4, "that's": 1.4, "i'm": 1.2, "we're": 1.2,
    "what": 1.0, "how": 1.0, "why": 1.4, "in": 1.0, "as": 1.0, "for": 0.9, "we": 1.1, "i": 1.0, "it": 0.9,
    "first": 0.8, "again": 1.0, "no": 1.0, "yes": 2.0, "we've": 1.0, "i've": 1.0, "they": 0.8, "and": 0.9,
    "you": 0.5, "the": 0.2, "because": -0.5, "a": 0.0, "uh": 0.0, "um": 0.3, "right": 0.0, "my": 0.8,
}  # fmt: skip
_FUNCTION_WORDS = """
the a an we i and as our your my at by if which will or but how see each just when also let's very of what
into it's we'll to more only some these this because should any make they you're don't its where we're can
really that's was been even most than through would their no i'm i've we've for with from is are in on not
so then let very that he she you were has have had do does did be like uh um
"""
_GOES_ON = dict.fromkeys(
    _FUNCTION_WORDS.split(),
    -4.0,
) | {
    "to": -3.5,
    "this": -2.0,
    "that": -2.0,
    "in": -3.0,
    "so": -3.0,
    "is": -2.5,
    "are": -2.5,
    "like": -1.5,
    "do": -1.0,
}
_AFTER_OTHER = 0.8
_PAUSES = ((0.25, 0.0), (0.5, 1.5), (0.8, 3.0), (float("inf"), 5.0))
"""Up to such a pause (seconds), so much is added."""
SHORTEST_WORDS = 4
COMFORTABLE_WORDS = 22
LENGTH_COST = 0.08
"""For each word beyond a comfortable length."""
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
    if stem in _ABBREVIATIONS or _is_initial(bare[:-1], following.text):
        return False
    # "The file config.yaml. is" is rare; "approx. five" is not.
    return not (following.text[:1].islower() and following.start_s - word.end_s < PAUSE_S)


def _is_initial(letter: str, following: str) -> bool:
    """Whether a letter before "." stands for a name ("J. Smith") or for a word ("z. B."), not for a variable
    that ends its sentence ("a plus b. That is")."""
    if len(letter) != 1 or not letter.isalpha() or letter == "I":
        return False
    return letter.isupper() or (len(following) == 2 and following.endswith("."))


def _by_pauses(words: Sequence[Word]) -> Iterator[list[Word]]:
    """The division with the highest score: boundaries where words and pauses speak for one, sentences of a
    comfortable length. Dynamic programming over the last boundary."""
    best = [0.0]
    came_from = [0]
    for end in range(1, len(words) + 1):
        odds = _odds(words[end - 1], words[end]) if end < len(words) else 0.0
        options = (
            (
                best[start]
                + odds
                - LENGTH_COST * max(0, end - start - COMFORTABLE_WORDS)
                - (end - start < SHORTEST_WORDS),
                start,
            )
            for start in range(max(0, end - LONGEST_WORDS), end)
        )
        score, start = max(options)
        best.append(score)
        came_from.append(start)
    edges = [len(words)]
    while edges[-1]:
        edges.append(came_from[edges[-1]])
    for start, end in pairwise(reversed(edges)):
        yield list(words[start:end])


def _odds(before: Word, after: Word) -> float:
    """Log odds of a boundary between two words of unpunctuated speech."""
    pause_s = after.start_s - before.end_s
    pause = next(worth for longest_s, worth in _PAUSES if pause_s < longest_s)
    opens = _OPENS.get(after.text.lower().strip(",."), _OTHER)
    return _BASE + pause + opens + _GOES_ON.get(before.text.lower().strip(",."), _AFTER_OTHER)


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
