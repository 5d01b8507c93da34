"""What the pages say, gathered from the artifacts before any page is set.

Everything from outside becomes safe here: text loses its control characters, Markdown becomes sanitized HTML
(`Markup`, the only thing templates print without escaping), addresses pass `safe_url`, and file names and
anchors are made of ids, never of titles.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from markupsafe import Markup

from pipeline.models import (
    Block,
    BlockFinding,
    BulletList,
    Chapter,
    Chapters,
    CheckedChapter,
    Code,
    Degradation,
    Draft,
    Exercise,
    Figure,
    Heading,
    Outcome,
    Outline,
    OutlineChapter,
    Paragraph,
    Problem,
    Quote,
    Reference,
    Screen,
    Screens,
    Sentence,
    SourceVideo,
    Term,
    Tokens,
    Transcript,
)
from pipeline.site import markdown
from pipeline.site.citations import at_end, cited, names_of
from pipeline.site.code import highlight, language_name
from pipeline.site.figures import Figure as Picture
from pipeline.site.links import Moments, safe_url
from pipeline.site.memo import Memo
from pipeline.site.text import count_words, curled, language_tag, one_line, printable, slug
from pipeline.site.times import clock, reading_minutes, rough_length

Chips = Callable[[str, str], Sequence[tuple[str, int]] | None]
"""`chips(tokenizer, text)`: the text's pieces with their token ids; None for an unknown tokenizer."""

TOKEN_COLOURS = 5
WRITERS = {
    "openai": "a language model",
    "local": "a small language model on this machine",
    "editor": "the editor (no model: the transcript, tidied)",
    "person": "a person",
}


@dataclass(frozen=True)
class Moment:
    """A time and the link to it."""

    seconds: float
    clock: str
    href: str | None


@dataclass(frozen=True)
class Mark:
    """What a reader should know of a block, in two words and in a sentence."""

    kind: str
    label: str
    explanation: str


@dataclass(frozen=True)
class Chip:
    text: str
    id: int
    colour: int


@dataclass(frozen=True)
class BlockView:
    """A block as templates print it. Fields that its kind has no use for are empty."""

    kind: str
    anchor: str
    id: str
    moment: Moment | None
    """When it begins in the lecture."""
    start_s: float | None
    end_s: float | None
    sentences: tuple[str, ...]
    mark: Mark | None
    writer: str
    source: Block
    html: Markup = field(default=Markup(""))
    items: tuple[Markup, ...] = ()
    ordered: bool = False
    level: int = 2
    text: str = ""
    """Plain text, for search and description."""
    title: str = ""
    language: str = ""
    output: str | None = None
    picture: Picture | None = None
    alt: str = ""
    chips: tuple[Chip, ...] = ()
    tokenizer: str = ""
    lang: str = ""
    """Language of the block, where it is not the page's."""
    shown_moment: Moment | None = None
    """The moment, unless a neighbour says the same time already."""


@dataclass(frozen=True)
class ChapterView:
    """A chapter as templates print it."""

    id: str
    number: int
    file: str
    title: str
    summary: str
    boundary: str
    start_s: float
    end_s: float
    moment: Moment
    length: str
    blocks: tuple[BlockView, ...]
    words: int
    minutes: int
    writer: str
    spoken: Mapping[str, tuple[float, float, str]]
    """Sentence id → start_s, end_s, text as spoken."""
    frames: tuple[tuple[float, float, str], ...]
    """start_s, end_s and small picture of what is on screen."""
    checked: CheckedChapter
    generated: Picture | None = None
    """A picture that a model made for the chapter."""
    generated_by: str = ""

    @property
    def sections(self) -> tuple[BlockView, ...]:
        """The headings of the first level inside the chapter."""
        return tuple(block for block in self.blocks if block.kind == "heading" and block.level == 2)

    @property
    def picture(self) -> BlockView | None:
        return next((block for block in self.blocks if block.kind == "figure" and block.picture), None)

    @property
    def thumb(self) -> str | None:
        """A small picture that stands for the chapter: one generated for it, its first figure's, or else what was on
        screen longest."""
        if self.generated:
            return self.generated.thumb or None
        if self.picture and self.picture.picture:
            return self.picture.picture.thumb or None
        shown = [
            (min(end_s, self.end_s) - max(start_s, self.start_s), thumb)
            for start_s, end_s, thumb in self.frames
        ]
        return max(shown)[1] if shown else None


