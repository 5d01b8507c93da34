"""Times rendering: a lecture of 25 chapters, its figures already encoded; all of it, one chapter, nothing.

    python bench/render.py [--chapters 25] [--runs 5] [--json]

Aims: 25 chapters under 2 s, one chapter anew under 0.5 s, a page under 200 KB before figures.
"""

from __future__ import annotations

import argparse
import gzip
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests/render")]

from fakes import FakeWork  # noqa: E402
from lecture_fixture import chips, make_lecture, with_inputs  # noqa: E402

from pipeline import render  # noqa: E402
from pipeline.models import Chapter, Chapters, CheckedChapter, Chunk, Outline, OutlineChapter, Transcript  # noqa: E402

BLOCKS = 44
"""Blocks a chapter, as a model writes for five minutes of lecture: about 1,000 words."""


def long_lecture(folder: Path, chapters: int) -> FakeWork:
    """The test lecture's second chapter, over and over."""
    work = make_lecture(folder)
    model = next(one for one in work.read_all(CheckedChapter) if one.draft.chapter == "ch02")
    length_s = work.read(Chapters).duration_s / chapters
    sentences = list(work.read(Transcript).sentences)
    made, checked, outlined = [], [], []
    for number in range(1, chapters + 1):
        name, start_s = f"ch{number:02}", (number - 1) * length_s
        here = [
            one.model_copy(
                update={"id": f"s{number:02}{i:02}", "start_s": start_s + i, "end_s": start_s + i + 1.0}
            )
            for i, one in enumerate(sentences)
        ]
        chunk = Chunk(
            id=f"{name}-01", start_s=start_s, end_s=start_s + length_s, sentences=tuple(here), screens=()
        )
        made.append(
            Chapter(
                id=name,
                title=f"Part {number}",
                start_s=start_s,
                end_s=start_s + length_s,
                boundary="author",
                chunks=(chunk,),
            )
        )
        blocks = tuple(
            block.model_copy(
                update={
                    "id": f"{name}-b{n:03}",
                    "sentences": (here[n % len(here)].id,),
                    **_distinct(block, number, n),
                }
            )
            for n in range(BLOCKS)
            for block in [model.draft.blocks[n % len(model.draft.blocks)]]
        )
        draft = model.draft.model_copy(update={"chapter": name, "title": f"Part {number}", "blocks": blocks})
        findings = model.findings.model_copy(update={"chapter": name, "blocks": ()})
        checked.append(CheckedChapter(draft=draft, findings=findings))
        outlined.append(OutlineChapter(id=name, title=f"Part {number}", summary="What it is about."))
    chapter_model = Chapters(duration_s=work.read(Chapters).duration_s, chapters=tuple(made))
    outline = work.read(Outline).model_copy(update={"chapters": tuple(outlined)})
    transcript = work.read(Transcript).model_copy(
        update={"sentences": tuple(one for chapter in made for one in chapter.sentences)}
    )
    with_inputs(work, chapter_model, outline, transcript, *checked)
    return work


def _distinct(block: Any, chapter: int, number: int) -> dict[str, str]:
    # No two paragraphs alike, so that nothing comes out of a cache that a real lecture would not fill.
    return (
        {"text": f"{block.text} This is number {number} of {chapter}. {block.text}"}
        if block.kind == "paragraph"
        else {}
    )


def change_one(work: FakeWork, stamp: int) -> None:
    """One paragraph of one chapter, written anew."""
    first, *others = work.read_all(CheckedChapter)
    blocks = list(first.draft.blocks)
    blocks[1] = blocks[1].model_copy(update={"text": f"Written anew, {stamp}."})
    draft = first.draft.model_copy(update={"blocks": tuple(blocks)})
    with_inputs(work, first.model_copy(update={"draft": draft}), *others)


def timed(work: FakeWork) -> tuple[float, float]:
    """Seconds by the clock, and of the processor (the two part where others use the machine too)."""
    work.recorded.clear()
    start, start_cpu = time.perf_counter(), time.process_time()
    render.run(work, chips=chips)
    return time.perf_counter() - start, time.process_time() - start_cpu


def medians(times: list[tuple[float, float]]) -> str:
    return " / ".join(f"{statistics.median(one):.2f}" for one in zip(*times, strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chapters", type=int, default=25)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        work = long_lecture(Path(name) / "long", options.chapters)
        first = timed(work)
        site = work.folder / "site"
        whole, one = [], []
        for run in range(options.runs):
            for page in site.glob("*.html"):
                page.unlink()
            (work.folder / render.CACHE / "converted.json").unlink()
            whole.append(timed(work))
            change_one(work, run)
            one.append(timed(work))
        page = (site / "ch02.html").read_bytes()
        fonts = sum(path.stat().st_size for path in (site / "fonts").glob("*.woff2"))
        table = {
            "chapters": options.chapters,
            "words": sum(
                len(b.text.split())
                for c in work.read_all(CheckedChapter)
                for b in c.draft.blocks
                if b.kind == "paragraph"
            ),
            "first run, s / CPU s": medians([first]),
            "all pages anew, s / CPU s": medians(whole),
            "one chapter anew, s / CPU s": medians(one),
            "a chapter's page, KB": round(len(page) / 1000, 1),
            "the same compressed, KB": round(len(gzip.compress(page)) / 1000, 1),
            "with its fonts, KB": round((len(page) + fonts) / 1000, 1),
        }
    if options.json:
        print(json.dumps(table))
    else:
        print("\n".join(f"{name:32}{value:>14}" for name, value in table.items()))


if __name__ == "__main__":
    main()
