"""Everything that crosses a stage boundary.

Conventions, once for all of it:

- Models are frozen and refuse unknown fields; sequences are tuples.
- Times are `float` seconds from the video's start; their names end in `_s`.
- Intervals are half-open: `[start_s, end_s)`.
- Paths are relative to the lecture's folder (`output/<lecture>/`), with forward slashes.
- No wall-clock time stands inside an artifact: the same input gives the same bytes.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

# Sums of floats do not tile exactly: two times nearer than this are the same moment.
TIME_TOLERANCE_S = 0.001

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Probability = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


def _stays_inside(path: str) -> str:
    if not path or path.startswith("/") or ".." in path.split("/") or "\x00" in path or "\\" in path:
        raise ValueError("must be a path relative to the lecture's folder, with forward slashes and no '..'")
    return path


RelativePath = Annotated[str, AfterValidator(_stays_inside)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
SentenceId = Annotated[str, StringConstraints(pattern=r"^s\d{4,}$")]
ScreenId = Annotated[str, StringConstraints(pattern=r"^f\d{3,}$")]
ChapterId = Annotated[str, StringConstraints(pattern=r"^ch\d{2,}$")]
ChunkId = Annotated[str, StringConstraints(pattern=r"^ch\d{2,}-\d{2,}$")]
BlockId = Annotated[str, StringConstraints(pattern=r"^ch\d{2,}-b\d{3,}$")]


class Model(BaseModel):
    """Base of every artifact and its parts: frozen, strict about its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Interval(Model):
    """A half-open stretch of the video, `[start_s, end_s)`; may be empty, never negative."""

    start_s: Seconds
    end_s: Seconds

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.end_s < self.start_s:
            raise ValueError(f"ends at {self.end_s} s, before it starts at {self.start_s} s")
        return self

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s


# --------------------------------------------------------------------------------------------- download


class Mark(Model):
    """A chapter that the author set: a title and where it begins."""

    start_s: Seconds
    title: str


class CaptionTrack(Model):
    """A file of captions that came with the lecture."""

    path: RelativePath
    language: str | None = None
    """BCP 47 tag as its source names it ("en", "de-AT"), or None if it says nothing."""
    origin: Literal["named", "sidecar", "embedded", "site", "automatic"]
    """`named` by the user, a `sidecar` beside the file, `embedded` in it, the `site`'s human ones, or
    the site's `automatic` ones."""
    forced: bool = False


class SourceVideo(Model):
    """The lecture as it was had: its file and what its source says about it."""

    id: str
    """Name of the lecture's folder: lower-case ASCII letters, digits and hyphens."""
    url: str | None
    """The page people would watch it on; None for a local file."""
    moment_url: str | None
    """The same with `{seconds}` where the moment goes (whole seconds), for sites that can be linked to a
    moment; None where the local player has to serve."""
    site: str | None = None
    """yt-dlp's extractor key in lower case ("youtube", "generic"); None for a local file."""
    video_key: str | None = None
    """The site's own id of the video (YouTube's eleven characters)."""
    title: str
    author: str | None = None
    licence: str | None = None
    published: date | None = None
    language: str | None = None
    description: str = ""
    duration_s: Seconds
    media: RelativePath
    sha256: Sha256
    has_video: bool
    has_audio: bool
    width: int | None = None
    height: int | None = None
    marks: tuple[Mark, ...] = ()
    captions: tuple[CaptionTrack, ...] = ()


# ---------------------------------------------------------------------------------------------- screens


class ScreenKind(StrEnum):
    SLIDE = "slide"
    CODE = "code"
    PERSON = "person"
    OTHER = "other"


class Box(Model):
    """A rectangle in the frame's pixels, origin top left: `[x0, x1) × [y0, y1)`."""

    x0: int
    y0: int
    x1: int
    y1: int


class OcrLine(Model):
    """A line of text read off a screen."""

    text: str
    box: Box
    confidence: Probability
    is_code: bool = False
    """Part of a code region; its leading spaces are then the code's indentation."""


class Screen(Interval):
    """A distinct thing shown, from when it appears until it is replaced."""

    id: ScreenId
    frame: RelativePath | None
    """PNG of the completed state at full resolution; None for a screen not worth a figure (a person)."""
    frame_s: Seconds
    """The moment the frame was taken."""
    width: int
    height: int
    kind: ScreenKind
    lines: tuple[OcrLine, ...] = ()
    same_as: ScreenId | None = None
    """A screen that returns names the first showing, whose frame and lines it shares."""

    @property
    def text(self) -> str:
        """The lines read, one a line."""
        return "\n".join(line.text for line in self.lines)


