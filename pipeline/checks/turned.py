"""Small words that turn a statement round: denials, opposites, amounts ("all", "most"), ordinals, units.

Such a word counts with what it stands by: "do not read letters" is held against where the lecture speaks of reading
letters. A finding needs the lecture to say the contrary of the same thing, or to say nothing of the kind; a word
that a paraphrase may add or drop is let pass. English only: other languages yield nothing here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pipeline.checks import lexicon
from pipeline.checks.evidence import Evidence, is_prose, text_of
from pipeline.checks.reading import holds, sentences
from pipeline.models import Block, Problem, Sentence
from pipeline.text import numbers, words

NEAR, WIDE = 3, 7
"""Content words behind a small word that it speaks of, and on both sides of where the lecture may say the same."""

# Words that a small word does not speak of.
_SKIPPED = lexicon.listed(
    """
    a an the this that these those it its they them their we us our you your i my he she his her of in on at by to
    with from for as and or is are was were be been being am do does did has have had will would can could should
    may might must just even really very so then there here also which who what when where while because if than
    into about over under going gonna get got be actually basically simply
    """
)
_ALIKE = 0.4
"""Least share of the words around a small word that the lecture's sentence holds, for the two to say the same."""
_MOSTLY = 0.75
_CLAUSE_END = re.compile(r"[,.;:?!()\n–—]")


@dataclass(frozen=True)
class Place:
    """A word in its sentence."""

    word: str
    """As `words.normal` makes it."""
    shown: str
    stem: str
    index: int
    start: int
    end: int


@lru_cache(maxsize=8192)
def _places(text: str) -> tuple[Place, ...]:
    fillers = words.filler_spans(text)
    found: list[Place] = []
    for token in words.tokens(text):
        if not any(start <= token.start < end for start, end, _ in fillers):
            word = words.normal(token.text)
            found.append(Place(word, token.text, words.stem(word), len(found), token.start, token.end))
    return tuple(found)


def _heads(text: str, at: int, many: int = NEAR) -> tuple[str, ...]:
    """Stems of the content words behind a word, in its clause."""
    places = _places(text)
    found: list[str] = []
    denies = places[at].word in lexicon.DENIALS
    for before, place in zip(places[at:], places[at + 1 :], strict=False):
        # "With padding or without, we ...": such a denial speaks of what stands before it.
        if (found or denies) and _CLAUSE_END.search(text[before.end : place.start]):
            break
        if place.word not in _SKIPPED and place.word not in lexicon.DENIALS:
            found.append(place.stem)
            if len(found) == many:
                break
    return tuple(found)


def _around(text: str, at: int, wide: int = WIDE) -> frozenset[str]:
    """Stems of the words on both sides of a word, and of those alike."""
    near = {place.stem for place in _places(text)[max(at - wide, 0) : at + wide + 1]}
    alike = lexicon.alike()
    return frozenset(near.union(*(alike[one] for one in near if one in alike)))


def _speaks_of(heads: Sequence[str], near: frozenset[str]) -> bool:
    return any(holds(near, head) for head in heads)


def _told_alike(text: str, place: Place, there: frozenset[str], least: float = _ALIKE) -> bool:
    """Whether most of the words that a small word stands among are there: else the page may put it in its own way."""
    places = _places(text)[max(place.index - WIDE, 0) : place.index + WIDE + 1]
    known = lexicon.DENIALS | lexicon.MILD_DENIALS | words.FUNCTION_WORDS
    content = {one.stem for one in places if one.index != place.index and one.word not in known}
    return sum(holds(there, one) for one in content) >= least * len(content)


@lru_cache(maxsize=8192)
def _stems(text: str) -> frozenset[str]:
    """Stems of a sentence's words, and of those alike."""
    alike = lexicon.alike()
    stems = {place.stem for place in _places(text)}
    return frozenset(stems.union(*(alike[one] for one in stems if one in alike)))


def check_turned(block: Block, evidence: Evidence) -> Iterable[Problem]:
    """Denials, opposites, amounts, ordinals and units are as they were said."""
    if not is_prose(block) or not evidence.language.startswith("en") or not evidence.sentences:
        return
    written = sentences(text_of(block))
    for check in (_denied, _undenied, _opposite, _amounts, _ordinals, _units):
        yield from check(written, evidence)


