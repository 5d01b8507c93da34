"""Copies of a lecture that browsers play, made by real ffmpeg from real clips."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import pytest
from bs4 import BeautifulSoup
from lecture_fixture import make_lecture

from pipeline import render
from pipeline.adapters.playable import make_playable

CLIPS = Path(__file__).parents[3] / "shared/data/media"


@pytest.fixture(scope="module")
def clips() -> Path:
    if not CLIPS.is_dir():
        pytest.skip("the shared clips are not here")
    return CLIPS


def codecs(path: Path) -> list[str]:
    with av.open(str(path)) as container:
        return [stream.codec_context.name for stream in container.streams]


def test_a_file_that_plays_is_left_alone(clips: Path, tmp_path: Path) -> None:
    clip = clips / "ari-five-slides-38s.mp4"
    assert make_playable(clip, tmp_path / "cache") == clip
    assert not (tmp_path / "cache").exists()


def test_streams_that_play_move_into_an_mp4_as_they_are(clips: Path, tmp_path: Path) -> None:
    clip = clips / "opencast-lecture-10s.mov"
    made = make_playable(clip, tmp_path)
    assert made == tmp_path / "playable.mp4"
    assert codecs(made) == [name for name in codecs(clip) if name in ("h264", "aac")]
    before = made.stat().st_mtime_ns
    assert make_playable(clip, tmp_path) == made
    assert made.stat().st_mtime_ns == before


def test_streams_that_do_not_play_are_encoded(tmp_path: Path) -> None:
    clip = tmp_path / "old.avi"
    with av.open(str(clip), "w") as container:
        stream = container.add_stream("mpeg4", rate=5)
        stream.width, stream.height = 64, 48
        for _ in range(5):
            container.mux(stream.encode(av.VideoFrame(64, 48, "yuv420p")))
        container.mux(stream.encode())
    made = make_playable(clip, tmp_path / "cache")
    assert made is not None
    assert codecs(made) == ["h264"]


def test_what_is_no_media_is_not_made_playable(tmp_path: Path) -> None:
    (tmp_path / "x.mkv").write_text("not a video")
    assert make_playable(tmp_path / "x.mkv", tmp_path / "cache") is None


@pytest.mark.browser
def test_the_site_plays_the_copy(clips: Path, tmp_path: Path, browser: Any) -> None:
    work = make_lecture(tmp_path / "my-lecture", media=clips / "opencast-lecture-10s.mov")
    render.run(work, make_playable=make_playable)
    page = BeautifulSoup((work.folder / "site/ch01.html").read_text(), "html.parser")
    assert page.select_one("video")["src"] == "media/lecture.mp4#t=1"
    shown = browser.new_page()
    shown.set_default_timeout(8000)
    shown.goto((work.folder / "site/ch01.html").as_uri())
    shown.click("#s0001 a.time")
    shown.wait_for_selector("#s0001.speaking")
    shown.close()
