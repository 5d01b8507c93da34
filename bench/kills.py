"""Kills runs of the command, and the programs they start, and counts what is lost.

    python bench/kills.py [--writer editor|openai] [--kind step|after|child] [--kills 100] [--seed 1] [--light]

`step`: SIGKILL before a step on disk chosen at random over the whole run; `after`: at a moment chosen at random;
`child`: to a program that the run starts (ffmpeg, pagefind, pandoc). A 30 s cut of the example goes through OCR,
Whisper (tiny.en), the writer, the checks, search and EPUB. Five kills a chain, then an undisturbed run, which has to
leave in `work/` and `site/` the bytes of a run that nothing disturbed. With `--light`, captions take Whisper's place
and nothing is read off the screens. Exits 1 if anything was lost.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "survival"))

import runs  # noqa: E402

from pipeline.adapters import media  # noqa: E402

CHAIN = 5
EVERYTHING = ("transcribe.model=tiny.en", "render.epub=true")
LIGHT = ("screens.ocr=none",)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--writer", choices=["editor", "openai"], default="editor")
    parser.add_argument("--kind", choices=["step", "after", "child"], default="step")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--light", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lecturebook-kills-") as name, contextlib.ExitStack() as stack:
        lecture, server = prepare(Path(name), options, stack)
        bought = runs.Bought(server, lecture.folder) if server else None
        failures = (of_children if options.kind == "child" else of_runs)(lecture, bought, options)
    for failure in failures:
        print(f"LOST {failure}")
    sys.exit(bool(failures))


def prepare(
    folder: Path, options: argparse.Namespace, stack: contextlib.ExitStack
) -> tuple[runs.Lecture, runs.ChatServer | None]:
    """A cut of the example with chapters of its own, and the scripted endpoint where one is needed."""
    # Matroska is no format that browsers play, so that ffmpeg has something to do.
    video = folder / ("talk.mkv" if options.kind == "child" else "talk.mp4")
    media.cut(ROOT / "examples" / "bpe-lecture" / "lecture.mp4", video, 0.0, 30.0)
    (folder / "marks.txt").write_text(runs.MARKS)
    settings = (*(LIGHT if options.light else EVERYTHING), f"lecture.chapters={folder / 'marks.txt'}")
    if options.light:
        (folder / "talk.en.vtt").write_text(runs.CAPTIONS)
    server, named = None, {}
    if options.writer == "openai":
        server, named, more = stack.enter_context(runs.endpoint())
        settings += more
    return runs.Lecture(video, folder / "out", settings, named), server


def of_runs(lecture: runs.Lecture, bought: runs.Bought | None, options: argparse.Namespace) -> list[str]:
    began = time.monotonic()
    wanted, total = runs.reference(lecture)
    length_s = time.monotonic() - began
    calls = start_counting(bought)
    chance = random.Random(options.seed)
    kills, chains, failures, places = 0, 0, [], Counter[str]()
    while kills < options.kills:
        count = min(CHAIN, options.kills - kills)
        whole = total if options.kind == "step" else length_s
        if bought is not None:
            bought.forget()
        chain = runs.chain(lecture, wanted, runs.points(chance, whole, count, options.kind), bought)
        kills, chains = kills + chain.kills, chains + 1
        failures += chain.failures
        places += chain.places
        print(f"  {kills} kills, {len(failures)} failures, {time.monotonic() - began:.0f} s", flush=True)
    print(
        f"writer {options.writer}, kind {options.kind}, seed {options.seed}: {total} steps a run, {length_s:.0f} s"
    )
    print(f"kills survived: {kills} in {chains} chains; by stage: {dict(places)}")
    print(f"not as undisturbed, or something left behind: {len(failures)}")
    if bought is not None:
        print(
            f"replies: {calls} a run; {bought.in_flight} in flight when killed; bought twice: {len(bought.twice)}"
        )
        failures += [f"bought twice: {text}" for text in bought.twice]
    return failures


def of_children(lecture: runs.Lecture, bought: runs.Bought | None, options: argparse.Namespace) -> list[str]:
    """Kill the programs that `render` starts; the first run of all kills those before it too."""
    began = time.monotonic()
    wanted, _ = runs.reference(lecture)
    calls = start_counting(bought)
    finished = lecture.out.with_name("finished")
    shutil.copytree(lecture.out, finished)
    chance = random.Random(options.seed)
    kills, failures, ends = 0, [], Counter[str]()
    for attempt in range(4 * options.kills):
        if kills == options.kills:
            break
        shutil.rmtree(lecture.out)
        shutil.copytree(finished, lecture.out)
        for made in ("work/render", "site", "work/site.json", "work/site.key.json"):
            shutil.rmtree(lecture.folder / made, ignore_errors=True)
            (lecture.folder / made).unlink(missing_ok=True) if (lecture.folder / made).is_file() else None
        lecture.count_file.unlink(missing_ok=True)
        ended = lecture.run(f"child:{1 + attempt % 3}:{chance.uniform(0, 0.3):.3f}")
        if not lecture.count_file.exists():
            continue
        kills += 1
        ends[f"exit {ended.code}"] += 1
        if "Traceback" in ended.stderr or ended.code not in {0, 1, 4, 6}:
            failures.append(f"exit {ended.code}: {ended.stderr[-300:]}")
        again = lecture.run()
        if again.code != 0 or (different := runs.differences(wanted, runs.snapshot(lecture.folder))):
            failures.append(
                f"not as undisturbed: exit {again.code}, {again.stderr[-300:] if again.code else different}"
            )
        if left := runs.temporary_files(lecture.folder):
            failures.append(f"left behind: {left[:5]}")
        print(f"  {kills} kills, {len(failures)} failures, {time.monotonic() - began:.0f} s", flush=True)
    print(f"writer {options.writer}, kind child, seed {options.seed}")
    print(f"programs killed under a run, and survived: {kills}; the runs ended with {dict(ends)}")
    print(f"not as undisturbed, or something left behind: {len(failures)}")
    if bought is not None:
        print(f"replies: {calls} a run; asked for again: {len(bought.server.requests)}")
    return failures


def start_counting(bought: runs.Bought | None) -> int:
    """Forget the undisturbed run's requests, and say how many there were."""
    if bought is None:
        return 0
    calls = len(bought.server.requests)
    bought.server.requests.clear()
    return calls


if __name__ == "__main__":
    main()
