"""What the `local` writer makes of some chapters, beside the `editor`'s text of the same.

    python bench/writers.py [--chapters ch05,ch07,ch11] [--json] [VTT CHAPTERS_TXT]

With no files given, three chapters of the tokenizer lecture of the test data are measured. The local model's
weights have to be there (`make setup` and one run with WRITER=local fetch them).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import editor as figures_of

from pipeline.adapters.llama import LlamaModel
from pipeline.config import Config
from pipeline.interfaces import Assignment, Writer
from pipeline.models import Block, Chapter, Outline
from pipeline.replies import Replies
from pipeline.weights import fetch, is_fetched
from pipeline.writers.editor import EditorWriter
from pipeline.writers.local import LocalWriter


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("vtt", nargs="?", type=Path, default=figures_of.LECTURE / "whisper-large.vtt")
    parser.add_argument("marks", nargs="?", type=Path, default=figures_of.LECTURE / "chapters.txt")
    parser.add_argument("--chapters", default="ch05,ch07,ch11", help="ids, with commas between")
    parser.add_argument("--json", action="store_true", help="figures as JSON")
    options = parser.parse_args()
    config = Config()
    if not options.vtt.exists() or not is_fetched(config.local.model, config.weights):
        sys.exit(
            "bench writers: the transcript or the local model's weights are absent; nothing was measured"
        )
    everything = figures_of.chapters_of(
        figures_of.sentences_of(options.vtt), options.marks.read_text(encoding="utf-8")
    )
    chosen = [chapter for chapter in everything if chapter.id in options.chapters.split(",")]
    editor = EditorWriter()
    outline = editor.outline(figures_of.source_video(everything[-1].end_s), everything, _quiet)
    path = fetch(config.local.model, config.weights, tell=print, progress=_quiet)
    with tempfile.TemporaryDirectory() as folder:
        local = LocalWriter(LlamaModel(path, config.local), editor, Replies(Path(folder)))
        table = {writer.name: figures(writer, chosen, outline) for writer in (editor, local)}
    if options.json:
        print(json.dumps(table, indent=2))
        return
    print(f"{len(chosen)} chapters: {', '.join(chapter.id for chapter in chosen)}")
    print(f"  {'':42} {'editor':>10} {'local':>10}")
    for name, value in table["editor"].items():
        print(f"  {name:42} {value:10.3f} {table['local'][name]:10.3f}")


def figures(writer: Writer, chapters: Sequence[Chapter], outline: Outline) -> dict[str, float]:
    """`bench/editor.py`'s figures for another writer, and the share of paragraphs that are its own."""
    blocks: dict[str, tuple[Block, ...]] = {}
    began = time.monotonic()
    for chapter in chapters:
        assignment = Assignment(chapter, figures_of.of_chapter(outline, chapter), Path())
        blocks[chapter.id] = writer.write(assignment, _quiet).blocks
    seconds = time.monotonic() - began
    paragraphs = [block for made in blocks.values() for block in made if block.kind == "paragraph"]
    own = sum(block.writer == writer.name for block in paragraphs) / max(len(paragraphs), 1)
    return figures_of.measure(chapters, blocks, seconds) | {"paragraphs of its own": own}


def _quiet(done: float, total: float, note: str) -> None:
    """Figures are all that is wanted."""


if __name__ == "__main__":
    main()
