"""What strangers give, 500 cases of it from fixed seeds: errors in three lines, within time, inside the folder."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fuzz
import pytest
import runs
from hypothesis import strategies as st
from lectures import MakeRun

CASES = 60
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_watched: list[Path] = []
_strayed: list[str] = []


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watched or event not in ("open", "os.mkdir", "os.rename"):
        return
    path = arguments[1] if event == "os.rename" else arguments[0]
    if event == "open" and not (isinstance(arguments[2], int) and arguments[2] & WRITES):
        return
    if isinstance(path, str | os.PathLike) and str(path) != os.devnull:
        absolute = Path(os.path.abspath(os.fspath(path)))
        if not absolute.is_relative_to(_watched[0]):
            _strayed.append(str(path))


@pytest.fixture(scope="module", autouse=True)
def hooked() -> None:
    sys.addaudithook(_hook)


@pytest.fixture
def inside(tmp_path: Path) -> Iterator[Path]:
    """A folder outside of which nothing may be written."""
    _strayed.clear()
    _watched.append(tmp_path)
    yield tmp_path
    _watched.clear()
    assert [path for path in _strayed if not re.search(r"__pycache__|\.pyc|\.hypothesis", path)] == []


@pytest.mark.parametrize("target", fuzz.TARGETS, ids=lambda target: target.name)
def test_made_up_input_ends_in_no_trace(target: fuzz.Target, inside: Path) -> None:
    found = fuzz.put_through(target, CASES, 1, inside)
    assert found.cases >= CASES // 3


def test_artifacts_of_another_version_or_tool(heard: runs.Lecture, make_run: MakeRun, tmp_path: Path) -> None:
    shutil.copytree(heard.video.parent, tmp_path / "talk")
    settings = ("render.search=false", f"lecture.chapters={tmp_path / 'talk' / 'marks.txt'}")
    lecture = runs.Lecture(tmp_path / "talk" / "talk.mp3", tmp_path / "talk" / "out", settings)
    make_run(lecture).run()

    def make(folder: Path) -> Any:
        run = make_run(lecture)
        return type(run)(run.url, folder, run.config, run.watcher)

    target = fuzz.Target(
        "artifacts",
        st.tuples(st.integers(0, 60), st.one_of(st.binary(max_size=40), fuzz.trees.map(lambda t: repr(t).encode("utf-8", "replace")))),
        fuzz.artifact_target(lecture.folder, make),
    )  # fmt: skip
    fuzz.put_through(target, 40, 1, tmp_path / "cases")


@pytest.mark.parametrize("text", [b"", b"{}", b"chapters: {}\n", b"title: Another\n"])
def test_an_outline_that_was_emptied_changes_nothing_else(tmp_path: Path, text: bytes) -> None:
    fuzz.take_outline((text, True), tmp_path)
