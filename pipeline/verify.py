"""Stage `verify`: holds every block against what it names, mends what fails, and lists what was dropped.

A block that fails goes back to its writer once, with the findings. If it fails again, the editor's text of the
same sentences takes its place, or, where the user chose so, it stays and is marked; marked as well is what is false
even as it was said. A verdict never depends on a model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from pipeline import languages, sandbox
from pipeline.checks import crossing
from pipeline.checks.code import check_code, check_tokens
from pipeline.checks.code_running import wrong_outputs
from pipeline.checks.evidence import Check, evidence, text_of
from pipeline.checks.left_out import left_out, untold
from pipeline.checks.leftovers import check_language, check_leftovers, check_repeated
from pipeline.checks.places import check_figure, check_link, check_order, check_sources, times_of
from pipeline.checks.subject import SubjectChecks
from pipeline.checks.support import (
    check_added,
    check_addresses,
    check_kept,
    check_names,
    check_names_kept,
    check_names_swapped,
    check_numbers,
    check_numbers_kept,
    check_sentences_added,
    check_sentences_kept,
)
from pipeline.checks.turned import check_turned
from pipeline.config import VerifyOptions
from pipeline.interfaces import Assignment, Work, Writer
from pipeline.models import (
    Block,
    BlockFinding,
    Chapter,
    ChapterFindings,
    ChapterOutline,
    CheckedChapter,
    Code,
    Degradation,
    Draft,
    Outcome,
    Problem,
    Tokens,
)
from pipeline.reference import Reference
from pipeline.text import words

_WHATEVER_LANGUAGE: tuple[Check, ...] = (
    check_names,
    check_code,
    check_tokens,
    check_addresses,
    check_sources,
    check_order,
    check_figure,
    check_leftovers,
    check_repeated,
    check_language,
)
ACROSS_LANGUAGES: tuple[Check, ...] = (
    crossing.check_numbers,
    crossing.check_numbers_kept,
    *_WHATEVER_LANGUAGE,
    crossing.check_terms,
    crossing.check_length,
    crossing.check_written_in,
)
"""What a block in another language is held against."""
CHECKS: tuple[Check, ...] = (
    check_numbers,
    check_numbers_kept,
    *_WHATEVER_LANGUAGE,
    check_names_kept,
    check_names_swapped,
    check_added,
    check_sentences_added,
    check_sentences_kept,
    check_turned,
    check_link,
)
"""All that a block in the lecture's own language is held against."""


def run(
    work: Work, *, make_writer: Callable[[str], Writer], reference: Reference | None = None
) -> CheckedChapter:
    """Check a chapter.

    Args:
        work: gives the chapter, its outline and its draft.
        make_writer: makes a writer by name, for repairs ("openai", "local") and replacements ("editor").
        reference: decides statements about the subject, and holds the verified snippets; None: nothing does.
    """
    chapter, outline, draft = work.read(Chapter), work.read(ChapterOutline), work.read(Draft)
    options = work.config(VerifyOptions)
    blocks: list[Block] = []
    findings: list[BlockFinding] = []
    assignment = Assignment(chapter, outline, work.folder, draft.sample)
    subject = SubjectChecks(reference, draft)
    for place, block in enumerate(draft.blocks):
        work.progress(place, len(draft.blocks), f"{chapter.title}")
        settled, finding = _settle(_with_language(block), assignment, options, make_writer, draft, subject)
        blocks += settled
        findings += finding
    checked = draft.model_copy(update={"blocks": tuple(blocks)})
    if options.run_code:
        findings = _with_runs(work, checked, findings)
    _report_fallbacks(work, chapter, findings)
    of_chapter = _findings(chapter, outline, checked, findings)
    _report_left_out(work, chapter, of_chapter, checked)
    return CheckedChapter(draft=checked, findings=of_chapter)


def problems_of(
    block: Block,
    chapter: Chapter,
    outline: ChapterOutline,
    options: VerifyOptions,
    written_in: str | None = None,
    others: Sequence[Block] = (),
) -> tuple[Problem, ...]:
    """All that the checks have to say of a block; empty if it is supported.

    Args:
        written_in: the draft's language. Where it is not the one spoken, words cannot be compared: numbers and
            names are, which are the same in every language.
        others: the chapter's other blocks, which may tell a part of what this one names.
    """
    sources = evidence(block, chapter, outline, written_in, others)
    checks = ACROSS_LANGUAGES if sources.translated else CHECKS
    found = [problem for check in checks for problem in check(block, sources)]
    if not sources.translated:
        found += check_kept(block, sources, options.min_kept)
    return tuple(dict.fromkeys(found))


def _settle(
    block: Block,
    assignment: Assignment,
    options: VerifyOptions,
    make_writer: Callable[[str], Writer],
    draft: Draft,
    subject: SubjectChecks,
) -> tuple[list[Block], list[BlockFinding]]:
    def look(candidate: Block) -> tuple[Problem, ...]:
        found = problems_of(
            candidate, assignment.chapter, assignment.outline, options, draft.language, draft.blocks
        )
        return found + subject.problems(candidate)

    def found(outcome: Outcome, what: Sequence[Block], why: tuple[Problem, ...]) -> list[BlockFinding]:
        return [BlockFinding(block=one.id, outcome=outcome, problems=why) for one in what]

    problems = look(block)
    if not problems or block.writer == "person":
        outcome = Outcome.UNVERIFIED if problems else Outcome.SUPPORTED
        return [block], found(outcome, [block], problems)
    if options.repair and block.writer in ("openai", "local"):
        repaired = make_writer(block.writer).repair(assignment, [block], problems)
        if repaired and not any(look(candidate) for candidate in repaired):
            return list(repaired), found(Outcome.REPAIRED, repaired, problems)
    if not options.keep_unverified and block.writer != "editor":
        if _tells_nothing_more(block, assignment.chapter, draft):
            return [], found(Outcome.REPLACED, [block], problems)
        replaced = make_writer("editor").repair(assignment, [block], problems)
        return list(replaced), [_of_replaced(text, problems, subject) for text in replaced]
    return [block], found(Outcome.UNVERIFIED, [block], problems)


