"""How well the `editor` writer keeps a lecture and how well it reads: on the half that it was not tuned on.

    python bench/editor.py [--half held-out|tuned|all] [--json] [--show CHAPTER] VTT CHAPTERS_TXT

The held-out half is every second chapter from the eighth on; the others were read while the rules were made. With
no files given, the tokenizer lecture of the test data is measured. There are no screens in it: headings come from
questions and key phrases alone.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from pipeline.captions import read_captions, to_words
from pipeline.interfaces import Assignment
from pipeline.models import (
    Block,
    BulletList,
    Chapter,
    ChapterOutline,
    Chunk,
    Code,
    Figure,
    Heading,
    Outline,
    Sentence,
    SourceVideo,
    Tokens,
)
from pipeline.sentences import to_sentences
from pipeline.text import numbers, words
from pipeline.writers.editor import EditorWriter

LECTURE = Path(__file__).parents[2] / "shared" / "data" / "lecture-zduSFxRajkE"
WINDOW = 4
"""Sentences of a window that counts as copied if it is more than 95 % identical."""

FIRST_HELD = 8
MAX_FILLERS = 0.5
"""Fillers left in 1,000 words."""
MAX_LONG_SENTENCES = 0.01
"""Share of sentences over 40 words: those with no clause of their own to cut before."""
MAX_COPIED = 0.55
"""Share of windows more than 95 % identical: the captions come without most of the fillers that were said, so
that a good half of this lecture needs little editing."""
LIMITS = {
    "content words kept": "0.9 at least",
    "of these kept": "0.97 at least",
    "of these supported": "1",
    "fillers per 1,000 words, written": f"{MAX_FILLERS} at most",
    "sentences over 40 words": f"{MAX_LONG_SENTENCES:.0%} at most",
    "paragraphs of 150 words or more": "0",
    "windows copied (> 95 % identical)": f"{MAX_COPIED} at most",
}


# --------------------------------------------------------------------------------------------- the lecture


def sentences_of(vtt: Path) -> list[Sentence]:
    """The captions as the transcribe stage reads them."""
    return list(to_sentences(to_words(read_captions(vtt)), "en"))


def chapters_of(sentences: Sequence[Sentence], lines: str) -> list[Chapter]:
    """Chapters of "0:05:50 Title" lines; a sentence belongs to the chapter that it begins in."""
    marks = []
    for match in re.finditer(r"^(\d+):(\d+):(\d+) (.+)$", lines, re.MULTILINE):
        hours, minutes, seconds = (int(match[group]) for group in (1, 2, 3))
        marks.append((3600.0 * hours + 60 * minutes + seconds, match[4]))
    ends = [*(start for start, _ in marks[1:]), sentences[-1].end_s + 1]
    found = []
    for number, ((start_s, title), end_s) in enumerate(zip(marks, ends, strict=True), 1):
        mine = tuple(sentence for sentence in sentences if start_s <= sentence.start_s < end_s)
        name = f"ch{number:02d}"
        chunk = Chunk(id=f"{name}-01", start_s=start_s, end_s=end_s, sentences=mine, screens=())
        found.append(
            Chapter(id=name, title=title, start_s=start_s, end_s=end_s, boundary="author", chunks=(chunk,))
        )
    return found


def source_video(duration_s: float) -> SourceVideo:
    return SourceVideo(
        id="bench", url=None, moment_url=None, title="A lecture", duration_s=duration_s, media="media.mp4",
        sha256="0" * 64, has_video=True, has_audio=True, language="en",
    )  # fmt: skip


def of_chapter(outline: Outline, chapter: Chapter) -> ChapterOutline:
    return ChapterOutline(
        title=outline.title,
        author=outline.author,
        language=outline.language,
        chapter=next(part for part in outline.chapters if part.id == chapter.id),
        chapter_titles=tuple(part.title for part in outline.chapters),
        terms=outline.terms,
        references=outline.references,
    )


# ---------------------------------------------------------------------------------------------- measuring


def plain(block: Block) -> str:
    """A block's words, without Markdown's marks."""
    if isinstance(block, BulletList):
        text = "\n".join(f"{n}. {item}" if block.ordered else item for n, item in enumerate(block.items, 1))
    elif isinstance(block, Code):
        text = block.code
    elif isinstance(block, Figure):
        text = f"{block.caption} {block.alt}"
    elif isinstance(block, Tokens):
        text = block.text
    else:
        text = block.text
    return re.sub(r"\\(?=[^\w\s])|(?<!\\)`", "", text)


def is_prose(block: Block) -> bool:
    return not isinstance(block, Heading | Code | Figure | Tokens)


def measure(
    chapters: Sequence[Chapter], blocks: dict[str, tuple[Block, ...]], seconds: float
) -> dict[str, float]:
    """The figures over some chapters; shares in [0, 1]."""
    source = {chapter.id: " ".join(sentence.text for sentence in chapter.sentences) for chapter in chapters}
    result = {name: "\n".join(plain(block) for block in blocks[name] if is_prose(block)) for name in source}
    everything, written = " ".join(source.values()), "\n\n".join(result.values())
    said = sum(len(words.content(text)) for text in source.values())
    prose = [plain(block) for name in source for block in blocks[name] if is_prose(block)]
    large = {n.value for n in numbers.numbers(everything) if n.digits >= 3}
    gone = {n.value for name in source for n in numbers.lost(source[name], result[name], min_digits=3)}
    stated = {n.value for n in numbers.numbers(written) if not n.weak}
    invented = {n.value for name in source for n in numbers.unsupported(source[name], result[name])}
    ends = [len(words.tokens(sentence)) for text in prose for sentence in re.split(r"(?<=[.?!…])\s+", text)]
    copied = [share for chapter in chapters for share in copies(chapter, blocks[chapter.id])]
    spoken_words = words.count(everything)
    return {
        "spoken words": spoken_words,
        "written words": words.count(written),
        "content words kept": sum(
            words.kept_share(source[name], result[name]) * len(words.content(source[name])) for name in source
        ) / said,
        "distinct content words kept": statistics.fmean(
            words.kept_share(source[name], result[name], distinct=True) for name in source
        ),
        "content words added": sum(len(words.added(source[name], result[name])) for name in source),
        "distinct numbers of 3+ digits": len(large),
        "of these kept": 1 - len(gone) / max(len(large), 1),
        "numbers stated": len(stated),
        "of these supported": 1 - len(invented) / max(len(stated), 1),
        "fillers per 1,000 words, spoken": words.fillers_per_thousand(everything),
        "fillers per 1,000 words, written": words.fillers_per_thousand(written),
        "sentences over 40 words, spoken": sum(
            words.count(sentence.text) > 40 for chapter in chapters for sentence in chapter.sentences
        ),
        "sentences over 40 words": sum(length > 40 for length in ends),
        "sentences": len(ends),
        "paragraphs": len(prose),
        "paragraphs of 150 words or more": sum(words.count(text) >= 150 for text in prose),
        "windows copied (> 95 % identical)": sum(share > 0.95 for share in copied) / max(len(copied), 1),
        "reading ease, spoken": words.reading_ease(everything),
        "reading ease, written": words.reading_ease(written),
        "headings": sum(isinstance(block, Heading) for name in source for block in blocks[name]),
        "words per second": spoken_words / seconds,
    }  # fmt: skip


def copies(chapter: Chapter, blocks: Sequence[Block]) -> list[float]:
    """For each window of four spoken sentences, how much of it a block repeats word for word."""
    shares = []
    said = chapter.sentences
    for at in range(0, len(said) - WINDOW + 1, WINDOW):
        window = said[at : at + WINDOW]
        ids = {sentence.id for sentence in window}
        text = " ".join(plain(block) for block in blocks if is_prose(block) and ids & set(block.sentences))
        source = " ".join(sentence.text for sentence in window)
        shares.append(_share_found(source, text))
    return shares


def _share_found(source: str, text: str) -> float:
    """Share of a window's words that stand in `text` in the same order and in the same sentences.

    Words, case, and where sentences end count; a window that was re-punctuated is not a copy.
    """
    from difflib import SequenceMatcher

    a, b = _marked(source), _marked(text)
    found = SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks()
    return sum(block.size for block in found) / max(len(a), 1)


def _marked(text: str) -> list[str]:
    """Words in lower case, without commas, and a full stop where a sentence ends."""
    return [token for token in re.findall(r"[\w'’-]+|[.?!](?=\s|$)", text.casefold()) if token]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("vtt", nargs="?", type=Path, default=LECTURE / "whisper-large.vtt")
    parser.add_argument("chapters", nargs="?", type=Path, default=LECTURE / "chapters.txt")
    parser.add_argument("--half", choices=("held-out", "tuned", "all"), default="held-out")
    parser.add_argument("--json", action="store_true", help="figures as JSON")
    parser.add_argument("--show", help="print this chapter (ch05) instead of figures")
    options = parser.parse_args()
    if not options.vtt.exists():
        sys.exit(
            f"bench editor: {options.vtt} is not there\n  kept: nothing was measured\n  fix: name a VTT file"
        )
    sentences = sentences_of(options.vtt)
    chapters = chapters_of(sentences, options.chapters.read_text(encoding="utf-8"))
    if options.show:
        outline, blocks, *_ = written(chapters)
        show(options.show, outline, blocks[options.show])
        return
    chosen = half_of(chapters, options.half)
    figures = edited(chosen)
    if options.json:
        print(json.dumps(figures, indent=2))
        return
    print(f"editor, {options.half} half: {len(chosen)} of {len(chapters)} chapters")
    for name, value in figures.items():
        limit = f"   limit {LIMITS[name]}" if name in LIMITS else ""
        print(f"  {name:42} {value:10.3f}{limit}" if value % 1 else f"  {name:42} {value:10.0f}{limit}")


Written = tuple[Outline, dict[str, tuple[Block, ...]], dict[str, float], float]


def written(chapters: Sequence[Chapter]) -> Written:
    """The outline, each chapter's blocks, the processor seconds that each took, and those of the outline."""
    writer = EditorWriter()
    began = time.process_time()
    outline = writer.outline(source_video(chapters[-1].end_s), chapters, _quiet)
    outlined = time.process_time() - began
    blocks, took = {}, {}
    for chapter in chapters:
        began = time.process_time()
        assignment = Assignment(chapter, of_chapter(outline, chapter), Path())
        blocks[chapter.id] = writer.write(assignment, _quiet).blocks
        took[chapter.id] = time.process_time() - began
    return outline, blocks, took, outlined


