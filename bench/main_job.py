"""The figures of the main job: time by stage, memory, word error rate, words kept.

    python bench/main_job.py [--writer editor] [--json] [--url examples/bpe-lecture/lecture.mp4]

Runs `lecturebook article` on the example lecture in an empty folder (cold artifacts; weights from the user's
cache), then again with nothing changed, and measures the result against `truth.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import jiwer

from pipeline.checks.evidence import text_of
from pipeline.models import CheckedChapter, Transcript
from pipeline.text import numbers, words

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "examples" / "bpe-lecture"


def run(url: Path, output: Path, writer: str) -> tuple[float, float, str]:
    """One run: `(seconds, peak memory in MB, what it printed on standard error)`."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    began = time.perf_counter()
    done = subprocess.run(
        [
            sys.executable, "-m", "pipeline.cli", "article", str(url),
            "--set", f"output.folder={output}", "--set", f"write.writer={writer}",
        ],
        capture_output=True, text=True, cwd=ROOT, env={**os.environ, "COLUMNS": "120"},
    )  # fmt: skip
    seconds = time.perf_counter() - began
    if done.returncode:
        sys.exit(done.stderr)
    after = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    # The largest child so far: of the first run exactly, of a later one only if it is larger.
    return seconds, max(before, after) / 1024, done.stderr


def stages(shown: str) -> dict[str, str]:
    """Times by stage, from the lines that a run prints where there is no terminal."""
    return dict(re.findall(r"^(\w+): .*\((\d[^()]*|up to date)\)$", shown, re.MULTILINE))


def normal(text: str) -> str:
    """Text as compared for word errors: number words as digits, lower case, no punctuation."""
    return " ".join(token.text.lower() for token in words.tokens(numbers.to_digits(text, least=0)))


def accuracy(output: Path) -> dict[str, Any]:
    truth = json.loads((EXAMPLE / "truth.json").read_text())
    work = next(output.glob("*/work"))
    transcript = Transcript.model_validate_json((work / "transcript.json").read_bytes())
    spoken = " ".join(sentence["text"] for sentence in truth["sentences"])
    clean = " ".join(sentence["clean"] for sentence in truth["sentences"])
    heard = " ".join(sentence.text for sentence in transcript.sentences)
    checked = [
        CheckedChapter.model_validate_json(path.read_bytes())
        for path in sorted((work / "checked").glob("ch??.json"))
    ]
    written = "\n".join(text_of(block) for chapter in checked for block in chapter.draft.blocks)
    outcomes: dict[str, int] = {}
    for chapter in checked:
        for finding in chapter.findings.blocks:
            outcomes[finding.outcome] = outcomes.get(finding.outcome, 0) + 1
    by_writer: dict[str, int] = {}
    for chapter in checked:
        for block in chapter.draft.blocks:
            by_writer[block.writer] = by_writer.get(block.writer, 0) + 1
    return {
        "word error rate against the words as spoken": round(jiwer.wer(normal(spoken), normal(heard)), 4),
        "the same, fillers and restarts not counted": round(
            jiwer.wer(normal(clean), normal(clean_of(heard))), 4
        ),
        "content words kept of what was heard": round(words.kept_share(heard, written), 4),
        "content words kept of what was said (truth)": round(words.kept_share(clean, written), 4),
        "outcomes of blocks": outcomes,
        "blocks by writer": by_writer,
    }


def clean_of(text: str) -> str:
    """Heard text without fillers."""
    for start, end, _ in reversed(words.filler_spans(text)):
        text = text[:start] + text[end:]
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", type=Path, default=EXAMPLE / "lecture.mp4")
    parser.add_argument("--writer", default="editor", choices=["editor", "local", "openai"])
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder)
        cold_s, memory_mb, shown = run(arguments.url, output, arguments.writer)
        again = sorted(run(arguments.url, output, arguments.writer)[0] for _ in range(3))
        figures = {
            "writer": arguments.writer,
            "first run, s": round(cold_s, 1),
            "by stage": stages(shown),
            "peak memory, MB": round(memory_mb),
            "nothing changed, s (median of 3)": round(again[1], 2),
            **accuracy(output),
        }
    if arguments.json:
        print(json.dumps(figures, indent=1))
        return
    for name, value in figures.items():
        print(f"{name:<48} {value}")


if __name__ == "__main__":
    main()
