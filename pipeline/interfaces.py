"""What the stages need of the outside world: adapters and fakes implement it, stages never import them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

from pipeline.config import SectionT
from pipeline.models import (
    Block,
    Chapter,
    ChapterOutline,
    Degradation,
    Draft,
    Model,
    OcrLine,
    Outline,
    Problem,
    SourceVideo,
    Word,
)

ModelT = TypeVar("ModelT", bound=Model)
if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Pixels: TypeAlias = npt.NDArray[np.uint8]
    Samples: TypeAlias = npt.NDArray[np.float32]
else:
    # numpy is not loaded for a run in which everything is up to date.
    Pixels = Samples = Any
"""`Pixels`: an image, `(height, width, 3)`, RGB. `Samples`: mono audio at 16 kHz, `(n,)`, in [-1, 1]."""


class Work(Protocol):
    """What a stage's function is given: its declared inputs and config, and nothing else."""

    @property
    def folder(self) -> Path:
        """The lecture's folder; `work/` inside it is the stages'."""

    @property
    def url(self) -> str:
        """The lecture as the user named it: a URL or an absolute path (for `download`)."""

    @property
    def sample(self) -> int:
        """Which fresh sample of this chapter is wanted; 0 until `make chapter` asks for another."""

    @property
    def notes(self) -> str:
        """The user's instruction for this chapter ("shorter, keep the joke"), or ""."""

    def edit(self, name: str) -> str | None:
        """The text of a person's own file under `edits/` that the stage declared, or None."""

    def read(self, kind: type[ModelT]) -> ModelT:
        """An input that the stage declared."""

    def read_all(self, kind: type[ModelT]) -> tuple[ModelT, ...]:
        """All chapters' artifacts of a declared per-chapter kind, in order (for `render`)."""

    def config(self, kind: type[SectionT]) -> SectionT:
        """A section of the config that the stage declared."""

    def progress(self, done: float, total: float, note: str = "") -> None:
        """Tell how far the stage is, in any unit; draws the bar and the time left."""

    def degrade(self, degradation: Degradation) -> None:
        """Record that the result falls short of the promise; the stage goes on."""

    def degradations(self) -> tuple[Degradation, ...]:
        """What the stages before this one recorded (for `render`)."""


# -------------------------------------------------------------------------------------------- recognizer


@dataclass(frozen=True)
class Heard:
    """Words recognized in one window, times relative to the window's start."""

    words: tuple[Word, ...]
    language: str
    no_speech: float = 0.0
    compression_ratio: float = 0.0


class Recognizer(Protocol):
    """A speech recognizer with its weights loaded."""

    engine: str
    """Name and version, as the article prints it ("faster-whisper 1.2.1")."""
    model: str

    def detect_language(self, audio: Samples) -> str:
        """ISO 639-1 code of the language spoken most."""

    def transcribe(self, audio: Samples, *, language: str, prompt: str, thorough: bool = False) -> Heard:
        """Words of at most ten minutes of audio. `thorough` trades speed for a second opinion."""


# --------------------------------------------------------------------------------------------------- OCR


class TextReader(Protocol):
    """Reads text off a picture."""

    name: str

    def read(self, image: Pixels) -> tuple[OcrLine, ...]:
        """Lines top to bottom, boxes in the picture's pixels."""


# ---------------------------------------------------------------------------------------- language model


@dataclass(frozen=True)
class Message:
    role: str
    text: str
    images: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Request:
    """One call of a language model. `identity()` in `store` hashes it canonically."""

    messages: tuple[Message, ...]
    max_tokens: int
    temperature: float = 0.0
    seed: int = 0
    schema: Mapping[str, Any] | None = None
    """JSON schema of the reply, or None for free text."""
    grammar: str | None = None
    """GBNF; only models that run in the process take one."""


@dataclass(frozen=True)
class Reply:
    text: str
    finished: bool
    """False where the reply was cut at the token limit."""
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0
    refusal: str = ""
    """Why the model would not answer, where it says so; `text` is then empty."""


class LanguageModel(Protocol):
    """A language model behind any transport."""

    name: str
    """What the article prints ("Qwen2.5-Coder-1.5B-Instruct Q4_K_M, llama.cpp 2026.10")."""
    sees: bool
    takes_grammar: bool
    context_tokens: int

    def complete(self, request: Request) -> Reply:
        """Blocking. Raises `ModelError` once its bounded retries are used up."""


# ------------------------------------------------------------------------------------------------ writer


@dataclass(frozen=True)
class Assignment:
    """A chapter to be written."""

    chapter: Chapter
    outline: ChapterOutline
    folder: Path
    """The lecture's folder, for frames."""
    sample: int = 0
    notes: str = ""
    """The user's instruction for this chapter ("shorter, keep the joke")."""


class Writer(Protocol):
    """Turns chapters into blocks. One is made for a run and may be called from several threads."""

    name: str
    """"openai", "local" or "editor"."""
    model: str | None

    def outline(self, video: SourceVideo, chapters: Sequence[Chapter], progress: Progress) -> Outline:
        """The outline of the whole lecture."""

    def write(self, assignment: Assignment, progress: Progress) -> Draft:
        """A chapter's draft, blocks in the order of its chunks."""

    def repair(
        self, assignment: Assignment, blocks: Sequence[Block], problems: Sequence[Problem]
    ) -> tuple[Block, ...]:
        """The same blocks again, with what the checks found wrong in view. May return them unchanged."""


Progress = Callable[[float, float, str], None]
"""`progress(done, total, note)`."""


# ------------------------------------------------------------------------------------------------- media


@dataclass(frozen=True)
class Probe:
    """What a media file holds."""

    duration_s: float
    has_video: bool
    has_audio: bool
    width: int | None = None
    height: int | None = None
    frame_rate: float | None = None
    title: str | None = None
    author: str | None = None
    licence: str | None = None
    comment: str | None = None
    date: str | None = None
    language: str | None = None
    chapters: tuple[tuple[float, str], ...] = ()
    """`(start_s, title)` of the container's chapters."""
    subtitles: tuple[tuple[int, str | None, str], ...] = ()
    """`(stream index, language, codec)` of text subtitle streams."""
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Frame:
    """A decoded picture and its moment."""

    time_s: float
    pixels: Pixels
    key: bool


FrameReader = Callable[[Path], Iterator[Frame]]