def half_of(chapters: Sequence[Chapter], half: str) -> list[Chapter]:
    """Chapters of a half: "tuned", "held-out" or "all"."""
    held_out = {
        chapter.id for number, chapter in enumerate(chapters, 1) if number % 2 == 0 and number >= FIRST_HELD
    }
    return [
        chapter for chapter in chapters if half == "all" or (chapter.id in held_out) == (half == "held-out")
    ]


def edited(chapters: Sequence[Chapter]) -> dict[str, float]:
    """The figures over some chapters."""
    _, blocks, took, outlined = written(chapters)
    return measure(chapters, blocks, sum(took.values())) | {"seconds for the outline": outlined}


def show(name: str, outline: Outline, blocks: Sequence[Block]) -> None:
    """A chapter as Markdown, its summary and terms before it."""
    part = next(part for part in outline.chapters if part.id == name)
    print(f"# {part.title}\n\n> {part.summary}\n")
    for term in outline.terms:
        if term.chapter == name:
            print(f"> **{term.term}**: {term.definition}")
    for block in blocks:
        match block.kind:
            case "heading":
                print(f"\n## {block.text}\n")
            case "code":
                print(f"```{block.language}\n{block.code}\n```\n")
            case "figure":
                print(f"![{block.alt}]({block.screens[0]})\n*{block.caption}*\n")
            case "list":
                print("\n".join(f"{n}. {item}" for n, item in enumerate(block.items, 1)) + "\n")
            case _:
                print(f"{'**Exercise.** ' if block.kind == 'exercise' else ''}{block.text}\n")


def _quiet(done: float, total: float, note: str) -> None:
    pass


if __name__ == "__main__":
    main()