class Screens(Model):
    """All screens in order. They need not cover the lecture: nothing to show is no screen."""

    screens: tuple[Screen, ...]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        seen: set[str] = set()
        for before, after in zip(self.screens, self.screens[1:], strict=False):
            if after.start_s < before.end_s - TIME_TOLERANCE_S:
                raise ValueError(f"screen {after.id} starts before {before.id} ends")
        for screen in self.screens:
            if screen.same_as is not None and screen.same_as not in seen:
                raise ValueError(
                    f"screen {screen.id} returns to {screen.same_as}, which was not shown before"
                )
            seen.add(screen.id)
        if len(seen) != len(self.screens):
            raise ValueError("screen ids repeat")
        return self


# ------------------------------------------------------------------------------------------- transcribe


class Word(Interval):
    """A word as spoken, with the punctuation that follows it, without surrounding space."""

    text: str
    probability: Probability = 1.0


class Sentence(Interval):
    """A sentence as spoken."""

    id: SentenceId
    text: str
    words: tuple[Word, ...] = ()


class Gap(Interval):
    """A stretch with speech of which there are no words."""

    reason: str


class Transcript(Model):
    """What was said, and who says so."""

    source: Literal["captions", "whisper"]
    engine: str | None = None
    """For Whisper: the engine's name and version; for captions: where they are from."""
    model: str | None = None
    language: str
    """ISO 639-1 code."""
    sentences: tuple[Sentence, ...]
    gaps: tuple[Gap, ...] = ()

    @model_validator(mode="after")
    def _times_are_monotone(self) -> Self:
        for before, after in zip(self.sentences, self.sentences[1:], strict=False):
            if after.start_s < before.start_s:
                raise ValueError(f"sentence {after.id} starts before {before.id}")
        if len({sentence.id for sentence in self.sentences}) != len(self.sentences):
            raise ValueError("sentence ids repeat")
        return self


# ---------------------------------------------------------------------------------------------- segment


class Chunk(Interval):
    """Forty seconds to two minutes of the lecture: what is said, and what is on screen meanwhile."""

    id: ChunkId
    sentences: tuple[Sentence, ...]
    screens: tuple[Screen, ...]
    """Screens that begin in this chunk, and the one already up when it begins."""


class Chapter(Interval):
    """A chapter: chunks that tile it."""

    id: ChapterId
    title: str
    boundary: Literal["author", "derived", "whole"]
    """Whose boundary its beginning is: the author's, ours, or nobody's (the lecture is one chapter)."""
    chunks: tuple[Chunk, ...]

    @model_validator(mode="after")
    def _chunks_tile_it(self) -> Self:
        if not self.chunks:
            raise ValueError(f"chapter {self.id} has no chunks")
        _check_tiling(self.chunks, self.start_s, self.end_s, f"chunks of {self.id}")
        return self

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        return tuple(sentence for chunk in self.chunks for sentence in chunk.sentences)

    @property
    def screens(self) -> tuple[Screen, ...]:
        """Each screen once, in order."""
        by_id = {screen.id: screen for chunk in self.chunks for screen in chunk.screens}
        return tuple(by_id.values())


class Chapters(Model):
    """The chapters, which tile the lecture."""

    duration_s: Seconds
    chapters: tuple[Chapter, ...]
    note: str | None = None
    """What a reader should know of how the boundaries were found, or None."""
    language: str | None = None
    """The language that is spoken, as the transcript has it."""

    @model_validator(mode="after")
    def _tile_the_lecture(self) -> Self:
        _check_tiling(self.chapters, 0.0, self.duration_s, "chapters")
        sentences = [sentence.id for chapter in self.chapters for sentence in chapter.sentences]
        if len(set(sentences)) != len(sentences):
            raise ValueError("a sentence stands in two chunks")
        return self

    def find(self, chapter_id: str) -> Chapter:
        return next(chapter for chapter in self.chapters if chapter.id == chapter_id)


def _check_tiling(
    parts: tuple[Chunk, ...] | tuple[Chapter, ...], start_s: float, end_s: float, what: str
) -> None:
    edge_s = start_s
    for part in parts:
        if abs(part.start_s - edge_s) > TIME_TOLERANCE_S:
            raise ValueError(
                f"{what}: {part.id} starts at {part.start_s} s, the one before ends at {edge_s} s"
            )
        edge_s = part.end_s
    if abs(edge_s - end_s) > TIME_TOLERANCE_S:
        raise ValueError(f"{what} end at {edge_s} s instead of {end_s} s")


