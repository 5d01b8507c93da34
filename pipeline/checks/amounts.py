"""Amounts ("all", "most", "at least 5"), and the units of numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache

from pipeline.checks import lexicon
from pipeline.checks.evidence import Evidence
from pipeline.checks.reading import holds
from pipeline.checks.small_words import (
    LEFT_OUT,
    Place,
    around,
    denials_in,
    heads_of,
    next_word,
    placed,
    speaks_of,
    stems_of,
    told_alike,
)
from pipeline.models import Problem, Sentence
from pipeline.text import numbers, words


@lru_cache(maxsize=8192)
def _amounts_in(text: str) -> tuple[tuple[Place, frozenset[str]], ...]:
    known, places = lexicon.amounts(), placed(text)
    return tuple(
        (place, known[place.word])
        for before, place in zip((None, *places), places, strict=False)
        # "How many", "as much" and "no more" state no amount.
        if place.word in known
        and not (before and before.word in {"how", "so", "as", "too", "not"})
        and not (place.word in lexicon.DENIALS and next_word(text, place) in LEFT_OUT)
    )


def amounts(written: Sequence[str], evidence: Evidence) -> Iterator[Problem]:
    """ "Some" on the page where "all" was said of the same thing."""
    yield from _bounds(written, evidence)
    yield from _hedged(written, evidence)
    yield from _singled(written, evidence)
    said = [
        # "It doesn't learn any order": some order.
        (one, place, kinds | {"some"} if place.word == "any" and denials_in(one.text) else kinds)
        for one in evidence.sentences
        for place, kinds in _amounts_in(one.text)
    ]
    near = [kinds for one in evidence.around for _, kinds in _amounts_in(one.text)]
    there = Counter(place.word for text in written for place, _ in _amounts_in(text))
    for text in written:
        for place, kinds in _amounts_in(text):
            heads = heads_of(text, place.index, 2) or tuple(around(text, place.index, 2))
            heads = heads[:1] if place.word in lexicon.DENIALS else heads
            same = [
                (one, other, k)
                for one, other, k in said
                if speaks_of(heads, around(one.text, other.index, 4))
            ]
            if any(kinds & k for _, _, k in same) or _said_as_well(place, heads, said):
                continue
            # What was said of the same thing, or what was said and is no longer on the page.
            against = [pair for pair in same if there[pair[1].word] == 0]
            if not against and not any(kinds & k for k in near) and place.word not in lexicon.DENIALS:
                against = [pair for pair in said if there[pair[1].word] == 0 and not kinds & pair[2]]
            against = [pair for pair in against if told_alike(text, place, stems_of(pair[0].text))]
            if against:
                source, other, _ = against[0]
                yield evidence.problem(
                    "amount", f"“{place.shown}” stands here; “{other.shown}” was said",
                    (place.shown, other.shown), source,
                )  # fmt: skip


def _said_as_well(
    place: Place, heads: Sequence[str], said: Sequence[tuple[Sentence, Place, frozenset[str]]]
) -> bool:
    """Whether a sentence with the same word speaks of the same thing: "not any carbon at all, very little"."""
    return any(
        other.word == place.word and speaks_of(heads, frozenset(p.stem for p in placed(one.text)))
        for one, other, _ in said
    )


_ALL = "(?:all|every|each|any)"
_HEDGED = re.compile(
    r"\b(almost|nearly|hardly|not|practically|virtually) (all|every|each|any|always|never|none|no)\b", re.I
)


def _hedged(written: Sequence[str], evidence: Evidence) -> Iterator[Problem]:
    """ "Almost every" on the page where "every" was said."""
    said = " ".join(one.text for one in evidence.around)
    for text in written:
        for match in _HEDGED.finditer(text):
            word = _ALL if re.fullmatch(_ALL, match[2], re.IGNORECASE) else match[2]
            plain = re.search(rf"\b{word}\b", evidence.said, re.IGNORECASE)
            # "You're not trying all combinations" may become "not all".
            denied = match[1].lower() == "not" and re.search(
                rf"(?:\bnot|n['’]t)\b[^.,;:?!]{{0,40}}\b{word}\b", said, re.IGNORECASE
            )
            if plain and not denied and not _HEDGED.search(said):
                yield evidence.problem(
                    "amount", f"“{match[0]}” stands here; “{plain[0]}” was said", (match[0], plain[0])
                )


def _singled(written: Sequence[str], evidence: Evidence) -> Iterator[Problem]:
    """ "One word" on the page where "each word" was said, and nothing is said of each."""
    said = {
        head: (one, place)
        for one in evidence.sentences
        for place in placed(one.text)
        if place.word in {"each", "every"}
        for head in heads_of(one.text, place.index, 1)
    }
    near = " ".join(one.text for one in evidence.around)
    page = [(text, place) for text in written for place in placed(text)]
    if any(place.word in {"each", "every", "all", "any"} for _, place in page):
        return
    for text, place in page:
        for head in heads_of(text, place.index, 1) if place.word == "one" else ():
            if head in said and not re.search(rf"\bone {head[:4]}", near, re.IGNORECASE):
                one, other = said[head]
                yield evidence.problem(
                    "amount", f"“{place.shown}” stands here; “{other.shown}” was said",
                    (place.shown, other.shown), one,
                )  # fmt: skip


_BOUND = re.compile(
    r"\b(?:(?P<up>more than|at least|over|greater than|no less than|above)|(?P<down>less than|at most|under|"
    r"fewer than|up to|no more than|below|smaller than)|(?P<even>exactly|precisely)|"
    r"(?P<near>about|around|roughly|approximately|almost|nearly|some))\s+(?=[\w$])",
    re.IGNORECASE,
)


def _bounds(written: Sequence[str], evidence: Evidence) -> Iterator[Problem]:
    """ "Less than 150,000" on the page where "more than" was said of the number."""
    said: dict[str, set[str]] = {}
    for one in evidence.around:
        for bound, value in _bounded(one.text):
            said.setdefault(value, set()).add(bound)
    for text in written:
        for bound, value in _bounded(text):
            other = said.get(value, set())
            contrary = {("up", "down"), ("down", "up"), ("near", "even"), ("even", "near"), ("down", "even")}
            if bound not in other and any((one, bound) in contrary for one in other):
                yield evidence.problem(
                    "amount", f"the bound of {value} was put otherwise", (value,), evidence.saying(value)
                )


def _bounded(text: str) -> Iterator[tuple[str, str]]:
    found = numbers.numbers(text)
    for match in _BOUND.finditer(text):
        number = next((one for one in found if one.start == match.end()), None)
        if number is not None and match.lastgroup:
            yield match.lastgroup, number.value


def _measured(text: str) -> Iterator[tuple[str, str, str]]:
    """`(value, unit, as written)` of each number with a unit behind it."""
    known = lexicon.units()
    for number in numbers.numbers(text):
        inside = re.search(r"(?:%|[A-Za-z]+)$", number.surface) if not number.spoken else None
        behind = re.match(r"[ -]*(%|[A-Za-z]+)", text[number.end :])
        for match, group in ((inside, 0), (behind, 1)):
            if match and match[group] in known:
                yield (
                    number.value,
                    known[match[group]],
                    f"{number.surface}{match[0] if match is behind else ''}",
                )
                break


def units(written: Sequence[str], evidence: Evidence) -> Iterator[Problem]:
    """ "16 minutes" on the page where 16 hours was said."""
    said: dict[str, set[str]] = {}
    often: Counter[str] = Counter()
    for text in (*(one.text for one in evidence.around), *evidence.shown):
        often.update(number.value for number in numbers.numbers(text))
        for value, unit, _ in _measured(text):
            often[value] -= 1
            said.setdefault(value, set()).add(unit)
    for text in written:
        for value, unit, surface in _measured(text):
            others = said.get(value)
            # Small numbers count many things: "two times" says nothing of two sentences, where there are some.
            counted = often[value] and len(value) == 1 and holds(evidence.held, words.stem(unit))
            if others and unit not in others and not counted:
                yield evidence.problem(
                    "unit", f"“{surface}” stands here; {value} {min(others)} was said", (surface,),
                    evidence.saying(value),
                )  # fmt: skip
