"""Artifacts are written whole or not at all, and damage to them is seen."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline import store
from pipeline.errors import StorageError
from pipeline.models import Degradation, Draft, Mark, Site, SourceVideo


def video(folder: Path, content: bytes = b"film") -> SourceVideo:
    (folder / "work" / "media").mkdir(parents=True, exist_ok=True)
    (folder / "work" / "media" / "a.mp4").write_bytes(content)
    return SourceVideo(
        id="a", url=None, moment_url=None, title="A", duration_s=10, media="work/media/a.mp4",
        sha256=store.digest(content), has_video=True, has_audio=True, marks=(Mark(start_s=0, title="é"),),
    )  # fmt: skip


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    lecture = store.Store(tmp_path)
    short = Degradation(stage="download", what="w", consequence="c", remedy="r")
    lecture.write(made := video(tmp_path), None, {"address": "x"}, (short,))
    assert lecture.read(SourceVideo) == made
    key = lecture.key(SourceVideo)
    assert key is not None
    assert key.parts == {"address": "x"}
    assert key.degradations == (short,)
    assert lecture.damage(SourceVideo, None, key) is None


def test_the_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    lecture = store.Store(tmp_path)
    written = []
    for _ in range(2):
        lecture.write(video(tmp_path), None, {"b": "1", "a": "2"}, ())
        written.append(lecture.path(SourceVideo).read_bytes() + lecture.key_path(SourceVideo).read_bytes())
    assert written[0] == written[1]


@pytest.mark.parametrize("harm", ["truncate", "zero", "remove", "same size"])
@pytest.mark.parametrize("name", ["work/video.json", "work/media/a.mp4"])
def test_damage_is_seen(tmp_path: Path, harm: str, name: str) -> None:
    lecture = store.Store(tmp_path)
    lecture.write(video(tmp_path), None, {}, ())
    path = tmp_path / name
    before = path.read_bytes()
    if harm == "truncate":
        path.write_bytes(before[:-1])
    elif harm == "zero":
        path.write_bytes(bytes(len(before)))
    elif harm == "remove":
        path.unlink()
    else:
        status = path.stat()
        path.write_bytes(bytes([before[0] ^ 1]) + before[1:])
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    key = lecture.key(SourceVideo)
    assert key is not None
    assert lecture.damage(SourceVideo, None, key) is not None


def test_damage_to_a_large_file_is_seen_though_its_modification_time_was_put_back(tmp_path: Path) -> None:
    lecture = store.Store(tmp_path)
    content = bytes(3 << 20)
    lecture.write(video(tmp_path, content), None, {}, ())
    path = tmp_path / "work" / "media" / "a.mp4"
    status = path.stat()
    path.write_bytes(b"x" + content[1:])
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    key = lecture.key(SourceVideo)
    assert key is not None
    assert store.Store(tmp_path).damage(SourceVideo, None, key) is not None


@pytest.mark.parametrize("harm", [b"", b"\0" * 300, b'{"format": 1', b"[]"])
def test_a_damaged_key_file_vouches_for_nothing(tmp_path: Path, harm: bytes) -> None:
    lecture = store.Store(tmp_path)
    lecture.write(video(tmp_path), None, {}, ())
    lecture.key_path(SourceVideo).write_bytes(harm)
    assert lecture.key(SourceVideo) is None


def test_a_write_that_fails_leaves_the_old_file_and_no_temporary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.json"
    store.atomic_write(path, b"old")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="disk is full"):
        store.atomic_write(path, b"new")
    assert path.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can drop its rights")
def test_a_folder_that_cannot_be_written_is_a_clear_error(tmp_path: Path, root: Path) -> None:
    tmp_path.chmod(0o755)
    for parent in tmp_path.parents:
        if not parent.stat().st_mode & 0o001:
            parent.chmod(parent.stat().st_mode | 0o011)
    code = (
        "import os, pathlib\n"
        "from pipeline import store\n"
        "from pipeline.errors import StorageError\n"
        "os.setgid(65534); os.setuid(65534)\n"
        "try:\n"
        f"    store.atomic_write(pathlib.Path({str(tmp_path / 'a')!r}), b'')\n"
        "except StorageError as error:\n"
        "    print(error)\n"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True)
    assert "cannot be written: Permission denied" in shown.stdout
    assert shown.stdout.count("\n") == 3


def test_leftovers_of_a_killed_run_are_swept(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    store.temporary_name(tmp_path / "work" / "video.json").write_bytes(b"half")
    folder = store.temporary_name(tmp_path / "work" / "frames")
    folder.mkdir()
    (folder / "f001.png").write_bytes(b"half")
    (tmp_path / "work" / "mine.tmp").write_bytes(b"not ours")
    store.sweep(tmp_path)
    assert [file.name for file in (tmp_path / "work").iterdir()] == ["mine.tmp"]


def test_each_chapter_has_its_own_place(tmp_path: Path) -> None:
    lecture = store.Store(tmp_path)
    for chapter in ("ch01", "ch02"):
        lecture.write(Draft(chapter=chapter, title=chapter, writer="editor", blocks=()), chapter, {}, ())
    assert lecture.read(Draft, "ch02").title == "ch02"


def test_files_named_by_an_artifact_are_its_own(tmp_path: Path) -> None:
    assert store.files_of(Site(index="site/index.html", files=("site/index.html", "site/a.png"))) == (
        "site/index.html",
        "site/a.png",
    )