@dataclass(frozen=True)
class ChapterLink:
    title: str
    href: str


@dataclass(frozen=True)
class TermView:
    term: str
    anchor: str
    definition: Markup
    moment: Moment | None
    href: str
    chapter: str
    """Title of the chapter that defines it."""
    also: tuple[ChapterLink, ...] = ()
    """Other chapters that speak of it."""


@dataclass(frozen=True)
class NotationView:
    symbol: Markup
    meaning: Markup
    chapters: tuple[ChapterLink, ...]


@dataclass(frozen=True)
class ReferenceView:
    number: int
    """Counts through all kinds, in the order of the page."""
    title: str
    url: str | None
    moments: tuple[Moment, ...]


@dataclass(frozen=True)
class ExerciseView:
    """An exercise that the lecturer sets, and where."""

    html: Markup
    href: str
    chapter: str
    moment: Moment | None


@dataclass(frozen=True)
class ProblemView:
    check: str
    message: str
    words: tuple[str, ...]
    """Those that the message does not hold already."""
    said: str
    """The sentence that it rests on, as it was spoken, or ""."""
    moment: Moment | None


@dataclass(frozen=True)
class FindingView:
    outcome: str
    label: str
    href: str
    excerpt: str
    moment: Moment | None
    problems: tuple[ProblemView, ...]


@dataclass(frozen=True)
class DroppedView:
    text: str
    moment: Moment


@dataclass(frozen=True)
class ChapterCheck:
    chapter: ChapterView
    counts: Mapping[str, int]
    kept: int | None
    """Per cent of the spoken content words that the chapter holds; None where nothing was spoken."""
    findings: tuple[FindingView, ...]
    dropped: tuple[DroppedView, ...]
    problems: Mapping[str, int]
    """How often each check had something to say."""


@dataclass(frozen=True)
class Book:
    """The whole lecture as templates print it."""

    id: str
    title: str
    author: str | None
    licence: str | None
    licence_url: str | None
    published: date | None
    language: str
    description: str
    length: str
    duration_s: float
    page: str | None
    moments: Moments
    has_video: bool
    width: int | None
    height: int | None
    chapters: tuple[ChapterView, ...]
    terms: tuple[TermView, ...]
    notation: tuple[NotationView, ...]
    references: Mapping[str, tuple[ReferenceView, ...]]
    exercises: tuple[ExerciseView, ...]
    checks: tuple[ChapterCheck, ...]
    counts: Mapping[str, int]
    kept: int | None
    writers: tuple[str, ...]
    outline_by: str
    transcript_by: str
    chapters_note: str | None
    gaps: tuple[Moment, ...]
    words: int
    minutes: int
    poster: Picture | None
    poster_alt: str = ""
    captions: tuple[Sentence, ...] = field(default=(), repr=False)
    degradations: tuple[Degradation, ...] = ()
    """What fell short, in any stage; known last, since render adds its own."""


@dataclass(frozen=True)
class Sources:
    """The artifacts that a book is made of."""

    video: SourceVideo
    screens: Screens
    transcript: Transcript
    chapters: Chapters
    outline: Outline
    checked: tuple[CheckedChapter, ...]


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
REFERENCE_KINDS = {
    "paper": "Papers",
    "book": "Books",
    "tool": "Software",
    "person": "People",
    "link": "Links",
}


def gather(
    sources: Sources, moments: Moments, pictures: Mapping[str, Picture], chips: Chips | None, memo: Memo
) -> Book:
    """The book of these artifacts.

    Args:
        sources: the artifacts.
        moments: how to link to a moment.
        pictures: encoded frames by screen id.
        chips: cuts text into tokens, or None where no reference module is set.
        memo: remembers converted text.
    """
    return _Gatherer(sources, moments, pictures, chips, memo).book()


