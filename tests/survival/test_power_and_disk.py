"""Power cuts, full disks and clocks that jump: what is damaged is seen and made again, and nothing else is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import runs
from components import absent
from lectures import Made, MakeRun, built


@pytest.mark.parametrize("harm", ["truncated", "zeroed"])
def test_each_artifact_and_key_that_a_power_cut_damages_is_made_again(
    made: Made, lecture: runs.Lecture, make_run: MakeRun, harm: str
) -> None:
    """In turn: each artifact, each key file, each page, each thing kept, on its own."""
    names = [path.relative_to(lecture.folder).as_posix() for path in runs.every_file(lecture)]
    artifacts = [
        name
        for name in names
        if (name.startswith("work/") and name.count("/") == 1) or "/drafts/" in name or "/checked/" in name
    ]
    for name in artifacts:
        runs.damage(lecture.folder / name, harm)
        report = make_run(lecture).run()
        assert report.failures == []
        assert name == "work/hashes.json" or built(report), name  # which only saves reading
        assert runs.differences(made.wanted, runs.snapshot(lecture.folder)) == [], name


@pytest.mark.parametrize("harm", ["truncated", "zeroed"])
def test_a_power_cut_that_damages_everything_but_the_keys(
    made: Made, lecture: runs.Lecture, make_run: MakeRun, harm: str
) -> None:
    """Pages, frames, the recording, and what `render` keeps for the next time: nothing damaged is served."""
    for path in runs.every_file(lecture):
        if not path.name.endswith(".key.json"):
            runs.damage(path, harm)
    report = make_run(lecture).run()
    assert report.failures == []
    assert runs.differences(made.wanted, runs.snapshot(lecture.folder)) == []


def test_a_disk_that_fills_at_any_write(made: Made, tmp_path: Path) -> None:
    """From the n-th write on there is no room: three lines and exit 6, and with room again the run goes on.

    `bench/faults.py` does it for each write; here the next run goes on from where the one before was stopped.
    """
    lecture = made.lecture.in_folder(tmp_path / "out")
    ends = []
    for at in (4, 40, 80, 120):
        ended = lecture.run(f"full:{at}")
        assert runs.full_disk_fault(ended, at) == ""
        ends.append(ended.code)
    assert ends.count(6) >= 3, ends
    again = lecture.run()
    assert again.code == 0, again.stderr
    assert runs.differences(made.wanted, runs.snapshot(lecture.folder)) == []
    assert runs.temporary_files(lecture.out) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of a megabyte."""
    if os.geteuid() != 0:
        absent("the right to mount a small disk")
    place = tmp_path / "disk"
    place.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)], capture_output=True)
    if done.returncode != 0:
        pytest.skip("no small disk can be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_real_disk_that_is_too_small(made: Made, small_disk: Path) -> None:
    lecture = made.lecture.in_folder(small_disk / "out")
    ended = lecture.run()
    assert ended.code == 6, ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stderr.rstrip().splitlines()[-1].startswith("  fix: ")
    subprocess.run(["mount", "-o", "remount,size=60m", str(small_disk)], check=True)
    assert lecture.run().code == 0
    assert runs.differences(made.wanted, runs.snapshot(lecture.folder)) == []


def test_times_of_files_mean_nothing(made: Made, lecture: runs.Lecture, make_run: MakeRun) -> None:
    """Every file from the future, then from 1980: nothing is out of date for it."""
    for moment in (time.time() + 10 * 365 * 86_400, 315_532_800.0):
        for path in runs.every_file(lecture):
            os.utime(path, (moment, moment))
        assert make_run(lecture).why() == []
        assert built(make_run(lecture).run()) == {}


@pytest.mark.parametrize("clock", ["-30d", "+400d"])
def test_a_clock_that_jumps(made: Made, tmp_path: Path, clock: str) -> None:
    """Half of a run at one time, the rest at another, with the same bytes at the end."""
    faketime = shutil.which("faketime")
    if faketime is None:
        absent("faketime")
    lecture = made.lecture.in_folder(tmp_path / "out")
    lecture.run(f"step:{made.steps // 2}")
    arguments = ["article", str(lecture.video)]
    for setting in (f"output.folder={lecture.out}", *lecture.settings):
        arguments += ["--set", setting]
    done = subprocess.run(
        [str(faketime), "-f", clock, sys.executable, "-m", "pipeline.cli", *arguments],
        capture_output=True, text=True, cwd=runs.ROOT, env=runs.environment({}), check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert runs.differences(made.wanted, runs.snapshot(lecture.folder)) == []
    assert lecture.run().stderr.count("(up to date)") == 8
