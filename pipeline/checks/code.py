"""Is code well formed, and is it what the screen shows? Code is read here, never run."""

from __future__ import annotations

import builtins
import difflib
import keyword
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise

from pipeline import languages
from pipeline.checks.evidence import Evidence
from pipeline.models import Block, Code, OcrLine, Problem, Tokens
from pipeline.text import identifiers

__all__ = ["check_code", "check_tokens"]

_READ_SURELY = 0.85
"""Confidence of the text reader from which on a line that differs is an error of the code's, not of the reading."""
_LIKE = 0.75
"""Similarity from which on a line is a changed copy of another."""
_COPIED_SHARE = 0.5
"""Lines of a block that stand on its screens, from which on the block is a copy."""
_MIN_NAMES, _NAMES_SHARE = 3, 0.5
"""Names in code that is no copy, and the share of them that has to be said or shown."""
_KNOWN = frozenset([*keyword.kwlist, *dir(builtins), "self", "cls", "args", "kwargs"])


def check_code(block: Block, evidence: Evidence) -> Iterable[Problem]:
    """Code parses; a copy is the screen's to the letter; other code speaks of what was said or shown."""
    if not isinstance(block, Code) or block.origin == "reference":
        return
    if (wrong := languages.fault(block.code, block.language)) is not None:
        yield _problem(f"this is no {languages.told(block.code, block.language)}: {wrong}", (), evidence)
    if block.writer != "person":
        yield from _against_screens(block, evidence)


def check_tokens(block: Block, evidence: Evidence) -> Iterable[Problem]:
    """A text that is shown in tokens was said or shown."""
    if not isinstance(block, Tokens):
        return
    there, whole = identifiers.squashed(evidence.context), identifiers.bare(evidence.context)
    parts = [identifiers.bare(word) for word in re.findall(r"\w+", block.text)]
    missing = [part for part in parts if part not in there and not (len(part) > 2 and part in whole)]
    if missing:
        yield _problem(f"{block.text!r} was neither said nor shown here", tuple(missing), evidence, "token")


def _against_screens(block: Code, evidence: Evidence) -> Iterator[Problem]:
    named = [line for screen in evidence.screens if screen.id in block.screens for line in screen.lines]
    lines = [(number, line) for number, line in enumerate(block.code.splitlines(), 1) if _letters(line)]
    shown = [_letters(line.text) for line in named]
    there = {*shown, *(first + second for first, second in pairwise(shown))}
    strange = [(number, line) for number, line in lines if not _stands(_letters(line), there)]
    if block.origin == "screen" or len(lines) - len(strange) >= _COPIED_SHARE * len(lines) > 0:
        yield from _changed(strange, named, shown, evidence, block)
    elif strange:
        yield from _unheard_of(block, evidence)


def _changed(
    strange: Sequence[tuple[int, str]],
    named: Sequence[OcrLine],
    shown: Sequence[str],
    evidence: Evidence,
    block: Code,
) -> Iterator[Problem]:
    sound = languages.fault(block.code, block.language) is None
    for number, line in strange:
        near = difflib.get_close_matches(_letters(line), shown, 1, _LIKE)
        if not near:
            yield _problem(
                f"line {number}, {line.strip()!r}, is not on the screen", (line.strip(),), evidence
            )
            continue
        there = named[shown.index(near[0])]
        # A stop for a comma is what readers of text get wrong; code that parses has it right.
        only_marks = sound and any(_alike(one) == _alike(line) for one in _cut(_letters(there.text)))
        if there.confidence >= _READ_SURELY and not only_marks:
            message = f"line {number} is {line.strip()!r}; the screen has {there.text.strip()!r}"
            yield _problem(message, (line.strip(),), evidence)


def _unheard_of(block: Code, evidence: Evidence) -> Iterator[Problem]:
    names = {name for name in re.findall(r"[A-Za-z_]\w{2,}", block.code) if name not in _KNOWN}
    there = identifiers.squashed(evidence.context)
    missing = sorted(name for name in names if identifiers.bare(name) not in there)
    if len(names) >= _MIN_NAMES and len(missing) > (1 - _NAMES_SHARE) * len(names):
        yield _problem("this code was neither shown nor spoken of", tuple(missing), evidence)


_BEFORE_CODE = re.compile(r"(?:In|Out)?\[?[\d*]*\]?:?(?:>>>|\.\.\.|[$%#>])?|\W{0,3}")
_MISREAD = str.maketrans({",": ".", ";": ":", "'": '"', "`": '"', "‘": '"', "’": '"', "“": '"', "”": '"', "{": "(",
                          "[": "(", "}": ")", "]": ")", "_": None})  # fmt: skip


_CARETS = "|_Il▌█"
_LONGEST_PROMPT = 8


def _stands(line: str, shown: Collection[str]) -> bool:
    """Whether a line is on the screen: behind a prompt or a line's number, or with a caret behind it."""
    return line in shown or any(line in there and line in _cut(there) for there in shown)


def _cut(shown: str) -> Iterator[str]:
    """What a line on screen may be of code: with and without what looks like a prompt, a number or a caret.

    >>> "x=1" in _cut("In[3]:x=1|")
    True
    """
    ends = [len(shown), len(shown) - 1] if shown[-1:] in _CARETS else [len(shown)]
    for at in range(min(_LONGEST_PROMPT, len(shown)) + 1):
        if not at or _BEFORE_CODE.fullmatch(shown[:at]):
            yield from (shown[at:end] for end in ends)


def _alike(line: str) -> str:
    """The line with marks as one that are read for one another."""
    return _letters(line).translate(_MISREAD)


def _letters(line: str) -> str:
    """All but white space, which readers of text lose."""
    return re.sub(r"\s+", "", line)


def _problem(message: str, found: tuple[str, ...], evidence: Evidence, check: str = "code") -> Problem:
    first = evidence.sentences[0] if evidence.sentences else None
    return Problem(
        check=check,
        message=message,
        words=found,
        sentence=first.id if first else None,
        time_s=first.start_s if first else None,
    )
