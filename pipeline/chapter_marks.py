"""Chapters that the author wrote down as time stamps, in the many ways people write them.

    0:00 Intro                  1. [00:00] Intro              Intro - 0:00
    • 1:02:03 – Decoding        (1:02:03 - 1:10:00) Decoding  Decoding (1:02:03)
    0:00 Intro | 1:30 Bytes     **1h02m03s** Decoding         [0:00](https://…) Intro
    Intro 0:00 | Bytes 1:30

`find` picks them out of a description and leaves its noise alone ("live on Monday at 10:30", a list of
corrections with times). `tidy` makes what was found a table of contents: sorted, each moment once, from 0:00,
inside the lecture; or says why it cannot be one.
"""

from __future__ import annotations

__all__ = ["MarksRefused", "Tidied", "find", "tidy"]

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.models import Mark
from pipeline.times import clock

FEWEST_FROM_ZERO = 2
FEWEST_ELSEWHERE = 3
"""Stamps it takes to be a list of chapters: two if the first is 0:00, else three."""
AT_ZERO_S = 3.0
"""A first chapter that begins this early is meant to begin at 0."""
OPENING = "Introduction"
"""Title of what lies before the first mark."""
MAX_MARKS = 500
MAX_LINE = 400

_Reader = Callable[[str], Mark | None]

_CLOCK = r"(?:\d{1,2}[:：]\d{2}[:：]\d{2}|\d{1,3}[:：]\d{2})(?:[.,]\d{1,3})?"
_SPELLED = r"\d{1,2}\s?h\s?\d{1,2}\s?m(?:in)?(?:\s?\d{1,2}\s?s)?|\d{1,3}\s?m(?:in)?\s?\d{1,2}\s?s"
_STAMP = rf"(?<![\d:.：/-])(?:{_CLOCK}|{_SPELLED})(?!\d|[:：]\d|\s?(?:[ap]\.?m\b|UTC|GMT|CES?T\b|[PE][SD]?T\b|Uhr\b))"
_TO = r"(?:-|–|—|−|~|→|->|to|bis|until)"
_RANGE = rf"(?P<at>{_STAMP})(?:\s*{_TO}\s*(?:{_CLOCK}|{_SPELLED})(?!\d|[:：]\d))?"
_LINK = re.compile(r"\[([^\]\n]*)\]\([^)\s]*\)")
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,300}>")
# Bullets, brackets, emoji, markup: whatever people put before a stamp or title. Bounded, so that no line can
# make the search slow.
_OPENER = r"(?:[^\w\n]|_){0,20}"
_NUMBERING = r"(?:(?:chapter|part|section|kapitel|ch\.?|§|no\.?)?\s{0,4}\d{1,3}\s{0,4}[.):\-–]\s{1,4})?"
_BETWEEN = r"(?:[\s\-–—−:|.,;~→>•·*_`)\]}»】」=]|\ufe0f){0,20}"
_CLOSER = r"(?:[\s\-–—−•·*►▶➤→>|#~=+_`\[(\{<«【「:@.…,;]|\ufe0f){1,80}"
_LEADING = re.compile(rf"^{_OPENER}{_NUMBERING}{_OPENER}{_RANGE}{_BETWEEN}(?P<title>.*)$", re.IGNORECASE)
_TRAILING = re.compile(rf"^(?P<title>.*?\w\W?){_CLOSER}{_RANGE}[\s)\]}}»】」*_`.]{{0,20}}$", re.IGNORECASE)
_ANY = re.compile(_STAMP, re.IGNORECASE)
_NOT_CHAPTERS = re.compile(
    r"\b(corrections?|errat(?:a|um)|mistakes?|typos?|schedule|agenda for|korrekturen)\b", re.I
)
_ITEM = re.compile(rf"^{_OPENER}{_NUMBERING}", re.IGNORECASE)
_SENTENCE = re.compile(
    r"\b(at|um|from|to|until|since|on|by|starts?|before|after|between|and|see)\s*$", re.IGNORECASE
)
_ADDRESS = re.compile(r"\s*[(<\[]?\b(?:https?://|www\.)\S+[)>\]]?")


