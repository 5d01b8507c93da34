"""Is what a block says supported by what it names, and is all of that still there? Numbers, names, sentences, words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher

from pipeline.checks.evidence import Evidence, addresses_of, is_prose, text_of
from pipeline.checks.reading import coverage, held, holds, sentences, weighed, weight
from pipeline.models import Block, Code, Figure, Heading, Problem, Tokens
from pipeline.text import identifiers, numbers, words

MAX_ADDED_SHARE = 0.4
"""Content words of a block, by weight, that its sources do not hold, before it is questioned."""
LEAST_SUPPORTED = 0.47
"""Share of a written sentence's content words, by weight, that its sources hold, before it is questioned."""
LEAST_SAID = 0.3
"""Share of what a spoken sentence alone says, by weight, that the page holds, before it counts as lost."""
RARE = 0.9
"""Weight from which a word is rare enough to be a name and nothing else."""
OFTEN = 1
"""Sentences of a chapter in which a name may be said before it counts as what the chapter is about."""
LEAST_ADDED, LEAST_LOST = 1.25, 1.5
"""Weight of the words that are not there from which on a sentence is questioned: one rare word may be a synonym."""


def check_numbers(block: Block, evidence: Evidence) -> Iterable[Problem]:
    """Every number stated was said or shown, in digits or in words."""
    if isinstance(block, Code | Tokens):
        return
    text, language = text_of(block), evidence.language
    for number in numbers.unsupported(evidence.context, text, language):
        if _in_known_name(number, text, evidence) or (number.value == "2" and _TWO.search(evidence.context)):
            continue
        yield evidence.problem(
            "number", f"{number.surface} was neither said nor shown here", (number.surface,)
        )
    if not is_prose(block):
        return
    # A number from a sentence near by, in place of one that was said here.
    missing = numbers.lost(evidence.said, text, language)
    supported = "\n".join((evidence.said, *evidence.shown))
    for number in numbers.unsupported(supported, text, language) if missing else ():
        said = missing[0]
        yield evidence.problem(
            "number", f"{number.surface} stands here; {said.surface} was said", (number.surface, said.surface),
            evidence.saying(said.value),
        )  # fmt: skip


_TWO = re.compile(r"\b(?:both|either|neither|twice|pair|double|another|the other|second)\b", re.IGNORECASE)
"""Words by which a lecture speaks of two things without counting them."""


def _in_known_name(number: numbers.Number, text: str, evidence: Evidence) -> bool:
    """Whether a number is a part of a name that was said or shown: "GPT-2" may have been said "gpt2"."""
    named = [
        one for one in identifiers.named(text) if one.kind == "acronym" and one.start < number.start < one.end
    ]
    return bool(named) and not any(one in identifiers.unsupported(evidence.context, text) for one in named)


def check_numbers_kept(block: Block, evidence: Evidence) -> Iterable[Problem]:
    """Numbers of two or more digits that were said are still there."""
    if not is_prose(block):
        return
    for number in numbers.lost(evidence.said, text_of(block), evidence.language, min_digits=2):
        yield evidence.problem(
            "number lost", f"{number.surface} was said and is missing", (number.surface,),
            evidence.saying(number.value),
        )  # fmt: skip


def check_names(block: Block, evidence: Evidence) -> Iterable[Problem]:
    """Names, acronyms, identifiers, quoted strings and addresses are as they were said or shown."""
    if isinstance(block, Code | Tokens | Heading | Figure):
        return
    text = text_of(block)
    for named in identifiers.unsupported(evidence.context, text):
        if not _comparable(named, evidence) or _mended(named, evidence) or _misheard(named, evidence):
            continue
        if identifiers.stands_for(named, evidence.context) or _in_another_form(named, evidence):
            continue
        yield evidence.problem("name", f"{named.text!r} was neither said nor shown here", (named.text,))


def _mended(named: identifiers.Named, evidence: Evidence) -> bool:
    """Whether a recognizer's misspelling here was put right, by what the chapter says elsewhere."""
    return evidence.often(named.key) > 0 and any(
        _near(named.key, one.key) for one in identifiers.named(evidence.context) if one.kind == named.kind
    )


