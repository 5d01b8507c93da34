"""From the transcript's sentences to sentences that can be read: cleaned, split, joined, with their capitals.

A `Piece` is one sentence of the page; it knows which of the lecture's sentences it is from. One spoken
sentence may become several pieces, and several may become one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from pipeline.models import Sentence
from pipeline.text import words
from pipeline.writers import editor_rules as rules
from pipeline.writers.editor_clauses import SENTENCE_END, has_verb, split_long, waits_for_more
from pipeline.writers.editor_clean import clean, core, normalised, tidy
from pipeline.writers.editor_spelling import Spelling, finish

_PAUSE_S = 0.6
"""A pause as between sentences."""
_LONGEST_PAUSE_S = 4.0
"""Longer ones end a sentence even where it is left open."""


@dataclass(frozen=True)
class Piece:
    """A sentence of the page."""

    text: str
    sentences: tuple[str, ...]
    """Ids of the spoken sentences that it is from."""
    start_s: float
    end_s: float

    @property
    def words(self) -> int:
        return words.count(self.text)


# --------------------------------------------------------------------------------------------- the whole


def pieces_of(sentences: Sequence[Sentence], spelling: Spelling, language: str = "en") -> list[Piece]:
    """The sentences edited. Every source id stands in some piece, unless nothing at all was left."""
    english = language.startswith("en")
    pieces: list[Piece] = []
    for piece in _whole_sentences(sentences, english):
        text = clean(piece.text, language)
        parts = split_long(text, _pauses(piece, sentences)) if english else [text]
        pieces += _placed([part for part in parts if part], piece, sentences)
    pieces = _without_echoes(_without_empty(pieces, english))
    if english:
        pieces = _joined(_begun_well(pieces))
    return [replace(piece, text=finish(piece.text, spelling, language)) for piece in pieces]


def _whole_sentences(sentences: Sequence[Sentence], english: bool) -> list[Piece]:
    """One piece a sentence; what breaks off without punctuation and goes on in lower case is put together."""
    pieces: list[Piece] = []
    for sentence in sentences:
        text = normalised(sentence.text)
        if not text:
            continue
        if english and pieces and not SENTENCE_END.search(pieces[-1].text) and text[:1].islower():
            before = pieces[-1]
            if _goes_on(before, text, sentence.start_s) and words.count(before.text) < 400:
                pieces[-1] = replace(
                    before, text=f"{before.text} {text}", sentences=(*before.sentences, sentence.id),
                    end_s=max(before.end_s, sentence.end_s),
                )  # fmt: skip
                continue
        if english and pieces:
            text = _without_echoed_word(pieces[-1].text, text)
        pieces.append(Piece(text, (sentence.id,), sentence.start_s, sentence.end_s))
    return pieces


_LEFT_OPEN = rules.DANGLING - {"like", "about", "say", "just", "also", "very", "even", "only"}
_NO_BEGINNING = rules.listed("of to than which who whom whose")


def _goes_on(before: Piece, text: str, start_s: float) -> bool:
    """Whether a sentence without an end goes on in the next: at once, or after a pause where words are missing."""
    pause_s = start_s - before.end_s
    last, first = core(before.text.rsplit(" ", 1)[-1]), core(text.split(" ", 1)[0])
    return pause_s < _PAUSE_S or (
        pause_s < _LONGEST_PAUSE_S and (last in _LEFT_OPEN or first in _NO_BEGINNING)
    )


def _without_echoed_word(before: str, text: str) -> str:
    """ "These are raw bytes." and then "bytes, so we decode": a window's edge heard twice stands once."""
    first, _, rest = text.partition(" ")
    echoed = first[:1].islower() and core(first) == core(before.rsplit(" ", 1)[-1])
    if not (echoed and rest and first.endswith(",") and len(core(first)) > 1):
        return text
    return rest