def _of_replaced(block: Block, why: tuple[Problem, ...], subject: SubjectChecks) -> BlockFinding:
    """The editor's text is what was said: in doubt only where that is false of the subject itself, or misheard."""
    if still := subject.problems(block):
        return BlockFinding(block=block.id, outcome=Outcome.UNVERIFIED, problems=still)
    return BlockFinding(block=block.id, outcome=Outcome.REPLACED, problems=why)


def _with_language(block: Block) -> Block:
    """Code with its language told, where it can be."""
    if not isinstance(block, Code) or block.origin == "reference":
        return block
    return block.model_copy(update={"language": languages.told(block.code, block.language)})


def _tells_nothing_more(block: Block, chapter: Chapter, draft: Draft) -> bool:
    """Code that no screen shows, or a text in tokens: in its place the sentences of other blocks would come again."""
    if not isinstance(block, Code | Tokens):
        return False
    shown = {screen.id for screen in chapter.screens if any(line.is_code for line in screen.lines)}
    told = {name for other in draft.blocks if other.id != block.id for name in other.sentences}
    return not shown & set(block.screens) and told >= set(block.sentences)


def _with_runs(work: Work, checked: Draft, findings: Sequence[BlockFinding]) -> list[BlockFinding]:
    """The findings with what running the code showed."""
    if (why := sandbox.unavailable()) is not None:
        work.degrade(
            Degradation(
                stage="verify",
                what=f"verify.run_code is on, but code cannot be shut in on this machine: {why}",
                consequence="no code was run; it was read only",
                remedy="use Linux 5.13 or newer with Landlock and seccomp, or set verify.run_code to false",
                chapter=checked.chapter,
            )
        )
        return list(findings)
    wrong = dict(wrong_outputs(checked.blocks, sandbox.run))
    return [
        finding.model_copy(
            update={"outcome": Outcome.UNVERIFIED, "problems": (*finding.problems, wrong[finding.block])}
        )
        if finding.block in wrong
        else finding
        for finding in findings
    ]


def _findings(
    chapter: Chapter, outline: ChapterOutline, draft: Draft, findings: list[BlockFinding]
) -> ChapterFindings:
    language = outline.language
    own = [block for block in draft.blocks if not (isinstance(block, Code) and block.origin == "reference")]
    spoken: Counter[str] = Counter()
    # The words of a translation are not those that were spoken: nothing is counted then.
    if (draft.language or language)[:2] == language[:2]:
        spoken.update(key for one in chapter.sentences for key in words.content(one.text, language))
    kept = Counter(key for block in own for key in words.content(text_of(block), language))
    return ChapterFindings(
        chapter=chapter.id,
        blocks=tuple(findings),
        dropped=left_out(chapter, draft.blocks, language),
        spoken_words=spoken.total(),
        kept_words=(spoken & kept).total(),
    )


def _report_left_out(work: Work, chapter: Chapter, findings: ChapterFindings, draft: Draft) -> None:
    """Admit what the page does not tell, and times that cannot be."""
    translated = draft.language is not None and not findings.spoken_words
    lost = (
        findings.dropped
        if translated
        else untold(findings.dropped, draft.blocks, work.read(ChapterOutline).language)
    )
    if lost:
        many = (
            f"{len(lost)} sentences of the lecture are" if len(lost) > 1 else "a sentence of the lecture is"
        )
        work.degrade(
            Degradation(
                stage="verify",
                what=f"{many} told by no block",
                consequence='the chapter lacks what they say; the page "How this was checked" lists them',
                remedy="write the chapter afresh with make chapter, or add them in edits/chapters",
                chapter=chapter.id,
            )
        )
    if wrong := times_of(chapter):
        work.degrade(
            Degradation(
                stage="verify",
                what=f"times that cannot be: {'; '.join(wrong[:3])}",
                consequence="links of the chapter may land beside their words",
                remedy="have the lecture heard afresh: make article SET=transcribe.sources=[whisper]",
                chapter=chapter.id,
            )
        )


def _report_fallbacks(work: Work, chapter: Chapter, findings: list[BlockFinding]) -> None:
    outcomes = Counter(finding.outcome for finding in findings)
    if replaced := outcomes[Outcome.REPLACED]:
        work.degrade(
            Degradation(
                stage="verify",
                what=f"{replaced} of {len(findings)} blocks failed their check",
                consequence="the editor's text of the same sentences stands in their place",
                remedy="write the chapter afresh with make chapter, or choose another model",
                chapter=chapter.id,
            )
        )
    if unverified := outcomes[Outcome.UNVERIFIED]:
        work.degrade(
            Degradation(
                stage="verify",
                what=f"{unverified} of {len(findings)} blocks could not be verified",
                consequence="they stand on the page, marked",
                remedy='read them beside the video; the page "How this was checked" says what is in doubt',
                chapter=chapter.id,
            )
        )