class _Gatherer:
    def __init__(
        self,
        sources: Sources,
        moments: Moments,
        pictures: Mapping[str, Picture],
        chips: Chips | None,
        memo: Memo,
    ) -> None:
        self.sources = sources
        self.moments = moments
        self.pictures = pictures
        self.chips = chips
        self.memo = memo
        self.sentences = {one.id: one for one in sources.transcript.sentences}
        self.sentences |= {one.id: one for chapter in sources.chapters.chapters for one in chapter.sentences}
        self.screens = {one.id: one for one in sources.screens.screens}
        self.places: dict[str, str] = {}
        self.mentions: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
        """Sentence -> numbers and names of the references that it mentions."""
        self.references = self._references()
        self.spoken = language_tag(sources.outline.language)
        written = next((one.draft.language for one in sources.checked if one.draft.language), None)
        self.language = language_tag(written) if written else self.spoken
        self.curl = self.language.lower().startswith("en")

    def book(self) -> Book:
        sources, video = self.sources, self.sources.video
        chapters = self._chapters()
        checks = tuple(self._check(chapter) for chapter in chapters)
        poster = next((chapter.picture for chapter in chapters if chapter.picture), None)
        words = sum(chapter.words for chapter in chapters)
        licence = one_line(video.licence) if video.licence else None
        return Book(
            id=video.id,
            title=self._title(sources.outline.title or video.title) or "Untitled lecture",
            author=one_line(video.author or sources.outline.author or "") or None,
            licence=licence_name(licence),
            licence_url=licence_url(licence),
            published=video.published,
            language=self.language,
            description=self._title(video.description)[:300],
            length=rough_length(video.duration_s),
            duration_s=video.duration_s,
            page=self.moments.page,
            moments=self.moments,
            has_video=video.has_video,
            width=video.width,
            height=video.height,
            chapters=chapters,
            terms=self._terms(chapters),
            notation=self._notation(chapters),
            references=self.references,
            exercises=tuple(_exercises(chapters)),
            checks=checks,
            counts={one.value: sum(check.counts[one.value] for check in checks) for one in Outcome},
            kept=_per_cent([chapter.checked for chapter in chapters]),
            writers=tuple(dict.fromkeys(chapter.writer for chapter in chapters)),
            outline_by=_made_by(sources.outline.made_by),
            transcript_by=_transcript_by(sources.transcript),
            chapters_note=one_line(sources.chapters.note) if sources.chapters.note else None,
            gaps=tuple(self.moment(gap.start_s) for gap in sources.transcript.gaps),
            words=words,
            minutes=reading_minutes(words),
            poster=poster.picture if poster else None,
            poster_alt=poster.alt if poster else "",
            captions=sources.transcript.sentences,
        )

    def _title(self, text: str) -> str:
        return curled(one_line(text), self.language)

    def moment(self, seconds: float) -> Moment:
        return Moment(seconds, clock(seconds), self.moments.href(seconds))

    # ------------------------------------------------------------------------------------------ chapters

    def _chapters(self) -> tuple[ChapterView, ...]:
        outlines = {one.id: one for one in self.sources.outline.chapters}
        checked = {one.draft.chapter: one for one in self.sources.checked}
        views = []
        for number, chapter in enumerate(self.sources.chapters.chapters, start=1):
            if chapter.id in checked:
                views.append(self._chapter(number, chapter, checked[chapter.id], outlines.get(chapter.id)))
        return tuple(views)

    def _chapter(
        self, number: int, chapter: Chapter, checked: CheckedChapter, outline: OutlineChapter | None
    ) -> ChapterView:
        anchors = _Anchors(chapter.id)
        findings = {one.block: one for one in checked.findings.blocks}
        blocks = _with_shown_moments(
            [self._block(block, findings.get(block.id), anchors) for block in checked.draft.blocks]
        )
        file = f"{chapter.id}.html"
        for view in blocks:
            for name in view.sentences:
                self.places.setdefault(name, f"{file}#{view.anchor}")
        for sentence in chapter.sentences:
            self.places.setdefault(sentence.id, file)
        words = sum(count_words(view.text) for view in blocks)
        return ChapterView(
            id=chapter.id,
            number=number,
            file=file,
            title=self._title(checked.draft.title or chapter.title) or f"Chapter {number}",
            summary=self._title(outline.summary) if outline else "",
            boundary=chapter.boundary,
            start_s=chapter.start_s,
            end_s=chapter.end_s,
            moment=self.moment(chapter.start_s),
            length=rough_length(chapter.duration_s),
            blocks=blocks,
            words=words,
            minutes=reading_minutes(words),
            writer=_writer(checked.draft),
            spoken={one.id: (one.start_s, one.end_s, one_line(one.text)) for one in chapter.sentences},
            frames=self._frames(chapter),
            checked=checked,
            generated=self.pictures.get(f"{chapter.id}-picture") if checked.draft.picture else None,
            generated_by=one_line(checked.draft.picture.model) if checked.draft.picture else "",
        )

    def _frames(self, chapter: Chapter) -> tuple[tuple[float, float, str], ...]:
        pictures = self.pictures
        shown = [one for one in self.sources.screens.screens if one.id in pictures and pictures[one.id].thumb]
        return tuple(
            (screen.start_s, screen.end_s, self.pictures[screen.id].thumb)
            for screen in shown
            if screen.end_s > chapter.start_s and screen.start_s < chapter.end_s
        )

    # -------------------------------------------------------------------------------------------- blocks

    def _block(self, block: Block, finding: BlockFinding | None, anchors: _Anchors) -> BlockView:
        said = [self.sentences[name] for name in block.sentences if name in self.sentences]
        shown = [self.screens[name] for name in block.screens if name in self.screens]
        start_s, end_s = _span(said, shown)
        # The editor edits what was said, in the language it was said in.
        in_spoken = block.writer == "editor" and self.spoken != self.language
        view = BlockView(
            kind=block.kind,
            anchor=anchors.of(block),
            id=block.id,
            moment=None if start_s is None else self.moment(start_s),
            start_s=start_s,
            end_s=end_s,
            sentences=tuple(one.id for one in said),
            mark=_mark(block, finding, in_spoken),
            lang=self.spoken if in_spoken else "",
            writer=block.writer,
            source=block,
        )
        return self._cited(self._filled(view, block))

    def _filled(self, view: BlockView, block: Block) -> BlockView:
        match block:
            case Heading():
                html = markdown.inline(one_line(block.text), curl=self.curl, memo=self.memo)
                return replace(view, html=html, text=markdown.plain(html), level=block.level)
            case Paragraph():
                html = markdown.inline(block.text, curl=self.curl, memo=self.memo)
                return replace(view, html=html, text=markdown.plain(html))
            case Quote() | Exercise():
                html = markdown.block(block.text, memo=self.memo)
                return replace(view, html=html, text=markdown.plain(html))
            case BulletList():
                items = tuple(markdown.inline(item, curl=self.curl, memo=self.memo) for item in block.items)
                text = " ".join(markdown.plain(item) for item in items)
                return replace(view, items=items, text=text, ordered=block.ordered)
            case Code():
                return replace(
                    view,
                    html=highlight(block.code, block.language, memo=self.memo),
                    language=language_name(block.language),
                    title=one_line(block.title),
                    output=printable(block.output) if block.output else None,
                    text=printable(block.code),
                )
            case Figure():
                caption = markdown.inline(one_line(block.caption), curl=self.curl, memo=self.memo)
                return replace(
                    view,
                    html=caption,
                    text=markdown.plain(caption),
                    alt=one_line(block.alt),
                    picture=self.pictures.get(block.screens[0]),
                )
            case Tokens():
                return replace(
                    view,
                    text=printable(block.text),
                    tokenizer=one_line(block.tokenizer),
                    chips=(chips := self._chip_views(block)),
                    title=token_counts(printable(block.text), len(chips)) if chips else "",
                )

    def _chip_views(self, block: Tokens) -> tuple[Chip, ...]:
        pieces = self.chips(block.tokenizer, block.text) if self.chips else None
        return tuple(
            Chip(_visible(text), number, place % TOKEN_COLOURS)
            for place, (text, number) in enumerate(pieces or ())
        )

    # ----------------------------------------------------------------------------------- glossary, checks

    def _terms(self, chapters: Iterable[ChapterView]) -> tuple[TermView, ...]:
        titles = {chapter.id: chapter.title for chapter in chapters}
        anchors = _Anchors("term")
        terms = sorted(self.sources.outline.terms, key=lambda term: (term.term.casefold(), term.term))
        return tuple(self._term(term, titles, anchors) for term in terms if term.chapter in titles)

    def _term(self, term: Term, titles: Mapping[str, str], anchors: _Anchors) -> TermView:
        said = self.sentences.get(term.sentence)
        return TermView(
            term=one_line(f"{term.translation} ({term.term})" if _is_translated(term) else term.term),
            anchor=anchors.unique(f"term-{slug(term.term) or term.sentence}"),
            definition=markdown.inline(one_line(term.definition), curl=self.curl, memo=self.memo),
            moment=self.moment(said.start_s) if said else None,
            href=self.places.get(term.sentence, f"{term.chapter}.html"),
            chapter=titles[term.chapter],
            also=tuple(
                ChapterLink(titles[name], f"{name}.html")
                for name in term.chapters
                if name in titles and name != term.chapter
            ),
        )

    def _notation(self, chapters: Iterable[ChapterView]) -> tuple[NotationView, ...]:
        links = {chapter.id: ChapterLink(chapter.title, chapter.file) for chapter in chapters}
        return tuple(
            NotationView(
                symbol=markdown.inline(one_line(one.symbol), curl=False, memo=self.memo),
                meaning=markdown.inline(one_line(one.meaning), curl=self.curl, memo=self.memo),
                chapters=tuple(links[name] for name in one.chapters if name in links),
            )
            for one in self.sources.outline.notation
        )

    def _references(self) -> Mapping[str, tuple[ReferenceView, ...]]:
        by_kind: dict[str, list[ReferenceView]] = {}
        number = 0
        for kind, label in REFERENCE_KINDS.items():
            for one in (one for one in self.sources.outline.references if one.kind == kind):
                number += 1
                by_kind.setdefault(label, []).append(self._reference(number, one))
                for sentence in one.sentences:
                    names = names_of(one.kind, one_line(one.title), one.url)
                    self.mentions.setdefault(sentence, []).append((number, names))
        return {label: tuple(views) for label, views in by_kind.items()}

    def _reference(self, number: int, reference: Reference) -> ReferenceView:
        said = [self.sentences[name] for name in reference.sentences if name in self.sentences]
        return ReferenceView(
            number=number,
            title=one_line(reference.title),
            url=safe_url(reference.url),
            moments=tuple(self.moment(one.start_s) for one in said[:6]),
        )

    def _cited(self, view: BlockView) -> BlockView:
        """The block with marks that lead to the references it mentions."""
        mentions = dict(one for name in view.sentences for one in self.mentions.get(name, ()))
        if not mentions or view.kind not in ("paragraph", "list", "quote", "exercise"):
            return view
        if view.kind != "list":
            html, missing = cited(view.html, mentions.items())
            return replace(view, html=at_end(html, missing) if view.kind == "paragraph" else html)
        items: list[Markup] = []
        for item in view.items:
            html, missing = cited(item, mentions.items())
            mentions = {number: mentions[number] for number in missing}
            items.append(html)
        return replace(view, items=tuple(items))

    def _check(self, chapter: ChapterView) -> ChapterCheck:
        findings = chapter.checked.findings
        views = {view.id: view for view in chapter.blocks}
        listed = [one for one in findings.blocks if one.outcome != Outcome.SUPPORTED or one.problems]
        return ChapterCheck(
            chapter=chapter,
            counts={one.value: sum(f.outcome == one for f in findings.blocks) for one in Outcome},
            kept=_per_cent([chapter.checked]),
            findings=tuple(self._finding(one, chapter, views.get(one.block)) for one in listed),
            dropped=tuple(DroppedView(one_line(d.text), self.moment(d.start_s)) for d in findings.dropped),
            problems=Counter(problem.check for one in findings.blocks for problem in one.problems),
        )

    def _finding(self, finding: BlockFinding, chapter: ChapterView, view: BlockView | None) -> FindingView:
        return FindingView(
            outcome=finding.outcome.value,
            label=OUTCOMES[finding.outcome],
            href=f"{chapter.file}#{view.anchor}" if view else chapter.file,
            excerpt=_excerpt(view.text) if view else finding.block,
            moment=view.moment if view else None,
            problems=tuple(self._problem(problem, chapter) for problem in finding.problems),
        )

    def _problem(self, problem: Problem, chapter: ChapterView) -> ProblemView:
        message = one_line(problem.message)
        said = chapter.spoken.get(problem.sentence or "")
        return ProblemView(
            check=one_line(problem.check),
            message=message,
            words=tuple(shown for word in problem.words if (shown := one_line(word)) not in message),
            said=one_line(said[2]) if said else "",
            moment=None if problem.time_s is None else self.moment(problem.time_s),
        )


