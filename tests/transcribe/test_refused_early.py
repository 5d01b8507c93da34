"""A recognizer that cannot be made is told before the screens are looked at, which takes minutes."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from rich.console import Console

from pipeline.config import Config
from pipeline.display import Display
from pipeline.errors import LecturebookError, MissingTool, UsageError
from pipeline.models import Transcript
from pipeline.runner import Run
from pipeline.stages import STAGES
from pipeline.store import Store

CAPTIONS = "1\n00:00:00,000 --> 00:00:08,000\nThese words were written by a person.\n"


def _run(video: Path, out: Path, language: str, **transcribe: object) -> Run:
    options = {"transcribe": transcribe, "lecture": {"language": language}, "screens": {"ocr": "none"}}
    config = Config.model_validate(options)
    return Run(str(video), out, config, Display(Console(quiet=True)), stages=STAGES[:3])


@pytest.fixture
def video(data: Path, tmp_path: Path) -> Path:
    target = tmp_path / "talk.mov"
    shutil.copy(data / "media" / "opencast-lecture-10s.mov", target)
    return target


@pytest.mark.parametrize(
    ("options", "error"),
    [({"engine": "openai-whisper"}, MissingTool), ({"model": "tiny.en"}, UsageError)],
)
def test_before_the_screens(
    video: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: dict[str, object],
    error: type[LecturebookError],
) -> None:
    monkeypatch.setitem(sys.modules, "whisper", None)  # what an import sees where it is not installed
    with pytest.raises(error):
        _run(video, tmp_path / "out", "de", **options).run()
    assert (tmp_path / "out/work/video.json").exists()
    assert not (tmp_path / "out/work/screens.json").exists()


def test_captions_need_no_recognizer(video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "whisper", None)
    video.with_suffix(".srt").write_text(CAPTIONS)
    _run(video, tmp_path / "out", "en", engine="openai-whisper").run()
    assert Store(tmp_path / "out").read(Transcript).source == "captions"
