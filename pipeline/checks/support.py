"""Is what a block says supported by what it names? Numbers, names, and content words added or lost."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.checks.evidence import Evidence, is_prose, text_of
from pipeline.models import Block, Code, Figure, Heading, Problem, Tokens
from pipeline.text import identifiers, numbers, words

MAX_ADDED_SHARE = 0.25
"""Content words of a block that its sources do not hold, of all its content words, before it is questioned."""


def check_numbers(block: Block, evidence: Evidence) -> Iterable[Problem]:
    """Every number stated was said or shown, in digits or in words."""
    if isinstance(block, Code | Tokens):
        return
    for number in numbers.unsupported(evidence.context, text_of(block), evidence.language):
        yield _problem(
            "number", f"{number.surface} was neither said nor shown here", (number.surface,), evidence
        )


def check_numbers_kept(block: Block, evidence: Evidence) -> Iterable[Problem]:
    """Numbers of two or more digits that were said are still there."""
    if not is_prose(block):
        return
    for number in numbers.lost(evidence.said, text_of(block), evidence.language, min_digits=2):
        yield _problem(
            "number lost", f"{number.surface} was said and is missing", (number.surface,), evidence
        )


def check_names(block: Block, evidence: Evidence) -> Iterable[Problem]:
    """Names, acronyms, identifiers, quoted strings and addresses are as they were said or shown."""
    if isinstance(block, Code | Tokens | Heading | Figure):
        return
    for named in identifiers.unsupported(evidence.context, text_of(block)):
        yield _problem("name", f"{named.text!r} was neither said nor shown here", (named.text,), evidence)


def check_added(block: Block, evidence: Evidence) -> Iterable[Problem]:
    """The words are the lecturer's: few content words stand in the block that its sources do not hold."""
    if isinstance(block, Code | Tokens):
        return
    text = text_of(block)
    new = words.added(evidence.context, text, evidence.language)
    total = len(set(words.content(text, evidence.language)))
    if new and len(new) / max(total, 1) > MAX_ADDED_SHARE:
        yield _problem("added", f"{len(new)} of {total} words were not said", tuple(new), evidence)


def check_kept(block: Block, evidence: Evidence, min_kept: float) -> Iterable[Problem]:
    """What was said is still there."""
    if not is_prose(block) or not evidence.sentences:
        return
    kept = words.kept_share(evidence.said, text_of(block), evidence.language)
    if kept < min_kept:
        missing = words.lost(evidence.said, text_of(block), evidence.language)
        yield _problem("lost", f"{1 - kept:.0%} of what was said is missing", tuple(missing), evidence)


def _problem(check: str, message: str, found: tuple[str, ...], evidence: Evidence) -> Problem:
    first = evidence.sentences[0] if evidence.sentences else None
    return Problem(
        check=check,
        message=message,
        words=found,
        sentence=first.id if first else None,
        time_s=first.start_s if first else None,
    )