# ---------------------------------------------------------------------------------------------- outline


class Section(Model):
    """A heading inside a chapter, and the sentence it stands before."""

    title: str
    sentence: SentenceId


class Term(Model):
    """A term of the subject, where it is first defined, and how in the lecturer's words."""

    term: str
    definition: str
    chapter: ChapterId
    sentence: SentenceId
    chapters: tuple[ChapterId, ...] = ()
    """Chapters that speak of it."""
    translation: str | None = None
    """What it is called in the language written, where that is not the one spoken."""


class Notation(Model):
    """A symbol, and what the lecture means by it."""

    symbol: str
    meaning: str
    chapters: tuple[ChapterId, ...] = ()
    """Chapters that use it."""


class Reference(Model):
    """A paper, person, tool or link that the lecture mentions."""

    kind: Literal["paper", "person", "tool", "book", "link"]
    title: str
    url: str | None = None
    sentences: tuple[SentenceId, ...] = ()
    """Where it is mentioned; empty for one that only the description names."""
    chapters: tuple[ChapterId, ...] = ()
    """Chapters that mention it."""


class SnippetPlace(Model):
    """A verified snippet of the reference module, and where in the lecture it belongs."""

    name: str
    chapter: ChapterId
    sentence: SentenceId
    """The last sentence of the passage that it belongs to."""
    sure: bool
    """Fits beyond doubt: writers without a judgement of their own place it too."""


class OutlineChapter(Model):
    id: ChapterId
    title: str
    summary: str
    sections: tuple[Section, ...] = ()


class Outline(Model):
    """The whole lecture at a glance. Chapters are written within it."""

    title: str
    author: str | None
    language: str
    made_by: str
    """The writer that made it ("editor", or a model's name)."""
    chapters: tuple[OutlineChapter, ...]
    titles: tuple[str, ...] = ()
    """The chapters' titles as every chapter's writer sees them: as made, before a person's edits, so that a
    new title touches its own chapter alone."""
    terms: tuple[Term, ...] = ()
    notation: tuple[Notation, ...] = ()
    references: tuple[Reference, ...] = ()
    by_rules: tuple[ChapterId, ...] = ()
    """Chapters whose part the editor made, since the model's reply could not be used."""
    snippets: tuple[SnippetPlace, ...] = ()
    """Each snippet once in a lecture, where it fits best."""


class ChapterOutline(Model):
    """What a chapter's writer sees of the outline: its own part, and what it shares with others.

    Terms defined elsewhere come without their definition, which is none of this chapter's business.
    """

    title: str
    author: str | None
    language: str
    chapter: OutlineChapter
    chapter_titles: tuple[str, ...]
    terms: tuple[Term, ...]
    references: tuple[Reference, ...]
    notation: tuple[Notation, ...] = ()
    snippets: tuple[SnippetPlace, ...] = ()
    """Those of this chapter."""


# ------------------------------------------------------------------------------------------------ write

WriterName = Literal["openai", "local", "editor", "person"]


class BlockBase(Model):
    """A piece of a chapter that names where it is from."""

    id: BlockId
    sentences: tuple[SentenceId, ...] = ()
    screens: tuple[ScreenId, ...] = ()
    writer: WriterName


class Heading(BlockBase):
    kind: Literal["heading"] = "heading"
    level: Annotated[int, Field(ge=2, le=4)] = 2
    text: str


class Paragraph(BlockBase):
    kind: Literal["paragraph"] = "paragraph"
    text: str
    """Inline Markdown."""


class Code(BlockBase):
    kind: Literal["code"] = "code"
    code: str
    language: str
    """Pygments lexer name, "text" where it is not known."""
    origin: Literal["screen", "reference", "writer"]
    snippet: str | None = None
    """Name of the reference module's verified snippet that this is, to the letter."""
    version: str | None = None
    """The reference module's name and version, where it is a snippet of it."""
    title: str = ""
    """One line that says what the code does, where its source has one."""
    output: str | None = None


class Figure(BlockBase):
    kind: Literal["figure"] = "figure"
    caption: str
    alt: str

    @model_validator(mode="after")
    def _shows_one_screen(self) -> Self:
        if len(self.screens) != 1:
            raise ValueError(f"figure {self.id} must name the one screen it shows")
        return self


