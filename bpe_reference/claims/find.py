"""Find what prose states about tokens.

Four kinds of statement are looked for:

- *ids*: the string "Tokenization" is 30642 followed by 1634; lists of ids under a string; `encode` calls whose
  result stands beside them; token 50256 is <|endoftext|>;
- *count*: 127 is a single token; "Egg" is two tokens;
- *pieces*: 677 becomes " 6" and "77";
- *size*: a vocabulary of 50,257; 50,000 merges.

Finding is by patterns over masked sentences (`masking.py`): narrow ones, since a wrong alarm costs more than a
claim that is passed over. What is found keeps whether its sentence is about something else as well (code points,
a toy example, a supposition), which `decide.py` takes into account.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ..names import OTHER, find_names
from .masking import STRING, Masked, Quoted, mask
from .patterns import (
    AFTER_NAME,
    ANNOUNCES,
    ARROW,
    BINDING,
    BOLD_LINE,
    CELLS,
    CODE_POINT,
    COUNT_ALSO,
    COUNT_OF,
    COUNTED,
    ELLIPTIC,
    ELSEWHERE,
    ENCODE,
    ID_LINE,
    IDS_AFTER,
    IDS_ASIDE,
    IDS_BEFORE,
    IDS_BEHIND,
    IDS_FOR,
    IDS_GIVEN,
    IDS_LATER,
    IDS_OF,
    ITEM,
    LABEL,
    LISTED,
    MERGES,
    NAMING,
    PART_OF,
    PIECES,
    PIECES_OF,
    ROW,
    RULE,
    SAYS_ID,
    SENTENCE_END,
    SETTINGS,
    SIZES,
    SIZES_KNOWN,
    SPACES,
    SUPPOSED,
    SURE_VERB,
    TAKES_APART,
    TOY,
    WORD_NUMBER,
)
from .reading import Document

__all__ = ["Claim", "find_claims"]


LONGEST_SENTENCE = 800
"""Characters; a longer one is looked through in parts."""


@dataclass(frozen=True)
class Claim:
    """A statement about tokens.

    Attributes:
        kind: "ids", "count", "pieces" or "size".
        start, end: where it stands, in characters of the document's text.
        text: the words of the claim.
        subjects: the strings it is about, each of them.
        exact: the subject is quoted; otherwise a leading space may be meant.
        ids, pieces: what they are said to encode to, where `kind` says so.
        number: tokens said, or the vocabulary's size.
        relation: "=", "!=" or ">" between the true number and `number`.
        rounded: the number is said roughly.
        tokenizer: who it is about, one of `names.NAMES`, `names.OTHER`, or None where nobody was named.
        others: further tokenizers that the sentence names.
        doubtful: the sentence supposes, denies or is about a toy, so that it cannot be called false.
    """

    kind: str
    start: int
    end: int
    text: str
    subjects: tuple[Quoted, ...] = ()
    exact: bool = True
    ids: tuple[int, ...] = ()
    pieces: tuple[Quoted, ...] = ()
    number: int | None = None
    relation: str = "="
    rounded: bool = False
    what: str = ""
    tokenizer: str | None = None
    others: tuple[str, ...] = ()
    doubtful: bool = False


# -- going through a document ----------------------------------------------------------------------------------


def find_claims(document: Document, tokenizer: str | None = None) -> list[Claim]:
    """All claims of a document, in its order.

    Args:
        document: what `reading.py` made of a file.
        tokenizer: the one that is meant until the document names one.
    """
    claims: list[Claim] = []
    state = _State(tokenizer, document.code_is_trimmed)
    for block in document.blocks:
        text = document.text[block.start : block.end]
        claims += _in_code(text, block.start, state) if block.is_code else _in_prose(text, block.start, state)
    return claims


@dataclass
class _State:
    """What the document has said so far."""

    named: str | None
    """the tokenizer last named"""
    code_is_trimmed: bool
    label: _Label | None = None
    """the line just read, if it was a string alone"""
    bound: dict[str, str] = field(default_factory=dict)
    """variables in code that hold a tokenizer"""
    columns: tuple[int, int] | None = None
    """in the table being read: the columns of strings and of their ids"""
    announced: bool = False
    """the paragraph just read announces a list of tokens"""


@dataclass(frozen=True)
class _Label:
    """A string that stands alone on its line; ids may follow under it."""

    subject: Quoted
    start: int


def _in_prose(text: str, offset: int, state: _State) -> Iterator[Claim]:
    for start, end in _lines_or_whole(text):
        line, place = text[start:end], offset + start
        masked = mask(line, place, state.code_is_trimmed)
        id_line = ID_LINE.match(masked.text.strip())
        label, state.label = state.label, _label(line, place, masked)
        if id_line and label is not None:
            names = find_names(masked.text)
            state.named = names[-1][2] if names else state.named
            yield _ids_under(label, id_line["ids"], offset + end, state.named)
            continue
        row = masked.text.strip()
        if row.startswith("|"):
            yield from _in_row(masked, state.named)
            yield from _in_columns(row, masked, state)
        else:
            state.columns = None
            listed = LISTED.match(row) if state.announced and ITEM.match(line) else None
            if listed:
                yield _listed(listed, masked, place, state.named)
                continue
            if not ITEM.match(line):
                state.announced = row.endswith(":") and bool(
                    ANNOUNCES.search(row) and not SETTINGS.search(row)
                )
        for sentence in _sentences(masked.text):
            yield from _in_sentence(masked, *sentence, state.named)
            names = find_names(masked.text[slice(*sentence)])
            state.named = names[-1][2] if names else state.named


def _in_columns(row: str, masked: Masked, state: _State) -> Iterator[Claim]:
    """A row of a table whose head names a column of tokens and one of ids; one id a row will do there."""
    cells = [cell.strip() for cell in CELLS.findall(row)]
    if state.columns is None:
        heads = [_unmask(cell, masked.strings).strip('"').lower() for cell in cells]
        ids = [
            n
            for n, head in enumerate(heads)
            if re.fullmatch(r"(?:gpt-\d )?(?:token )?(?:ids?|index|indices|numbers?)", head)
        ]
        texts = [
            n
            for n, head in enumerate(heads)
            if re.fullmatch(r"tokens?|strings?|texts?|words?|pieces?|input", head)
        ]
        state.columns = (texts[0], ids[0]) if texts and ids else None
        return
    string, ids_at = state.columns
    if RULE.match(row) or max(state.columns) >= len(cells) or not re.fullmatch(STRING, cells[string]):
        return
    said = cells[ids_at]
    said = masked.strings[said].text if said in masked.strings else said
    if re.fullmatch(r"\d{1,6}", said):
        subject = masked.strings[cells[string]]
        yield Claim("ids", masked.origin[0], masked.origin[-1] + 1, f"{subject.text!r} | {said}", (subject,), True,
                    _ids(said), tokenizer=state.named)  # fmt: skip


def _listed(match: re.Match[str], masked: Masked, place: int, named: str | None) -> Claim:
    """An item of an announced list."""
    subject, said = masked.strings[match["s"]], match["ids"] or match["aside"]
    end = masked.origin[-1] + 1 if masked.origin else place
    text = f'"{subject.text}": {said}'
    return Claim("ids", place, end, text, (subject,), True, _ids(said), tokenizer=named)


def _label(line: str, place: int, masked: Masked) -> _Label | None:
    alone, bold = LABEL.match(masked.text.strip()), BOLD_LINE.match(line)
    if alone:
        return _Label(masked.strings[alone[1]], place)
    return _Label(Quoted(bold["s"], False), place) if bold else None


def _ids_under(label: _Label, ids: str, end: int, named: str | None) -> Claim:
    text = f'"{label.subject.text}": {ids}'
    return Claim("ids", label.start, end, text, (label.subject,), exact=False, ids=_ids(ids), tokenizer=named)


def _lines_or_whole(text: str) -> Iterator[tuple[int, int]]:
    """The block's lines where one of them is a list of ids alone, else the block as one."""
    lines = [(m.start(), m.end()) for m in re.finditer(r"[^\n]+", text)]
    if len(lines) > 1 and any(ID_LINE.match(text[a:b].strip()) for a, b in lines[1:]):
        yield from lines
    else:
        yield 0, len(text)


