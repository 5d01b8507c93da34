"""How the book was checked, as its page tells it: what was compared, and what each chapter's blocks came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from pipeline.models import BlockFinding, CheckedChapter, Outcome, Problem
from pipeline.site.text import one_line
from pipeline.site.views import (
    BlockView,
    ChapterCheck,
    ChapterView,
    DroppedView,
    FindingView,
    Moment,
    ProblemView,
)

OUTCOMES = {
    Outcome.SUPPORTED: "supported by what was said or shown",
    Outcome.REPAIRED: "rewritten once, then supported",
    Outcome.REPLACED: "replaced by the editor’s text",
    Outcome.UNVERIFIED: "not confirmed",
}
COMPARED: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("Numbers", "Each number was said or shown, in digits or in words; none of two or more digits is missing.",
     ("number", "number lost", "unit")),
    ("Names", "Names, acronyms, identifiers, quotations and addresses are as they were said or shown, and still there.",
     ("name", "name lost")),
    ("Sentences", "Each sentence says what was said, and each sentence that a block cites is still told.",
     ("added", "lost", "repeated")),
    ("Small words", "Denials, opposites, amounts (“all”, “most”) and ordinals are not turned round.",
     ("negation", "opposite", "amount", "ordinal")),
    ("Code and tokens", "Code is well formed and as the screen shows it; statements about tokens are true.",
     ("code", "token", "claim")),
    ("Places", "Links land by their words, paragraphs follow the lecture, figures stand where they are shown.",
     ("time", "place", "source")),
    ("Leftovers", "Nothing of a model, its prompt or another language stands on the page.",
     ("leftover", "language")),
)  # fmt: skip
"""What is compared: title, in a sentence, and the checks that do it."""


def check(chapter: ChapterView, moment: Callable[[float], Moment]) -> ChapterCheck:
    """How a chapter was checked; `moment` makes the link to a time."""
    findings = chapter.checked.findings
    views = {view.id: view for view in chapter.blocks}
    listed = [one for one in findings.blocks if one.outcome != Outcome.SUPPORTED or one.problems]
    return ChapterCheck(
        chapter=chapter,
        counts={one.value: sum(f.outcome == one for f in findings.blocks) for one in Outcome},
        kept=per_cent([chapter.checked]),
        findings=tuple(_finding(one, chapter, views.get(one.block), moment) for one in listed),
        dropped=tuple(DroppedView(one_line(d.text), moment(d.start_s)) for d in findings.dropped),
        problems=Counter(problem.check for one in findings.blocks for problem in one.problems),
    )


def _finding(
    finding: BlockFinding, chapter: ChapterView, view: BlockView | None, moment: Callable[[float], Moment]
) -> FindingView:
    return FindingView(
        outcome=finding.outcome.value,
        label=OUTCOMES[finding.outcome],
        href=f"{chapter.file}#{view.anchor}" if view else chapter.file,
        excerpt=_excerpt(view.text) if view else finding.block,
        moment=view.moment if view else None,
        problems=tuple(_problem(problem, chapter, moment) for problem in finding.problems),
    )


def _problem(problem: Problem, chapter: ChapterView, moment: Callable[[float], Moment]) -> ProblemView:
    message = one_line(problem.message)
    said = chapter.spoken.get(problem.sentence or "")
    return ProblemView(
        check=one_line(problem.check),
        message=message,
        words=tuple(shown for word in problem.words if (shown := one_line(word)) not in message),
        said=one_line(said[2]) if said else "",
        moment=None if problem.time_s is None else moment(problem.time_s),
    )


def per_cent(checked: Sequence[CheckedChapter]) -> int | None:
    """Of the content words that were spoken, those that the chapters hold; None where nothing was spoken."""
    spoken = sum(one.findings.spoken_words for one in checked)
    kept = sum(one.findings.kept_words for one in checked)
    return None if spoken == 0 else round(100 * min(1.0, kept / spoken))


def _excerpt(text: str, length: int = 110) -> str:
    text = " ".join(text.split())
    if len(text) <= length:
        return text
    return text[:length].rsplit(" ", 1)[0] + " …"
