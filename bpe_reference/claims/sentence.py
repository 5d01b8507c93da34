"""What one sentence states about tokens: ids, counts, pieces, sizes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..names import OTHER, find_names
from .claim import Claim
from .masking import STRING, Masked, Quoted, unmask
from .patterns import (
    AFTER_NAME,
    ARROW,
    CODE_POINT,
    COUNT_ALSO,
    COUNT_OF,
    COUNTED,
    ELLIPTIC,
    ELSEWHERE,
    IDS_AFTER,
    IDS_ASIDE,
    IDS_BEFORE,
    IDS_BEHIND,
    IDS_FOR,
    IDS_GIVEN,
    IDS_LATER,
    IDS_OF,
    MERGES,
    NAMING,
    PART_OF,
    PIECES,
    PIECES_OF,
    SAYS_ID,
    SENTENCE_END,
    SIZES,
    SIZES_KNOWN,
    SPACES,
    SUPPOSED,
    SURE_VERB,
    TAKES_APART,
    TOY,
    WORD_NUMBER,
)

LONGEST_SENTENCE = 800
"""Characters; a longer one is looked through in parts."""


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Where sentences begin and end; what has no end for long is cut, so that no text takes long to search."""
    start = 0
    for match in SENTENCE_END.finditer(text):
        before = text[max(0, match.start() - 4) : match.start()].lower()
        if not before.endswith((" vs", "e.g", "i.e", " etc", " cf")):
            yield from _cut(text, start, match.end())
            start = match.end()
    yield from _cut(text, start, len(text))