def _pauses(piece: Piece, sentences: Sequence[Sentence]) -> frozenset[str]:
    """Pairs of words ("tokens the") between which the speaker paused, of a piece with word times."""
    spoken = [word for sentence in sentences if sentence.id in piece.sentences for word in sentence.words]
    return frozenset(
        f"{core(a.text)} {core(b.text)}" for a, b in pairwise(spoken) if b.start_s - a.end_s >= _PAUSE_S
    )


def _placed(parts: list[str], whole: Piece, sentences: Sequence[Sentence]) -> list[Piece]:
    """The parts of a piece, each with the spoken sentences and the times that it is from."""
    if len(parts) <= 1:
        return [replace(whole, text=part) for part in parts]
    spoken = [word for sentence in sentences if sentence.id in whole.sentences for word in _timed(sentence)]
    starts, at = [], 0
    for part in parts:
        start, at = _found_from(spoken, [core(token) for token in part.split()], at)
        starts.append(start)
    starts[0] = 0
    stretches = [
        spoken[start : max(end, start + 1)]
        for start, end in zip(starts, [*starts[1:], len(spoken)], strict=True)
    ]
    placed = [
        Piece(part, _mainly_from(mine), mine[0][2], mine[-1][3])
        for part, mine in zip(parts, stretches, strict=True)
    ]
    # A sentence so short that it is at an edge everywhere belongs to the first part that holds it.
    named = {name for piece in placed for name in piece.sentences}
    for at, mine in enumerate(stretches):
        missing = tuple(dict.fromkeys(name for _, name, *_ in mine if name not in named))
        placed[at] = replace(placed[at], sentences=_union(placed[at].sentences, missing))
        named |= set(missing)
    return placed


def _mainly_from(mine: Sequence[_Spoken]) -> tuple[str, ...]:
    """Sentences of which more than three words, or all of the part, are from; a word at the edge is no source.

    What is at the edge stands in the next part's sources as well as most of its sentence does.
    """
    counts = Counter(sentence_id for _, sentence_id, *_ in mine)
    edge = {name for name, count in counts.items() if count <= 3 and count < counts.total() / 2}
    numbered = {sentence_id for word, sentence_id, *_ in mine if any(c.isdigit() for c in word)}
    return tuple(name for name in counts if name not in edge or name in numbered)


_Spoken = tuple[str, str, float, float]
"""A word as it was said: in lower case, its sentence, start and end in seconds."""


def _timed(sentence: Sentence) -> list[_Spoken]:
    """The sentence's words with their times; evenly spread where they have none."""
    if sentence.words:
        return [(core(word.text), sentence.id, word.start_s, word.end_s) for word in sentence.words]
    tokens = normalised(sentence.text).split()
    step = sentence.duration_s / max(len(tokens), 1)
    start = sentence.start_s
    return [
        (core(token), sentence.id, start + i * step, start + (i + 1) * step) for i, token in enumerate(tokens)
    ]


def _found_from(spoken: Sequence[_Spoken], part: Sequence[str], at: int) -> tuple[int, int]:
    """Where a part begins among the spoken words, looked for from `at` on, and where it ends."""
    start = None
    for word in part:
        ahead = range(at, min(at + 40, len(spoken)))
        place = next((index for index in ahead if spoken[index][0] == word), None)
        if place is not None:
            start = place if start is None else start
            at = place + 1
    return (min(at, len(spoken) - 1) if start is None else start), at


def _without_empty(pieces: list[Piece], english: bool) -> list[Piece]:
    """Sentences that say nothing ("Okay.") go; their ids pass to the neighbour."""
    kept: list[Piece] = []
    orphaned: tuple[str, ...] = ()
    for piece in pieces:
        bare = re.sub(r"[^\w\s']", "", piece.text).casefold().strip()
        if not bare or (english and bare in rules.EMPTY_SENTENCES):
            if kept:
                kept[-1] = replace(kept[-1], sentences=_union(kept[-1].sentences, piece.sentences))
            else:
                orphaned = _union(orphaned, piece.sentences)
            continue
        kept.append(replace(piece, sentences=_union(orphaned, piece.sentences)))
        orphaned = ()
    return kept


