"""What the `local` writer makes of some chapters, beside the `editor`'s text of the same.

    python bench/writers.py [--chapters ch08,ch10,ch16] [--json] [--show] [VTT CHAPTERS_TXT]

With no files given, three chapters of the half of the tokenizer lecture that neither writer was tuned on are
measured. The local model's weights have to be there (one run with WRITER=local fetches them).
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import editor as figures_of

from pipeline.adapters.llama import LlamaModel
from pipeline.config import Config
from pipeline.interfaces import Assignment, Writer
from pipeline.models import Block, Chapter
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
    parser.add_argument("--chapters", default="ch08,ch10,ch16", help="ids, with commas between")
    parser.add_argument("--json", action="store_true", help="figures as JSON")
    parser.add_argument("--show", action="store_true", help="print what the local writer wrote, too")
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
    path = fetch(config.local.model, config.weights, tell=print, progress=_quiet)
    with tempfile.TemporaryDirectory() as folder:
        local = LocalWriter(LlamaModel(path, config.local), editor, Replies(Path(folder)))
        table = {writer.name: figures(writer, chosen, options.show) for writer in (editor, local)}
        calls = len(list(Path(folder).glob("*.json")))
    if options.json:
        print(json.dumps(table | {"replies of the model": calls}, indent=2))
        return
    print(
        f"{len(chosen)} chapters: {', '.join(chapter.id for chapter in chosen)}; {calls} replies of the model"
    )
    print(f"  {'':42} {'editor':>10} {'local':>10}")
    for name, value in table["editor"].items():
        print(f"  {name:42} {value:10.3f} {table['local'][name]:10.3f}")


def figures(writer: Writer, chapters: Sequence[Chapter], shown: bool = False) -> dict[str, float]:
    """`bench/editor.py`'s figures for another writer, the outline of these chapters among its work.

    "Words per processor second" does not depend on what else the machine does, as far as caches allow.
    """
    blocks: dict[str, tuple[Block, ...]] = {}
    began, busy = time.monotonic(), time.process_time()
    outline = writer.outline(figures_of.source_video(chapters[-1].end_s), chapters, _quiet)
    for chapter in chapters:
        assignment = Assignment(chapter, figures_of.of_chapter(outline, chapter), Path())
        blocks[chapter.id] = writer.write(assignment, _quiet).blocks
    seconds, processor = time.monotonic() - began, time.process_time() - busy
    if shown and writer.name == "local":
        for name, made in blocks.items():
            figures_of.show(name, outline, made)
    paragraphs = [block for made in blocks.values() for block in made if block.kind == "paragraph"]
    own = sum(block.writer == writer.name for block in paragraphs) / max(len(paragraphs), 1)
    found = figures_of.measure(chapters, blocks, seconds)
    return found | {
        "words per processor second": found["spoken words"] / processor,
        "paragraphs of its own": own,
        "peak memory, MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _quiet(done: float, total: float, note: str) -> None:
    """Figures are all that is wanted."""


if __name__ == "__main__":
    main()
