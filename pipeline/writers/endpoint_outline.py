"""The outline of the `openai` writer: made in parts, side by side, then made one.

A part is a run of chapters that fits the model's window, or a piece of a chapter that alone does not. Every reply
is checked: the chapters asked for, sentences that stand in them, a summary of what was said there. Terms and
references that were neither said nor shown are dropped. Where a part's reply cannot be used, the editor's outline of
those chapters stands in, and the outline says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from pipeline.config import OpenAIOptions
from pipeline.errors import ReplyUnusable
from pipeline.interfaces import LanguageModel, Message, Progress, Reply, Request
from pipeline.models import (
    Chapter,
    Notation,
    Outline,
    OutlineChapter,
    Reference,
    Screen,
    ScreenKind,
    Section,
    Sentence,
    SourceVideo,
    Term,
)
from pipeline.prompts import load
from pipeline.replies import Asker, Unusable
from pipeline.text import identifiers, words
from pipeline.text.tokens import estimate
from pipeline.writers.endpoint_json import parse_as, strict_schema, usable_text

__all__ = ["OutlineMaker"]

_PART_WORDS = 2_200
"""Spoken words of one call at the most: parts are made side by side, so shorter ones are sooner done."""
_MIN_SHARED = 0.3
_LONGEST_TITLE = 80
_SCREEN_CHARACTERS = 90
_URL = re.compile(r"https?://[^\s<>()\"']*[^\s<>()\"'.,;:!?]")
ItemT = TypeVar("ItemT")


class _Reply(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Section(_Reply):
    title: str
    sentence: str


class _Term(_Reply):
    term: str
    definition: str
    sentence: str


class _Notation(_Reply):
    symbol: str
    meaning: str


class _Reference(_Reply):
    kind: Literal["paper", "person", "tool", "book", "link"]
    title: str
    url: str
    sentence: str


class _Chapter(_Reply):
    id: str
    title: str
    summary: str
    sections: tuple[_Section, ...]
    terms: tuple[_Term, ...]
    notation: tuple[_Notation, ...]
    references: tuple[_Reference, ...]


class OutlineParts(_Reply):
    """Reply to `prompts/outline.md`."""

    chapters: tuple[_Chapter, ...] = Field(min_length=1)


class _Named(_Reply):
    id: str
    title: str
    summary: str


class _Same(_Reply):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    term: str
    keep: str = Field(alias="is")


class _Translation(_Reply):
    term: str
    translation: str


class OutlineWhole(_Reply):
    """Reply to `prompts/outline_whole.md`."""

    chapters: tuple[_Named, ...]
    same: tuple[_Same, ...]
    translations: tuple[_Translation, ...]


@dataclass(frozen=True)
class Piece:
    """A chapter, or as much of it as one call takes."""

    chapter: Chapter
    sentences: tuple[Sentence, ...]
    number: int = 1
    of: int = 1

    @property
    def screens(self) -> tuple[Screen, ...]:
        first, last = self.sentences[0].start_s, self.sentences[-1].end_s
        return tuple(s for s in self.chapter.screens if s.start_s < last and s.end_s > first)


class OutlineMaker:
    """Makes outlines with a large model.

    Args:
        model: whose window bounds a part.
        asker: how it is asked; replies are kept there.
        options: sizes of calls.
        language: what to write in; None: what is spoken.
        side_by_side: parts asked for at a time.
    """

    def __init__(
        self,
        model: LanguageModel,
        asker: Asker,
        options: OpenAIOptions,
        language: str | None = None,
        side_by_side: int = 4,
    ) -> None:
        self._model = model
        self._asker = asker
        self._options = options
        self._language = language
        self._side_by_side = side_by_side
        self._prompt = load("outline")
        self._whole_prompt = load("outline_whole")

    # -------------------------------------------------------------------------------------------- planning

    def requests(self, video: SourceVideo, chapters: Sequence[Chapter], spoken: str) -> list[Request]:
        """The calls of the first step, for the plan."""
        return [self._request(part, video, chapters, spoken) for part in self._parts(chapters)]

    def needs_whole(self, chapters: Sequence[Chapter], spoken: str) -> bool:
        """Whether there is a second step: several parts to be made one, or terms to be translated."""
        return len(self._parts(chapters)) > 1 or self._written_in(spoken) != spoken

    # ---------------------------------------------------------------------------------------------- making

    def make(
        self,
        video: SourceVideo,
        chapters: Sequence[Chapter],
        by_rules: Callable[[], Outline],
        progress: Progress,
    ) -> Outline:
        """The outline of the whole lecture.

        Args:
            by_rules: gives the editor's outline, for chapters whose reply cannot be used, waited for at the end.

        Raises:
            ModelError: the endpoint fails.
        """
        spoken = video.language or "en"
        parts = self._parts(chapters)
        total, done = len(parts) + 1, 0
        found: list[tuple[Piece, _Chapter]] = []
        failed: set[str] = set()

        def one(part: tuple[Piece, ...]) -> OutlineParts | None:
            return self._asked(part, video, chapters, spoken)

        with ThreadPoolExecutor(max_workers=max(1, min(self._side_by_side, len(parts)))) as pool:
            for part, reply in zip(parts, pool.map(one, parts), strict=True):
                done += 1
                progress(done, total, f"outline of {part[0].chapter.title}")
                if reply is None:
                    failed |= {piece.chapter.id for piece in part}
                else:
                    found += zip(part, reply.chapters, strict=True)
        outline = _put_together(found, failed, video, chapters, by_rules(), self._model.name)
        if self.needs_whole(chapters, spoken):
            outline = self._made_one(outline, found, video, chapters, spoken)
        progress(total, total, "outline")
        return outline

    def _asked(
        self, part: tuple[Piece, ...], video: SourceVideo, chapters: Sequence[Chapter], spoken: str
    ) -> OutlineParts | None:
        def check(reply: Reply) -> OutlineParts:
            made = parse_as(OutlineParts, usable_text(reply))
            _check_part(made, part, spoken if self._written_in(spoken) == spoken else None)
            return made

        try:
            return self._asker.ask(
                self._request(part, video, chapters, spoken), check, f"outline from {part[0].chapter.id}"
            )
        except ReplyUnusable:
            return None

    def _request(
        self, part: Sequence[Piece], video: SourceVideo, chapters: Sequence[Chapter], spoken: str
    ) -> Request:
        messages = self._prompt.render(
            lecture=_lecture_text(video, chapters),
            language=self._written_in(spoken),
            screens=_screens_text(part),
            transcript=_transcript_text(part),
        )
        return self._asking(messages, OutlineParts)

    def _asking(self, messages: tuple[Message, ...], reply: type[BaseModel]) -> Request:
        room = self._model.context_tokens - sum(estimate(message.text) for message in messages)
        return Request(
            messages=messages,
            max_tokens=max(min(self._options.max_output_tokens, room), 256),
            temperature=self._options.temperature,
            schema=strict_schema(reply),
        )

    def _written_in(self, spoken: str) -> str:
        return self._language or spoken

    def _parts(self, chapters: Sequence[Chapter]) -> list[tuple[Piece, ...]]:
        """Pieces in order, as many to a part as its calls take."""
        # A reply is about a third of what it outlines; the fixed text takes some 1,200 tokens.
        window_words = int(max(self._model.context_tokens - 1_600, 400) / 1.5 / 1.5)
        limit = max(min(_PART_WORDS, window_words), 120)
        pieces = [piece for chapter in chapters for piece in _pieces(chapter, limit)]
        return [tuple(part) for part in _packed(pieces, lambda piece: _count(piece.sentences), limit)]

    # ------------------------------------------------------------------------------------------- second step

    def _made_one(
        self,
        outline: Outline,
        found: Sequence[tuple[Piece, _Chapter]],
        video: SourceVideo,
        chapters: Sequence[Chapter],
        spoken: str,
    ) -> Outline:
        """Titles told apart, pieces of chapters joined, terms the same throughout, and translated."""
        translate = self._written_in(spoken) != spoken
        briefs = {chapter.id: _brief(chapter, found, translate) for chapter in chapters}
        batches = _packed(
            [chapter.id for chapter in outline.chapters],
            lambda name: estimate(briefs[name].text) + 12,
            max((self._model.context_tokens - 1_500) // 3, 300),
        )
        for batch in batches:
            here = [briefs[name] for name in batch]
            terms = [term for term in outline.terms if term.chapter in batch]
            messages = self._whole_prompt.render(
                lecture=_lecture_text(video, chapters),
                language=self._written_in(spoken),
                translate=translate,
                parts="\n".join(brief.text for brief in here),
                terms="\n".join(f"{term.term} ({term.chapter})" for term in terms),
            )
            made = self._whole(self._asking(messages, OutlineWhole), here, outline)
            # Where none can be used: the parts are good by themselves, only nobody held them against each other.
            outline = outline if made is None else _with_whole(outline, made, here)
        return outline

    def _whole(self, request: Request, briefs: Sequence[_Brief], outline: Outline) -> OutlineWhole | None:
        def check(reply: Reply) -> OutlineWhole:
            made = parse_as(OutlineWhole, usable_text(reply))
            _check_whole(made, {brief.chapter for brief in briefs if brief.wanted}, outline)
            return made

        try:
            return self._asker.ask(request, check, "outline of the whole")
        except ReplyUnusable:
            return None


# ------------------------------------------------------------------------------------------------- pieces


def _count(sentences: Iterable[Sentence]) -> int:
    return sum(words.count(sentence.text) for sentence in sentences)


def _pieces(chapter: Chapter, limit: int) -> list[Piece]:
    if not chapter.sentences:
        return []
    runs = list(_packed(chapter.sentences, lambda sentence: words.count(sentence.text), limit))
    return [Piece(chapter, tuple(run), number, len(runs)) for number, run in enumerate(runs, 1)]


def _packed(items: Sequence[ItemT], size: Callable[[ItemT], int], limit: int) -> Iterator[list[ItemT]]:
    """Items in order, in runs of about the same size, none above the limit unless by a single item."""
    total = sum(size(item) for item in items)
    aim = total / max(1, -(-total // limit)) if total else limit
    run: list[ItemT] = []
    length = 0
    for item in items:
        here = size(item)
        if run and (length + here > limit or length + here / 2 > aim):
            yield run
            run, length = [], 0
        run.append(item)
        length += here
    if run:
        yield run


def _lecture_text(video: SourceVideo, chapters: Sequence[Chapter]) -> str:
    author = f", by {video.author}" if video.author else ""
    lines = [f"{video.title}{author}"]
    lines += [f"{chapter.id} {chapter.title}" for chapter in chapters if chapter.boundary == "author"]
    described = [line.strip()[:200] for line in video.description.splitlines() if _URL.search(line)][:40]
    return "\n".join([*lines, *([f"Description: {'; '.join(described)}"] if described else [])])


def _transcript_text(part: Sequence[Piece]) -> str:
    lines = []
    for piece in part:
        chapter = piece.chapter
        title = "(to be named)" if chapter.boundary == "derived" else f"{chapter.title} (author)"
        some = f", piece {piece.number} of {piece.of}" if piece.of > 1 else ""
        lines.append(f"## {chapter.id} {title}{some}")
        lines += [f"{one.id} {' '.join(one.text.split())}" for one in piece.sentences]
    return "\n".join(lines)


def _screens_text(part: Sequence[Piece]) -> str:
    """The first words of each slide, once, and the addresses on any screen."""
    lines: dict[str, None] = {}
    for screen in (
        screen for piece in part for screen in piece.screens if screen.kind is not ScreenKind.PERSON
    ):
        if screen.kind is ScreenKind.SLIDE and screen.lines:
            lines[" ".join(screen.text.split())[:_SCREEN_CHARACTERS]] = None
        for match in _URL.finditer(screen.text):
            lines[match[0]] = None
    return "\n".join(lines)


@dataclass(frozen=True)
class _Brief:
    """A chapter as the second step sees it."""

    chapter: str
    wanted: tuple[str, ...]
    """What is asked for: "title", "summary"."""
    text: str


def _brief(chapter: Chapter, found: Sequence[tuple[Piece, _Chapter]], translate: bool) -> _Brief:
    mine = [made for piece, made in found if piece.chapter.id == chapter.id]
    wanted = ["title"] if mine and (chapter.boundary == "derived" or translate) else []
    wanted += ["summary"] if len(mine) > 1 else []
    title = mine[0].title if mine and chapter.boundary == "derived" else chapter.title
    asked = f" ({', '.join(wanted)})" if wanted else ""
    lines = [f"{chapter.id}{asked} {title}", *(f"  {made.summary}" for made in mine)]
    return _Brief(chapter.id, tuple(wanted), "\n".join(lines))


# -------------------------------------------------------------------------------------------------- checks


def _check_part(made: OutlineParts, part: Sequence[Piece], spoken: str | None) -> None:
    """Raises `Unusable` naming what is wrong. `spoken`: None where words cannot be compared."""
    wanted = [piece.chapter.id for piece in part]
    if [chapter.id for chapter in made.chapters] != wanted:
        raise Unusable(f"the chapters have to be {', '.join(wanted)}, each once, in this order")
    for piece, chapter in zip(part, made.chapters, strict=True):
        names = {sentence.id for sentence in piece.sentences}
        named = [one.sentence for one in chapter.sections] + [one.sentence for one in chapter.terms]
        strange = [name for name in named if name not in names]
        if strange:
            raise Unusable(f"{', '.join(strange[:8])}: no sentences of {chapter.id}")
        if not chapter.summary.strip() or words.count(chapter.summary) > 150:
            raise Unusable(f"the summary of {chapter.id} has to be two or three sentences")
        if not chapter.title.strip() or len(chapter.title) > _LONGEST_TITLE:
            raise Unusable(f"the title of {chapter.id} has to be two to seven words")
        if spoken is not None:
            _check_about(chapter, piece, spoken)


def _check_about(chapter: _Chapter, piece: Piece, language: str) -> None:
    said = set(words.content(_source(piece), language))
    stated = words.content(f"{chapter.title} {chapter.summary}", language)
    if len(stated) >= 8 and sum(word in said for word in stated) < _MIN_SHARED * len(stated):
        raise Unusable(f"the summary of {chapter.id} is about something that was not said there")


def _source(piece: Piece) -> str:
    said = " ".join(sentence.text for sentence in piece.sentences)
    return f"{said}\n{' '.join(screen.text for screen in piece.screens)}"


def _check_whole(made: OutlineWhole, asked: set[str], outline: Outline) -> None:
    named = {chapter.id for chapter in made.chapters}
    if missing := sorted(asked - named):
        raise Unusable(f"{', '.join(missing)} missing from the chapters")
    titles = {one.id: one.title for one in outline.chapters}
    titles |= {one.id: one.title.strip() for one in made.chapters if one.id in asked and one.title.strip()}
    seen: dict[str, str] = {}
    for name, title in titles.items():
        other = seen.setdefault(title.casefold(), name)
        if other != name and {name, other} & asked:
            raise Unusable(f"{other} and {name} have the same title, {title!r}")
        if name in asked and len(title) > _LONGEST_TITLE:
            raise Unusable(f"the title of {name} is too long")


# ----------------------------------------------------------------------------------------- putting together


def _put_together(
    found: Sequence[tuple[Piece, _Chapter]],
    failed: set[str],
    video: SourceVideo,
    chapters: Sequence[Chapter],
    by_rules: Outline,
    made_by: str,
) -> Outline:
    made: dict[str, list[tuple[Piece, _Chapter]]] = {}
    for piece, reply in found:
        if piece.chapter.id not in failed:
            made.setdefault(piece.chapter.id, []).append((piece, reply))
    rules = {chapter.id: chapter for chapter in by_rules.chapters}
    terms = [_terms(*one) for replies in made.values() for one in replies]
    kept = [term for term in by_rules.terms if term.chapter not in made]
    return Outline(
        title=by_rules.title,
        author=by_rules.author,
        language=by_rules.language,
        made_by=made_by if made else by_rules.made_by,
        chapters=tuple(
            _chapter(chapter, made[chapter.id]) if chapter.id in made else rules[chapter.id]
            for chapter in chapters
        ),
        terms=tuple(_first_ones([term for some in terms for term in some] + kept)),
        notation=tuple(_notation(found)),
        references=tuple(_references(found, video, by_rules)),
        by_rules=tuple(chapter.id for chapter in chapters if chapter.id in failed),
    )


def _chapter(chapter: Chapter, replies: Sequence[tuple[Piece, _Chapter]]) -> OutlineChapter:
    title = chapter.title if chapter.boundary != "derived" else _line(replies[0][1].title)
    sections: dict[str, str] = {}
    for _, reply in replies:
        for section in reply.sections:
            heading = _line(section.title)
            repeated = heading.casefold() in {
                title.casefold(),
                *(one.casefold() for one in sections.values()),
            }
            if section.sentence != chapter.sentences[0].id and heading and not repeated:
                sections.setdefault(section.sentence, heading[:_LONGEST_TITLE])
    return OutlineChapter(
        id=chapter.id,
        title=title,
        summary=" ".join(_line(reply.summary) for _, reply in replies),
        sections=tuple(Section(title=name, sentence=at) for at, name in sorted(sections.items())),
    )


def _terms(piece: Piece, reply: _Chapter) -> Iterator[Term]:
    source = identifiers.bare(_source(piece))
    for one in reply.terms:
        name = _line(one.term)
        if name and one.definition.strip() and identifiers.bare(name) in source:
            yield Term(
                term=name[:60],
                definition=_line(one.definition),
                chapter=piece.chapter.id,
                sentence=one.sentence,
            )


def _first_ones(terms: Iterable[Term]) -> list[Term]:
    """Each term once, where it is first defined; case, hyphens and a plural do not make another."""
    kept: dict[str, Term] = {}
    for term in sorted(terms, key=lambda one: one.sentence):
        kept.setdefault(_key(term.term), term)
    return list(kept.values())


def _key(term: str) -> str:
    return identifiers.bare(term).removesuffix("s")


def _notation(found: Sequence[tuple[Piece, _Chapter]]) -> Iterator[Notation]:
    seen: set[str] = set()
    for piece, reply in found:
        source = identifiers.bare(_source(piece))
        for one in reply.notation:
            symbol = _line(one.symbol)[:40]
            if symbol and symbol not in seen and identifiers.bare(symbol) in source and one.meaning.strip():
                seen.add(symbol)
                yield Notation(symbol=symbol, meaning=_line(one.meaning))


def _references(
    found: Sequence[tuple[Piece, _Chapter]], video: SourceVideo, by_rules: Outline
) -> list[Reference]:
    """What the model found and was said or shown, and every address that the rules found."""
    kept: dict[str, Reference] = {}
    for piece, reply in found:
        said = {one.id: one.text for one in piece.sentences}
        shown = f"{_source(piece)}\n{video.description}"
        for one in reply.references:
            title, url = _line(one.title)[:200], one.url.strip()
            if not title or not _is_mentioned(title, shown):
                continue
            key = identifiers.bare(title)
            before = kept.get(key)
            at = (one.sentence,) if one.sentence in said else ()
            kept[key] = Reference(
                kind=before.kind if before else one.kind,
                title=before.title if before else title,
                url=(before.url if before else None) or (url if url and url in shown else None),
                sentences=tuple(dict.fromkeys((*(before.sentences if before else ()), *at))),
            )
    known = {reference.url for reference in kept.values()}
    covered = {piece.chapter.id for piece, _ in found}
    return list(kept.values()) + [
        one
        for one in by_rules.references
        if (one.url is not None and one.url not in known) or (not covered and one.url is None)
    ]


def _is_mentioned(title: str, source: str) -> bool:
    """Most of the title's words were said or shown, in any form."""
    stated = words.content(title) or [identifiers.bare(title)]
    here = {*words.content(source), *(identifiers.bare(word) for word in source.split())}
    return sum(word in here for word in stated) >= 0.6 * len(stated)


def _with_whole(outline: Outline, made: OutlineWhole, briefs: Sequence[_Brief]) -> Outline:
    wanted = {brief.chapter: brief.wanted for brief in briefs}
    new: dict[str, dict[str, str]] = {}
    for one in made.chapters:
        texts = {"title": _line(one.title), "summary": _line(one.summary)}
        new[one.id] = {name: texts[name] for name in wanted.get(one.id, ()) if texts[name]}
    names = {term.term for term in outline.terms}
    instead = {one.term: one.keep for one in made.same if {one.term, one.keep} <= names}
    translated = {one.term: _line(one.translation) for one in made.translations if one.translation.strip()}
    terms = []
    for term in outline.terms:
        name = instead.get(term.term, term.term)
        terms.append(
            term.model_copy(update={"term": name, "translation": translated.get(name, term.translation)})
        )
    return outline.model_copy(
        update={
            "chapters": tuple(one.model_copy(update=new.get(one.id, {})) for one in outline.chapters),
            "terms": tuple(_first_ones(terms)),
        }
    )


def _line(text: str) -> str:
    return " ".join(text.split())