def _exercises(chapters: Iterable[ChapterView]) -> Iterator[ExerciseView]:
    for chapter in chapters:
        for block in chapter.blocks:
            if block.kind == "exercise":
                href = f"{chapter.file}#{block.anchor}"
                yield ExerciseView(block.html, href, f"{chapter.number}. {chapter.title}", block.moment)


class _Anchors:
    """Anchors that survive: made of what a block is about, not of its place in the chapter.

    A paragraph's is its first sentence's id, a figure's its screen's; so a chapter written anew keeps the
    anchors of what it still says, and other chapters keep theirs altogether.
    """

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.taken: set[str] = set()

    def of(self, block: Block) -> str:
        if isinstance(block, Heading):
            return self.unique(f"{self.prefix}-{slug(block.text) or block.id}")
        if isinstance(block, Figure):
            return self.unique(f"{self.prefix}-{block.screens[0]}")
        if block.sentences:
            return self.unique(block.sentences[0])
        return self.unique(block.id)

    def unique(self, wanted: str) -> str:
        name, count = wanted, 1
        while name in self.taken:
            count += 1
            name = f"{wanted}-{count}"
        self.taken.add(name)
        return name


def _with_shown_moments(views: Sequence[BlockView]) -> tuple[BlockView, ...]:
    """Each time once: a paragraph always shows its own, a heading not the one of the paragraph below it, any
    other block not the one that was shown last."""
    made: list[BlockView] = []
    shown = ""
    for view, below in zip(views, [*views, None][1:], strict=True):
        if view.moment is not None and not _said_beside(view, below, shown):
            shown = view.moment.clock
            view = replace(view, shown_moment=view.moment)
        made.append(view)
    return tuple(made)


