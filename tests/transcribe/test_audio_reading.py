from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.adapters.audio import read_audio
from pipeline.errors import MediaError
from pipeline.interfaces import Samples
from pipeline.sound import SAMPLE_RATE, windows

Hear = Callable[[Path], Samples]
TONE = ("-f", "lavfi", "-i", "sine=frequency=440:duration=4")


def _onset_s(audio: Samples) -> float:
    return float(np.argmax(np.abs(audio) > 0.02)) / SAMPLE_RATE


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("phone.wav", ("-ar", "8000", "-ac", "1")),
        ("surround.mka", ("-af", "pan=5.1|FC=c0", "-c:a", "flac")),
        ("stereo.mp3", ("-ac", "2", "-ar", "44100")),
        ("float.mka", ("-c:a", "pcm_f32le", "-ar", "96000")),
        ("voice.m4a", ("-c:a", "aac", "-ar", "22050")),
    ],
)
def test_any_sound_becomes_mono_at_16_khz(
    ffmpeg: Callable[..., Path], hear_file: Hear, name: str, options: tuple[str, ...]
) -> None:
    audio = hear_file(ffmpeg(*TONE, *options, name=name))
    assert audio.dtype == np.float32
    assert len(audio) / SAMPLE_RATE == pytest.approx(4.0, abs=0.1)
    spectrum = np.abs(np.fft.rfft(audio[SAMPLE_RATE : 2 * SAMPLE_RATE]))
    assert int(np.argmax(spectrum)) == pytest.approx(440, abs=2)


def test_track_that_starts_late_keeps_the_video_s_times(ffmpeg: Callable[..., Path], hear_file: Hear) -> None:
    picture = ("-f", "lavfi", "-i", "color=size=64x64:duration=8:rate=10")
    path = ffmpeg(*picture, "-itsoffset", "2.5", *TONE, "-c:a", "aac", "-c:v", "mpeg4", name="late.mkv")
    audio = hear_file(path)
    assert _onset_s(audio) == pytest.approx(2.5, abs=0.06)
    assert len(audio) / SAMPLE_RATE == pytest.approx(6.5, abs=0.1)


def test_container_that_does_not_start_at_zero(ffmpeg: Callable[..., Path], hear_file: Hear) -> None:
    path = ffmpeg(
        "-f", "lavfi", "-i", "color=size=64x64:duration=4:rate=10", *TONE,
        "-c:v", "mpeg2video", "-c:a", "mp2", "-output_ts_offset", "100", name="broadcast.ts",
    )  # fmt: skip
    audio = hear_file(path)
    assert len(audio) / SAMPLE_RATE == pytest.approx(4.0, abs=0.2)
    assert _onset_s(audio) < 0.15


def test_variable_frame_rate_does_not_matter(ffmpeg: Callable[..., Path], hear_file: Hear) -> None:
    path = ffmpeg(
        "-f", "lavfi", "-i", "testsrc=size=64x64:duration=4:rate=25", *TONE,
        "-vf", "select='not(mod(n\\,7))+gt(n\\,60)'", "-fps_mode", "vfr", "-c:v", "mpeg4", name="vfr.mp4",
    )  # fmt: skip
    assert len(hear_file(path)) / SAMPLE_RATE == pytest.approx(4.0, abs=0.1)


@pytest.mark.parametrize("name", ["whole.mkv", "whole.mp4", "whole.ts"])
def test_corrupt_packets_become_silence_and_what_follows_keeps_its_time(
    ffmpeg: Callable[..., Path], hear_file: Hear, name: str
) -> None:
    # A murmur, and a tone from 6 s on: its place shows whether time was kept.
    murmur_then_tone = "if(gt(t,6),0.5*sin(880*PI*t),0.01*sin(3000*t*t))"
    source = ("-f", "lavfi", "-i", f"aevalsrc='{murmur_then_tone}':d=8:s=16000")
    path = ffmpeg(*source, "-c:a", "aac", "-b:a", "64k", name=name)
    raw = bytearray(path.read_bytes())
    middle = len(raw) // 3
    raw[middle : middle + 3000] = b"\x00" * 3000
    damaged = path.with_stem("damaged")
    damaged.write_bytes(raw)
    audio = hear_file(damaged)
    assert _onset_s(np.where(np.abs(audio) > 0.2, audio, 0)) == pytest.approx(6.0, abs=0.1)
    assert len(audio) / SAMPLE_RATE == pytest.approx(8.0, abs=0.1)


def test_file_that_breaks_off_gives_what_is_there(ffmpeg: Callable[..., Path], hear_file: Hear) -> None:
    path = ffmpeg(*TONE, "-c:a", "flac", name="whole.mka")
    cut = path.with_name("cut.mka")
    cut.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert 1.0 < len(hear_file(cut)) / SAMPLE_RATE < 3.5


def test_zero_length_sound(ffmpeg: Callable[..., Path]) -> None:
    path = ffmpeg("-f", "lavfi", "-i", "sine=duration=1", "-frames:a", "0", name="empty.wav")
    assert list(read_audio(path)) == []


def test_no_audio_track_is_said(ffmpeg: Callable[..., Path]) -> None:
    path = ffmpeg("-f", "lavfi", "-i", "color=size=64x64:duration=1", "-c:v", "mpeg4", name="mute.mp4")
    with pytest.raises(MediaError, match="no audio track"):
        list(read_audio(path))


def test_text_is_not_sound(tmp_path: Path) -> None:
    path = tmp_path / "lecture.mp4"
    path.write_text("This is not a video.")
    with pytest.raises(MediaError, match=r"lecture\.mp4"):
        list(read_audio(path))


def test_memory_does_not_grow_with_length(ffmpeg: Callable[..., Path]) -> None:
    path = ffmpeg("-f", "lavfi", "-i", "anoisesrc=r=8000:d=500:a=0.1", "-c:a", "pcm_u8", name="long.wav")
    tracemalloc.start()
    try:
        total_s = sum(len(part) for _, part in windows(read_audio(path), 60.0)) / SAMPLE_RATE
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert total_s == pytest.approx(500, abs=0.1)
    assert peak < 20_000_000  # 500 s are 32 MB; a window of 60 s is 3.8


def _noise(seconds: float, seed: int) -> Samples:
    rng = np.random.default_rng(seed)
    audio: Samples = rng.normal(0, 0.1, round(seconds * SAMPLE_RATE)).astype(np.float32)
    return audio


@settings(max_examples=25, deadline=None)
@given(st.floats(0.1, 200.0), st.integers(1, 50_000), st.floats(30.0, 70.0), st.integers(0, 5))
def test_windows_tile_the_sound_whatever_the_blocks(
    length_s: float, block: int, window_s: float, seed: int
) -> None:
    audio = _noise(length_s, seed)
    parts = [audio[start : start + block] for start in range(0, len(audio), block)]
    found = list(windows(parts, window_s))
    assert np.array_equal(np.concatenate([part for _, part in found]), audio)
    position = 0
    for start_s, part in found:
        assert round(start_s * SAMPLE_RATE) == position
        assert 0 < len(part) <= window_s * SAMPLE_RATE
        position += len(part)
    again = list(windows([audio], window_s))
    assert [start for start, _ in found] == [start for start, _ in again]


def test_windows_are_cut_in_the_pause() -> None:
    audio = _noise(100.0, 1)
    audio[round(48.0 * SAMPLE_RATE) : round(48.6 * SAMPLE_RATE)] = 0
    second = list(windows([audio], 60.0))[1][0]
    assert 48.0 < second < 48.6
