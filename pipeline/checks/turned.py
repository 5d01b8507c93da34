"""Small words that turn a statement round: denials, opposites, amounts ("all", "most"), ordinals, units.

Such a word counts with what it stands by: "do not read letters" is held against where the lecture speaks of reading
letters. A finding needs the lecture to say the contrary of the same thing, or to say nothing of the kind; a word
that a paraphrase may add or drop is let pass. English only: other languages yield nothing here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from pipeline.checks import amounts, denials, lexicon
from pipeline.checks.evidence import Evidence, is_prose, text_of
from pipeline.checks.reading import sentences
from pipeline.checks.small_words import Place, heads_of, placed, speaks_of, stems_of, told_alike
from pipeline.models import Block, Problem
from pipeline.text import words


def check_turned(block: Block, evidence: Evidence) -> Iterable[Problem]:
    """Denials, opposites, amounts, ordinals and units are as they were said."""
    if not is_prose(block) or not evidence.language.startswith("en") or not evidence.sentences:
        return
    written = sentences(text_of(block))
    for check in (denials.denied, denials.undenied, _opposite, amounts.amounts, _ordinals, amounts.units):
        yield from check(written, evidence)


# ---------------------------------------------------------------------------------------------- opposites


def _opposite(written: Sequence[str], evidence: Evidence) -> Iterator[Problem]:
    """A word on the page in place of whose contrary was said, of the same thing."""
    page = {place.word for text in written for place in placed(text)}
    said = [
        (one, place)
        for one in evidence.sentences
        for place in placed(one.text)
        if place.word in lexicon.opposites()
    ]
    nearby = {words.normal(one.text) for one in words.tokens(evidence.context)}
    for text in written:
        if any(there.word in lexicon.DENIALS for there in placed(text)):
            continue
        for place in placed(text):
            if place.word in nearby or place.word not in lexicon.opposites():
                continue
            for one, other in said:
                if (
                    other.word in lexicon.opposites()[place.word] - page
                    and _same_order(text, place, one.text, other)
                    and told_alike(text, place, stems_of(one.text))
                ):
                    found = (place.shown, other.shown)
                    yield evidence.problem(
                        "opposite", f"“{place.shown}” stands here; “{other.shown}” was said", found, one
                    )
                    break


def _same_order(text: str, place: Place, other: str, there: Place) -> bool:
    """Whether the same follows: "B comes after A" is what "A comes before B" says, "A comes after B" is not."""
    here, said = heads_of(text, place.index), heads_of(other, there.index)
    return not here or not said or speaks_of(here, frozenset(said))


# ----------------------------------------------------------------------------------------------- ordinals

_NEXT = 100
_ORDINALS = {
    word: value
    for value, listed in enumerate(
        ("first 1st firstly", "second 2nd secondly", "third 3rd thirdly", "fourth 4th", "fifth 5th", "sixth 6th",
         "seventh 7th", "eighth 8th", "ninth 9th", "tenth 10th"), 1,
    )
    for word in listed.split()
} | {
    "last": -1, "final": -1, "lastly": -1, "finally": -1, "next": _NEXT, "following": _NEXT,
    "previous": 99, "former": 99,
}  # fmt: skip
# "The last video" is the previous one.
_AS_GOOD = {-1: {-1, 99}, 99: {-1, 99}}
# Words by which something may be counted up without an ordinal.
_ALSO = {1: {"one"}, 2: {"other", "another", "two"}, 3: {"three"}, -1: {"end", "finally"}}


@lru_cache(maxsize=8192)
def _ordinals_in(text: str) -> tuple[tuple[Place, int], ...]:
    return tuple((place, _ORDINALS[place.word]) for place in placed(text) if place.word in _ORDINALS)


def _ordinals(written: Sequence[str], evidence: Evidence) -> Iterator[Problem]:
    """ "The second byte" on the page where the first was spoken of."""
    said = [(one, place, value) for one in evidence.sentences for place, value in _ordinals_in(one.text)]
    heard = Counter(value for _, _, value in said)
    near = Counter(value for one in evidence.around for _, value in _ordinals_in(one.text))
    page = [(text, place, value) for text in written for place, value in _ordinals_in(text)]
    there = Counter(value for _, _, value in page)
    for text, place, value in page:
        heads = heads_of(text, place.index, 1)
        same = [
            pair for pair in said if speaks_of(heads, frozenset(heads_of(pair[0].text, pair[1].index, 2)))
        ]
        as_good = _AS_GOOD.get(value, {value})
        spare = sum(there[v] for v in as_good) > _most(as_good, near, heard) + _counted_up(value, evidence)
        if (value == _NEXT or not same) and _only_counts_on(text, place, value):
            continue
        if any(v in as_good for _, _, v in same) and not spare:
            continue
        # What was said of the same thing and is gone; or, of more than was said, what there is less of.
        against = [pair for pair in same if there[pair[2]] == 0]
        if not against and spare:
            against = [pair for pair in said if there[pair[2]] < heard[pair[2]]]
        against = [pair for pair in against if told_alike(text, place, stems_of(pair[0].text))]
        if against:
            source, other, _ = against[0]
            yield evidence.problem(
                "ordinal", f"“{place.shown}” stands here; “{other.shown}” was said", (place.shown,), source
            )
        elif spare and value in (2, 3, 4, 5, 99) and not near[value]:
            yield evidence.problem("ordinal", f"“{place.shown}” was not said", (place.shown,))


def _most(values: Iterable[int], near: Counter[int], heard: Counter[int]) -> int:
    return sum(max(near[value], heard[value]) for value in values)


def _only_counts_on(text: str, place: Place, value: int) -> bool:
    """Whether a word but leads from one thing to the next: "First comes this, next that, finally the rest."."""
    before = placed(text)[max(place.index - 2, 0) : place.index]
    return value in (1, -1, _NEXT) and not any(one.word in _DETERMINERS for one in before)


_DETERMINERS = lexicon.listed(
    "the this that these those a an our your its their his her my every each no one two"
)


def _counted_up(value: int, evidence: Evidence) -> int:
    """How often something is counted up with that number: "One, spelling" at a sentence's beginning, "another"."""
    found = 0
    for one in evidence.around:
        places = placed(one.text)
        opens = {place.word for place in places[:2]}
        anywhere = {place.word for place in places} & {"other", "another", "end", "finally"}
        found += bool(_ALSO.get(value, set()) & (opens | anywhere))
    return found