# ------------------------------------------------------------------------------------------------ denials

_UNDOING = frozenset({"hardly", "barely", "scarcely", "rarely", "seldom", "without", "otherwise"})
"""Words that take back a denial they stand beside."""


@lru_cache(maxsize=8192)
def _denials(text: str) -> tuple[Place, ...]:
    # Python's None is a value.
    return tuple(
        place
        for place in _places(text)
        if place.word in lexicon.DENIALS and not (place.shown == "None" and place.index)
    )


@lru_cache(maxsize=8192)
def _mild(text: str) -> tuple[Place, ...]:
    """Words by which something may be denied without a "not"."""
    return tuple(place for place in _places(text) if place.word in lexicon.MILD_DENIALS)


def _denied(written: Sequence[str], evidence: Evidence) -> Iterator[Problem]:
    """A denial on the page that was not said: each denial said stands for one on the page."""
    said = [
        (one.text, place) for one in evidence.around for place in (*_denials(one.text), *_mild(one.text))
    ]  # fmt: skip
    said += [(text, place) for text in evidence.shown for place in _denials(text)]
    left = list(said)
    for text, place in _in_doubt(written):
        heads = _heads(text, place.index)
        kept = {one.word for one in _mild(text)} & _STATED
        match = next(
            (pair for pair in left if pair[1].word not in kept and _same_denial(text, place, heads, *pair)),
            None,
        )
        if match is not None:
            left.remove(match)
            continue
        # Said once, it may stand twice.
        if not heads or any(_heads(other, there.index)[:2] == heads[:2] for other, there in said):
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
        denials = [one for one in _denials(text) if one.word != "nor" or one.index == 0]
        undoing = {one.index for one in _places(text) if one.word in _UNDOING}
        yield from (
            (text, one)
            for one in denials
            if not any(0 < abs(one.index - other) <= 2 * WIDE for other in undoing)
            and _next_word(text, one) not in _LEFT_OUT
        )


_LEFT_OUT = frozenset(
    {"more", "longer", "skip", "forget", "ignore", "miss", "omit", "avoid", "fail", "lose", "hesitate"}
)
"""What is denied along with a denial's next word: "don't skip it" is "do it", "no more than that" no denial of that."""


def _next_word(text: str, place: Place) -> str:
    behind = _places(text)[place.index + 1 : place.index + 2]
    return behind[0].word if behind else ""


def _same_denial(text: str, place: Place, heads: Sequence[str], other: str, there: Place) -> bool:
    """Whether two denials speak of the same: what one denies stands near the other, both ways."""
    mild = there.word in lexicon.MILD_DENIALS or there.word not in lexicon.DENIALS
    # "Instead of using a select() method": what is denied may stand behind small words.
    near = _around(other, there.index, 3 if mild else 5) | frozenset(
        _heads(other, there.index, 3 if mild else WIDE)
    )
    if heads[:1] == ("onli",) and not mild:
        return _heads(other, there.index, 1) == heads[:1]
    if not heads or heads[0] == "onli":
        return not mild
    if not mild and _heads(other, there.index, 1) == heads[:1]:
        return True
    if not _speaks_of(heads[:2] if mild else heads, near):
        return False
    back = _heads(other, there.index, WIDE)
    return mild or not back or _speaks_of(back, _around(text, place.index, 5))


def _by_word(heads: Sequence[str], written: Sequence[str], evidence: Evidence) -> bool:
    """ "Not published" where "unpublished" was said and is gone, "no use" for "useless", "not easy" for "difficult"."""
    said = {word.stem for one in evidence.around for word in _places(one.text)}
    gone = said - {word.stem for text in written for word in _places(text)}
    prefixed = any(
        prefix + head in gone for head in heads for prefix in ("un", "in", "im", "non", "dis", "ir")
    )
    return prefixed or any(f"{head}less" in gone or lexicon.contrary(head) & gone for head in heads)


def _said_plainly(text: str, place: Place, heads: Sequence[str], evidence: Evidence) -> Sentence | None:
    """A sentence that speaks of the same thing, in much the same words."""
    behind = _next_word(text, place)
    leads_over = behind in {"only", "just"}
    for one in evidence.sentences:
        if leads_over:
            # "Not only" beside "only": elsewhere it but leads over to something else.
            said = {there.word for there in _places(one.text)}
            if behind in said and not said & _AS_WELL and not _denials(one.text):
                return one
        elif _says(heads, _stems_as_said(one.text), text, place, _stems(one.text), _ALIKE):
            return one
    return None


