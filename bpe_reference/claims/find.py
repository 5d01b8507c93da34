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
from dataclasses import dataclass, field

from ..names import OTHER, find_names
from .claim import Claim
from .masking import STRING, Masked, Quoted, mask, unmask
from .patterns import (
    ANNOUNCES,
    BINDING,
    BOLD_LINE,
    CELLS,
    ENCODE,
    ID_LINE,
    ITEM,
    LABEL,
    LISTED,
    ROW,
    RULE,
    SETTINGS,
)
from .reading import Document
from .sentence import ids_in, in_sentence, sentences

__all__ = ["Claim", "find_claims"]


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
        for sentence in sentences(masked.text):
            yield from in_sentence(masked, *sentence, state.named)
            names = find_names(masked.text[slice(*sentence)])
            state.named = names[-1][2] if names else state.named


def _in_columns(row: str, masked: Masked, state: _State) -> Iterator[Claim]:
    """A row of a table whose head names a column of tokens and one of ids; one id a row will do there."""
    cells = [cell.strip() for cell in CELLS.findall(row)]
    if state.columns is None:
        heads = [unmask(cell, masked.strings).strip('"').lower() for cell in cells]
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
                    ids_in(said), tokenizer=state.named)  # fmt: skip


def _listed(match: re.Match[str], masked: Masked, place: int, named: str | None) -> Claim:
    """An item of an announced list."""
    subject, said = masked.strings[match["s"]], match["ids"] or match["aside"]
    end = masked.origin[-1] + 1 if masked.origin else place
    text = f'"{subject.text}": {said}'
    return Claim("ids", place, end, text, (subject,), True, ids_in(said), tokenizer=named)


def _label(line: str, place: int, masked: Masked) -> _Label | None:
    alone, bold = LABEL.match(masked.text.strip()), BOLD_LINE.match(line)
    if alone:
        return _Label(masked.strings[alone[1]], place)
    return _Label(Quoted(bold["s"], False), place) if bold else None


def _ids_under(label: _Label, ids: str, end: int, named: str | None) -> Claim:
    text = f'"{label.subject.text}": {ids}'
    return Claim(
        "ids", label.start, end, text, (label.subject,), exact=False, ids=ids_in(ids), tokenizer=named
    )


def _lines_or_whole(text: str) -> Iterator[tuple[int, int]]:
    """The block's lines where one of them is a list of ids alone, else the block as one."""
    lines = [(m.start(), m.end()) for m in re.finditer(r"[^\n]+", text)]
    if len(lines) > 1 and any(ID_LINE.match(text[a:b].strip()) for a, b in lines[1:]):
        yield from lines
    else:
        yield 0, len(text)


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
                    (subject,), True, ids_in(cell), tokenizer=named)  # fmt: skip


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
            "ids", start, end, match[0], (Quoted(match["s"], True),), ids=ids_in(match["ids"]), tokenizer=who
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
