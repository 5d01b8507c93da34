"""Denials: said and gone, or on the page and not said."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from pipeline.checks import lexicon
from pipeline.checks.evidence import Evidence
from pipeline.checks.reading import holds
from pipeline.checks.small_words import (
    ALIKE,
    LEFT_OUT,
    MOSTLY,
    WIDE,
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

_UNDOING = frozenset({"hardly", "barely", "scarcely", "rarely", "seldom", "without", "otherwise"})
"""Words that take back a denial they stand beside."""


@lru_cache(maxsize=8192)
def _mild(text: str) -> tuple[Place, ...]:
    """Words by which something may be denied without a "not"."""
    return tuple(place for place in placed(text) if place.word in lexicon.MILD_DENIALS)


def denied(written: Sequence[str], evidence: Evidence) -> Iterator[Problem]:
    """A denial on the page that was not said: each denial said stands for one on the page."""
    said = [
        (one.text, place) for one in evidence.around for place in (*denials_in(one.text), *_mild(one.text))
    ]  # fmt: skip
    said += [(text, place) for text in evidence.shown for place in denials_in(text)]
    left = list(said)
    for text, place in _in_doubt(written):
        heads = heads_of(text, place.index)
        kept = {one.word for one in _mild(text)} & _STATED
        match = next(
            (pair for pair in left if pair[1].word not in kept and _same_denial(text, place, heads, *pair)),
            None,
        )
        if match is not None:
            left.remove(match)
            continue
        # Said once, it may stand twice.
        if not heads or any(heads_of(other, there.index)[:2] == heads[:2] for other, there in said):
            continue
        source = _said_plainly(text, place, heads, evidence)
        if source is not None and not _by_word(heads, written, evidence):
            phrase = _phrase(text, place)
            yield evidence.problem(
                "negation", f"“{phrase}” is denied here; it was said without the denial", (phrase,), source
            )


_STATED = frozenset({
    "only", "same", "few", "little", "different", "unlike", "unchanged", "limited", "maximum", "free", "useless",
    "impossible", "unknown"})  # fmt: skip
"""Mild denials that, where they still stand, were not put as another."""


def _in_doubt(written: Sequence[str]) -> Iterator[tuple[str, Place]]:
    """The page's denials, without those that undo one another ("without it, it can hardly be used")."""
    for text in written:
        denials = [one for one in denials_in(text) if one.word != "nor" or one.index == 0]
        undoing = {one.index for one in placed(text) if one.word in _UNDOING}
        yield from (
            (text, one)
            for one in denials
            if not any(0 < abs(one.index - other) <= 2 * WIDE for other in undoing)
            and next_word(text, one) not in LEFT_OUT
        )


def _same_denial(text: str, place: Place, heads: Sequence[str], other: str, there: Place) -> bool:
    """Whether two denials speak of the same: what one denies stands near the other, both ways."""
    mild = there.word in lexicon.MILD_DENIALS or there.word not in lexicon.DENIALS
    # "Instead of using a select() method": what is denied may stand behind small words.
    near = around(other, there.index, 3 if mild else 5) | frozenset(
        heads_of(other, there.index, 3 if mild else WIDE)
    )
    if heads[:1] == ("onli",) and not mild:
        return heads_of(other, there.index, 1) == heads[:1]
    if not heads or heads[0] == "onli":
        return not mild
    if not mild and heads_of(other, there.index, 1) == heads[:1]:
        return True
    if not speaks_of(heads[:2] if mild else heads, near):
        return False
    back = heads_of(other, there.index, WIDE)
    return mild or not back or speaks_of(back, around(text, place.index, 5))


def _by_word(heads: Sequence[str], written: Sequence[str], evidence: Evidence) -> bool:
    """ "Not published" where "unpublished" was said and is gone, "no use" for "useless", "not easy" for "difficult"."""
    said = {word.stem for one in evidence.around for word in placed(one.text)}
    gone = said - {word.stem for text in written for word in placed(text)}
    prefixed = any(
        prefix + head in gone for head in heads for prefix in ("un", "in", "im", "non", "dis", "ir")
    )
    return prefixed or any(f"{head}less" in gone or lexicon.contrary(head) & gone for head in heads)