def _said_beside(view: BlockView, below: BlockView | None, shown: str) -> bool:
    clock_here = view.moment.clock if view.moment else ""
    if view.kind == "heading":
        return bool(below and below.kind == "paragraph" and below.moment and below.moment.clock == clock_here)
    return view.kind != "paragraph" and clock_here == shown


def _is_translated(term: Term) -> bool:
    return term.translation is not None and term.translation.casefold() != term.term.casefold()


def _span(said: Sequence[Sentence], shown: Sequence[Screen]) -> tuple[float | None, float | None]:
    if said:
        return min(one.start_s for one in said), max(one.end_s for one in said)
    if shown:
        return min(one.start_s for one in shown), max(one.end_s for one in shown)
    return None, None


def _mark(block: Block, finding: BlockFinding | None, in_spoken: bool = False) -> Mark | None:
    outcome = finding.outcome if finding else None
    if isinstance(block, Code):
        return _code_mark(block, outcome)
    if in_spoken:
        return Mark(
            "replaced",
            "as spoken",
            "The translation failed its check twice, so this is the transcript, tidied, in the language spoken.",
        )
    if outcome == Outcome.UNVERIFIED:
        return Mark(
            "unchecked", "not confirmed", "The check could not confirm this from what was said or shown."
        )
    if outcome == Outcome.REPLACED:
        return Mark(
            "replaced",
            "editor’s text",
            "The writer’s version failed its check, so this is the transcript, tidied.",
        )
    return None