def _without_echoes(pieces: list[Piece]) -> list[Piece]:
    """A sentence that only says the one before it again, or a stretch of it, goes."""
    kept: list[Piece] = []
    for piece in pieces:
        here = _cores(piece.text)
        if kept and _is_begun_again(_cores(kept[-1].text), here):
            before = kept[-1]
            kept[-1] = replace(
                piece, sentences=_union(before.sentences, piece.sentences), start_s=before.start_s
            )
            continue
        for back in range(1, min(3, len(kept)) + 1):
            before = kept[-back]
            if len(here) >= 4 and _holds(_cores(before.text), here):
                kept[-back] = replace(before, sentences=_union(before.sentences, piece.sentences))
                break
            if back == 1 and _is_begun(before.text) and _begins(here, _cores(before.text)):
                kept[-1] = replace(
                    piece, sentences=_union(before.sentences, piece.sentences), start_s=before.start_s
                )
                break
        else:
            kept.append(piece)
    return kept


def _is_begun(text: str) -> bool:
    """Whether a sentence says nothing once the next begins with its words: four of them, or "Both." alone."""
    begun = _cores(text)
    if len(begun) >= 4:
        return True
    answers = _DENIALS | {"yes", "yeah", "right", "okay"}
    bare = bool(begun) and not set(begun) & answers and not any(word[0].isdigit() for word in begun)
    return bare and text.endswith((".", "…")) and not has_verb(begun)


_BEGUN_AGAIN = 6


def _is_begun_again(before: list[str], here: list[str]) -> bool:
    """Whether a sentence begins with the words of the one before, which then said nothing more of its own.

    "We take a list of ids, and we do that. We take a list of ids, and the pair ..."
    """
    common = next((n for n, (a, b) in enumerate(zip(before, here, strict=False)) if a != b), len(before))
    rest = before[common:]
    return (
        _BEGUN_AGAIN <= common < len(here)
        and len(rest) <= _BEGUN_AGAIN
        and all(word in words.FUNCTION_WORDS for word in rest)
        and not any(word in _DENIALS or word.endswith("n't") for word in rest)
    )


_DENIALS = frozenset({"not", "never", "no", "cannot", "nothing", "neither"})


def _cores(text: str) -> list[str]:
    found = [words.normal(token.text) for token in words.tokens(text)]
    while found and found[0] in {"so", "and", "now", "but", "okay", "well", "then"}:
        found = found[1:]
    return found


def _holds(whole: list[str], part: list[str]) -> bool:
    return any(whole[at : at + len(part)] == part for at in range(len(whole) - len(part) + 1))


def _begins(whole: list[str], part: list[str]) -> bool:
    return whole[: len(part)] == part


def _union(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*one, *other)))


# ------------------------------------------------------------------------------------------ beginnings

_OPENERS = tuple((rule.compiled(), rule.replacement) for rule in rules.OPENERS)


def _begun_well(pieces: list[Piece]) -> list[Piece]:
    """Strings of openers become one, and "So" does not begin sentence after sentence; tics are thinned."""
    out: list[Piece] = []
    # As if an opener had stood before: a chapter does not begin with "So" either.
    last_opener = dict.fromkeys(rules.THINNED, -(10**6)) | {"so": -1}
    last_tic = dict.fromkeys(rules.TICS, -(10**6))
    spoken = 0
    for index, piece in enumerate(pieces):
        text = piece.text
        for pattern, replacement in _OPENERS:
            text = pattern.sub(replacement, text)
        text = _with_small_second(text)
        first = core(text.split(" ", 1)[0])
        if first in rules.THINNED:
            if index - last_opener[first] <= rules.THINNED[first] and _may_drop(text, first):
                text = re.sub(r"^\w+,?\s+", "", text)
            else:
                last_opener[first] = index
        text = _thin_tics(text, spoken, last_tic)
        spoken += words.count(text)
        out.append(replace(piece, text=text))
    return out


_NO_OPENER_BEFORE = rules.listed("far that long much many vice called on forth")