class MarksRefused(ValueError):
    """The marks cannot be chapters of this lecture; the message says why."""


@dataclass(frozen=True)
class Tidied:
    """Marks that can be chapters, and what was done to make them so."""

    marks: tuple[Mark, ...]
    repairs: tuple[str, ...] = ()


# ------------------------------------------------------------------------------------------------ finding


def find(text: str) -> tuple[Mark, ...]:
    """The chapter list in `text`, in the order written; empty if there is none.

    >>> [(mark.start_s, mark.title) for mark in find("Live at 10:30!\\n0:00 Intro\\n- 1:02:03 — Decoding")]
    [(0.0, 'Intro'), (3723.0, 'Decoding')]
    """
    blocks = _blocks([_unlinked(line) for line in text.splitlines()])
    before = [_as_list(block, _leading) for block in blocks]
    after = [_as_list(block, _trailing) for block in blocks]
    alone = [_titles_below(block) for block in blocks]
    lists = [_best_run(style) for style in (before, after, alone)]
    best = max(lists, key=len)
    if not best:
        return ()
    fewest = FEWEST_FROM_ZERO if any(mark.start_s <= AT_ZERO_S for mark in best) else FEWEST_ELSEWHERE
    return best[:MAX_MARKS] if len(best) >= fewest else ()


def _unlinked(line: str) -> str:
    """The line without the markup that makes its stamp a link."""
    return _TAG.sub("", _LINK.sub(r"\1", line)).strip()[:MAX_LINE]


def _blocks(lines: Sequence[str]) -> list[list[str]]:
    """Lines split at blank ones; blocks of corrections and the like left out."""
    blocks: list[list[str]] = [[]]
    for line in lines:
        if not line:
            blocks.append([])
        elif _NOT_CHAPTERS.search(line) and not _ANY.search(line):
            blocks.append([line])
        else:
            blocks[-1].append(line)
    kept: list[list[str]] = []
    skip = False
    for block in blocks:
        # "Corrections:", then perhaps an empty line, then the corrections.
        heading = bool(block) and bool(_NOT_CHAPTERS.search(block[0])) and not _ANY.search(block[0])
        if not block or heading or skip:
            skip = (heading and len(block) == 1) or (skip and not block)
            continue
        kept.append(block)
    return kept


def _as_list(block: Iterable[str], read: _Reader) -> list[Mark]:
    return [mark for line in block for item in _split_items(line) if (mark := read(item))]


def _split_items(line: str) -> list[str]:
    """A line that holds several chapters (`0:00 Intro | 1:30 Bytes`) as one item each.

    Only where the stamps rise and each has a title of its own: "9:00 to 17:00" in a title is no chapter.
    """
    stamps = list(_ANY.finditer(line))
    times = [_seconds(stamp[0]) for stamp in stamps]
    if len(stamps) < 3 or any(after <= before for before, after in pairwise(times)):
        return [line]
    if _LEADING.match(line):
        edges = [0, *(stamp.start() for stamp in stamps[1:]), len(line)]
        items = [re.sub(r"[\s|,;/•·\-–—(\[]+$", "", line[start:end]) for start, end in pairwise(edges)]
        whole = all((mark := _leading(item)) and not _SENTENCE.search(mark.title) for item in items)
    else:
        edges = [0, *(stamp.end() for stamp in stamps)]
        items = [line[start:end].lstrip(" |,;/•·)]") for start, end in pairwise(edges)]
        whole = not re.search(r"\w", line[edges[-1] :]) and all(_trailing(item) for item in items)
    return items if whole else [line]


def _leading(line: str) -> Mark | None:
    match = _LEADING.match(line)
    if not match:
        return None
    title = _title(match["title"])
    return Mark(start_s=_seconds(match["at"]), title=title) if title else None


def _trailing(line: str) -> Mark | None:
    match = _TRAILING.match(line)
    if not match or _SENTENCE.search(match["title"]):
        return None
    title = _title(_ITEM.sub("", match["title"], count=1))
    return Mark(start_s=_seconds(match["at"]), title=title) if title else None