def _code_mark(block: Code, outcome: Outcome | None) -> Mark:
    if outcome == Outcome.UNVERIFIED:
        return Mark("unchecked", "not checked", "Neither run nor found on screen in this form.")
    if block.origin == "reference" and block.snippet:
        label = f"verified: {one_line(block.version)}" if block.version else "verified"
        same = f"Identical to the tested snippet “{one_line(block.snippet)}”: it was run, and printed this."
        return Mark("verified", label, same)
    if block.origin == "screen":
        return Mark("screen", "from the screen", "Read off the video; not run.")
    return Mark("unchecked", "not checked", "Written down from the lecture; neither run nor found on screen.")


_SPACES = str.maketrans({" ": "·", "\n": "⏎", "\t": "⇥", "\r": "␍", "\u00a0": "⍽", "\u3000": "□"})


def _visible(text: str) -> str:
    """A token's text with its white space visible.

    >>> _visible(" world\\n")
    '·world⏎'
    """
    return printable(text.translate(_SPACES))


def token_counts(text: str, tokens: int) -> str:
    """What stands beside a string in tokens.

    >>> token_counts("안녕", 6)
    '2 characters, 6 bytes, 6 tokens'
    """
    sizes = ((len(text), "character"), (len(text.encode("utf-8", "replace")), "byte"), (tokens, "token"))
    return ", ".join(f"{size:,} {unit}{'' if size == 1 else 's'}" for size, unit in sizes)


