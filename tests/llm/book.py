"""A small lecture of three derived chapters, as the stages before `outline` leave it, and runs over it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from PIL import Image

from pipeline.config import Config
from pipeline.models import (
    Box,
    Chapter,
    Chapters,
    Chunk,
    OcrLine,
    Screen,
    ScreenKind,
    Screens,
    Sentence,
    SourceVideo,
    Transcript,
)
from pipeline.reports import Report
from pipeline.runner import Run
from pipeline.stages import STAGES, Stage
from pipeline.store import Store

TEXTS = (
    (
        "So um, today we look at how text becomes numbers for a language model.",
        "The text is first encoded in UTF-8, and that gives us bytes, numbers between 0 and 255.",
        "A single one of these numbers is what people call a code unit.",
        "There is a paper called Neural Machine Translation of Rare Words with Subword Units.",
        "It was written by Rico Sennrich and others, and it brought byte pair encoding to language models.",
    ),
    (
        "Okay so now we count the pairs of bytes that stand side by side.",
        "The most frequent pair gets a new token, number 256.",
        "This step is called a merge, and we do it again and again.",
        "After 20 merges the vocabulary has 276 entries, you know.",
        "If you stop the video here, implement the function merge for yourself.",
    ),
    (
        "Now GPT-4 has about 100,000 tokens in its vocabulary, and every merge was learned from data.",
        "It splits the text first, with a regular expression, so that no merge crosses from one word to the next.",
        "That is the reason why a leading space matters so much, it is part of the token.",
        "And a code unit never stands alone there, because frequent words have their own tokens.",
    ),
)


def chapters() -> Chapters:
    made, number, at_s = [], 0, 0.0
    for place, texts in enumerate(TEXTS, 1):
        sentences = []
        for text in texts:
            number += 1
            sentences.append(Sentence(id=f"s{number:04d}", start_s=at_s, end_s=at_s + 10, text=text))
            at_s += 10
        screens = (slide(),) if place == 2 else ()
        start_s = sentences[0].start_s
        chunk = Chunk(
            id=f"ch{place:02d}-01", start_s=start_s, end_s=at_s, sentences=tuple(sentences), screens=screens
        )
        made.append(
            Chapter(
                id=f"ch{place:02d}", title=f"Bytes {place}", start_s=start_s, end_s=at_s, boundary="derived",
                chunks=(chunk,),
            )
        )  # fmt: skip
    return Chapters(duration_s=at_s, chapters=tuple(made))


def slide() -> Screen:
    box = Box(x0=0, y0=0, x1=100, y1=20)
    return Screen(
        id="f001", start_s=52, end_s=80, frame="work/frames/f001.png", frame_s=70, width=64, height=48,
        kind=ScreenKind.SLIDE, lines=(OcrLine(text="Merging byte pairs", box=box, confidence=0.9),),
    )  # fmt: skip


def lay(folder: Path) -> Path:
    """The artifacts of download, screens, transcribe and segment in a lecture's folder."""
    store = Store(folder)
    (folder / "work" / "frames").mkdir(parents=True)
    (folder / "work" / "media").mkdir()
    Image.new("RGB", (64, 48), "white").save(folder / "work" / "frames" / "f001.png")
    (folder / "work" / "media" / "lecture.mp4").write_bytes(b"no video")
    found = chapters()
    for artifact in (
        SourceVideo(
            id="tokens", url="https://video.example/tokens", moment_url=None, title="Tokens", author="M. Orr",
            duration_s=found.duration_s, media="work/media/lecture.mp4", sha256="0" * 64, has_video=True,
            has_audio=True, language="en", description="The code: https://code.example/tokens",
        ),
        Screens(screens=(slide(),)),
        Transcript(
            source="captions", language="en", sentences=tuple(s for one in found.chapters for s in one.sentences)
        ),
        found,
    ):  # fmt: skip
        store.write(artifact, None, {}, ())
    return folder


def make(folder: Path, base_url: str, stages: Iterable[Stage] = STAGES[4:], **options: Any) -> Report:
    """Run the stages from `outline` on with the `openai` writer against a server."""
    openai = {"base_url": base_url, "model": "m", "retries": 0, "sees": False, **options.pop("openai", {})}
    write = {"writer": "openai", **options.pop("write", {})}
    render = {"search": False, "copy_media_max_mb": 0.0}
    config = Config.model_validate({"openai": openai, "write": write, "render": render, **options})
    return Run("https://video.example/tokens", folder, config, Silent(), stages=tuple(stages)).run()


def bytes_of(folder: Path, *patterns: str) -> dict[str, bytes]:
    return {
        path.name: path.read_bytes()
        for pattern in patterns
        for path in sorted((folder / "work").glob(pattern))
    }


class Silent:
    """A watcher that draws nothing."""

    def planned(self, stages: Iterable[Stage]) -> None: ...
    def started(self, stage: Stage, units: int) -> None: ...
    def progress(self, stage: Stage, chapter: str | None, done: float, total: float, note: str) -> None: ...
    def finished(self, result: Any) -> None: ...
    def tell(self, text: str) -> None: ...


Respond = Callable[[dict[str, Any]], Any]
