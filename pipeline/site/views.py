"""What templates print: the book, its chapters and blocks, made safe. Made by `site.book`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from markupsafe import Markup

from pipeline.models import Block, CheckedChapter, Degradation, Sentence
from pipeline.site.figures import Figure as Picture
from pipeline.site.links import Moments


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