def _sentences(text: str) -> Iterator[tuple[int, int]]:
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


def _in_sentence(masked: Masked, start: int, end: int, named: str | None) -> Iterator[Claim]:
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
            text=_unmask(match[0], strings),
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


def _unmask(text: str, strings: dict[str, Quoted]) -> str:
    return re.sub(STRING, lambda m: f'"{strings[m[0]].text}"' if m[0] in strings else m[0], text).strip()


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


def _ids(text: str) -> tuple[int, ...]:
    if re.fullmatch(r"\d{2,3},\d{3}", text):  # one id with a comma for the thousands
        return (_number(text),)
    return tuple(int(number) for number in re.findall(r"\d+", text))


def _ids_claims(
    sentence: str, strings: dict[str, Quoted], is_named: bool
) -> Iterator[tuple[re.Match[str], Claim]]:
    for pattern in (IDS_OF, IDS_GIVEN, IDS_FOR, IDS_BEFORE, IDS_AFTER, IDS_LATER, IDS_ASIDE):
        for match in pattern.finditer(sentence):
            subjects, exact = _subjects(match["subjects"], strings)
            ids = _ids(match["ids"])
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
        if behind and len(ids := _ids(behind["ids"])) == len(pieces):
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


def _in_row(masked: Masked, named: str | None) -> Iterator[Claim]:
    """A table row with a quoted string in one cell and ids in the next."""
    match = ROW.search(masked.text)
    if not match:
        return
    cell = match["ids"]
    cell = masked.strings[cell].text if cell in masked.strings else cell
    if re.fullmatch(r"\[?\s*\d{1,6}(\s*,\s*\d{1,6})*\s*\]?", cell) and ("," in cell or "[" in cell):
        subject = masked.strings[match["s"]]
        yield Claim("ids", masked.origin[match.start()], masked.origin[match.end() - 1], f"{subject.text!r} | {cell}",
                    (subject,), True, _ids(cell), tokenizer=named)  # fmt: skip