def _misheard(named: identifiers.Named, evidence: Evidence) -> bool:
    """Whether an identifier is but a letter from words that were said: "safe pretrained" is `save_pretrained`."""
    if named.text in _HEARD_AS_WORDS:
        return True
    if named.kind != "code" or "_" not in named.text or len(named.key) < _LONG:
        return False
    said = {one.key for one in identifiers.named(evidence.said)}
    return any(
        len(run) == len(named.key)
        and run not in said
        and run.isalpha()
        and sum(a != b for a, b in zip(run, named.key, strict=True)) == 1
        for run in identifiers.squashed(evidence.said)
    )


def _in_another_form(named: identifiers.Named, evidence: Evidence) -> bool:
    """Whether the words of a name were said in another form: "Samples 1 and 2" of a sample 1, "Transformer" of one
    that transforms."""
    if named.kind != "name":
        return False
    there = words.all_stems(evidence.context, evidence.language)
    return all(words.stem(one.text, evidence.language) in there for one in words.tokens(named.text))


_LONG = 10
_HEARD_AS_WORDS = frozenset({"ID", "IDs", "OK", "TV"})


def check_addresses(block: Block, evidence: Evidence) -> Iterable[Problem]:
    """Links lead where the lecture's references do, or to what was said or shown."""
    known = identifiers.bare(evidence.addresses)
    for address in addresses_of(block):
        if identifiers.bare(address.split("://")[-1].removeprefix("www.")) not in known:
            yield evidence.problem(
                "name", f"{address!r} was neither said nor shown, nor found for it", (address,)
            )


def check_names_swapped(block: Block, evidence: Evidence) -> Iterable[Problem]:
    """No name from near by or from a title stands in place of one that was said here, nor another of a family."""
    if not is_prose(block):
        return
    text, said = text_of(block), _hyphened(evidence.said)
    there = identifiers.named(text)
    missing = [
        one
        for one in identifiers.lost(said, text)
        if not any(_near(one.key, other.key) for other in there) and not identifiers.stands_for(one, text)
    ]
    if not missing:
        return
    supported = "\n".join((said, *evidence.shown))
    known = identifiers.named(supported)
    often = Counter(one.key for one in there)
    foreign = {one.key for one in identifiers.unsupported(supported, text)}
    instead = [one for one in _openings(text) if not holds(evidence.held, words.stem(one, evidence.language))]
    for named in there:
        other = named.key in foreign and not any(_near(named.key, one.key) for one in known)
        other = other or (named.kind != "quote" and often[named.key] > _times(named.key, supported))
        if other or any(_without_digits(one.key) == named.key for one in missing):
            instead.append(named.text)
    for name in instead:
        yield evidence.problem(
            "name", f"{name!r} stands here; {missing[0].text!r} was said", (name, missing[0].text)
        )


def _times(key: str, text: str) -> int:
    """How often a name is said, in any spelling."""
    return identifiers.bare(text).count(key)


def _hyphened(text: str) -> str:
    """ "GPT two" as "GPT-2"."""
    return re.sub(rf"\b([A-Z]{{2,}}) ({'|'.join(_SMALL)})\b", lambda m: f"{m[1]}-{_SMALL[m[2]]}", text)


def _without_digits(key: str) -> str:
    return re.sub(r"\d+$", "", key) if re.search(r"\d$", key) else ""


def _comparable(named: identifiers.Named, evidence: Evidence) -> bool:
    """Whether a name can be looked up: no mark in quotation marks, nor German nouns, nor what a translation may put
    into its own words."""
    if not any(character.isalnum() for character in named.text):
        return False
    if named.kind != "name" and not (named.kind == "quote" and evidence.translated):
        return True
    if {evidence.written_in[:2], evidence.language[:2]} & _CAPITALS_FOR_NOUNS:
        return False
    return not evidence.translated or " " in named.text


