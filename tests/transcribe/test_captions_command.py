"""`lecturebook captions` as a person runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import av
import pytest

SRT = """1
00:00:00,500 --> 00:00:04,000
Hello, and welcome: a < b.

2
00:00:04,000 --> 00:00:08,000
That is all for today.
"""


def lecturebook(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPENAI_")}
    return subprocess.run(
        [sys.executable, "-m", "pipeline.cli", *arguments],
        capture_output=True, text=True, timeout=300, env=environment,
    )  # fmt: skip


@pytest.fixture
def talk(ffmpeg: Callable[..., Path]) -> Path:
    """Eight seconds with a sidecar."""
    picture = ("-f", "lavfi", "-i", "testsrc=size=128x96:duration=8:rate=5")
    path = ffmpeg(*picture, "-f", "lavfi", "-i", "sine=duration=8", "-c:v", "mpeg4", name="talk.mp4")
    path.with_suffix(".srt").write_text(SRT)
    return path


def _settings(folder: Path, **more: str) -> list[str]:
    options = {"output.folder": str(folder / "out"), "screens.ocr": "none"} | more
    return [part for name, value in options.items() for part in ("--set", f"{name}={value}")]


def test_files_and_a_copy_with_soft_subtitles(talk: Path, tmp_path: Path) -> None:
    done = lecturebook("captions", str(talk), "--mux", *_settings(tmp_path))
    assert done.returncode == 0, done.stderr
    paths = [Path(line) for line in done.stdout.splitlines()]
    assert [path.name for path in paths] == [
        f"captions.{kind}" for kind in ("vtt", "srt", "json", "txt", "mp4")
    ]
    vtt, srt, data, text, copy = paths
    assert "00:00:00.500 --> " in vtt.read_text()
    assert "a &lt; b." in vtt.read_text()
    assert "Hello, and welcome: a < b." in srt.read_text()
    assert json.loads(data.read_text())["sentences"][0]["text"] == "Hello, and welcome: a < b."
    assert text.read_text() == "[0:00] Hello, and welcome: a < b. That is all for today.\n"
    with av.open(str(copy)) as container:
        assert [stream.type for stream in container.streams] == ["video", "audio", "subtitle"]
        assert container.streams.subtitles[0].metadata["language"] == "eng"
    # No page was made, and what was made is what an article goes on from.
    assert not (copy.parent.parent / "site").exists()
    again = lecturebook("captions", str(talk), "--to", str(tmp_path / "mine"), *_settings(tmp_path))
    assert again.stderr.count("(up to date)") == 3
    assert (tmp_path / "mine" / "captions.vtt").read_text() == vtt.read_text()
    assert not (tmp_path / "mine" / "captions.mp4").exists()


def test_captions_that_were_refused_are_an_error_where_nothing_else_is_asked_for(
    talk: Path, tmp_path: Path
) -> None:
    late = SRT.replace("00:00:0", "00:10:0")
    (tmp_path / "talk.srt").write_text(late)
    settings = _settings(tmp_path, **{"transcribe.sources": "[sidecar]"})
    done = lecturebook("captions", str(talk), *settings)
    assert done.returncode == 4
    assert "the captions file beside the video" in done.stderr
    assert "it runs 596 s past the lecture's end" in done.stderr
    assert done.stdout == ""


def test_folder_that_cannot_be_written_is_said(talk: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    done = lecturebook("captions", str(talk), "--to", str(tmp_path / "taken" / "x"), *_settings(tmp_path))
    assert done.returncode == 6, done.stderr
    assert "Traceback" not in done.stderr