class BulletList(BlockBase):
    kind: Literal["list"] = "list"
    ordered: bool = False
    items: tuple[str, ...]
    """Inline Markdown, one string an item."""


class Quote(BlockBase):
    kind: Literal["quote"] = "quote"
    text: str


class Tokens(BlockBase):
    kind: Literal["tokens"] = "tokens"
    tokenizer: str
    text: str


class Exercise(BlockBase):
    kind: Literal["exercise"] = "exercise"
    text: str
    """Markdown."""


Block = Annotated[
    Heading | Paragraph | Code | Figure | BulletList | Quote | Tokens | Exercise, Field(discriminator="kind")
]


class GeneratedPicture(Model):
    """A picture that a model made for a chapter; nothing that the lecture shows."""

    path: RelativePath
    model: str


class Draft(Model):
    """A chapter as written."""

    chapter: ChapterId
    title: str
    writer: WriterName
    model: str | None = None
    sample: int = 0
    """Which fresh sample this is; counts up with every `make chapter`."""
    language: str | None = None
    """BCP 47 tag of what the blocks are written in; None: what is spoken (the outline's language)."""
    picture: GeneratedPicture | None = None
    """None: the best of the chapter's frames stands for it."""
    blocks: tuple[Block, ...]


# ----------------------------------------------------------------------------------------------- verify


class Outcome(StrEnum):
    SUPPORTED = "supported"
    REPAIRED = "repaired"
    REPLACED = "replaced"
    UNVERIFIED = "unverified"


class Problem(Model):
    """Something a check has to say of a block."""

    check: str
    """Which check: "number", "name", "code", "token", "added", "lost", ..."""
    message: str
    words: tuple[str, ...] = ()
    sentence: SentenceId | None = None
    time_s: Seconds | None = None


class BlockFinding(Model):
    block: BlockId
    outcome: Outcome
    problems: tuple[Problem, ...] = ()


class Dropped(Model):
    """A sentence of the lecture that no block cites."""

    sentence: SentenceId
    text: str
    start_s: Seconds


class ChapterFindings(Model):
    chapter: ChapterId
    blocks: tuple[BlockFinding, ...]
    dropped: tuple[Dropped, ...] = ()
    spoken_words: int
    """Content words spoken in the chapter, fillers not counted."""
    kept_words: int
    """Of these, how many the chapter's blocks hold."""


class CheckedChapter(Model):
    """A chapter as it will be printed, and what the checks said of it."""

    draft: Draft
    findings: ChapterFindings


class CheckFigures(Model):
    """A chapter's checks, or the lecture's, in figures."""

    blocks: int
    supported: int
    repaired: int
    replaced: int
    unverified: int
    dropped: int
    """Sentences that say something and that no block cites."""
    spoken_words: int
    kept_words: int
    problems: dict[str, int]
    """How often each check had something to say, of any draft of a block."""


class FoundProblem(Problem):
    """A problem, with the words it rests on."""

    said: str | None = None
    """The sentence as it was spoken."""


class FoundBlock(Model):
    """A block that was not supported at once."""

    block: BlockId
    outcome: Outcome
    text: str
    """As it stands on the page; empty where nothing stands in its place."""
    problems: tuple[FoundProblem, ...]


class FoundChapter(Model):
    chapter: ChapterId
    title: str
    writer: WriterName
    figures: CheckFigures
    blocks: tuple[FoundBlock, ...]
    dropped: tuple[Dropped, ...]


class LectureFindings(Model):
    """What the checks said of the whole lecture: `work/findings.json`."""

    figures: CheckFigures
    chapters: tuple[FoundChapter, ...]


# ----------------------------------------------------------------------------------------------- render


class Site(Model):
    """What render made: paths relative to the lecture's folder."""

    index: RelativePath
    files: tuple[RelativePath, ...]
    beside: tuple[RelativePath, ...] = ()
    """What was written with it and is no part of the site."""


# ------------------------------------------------------------------------------------------- throughout


class Degradation(Model):
    """Something that fell short of the promise: printed at the end, on the page, fatal under `--strict`."""

    stage: str
    what: str
    consequence: str
    remedy: str
    chapter: ChapterId | None = None
    passing: bool = False
    """It may be otherwise by the next run (a program was stopped, or is installed by then): that run tries again
    instead of remembering the failure."""
