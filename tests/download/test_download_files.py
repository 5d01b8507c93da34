"""A lecture on this disk, and what lies beside it."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pipeline import chapter_marks
from pipeline.adapters import media
from pipeline.errors import (
    ConfigError,
    LecturebookError,
    NoStreams,
    NotMedia,
    SourceMissing,
    UnsupportedSource,
)

VTT = "WEBVTT\n\n00:00.000 --> 00:02.000\nHello there.\n"


@pytest.fixture
def talk(clip: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "talks" / "byte_pairs.mp4"
    path.parent.mkdir()
    path.write_bytes(clip)
    return path


def test_the_example_lecture(example: Path, have: Any) -> None:
    video, work = have(str(example))
    assert video.title == "Byte pair encoding: how a text becomes numbers"
    assert (video.author, str(video.published)) == ("Lecturebook", "2026-11-23")
    assert video.licence is not None
    assert video.licence.startswith("CC0")
    assert len(video.marks) == 7
    assert video.marks[0].start_s == 0
    assert "Sennrich" in video.description  # from description.txt, which says more than the container
    assert video.captions == ()  # its chapter track is a text stream, and no captions
    assert video.url is None
    assert video.moment_url is None
    assert video.sha256 == hashlib.sha256(example.read_bytes()).hexdigest()
    assert (work.folder / video.media).samefile(example)
    assert work.recorded == []


def test_running_again_gives_the_same(talk: Path, have: Any) -> None:
    assert have(str(talk))[0] == have(str(talk))[0]


def test_a_copy_where_no_link_can_be_made(talk: Path, have: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, target: Path) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    video, work = have(str(talk))
    assert not (work.folder / video.media).samefile(talk)
    assert (work.folder / video.media).read_bytes() == talk.read_bytes()


def test_captions_beside_the_file(talk: Path, have: Any) -> None:
    for name in ("byte_pairs.vtt", "byte_pairs.de-AT.srt", "byte_pairs.en.forced.vtt"):
        talk.with_name(name).write_text(VTT)
    for name in ("byte_pairs.part2.vtt", "byte_pairs2.vtt", "other.vtt", "byte_pairs.txt"):
        talk.with_name(name).write_text(VTT)
    video, work = have(str(talk))
    said = {track.path.rsplit("/")[-1]: (track.language, track.forced) for track in video.captions}
    assert said == {
        "sidecar.vtt": (None, False),
        "sidecar.de-at.srt": ("de-AT", False),
        "sidecar.en.forced.vtt": ("en", True),
    }
    assert all(track.origin == "sidecar" for track in video.captions)
    assert all((work.folder / track.path).read_text() == VTT for track in video.captions)


def test_an_embedded_text_track(talk: Path, have: Any, tmp_path: Path) -> None:
    (tmp_path / "s.vtt").write_text(VTT)
    target = tmp_path / "subtitled.mkv"
    subprocess.run(
        [media.ffmpeg_binary(), "-loglevel", "error", "-i", talk, "-i", tmp_path / "s.vtt", "-map", "0:v",
         "-map", "0:a", "-map", "1", "-c", "copy", "-c:s", "srt", "-metadata:s:s:0", "language=ger", target],
        check=True,
    )  # fmt: skip
    video, work = have(str(target))
    (track,) = video.captions
    assert (track.origin, track.language) == ("embedded", "de")
    assert "Hello there." in (work.folder / track.path).read_text()


def test_a_description_gives_the_chapters(talk: Path, have: Any) -> None:
    talk.with_suffix(".description").write_bytes(b"\xef\xbb\xbfOn bytes\r\n0:00 One\r\n0:02 Two\r\n")
    talk.with_name("description.txt").write_text("0:00 Not this\n0:01 Nor this\n")
    video, _ = have(str(talk))
    assert [(mark.start_s, mark.title) for mark in video.marks][-1] == (2.0, "Two")
    assert video.description.startswith("On bytes\n")


def test_chapters_of_another_cut_are_not_used(clip: bytes, have: Any, tmp_path: Path) -> None:
    path = tmp_path / "talk.mkv"
    (tmp_path / "clip.mp4").write_bytes(clip)
    subprocess.run(
        [media.ffmpeg_binary(), "-loglevel", "error", "-i", tmp_path / "clip.mp4", "-map", "0:v", "-map", "0:a",
         "-map_chapters", "-1", "-c", "copy", path],
        check=True,
    )  # fmt: skip
    path.with_suffix(".description").write_text("0:00 One\n10:00 Two\n20:00 Three\n")
    video, work = have(str(path))
    assert video.marks == ()
    assert "another cut" in work.recorded[0].what


def test_the_user_has_the_last_word(talk: Path, have: Any, tmp_path: Path) -> None:
    (tmp_path / "marks.txt").write_text("0:00 Mine\n0:01 Too\n")
    said = {"title": "T", "author": "A", "licence": "L", "language": "de"}
    video, _ = have(str(talk), lecture={**said, "chapters": str(tmp_path / "marks.txt")})
    assert (video.title, video.author, video.licence, video.language) == ("T", "A", "L", "de")
    assert [mark.title for mark in video.marks] == ["Mine", "Too"]


@pytest.mark.parametrize("text", [None, "no times here", "0:00 One\n9:00 Two\n"])
def test_a_bad_file_of_chapters_is_refused(talk: Path, have: Any, tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "marks.txt"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ConfigError, match=r"lecture\.chapters"):
        have(str(talk), lecture={"chapters": str(path)})


def test_the_tokenizer_lectures_chapters(data: Path) -> None:
    folder = data / "lecture-zduSFxRajkE"
    found = chapter_marks.find((folder / "description.txt").read_text())
    wanted = [line.split(" ", 1) for line in (folder / "chapters.txt").read_text().splitlines() if line]
    assert len(found) == 25
    assert [mark.title for mark in found] == [title.strip() for _, title in wanted]
    clocks = [[int(part) for part in stamp.split(":")] for stamp, _ in wanted]
    assert [mark.start_s for mark in found] == [h * 3600 + m * 60 + s for h, m, s in clocks]


def _bad_input(kind: str, folder: Path) -> str:
    text = folder / "text.mp4"
    text.write_text("This is no film.\n" * 50)
    empty = folder / "empty.mp4"
    empty.touch()
    pipe = folder / "pipe.mp4"
    os.mkfifo(pipe)
    playlist = folder / "list.mp4"
    playlist.write_text("#EXTM3U\n#EXTINF:10,\nhttp://127.0.0.1:9/secret.ts\n#EXT-X-ENDLIST\n")
    named = {"missing": folder / "nope.mp4", "text": text, "empty": empty, "folder": folder, "pipe": pipe}
    named["playlist"] = playlist
    return str(named[kind]) if kind in named else kind


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("missing", SourceMissing),
        ("text", NotMedia),
        ("empty", NotMedia),
        ("playlist", NotMedia),
        ("folder", UnsupportedSource),
        ("pipe", UnsupportedSource),
        ("file:///etc/hostname", UnsupportedSource),
        ("ftp://example.org/a.mp4", UnsupportedSource),
        ("data:video/mp4;base64,AAAA", UnsupportedSource),
        ("http://", UnsupportedSource),
        ("http://[", UnsupportedSource),
    ],
)
def test_bad_input(kind: str, error: type[LecturebookError], have: Any, tmp_path: Path) -> None:
    with pytest.raises(error) as caught:
        have(_bad_input(kind, tmp_path))
    assert type(caught.value) is error
    lines = str(caught.value).splitlines()
    assert len(lines) == 3
    assert lines[1].startswith("  kept: ")
    assert lines[2].startswith("  fix: ")
    assert not (tmp_path / "output" / "work" / "media").exists()


def test_a_container_without_streams(data: Path, have: Any) -> None:
    with pytest.raises(NoStreams):
        have(str(data / "media" / "opencast-no-streams.mp4"))


def test_a_truncated_file(talk: Path, have: Any) -> None:
    talk.write_bytes(talk.read_bytes()[:5000])
    with pytest.raises(NotMedia):
        have(str(talk))


def test_a_full_disk_is_told(talk: Path, have: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "hardlink_to", full)
    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(LecturebookError, match="No space left") as caught:
        have(str(talk))
    assert caught.value.exit_code == 6