def _writer(draft: Draft) -> str:
    name = WRITERS[draft.writer]
    return f"{name}, {one_line(draft.model)}" if draft.model else name


def _made_by(name: str) -> str:
    return WRITERS.get(name, one_line(name))


def _transcript_by(transcript: Transcript) -> str:
    engine = one_line(transcript.engine or "")
    if transcript.source == "captions":
        return f"captions ({engine})" if engine else "captions"
    model = f", model {one_line(transcript.model)}" if transcript.model else ""
    return f"speech recognition by {engine or 'Whisper'}{model}"


def _per_cent(checked: Sequence[CheckedChapter]) -> int | None:
    spoken = sum(one.findings.spoken_words for one in checked)
    kept = sum(one.findings.kept_words for one in checked)
    return None if spoken == 0 else round(100 * min(1.0, kept / spoken))


def clean_degradations(degradations: Iterable[Degradation]) -> tuple[Degradation, ...]:
    """The same, fit to print."""
    return tuple(
        Degradation(
            stage=one_line(one.stage),
            what=one_line(one.what),
            consequence=one_line(one.consequence),
            remedy=one_line(one.remedy),
            chapter=one.chapter,
        )
        for one in degradations
    )


def _excerpt(text: str, length: int = 110) -> str:
    text = " ".join(text.split())
    if len(text) <= length:
        return text
    return text[:length].rsplit(" ", 1)[0] + " …"


_ADDRESS = re.compile(r"https?://[^\s<>()]+")


def licence_name(licence: str | None) -> str | None:
    """The licence without the address that may stand beside its name.

    >>> licence_name("CC0 1.0 Universal, https://creativecommons.org/publicdomain/zero/1.0/")
    'CC0 1.0 Universal'
    """
    if licence is None:
        return None
    return " ".join(_ADDRESS.sub("", licence).replace("()", "").split()).strip(" ,;:") or licence


def licence_url(licence: str | None) -> str | None:
    """The address that a licence names, else the deed of a Creative Commons licence that names its version.

    >>> licence_url("CC BY-SA 4.0"), licence_url("All rights reserved")
    ('https://creativecommons.org/licenses/by-sa/4.0/', None)
    """
    if licence is None:
        return None
    if (found := _ADDRESS.search(licence)) and (direct := safe_url(found.group().rstrip(".,;"))):
        return direct
    text = licence.lower().replace("creative commons", "cc").replace("attribution", "by")
    words = text.replace("-", " ").replace("_", " ").split()
    if "cc0" in words:
        return "https://creativecommons.org/publicdomain/zero/1.0/"
    parts = [part for part in ("by", "nc", "sa", "nd") if part in words]
    if "cc" not in words or "by" not in parts:
        return None
    version = next((word for word in words if word in ("2.0", "2.5", "3.0", "4.0")), None)
    if version is None:
        return None
    order = [part for part in ("by", "nc", "nd", "sa") if part in parts]
    return f"https://creativecommons.org/licenses/{'-'.join(order)}/{version}/"
