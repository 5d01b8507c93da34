"""Sound as recordings really have it, through the stage with real weights: the words are there, at the video's times."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from fakes import FakeWork

from pipeline import transcribe
from pipeline.adapters.audio import read_audio
from pipeline.adapters.faster_whisper_engine import FasterWhisper
from pipeline.adapters.voice_activity import find_speech
from pipeline.models import Screens, SourceVideo, Word

pytestmark = pytest.mark.weights

LATE_S = 5.0


@pytest.fixture(scope="module")
def engine(tiny: Path) -> FasterWhisper:
    return FasterWhisper(tiny, "tiny.en")


def _hear(media: Path, folder: Path, engine: FasterWhisper) -> tuple[list[Word], FakeWork]:
    video = SourceVideo(
        id="x", url=None, moment_url=None, title="x", duration_s=30.0, media=media.name, sha256="0" * 64,
        has_video=True, has_audio=True, language="en",
    )  # fmt: skip
    work = FakeWork(folder, video, Screens(screens=()))
    transcript = transcribe.run(
        work, make_recognizer=lambda _: engine, read_audio=read_audio, find_speech=find_speech
    )
    return [word for sentence in transcript.sentences for word in sentence.words], work


def _bare(words: list[Word]) -> str:
    return " ".join(re.sub(r"[^\w']", "", word.text.lower()) for word in words)


PICTURE = ("-f", "lavfi", "-i", "testsrc=size=64x64:duration=16:rate=25")


@pytest.mark.parametrize(
    ("name", "before", "after", "starts_s"),
    [
        ("telephone.wav", (), ("-ar", "8000", "-ac", "1", "-c:a", "pcm_mulaw"), 0.3),
        ("surround.mka", (), ("-af", "pan=5.1|FC=c0", "-c:a", "flac"), 0.3),
        ("late.mkv", (*PICTURE, "-itsoffset", str(LATE_S)), ("-c:v", "mpeg4", "-c:a", "aac"), LATE_S + 0.3),
        (
            "vfr.mp4",
            PICTURE,
            (
                "-vf",
                "select='not(mod(n\\,7))+gt(n\\,60)'",
                "-fps_mode",
                "vfr",
                "-c:v",
                "mpeg4",
                "-c:a",
                "aac",
            ),
            0.3,
        ),
    ],
)
def test_words_and_times_survive(
    ffmpeg: Callable[..., Path], data: Path, tmp_path: Path, engine: FasterWhisper,
    name: str, before: tuple[str, ...], after: tuple[str, ...], starts_s: float,
) -> None:  # fmt: skip
    speech = ("-i", str(data / "speech" / "jfk.flac"))
    words, work = _hear(ffmpeg(*before, *speech, *after, name=name), tmp_path, engine)
    assert work.recorded == []
    assert "not what your country can do for you" in _bare(words)
    assert words[0].start_s == pytest.approx(starts_s, abs=0.4)


@pytest.mark.parametrize(("name", "told"), [("whole.mkv", True), ("whole.mp4", False)])
def test_corrupt_packets_cost_what_they_held_and_are_told(
    ffmpeg: Callable[..., Path], data: Path, tmp_path: Path, engine: FasterWhisper, name: str, told: bool
) -> None:
    speech = str(data / "speech" / "jfk.flac")
    path = ffmpeg("-stream_loop", "1", "-i", speech, "-c:a", "aac", "-b:a", "64k", name=name)
    raw = bytearray(path.read_bytes())
    middle = len(raw) // 4
    raw[middle : middle + 2000] = b"\xff" * 2000
    path.write_bytes(raw)
    words, work = _hear(path, tmp_path, engine)
    # From before the damage (5.5 s), and the second time behind it, at its time.
    assert "my fellow americans" in _bare(words)
    second = [word for word in words if word.start_s > 10.9]
    assert "not what your country can do for you" in _bare(second)
    assert second[0].start_s == pytest.approx(11.3, abs=0.4)
    # Matroska loses the rest of its cluster with the damaged packet, seconds of speech: that has to be said.
    assert any("missing or damaged (at 0:05)" in one.what for one in work.recorded) == told
