"""How well text is read off screens: character error rate, code lines exactly right, seconds a picture.

    python bench/ocr.py [--readers rapidocr,tesseract] [--json FILE]

Slides, notebooks and terminals are drawn at 1280×720 and 1920×1080 in light and dark themes, from 12 to 30 pixels
of text, and compressed as video would (JPEG quality 75, which is worse than most). A code line is right when it is
read exactly, indentation included. The character error rate is the edit distance of all text, in reading order,
white space collapsed, to the length of the truth.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

import numpy as np  # noqa: E402
import screencasts  # noqa: E402
from PIL import Image, ImageDraw, ImageFont  # noqa: E402
from rapidfuzz.distance import Levenshtein  # noqa: E402

from pipeline.adapters.ocr import make_text_reader  # noqa: E402
from pipeline.interfaces import Pixels, TextReader  # noqa: E402

MONOSPACED = (
    "DejaVuSansMono.ttf",
    "LiberationMono-Regular.ttf",
    "JetBrainsMono-Regular.ttf",
    "consola.ttf",
    "Menlo.ttc",
)
PROSE = (
    ("Byte pair encoding", "Start from the 256 bytes", "Count all neighbouring pairs", "Merge the most frequent one",
     "Repeat until the vocabulary holds 50,257 tokens"),
    ("Why is arithmetic hard?", "677 may be one token, 1,275 two", "The digits 6 + 1 = 7 never meet",
     "GPT-4 splits numbers into groups of three"),
    ("Results (n = 1,024)", "loss fell from 3.21 to 1.87", "accuracy rose by 12.5 % in 40 epochs",
     "see arXiv:2309.16609, section 4.2"),
)  # fmt: skip
TERMINAL = (
    "$ python train.py --vocab-size 276 --input taylorswift.txt",
    "merge 1/20: (101, 32) -> 256 had 2981 occurrences",
    "merge 2/20: (44, 32) -> 257 had 2961 occurrences",
    "merge 3/20: (100, 32) -> 258 had 2617 occurrences",
    "tokens length: 24597",
    "ids length: 19438",
    "compression ratio: 1.27X",
    "$ ls -la models/",
)
NOTEBOOK = (
    "text = \"hello world!!!? (안녕하세요!)\"".replace("안녕하세요", "annyeong"),
    "tokens = list(text.encode(\"utf-8\"))",
    "",
    "def decode(ids):",
    "    tokens = b\"\".join(vocab[idx] for idx in ids)",
    "    return tokens.decode(\"utf-8\", errors=\"replace\")",
    "",
    "class BasicTokenizer:",
    "    def __init__(self):",
    "        self.merges = {}  # (int, int) -> int",
    "        self.pattern = r\"\\w+|[^\\w\\s]+\"",
    "",
    "    def train(self, text, vocab_size, verbose=False):",
    "        assert vocab_size >= 256",
    "        for i in range(vocab_size - 256):",
    "            stats = get_stats(ids)",
    "            if not stats:",
    "                break",
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A picture and what stands on it."""

    name: str
    pixels: Pixels
    lines: tuple[str, ...]
    is_code: bool


def cases() -> Iterator[Case]:
    """Everything that is read, always the same."""
    for number, text in enumerate(PROSE):
        theme = screencasts.DARK if number == 1 else screencasts.LIGHT
        yield Case(f"slide {number + 1}", drawn(text, theme, (1280, 720), 34, 70, mono=False), text, False)
    for size, pixels, theme in (
        ((1280, 720), 24, screencasts.LIGHT),
        ((1280, 720), 18, screencasts.DARK),
        ((1280, 720), 14, screencasts.LIGHT),
        ((1280, 720), 12, screencasts.DARK),
        ((1920, 1080), 20, screencasts.DARK),
        ((640, 360), 12, screencasts.LIGHT),
    ):
        name = f"{size[1]}p, {pixels} px, {'dark' if theme is screencasts.DARK else 'light'}"
        yield Case(
            f"notebook {name}", drawn(NOTEBOOK, theme, size, pixels, round(1.4 * pixels)), NOTEBOOK, True
        )
    part = tuple(screencasts.CODE[:18])
    yield Case("editor 720p, 20 px, dark", drawn(part, screencasts.DARK, (1280, 720), 20, 28), part, True)
    for theme, pixels in ((screencasts.DARK, 20), (screencasts.LIGHT, 15)):
        name = f"terminal 720p, {pixels} px"
        yield Case(name, drawn(TERMINAL, theme, (1280, 720), pixels, round(1.4 * pixels)), TERMINAL, True)


def drawn(
    lines: tuple[str, ...],
    theme: screencasts.Theme,
    size: tuple[int, int],
    pixels: int,
    step: int,
    mono: bool = True,
) -> Pixels:
    """Lines of text one below the other, through JPEG."""
    image = Image.new("RGB", size, theme.paper)
    pen = ImageDraw.Draw(image)
    face = monospaced(pixels) if mono else screencasts.font(pixels)
    for row, line in enumerate(lines):
        ink = theme.accent if row == 0 and not mono else theme.ink
        pen.text((size[0] // 20, size[1] // 14 + row * step), line, ink, face)
    packed = io.BytesIO()
    image.save(packed, "JPEG", quality=75)
    return np.asarray(Image.open(packed))


def monospaced(pixels: int) -> ImageFont.FreeTypeFont:
    for name in MONOSPACED:
        try:
            return ImageFont.truetype(name, pixels)
        except OSError:
            continue
    raise SystemExit(f"none of these fonts is installed: {', '.join(MONOSPACED)}")


def collapsed(lines: list[str]) -> str:
    return re.sub(r"\s+", " ", " ".join(lines)).strip()


def measure(reader: TextReader) -> dict[str, object]:
    """Read every case; prints a line for each."""
    edits = length = right = total = 0
    seconds: list[float] = []
    rows = []
    for case in cases():
        began = time.perf_counter()
        found = reader.read(case.pixels)
        seconds.append(time.perf_counter() - began)
        truth, read = collapsed(list(case.lines)), collapsed([line.text for line in found])
        distance = Levenshtein.distance(truth, read)
        edits, length = edits + distance, length + len(truth)
        row: dict[str, object] = {"case": case.name, "cer": distance / len(truth), "seconds": seconds[-1]}
        if case.is_code:
            wanted = [line for line in case.lines if line]
            got = {line.text for line in found if line.is_code}
            exact = sum(line in got for line in wanted)
            right, total = right + exact, total + len(wanted)
            row |= {"exact": exact, "lines": len(wanted)}
        rows.append(row)
        exactly = f"{row['exact']}/{row['lines']} lines" if case.is_code else ""
        print(f"  {case.name:32s} CER {row['cer']:6.3f}  {exactly:12s} {seconds[-1]:5.1f} s", flush=True)
    summary = {"cer": edits / length, "exact": right / total, "seconds": statistics.median(seconds)}
    print(
        f"{reader.name}: CER {summary['cer']:.4f}, code lines exact {right}/{total} ({summary['exact']:.0%}), "
        f"median {summary['seconds']:.1f} s a picture"
    )
    return {"cases": rows, "summary": summary}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--readers", default="rapidocr,tesseract")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    result = {}
    for name in options.readers.split(","):
        reader = make_text_reader(name)
        assert reader is not None, "name readers that read"
        result[name] = measure(reader)
    if options.json:
        options.json.write_text(json.dumps(result, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
