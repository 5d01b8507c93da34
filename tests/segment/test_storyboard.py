"""The storyboard: frames beside words, nothing of a stranger's live in it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from pipeline.adapters import media
from pipeline.models import Sentence
from pipeline.storyboard import write_storyboard


def test_each_chunk_has_its_words_and_frames(lecture: Any, tmp_path: Path) -> None:
    said = lecture.sentences([f"Sentence {i} of the talk." for i in range(60)])
    screens = [lecture.screen(1, 0, 150, "Bytes"), lecture.screen(2, 150, 300, "Merges")]
    marks = [(0, "Bytes"), (150, "Merges")]
    chapters = lecture.segmented(said, duration_s=300, marks=marks, screens=screens)
    path = write_storyboard(lecture.video(300), chapters, tmp_path)
    assert path == tmp_path / "work" / "storyboard.md"
    page = path.read_text(encoding="utf-8")
    for chapter in chapters.chapters:
        for chunk in chapter.chunks:
            part = page.split(f"### {chunk.id} ")[1].split("###")[0]
            assert all(one.text in part for one in chunk.sentences)
            assert all(f'src="frames/{screen.id}.png"' in part for screen in chunk.screens)
    assert list(path.parent.iterdir()) == [path]


def test_a_screen_that_returns_shows_the_first_ones_frame(lecture: Any, tmp_path: Path) -> None:
    again = lecture.screen(2, 150, 300, "Bytes").model_copy(update={"frame": None, "same_as": "f001"})
    chapters = lecture.segmented(
        lecture.sentences(["Bytes."] * 60),
        duration_s=300,
        marks=[(0, "A"), (150, "B")],
        screens=[lecture.screen(1, 0, 150, "Bytes"), again],
    )
    page = write_storyboard(lecture.video(300), chapters, tmp_path).read_text(encoding="utf-8")
    assert 'src="frames/f001.png"' in page.split("## B")[1]


def test_what_is_spoken_or_read_stays_text(lecture: Any, tmp_path: Path) -> None:
    nasty = "</td><script>alert(1)</script> ![x](http://evil.example/a.png) \"onload='x' `a` *b*"
    said = [Sentence(id="s0001", text=nasty, start_s=0, end_s=5)]
    screens = [lecture.screen(1, 0, 60, nasty)]
    chapters = lecture.segmented(said, duration_s=60, marks=[(0, nasty)], screens=screens)
    page = write_storyboard(lecture.video(60), chapters, tmp_path).read_text(encoding="utf-8")
    assert "<script" not in page
    assert "![" not in page
    assert "](" not in page
    assert '"onload' not in page
    assert page.count("</td>") == 2


def test_the_command_shows_a_lecture_without_asking_a_writer(example: Path, tmp_path: Path) -> None:
    video = tmp_path / "a talk.mp4"
    media.cut(example, video, 0.0, 25.0)
    cues = "".join(
        f"00:00:{at:02d}.000 --> 00:00:{at + 5:02d}.000\nSentence number {at} of it.\n\n"
        for at in range(0, 25, 5)
    )
    video.with_suffix(".vtt").write_text(f"WEBVTT\n\n{cues}", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pipeline.cli", "storyboard", str(video), "--set", "screens.ocr=none",
         "--set", f"output.folder={tmp_path / 'out'}"],
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    page = Path(done.stdout.strip())
    text = page.read_text(encoding="utf-8")
    assert page.name == "storyboard.md"
    assert all(f"Sentence number {at} of it" in text for at in range(0, 25, 5))
    frames = re.findall(r'src="([^"]+)"', text)
    assert len(set(frames)) == 2
    assert all((page.parent / frame).is_file() for frame in frames)
    assert not (page.parent / "drafts").exists()
    assert not (page.parent.parent / "site").exists()