def _may_drop(text: str, opener: str) -> bool:
    """ "So far", "so that", "so long", "and vice versa" are no openers; a question and a fragment keep theirs."""
    cores = [core(token) for token in text.split()]
    if text.endswith("?") or len(cores) < 2:
        return False
    fragment = len(cores) <= _FRAGMENT_WORDS and not has_verb(cores[1:])
    return not fragment and not cores[1][:1].isdigit() and cores[1] not in _NO_OPENER_BEFORE


_FRAGMENT_WORDS = 8


def _with_small_second(text: str) -> str:
    """ "So This is one": a recognizer that begins anew leaves a capital behind the opener."""
    match = re.match(r"(?:So|And|But|Now|Then) (?=([A-Z][\w']*))", text)
    if (
        match is None
        or match[1].casefold() not in words.FUNCTION_WORDS
        or core(match[1]) in rules.ALWAYS_CAPITAL
    ):
        return text
    return text[: match.end()] + text[match.end()].lower() + text[match.end() + 1 :]


def _thin_tics(text: str, spoken: int, last: dict[str, int]) -> str:
    for tic, distance in rules.TICS.items():
        pattern = re.compile(rf"(?P<before>,\s*|\s|^){tic}(?P<after>,?)(?=[\s.?!]|$)", re.IGNORECASE)
        for match in reversed(list(pattern.finditer(text))):
            at = spoken + words.count(text[: match.start()])
            if at - last[tic] < distance and not _is_needed(text, match):
                before = " " if match["before"] else ""
                text = text[: match.start()] + before + text[match.end() :].lstrip(" ")
                text = re.sub(r"^\s+", "", text)
            else:
                last[tic] = max(last[tic], at)
    return tidy(text)


def _is_needed(text: str, match: re.Match[str]) -> bool:
    """After "not" or "what", before a full stop, or between commas at only one side: the word is wanted."""
    before = text[: match.start()].rstrip()
    last = core(before.split(" ")[-1]) if before else ""
    negated = last in {"not", "what", "how", "once", "and", "or", "do", "does", "did"} or last.endswith("n't")
    ahead = text[match.end() :].strip(" ,")
    return negated or not ahead.strip(".?!") or ahead.lower().startswith("and again")


# ----------------------------------------------------------------------------------------------- joining


_COUNTING = r"(?:first|second|third|fourth|fifth|last|one|two|three|four|five|finally|lastly)(?:ly)?\b"


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Two short sentences of which the second goes on with "and" or "but" become one."""
    out: list[Piece] = []
    for piece in pieces:
        match = re.match(r"^(and|but|or|because),? (?=\w)", piece.text, re.IGNORECASE)
        counts = match and re.match(_COUNTING, piece.text[match.end() :], re.IGNORECASE)
        if match and not counts and out and _can_join(out[-1], piece):
            before = out[-1]
            text = f"{before.text.rstrip('.')}, {match[1].lower()} {_lowered(piece.text[match.end() :])}"
            out[-1] = replace(
                before, text=text, sentences=_union(before.sentences, piece.sentences), end_s=piece.end_s
            )
            continue
        out.append(piece)
    return out


_JOINED_WORDS = {"because": 34}
"""Longest sentence that is joined, by its second half's first word; 24 words for the others."""


def _can_join(before: Piece, piece: Piece) -> bool:
    cores = [core(token) for token in piece.text.split()]
    if cores[0] == "because" and not waits_for_more(cores):
        return False  # it has a main clause of its own
    short = before.words + piece.words <= _JOINED_WORDS.get(cores[0], 24) and before.words >= 3
    near = piece.start_s - before.end_s < 2 * _PAUSE_S
    return short and near and before.text.endswith(".") and not re.search(r",\s(?:and|but|or)\s", before.text)


def _lowered(text: str) -> str:
    first = text.split(" ", 1)[0]
    word = core(first)
    if first[:1].isupper() and word in words.FUNCTION_WORDS and word not in rules.ALWAYS_CAPITAL:
        return text[:1].lower() + text[1:]
    return text
