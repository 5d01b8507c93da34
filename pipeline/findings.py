"""What the checks found, for the whole lecture: `work/findings.json`, and the line at a run's end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import ValidationError

from pipeline.models import (
    Chapter,
    CheckedChapter,
    CheckFigures,
    Degradation,
    FoundBlock,
    FoundChapter,
    FoundProblem,
    LectureFindings,
    Outcome,
    Paragraph,
)

__all__ = ["PATH", "even_slices", "gather", "line", "read"]

PATH = "work/findings.json"


def gather(chapters: Iterable[Chapter], checked: Sequence[CheckedChapter]) -> LectureFindings:
    """All findings of a lecture, each problem with the sentence it rests on."""
    by_id = {chapter.id: chapter for chapter in chapters}
    found = tuple(_chapter(by_id[one.findings.chapter], one) for one in checked)
    return LectureFindings(figures=_sum([one.figures for one in found]), chapters=found)


def _chapter(chapter: Chapter, checked: CheckedChapter) -> FoundChapter:
    # Imported here: a run in which everything is up to date reads findings, and needs no check for that.
    from pipeline.checks.evidence import text_of

    said = {one.id: one.text for one in chapter.sentences}
    blocks = {one.id: one for one in checked.draft.blocks}
    findings = checked.findings
    return FoundChapter(
        chapter=chapter.id,
        title=checked.draft.title,
        writer=checked.draft.writer,
        figures=figures_of(checked),
        blocks=tuple(
            FoundBlock(
                block=one.block,
                outcome=one.outcome,
                text=text_of(blocks[one.block]) if one.block in blocks else "",
                problems=tuple(
                    FoundProblem(**dict(problem), said=said.get(problem.sentence or ""))
                    for problem in one.problems
                ),
            )
            for one in findings.blocks
            if one.problems or one.outcome is not Outcome.SUPPORTED
        ),
        dropped=findings.dropped,
    )


def figures_of(checked: CheckedChapter) -> CheckFigures:
    """A chapter in figures."""
    findings = checked.findings
    outcomes = Counter(one.outcome for one in findings.blocks)
    checks = Counter(problem.check for one in findings.blocks for problem in one.problems)
    return CheckFigures(
        blocks=len(findings.blocks),
        supported=outcomes[Outcome.SUPPORTED],
        repaired=outcomes[Outcome.REPAIRED],
        replaced=outcomes[Outcome.REPLACED],
        unverified=outcomes[Outcome.UNVERIFIED],
        dropped=len(findings.dropped),
        spoken_words=findings.spoken_words,
        kept_words=findings.kept_words,
        problems=dict(sorted(checks.items())),
    )


def _sum(figures: Sequence[CheckFigures]) -> CheckFigures:
    checks: Counter[str] = Counter()
    for one in figures:
        checks.update(one.problems)
    counted = [name for name in CheckFigures.model_fields if name != "problems"]
    return CheckFigures(
        **{name: sum(getattr(one, name) for one in figures) for name in counted},
        problems=dict(sorted(checks.items())),
    )


def read(folder: Path) -> LectureFindings | None:
    """The findings of a lecture that was made, or None."""
    try:
        return LectureFindings.model_validate_json((folder / PATH).read_bytes())
    except (OSError, ValidationError):
        return None


def line(findings: LectureFindings) -> str:
    """A lecture's checks in one line.

    >>> figures = CheckFigures(blocks=41, supported=39, repaired=1, replaced=1, unverified=0, dropped=2,
    ...                        spoken_words=1000, kept_words=991, problems={})
    >>> line(LectureFindings(figures=figures, chapters=()))
    'checked: 39 of 41 blocks supported, 1 repaired, 1 replaced; 99 % of the content words kept; 2 sentences left out'
    """
    figures = findings.figures
    parts = [f"{figures.supported} of {figures.blocks} blocks supported"]
    for name in ("repaired", "replaced", "unverified"):
        if many := getattr(figures, name):
            parts.append(f"{many} {name}")
    told = [", ".join(parts)]
    if figures.spoken_words:
        told.append(f"{100 * figures.kept_words // figures.spoken_words} % of the content words kept")
    if figures.dropped:
        told.append(f"{figures.dropped} sentence{'s' if figures.dropped > 1 else ''} left out")
    return f"checked: {'; '.join(told)}"


def even_slices(chapters: Sequence[Chapter], checked: Sequence[CheckedChapter]) -> Degradation | None:
    """Chapters or paragraphs that begin as evenly as a clock ticks were cut by one, not found."""
    from pipeline.checks.places import sliced_evenly

    derived = [one.start_s for one in chapters if one.boundary != "author"]
    starts_s = {sentence.id: sentence.start_s for chapter in chapters for sentence in chapter.sentences}
    paragraphs = sorted(
        {
            starts_s[block.sentences[0]]
            for one in checked
            for block in one.draft.blocks
            if isinstance(block, Paragraph) and block.sentences and block.sentences[0] in starts_s
        }
    )
    what = [
        name
        for name, moments in (("chapters", derived), ("paragraphs", paragraphs))
        if sliced_evenly(moments)
    ]
    if not what:
        return None
    return Degradation(
        stage="verify",
        what=f"the {' and '.join(what)} begin at even distances",
        consequence="they follow a clock and not what is said; links may land beside their words",
        remedy="have the lecture heard afresh (transcribe.sources: [whisper]), or set chapters in edits/outline.yaml",
    )