def _said_plainly(text: str, place: Place, heads: Sequence[str], evidence: Evidence) -> Sentence | None:
    """A sentence that speaks of the same thing, in much the same words."""
    behind = next_word(text, place)
    leads_over = behind in {"only", "just"}
    for one in evidence.sentences:
        if leads_over:
            # "Not only" beside "only": elsewhere it but leads over to something else.
            said = {there.word for there in placed(one.text)}
            if behind in said and not said & _AS_WELL and not denials_in(one.text):
                return one
        elif _says(heads, _stems_as_said(one.text), text, place, stems_of(one.text), ALIKE):
            return one
    return None


_AS_WELL = frozenset({"also", "too", "well", "even", "other", "others", "more", "but", "both"})


@lru_cache(maxsize=8192)
def _stems_as_said(text: str) -> frozenset[str]:
    return frozenset(place.stem for place in placed(text))


def undenied(written: Sequence[str], evidence: Evidence) -> Iterator[Problem]:
    """A denial that was said, of something that the page says without it."""
    page = [
        (text, place)
        for text in written
        # "That isn't helpful" may lead to what is more helpful.
        for place in (
            *denials_in(text),
            *_mild(text),
            *_prefixed(text),
            *(p for p in placed(text) if p.word == "more"),
        )
    ]
    everything = tuple(page)
    fewer = sum(len(denials_in(text)) for text in written) < sum(
        len(denials_in(one.text)) for one in evidence.sentences
    )
    for one in evidence.sentences:
        for place in denials_in(one.text):
            heads = heads_of(one.text, place.index, 2)
            if next_word(one.text, place) in LEFT_OUT:
                continue
            match = next((pair for pair in page if _same_denial(one.text, place, heads, *pair)), None)
            if match is not None:
                page.remove(match)
            # Said twice, it may stand once.
            elif any(heads_of(text, other.index, 1) == heads[:1] for text, other in everything):
                continue
            elif heads and any(
                _all_in(heads, text) or (fewer and _affirms(text, heads, one.text, place))
                for text in written
                # "Don't be vague, or ...": "if it is vague, ...".
                if not (place.index == 0 and re.search(r"\bif\b", text, re.IGNORECASE))
            ):
                phrase = _phrase(one.text, place)
                yield evidence.problem(
                    "negation", f"“{phrase}” was said; here the denial is gone", (phrase,), one
                )


def _affirms(text: str, heads: Sequence[str], said: str, place: Place) -> bool:
    """Whether a sentence of the page says, in much the same words and without denying anything, what was denied."""
    plain = not (denials_in(text) or _mild(text) or _prefixed(text))
    return plain and _says(heads, stems_of(text), said, place, stems_of(text), 0.6)


def _says(
    heads: Sequence[str], stems: frozenset[str], text: str, place: Place, there: frozenset[str], least: float
) -> bool:
    """Whether `stems` hold what a denial denies, and enough of what stands around it; more, if but a part of it."""
    if speaks_of(heads[:1], stems):
        return told_alike(text, place, there, least)
    return speaks_of(heads[1:2], stems) and told_alike(text, place, there, MOSTLY)


def _prefixed(text: str) -> tuple[Place, ...]:
    return tuple(place for place in placed(text) if re.match(r"(?:un|non|im|ir|dis)(?=\w{4})", place.word))


def _all_in(heads: Sequence[str], text: str) -> bool:
    stems = frozenset(place.stem for place in placed(text))
    return all(holds(stems, head) for head in heads)


def _phrase(text: str, place: Place, many: int = 4) -> str:
    behind = placed(text)[place.index : place.index + many]
    return text[place.start : behind[-1].end]
