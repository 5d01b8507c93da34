"""Lets coverage lead the way through what strangers give (atheris, libFuzzer for Python): what crashes or hangs.

    pip install atheris            # not among our packages: it serves this bench alone
    python bench/guided.py [--seconds 60] [--seed 1] [--only json3]

Captions in four formats, configs, outlines, descriptions, replies of models and edited chapters, as bytes that begin
as those of the tests and are changed towards lines of ours that were not reached yet. `bench/fuzz.py` makes up values
that are nearly right; this finds what no one thought of. Exits 1 if a target crashed; its input is printed.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
for place in ("tests", "tests/survival", "."):
    sys.path.insert(0, str(ROOT / place))


def targets() -> dict[str, tuple[bytes, Callable[[bytes, Path], None]]]:
    """Name → what to begin with, and what it is put through."""
    import fuzz

    def text(data: bytes) -> str:
        return data.decode("utf-8", "replace")

    return {
        "vtt": (fuzz.VTT, lambda data, folder: fuzz.read_caption_file(("vtt", data), folder)),
        "srt": (fuzz.SRT, lambda data, folder: fuzz.read_caption_file(("srt", data), folder)),
        "json3": (fuzz.JSON3, lambda data, folder: fuzz.read_caption_file(("json3", data), folder)),
        "ttml": (fuzz.TTML, lambda data, folder: fuzz.read_caption_file(("ttml", data), folder)),
        "description": (fuzz.DESCRIPTION.encode(), lambda data, f: fuzz.take_description(text(data), f)),
        "config": (b"write:\n  writer: editor\n", lambda data, f: fuzz.load_config((data, "write.writer=editor"), f)),
        "outline": (json.dumps(fuzz.OUTLINE_PLAIN).encode(), lambda data, f: fuzz.take_outline((data, True), f)),
        "reply": (json.dumps(fuzz.REPLY).encode(), lambda data, folder: fuzz.take_reply(text(data), folder)),
        "edit": (b"# Pairs\n\nText has to become numbers.\n", lambda data, f: fuzz.take_edit(text(data), f)),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="one target's name")
    parser.add_argument("--here", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        lead(options.here, options.seconds, options.seed)
    crashed = 0
    for name in targets():
        if options.only in (None, name):
            crashed += report(name, options.seconds, options.seed)
    print(f"targets that crashed: {crashed}")
    sys.exit(bool(crashed))


def report(name: str, seconds: int, seed: int) -> bool:
    """Lead one target in a program of its own, since libFuzzer ends the one it runs in."""
    command = [sys.executable, __file__, "--here", name, "--seconds", str(seconds), "--seed", str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, cwd=ROOT)
    runs = re.findall(r"stat::number_of_executed_units:\s+(\d+)", done.stderr)
    reached = re.findall(r"cov: (\d+)", done.stderr)
    print(
        f"  {name:12} {runs[-1] if runs else '?':>8} cases, {reached[-1] if reached else '?':>6} places reached"
        f"{'' if done.returncode == 0 else ', CRASH'}",
        flush=True,
    )
    if done.returncode:
        print(done.stderr[-3000:], flush=True)
    return done.returncode != 0


def lead(name: str, seconds: int, seed: int) -> None:
    """Fuzz one target in this program."""
    try:
        import atheris
    except ImportError:
        sys.exit("atheris is not installed: pip install atheris")
    with atheris.instrument_imports(include=["pipeline"]):
        beginning, act = targets()[name]
    from pipeline.errors import LecturebookError

    with tempfile.TemporaryDirectory(prefix="lecturebook-guided-") as place:
        corpus = Path(place) / "corpus"
        corpus.mkdir()
        (corpus / "begin").write_bytes(beginning)
        folder = Path(place) / "case"
        folder.mkdir()

        def case(data: bytes) -> None:
            try:
                act(data, folder)
            except LecturebookError as error:
                if str(error).count("\n  kept: ") != 1:
                    raise RuntimeError("not three lines") from error

        # Twenty seconds and a gigabyte are a case's limits; crashing inputs are printed, not kept.
        limits = [f"-max_total_time={seconds}", "-timeout=20", "-rss_limit_mb=1500", "-max_len=4096"]
        atheris.Setup(
            [sys.argv[0], *limits, f"-seed={seed}", f"-artifact_prefix={place}/", "-print_final_stats=1", str(corpus)],
            case,
        )  # fmt: skip
        atheris.Fuzz()


if __name__ == "__main__":
    main()