def _openings(text: str) -> Iterator[str]:
    """Capitalised words that open a sentence: names or not, `identifiers.named` cannot tell."""
    for sentence in sentences(text):
        first = next(iter(words.tokens(sentence)), None)
        if first and first.text[0].isupper() and words.normal(first.text) not in words.FUNCTION_WORDS:
            yield first.text


_CAPITALS_FOR_NOUNS = frozenset({"de", "lb"})
_SMALL = {
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
}


def check_names_kept(block: Block, evidence: Evidence) -> Iterable[Problem]:
    """Names that were said are still there, in this spelling or one near it: recognizers misspell.

    What the chapter names again and again may be "it" in a block; a word that is also a common one is no name.
    """
    if not is_prose(block):
        return
    text = text_of(block)
    there = identifiers.named(text)
    for sentence in evidence.sentences:
        for named in identifiers.lost(sentence.text, text):
            if (
                named.kind in {"name", "acronym", "code"}
                and _comparable(named, evidence)
                and weight(words.normal(named.text), evidence.language) >= RARE
                and not any(_near(named.key, one.key) for one in there)
                and not identifiers.stands_for(named, text)
                and evidence.often(named.key) <= OFTEN
            ):
                yield evidence.problem(
                    "name lost", f"{named.text!r} was said and is missing", (named.text,), sentence
                )


def _near(one: str, other: str) -> bool:
    """Whether two spellings may be of one name: "burt" and "bert", but not "gpt2" and "gpt3"."""
    digits = [re.sub(r"\D", "", name) for name in (one, other)]
    return (
        digits[0] == digits[1] and one[:1] == other[:1] and SequenceMatcher(None, one, other).ratio() >= 0.7
    )


def check_added(block: Block, evidence: Evidence) -> Iterable[Problem]:
    """The words are the lecturer's: few content words stand in the block that its sources do not hold."""
    if isinstance(block, Code | Tokens):
        return
    written = {one.key: one for one in weighed(text_of(block), evidence.language)}
    new = [one for key, one in written.items() if not holds(evidence.held, key)]
    lacking = sum(one.weight for one in new)
    if lacking >= LEAST_ADDED and lacking > MAX_ADDED_SHARE * sum(one.weight for one in written.values()):
        yield evidence.problem(
            "added", f"{len(new)} of {len(written)} words were not said", tuple(one.text for one in new)
        )


def check_sentences_added(block: Block, evidence: Evidence) -> Iterable[Problem]:
    """Each sentence says what was said."""
    if not is_prose(block):
        return
    there = evidence.held
    for sentence in sentences(text_of(block)):
        found = coverage(sentence, there, evidence.language)
        if found.lacking >= LEAST_ADDED and found.share < LEAST_SUPPORTED:
            yield evidence.problem("added", f"“{_short(sentence)}” was not said", found.missing)


def check_kept(block: Block, evidence: Evidence, min_kept: float) -> Iterable[Problem]:
    """What was said is still there."""
    if not is_prose(block) or not evidence.sentences:
        return
    found = coverage(evidence.said, held(text_of(block), evidence.language), evidence.language)
    if found.share < min_kept:
        yield evidence.problem("lost", f"{1 - found.share:.0%} of what was said is missing", found.missing)


def check_sentences_kept(block: Block, evidence: Evidence) -> Iterable[Problem]:
    """Each sentence that the block names is still there, in it or in another block that names it.

    What all sentences of a block speak of is no proof of one: a word counts the less, the more of the others say it.
    """
    if not is_prose(block):
        return
    said = {one.id: held(one.text, evidence.language) for one in evidence.sentences}
    for sentence in evidence.sentences:
        there = held(f"{text_of(block)}\n{evidence.beside.get(sentence.id, '')}", evidence.language)
        others = tuple(words for name, words in said.items() if name != sentence.id)
        found = coverage(sentence.text, there, evidence.language, others)
        if found.lacking >= LEAST_LOST and found.share < LEAST_SAID:
            yield evidence.problem("lost", f"“{_short(sentence.text)}” is missing", found.missing, sentence)


def _short(text: str, longest: int = 90) -> str:
    return text if len(text) <= longest else f"{text[:longest].rsplit(' ', 1)[0]} …"
