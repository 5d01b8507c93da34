"""Writes docs/reading.md: four passages of the example lecture, as spoken, as `editor` and as `local` write them.

    python bench/reading.py            # writes the page; what `local` wrote is kept as it stands there
    python bench/reading.py --local    # has the local model write its part anew (its weights have to be there)
    python bench/reading.py --check    # fails if the page is not what the editor writes today

What was said and shown is taken from the example's truth.json, so no recognizer has a part in it.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from editor import LIMITS

from pipeline.interfaces import Assignment, Writer
from pipeline.models import (
    Block,
    Box,
    BulletList,
    Chapter,
    ChapterOutline,
    Chunk,
    Code,
    Figure,
    Heading,
    OcrLine,
    Outline,
    Screen,
    ScreenKind,
    Sentence,
    SourceVideo,
)
from pipeline.writers.editor import EditorWriter

ROOT = Path(__file__).parents[1]
TRUTH = ROOT / "examples" / "bpe-lecture" / "truth.json"
PAGE = ROOT / "docs" / "reading.md"

HEAD = """# What becomes of speech

Four passages of the example lecture (`examples/bpe-lecture`): as they are spoken, as the `editor` writes them, which
uses no model, and what the `local` writer's small model changes in that. Written by `python bench/reading.py --local`;
a test fails when this page is not what the editor writes today.
"""
TAIL = """## What is promised

Of the half of the tokenizer lecture that no rule was tuned on (`python bench/editor.py`; `python bench/writers.py` sets
`local` beside it on three chapters of that half). A test holds the `editor` to these limits:

| figure | limit |
| --- | --- |
"""
SAME = "As the editor wrote it: nothing in it is left to mend, or no change passed the checks."
LOCAL = "Written by `local`:\n"


@dataclass(frozen=True)
class Passage:
    """Sentences `[first, last)` of a chapter, both counted from 0."""

    chapter: int
    first: int
    last: int
    what: str


PASSAGES = (
    Passage(0, 0, 8, "Fillers, a restart, and a list that the lecturer counts out"),
    Passage(1, 0, 10, "A slip put right aloud, numbers, and a clause begun twice"),
    Passage(3, 0, 7, "Code typed while it is explained"),
    Passage(6, 0, 6, "An exercise, and a paper with its authors"),
)

_KINDS = {"slide": ScreenKind.SLIDE, "page": ScreenKind.OTHER}


def page(local: Sequence[str]) -> str:
    """The page as the editor writes it today.

    Args:
        local: what `local` made of each passage, as Markdown.
    """
    chapters = chapters_of(json.loads(TRUTH.read_text(encoding="utf-8")))
    parts = [HEAD]
    texts = written(EditorWriter(), chapters)
    for number, (passage, text, model) in enumerate(zip(PASSAGES, texts, local, strict=True), 1):
        spoken = chapters[passage.chapter].sentences[passage.first : passage.last]
        parts.append(f"## {number}. {passage.what}\n\nSpoken:\n")
        parts.append("> " + " ".join(sentence.text for sentence in spoken) + "\n")
        parts += ["Written by `editor`:\n", text, LOCAL, f"{SAME}\n" if model == text else model]
    limits = "".join(f"| {name} | {limit} |\n" for name, limit in LIMITS.items())
    return "\n".join([*parts, TAIL + limits])


def written(writer: Writer, chapters: Sequence[Chapter]) -> list[str]:
    """Each passage as a writer writes it, as Markdown."""
    outline = writer.outline(video(chapters[-1].end_s), chapters, _quiet)
    texts = []
    for passage in PASSAGES:
        chapter = chapters[passage.chapter]
        ids = {sentence.id for sentence in chapter.sentences[passage.first : passage.last]}
        blocks = writer.write(Assignment(chapter, _part(outline, chapter), Path()), _quiet).blocks
        chosen = [block for block in blocks if block.sentences and block.sentences[0] in ids]
        texts.append("\n".join(_shown(block) for block in chosen))
    return texts


def video(duration_s: float) -> SourceVideo:
    """The example, as far as a writer asks for it."""
    return SourceVideo(
        id="example", url=None, moment_url=None, title="Byte pair encoding", duration_s=duration_s, media="media.mp4",
        sha256="0" * 64, has_video=True, has_audio=True, language="en",
    )  # fmt: skip


def kept(text: str) -> list[str]:
    """What `local` made of each passage, as a page has it."""
    found = text.split(LOCAL)[1:]
    if len(found) != len(PASSAGES):
        return [SAME + "\n"] * len(PASSAGES)
    return [part.split("\n## ")[0].strip("\n") + "\n" for part in found]


def local_now(chapters: Sequence[Chapter]) -> list[str]:
    """What the local model makes of each passage today.

    Raises:
        WeightsError: the model's weights cannot be had.
    """
    from pipeline.adapters.writers import make_writer
    from pipeline.config import Config

    with tempfile.TemporaryDirectory() as folder:
        return written(make_writer("local", Config(), Path(folder), print, _quiet), chapters)


def chapters_of(truth: dict[str, Any]) -> list[Chapter]:
    """The example's chapters with what is said and shown in them, one chunk each."""
    screens = [_screen(number, screen, truth) for number, screen in enumerate(truth["screens"], 1)]
    found = []
    for index, mark in enumerate(truth["chapters"]):
        name = f"ch{index + 1:02d}"
        sentences = tuple(
            Sentence(id=f"s{number:04d}", start_s=said["start_s"], end_s=said["end_s"], text=said["text"])
            for number, said in enumerate(truth["sentences"], 1) if said["chapter"] == index
        )  # fmt: skip
        up = tuple(s for s in screens if s.start_s < mark["end_s"] and s.end_s > mark["start_s"])
        span = {"start_s": mark["start_s"], "end_s": mark["end_s"]}
        chunk = Chunk(id=f"{name}-01", sentences=sentences, screens=up, **span)
        found.append(Chapter(id=name, title=mark["title"], boundary="author", chunks=(chunk,), **span))
    return found