def _cut(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while end - start > LONGEST_SENTENCE:
        space = text.rfind(" ", start + 1, start + LONGEST_SENTENCE)
        stop = space if space > start else start + LONGEST_SENTENCE
        yield start, stop
        start = stop
    if text[start:end].strip():
        yield start, end


@dataclass(frozen=True)
class _Sentence:
    """A masked sentence without the asides that name a tokenizer, and where those stood."""

    text: str
    strings: dict[str, Quoted]
    origin: list[int]
    names: list[tuple[int, str]]


def _prepare(masked: Masked, start: int, end: int) -> _Sentence:
    """ "takes 3 tokens in GPT-4, but" becomes "takes 3 tokens, but", with GPT-4 noted after "tokens"."""
    sentence, spaces = _name_spaces(masked.text[start:end])
    kept, origin, names, place = "", [], [], 0
    for begin, stop, name in find_names(sentence):
        before = NAMING.search(sentence, place, begin)
        after = AFTER_NAME.match(sentence, stop)
        cut, resume = stop, stop
        if before:
            cut, resume = before.start(), after.end() if after else stop
        kept += (
            sentence[place:cut]
            if before
            else sentence[place:begin] + re.sub(r"\d", "x", sentence[begin:stop])
        )
        origin += masked.origin[start + place : start + cut]
        names.append((len(kept) if before else len(kept) - (stop - begin), name))
        place = resume
    return _Sentence(
        kept + sentence[place:], masked.strings | spaces, origin + masked.origin[start + place : end], names
    )


def in_sentence(masked: Masked, start: int, end: int, named: str | None) -> Iterator[Claim]:
    """The claims of a masked sentence; `named` is the tokenizer that is meant where the sentence names none."""
    sentence = _prepare(masked, start, end)
    if sentence.text.rstrip().endswith("?") or not sentence.text.strip():
        return
    text, strings = sentence.text, sentence.strings
    found: list[tuple[re.Match[str], Claim]] = []
    # Sentences on code points and bytes have numbers that are no ids.
    if re.search(r"\btokens?\b", text, re.I) or not CODE_POINT.search(text):
        found += _pieces(text, strings)
        found += _ids_claims(text, strings, bool(sentence.names))
        found += _counts(text, strings)
    found += _sizes(text, sentence.names)
    supposed = bool(SUPPOSED.search(text)) or (bool(TOY.search(text)) and not sentence.names)
    for match, claim in _without_overlaps(found):
        if any(subject.is_call for subject in claim.subjects) or PART_OF.search(text[: match.start()]):
            continue
        about, others = _who(sentence, match, named)
        yield replace(
            claim,
            start=sentence.origin[match.start()],
            end=sentence.origin[match.end() - 1] + 1,
            text=unmask(match[0], strings),
            tokenizer=about,
            others=others,
            doubtful=claim.doubtful or supposed,
        )


def _name_spaces(sentence: str) -> tuple[str, dict[str, Quoted]]:
    """ "four spaces" as a string of four spaces, in a sentence of the same length."""
    strings: dict[str, Quoted] = {}

    def take(match: re.Match[str]) -> str:
        key = chr(0xF800 + len(strings))
        strings[key] = Quoted(" " * _number(match["n"]), False)
        return key.rjust(len(match[0]))

    return SPACES.sub(take, sentence), strings


def _without_overlaps(found: list[tuple[re.Match[str], Claim]]) -> list[tuple[re.Match[str], Claim]]:
    """The matches in order; of two that overlap, the one found by the earlier (more telling) pattern."""
    kept: list[tuple[re.Match[str], Claim]] = []
    for match, claim in found:
        if all(match.end() <= other.start() or match.start() >= other.end() for other, _ in kept):
            kept.append((match, claim))
    return sorted(kept, key=lambda item: item[0].start())


def _who(sentence: _Sentence, match: re.Match[str], named: str | None) -> tuple[str | None, tuple[str, ...]]:
    """The tokenizer that a claim is about, and others that may be meant."""
    names = sentence.names
    if not names:
        return named, ()
    attached = [
        name
        for place, name in names
        if place >= match.end() and not sentence.text[match.end() : place].strip()
    ]
    if attached:
        return attached[0], ()
    before = [name for place, name in names if place < match.end()]
    about = before[-1] if before else names[0][1]
    if not before and ELSEWHERE.search(sentence.text[: names[0][0]]):
        return named, (OTHER,)
    others = {name for _, name in names} | ({named} if named and not before else set())
    return about, tuple(sorted(others - {about}))


# -- the kinds -------------------------------------------------------------------------------------------------


def _subjects(text: str, strings: dict[str, Quoted]) -> tuple[tuple[Quoted, ...], bool]:
    """The strings that a claim is about; exact where they are quoted."""
    bare = re.sub(r"\([^()]*\)", "", text)
    quoted = [strings[key] for key in re.findall(STRING, bare)]
    if quoted:
        return tuple(quoted), not (re.search(r"space|in front", text) or any(one.is_bare for one in quoted))
    bare = _ASIDE.sub("", bare).strip(" ,")
    return tuple(Quoted(word, False) for word in re.split(r", (?:and |or )?| and | or | & ", bare)), False


_ASIDE = re.compile(r",? (?:with|without|in|at|including|preceded by|on|as) .*?(?=,? (?:and|or|&) \S+$|$)")


def _number(text: str) -> int:
    text = text.lower().strip()
    return WORD_NUMBER[text] if text in WORD_NUMBER else int(text.replace(",", ""))


def ids_in(text: str) -> tuple[int, ...]:
    """The numbers of a list of ids; "50,257" alone is one."""
    if re.fullmatch(r"\d{2,3},\d{3}", text):  # one id with a comma for the thousands
        return (_number(text),)
    return tuple(int(number) for number in re.findall(r"\d+", text))


def _ids_claims(
    sentence: str, strings: dict[str, Quoted], is_named: bool
) -> Iterator[tuple[re.Match[str], Claim]]:
    for pattern in (IDS_OF, IDS_GIVEN, IDS_FOR, IDS_BEFORE, IDS_AFTER, IDS_LATER, IDS_ASIDE):
        for match in pattern.finditer(sentence):
            subjects, exact = _subjects(match["subjects"], strings)
            ids = ids_in(match["ids"])
            if not _means_ids(sentence, match, exact, ids, subjects, is_named):
                continue
            if len(subjects) > 1 and len(ids) == len(subjects):
                for subject, idx in zip(subjects, ids, strict=True):
                    yield match, Claim("ids", 0, 0, "", (subject,), exact, (idx,))
                continue
            yield match, Claim("ids", 0, 0, "", subjects[-1:], exact, ids)


def _means_ids(
    sentence: str,
    match: re.Match[str],
    exact: bool,
    ids: tuple[int, ...],
    subjects: tuple[Quoted, ...],
    is_named: bool,
) -> bool:
    """Whether numbers beside a string are its ids: they are called so, or there are several, or nothing else fits."""
    if SAYS_ID.search(match["filler"]):
        return True
    if not exact and not any(subject.is_bare for subject in subjects):
        return False
    if len(ids) > 1 or "[" in match["ids"]:
        return True
    # A number alone, in a sentence on tokens, with no noun after it, and not a year.
    alone = re.match(r"\s*(?:[,.;:)\]]|and\b|but\b|while\b|whereas\b|$)", sentence[match.end() :])
    where = sentence if match.re is IDS_ASIDE else sentence[: match.start()]
    named = bool(SAYS_ID.search(where) or TAKES_APART.search(where) or ARROW.search(match[0]))
    if not named and is_named and ids[0] > 99 and match.re is IDS_AFTER:
        named = match["verb"].lower() in ("is", "=", ":")
    digits = all(subject.text.strip().isdecimal() for subject in subjects)
    year = 1900 <= ids[0] <= 2100 and not ARROW.search(match[0])
    return named and not digits and alone is not None and not year


def _counts(sentence: str, strings: dict[str, Quoted]) -> Iterator[tuple[re.Match[str], Claim]]:
    for match in COUNTED.finditer(sentence):
        subjects, exact = _subjects(match["subjects"], strings)
        said = _said_count(match, sentence)
        if said is None or not (exact or re.match(SURE_VERB, match["verb"], re.I)):
            continue
        relation, number = said
        yield match, Claim("count", 0, 0, "", subjects, exact, number=number, relation=relation)
        also = COUNT_ALSO.match(sentence, match.end())
        if also:
            yield also, Claim("count", 0, 0, "", subjects, exact, number=_number(also["count"]))
        other = ELLIPTIC.match(sentence, also.end() if also else match.end())
        if other:
            subjects, exact = _subjects(other["subjects"], strings)
            yield other, Claim("count", 0, 0, "", subjects, exact, number=_number(other["count"]))
    for match in COUNT_OF.finditer(sentence):
        if match["count"].lower() != "a":
            subjects, exact = _subjects(match["subjects"], strings)
            yield match, Claim("count", 0, 0, "", subjects, exact, number=_number(match["count"]))


def _said_count(match: re.Match[str], sentence: str) -> tuple[str, int] | None:
    """The relation and the number of a count, None where none is said ("a token")."""
    count, more = (match["count"] or "").lower(), (match["more"] or "").lower()
    single = "single" in match[0].lower() or "of its own" in sentence[match.end() : match.end() + 12].lower()
    if (count in ("", "a")) and not more and not single:
        return None
    number = _number(count) if count else 1
    relation = "="
    if more == "at least":
        relation, number = ">", number - 1
    elif more:
        relation, number = ">", number if more == "more than" else 1
    if match["negated"]:
        relation = {"=": "!=", ">": "<="}[relation]
    return relation, number


def _pieces(sentence: str, strings: dict[str, Quoted]) -> Iterator[tuple[re.Match[str], Claim]]:
    for match in (*PIECES_OF.finditer(sentence), *PIECES.finditer(sentence)):
        subjects, exact = _subjects(match["subjects"], strings)
        pieces = tuple(strings[key] for key in re.findall(STRING, re.sub(r"\([^()]*\)", "", match["pieces"])))
        joined = "".join(piece.text for piece in pieces)
        says_token = re.search(r"token", match["filler"], re.I)
        if joined.strip() != subjects[0].text.strip() and not says_token:
            continue
        count = _number(match["count"]) if match["count"] else None
        yield match, Claim("pieces", 0, 0, "", subjects, exact, pieces=pieces, number=count)
        behind = IDS_BEHIND.match(sentence, match.end())
        if behind and len(ids := ids_in(behind["ids"])) == len(pieces):
            yield behind, Claim("ids", 0, 0, "", subjects, exact, ids)


def _sizes(sentence: str, names: list[tuple[int, str]]) -> Iterator[tuple[re.Match[str], Claim]]:
    found = [(pattern, "vocabulary") for pattern in SIZES] + [(MERGES, "merges")]
    for pattern, what in found:
        for match in pattern.finditer(sentence):
            said = match["size"].replace(" ", "")
            rounded = bool(match["hedge"]) or said[-1] in "kK"
            number = round(float(said[:-1]) * 1000) if said[-1] in "kK" else int(said.replace(",", ""))
            # Without a name before it, a small size is that of some other vocabulary: only a near miss is an error.
            unnamed = not names or names[0][0] > match.start()
            far = not any(abs(number - size) < 0.1 * size for size in SIZES_KNOWN)
            doubtful = (unnamed and far) or (number < 40_000 and bool(TOY.search(sentence)))
            yield match, Claim("size", 0, 0, "", number=number, rounded=rounded, what=what, doubtful=doubtful)
