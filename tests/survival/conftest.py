"""Fixtures: the short lecture made once; each test that changes it works on a copy."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

# Test folders are no packages; the helper modules beside this file are found by name.
sys.path.insert(0, str(Path(__file__).parent))

import runs
from lectures import Made, MakeRun, Quiet, lay_lecture

from pipeline import config
from pipeline.runner import Run


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, example: Path) -> Made:
    """The finished lecture. Not to be changed."""
    lecture = lay_lecture(tmp_path_factory.mktemp("survival") / "talk", example)
    wanted, steps = runs.reference(lecture)
    return Made(lecture, wanted, steps)


@pytest.fixture
def lecture(made: Made, tmp_path: Path) -> runs.Lecture:
    """A copy of the finished lecture, to be harmed. The recording is the same file."""
    shutil.copytree(made.lecture.out, tmp_path / "out")
    return made.lecture.in_folder(tmp_path / "out")


@pytest.fixture
def make_run() -> MakeRun:
    """A run in this process over a lecture, with further settings."""

    def make(lecture: runs.Lecture, *settings: str, **environment: str) -> Run:
        named = {"WRITER": "editor", **lecture.environment, **environment}
        options = config.load(None, (*lecture.settings, f"output.folder={lecture.out}", *settings), named)
        return Run(str(lecture.video), lecture.folder, options, Quiet())

    return make


@pytest.fixture(scope="session")
def heard(tmp_path_factory: pytest.TempPathFactory, example: Path) -> runs.Lecture:
    """The short lecture as sound alone, not made yet. Not to be changed."""
    return lay_lecture(tmp_path_factory.mktemp("heard") / "talk", example, "talk.mp3")