def _screen(number: int, shown: dict[str, Any], truth: dict[str, Any]) -> Screen:
    kind = _KINDS.get(shown["kind"], ScreenKind.CODE)
    names = {screen["id"]: f"f{place:03d}" for place, screen in enumerate(truth["screens"], 1)}
    lines = tuple(
        OcrLine(
            text=text, box=Box(x0=80, y0=50 + 40 * row, x1=1000, y1=50 + 40 * row + (36 if row == 0 else 22)),
            confidence=0.97, is_code=kind is ScreenKind.CODE,
        )
        for row, text in enumerate(shown["lines"])
    )  # fmt: skip
    return Screen(
        id=f"f{number:03d}", start_s=shown["start_s"], end_s=shown["end_s"], frame=f"frames/{shown['id']}.png",
        frame_s=shown["completed_s"], width=1280, height=720, kind=kind, lines=lines,
        same_as=names[shown["same_as"]] if shown["same_as"] else None,
    )  # fmt: skip


def _part(outline: Outline, chapter: Chapter) -> ChapterOutline:
    return ChapterOutline(
        title=outline.title, author=outline.author, language=outline.language,
        chapter=next(part for part in outline.chapters if part.id == chapter.id),
        chapter_titles=tuple(part.title for part in outline.chapters), terms=outline.terms,
        references=outline.references,
    )  # fmt: skip


def _shown(block: Block) -> str:
    if isinstance(block, Heading):
        return f"### {block.text}\n"
    if isinstance(block, Code):
        return f"```{block.language}\n{block.code}\n```\n"
    if isinstance(block, Figure):
        return f"*Figure: {block.caption}*\n"
    if isinstance(block, BulletList):
        return "\n".join(f"{n}. {item}" for n, item in enumerate(block.items, 1)) + "\n"
    return f"**Exercise.** {block.text}\n" if block.kind == "exercise" else f"{block.text}\n"


def _quiet(done: float, total: float, note: str) -> None:
    pass


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the page is out of date")
    parser.add_argument("--local", action="store_true", help="have the local model write its part anew")
    options = parser.parse_args()
    before = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    chapters = chapters_of(json.loads(TRUTH.read_text(encoding="utf-8")))
    text = page(local_now(chapters) if options.local else kept(before))
    if not options.check:
        PAGE.write_text(text, encoding="utf-8")
    elif before != text:
        sys.exit(
            f"{PAGE.name}: not what the editor writes today\n  kept: the page\n  fix: python bench/reading.py"
        )


if __name__ == "__main__":
    main()
