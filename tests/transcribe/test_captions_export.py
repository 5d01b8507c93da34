from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.adapters.media import ffmpeg_binary
from pipeline.adapters.subtitles import mux
from pipeline.captions import read_captions, to_words
from pipeline.captions_export import LONGEST_S, WIDTH, export, lines, to_srt, to_text, to_vtt
from pipeline.errors import MediaError
from pipeline.models import Gap, Transcript, Word
from pipeline.sentences import to_sentences

TEXT = (
    "Hello, and welcome. If you compare a < b && c > d with <i>this</i>, you'll see {braces}; that is all. "
    "This sentence goes on, and on, because nobody stops it from going on until every last word of it is said."
)


def _transcript(text: str = TEXT, start_s: float = 3920.0, pace_s: float = 0.35) -> Transcript:
    words = [
        Word(text=word, start_s=round(start_s + n * pace_s, 3), end_s=round(start_s + (n + 1) * pace_s, 3))
        for n, word in enumerate(text.split())
    ]
    gaps = (Gap(start_s=start_s + 500, end_s=start_s + 504, reason="no words could be made out"),)
    return Transcript(
        source="whisper", engine="e", model="m", language="en", sentences=to_sentences(words, "en"), gaps=gaps
    )


@pytest.mark.parametrize("render", [to_vtt, to_srt])
def test_what_is_written_reads_back(tmp_path: Path, render: Callable[[Transcript], str]) -> None:
    path = tmp_path / "x"
    path.write_text(render(_transcript()))
    words = to_words(read_captions(path))
    # Markup in an SRT file cannot be told from text; in WebVTT it is escaped.
    expected = TEXT if render is to_vtt else TEXT.replace("<i>this</i>", "this")
    assert " ".join(word.text for word in words) == expected
    assert words[0].start_s == pytest.approx(3920.0, abs=0.01)


def test_hours_are_written() -> None:
    assert "01:05:20.000 --> " in to_vtt(_transcript())
    assert "01:05:20,000 --> " in to_srt(_transcript())
    assert to_text(_transcript()).startswith("[1:05:20] Hello, and welcome.")


def test_gaps_stand_in_the_text() -> None:
    assert "[1:13:40] [no words could be made out, 4 s]" in to_text(_transcript())


def test_captions_are_cut_at_commas() -> None:
    assert lines(_transcript())[0].text == "Hello, and welcome."
    assert any(line.text.endswith("{braces};") for line in lines(_transcript()))


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(["so", "tokenization,", "a", "pair.", "incomprehensibilities", "x;"]),
        min_size=1,
        max_size=80,
    ),
    st.floats(0.05, 2.0),
)
def test_captions_are_readable_and_hold_every_word(texts: list[str], pace_s: float) -> None:
    shown = lines(_transcript(" ".join(texts), start_s=0.0, pace_s=pace_s))
    assert " ".join(line.text for line in shown).split() == texts
    edge = 0.0
    for line in shown:
        assert edge <= line.start_s < line.end_s
        edge = line.end_s
        assert line.end_s - line.start_s <= LONGEST_S + 1
        rows = line.text.split("\n")
        assert len(rows) <= 2
        assert all(len(row) <= WIDTH + 12 for row in rows)


def test_all_files_are_written(tmp_path: Path) -> None:
    transcript = _transcript()
    written = export(transcript, tmp_path / "out")
    assert [path.name for path in written] == [
        "captions.vtt",
        "captions.srt",
        "captions.json",
        "captions.txt",
    ]
    assert Transcript.model_validate(json.loads(written[2].read_text())) == transcript
    assert sorted((tmp_path / "out").iterdir()) == sorted(written)


@pytest.mark.parametrize(
    ("name", "codecs", "kept"),
    [
        ("x.mp4", ("-c:v", "mpeg4", "-c:a", "aac"), ".mp4"),
        ("x.mkv", ("-c:v", "mpeg4", "-c:a", "flac"), ".mkv"),
        ("x.avi", ("-c:v", "mpeg4", "-c:a", "mp3"), ".mkv"),
    ],
)
def test_mux_copies_the_video_with_a_text_track(
    ffmpeg: Callable[..., Path], tmp_path: Path, name: str, codecs: tuple[str, ...], kept: str
) -> None:
    sources = (
        "-f",
        "lavfi",
        "-i",
        "testsrc=size=64x64:duration=3:rate=10",
        "-f",
        "lavfi",
        "-i",
        "sine=duration=3",
    )
    media = ffmpeg(*sources, *codecs, name=name)
    captions = tmp_path / "captions.srt"
    captions.write_text(to_srt(_transcript("Hello there.", start_s=1.0)))
    target = mux(media, captions, tmp_path / "with captions" / name, "en")
    assert target.suffix == kept
    with av.open(str(target)) as container:
        (track,) = container.streams.subtitles
        assert track.metadata["language"] == "eng"
        assert len(container.streams.video) == len(container.streams.audio) == 1
        packets = [packet for packet in container.demux(track) if packet.size]
        assert any(b"Hello there." in bytes(packet) for packet in packets)
    assert list(target.parent.iterdir()) == [target]


def test_mux_without_a_video_says_so(tmp_path: Path) -> None:
    assert ffmpeg_binary()
    media = tmp_path / "x.mp4"
    media.write_text("no video")
    captions = tmp_path / "captions.srt"
    captions.write_text(to_srt(_transcript()))
    with pytest.raises(MediaError, match=r"x\.mp4"):
        mux(media, captions, tmp_path / "copy.mp4", "en")
    assert not (tmp_path / "copy.mp4").exists()