# -- code ------------------------------------------------------------------------------------------------------


def _in_code(text: str, offset: int, state: _State) -> Iterator[Claim]:
    """`encode` calls with their results, and lines of text with their ids under them."""
    for match in BINDING.finditer(text):
        names = find_names(match["name"] or match["class"])
        state.named = names[0][2] if names else OTHER
        state.bound[match["var"] or match["var2"]] = state.named
    for match in ENCODE.finditer(text):
        who = state.bound.get(match["var"], OTHER)
        start, end = offset + match.start(), offset + match.end()
        yield Claim(
            "ids", start, end, match[0], (Quoted(match["s"], True),), ids=_ids(match["ids"]), tokenizer=who
        )
    previous, state.label = state.label, None
    for match in re.finditer(r"[^\n]+", text):
        line = match[0].strip()
        is_ids = re.fullmatch(r"\[\s*\d{1,6}(?:\s*,\s*\d{1,6})*\s*\]", line)
        if is_ids and previous is not None:
            yield _ids_under(previous, line, offset + match.end(), state.named)
        alone = not is_ids and not _looks_like_code(line)
        previous = _Label(Quoted(match[0].strip("\r"), True), offset + match.start()) if alone else None


def _looks_like_code(line: str) -> bool:
    return (
        bool(re.search(r"[=(){}\[\];#]|^>>>|^\$|^(?:import|from|def|class|for|if|print)\b", line)) or not line
    )