_AS_WELL = frozenset({"also", "too", "well", "even", "other", "others", "more", "but", "both"})


@lru_cache(maxsize=8192)
def _stems_as_said(text: str) -> frozenset[str]:
    return frozenset(place.stem for place in _places(text))


def _undenied(written: Sequence[str], evidence: Evidence) -> Iterator[Problem]:
    """A denial that was said, of something that the page says without it."""
    page = [
        (text, place)
        for text in written
        # "That isn't helpful" may lead to what is more helpful.
        for place in (
            *_denials(text),
            *_mild(text),
            *_prefixed(text),
            *(p for p in _places(text) if p.word == "more"),
        )
    ]
    everything = tuple(page)
    fewer = sum(len(_denials(text)) for text in written) < sum(
        len(_denials(one.text)) for one in evidence.sentences
    )
    for one in evidence.sentences:
        for place in _denials(one.text):
            heads = _heads(one.text, place.index, 2)
            if _next_word(one.text, place) in _LEFT_OUT:
                continue
            match = next((pair for pair in page if _same_denial(one.text, place, heads, *pair)), None)
            if match is not None:
                page.remove(match)
            # Said twice, it may stand once.
            elif any(_heads(text, other.index, 1) == heads[:1] for text, other in everything):
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
    plain = not (_denials(text) or _mild(text) or _prefixed(text))
    return plain and _says(heads, _stems(text), said, place, _stems(text), 0.6)


def _says(
    heads: Sequence[str], stems: frozenset[str], text: str, place: Place, there: frozenset[str], least: float
) -> bool:
    """Whether `stems` hold what a denial denies, and enough of what stands around it; more, if but a part of it."""
    if _speaks_of(heads[:1], stems):
        return _told_alike(text, place, there, least)
    return _speaks_of(heads[1:2], stems) and _told_alike(text, place, there, _MOSTLY)


def _prefixed(text: str) -> tuple[Place, ...]:
    return tuple(place for place in _places(text) if re.match(r"(?:un|non|im|ir|dis)(?=\w{4})", place.word))


def _all_in(heads: Sequence[str], text: str) -> bool:
    stems = frozenset(place.stem for place in _places(text))
    return all(holds(stems, head) for head in heads)


def _phrase(text: str, place: Place, many: int = 4) -> str:
    behind = _places(text)[place.index : place.index + many]
    return text[place.start : behind[-1].end]


# ---------------------------------------------------------------------------------------------- opposites


def _opposite(written: Sequence[str], evidence: Evidence) -> Iterator[Problem]:
    """A word on the page in place of whose contrary was said, of the same thing."""
    page = {place.word for text in written for place in _places(text)}
    said = [
        (one, place)
        for one in evidence.sentences
        for place in _places(one.text)
        if place.word in lexicon.opposites()
    ]
    nearby = {words.normal(one.text) for one in words.tokens(evidence.context)}
    for text in written:
        if any(there.word in lexicon.DENIALS for there in _places(text)):
            continue
        for place in _places(text):
            if place.word in nearby or place.word not in lexicon.opposites():
                continue
            for one, other in said:
                if (
                    other.word in lexicon.opposites()[place.word] - page
                    and _same_order(text, place, one.text, other)
                    and _told_alike(text, place, _stems(one.text))
                ):
                    found = (place.shown, other.shown)
                    yield evidence.problem(
                        "opposite", f"“{place.shown}” stands here; “{other.shown}” was said", found, one
                    )
                    break


def _same_order(text: str, place: Place, other: str, there: Place) -> bool:
    """Whether the same follows: "B comes after A" is what "A comes before B" says, "A comes after B" is not."""
    here, said = _heads(text, place.index), _heads(other, there.index)
    return not here or not said or _speaks_of(here, frozenset(said))


# ------------------------------------------------------------------------------------------------ amounts


