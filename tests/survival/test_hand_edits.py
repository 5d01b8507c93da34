"""A chapter that a person edits stays theirs: merged where that is clean, both kept where it is not, never lost."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import runs
from lectures import MakeRun, built

from pipeline import hand_edits
from pipeline.chapter_text import as_text, to_markdown
from pipeline.models import Draft
from pipeline.store import Store


@pytest.fixture
def own(heard: runs.Lecture, tmp_path: Path, make_run: MakeRun) -> runs.Lecture:
    """A lecture whose captions may be changed, made."""
    shutil.copytree(heard.video.parent, tmp_path / "talk")
    settings = ("render.search=false", f"lecture.chapters={tmp_path / 'talk' / 'marks.txt'}")
    lecture = runs.Lecture(tmp_path / "talk" / "talk.mp3", tmp_path / "talk" / "out", settings)
    make_run(lecture).run()
    return lecture


def draft(lecture: runs.Lecture, chapter: str) -> Draft:
    return Store(lecture.folder).read(Draft, chapter)


def hear(lecture: runs.Lecture, before: str, after: str) -> None:
    captions = lecture.video.with_name("talk.en.vtt")
    text = captions.read_text()
    assert before in text
    captions.write_text(text.replace(before, after))


def edit(lecture: runs.Lecture, chapter: int, before: str, after: str) -> Path:
    ended = lecture.run(None, "edit", str(lecture.video), str(chapter))
    assert ended.code == 0, ended.stderr
    path = Path(ended.stdout.strip())
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))
    return path


def text_of(lecture: runs.Lecture, chapter: str) -> str:
    return to_markdown(draft(lecture, chapter))


def test_a_chapter_put_out_for_editing_is_the_same_chapter(own: runs.Lecture, make_run: MakeRun) -> None:
    before = [draft(own, chapter) for chapter in ("ch01", "ch02", "ch03")]
    ended = own.run(None, "edit", str(own.video), "2")
    assert ended.stdout.strip().endswith("edits/chapters/02.md")
    assert Path(ended.stdout.strip()).read_text() == to_markdown(before[1])
    make_run(own).run()
    after = draft(own, "ch02")
    assert [as_text(block) for block in after.blocks] == [as_text(block) for block in before[1].blocks]
    # Left alone, each block keeps who wrote it, what it is from, and so its check.
    assert after.blocks == before[1].blocks
    assert own.run(None, "edit", str(own.video), "9").code == 2


def test_an_edit_is_kept_and_shown(own: runs.Lecture, make_run: MakeRun) -> None:
    path = edit(own, 3, "merge it everywhere", "merge it *everywhere at once*")
    report = make_run(own).run()
    assert built(report) == {"write": 1, "verify": 1, "render": 1}
    assert "everywhere at once" in (own.folder / "site" / "ch03.html").read_text()
    assert "a person" in (own.folder / "site" / "checks.html").read_text()
    assert draft(own, "ch03").writer == "person"
    mine = path.read_bytes()
    for command in (("article",), ("clean", "--level", "replies"), ("article",)):
        assert own.run(None, command[0], str(own.video), *command[1:]).code == 0
    assert path.read_bytes() == mine


@pytest.mark.skipif(shutil.which("git") is None, reason="no git on this machine")
def test_what_changes_elsewhere_is_merged(own: runs.Lecture, make_run: MakeRun) -> None:
    path = edit(own, 1, "Text has to become numbers", "All text has to become numbers")
    make_run(own).run()
    mine = path.read_bytes()
    hear(own, "so that is where we begin.", "so that is where we shall begin.")
    report = make_run(own).run()
    merged = text_of(own, "ch01")
    assert "All text has to become numbers" in merged
    assert "where we shall begin" in merged
    assert report.degradations == ()
    # Merged in memory: the person's file is not touched, and the next run builds nothing.
    assert path.read_bytes() == mine
    assert make_run(own).why() == []
    taken = own.run(None, "edit", str(own.video), "1", "--merge")
    assert taken.code == 0, taken.stderr
    assert "where we shall begin" in path.read_text()
    assert path.with_name("01.md.before-1").read_bytes() == mine
    make_run(own).run()
    assert text_of(own, "ch01") == merged


@pytest.mark.skipif(shutil.which("git") is None, reason="no git on this machine")
def test_what_changes_in_the_same_place_is_kept_twice_and_said(own: runs.Lecture, make_run: MakeRun) -> None:
    path = edit(own, 1, "a number from 0 to 255", "one of the numbers from 0 to 255")
    make_run(own).run()
    mine = path.read_bytes()
    hear(own, "A byte is a number", "Each byte is a number")
    report = make_run(own).run()
    [said] = report.degradations
    assert "changed where you edited" in said.what
    assert "edits/chapters/01.generated.md" in said.consequence
    assert path.read_bytes() == mine
    assert "one of the numbers from 0 to 255" in text_of(own, "ch01")
    assert "Each byte is a number" in path.with_name("01.generated.md").read_text()
    assert (
        "changed where you edited"
        in (own.folder / "site" / "index.html").read_text()
        + (own.folder / "site" / "checks.html").read_text()
    )
    taken = own.run(None, "edit", str(own.video), "1", "--merge")
    assert taken.code == 0
    assert "Both versions stand in it" in taken.stderr
    both = path.read_text()
    assert "one of the numbers" in both
    assert "Each byte is" in both
    assert "<<<<<<< yours" in both
    assert path.with_name("01.md.before-1").read_bytes() == mine


@pytest.mark.skipif(shutil.which("git") is None, reason="no git on this machine")
def test_an_edit_begun_by_hand_has_a_base_too(own: runs.Lecture, make_run: MakeRun) -> None:
    """A file that a person wrote without `edit` is merged as well: the draft it replaced is kept as its base."""
    path = own.folder / "edits" / "chapters" / "ch01.md"
    path.parent.mkdir(parents=True)
    path.write_text(text_of(own, "ch01").replace("Text has to become", "All text has to become"))
    make_run(own).run()
    assert (own.folder / "edits" / "base" / "ch01.json").is_file()
    hear(own, "so that is where we begin.", "so that is where we shall begin.")
    make_run(own).run()
    assert "All text has" in text_of(own, "ch01")
    assert "we shall begin" in text_of(own, "ch01")


@pytest.mark.skipif(shutil.which("git") is None, reason="no git on this machine")
def test_without_git_both_are_kept(
    own: runs.Lecture, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(own, 1, "Text has to become", "All text has to become")
    make_run(own).run()
    hear(own, "so that is where we begin.", "so that is where we shall begin.")
    monkeypatch.setattr(hand_edits.shutil, "which", lambda name: None)
    [said] = make_run(own).run().degradations
    assert "no git to merge with" in said.what
    assert "All text has" in text_of(own, "ch01")
    monkeypatch.undo()
    assert make_run(own).run().degradations == ()
    assert "we shall begin" in text_of(own, "ch01")


def test_an_overwrite_keeps_every_text_it_takes_away(own: runs.Lecture) -> None:
    for number in (1, 2):
        path = edit(own, 2, "count which two neighbours", f"count, {number}, which two neighbours")
        refused = own.run(None, "chapter", str(own.video), "2")
        assert refused.code == 2
        assert "--overwrite" in refused.stderr
        done = own.run(None, "chapter", str(own.video), "2", "--overwrite")
        assert done.code == 0, done.stderr
        assert not path.exists()
        assert f"count, {number}, which" in path.with_name(f"02.md.before-{number}").read_text()
    assert draft(own, "ch02").writer == "editor"


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe\x00 no text", b"", bytes(50), b"# " + b"x" * 100_000],
    ids=["no UTF-8", "empty", "NUL", "long"],
)
def test_an_edit_of_any_bytes_ends_in_no_trace(own: runs.Lecture, content: bytes) -> None:
    path = own.folder / "edits" / "chapters" / "01.md"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    ended = own.run()
    assert ended.code in (0, 2), ended.stderr
    assert "Traceback" not in ended.stderr
    assert "mistake in the program" not in ended.stderr
    assert path.read_bytes() == content
