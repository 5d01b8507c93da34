"""What the pages say, gathered from the artifacts before any page is set.

Everything from outside becomes safe here: text loses its control characters, Markdown becomes sanitized HTML
(`Markup`, the only thing templates print without escaping), addresses pass `safe_url`, and file names and
anchors are made of ids, never of titles.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pipeline.models import (
    Chapter,
    Chapters,
    CheckedChapter,
    Degradation,
    Draft,
    Outcome,
    Outline,
    OutlineChapter,
    Reference,
    Screens,
    SourceVideo,
    Term,
    Transcript,
)
from pipeline.site import markdown
from pipeline.site.anchors import Anchors
from pipeline.site.blocks import BlockSetter, Chips, with_shown_moments
from pipeline.site.checks import check, per_cent
from pipeline.site.citations import names_of
from pipeline.site.figures import Figure as Picture
from pipeline.site.licences import licence_name, licence_url
from pipeline.site.links import Moments, safe_url
from pipeline.site.memo import Memo
from pipeline.site.text import count_words, curled, language_tag, one_line, slug
from pipeline.site.times import clock, reading_minutes, rough_length
from pipeline.site.views import (
    Book,
    ChapterLink,
    ChapterView,
    ExerciseView,
    Moment,
    NotationView,
    ReferenceView,
    TermView,
)

WRITERS = {
    "openai": "a language model",
    "local": "a small language model on this machine",
    "editor": "the editor (no model: the transcript, tidied)",
    "person": "a person",
}


@dataclass(frozen=True)
class Sources:
    """The artifacts that a book is made of."""

    video: SourceVideo
    screens: Screens
    transcript: Transcript
    chapters: Chapters
    outline: Outline
    checked: tuple[CheckedChapter, ...]


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
        self.memo = memo
        self.sentences = {one.id: one for one in sources.transcript.sentences}
        self.sentences |= {one.id: one for chapter in sources.chapters.chapters for one in chapter.sentences}
        self.places: dict[str, str] = {}
        self.mentions: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
        """Sentence -> numbers and names of the references that it mentions."""
        self.references = self._references()
        self.spoken = language_tag(sources.outline.language)
        written = next((one.draft.language for one in sources.checked if one.draft.language), None)
        self.language = language_tag(written) if written else self.spoken
        self.setter = BlockSetter(
            sentences=self.sentences,
            screens={one.id: one for one in sources.screens.screens},
            moment=self.moment,
            pictures=pictures,
            chips=chips,
            memo=memo,
            mentions=self.mentions,
            spoken=self.spoken,
            language=self.language,
        )
        self.curl = self.setter.curl

    def book(self) -> Book:
        sources, video = self.sources, self.sources.video
        chapters = self._chapters()
        checks = tuple(check(chapter, self.moment) for chapter in chapters)
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
            counts={one.value: sum(chapter.counts[one.value] for chapter in checks) for one in Outcome},
            kept=per_cent([chapter.checked for chapter in chapters]),
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
        anchors = Anchors(chapter.id)
        findings = {one.block: one for one in checked.findings.blocks}
        blocks = with_shown_moments(
            [self.setter.view(block, findings.get(block.id), anchors) for block in checked.draft.blocks]
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

    # -------------------------------------------------------------------------- glossary, references

    def _terms(self, chapters: Iterable[ChapterView]) -> tuple[TermView, ...]:
        titles = {chapter.id: chapter.title for chapter in chapters}
        anchors = Anchors("term")
        terms = sorted(self.sources.outline.terms, key=lambda term: (term.term.casefold(), term.term))
        return tuple(self._term(term, titles, anchors) for term in terms if term.chapter in titles)

    def _term(self, term: Term, titles: Mapping[str, str], anchors: Anchors) -> TermView:
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


def _exercises(chapters: Iterable[ChapterView]) -> Iterator[ExerciseView]:
    for chapter in chapters:
        for block in chapter.blocks:
            if block.kind == "exercise":
                href = f"{chapter.file}#{block.anchor}"
                yield ExerciseView(block.html, href, f"{chapter.number}. {chapter.title}", block.moment)


def _is_translated(term: Term) -> bool:
    return term.translation is not None and term.translation.casefold() != term.term.casefold()


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