@lru_cache(maxsize=8192)
def _amounts_in(text: str) -> tuple[tuple[Place, frozenset[str]], ...]:
    known, places = lexicon.amounts(), _places(text)
    return tuple(
        (place, known[place.word])
        for before, place in zip((None, *places), places, strict=False)
        # "How many", "as much" and "no more" state no amount.
        if place.word in known
        and not (before and before.word in {"how", "so", "as", "too", "not"})
        and not (place.word in lexicon.DENIALS and _next_word(text, place) in _LEFT_OUT)
    )


def _amounts(written: Sequence[str], evidence: Evidence) -> Iterator[Problem]:
    """ "Some" on the page where "all" was said of the same thing."""
    yield from _bounds(written, evidence)
    yield from _hedged(written, evidence)
    yield from _singled(written, evidence)
    said = [
        # "It doesn't learn any order": some order.
        (one, place, kinds | {"some"} if place.word == "any" and _denials(one.text) else kinds)
        for one in evidence.sentences
        for place, kinds in _amounts_in(one.text)
    ]
    near = [kinds for one in evidence.around for _, kinds in _amounts_in(one.text)]
    there = Counter(place.word for text in written for place, _ in _amounts_in(text))
    for text in written:
        for place, kinds in _amounts_in(text):
            heads = _heads(text, place.index, 2) or tuple(_around(text, place.index, 2))
            heads = heads[:1] if place.word in lexicon.DENIALS else heads
            same = [
                (one, other, k)
                for one, other, k in said
                if _speaks_of(heads, _around(one.text, other.index, 4))
            ]
            if any(kinds & k for _, _, k in same) or _said_as_well(place, heads, said):
                continue
            # What was said of the same thing, or what was said and is no longer on the page.
            against = [pair for pair in same if there[pair[1].word] == 0]
            if not against and not any(kinds & k for k in near) and place.word not in lexicon.DENIALS:
                against = [pair for pair in said if there[pair[1].word] == 0 and not kinds & pair[2]]
            against = [pair for pair in against if _told_alike(text, place, _stems(pair[0].text))]
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
        other.word == place.word and _speaks_of(heads, frozenset(p.stem for p in _places(one.text)))
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
        for place in _places(one.text)
        if place.word in {"each", "every"}
        for head in _heads(one.text, place.index, 1)
    }
    near = " ".join(one.text for one in evidence.around)
    page = [(text, place) for text in written for place in _places(text)]
    if any(place.word in {"each", "every", "all", "any"} for _, place in page):
        return
    for text, place in page:
        for head in _heads(text, place.index, 1) if place.word == "one" else ():
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
    return tuple((place, _ORDINALS[place.word]) for place in _places(text) if place.word in _ORDINALS)


def _ordinals(written: Sequence[str], evidence: Evidence) -> Iterator[Problem]:
    """ "The second byte" on the page where the first was spoken of."""
    said = [(one, place, value) for one in evidence.sentences for place, value in _ordinals_in(one.text)]
    heard = Counter(value for _, _, value in said)
    near = Counter(value for one in evidence.around for _, value in _ordinals_in(one.text))
    page = [(text, place, value) for text in written for place, value in _ordinals_in(text)]
    there = Counter(value for _, _, value in page)
    for text, place, value in page:
        heads = _heads(text, place.index, 1)
        same = [pair for pair in said if _speaks_of(heads, frozenset(_heads(pair[0].text, pair[1].index, 2)))]
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
        against = [pair for pair in against if _told_alike(text, place, _stems(pair[0].text))]
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
    before = _places(text)[max(place.index - 2, 0) : place.index]
    return value in (1, -1, _NEXT) and not any(one.word in _DETERMINERS for one in before)


_DETERMINERS = lexicon.listed(
    "the this that these those a an our your its their his her my every each no one two"
)


def _counted_up(value: int, evidence: Evidence) -> int:
    """How often something is counted up with that number: "One, spelling" at a sentence's beginning, "another"."""
    found = 0
    for one in evidence.around:
        places = _places(one.text)
        opens = {place.word for place in places[:2]}
        anywhere = {place.word for place in places} & {"other", "another", "end", "finally"}
        found += bool(_ALSO.get(value, set()) & (opens | anywhere))
    return found


# -------------------------------------------------------------------------------------------------- units


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


def _units(written: Sequence[str], evidence: Evidence) -> Iterator[Problem]:
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
