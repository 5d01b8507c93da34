"""Decoding and detection on files: our stream and detector in a stock SceneManager, shared and drawn clips."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import screencasts
from scenedetect import ContentDetector, SceneManager, open_video

from pipeline.adapters.frames import Group, Reader, facts
from pipeline.adapters.scenes import ScreencastStream, ScreenDetector, _Closer, find_screens, get_frame
from pipeline.errors import NoStreams, NotMedia, SourceMissing

Rendered = Callable[[screencasts.Clip], Path]
Shared = Callable[[str], Path]
SIZE = (640, 360)
STARTS = (0.0, 6.2, 12.4)


def deck(name: str, **options: object) -> screencasts.Clip:
    states = screencasts.deck(SIZE, screencasts.LIGHT, STARTS)
    return screencasts.Clip(name, SIZE, 18.0, states, fps=15, **options)  # type: ignore[arg-type]


def near(found: list[float], expected: list[float]) -> bool:
    return len(found) == len(expected) and np.allclose(found, expected, atol=0.5)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("ari-five-slides-38s.mp4", [6.0, 17.0, 21.0, 30.0]),
        ("opencast-slidechanges-28s.mov", [7.3, 14.2, 21.3]),
        ("opencast-scene-change-20s.mov", [12.0]),
        ("opencast-lecture-10s.mov", []),
    ],
)
def test_real_clips(shared_clip: Shared, name: str, changes: list[float]) -> None:
    found = find_screens(shared_clip(name))
    assert near([one.start_s for one in found][1:], changes)
    assert found[0].start_s == 0.0
    assert all(one.start_s <= one.frame_s < one.end_s for one in found)


@pytest.mark.parametrize(
    "clip",
    [
        deck("usual"),
        deck("one_key", key_s=100.0, options={"preset": "ultrafast", "sc_threshold": "0"}),
        deck("sparse", variable=True),
        deck("mjpeg", codec="mjpeg", options={}),
        replace(deck("dark"), states=screencasts.deck(SIZE, screencasts.DARK, STARTS)),
        replace(deck("fade"), states=screencasts.deck(SIZE, screencasts.LIGHT, STARTS, fade_s=0.8)),
        replace(deck("inset"), overlays=(screencasts.head(SIZE, screencasts.CORNER, 1),)),
        replace(deck("cursor"), overlays=(screencasts.cursor(SIZE, 2),)),
    ],
    ids=lambda clip: clip.name,
)
def test_slides_under_each_nuisance(rendered: Rendered, clip: screencasts.Clip) -> None:
    found = find_screens(rendered(clip))
    starts = [one.start_s for one in found]
    assert len(starts) == 3
    assert np.allclose(starts, STARTS, atol=1.0)
    for one in found[:-1]:
        assert one.start_s <= one.frame_s < one.end_s


def test_stream_and_detector_work_in_a_stock_scene_manager(rendered: Rendered) -> None:
    manager = SceneManager()
    manager.add_detector(ScreenDetector())
    manager.detect_scenes(ScreencastStream(rendered(deck("usual"))))
    assert near([start.seconds for start, _ in manager.get_scene_list()], list(STARTS))


def test_our_detector_works_on_a_stock_stream(rendered: Rendered) -> None:
    manager = SceneManager()
    manager.add_detector(ScreenDetector())
    manager.detect_scenes(open_video(str(rendered(deck("usual"))), backend="pyav"))
    assert near([start.seconds for start, _ in manager.get_scene_list()], list(STARTS))


def test_a_stock_detector_works_on_our_stream(shared_clip: Shared) -> None:
    manager = SceneManager()
    manager.add_detector(ContentDetector(threshold=8.0, min_scene_len=0))
    manager.detect_scenes(ScreencastStream(shared_clip("opencast-scene-change-20s.mov")))
    assert near([start.seconds for start, _ in manager.get_scene_list()][1:2], [12.0])


def test_stock_detectors_by_name(shared_clip: Shared) -> None:
    shots = find_screens(shared_clip("opencast-scene-change-20s.mov"), "content")
    assert shots[0].start_s == 0.0
    assert shots[-1].end_s == pytest.approx(20.0, abs=1.1)


def test_the_stream_is_a_proper_video_stream(rendered: Rendered) -> None:
    path = rendered(deck("usual"))
    stream = ScreencastStream(path)
    assert (stream.frame_number, stream.position_ms) == (0, 0.0)
    assert stream.frame_size == SIZE
    assert float(stream.frame_rate) == pytest.approx(15, rel=0.01)
    first = stream.read()
    assert isinstance(first, np.ndarray)
    assert first.shape == (360, 640, 3)
    times = [stream.position.seconds]
    while stream.read(decode=False) is not False:
        times.append(stream.position.seconds)
    assert times == sorted(times)
    assert len(times) < 18 * 15 / 2
    stream.seek(12.0)
    stream.read()
    assert stream.position.seconds >= 12.0
    stream.reset()
    assert stream.position.seconds == 0.0
    with pytest.raises(ValueError, match="negative"):
        stream.seek(-1)


def test_the_picture_at_a_moment_is_the_one_shown_then(rendered: Rendered) -> None:
    path = rendered(deck("usual"))
    for moment in (0.0, 3.1, 6.3, 17.9):
        expected = [s for s in deck("usual").states if s.start_s <= moment][-1].picture()
        assert np.abs(get_frame(path, moment).astype(int) - expected).mean() < 3.0


def test_a_moment_beyond_the_end_gives_the_last_picture(rendered: Rendered) -> None:
    time_s, pixels = Reader(rendered(deck("usual"))).at(99.0)
    assert time_s == pytest.approx(18.0, abs=0.2)
    assert pixels.shape == (360, 640, 3)


def test_facts(shared_clip: Shared) -> None:
    told = facts(shared_clip("ari-five-slides-38s.mp4"))
    assert (told.width, told.height) == (1046, 744)
    assert told.duration_s == pytest.approx(38.04, abs=0.05)


def test_bad_input_is_told_in_three_lines(tmp_path: Path, shared_clip: Shared) -> None:
    text = tmp_path / "notes.mp4"
    text.write_text("no video at all")
    with pytest.raises(NotMedia, match=r"notes\.mp4"):
        find_screens(text)
    with pytest.raises(SourceMissing):
        find_screens(tmp_path / "nowhere.mp4")
    with pytest.raises((NoStreams, NotMedia)):
        find_screens(shared_clip("opencast-no-streams.mp4"))


def test_a_truncated_file_gives_what_it_holds(rendered: Rendered, tmp_path: Path) -> None:
    whole = rendered(deck("usual")).read_bytes()
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole[: len(whole) * 2 // 3])
    found = find_screens(cut)
    assert found[0].start_s == 0.0
    assert found[-1].end_s < 18.0


def test_one_long_gap_between_key_frames_does_not_put_the_others_out_of_turn(
    rendered: Rendered,
) -> None:
    closer = _Closer(Reader(rendered(deck("usual"))))
    gaps = [9.8, *[5.0] * 12, 3.0, *[5.0] * 3]
    clean = [closer.is_clean_cut(Group(gap_s, 150, 900, 60_000)) for gap_s in gaps]
    assert [number for number, one in enumerate(clean) if one and number > 3] == [13]


def test_where_key_frames_come_at_all_distances_none_is_out_of_turn(rendered: Rendered) -> None:
    closer = _Closer(Reader(rendered(deck("usual"))))
    gaps = [1.7, 8.1, 3.2, 6.4, 2.3, 9.6, 4.4, 7.3, 1.1, 5.2, 3.9, 8.8, 2.8, 6.9, 4.9]
    clean = [closer.is_clean_cut(Group(gap_s, 150, 900, 60_000)) for gap_s in gaps]
    assert not any(clean[8:])