def _titles_below(block: Sequence[str]) -> list[Mark]:
    """Stamps on lines of their own, each followed by a line with its title."""
    marks = []
    for line, below in pairwise(block):
        match = _LEADING.match(line)
        if match and not _title(match["title"]) and not _ANY.search(below) and (title := _title(below)):
            marks.append(Mark(start_s=_seconds(match["at"]), title=title))
    return marks


def _best_run(blocks: Iterable[Sequence[Mark]]) -> tuple[Mark, ...]:
    """The longest chapter list: blocks joined as long as each goes on after the one before ("Part 2")."""
    runs: list[list[Mark]] = []
    spaced = False
    for block in blocks:
        if not block:
            continue
        goes_on = runs and block[0].start_s > max(mark.start_s for mark in runs[-1])
        # Two lists of which the second goes on from the first are one, and so are chapters with an empty line
        # after each; a lone stamp below a list is not part of it.
        if goes_on and (len(block) > 1 or spaced):
            runs[-1].extend(block)
            spaced = spaced and len(block) == 1
        else:
            runs.append(list(block))
            spaced = len(block) == 1
    longest = max(runs, key=len, default=[])
    return tuple(longest)


def _title(text: str) -> str:
    title = re.sub(r"\s+", " ", text).strip()
    title = _ADDRESS.sub("", title).strip() or title
    title = title if title.startswith(("(", "[", '"', "“", "'")) else re.sub(r"^\W+(?=\w)", "", title)
    title = re.sub(r"(\*\*|__|`)", "", title)
    return re.sub(r"[\s|,;:\-–—•·]+$", "", title) if re.search(r"\w", title) else title.strip("-–—|•· ")


def _seconds(stamp: str) -> float:
    """Seconds of `1:02:03`, `75:30`, `0:00.5` or `1h02m03s`."""
    if spelled := re.fullmatch(
        r"(?:(\d+)\s?h)?\s?(?:(\d+)\s?m(?:in)?)?\s?(?:(\d+)\s?s)?", stamp.strip(), re.IGNORECASE
    ):
        hours, minutes, seconds = (float(part or 0) for part in spelled.groups())
        return hours * 3600 + minutes * 60 + seconds
    total = 0.0
    for part in stamp.replace("：", ":").replace(",", ".").split(":"):
        total = total * 60 + float(part)
    return total


# ------------------------------------------------------------------------------------------------ tidying


def tidy(marks: Sequence[Mark], duration_s: float) -> Tidied:
    """`marks` as the lecture's table of contents: sorted, each moment once, the first at 0, all inside.

    Raises:
        MarksRefused: if half of them or more lie beyond the end (they belong to another video), or none
            is left.
    """
    repairs: list[str] = []
    inside = [mark for mark in marks if mark.start_s < duration_s]
    if beyond := len(marks) - len(inside):
        if 2 * beyond >= len(marks):
            raise MarksRefused(
                f"{beyond} of {len(marks)} chapter marks lie beyond the lecture's end at {clock(duration_s)}: "
                "they belong to another cut of it"
            )
        repairs.append(f"{beyond} beyond the end left out")
    if not inside:
        raise MarksRefused("there are no chapter marks")
    ordered = sorted(inside, key=lambda mark: mark.start_s)
    if ordered != inside:
        repairs.append("put in order")
    unique = [mark for i, mark in enumerate(ordered) if i == 0 or mark.start_s > ordered[i - 1].start_s]
    if len(unique) < len(ordered):
        repairs.append(f"{len(ordered) - len(unique)} at a moment that has one already left out")
    first = unique[0]
    if 0 < first.start_s <= AT_ZERO_S:
        unique[0] = Mark(start_s=0.0, title=first.title)
    elif first.start_s > 0:
        unique.insert(0, Mark(start_s=0.0, title=OPENING))
        repairs.append(f'"{OPENING}" put before the first, which begins at {clock(first.start_s)}')
    return Tidied(tuple(unique), tuple(repairs))
