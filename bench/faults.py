"""Fills the disk at each write of a run, and damages each file of a finished lecture; counts what is lost.

    python bench/faults.py [--kind full|power] [--part 1/1]

`full`: from the n-th write on there is no room, for every n: the run ends with three lines and exit code 6 (or says
what fell short), and with room again the same command ends in the bytes of a run that nothing disturbed. `power`: every
file under `work/` and `site/` in turn is cut in half, then filled with zeros: the next run sees it and makes it again.
`--part 2/3` takes the second of every three cases. A 30 s cut of the example, with captions. Exits 1 if anything
is lost.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
for place in ("tests", "tests/survival", "."):
    sys.path.insert(0, str(ROOT / place))

import lectures  # noqa: E402
import runs  # noqa: E402

from pipeline import config  # noqa: E402
from pipeline.runner import Run  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kind", choices=["full", "power"], default="full")
    parser.add_argument("--part", default="1/1", help="the how-manieth of how many parts")
    options = parser.parse_args()
    first, of = (int(number) for number in options.part.split("/"))
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="lecturebook-faults-") as name:
        lecture = lectures.lay_lecture(Path(name), ROOT / "examples" / "bpe-lecture" / "lecture.mp4")
        wanted, _ = runs.reference(lecture)
        cases = full_disks if options.kind == "full" else power_cuts
        count, failures = 0, []
        for failure in cases(lecture, wanted, first - 1, of):
            count += 1
            if failure:
                failures.append(failure)
                print(f"LOST {failure}", flush=True)
            if count % 10 == 0:
                print(f"  {count} cases, {len(failures)} lost, {time.monotonic() - began:.0f} s", flush=True)
    took = time.monotonic() - began
    print(f"{options.kind}, part {options.part}: {count} cases, {len(failures)} lost, {took:.0f} s")
    sys.exit(bool(failures))


def full_disks(lecture: runs.Lecture, wanted: Mapping[str, bytes], first: int, step: int) -> Iterator[str]:
    """A run for each write from which on there is no room; what was lost, or nothing."""
    writes = [int(number) for number in lecture.writes_file.read_text().split()]
    ends: Counter[int] = Counter()
    for at in writes[first::step]:
        shutil.rmtree(lecture.out)
        ended = lecture.run(f"full:{at}")
        ends[ended.code] += 1
        yield runs.full_disk_fault(ended, at) or after(lecture, wanted, f"full at {at}")
    print(f"runs on a full disk ended with {dict(ends)}")


def after(lecture: runs.Lecture, wanted: Mapping[str, bytes], what: str) -> str:
    """What an undisturbed run does not put right."""
    again = lecture.run()
    if again.code:
        return f"{what}: then exit {again.code}: {again.stderr[-300:]}"
    if different := runs.differences(wanted, runs.snapshot(lecture.folder)):
        return f"{what}: not as undisturbed: {different[:5]}"
    if left := runs.temporary_files(lecture.folder):
        return f"{what}: left behind: {left[:5]}"
    return ""


def power_cuts(lecture: runs.Lecture, wanted: Mapping[str, bytes], first: int, step: int) -> Iterator[str]:
    """A run for each file, cut in half and then zeroed; what was not put right, or nothing."""
    settings = (*lecture.settings, f"output.folder={lecture.out}")
    options = config.load(None, settings, {"WRITER": "editor"})
    for path in runs.every_file(lecture)[first::step]:
        for harm in ("truncated", "zeroed"):
            name = path.relative_to(lecture.folder).as_posix()
            runs.damage(path, harm)
            if name.startswith("work/render/"):
                # What is kept for the next rendering is read when there is one.
                (lecture.folder / "work" / "site.key.json").unlink()
            report = Run(str(lecture.video), lecture.folder, options, lectures.Quiet()).run()
            seen = bool(lectures.built(report)) or name == "work/hashes.json"
            different = runs.differences(wanted, runs.snapshot(lecture.folder))
            if report.failures or not seen or different:
                yield f"{name} {harm}: seen: {seen}; {report.failures}; not as undisturbed: {different[:5]}"
            else:
                yield ""


if __name__ == "__main__":
    main()
